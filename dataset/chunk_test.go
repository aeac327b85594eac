package dataset_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
)

var nan = math.NaN()

// five makes a chunk of five rows, number 100 and on of part 3, of every type of
// column.
func five(t testing.TB) dataset.Chunk {
	t.Helper()
	schema := dataset.NewSchema(
		dataset.Field{Name: "f", Type: dataset.Float},
		dataset.Field{Name: "i", Type: dataset.Int},
		dataset.Field{Name: "s", Type: dataset.String},
		dataset.Field{Name: "v", Type: dataset.Vector, Size: 8})
	origin := dataset.Origin{Source: "a.csv", Part: 3, First: 100, Bytes: 50}
	return must(dataset.NewChunk(schema, origin,
		dataset.Floats{0, 1, 2, nan, 4},
		dataset.Ints{Values: []int64{0, 1, 2, 0, 4}, Absent: dataset.Bits{0b01000}},
		dataset.Strings{Codes: []int32{0, 1, 2, -1, 0}, Dict: []string{"a", "b", "c"}},
		blocks(t)))(t)
}

// rowsOf shows a chunk of the columns of five as text; a vector as its first number.
func rowsOf(t testing.TB, c dataset.Chunk) (f []float64, i []float64, s []string, v []float64, at []int64) {
	t.Helper()
	words := must(dataset.Get[dataset.Strings](c, "s"))(t)
	vectors := must(dataset.Get[*dataset.Vectors](c, "v"))(t)
	row := make([]float64, vectors.Dim())
	for k := range c.Rows() {
		s = append(s, words.At(k))
		vectors.Row(k, row)
		v = append(v, row[0])
		at = append(at, c.Origin().Row(k))
	}
	return must(dataset.Get[dataset.Floats](c, "f"))(t), must(dataset.Numbers(c, "i"))(t), s, v, at
}

