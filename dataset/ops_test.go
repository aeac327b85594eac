package dataset_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/reference"
)

// numbers makes a table of the column x with the values 0 to n-1, cut into parts
// of the given sizes.
func numbers(t testing.TB, sizes ...int) *dataset.Table {
	t.Helper()
	schema := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float})
	var parts [][]dataset.Chunk
	next := 0
	for p, size := range sizes {
		var part []dataset.Chunk
		for from := 0; from < size; from += 7 {
			col := make(dataset.Floats, min(7, size-from))
			for i := range col {
				col[i] = float64(next)
				next++
			}
			c, err := dataset.NewChunk(schema, dataset.Origin{Part: p, First: int64(from), Bytes: int64(len(col))}, col)
			if err != nil {
				t.Fatal(err)
			}
			part = append(part, c)
		}
		parts = append(parts, part)
	}
	table, err := dataset.NewTable(schema, parts)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// values reads a numeric column.
func values(t testing.TB, ds dataset.Dataset, name string) []float64 {
	t.Helper()
	rows, err := dataset.Rows(t.Context(), ds, name)
	if err != nil {
		t.Fatal(err)
	}
	out := []float64{}
	for _, row := range rows {
		out = append(out, row[0])
	}
	return out
}

// texts reads a column of text.
func texts(t testing.TB, ds dataset.Dataset, name string) []string {
	t.Helper()
	out := []string{}
	for c, err := range dataset.Chunks(t.Context(), ds) {
		if err != nil {
			t.Fatal(err)
		}
		col, err := dataset.Get[dataset.Strings](c, name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range col.Len() {
			out = append(out, col.At(i))
		}
	}
	return out
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func even(c dataset.Chunk) (func(int) bool, error) {
	x, err := dataset.Get[dataset.Floats](c, "x")
	return func(row int) bool { return int(x[row])%2 == 0 }, err
}

func TestFilter(t *testing.T) {
	ds := dataset.Filter(numbers(t, 3, 0, 5), even)
	if diff := cmp.Diff([]float64{0, 2, 4, 6}, values(t, ds, "x")); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	tally := must(dataset.Count(t.Context(), ds))(t)
	if diff := cmp.Diff(&dataset.Tally{Rows: 4, Filtered: 4}, tally); diff != "" {
		t.Errorf("tally (-want +got):\n%s", diff)
	}
	wrong := dataset.Filter(numbers(t, 3), func(c dataset.Chunk) (func(int) bool, error) {
		_, err := dataset.Get[dataset.Strings](c, "x")
		return nil, err
	})
	_, err := dataset.Collect(t.Context(), wrong)
	if _, ok := errors.AsType[*dataset.ColumnError](err); !ok {
		t.Errorf("have the error %v, want a *dataset.ColumnError", err)
	}
}

func TestDerive(t *testing.T) {
	double := func(c dataset.Chunk) (dataset.Column, error) {
		x, err := dataset.Get[dataset.Floats](c, "x")
		out := make(dataset.Floats, len(x))
		for i := range x {
			out[i] = 2 * x[i]
		}
		return out, err
	}
	ds := must(dataset.Derive(numbers(t, 2, 2), dataset.Field{Name: "y", Type: dataset.Float}, double))(t)
	if diff := cmp.Diff([]float64{0, 2, 4, 6}, values(t, ds, "y")); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	_, err := dataset.Derive(ds, dataset.Field{Name: "x", Type: dataset.Float}, double)
	if want := `column "x": exists already, want a new name`; err == nil || err.Error() != want {
		t.Errorf("have the error %v, want %s", err, want)
	}
	mistyped := must(dataset.Derive(numbers(t, 2), dataset.Field{Name: "y", Type: dataset.String}, double))(t)
	if _, err := dataset.Collect(t.Context(), mistyped); err == nil {
		t.Error("a column that does not fit its field gave no error")
	}
}

func TestFlag(t *testing.T) {
	schema := dataset.NewSchema(dataset.Field{Name: "label", Type: dataset.String})
	for _, dict := range [][]string{
		{"normal.", "smurf."},
		{"normal.", "smurf.", "of no row", "of no row", "of no row", "of no row", "of no row"},
	} {
		table := must(dataset.FromColumns(schema, dataset.Strings{Codes: []int32{0, 1, -1, 1, 0}, Dict: dict}))(t)
		asked := map[string]int{}
		ds := must(dataset.Flag(table, "is_anomaly", "label", func(text string) bool {
			asked[text]++
			return text != "normal."
		}))(t)
		got := values(t, ds, "is_anomaly")
		if diff := cmp.Diff([]float64{0, 1, math.NaN(), 1, 0}, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("flags (-want +got):\n%s", diff)
		}
		if asked["of no row"] > 0 || (len(dict) == 2 && asked["smurf."] != 1) {
			t.Errorf("was asked %v times", asked)
		}
	}
	if _, err := dataset.Flag(numbers(t, 1), "flag", "x", func(string) bool { return true }); err == nil {
		t.Error("a flag of a number gave no error")
	}
}

func TestDropMissing(t *testing.T) {
	nan := math.NaN()
	var absent dataset.Bits
	absent.Set(2, 4)
	schema := dataset.NewSchema(
		dataset.Field{Name: "f", Type: dataset.Float},
		dataset.Field{Name: "i", Type: dataset.Int},
		dataset.Field{Name: "s", Type: dataset.String})
	table := must(dataset.FromColumns(schema,
		dataset.Floats{1, nan, nan, 4},
		dataset.Ints{Values: []int64{1, 2, 0, 4}, Absent: absent},
		dataset.Strings{Codes: []int32{0, -1, 0, -1}, Dict: []string{"a"}}))(t)
	reasons := func(column string, rows int64) dataset.ReasonCount {
		return dataset.ReasonCount{Stage: "dataset.DropMissing", Column: column, Reason: "missing, want a value", Rows: rows}
	}
	tests := []struct {
		name string
		cols []string
		want *dataset.Tally
	}{
		{"all", nil, &dataset.Tally{Rows: 1, Rejected: 3, Reasons: []dataset.ReasonCount{reasons("f", 2), reasons("s", 1)}}},
		{"order", []string{"i", "f"}, &dataset.Tally{Rows: 2, Rejected: 2, Reasons: []dataset.ReasonCount{reasons("f", 1), reasons("i", 1)}}},
		{"one", []string{"s"}, &dataset.Tally{Rows: 2, Rejected: 2, Reasons: []dataset.ReasonCount{reasons("s", 2)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := must(dataset.Count(t.Context(), must(dataset.DropMissing(table, tt.cols...))(t)))(t)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tally (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := dataset.DropMissing(table, "g"); err == nil {
		t.Error("a column that is not there gave no error")
	}
}

func TestDropMissingSaysWhere(t *testing.T) {
	schema := dataset.NewSchema(dataset.Field{Name: "f", Type: dataset.Float})
	c := must(dataset.NewChunk(schema, dataset.Origin{Source: "a.csv", Part: 2, First: 100}, dataset.Floats{1, math.NaN(), 3, math.NaN()}))(t)
	table := must(dataset.NewTable(schema, [][]dataset.Chunk{{c.Filter([]int32{0, 2, 3})}}))(t)
	kept := must(dataset.Collect(t.Context(), must(dataset.DropMissing(table))(t)))(t)
	for c := range dataset.Chunks(t.Context(), kept) {
		if got, want := c.Rejects()[0].Error(), `a.csv: part 2, row 103: dataset.DropMissing: column "f": missing, want a value`; got != want {
			t.Errorf("have %s, want %s", got, want)
		}
		if got := c.Origin().Row(1); got != 102 {
			t.Errorf("the second row has number %d, want 102", got)
		}
	}
}

// selecter is a source that can leave columns out.
type selecter struct {
	dataset.Dataset
	asked *[]string
}

func (s selecter) Select(names ...string) (dataset.Dataset, error) {
	*s.asked = names
	return dataset.Select(s.Dataset, names...)
}

func TestSelect(t *testing.T) {
	schema := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Float}, dataset.Field{Name: "b", Type: dataset.Float})
	table := must(dataset.FromColumns(schema, dataset.Floats{1}, dataset.Floats{2}))(t)
	tests := []struct {
		name   string
		wrap   func(dataset.Dataset) dataset.Dataset
		pushed bool
	}{
		{"source", func(ds dataset.Dataset) dataset.Dataset { return ds }, true},
		{"concat", func(ds dataset.Dataset) dataset.Dataset { return must(dataset.Concat(ds))(t) }, true},
		{"split", func(ds dataset.Dataset) dataset.Dataset { return must(dataset.Split(ds, 1, 1))(t)[0] }, true},
		{"progress", func(ds dataset.Dataset) dataset.Dataset { return dataset.OnProgress(ds, func(dataset.Progress) {}) }, true},
		// What these keep may depend on any column.
		{"head", func(ds dataset.Dataset) dataset.Dataset { return dataset.Head(ds, 1) }, false},
		{"missing", func(ds dataset.Dataset) dataset.Dataset { return must(dataset.DropMissing(ds))(t) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked []string
			ds := must(dataset.Select(tt.wrap(selecter{table, &asked}), "b"))(t)
			if diff := cmp.Diff([]float64{2}, values(t, ds, "b")); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"b"}, ds.Schema().Names()); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
			if pushed := asked != nil; pushed != tt.pushed {
				t.Errorf("the source was asked: %v, want %v", pushed, tt.pushed)
			}
		})
	}
	if _, err := dataset.Select(table, "c"); err == nil {
		t.Error("a column that is not there gave no error")
	}
}

func TestWithRowID(t *testing.T) {
	ds := must(dataset.WithRowID(dataset.Filter(numbers(t, 3, 0, 9), even), "id", "A"))(t)
	if diff := cmp.Diff([]string{"A0", "A2", "A4", "A6", "A8", "A10"}, texts(t, ds, "id")); diff != "" {
		t.Errorf("text ids (-want +got):\n%s", diff)
	}
	ds = must(dataset.WithRowID(numbers(t, 3, 0, 2), "id", ""))(t)
	if diff := cmp.Diff([]float64{0, 1, 2, 3, 4}, values(t, ds, "id")); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if _, err := dataset.WithRowID(ds, "id", "A"); err == nil {
		t.Error("a name that exists gave no error")
	}
}

func TestRowIDAfterConcat(t *testing.T) {
	both := must(dataset.Concat(numbers(t, 3, 8), dataset.Filter(numbers(t, 2, 9), even)))(t)
	ds := must(dataset.WithRowID(both, "id", ""))(t)
	want := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 21}
	if diff := cmp.Diff(want, values(t, ds, "id")); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestConcat(t *testing.T) {
	missing := dataset.Vec("x", 1, 1)
	both := must(dataset.Concat(numbers(t, 3), must(dataset.DropMissing(numbers(t, 0, 2)))(t)))(t)
	if diff := cmp.Diff([]float64{0, 1, 2, 0, 1}, values(t, both, "x")); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for part := range both.Parts() {
		for c, err := range both.Read(t.Context(), part) {
			if err != nil || c.Origin().Part != part {
				t.Errorf("part %d: the chunk says part %d (%v)", part, c.Origin().Part, err)
			}
		}
	}
	schema := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float})
	holes := must(dataset.FromColumns(schema, dataset.Floats{1, math.NaN()}))(t)
	for c, err := range must(dataset.Concat(numbers(t, 1, 1), must(dataset.DropMissing(holes))(t)))(t).Read(t.Context(), 2) {
		if err != nil || c.Rejects()[0].Part != 2 || c.Rejects()[0].Row != 1 {
			t.Errorf("have the rejects %v (%v), want row 1 of part 2", c.Rejects(), err)
		}
	}
	for _, bad := range [][]dataset.Dataset{{}, {numbers(t, 1), missing}} {
		if _, err := dataset.Concat(bad...); err == nil {
			t.Errorf("%d datasets gave no error", len(bad))
		}
	}
	if rows, _ := both.(dataset.Sizer).Size(); rows != 5 {
		t.Errorf("have the size %d, want 5", rows)
	}
}

// counted counts the parts that are begun.
type counted struct {
	dataset.Dataset
	begun *int
}

func (c counted) Read(ctx context.Context, part int) iter.Seq2[dataset.Chunk, error] {
	*c.begun++
	return c.Dataset.Read(ctx, part)
}

func TestHead(t *testing.T) {
	tests := []struct {
		n, rows, begun int
	}{{0, 0, 0}, {1, 1, 1}, {7, 7, 1}, {10, 10, 1}, {11, 11, 3}, {14, 14, 3}, {15, 14, 4}}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.n), func(t *testing.T) {
			begun := 0
			ds := dataset.Head(counted{numbers(t, 10, 0, 4, 0), &begun}, tt.n)
			var want []float64
			for i := range tt.rows {
				want = append(want, float64(i))
			}
			if diff := cmp.Diff(want, values(t, ds, "x"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if begun != tt.begun {
				t.Errorf("%d parts were begun, want %d", begun, tt.begun)
			}
			ids := must(dataset.WithRowID(ds, "id", ""))(t)
			if diff := cmp.Diff(want, values(t, ids, "id"), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("row numbers (-want +got):\n%s", diff)
			}
		})
	}
}

