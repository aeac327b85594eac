package tree

import (
	"fmt"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
)

// A Span is a run of neighbouring dimensions that is stored as one column of codes: a
// one-hot block (Width dimensions), or a single dimension.
type Span struct {
	First, Width int
	Zero, One    []float64 // of a one-hot block: what 0 and 1 look like in each dimension
}

// layoutOf returns the spans of v. With plain, or where a one-hot block has dimensions
// that are categories or numbers that are missing, each dimension is a span of its own.
func layoutOf(v *dataset.Vectors, plain bool, levels []int32) []Span {
	var spans []Span
	first := 0
	for _, b := range v.Blocks() {
		hot, ok := b.(*dataset.OneHot)
		if ok && !plain && hot.Width > 1 && !anyLevels(levels, first, hot.Width) {
			s := Span{First: first, Width: hot.Width, Zero: make([]float64, hot.Width), One: make([]float64, hot.Width)}
			for j := range hot.Width {
				s.Zero[j], s.One[j] = hot.Lines.At(j, 0), hot.Lines.At(j, 1)
			}
			if !slices.ContainsFunc(s.Zero, missing) && !slices.ContainsFunc(s.One, missing) {
				spans = append(spans, s)
				first += hot.Width
				continue
			}
		}
		for j := range b.Size() {
			spans = append(spans, Span{First: first + j, Width: 1})
		}
		first += b.Size()
	}
	return spans
}

func anyLevels(levels []int32, first, width int) bool {
	from, to := min(first, len(levels)), min(first+width, len(levels))
	return slices.ContainsFunc(levels[from:to], func(n int32) bool { return n > 0 })
}

func sameLayout(a, b []Span) bool {
	return slices.EqualFunc(a, b, func(x, y Span) bool {
		return x.First == y.First && x.Width == y.Width && slices.Equal(x.Zero, y.Zero) && slices.Equal(x.One, y.One)
	})
}

// reader reads the values of one block, dimension by dimension. It has buffers that
// are used again.
type reader struct {
	values     []float64
	sparse     *dataset.Sparse // of which transposed holds the dimensions from first on
	first      int
	transposed []float64
}

// transposedRoom is how many numbers of a sparse block are held at once.
const transposedRoom = 1 << 19

// transpose makes dimension j of b, and those after it for which there is room, dense,
// and returns j.
func (r *reader) transpose(b *dataset.Sparse, j int) []float64 {
	n := b.Rows()
	k := min(max(transposedRoom/max(n, 1), 1), b.Width)
	if r.sparse != b || j < r.first || j >= r.first+k {
		r.sparse, r.first = b, j
		r.transposed = slices.Grow(r.transposed[:0], k*n)[:k*n]
		clear(r.transposed)
		for i := range n {
			for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
				if at := int(b.Index[e]) - j; at >= 0 && at < k {
					r.transposed[at*n+i] = b.Values[e]
				}
			}
		}
	}
	return r.transposed[(j-r.first)*n : (j-r.first+1)*n]
}

// column returns the values of dimension j of the block, as they are seen.
func (r *reader) column(b dataset.Block, j int) []float64 {
	n := b.Rows()
	if s, ok := b.(*dataset.Scalar); ok && len(s.Lines) == 0 {
		return s.Values
	}
	r.values = slices.Grow(r.values[:0], n)[:n]
	out := r.values
	var lines dataset.Lines
	switch b := b.(type) {
	case *dataset.Scalar:
		copy(out, b.Values)
		lines = b.Lines
	case *dataset.OneHot:
		for i, code := range b.Codes {
			out[i] = float64(btoi(int(code) == j))
		}
		lines = b.Lines
	case *dataset.Dense:
		for i := range out {
			out[i] = b.Values[i*b.Width+j]
		}
		lines = b.Lines
	case *dataset.Sparse:
		copy(out, r.transpose(b, j))
		lines = b.Lines
	}
	if len(lines) > 0 {
		last, seen := math.NaN(), math.NaN()
		for i, x := range out {
			if x != last {
				last, seen = x, lines.At(j, x)
			}
			out[i] = seen
		}
	}
	return out
}

// A Feature is what is known of one dimension: its place among the codes, and what a
// split of it means in numbers.
type Feature struct {
	Column int       // that holds its codes; -1 = it is constant
	Hot    int       // code of a dimension of a one-hot block; 0 = it has a column of its own
	Cuts   []float64 // thresholds between the bins of a number; of a one-hot block the only one
	Rising bool      // of a one-hot block: 1 is seen as more than 0
	Levels int       // categories; 0 = a number
}

// bins is how many codes a column of the feature alone has; the last is missing.
func (f *Feature) bins() int {
	if f.Levels > 0 {
		return f.Levels + 1
	}
	return len(f.Cuts) + 2
}

// hotFeature describes dimension j of a one-hot span.
func hotFeature(s Span, j, column int) Feature {
	zero, one := s.Zero[j], s.One[j]
	if zero == one {
		return Feature{Column: -1}
	}
	return Feature{Column: column, Hot: j + 1, Rising: one > zero, Cuts: []float64{midpoint(min(zero, one), max(zero, one))}}
}

// levelsOf returns the categories of each dimension by the column's attributes, nil
// where there are none.
func levelsOf(f dataset.Field) []int32 {
	var levels []int32
	for j, d := range f.Dims {
		if d.Scale == dataset.Nominal && d.Levels >= 2 && d.Levels <= math.MaxInt32 {
			if levels == nil {
				levels = make([]int32, len(f.Dims))
			}
			levels[j] = int32(d.Levels)
		}
	}
	return levels
}

// checkLevels wants no more categories than bins.
func checkLevels(column string, levels []int32, bins int) error {
	for j, n := range levels {
		if int(n) > bins {
			return fmt.Errorf("column %q: dimension %d has %d categories, want at most %d: MaxBins and the number of rows are the limits",
				column, j, n, bins)
		}
	}
	return nil
}