func TestChunkRows(t *testing.T) {
	words := []string{"a", "b", "c", "", "a"}
	numbers := []float64{0, 1, 2, nan, 4}
	tests := []struct {
		name     string
		chunk    func(dataset.Chunk) dataset.Chunk
		rows     []int
		bytes    int64
		filtered int64
		rejects  []string
	}{
		{"all", func(c dataset.Chunk) dataset.Chunk { return c.Filter([]int32{0, 1, 2, 3, 4}) }, []int{0, 1, 2, 3, 4}, 50, 0, nil},
		{"filter", func(c dataset.Chunk) dataset.Chunk { return c.Filter([]int32{1, 3, 4}) }, []int{1, 3, 4}, 50, 2, nil},
		{"filter twice", func(c dataset.Chunk) dataset.Chunk { return c.Filter([]int32{1, 3, 4}).Filter([]int32{2}) }, []int{4}, 50, 4, nil},
		{"filter all", func(c dataset.Chunk) dataset.Chunk { return c.Filter(nil) }, nil, 50, 5, nil},
		{"drop", func(c dataset.Chunk) dataset.Chunk {
			return c.Drop([]dataset.Reject{{Row: 1, Column: "f", Value: "x", Reason: "want y"}, {Row: 4, Stage: "s", Reason: "r"}})
		}, []int{0, 2, 3}, 50, 0, []string{`a.csv: part 3, row 101: column "f": have "x", want y`, `a.csv: part 3, row 104: s: r`}},
		{"drop nothing", func(c dataset.Chunk) dataset.Chunk { return c.Drop(nil) }, []int{0, 1, 2, 3, 4}, 50, 0, nil},
		{"filter, drop", func(c dataset.Chunk) dataset.Chunk {
			return c.Filter([]int32{1, 3, 4}).Drop([]dataset.Reject{{Row: 1, Reason: "r"}})
		}, []int{1, 4}, 50, 2, []string{"a.csv: part 3, row 103: r"}},
		{"slice", func(c dataset.Chunk) dataset.Chunk { return c.Slice(1, 4) }, []int{1, 2, 3}, 0, 0, nil},
		{"empty slice", func(c dataset.Chunk) dataset.Chunk { return c.Slice(5, 5) }, nil, 0, 0, nil},
		{"filter, slice", func(c dataset.Chunk) dataset.Chunk { return c.Filter([]int32{0, 3, 4}).Slice(1, 3) }, []int{3, 4}, 0, 0, nil},
		{"drop, slice at 0", func(c dataset.Chunk) dataset.Chunk {
			return c.Drop([]dataset.Reject{{Row: 0, Reason: "r"}}).Slice(0, 2)
		}, []int{1, 2}, 50, 0, []string{"a.csv: part 3, row 100: r"}},
		{"drop, slice", func(c dataset.Chunk) dataset.Chunk {
			return c.Drop([]dataset.Reject{{Row: 0, Reason: "r"}}).Slice(2, 4)
		}, []int{3, 4}, 0, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			whole := five(t)
			c := tt.chunk(whole)
			var wantNumbers, wantV []float64
			var wantWords []string
			var wantAt []int64
			for _, i := range tt.rows {
				wantNumbers, wantWords = append(wantNumbers, numbers[i]), append(wantWords, words[i])
				wantV, wantAt = append(wantV, float64(10*i)), append(wantAt, int64(100+i))
			}
			f, i, s, v, at := rowsOf(t, c)
			for _, diff := range []string{
				cmp.Diff(wantNumbers, []float64(f), bits), cmp.Diff(wantNumbers, []float64(i), bits),
				cmp.Diff(wantWords, s, bits), cmp.Diff(wantV, v, bits), cmp.Diff(wantAt, at, bits),
			} {
				if diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
			}
			var rejects []string
			for _, r := range c.Rejects() {
				rejects = append(rejects, r.Error())
			}
			if diff := cmp.Diff(tt.rejects, rejects); diff != "" {
				t.Errorf("rejects (-want +got):\n%s", diff)
			}
			if c.Rows() != len(tt.rows) || c.Filtered() != tt.filtered || c.Origin().Bytes != tt.bytes {
				t.Errorf("have %d rows, %d filtered, %d bytes, want %d, %d, %d", c.Rows(), c.Filtered(), c.Origin().Bytes, len(tt.rows), tt.filtered, tt.bytes)
			}
			if diff := cmp.Diff(five(t), whole, bits); diff != "" {
				t.Errorf("the chunk itself has changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChunkColumns(t *testing.T) {
	c := five(t)
	d := must(c.With(dataset.Field{Name: "g", Type: dataset.Float32}, make(dataset.Floats, 5)))(t)
	e := must(c.With(dataset.Field{Name: "h", Type: dataset.Float}, make(dataset.Floats, 5)))(t)
	if diff := cmp.Diff([]string{"f", "i", "s", "v", "g"}, d.Schema().Names()); diff != "" {
		t.Errorf("With (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"f", "i", "s", "v", "h"}, e.Schema().Names()); diff != "" {
		t.Errorf("With again, of the same chunk (-want +got):\n%s", diff)
	}
	s := must(d.Select("g", "f"))(t)
	if diff := cmp.Diff([]string{"g", "f"}, s.Schema().Names()); diff != "" {
		t.Errorf("Select (-want +got):\n%s", diff)
	}
	if s.Rows() != 5 || s.Origin().First != 100 {
		t.Errorf("Select: have %d rows from %d on, want 5 from 100 on", s.Rows(), s.Origin().First)
	}
	empty := must(dataset.Chunk{}.With(dataset.Field{Name: "x", Type: dataset.Float}, dataset.Floats{1, 2}))(t)
	if empty.Rows() != 2 {
		t.Errorf("the first column makes %d rows, want 2", empty.Rows())
	}
}

func TestChunkErrors(t *testing.T) {
	c := five(t)
	schema := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float})
	fail := func(_ dataset.Chunk, err error) error { return err }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"columns", fail(dataset.NewChunk(schema, dataset.Origin{})), "have 0 columns, want 1 as in the schema"},
		{"type", fail(dataset.NewChunk(schema, dataset.Origin{}, dataset.Ints{})), `column "x": have values in dataset.Ints, want the column of type float`},
		{"rows", fail(c.With(dataset.Field{Name: "x", Type: dataset.Float}, dataset.Floats{1})), `column "x": have 1 rows, want 5 as in the chunk`},
		{"size", fail(c.With(dataset.Field{Name: "x", Type: dataset.Vector, Size: 2}, blocks(t))), `column "x": have vectors of size 8, want size 2`},
		{"exists", fail(c.With(dataset.Field{Name: "f", Type: dataset.Float}, make(dataset.Floats, 5))), `column "f": exists already, want a new name`},
		{"select", fail(c.Select("x")), `column "x": is not there (columns: f, i, s, v), want a column of that name`},
		{"schema", fail(c.WithSchema(schema)), "have 4 columns, want 1 as in the schema"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil || tt.err.Error() != tt.want {
				t.Errorf("have the error %v, want %s", tt.err, tt.want)
			}
		})
	}
	_, err := dataset.Get[dataset.Floats](c, "s")
	if e, ok := errors.AsType[*dataset.ColumnError](err); !ok || e.Column != "s" || e.Have != dataset.String {
		t.Errorf("Get: have the error %v, want a *dataset.ColumnError of column s", err)
	}
}