// numbersOf makes a table of n rows and no columns but the row number, cut evenly.
func numbersOf(t testing.TB, n, parts int) dataset.Dataset {
	sizes := make([]int, parts)
	for p := range sizes {
		sizes[p] = n*(p+1)/parts - n*p/parts
	}
	return numbers(t, sizes...)
}

// The number of rows, the first test rows and the hash are those of
// reference/accuracy.md, section 1.3.
func TestSplitOfKDD(t *testing.T) {
	for _, parts := range []int{1, 7} {
		pieces := must(dataset.Split(numbersOf(t, 494021, parts), 123, 0.8, 0.2))(t)
		train, test := values(t, pieces[0], "x"), values(t, pieces[1], "x")
		if len(train) != 395298 || len(test) != 98723 {
			t.Errorf("have %d and %d rows, want 395298 and 98723", len(train), len(test))
		}
		if diff := cmp.Diff([]float64{1, 2, 6, 11, 14, 20, 21, 27, 32, 34, 38}, test[:11]); diff != "" {
			t.Errorf("first test rows (-want +got):\n%s", diff)
		}
		hash := sha256.New()
		for _, row := range test {
			fmt.Fprintf(hash, "%d\n", int(row))
		}
		if got, want := hex.EncodeToString(hash.Sum(nil)), "4e75c0bcbc784c94044262db109e1486424fe6ef19e390c7bf3b5dfdf29cb8ce"; got != want {
			t.Errorf("%d parts: test rows have the SHA-256 %s, want %s", parts, got, want)
		}
	}
}

