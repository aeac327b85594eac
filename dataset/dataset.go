package dataset

import (
	"context"
	"fmt"
	"iter"
)

// A Dataset is a table in parts that can be read again and again. Reading a part
// gives its chunks in order, and at most one error, last. A Dataset is safe for
// concurrent use.
type Dataset interface {
	Schema() Schema
	// Parts returns how many parts there are. It depends on the data alone, never
	// on the machine.
	Parts() int
	Read(ctx context.Context, part int) iter.Seq2[Chunk, error]
}

// A Counter is a Dataset that knows how many records each part of its source
// holds, those included that it rejects or filters out. Row numbers across parts
// are made from it.
type Counter interface {
	Dataset
	PartRows(ctx context.Context) ([]int64, error)
}

// Sizer is a Dataset that knows how much there is to read. A number that is not
// known is 0.
type Sizer interface {
	Dataset
	Size() (rows, bytes int64)
}

// Chunks reads all parts of ds one after another.
func Chunks(ctx context.Context, ds Dataset) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for part := range ds.Parts() {
			for c, err := range ds.Read(ctx, part) {
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

// A Table is a Dataset in memory.
type Table struct {
	schema Schema
	parts  [][]Chunk
	source Counter // that the rows were collected from; nil = they were made here
}

// tablePartRows is how many rows of columns in memory make a part.
const tablePartRows = 16 * ChunkRows

// NewTable makes a Table of chunks that are cut already. It fails where a chunk
// has another schema.
func NewTable(schema Schema, parts [][]Chunk) (*Table, error) {
	for p, chunks := range parts {
		for _, c := range chunks {
			if _, err := NewChunk(schema, c.origin, c.cols...); err != nil {
				return nil, fmt.Errorf("part %d: %w", p, err)
			}
		}
	}
	return &Table{schema: schema, parts: parts}, nil
}

// FromColumns makes a Table of columns in memory, one for each field. The columns
// now belong to the table. Parts have 65,536 rows.
func FromColumns(schema Schema, cols ...Column) (*Table, error) {
	whole, err := NewChunk(schema, Origin{}, cols...)
	if err != nil {
		return nil, err
	}
	t := &Table{schema: schema}
	for p := 0; p < whole.rows; p += tablePartRows {
		var part []Chunk
		end := min(p+tablePartRows, whole.rows)
		for from := p; from < end; from += ChunkRows {
			c := whole.Slice(from, min(from+ChunkRows, end))
			c.origin = Origin{Part: len(t.parts), First: int64(from - p)}
			part = append(part, c)
		}
		t.parts = append(t.parts, part)
	}
	return t, nil
}

// Vec makes a Table of one column of dense vectors, for examples and tests. It
// panics unless values are rows of size numbers.
func Vec(name string, size int, values ...float64) *Table {
	v, err := NewDense(size, values)
	if err != nil {
		panic("dataset.Vec: " + err.Error())
	}
	t, err := FromColumns(NewSchema(Field{Name: name, Type: Vector, Size: size}), v)
	if err != nil {
		panic("dataset.Vec: " + err.Error())
	}
	return t
}

func (t *Table) Schema() Schema { return t.schema }
func (t *Table) Parts() int     { return len(t.parts) }

// Read gives the chunks of a part.
func (t *Table) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for _, c := range t.parts[part] {
			if err := ctx.Err(); err != nil {
				yield(Chunk{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// Rows returns the number of rows.
func (t *Table) Rows() int {
	rows, _ := t.Size()
	return int(rows)
}

// Size returns the number of rows.
func (t *Table) Size() (rows, bytes int64) {
	for _, part := range t.parts {
		for _, c := range part {
			rows += int64(c.rows)
		}
	}
	return rows, 0
}

// PartRows returns how many records each part stands for.
func (t *Table) PartRows(ctx context.Context) ([]int64, error) {
	if t.source != nil {
		return t.source.PartRows(ctx)
	}
	counts := make([]int64, len(t.parts))
	for p, part := range t.parts {
		for _, c := range part {
			if c.rows > 0 {
				counts[p] = max(counts[p], c.origin.Row(c.rows-1)+1)
			}
			for _, r := range c.dropped {
				counts[p] = max(counts[p], r.Row+1)
			}
		}
	}
	return counts, nil
}

// Collect reads ds into memory.
func Collect(ctx context.Context, ds Dataset) (*Table, error) {
	t := &Table{schema: ds.Schema(), parts: make([][]Chunk, ds.Parts())}
	t.source, _ = ds.(Counter)
	for part := range t.parts {
		for c, err := range ds.Read(ctx, part) {
			if err != nil {
				return nil, err
			}
			t.parts[part] = append(t.parts[part], c.settled())
		}
	}
	return t, nil
}

// Rows reads the named vector or number column as rows of numbers, for examples
// and tests.
func Rows(ctx context.Context, ds Dataset, name string) ([][]float64, error) {
	var out [][]float64
	f, err := ds.Schema().Want(name)
	if err != nil {
		return nil, err
	}
	for c, err := range Chunks(ctx, ds) {
		if err != nil {
			return nil, err
		}
		if f.Type != Vector {
			x, err := Numbers(c, name)
			if err != nil {
				return nil, err
			}
			for i := range x {
				out = append(out, x[i:i+1:i+1])
			}
			continue
		}
		v, err := Get[*Vectors](c, name)
		if err != nil {
			return nil, err
		}
		for i := range v.Len() {
			row := make([]float64, v.Dim())
			v.Row(i, row)
			out = append(out, row)
		}
	}
	return out, nil
}
