package dataset

import (
	"context"
	"fmt"
	"iter"
	"strconv"
)

// PartRows returns how many records each part of the source of ds holds. Where ds
// does not know, it is read once to find out.
func PartRows(ctx context.Context, ds Dataset) ([]int64, error) {
	if c, ok := ds.(Counter); ok {
		return c.PartRows(ctx)
	}
	return countRows(ctx, ds)
}

func countRows(ctx context.Context, ds Dataset) ([]int64, error) {
	counts := make([]int64, ds.Parts())
	for p := range counts {
		for c, err := range ds.Read(ctx, p) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return nil, err
			}
			counts[p] += c.records()
		}
	}
	return counts, nil
}

// records returns how many records of the source the chunk stands for.
func (c Chunk) records() int64 { return int64(c.rows) + int64(len(c.dropped)) + c.skipped }

// rowNumbers gives each row of a dataset its number over all parts: that of its
// record in the source, whatever was taken out on the way. The parts are counted
// once, when the first part but 0 is read.
type rowNumbers struct {
	ds     Dataset
	turn   chan struct{} // held by who counts or looks
	starts []int64       // number of each part's first record
}

func newRowNumbers(ds Dataset) *rowNumbers {
	return &rowNumbers{ds: ds, turn: make(chan struct{}, 1)}
}

// start returns the number of the first record of a part.
func (r *rowNumbers) start(ctx context.Context, part int) (int64, error) {
	if part == 0 {
		return 0, nil
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if r.starts == nil {
		counts, err := PartRows(ctx, r.ds)
		if err != nil {
			return 0, err
		}
		if len(counts) != r.ds.Parts() {
			return 0, fmt.Errorf("have the row counts of %d parts, want %d", len(counts), r.ds.Parts())
		}
		starts := make([]int64, len(counts))
		for p := 1; p < len(counts); p++ {
			starts[p] = starts[p-1] + counts[p-1]
		}
		r.starts = starts
	}
	return r.starts[part], nil
}

// read passes the chunks of a part of ds, which has the rows of r, through fn,
// with the number of the part's first record.
func (r *rowNumbers) read(ctx context.Context, ds Dataset, part int, fn func(c Chunk, start int64) (Chunk, error)) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		start, err := r.start(ctx, part)
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		pass(ctx, ds, part, func(c Chunk) (Chunk, error) { return fn(c, start) })(yield)
	}
}

// WithRowID returns ds with a column added that numbers the records of its source
// from 0, over all parts. A row keeps its number where others were dropped,
// filtered or split off before. With a prefix the column is text, such as A17 for
// the prefix A; with an empty prefix it is of type Int. The records of the parts
// are counted once, when it is needed. It fails where the name exists.
func WithRowID(ds Dataset, name, prefix string) (Dataset, error) {
	field := Field{Name: name, Type: Int}
	if prefix != "" {
		field.Type = String
	}
	schema, err := ds.Schema().With(field)
	if err != nil {
		return nil, err
	}
	return &withRowID{over{ds}, schema, field, prefix, newRowNumbers(ds)}, nil
}

type withRowID struct {
	over
	schema Schema
	field  Field
	prefix string
	rows   *rowNumbers
}

func (w *withRowID) Schema() Schema { return w.schema }

func (w *withRowID) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return w.rows.read(ctx, w.Dataset, part, func(c Chunk, start int64) (Chunk, error) {
		origin, rows := c.origin, c.rows
		return c.With(w.field, newLazy(rows, func() Column {
			if w.prefix == "" {
				return numberIDs(origin, rows, start)
			}
			return textIDs(origin, rows, start, w.prefix)
		}))
	})
}

func numberIDs(o Origin, rows int, start int64) Ints {
	ids := make([]int64, rows)
	for i := range ids {
		ids[i] = start + o.Row(i)
	}
	return Ints{Values: ids}
}

// textIDs cuts all texts out of one string: code i, entry i.
func textIDs(o Origin, rows int, start int64, prefix string) Strings {
	buf := make([]byte, 0, rows*(len(prefix)+9))
	ends := make([]int, rows)
	for i := range ends {
		buf = append(buf, prefix...)
		buf = strconv.AppendInt(buf, start+o.Row(i), 10)
		ends[i] = len(buf)
	}
	ids := Strings{Codes: make([]int32, rows), Dict: make([]string, rows)}
	all, from := string(buf), 0
	for i, end := range ends {
		ids.Codes[i], ids.Dict[i] = int32(i), all[from:end]
		from = end
	}
	return ids
}