func TestSplitReference(t *testing.T) {
	data, err := os.ReadFile(reference.Path(t, "reference", "kdd", "split80_first1000.csv"))
	if err != nil {
		t.Fatal(err)
	}
	records := must(csv.NewReader(bytes.NewReader(data)).ReadAll())(t)
	train := values(t, must(dataset.Split(numbersOf(t, 1000, 3), 123, 8, 2))(t)[0], "x")
	for _, r := range records[1:] {
		row := must(strconv.Atoi(r[0]))(t)
		if got, want := slices.Contains(train, float64(row)), r[3] == "1"; got != want {
			t.Errorf("row %d: in train: %v, want %v", row, got, want)
		}
	}
}

func TestSplitIgnoresPartsAndFilters(t *testing.T) {
	want := must(dataset.Split(numbers(t, 100), 7, 1, 2, 0, 3))(t)
	filtered := must(dataset.Split(dataset.Filter(numbers(t, 33, 0, 67), even), 7, 1, 2, 0, 3))(t)
	total := 0
	for k := range want {
		all := values(t, want[k], "x")
		total += len(all)
		odd := func(x float64) bool { return int(x)%2 != 0 }
		if diff := cmp.Diff(slices.DeleteFunc(all, odd), values(t, filtered[k], "x")); diff != "" {
			t.Errorf("piece %d (-want +got):\n%s", k, diff)
		}
		tally := must(dataset.Count(t.Context(), filtered[k]))(t)
		if got := tally.Rows + tally.Filtered + tally.Rejected; got != 100 {
			t.Errorf("piece %d: accounts for %d rows, want 100", k, got)
		}
	}
	if total != 100 {
		t.Errorf("the pieces have %d rows, want 100", total)
	}
}

