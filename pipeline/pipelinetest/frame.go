package pipelinetest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
)

// A frame is the data of a check as one chunk, with vectors made dense: the form
// from which every other cut and layout is made.
type frame struct {
	dataset.Chunk
	given *dataset.Chunk // as the caller cut it, where that was one chunk
}

func (f frame) rows() int { return f.Rows() }

// collect reads ds and joins its chunks.
func collect(ctx context.Context, ds dataset.Dataset) (frame, error) {
	schema := ds.Schema()
	cols := make([][]dataset.Column, len(schema.Fields))
	var chunks []dataset.Chunk
	for c, err := range dataset.Chunks(ctx, ds) {
		if err == nil && len(c.Schema().Fields) != len(schema.Fields) {
			err = fmt.Errorf("have a chunk of %d columns, want %d as in the schema", len(c.Schema().Fields), len(schema.Fields))
		}
		if err != nil {
			return frame{}, err
		}
		if c.Rows() > 0 {
			chunks = append(chunks, c)
		}
		for i := range cols {
			cols[i] = append(cols[i], c.Column(i))
		}
	}
	joined := make([]dataset.Column, len(cols))
	for i, field := range schema.Fields {
		joined[i] = concat(field, cols[i])
	}
	whole, err := dataset.NewChunk(schema, dataset.Origin{}, joined...)
	f := frame{Chunk: whole}
	if len(chunks) == 1 {
		f.given = &chunks[0]
	}
	return f, err
}

// concat joins columns of one field into a new one.
func concat(field dataset.Field, cols []dataset.Column) dataset.Column {
	switch field.Type {
	case dataset.Float, dataset.Float32:
		var out dataset.Floats
		for _, c := range cols {
			out = append(out, c.(dataset.Floats)...)
		}
		return out
	case dataset.String:
		var out dataset.Strings
		for _, c := range cols {
			s := c.(dataset.Strings)
			for _, code := range s.Codes {
				if code >= 0 {
					code += int32(len(out.Dict))
				}
				out.Codes = append(out.Codes, code)
			}
			out.Dict = append(out.Dict, s.Dict...)
		}
		return out
	case dataset.Vector:
		values, size := []float64{}, field.Size
		for _, c := range cols {
			v := c.(*dataset.Vectors)
			size = v.Dim()
			for i := range v.Len() {
				values = append(values, make([]float64, size)...)
				v.Row(i, values[len(values)-size:])
			}
		}
		return dense(size, values)
	}
	var out dataset.Ints
	rows := 0
	for _, c := range cols {
		rows += c.Len()
	}
	for _, c := range cols {
		ints := c.(dataset.Ints)
		for i, v := range ints.Values {
			if ints.Missing(i) {
				out.Absent.Set(len(out.Values), rows)
			}
			out.Values = append(out.Values, v)
		}
	}
	return out
}

func dense(size int, values []float64) *dataset.Vectors {
	if size == 0 {
		return must(dataset.NewVectors())
	}
	return must(dataset.NewDense(size, values))
}

// must is for what the suite itself has made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// columns returns the columns of a chunk.
func columns(c dataset.Chunk) []dataset.Column {
	cols := make([]dataset.Column, len(c.Schema().Fields))
	for i := range cols {
		cols[i] = c.Column(i)
	}
	return cols
}

// with returns the frame with the named column replaced.
func (f frame) with(field dataset.Field, col dataset.Column) frame {
	schema, cols := cloneSchema(f.Schema()), columns(f.Chunk)
	i := schema.Index(field.Name)
	schema.Fields[i], cols[i] = field, col
	return frame{Chunk: must(dataset.NewChunk(schema, dataset.Origin{}, cols...))}
}

func cloneSchema(s dataset.Schema) dataset.Schema {
	return dataset.Schema{Fields: slices.Clone(s.Fields)}
}

// without returns the frame without the named column.
func (f frame) without(name string) frame {
	names := slices.DeleteFunc(f.Schema().Names(), func(n string) bool { return n == name })
	return frame{Chunk: must(f.Select(names...))}
}

// table returns the rows as one chunk of one part.
func (f frame) table() *dataset.Table { return f.cut([][]int{{f.rows()}}) }

// cut returns the rows in the given parts, each a list of the rows of its chunks.
func (f frame) cut(parts [][]int) *dataset.Table {
	at := 0
	table := make([][]dataset.Chunk, len(parts))
	for p, sizes := range parts {
		first := 0
		for _, n := range sizes {
			slice := f.Slice(at, at+n)
			origin := dataset.Origin{Part: p, First: int64(first)}
			table[p] = append(table[p], must(dataset.NewChunk(f.Schema(), origin, columns(slice)...)))
			at, first = at+n, first+n
		}
	}
	return must(dataset.NewTable(f.Schema(), table))
}

// A cutting is a way to cut n rows into parts and chunks.
type cutting struct {
	name  string
	parts [][]int
}

func cuttings(n int) []cutting {
	single := make([]int, n)
	each := make([][]int, n)
	for i := range n {
		single[i], each[i] = 1, []int{1}
	}
	empty := [][]int{{}, {0}}
	for _, part := range uneven(n) {
		empty = append(empty, slices.Concat([]int{0}, part, []int{0}), []int{0, 0})
	}
	return []cutting{
		{"one row a chunk", [][]int{single}},
		{"one row a part", each},
		{"uneven parts", uneven(n)},
		{"empty parts and chunks", append(empty, nil)},
	}
}

// uneven cuts n rows into parts of 1, 2, 3, ... chunks of 1, 2, 3, 5 and 7 rows.
func uneven(n int) [][]int {
	sizes := []int{1, 2, 3, 5, 7}
	var parts [][]int
	for k := 0; n > 0; {
		var part []int
		for range len(parts) + 1 {
			size := min(sizes[k%len(sizes)], n)
			k, n = k+1, n-size
			part = append(part, size)
			if n == 0 {
				break
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// floats returns a column of n numbers.
func floats(n int, value func(i int) float64) dataset.Floats {
	out := make(dataset.Floats, n)
	for i := range out {
		out[i] = value(i)
	}
	return out
}

var nan = math.NaN()