func TestChunkRejects(t *testing.T) {
	c := five(t).WithRejects(dataset.Reject{Source: "a.csv", Line: 7, Reason: "want 4 fields"})
	d := c.Drop([]dataset.Reject{{Row: 0, Reason: "r"}}).BlameStage(1, "feature.X")
	var got []string
	for _, r := range d.Rejects() {
		got = append(got, r.Error())
	}
	want := []string{"a.csv:7: want 4 fields", "a.csv: part 3, row 100: feature.X: r"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	if len(c.Rejects()) != 1 {
		t.Error("the rejects of the chunk before have changed")
	}
}

func TestBits(t *testing.T) {
	var b dataset.Bits
	b.Set(70, 100)
	b.Set(3, 100)
	if !b.Has(70) || !b.Has(3) || b.Has(4) || b.Has(1000) || b.Count() != 2 {
		t.Errorf("have the set %b", b)
	}
	if dataset.Bits(nil).Has(0) {
		t.Error("the nil set has a row")
	}
}

func TestFromColumnsIsCut(t *testing.T) {
	const n = 70_000
	table := must(dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float}), make(dataset.Floats, n)))(t)
	if table.Parts() != 2 || table.Rows() != n {
		t.Errorf("have %d rows in %d parts, want %d in 2", table.Rows(), table.Parts(), n)
	}
	if diff := cmp.Diff([]int64{65536, n - 65536}, must(table.PartRows(t.Context()))(t)); diff != "" {
		t.Errorf("rows of the parts (-want +got):\n%s", diff)
	}
	next := int64(0)
	for c := range dataset.Chunks(t.Context(), table) {
		if got := int64(65536*c.Origin().Part) + c.Origin().First; got != next || c.Rows() > dataset.ChunkRows {
			t.Errorf("a chunk of %d rows begins at %d, want %d", c.Rows(), got, next)
		}
		next += int64(c.Rows())
	}
}

// Collect must not hold on to the rows that were filtered out.
func TestCollectKeepsWhatIsLeft(t *testing.T) {
	kept := must(dataset.Collect(t.Context(), dataset.Filter(numbers(t, 20), even)))(t)
	c := collect(t, kept)[0][0]
	if diff := cmp.Diff(dataset.Floats{0, 2, 4, 6}, must(dataset.Get[dataset.Floats](c, "x"))(t)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{20}, must(kept.PartRows(t.Context()))(t)); diff != "" {
		t.Errorf("records of the source (-want +got):\n%s", diff)
	}
}
