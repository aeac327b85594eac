package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/rng"
)

// Columns names what is learned from.
type Columns struct {
	Features string // vectors
	Label    string // numbers
	Weight   string // numbers of at least 0; "" = each row counts 1
	Held     string // numbers; rows where it is not 0 are held out; "" = none
}

// target reads the columns beside the vectors. Weights and held may be nil.
func (c Columns) target(chunk dataset.Chunk) (labels, weights, held dataset.Floats, err error) {
	if labels, err = dataset.Numbers(chunk, c.Label); err != nil {
		return
	}
	if c.Weight != "" {
		if weights, err = dataset.Numbers(chunk, c.Weight); err != nil {
			return
		}
	}
	if c.Held != "" {
		held, err = dataset.Numbers(chunk, c.Held)
	}
	return
}

// isHeld reports whether x says that its row is held out. A missing x does not.
func isHeld(x float64) bool { return x < 0 || x > 0 }

// A sketch is a sample of the rows. Which rows are in it depends on their numbers alone:
// those whose hash is below 2^-Halved, where Halved is the least that leaves no more
// rows than the sketcher wants.
type sketch struct {
	Spans   []Span
	Dim     int
	Rows    int64 // that were offered
	Halved  int
	Hashes  []uint64
	Values  []float64 // of the spans of width 1, row by row
	Weights []float64 // nil = each 1
}

// sketcher folds rows into a sketch.
type sketcher struct {
	Columns Columns
	Seed    uint64
	Before  []int64 // number of the first row of each part
	Most    int     // rows of the sketch
	Plain   bool    // one-hot blocks are taken as single dimensions
	Levels  []int32 // categories of each dimension; nil = all are numbers
}

// errMixed says that the chunks are not laid out alike.
var errMixed = errors.New("have chunks whose vectors are laid out differently")

func (sketcher) Zero() *sketch { return new(sketch) }

func (a sketcher) Add(s *sketch, c dataset.Chunk) (*sketch, error) {
	_, weights, held, err := a.Columns.target(c)
	if err != nil || c.Rows() == 0 {
		return s, err
	}
	var start int64
	if p := c.Origin().Part; p >= 0 && p < len(a.Before) {
		start = a.Before[p]
	}
	var rows []int32
	for i := range c.Rows() {
		if held != nil && isHeld(held[i]) {
			continue
		}
		s.Rows++
		if h := rng.At(a.Seed, uint64(start+c.Origin().Row(i))); h <= math.MaxUint64>>s.Halved {
			rows = append(rows, int32(i))
			s.Hashes = append(s.Hashes, h)
			if weights != nil {
				s.Weights = append(s.Weights, weights[i])
			}
		}
	}
	v, err := dataset.Get[*dataset.Vectors](c, a.Columns.Features)
	if err != nil {
		return s, err
	}
	spans := layoutOf(v, a.Plain, a.Levels)
	if s.Spans == nil {
		s.Spans, s.Dim = spans, v.Dim()
	}
	if v.Dim() != s.Dim || !sameLayout(s.Spans, spans) {
		return s, errMixed
	}
	if len(rows) > 0 {
		chosen, err := c.Select(a.Columns.Features)
		if err == nil {
			v, err = dataset.Get[*dataset.Vectors](chosen.Filter(rows), a.Columns.Features)
		}
		if err != nil {
			return s, err
		}
		s.take(v)
	}
	s.shrink(a.Most)
	return s, nil
}

// singles returns how many spans hold values.
func (s *sketch) singles() int {
	n := 0
	for _, span := range s.Spans {
		n += int(btoi(span.Width == 1))
	}
	return n
}

// take adds the values of all rows of v.
func (s *sketch) take(v *dataset.Vectors) {
	n, width := v.Len(), s.singles()
	at := len(s.Values)
	s.Values = append(s.Values, make([]float64, n*width)...)
	var r reader
	k := 0
	for b, j := range s.dimensions(v) {
		x := r.column(b, j)
		for i := range n {
			s.Values[at+i*width+k] = x[i]
		}
		k++
	}
}

