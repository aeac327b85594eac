package dataset

import (
	"context"
	"iter"
)

// Map returns ds with each chunk passed through fn, as it is read. The function
// must be pure and safe for concurrent use, and give chunks of the schema.
func Map(ds Dataset, schema Schema, fn func(Chunk) (Chunk, error)) Dataset {
	return &mapped{ds, schema, fn}
}

type mapped struct {
	Dataset
	schema Schema
	fn     func(Chunk) (Chunk, error)
}

func (m *mapped) Schema() Schema { return m.schema }

func (m *mapped) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for c, err := range m.Dataset.Read(ctx, part) {
			if err == nil {
				c, err = m.fn(c)
			}
			if err != nil {
				yield(Chunk{}, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// PartRows counts the records of the source, not those that fn leaves.
func (m *mapped) PartRows(ctx context.Context) ([]int64, error) { return PartRows(ctx, m.Dataset) }

// Size is that of the source.
func (m *mapped) Size() (rows, bytes int64) {
	if s, ok := m.Dataset.(Sizer); ok {
		return s.Size()
	}
	return 0, 0
}

// PartRows returns how many records each part of the source of ds holds. Where ds
// does not know, it is read once to find out.
func PartRows(ctx context.Context, ds Dataset) ([]int64, error) {
	if c, ok := ds.(Counter); ok {
		return c.PartRows(ctx)
	}
	counts := make([]int64, ds.Parts())
	for p := range counts {
		for c, err := range ds.Read(ctx, p) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, err
			}
			counts[p] += int64(c.rows) + int64(len(c.dropped)) + c.skipped
		}
	}
	return counts, nil
}
