package pipelinetest

import (
	"fmt"
	"go/token"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
)

// A cell is one value of a row, whatever the layout of its column.
type cell struct {
	missing bool
	text    string
	int     int64
	num     []float64 // one number, or those of a vector
}

func (c cell) String() string {
	switch {
	case c.missing:
		return "a missing value"
	case len(c.num) == 1:
		return strconv.FormatFloat(c.num[0], 'g', -1, 64)
	case c.num != nil:
		return fmt.Sprint(c.num)
	case c.text != "":
		return strconv.Quote(c.text)
	}
	return fmt.Sprint(c.int)
}

// equal compares bits, or within a tolerance above 0.
func (c cell) equal(d cell, tolerance float64) bool {
	if c.missing != d.missing || c.text != d.text || c.int != d.int {
		return false
	}
	return slices.EqualFunc(c.num, d.num, func(x, y float64) bool { return same(x, y, tolerance) })
}

func same(x, y, tolerance float64) bool {
	if math.IsNaN(x) || math.IsNaN(y) {
		return math.IsNaN(x) && math.IsNaN(y)
	}
	if math.Float64bits(x) == math.Float64bits(y) || tolerance > 0 && x == y {
		return true
	}
	return tolerance > 0 && math.Abs(x-y) <= tolerance*max(1, math.Abs(x), math.Abs(y))
}

func cellAt(col dataset.Column, i int) cell {
	if col.Missing(i) {
		return cell{missing: true}
	}
	switch col := col.(type) {
	case dataset.Floats:
		return cell{num: []float64{col[i]}}
	case dataset.Ints:
		return cell{int: col.Values[i]}
	case dataset.Strings:
		return cell{text: col.At(i)}
	case *dataset.Vectors:
		num := make([]float64, col.Dim())
		col.Row(i, num)
		return cell{num: num}
	}
	panic(fmt.Sprintf("pipelinetest: have a column %T", col))
}

func rowAt(cols []dataset.Column, i int) []cell {
	row := make([]cell, len(cols))
	for k, col := range cols {
		row[k] = cellAt(col, i)
	}
	return row
}

// An outcome is what a stage made of one row.
type outcome struct {
	row    []cell // nil where the row was taken out
	reject *dataset.Reject
}

// outcomes pairs the rows of in with what became of them in out, by their place
// where the stage took rows out.
func outcomes(in, out dataset.Chunk) []outcome {
	all := make([]outcome, in.Rows())
	cols := columns(out)
	if out.Rows() == in.Rows() {
		for i := range all {
			all[i].row = rowAt(cols, i)
		}
		return all
	}
	index := make(map[int64]int, in.Rows())
	for i := range all {
		index[in.Origin().Row(i)] = i
	}
	for j := range out.Rows() {
		if i, ok := index[out.Origin().Row(j)]; ok {
			all[i].row = rowAt(cols, j)
		}
	}
	for _, r := range out.Rejects()[min(len(in.Rejects()), len(out.Rejects())):] {
		if i, ok := index[r.Row]; ok {
			all[i].reject = &r
		}
	}
	return all
}

// differ describes the first outcome that is not as wanted, or returns "".
func differ(schema dataset.Schema, want, got []outcome, tolerance float64) string {
	if len(want) != len(got) {
		return fmt.Sprintf("have %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if d := want[i].differ(schema, got[i], tolerance); d != "" {
			return fmt.Sprintf("row %d: %s", i, d)
		}
	}
	return ""
}

func (o outcome) differ(schema dataset.Schema, got outcome, tolerance float64) string {
	switch {
	case o.row == nil && got.row == nil:
		return o.differReject(got)
	case o.row == nil:
		return "is kept, want it taken out"
	case got.row == nil:
		return "is taken out, want it kept"
	case len(o.row) != len(got.row):
		return fmt.Sprintf("have %d columns, want %d", len(got.row), len(o.row))
	}
	for k := range o.row {
		if !o.row[k].equal(got.row[k], tolerance) {
			return fmt.Sprintf("column %q: have %v, want %v", schema.Fields[k].Name, got.row[k], o.row[k])
		}
	}
	return ""
}

// differReject compares why a row was taken out. One that was filtered out has no
// reject in a chunk, and one that says so in a Scorer.
func (o outcome) differReject(got outcome) string {
	a, b := o.reject, got.reject
	if a == nil {
		return ""
	}
	if b == nil {
		return "is filtered out, want it rejected"
	}
	if a.Column != b.Column || a.Value != b.Value || a.Reason != b.Reason {
		return fmt.Sprintf("have the reject %q, want %q", b.Error(), a.Error())
	}
	return ""
}

// diffModels compares the exported fields of two models, numbers within the
// tolerance.
func diffModels(want, got any, tolerance float64) string {
	unexported := cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && !token.IsExported(field.Name())
	}, cmp.Ignore())
	return cmp.Diff(want, got, unexported, cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmpopts.EquateApprox(tolerance, tolerance))
}

// snapshot writes everything that can be reached from v, unexported fields and
// what pointers lead to included, so that a later change is seen.
func snapshot(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v), map[uintptr]bool{})
	return b.String()
}

func write(b *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			b.WriteString("nil")
			return
		}
		seen[v.Pointer()] = true
		defer delete(seen, v.Pointer())
		b.WriteByte('&')
		write(b, v.Elem(), seen)
	case reflect.Interface:
		write(b, v.Elem(), seen)
	case reflect.Struct:
		if v.Type().PkgPath() == "sync" { // a pool or a lock is not what a stage has learned
			return
		}
		b.WriteString(v.Type().String() + "{")
		for f, value := range v.Fields() {
			b.WriteString(f.Name + ":")
			write(b, value, seen)
			b.WriteByte(' ')
		}
		b.WriteByte('}')
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			write(b, v.Index(i), seen)
			b.WriteByte(' ')
		}
		b.WriteByte(']')
	case reflect.Map:
		var entries []string
		for key, value := range v.Seq2() {
			var e strings.Builder
			write(&e, key, seen)
			e.WriteByte(':')
			write(&e, value, seen)
			entries = append(entries, e.String())
		}
		slices.Sort(entries)
		fmt.Fprint(b, entries)
	case reflect.Float64, reflect.Float32:
		fmt.Fprintf(b, "%v(%x)", v.Float(), math.Float64bits(v.Float()))
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	case reflect.Bool:
		fmt.Fprint(b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		fmt.Fprint(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		fmt.Fprint(b, v.Uint())
	}
}

// snapshotData writes the schema and the values of a chunk.
func snapshotData(c dataset.Chunk) string {
	s := snapshot(c.Schema())
	for _, col := range columns(c) {
		s += snapshot(col)
	}
	return s + snapshot(c.Rejects())
}
