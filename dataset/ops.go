package dataset

import (
	"context"
	"iter"
)

// Map returns ds with each chunk passed through fn, as it is read. The function
// must be pure and safe for concurrent use, and give chunks of the schema.
func Map(ds Dataset, schema Schema, fn func(Chunk) (Chunk, error)) Dataset {
	return &mapped{over{ds}, schema, fn}
}

type mapped struct {
	over
	schema Schema
	fn     func(Chunk) (Chunk, error)
}

func (m *mapped) Schema() Schema { return m.schema }

func (m *mapped) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return pass(ctx, m.Dataset, part, m.fn)
}

// Filter returns the rows of ds for which keep says so; the others are counted by
// [Chunk.Filtered]. It is called once a chunk, to look up columns, and returns the
// test of one row:
//
//	adults := dataset.Filter(people, func(c dataset.Chunk) (func(row int) bool, error) {
//		age, err := dataset.Get[dataset.Floats](c, "age")
//		return func(row int) bool { return age[row] >= 18 }, err
//	})
//
// It must be pure and safe for concurrent use. To take rows out with a reason, use
// Map and [Chunk.Drop].
func Filter(ds Dataset, keep func(Chunk) (func(row int) bool, error)) Dataset {
	return Map(ds, ds.Schema(), func(c Chunk) (Chunk, error) {
		test, err := keep(c)
		if err != nil {
			return c, err
		}
		rows := make([]int32, 0, c.rows)
		for i := range c.rows {
			if test(i) {
				rows = append(rows, int32(i))
			}
		}
		return c.Filter(rows), nil
	})
}

// Derive returns ds with a column added that fn computes from each chunk. The
// function must be pure and safe for concurrent use, and give a column that fits
// the field, with a row for each row of the chunk. It fails where the name exists.
func Derive(ds Dataset, field Field, fn func(Chunk) (Column, error)) (Dataset, error) {
	schema, err := ds.Schema().With(field)
	if err != nil {
		return nil, err
	}
	return Map(ds, schema, func(c Chunk) (Chunk, error) {
		col, err := fn(c)
		if err != nil {
			return c, err
		}
		return c.With(field, col)
	}), nil
}

// Flag returns ds with a bool column added that says whether is holds for the text
// of col; where the text is missing, so is the flag. It is called for an entry of
// a dictionary, not for each row, and must be pure and safe for concurrent use.
func Flag(ds Dataset, name, col string, is func(text string) bool) (Dataset, error) {
	if _, err := ds.Schema().Want(col, String); err != nil {
		return nil, err
	}
	return Derive(ds, Field{Name: name, Type: Bool, Attr: Attr{Scale: Binary}}, func(c Chunk) (Column, error) {
		text, err := Get[Strings](c, col)
		return flags(text, is), err
	})
}

func flags(text Strings, is func(string) bool) Ints {
	out := Ints{Values: make([]int64, text.Len())}
	entry := func(code int32) int64 {
		if is(text.Dict[code]) {
			return 1
		}
		return 0
	}
	if len(text.Dict) <= text.Len() { // else a row is cheaper than an entry
		known := make([]int64, len(text.Dict))
		for code := range known {
			known[code] = entry(int32(code))
		}
		entry = func(code int32) int64 { return known[code] }
	}
	for i, code := range text.Codes {
		if code < 0 {
			out.Absent.Set(i, text.Len())
		} else {
			out.Values[i] = entry(code)
		}
	}
	return out
}

// A Selecter is a Dataset that reads fewer columns where fewer are wanted. What it
// does not read it does not check either: a bad value in such a column is not seen.
type Selecter interface {
	Dataset
	Select(names ...string) (Dataset, error)
}

// Select returns the named columns of ds, in the order given. A [Selecter] reads
// no others. It fails where a column is not there.
func Select(ds Dataset, names ...string) (Dataset, error) {
	if s, ok := ds.(Selecter); ok {
		return s.Select(names...)
	}
	schema, err := ds.Schema().Select(names...)
	if err != nil {
		return nil, err
	}
	return Map(ds, schema, func(c Chunk) (Chunk, error) { return c.Select(names...) }), nil
}

// over is a Dataset whose rows are those of another, and are counted there.
type over struct{ Dataset }

// PartRows counts the records of the source, not those that are left.
func (o over) PartRows(ctx context.Context) ([]int64, error) { return PartRows(ctx, o.Dataset) }

// Size is that of the source.
func (o over) Size() (rows, bytes int64) {
	if s, ok := o.Dataset.(Sizer); ok {
		return s.Size()
	}
	return 0, 0
}

// pass reads a part of ds with each chunk passed through fn.
func pass(ctx context.Context, ds Dataset, part int, fn func(Chunk) (Chunk, error)) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		for c, err := range ds.Read(ctx, part) {
			if err == nil {
				c, err = fn(c)
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