func TestSplitErrors(t *testing.T) {
	for _, weights := range [][]float64{{}, {0, 0}, {1, -1}, {math.NaN()}, {math.Inf(1)}, {math.MaxFloat64, math.MaxFloat64}} {
		if _, err := dataset.Split(numbers(t, 1), 1, weights...); err == nil {
			t.Errorf("the weights %v gave no error", weights)
		}
	}
}

// uncounted is a source that fails when it is counted, until fixed.
type uncounted struct {
	dataset.Dataset
	fail *bool
	n    *int
}

func (u uncounted) PartRows(ctx context.Context) ([]int64, error) {
	*u.n++
	if *u.fail {
		return nil, errors.New("cannot count")
	}
	return dataset.PartRows(ctx, u.Dataset)
}

func TestRowsAreCountedOnceAndLate(t *testing.T) {
	fail, n := true, 0
	pieces := must(dataset.Split(uncounted{numbers(t, 5, 5, 5), &fail, &n}, 1, 1, 1))(t)
	if n != 0 {
		t.Error("rows were counted before they were read")
	}
	if _, err := dataset.Collect(t.Context(), pieces[0]); err == nil || err.Error() != "cannot count" {
		t.Errorf("have the error %v, want that of counting", err)
	}
	fail, n = false, 0
	for range 2 {
		must(dataset.Collect(t.Context(), pieces[0]))(t)
		must(dataset.Collect(t.Context(), pieces[1]))(t)
	}
	if n != 1 {
		t.Errorf("rows were counted %d times, want once", n)
	}
}