// dimensions gives block and dimension within the block of each span of width 1.
func (s *sketch) dimensions(v *dataset.Vectors) func(yield func(dataset.Block, int) bool) {
	return func(yield func(dataset.Block, int) bool) {
		first, k := 0, 0
		for _, b := range v.Blocks() {
			for ; k < len(s.Spans) && s.Spans[k].First < first+b.Size(); k++ {
				if s.Spans[k].Width == 1 && !yield(b, s.Spans[k].First-first) {
					return
				}
			}
			first += b.Size()
		}
	}
}

// shrink halves the sample until it has no more than most rows.
func (s *sketch) shrink(most int) {
	for len(s.Hashes) > most && s.Halved < 63 {
		s.halve()
	}
}

// halve takes the rows in the upper half of the hashes out.
func (s *sketch) halve() {
	s.Halved++
	width, k := s.singles(), 0
	for i, h := range s.Hashes {
		if h > math.MaxUint64>>s.Halved {
			continue
		}
		s.Hashes[k] = h
		if s.Weights != nil {
			s.Weights[k] = s.Weights[i]
		}
		copy(s.Values[k*width:(k+1)*width], s.Values[i*width:])
		k++
	}
	s.Hashes, s.Values = s.Hashes[:k], s.Values[:k*width]
	if s.Weights != nil {
		s.Weights = s.Weights[:k]
	}
}

func (a sketcher) Merge(x, y *sketch) (*sketch, error) {
	if x.Spans == nil {
		return y, nil
	}
	if y.Spans == nil {
		return x, nil
	}
	if x.Dim != y.Dim || !sameLayout(x.Spans, y.Spans) {
		return x, errMixed
	}
	x.Rows += y.Rows
	deep := max(x.Halved, y.Halved)
	for _, s := range []*sketch{x, y} {
		for s.Halved < deep {
			s.halve()
		}
	}
	x.Hashes = append(x.Hashes, y.Hashes...)
	x.Values = append(x.Values, y.Values...)
	x.Weights = append(x.Weights, y.Weights...)
	x.shrink(a.Most)
	return x, nil
}

// sketchRows samples the rows that are not held out. It lays one-hot blocks out as one
// column unless the chunks differ.
func sketchRows(ctx context.Context, ds dataset.Dataset, cols Columns, levels []int32, seed uint64, most int) (*sketch, bool, error) {
	counts, err := dataset.PartRows(ctx, ds)
	if err != nil {
		return nil, false, err
	}
	a := sketcher{Columns: cols, Levels: levels, Seed: seed, Most: most, Before: make([]int64, len(counts))}
	for p := 1; p < len(counts); p++ {
		a.Before[p] = a.Before[p-1] + counts[p-1]
	}
	s, err := fold.Run(ctx, ds, a)
	if errors.Is(err, errMixed) {
		a.Plain = true
		s, err = fold.Run(ctx, ds, a)
	}
	if err == nil && s.Rows == 0 {
		err = fmt.Errorf("column %q: have 0 rows to learn from, want at least 1", cols.Features)
	}
	return s, a.Plain, err
}

// features chooses the bins of each dimension, at most bins, and gives each span that
// is not constant a column.
func (s *sketch) features(levels []int32, bins int) []Feature {
	features := make([]Feature, s.Dim)
	width, k, column := s.singles(), 0, 0
	values := make([]float64, len(s.Hashes))
	weights := slices.Clone(s.Weights)
	for _, span := range s.Spans {
		if span.Width > 1 {
			used := 0
			for j := range span.Width {
				features[span.First+j] = hotFeature(span, j, column)
				used = max(used, features[span.First+j].Hot)
			}
			column += min(used, 1)
			continue
		}
		f := &features[span.First]
		f.Column = column
		if levels != nil && levels[span.First] > 0 {
			f.Levels = int(levels[span.First])
			k++
			column++
			continue
		}
		absent := false
		for i := range values {
			values[i] = s.Values[i*width+k]
			absent = absent || missing(values[i])
		}
		k++
		copy(weights, s.Weights)
		if f.Cuts = FindCuts(values, weights, bins); f.Cuts == nil && !absent {
			f.Column = -1
			continue
		}
		column++
	}
	return features
}
