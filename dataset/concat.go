package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// Concat returns the rows of several datasets one after another: first the parts
// of the first, and so on. The columns must have the same names and types in the
// same order; what the first says of them besides holds for all.
func Concat(all ...Dataset) (Dataset, error) {
	if len(all) == 0 {
		return nil, errors.New("have no datasets, want at least one")
	}
	var errs []error
	for k, ds := range all[1:] {
		if err := sameColumns(all[0].Schema(), ds.Schema()); err != nil {
			errs = append(errs, fmt.Errorf("dataset %d: %w", k+1, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &concat{slices.Clone(all)}, nil
}

func sameColumns(want, have Schema) error {
	if len(have.Fields) != len(want.Fields) {
		return fmt.Errorf("have %d columns, want %d", len(have.Fields), len(want.Fields))
	}
	for i, w := range want.Fields {
		h := have.Fields[i]
		if h.Name != w.Name {
			return &ColumnError{Column: h.Name, Have: h.Type, Fact: fmt.Sprintf("is column %d", i), Want: fmt.Sprintf("%q there", w.Name)}
		}
		if h.Type != w.Type || w.Type == Vector {
			if _, err := have.Want(w.Name, w.Type); err != nil {
				return err
			}
			if _, err := have.WantVector(w.Name, w.Size); err != nil {
				return err
			}
		}
	}
	return nil
}

type concat struct{ all []Dataset }

func (c *concat) Schema() Schema { return c.all[0].Schema() }

func (c *concat) Parts() int {
	n := 0
	for _, ds := range c.all {
		n += ds.Parts()
	}
	return n
}

func (c *concat) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	inner := part
	for _, ds := range c.all {
		if inner < ds.Parts() {
			schema := c.Schema()
			return pass(ctx, ds, inner, func(c Chunk) (Chunk, error) {
				c = c.renumbered(part, 0)
				c.schema = schema
				return c, nil
			})
		}
		inner -= ds.Parts()
	}
	panic(fmt.Sprintf("dataset: part %d of %d", part, c.Parts()))
}

// renumbered puts the chunk into another part, rows further on.
func (c Chunk) renumbered(part int, rows int64) Chunk {
	c.origin.Part = part
	c.origin.First += rows
	rejects := c.dropped
	c.dropped = nil
	for _, r := range rejects {
		r.Part, r.Row = part, r.Row+rows
		c.dropped = append(c.dropped, r)
	}
	return c
}

// PartRows counts the records of every source.
func (c *concat) PartRows(ctx context.Context) ([]int64, error) {
	var counts []int64
	for _, ds := range c.all {
		more, err := PartRows(ctx, ds)
		if err != nil {
			return nil, err
		}
		counts = append(counts, more...)
	}
	return counts, nil
}

// Size is the sum over the sources, and 0 where one of them does not know.
func (c *concat) Size() (rows, bytes int64) {
	rowsKnown, bytesKnown := true, true
	for _, ds := range c.all {
		r, b := over{ds}.Size()
		rowsKnown, bytesKnown = rowsKnown && r > 0, bytesKnown && b > 0
		rows, bytes = rows+r, bytes+b
	}
	if !rowsKnown {
		rows = 0
	}
	if !bytesKnown {
		bytes = 0
	}
	return rows, bytes
}

// Select selects from every source.
func (c *concat) Select(names ...string) (Dataset, error) {
	out := &concat{make([]Dataset, len(c.all))}
	var errs []error
	for k, ds := range c.all {
		var err error
		if out.all[k], err = Select(ds, names...); err != nil {
			errs = append(errs, fmt.Errorf("dataset %d: %w", k, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return out, nil
}

// Head returns the first n rows of ds, in the order of its parts: fewer where
// there are fewer. The rows form one part, whatever the parts of ds, and keep
// their numbers over all parts. Reading it reads ds from the start until the last
// of them, and no further.
func Head(ds Dataset, n int) Dataset { return &head{ds, n} }

type head struct {
	source Dataset
	n      int
}

func (h *head) Schema() Schema { return h.source.Schema() }
func (h *head) Parts() int     { return 1 }

func (h *head) Read(ctx context.Context, _ int) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		left, start := h.n, int64(0)
		for part := range h.source.Parts() {
			if left <= 0 {
				return
			}
			records := int64(0)
			for c, err := range h.source.Read(ctx, part) {
				if err != nil {
					yield(Chunk{}, err)
					return
				}
				records += c.records()
				if c.rows > left {
					c = c.Slice(0, left)
				}
				left -= c.rows
				if !yield(c.renumbered(0, start), nil) || left <= 0 {
					return
				}
			}
			start += records
		}
	}
}
