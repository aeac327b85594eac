package tree

import (
	"fmt"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
)

// A piece is the codes of one chunk.
type piece struct {
	Rows    int
	Narrow  []uint8  // of the columns of up to 256 codes, one after another
	Wide    []uint16 // of the others
	Labels  []float64
	Weights []float64 // nil = each 1
	Held    []bool    // nil = none
}

// coder folds rows into pieces, in their order.
type coder struct {
	Columns  Columns
	Plain    bool
	Levels   []int32
	Spans    []Span
	Features []Feature
	Bins     []int // codes of each column
}

func (coder) Zero() []piece { return nil }

func (coder) Merge(a, b []piece) ([]piece, error) { return append(a, b...), nil }

func (a coder) Add(s []piece, c dataset.Chunk) ([]piece, error) {
	if c.Rows() == 0 {
		return s, nil
	}
	labels, weights, held, err := a.Columns.target(c)
	if err != nil {
		return s, err
	}
	v, err := dataset.Get[*dataset.Vectors](c, a.Columns.Features)
	if err != nil {
		return s, err
	}
	if v.Dim() != len(a.Features) || !sameLayout(a.Spans, layoutOf(v, a.Plain, a.Levels)) {
		return s, errMixed
	}
	n := c.Rows()
	p := piece{Rows: n, Labels: slices.Clone(labels), Weights: slices.Clone(weights)}
	if held != nil {
		p.Held = make([]bool, n)
		for i, x := range held {
			p.Held[i] = isHeld(x)
		}
	}
	narrow, wide := 0, 0
	for _, bins := range a.Bins {
		if bins <= 256 {
			narrow++
		} else {
			wide++
		}
	}
	p.Narrow, p.Wide = make([]uint8, narrow*n), make([]uint16, wide*n)
	if err := a.encode(&p, v); err != nil {
		o := c.Origin()
		return s, fmt.Errorf("part %d, %w", o.Part, err)
	}
	return append(s, p), nil
}

// encode writes the codes of all spans, column after column.
func (a coder) encode(p *piece, v *dataset.Vectors) error {
	var r reader
	first, span, narrow, wide := 0, 0, p.Narrow, p.Wide
	for _, b := range v.Blocks() {
		for ; span < len(a.Spans) && a.Spans[span].First < first+b.Size(); span++ {
			s := a.Spans[span]
			column := a.column(s)
			if column < 0 {
				continue
			}
			var err error
			if a.Bins[column] <= 256 {
				err = encodeSpan(narrow[:p.Rows], &r, b, s, s.First-first, &a.Features[s.First])
				narrow = narrow[p.Rows:]
			} else {
				err = encodeSpan(wide[:p.Rows], &r, b, s, s.First-first, &a.Features[s.First])
				wide = wide[p.Rows:]
			}
			if err != nil {
				return err
			}
		}
		first += b.Size()
	}
	return nil
}

// column returns the column of a span, or -1.
func (a coder) column(s Span) int {
	column := -1
	for j := range s.Width {
		column = max(column, a.Features[s.First+j].Column)
	}
	return column
}

func encodeSpan[T uint8 | uint16](out []T, r *reader, b dataset.Block, s Span, j int, f *Feature) error {
	if s.Width > 1 {
		for i, code := range b.(*dataset.OneHot).Codes {
			out[i] = T(code + 1)
		}
		return nil
	}
	x := r.column(b, j)
	if f.Levels > 0 {
		return encodeCategories(out, x, f.Levels, s.First)
	}
	last, code, absent := x[0], T(0), T(len(f.Cuts)+1)
	for i, v := range x {
		if v != last || i == 0 {
			last = v
			if code = absent; !missing(v) {
				code = T(binOf(f.Cuts, v))
			}
		}
		out[i] = code
	}
	return nil
}

func encodeCategories[T uint8 | uint16](out []T, x []float64, levels, dim int) error {
	for i, v := range x {
		switch {
		case missing(v):
			out[i] = T(levels)
		case v >= 0 && v < float64(levels) && v == float64(int(v)):
			out[i] = T(v)
		default:
			return fmt.Errorf("row %d of the chunk: dimension %d: have %v, want one of the categories 0 to %d", i, dim, v, levels-1)
		}
	}
	return nil
}