func TestOnProgress(t *testing.T) {
	var got []dataset.Progress
	ds := dataset.OnProgress(dataset.Filter(numbers(t, 8, 3), even), func(p dataset.Progress) { got = append(got, p) })
	values(t, ds, "x")
	values(t, ds, "x")
	want := []dataset.Progress{
		{1, 7, 7, 11, 0}, {1, 8, 8, 11, 0}, {1, 11, 11, 11, 0},
		{2, 7, 7, 11, 0}, {2, 8, 8, 11, 0}, {2, 11, 11, 11, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestTally(t *testing.T) {
	a := &dataset.Tally{Rows: 1, Rejected: 2, Reasons: []dataset.ReasonCount{{"", "b", "r", 2}}}
	b := &dataset.Tally{Rows: 2, Filtered: 1, Rejected: 4, Reasons: []dataset.ReasonCount{{"", "a", "r", 1}, {"", "b", "r", 3}}}
	a.Merge(b)
	want := &dataset.Tally{Rows: 3, Filtered: 1, Rejected: 6, Reasons: []dataset.ReasonCount{{"", "a", "r", 1}, {"", "b", "r", 5}}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

func TestOperationsStopAtAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ds := numbers(t, 5, 5)
	for name, ds := range map[string]dataset.Dataset{
		"filter":   dataset.Filter(ds, even),
		"head":     dataset.Head(ds, 9),
		"split":    must(dataset.Split(ds, 1, 1))(t)[0],
		"id":       must(dataset.WithRowID(ds, "id", ""))(t),
		"concat":   must(dataset.Concat(ds, ds))(t),
		"progress": dataset.OnProgress(ds, func(dataset.Progress) {}),
		"cache":    dataset.Cache(ds, dataset.CacheOptions{}),
	} {
		for part := range ds.Parts() {
			n := 0
			for _, err := range ds.Read(ctx, part) {
				n++
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s, part %d: have the error %v, want context.Canceled", name, part, err)
				}
			}
			if n != 1 {
				t.Errorf("%s, part %d: have %d errors, want 1", name, part, n)
			}
		}
	}
}
