package summary

import (
	"fmt"

	"github.com/millrace-ml/millrace/dataset"
)

// Gram is the sum of the vectors d of a column and of their products d d', as seen
// through a [View]. Both come to 0 in the sums for what the view shows as 0, so a
// row costs the square of the numbers in it that are not 0.
//
// Covariance takes the mean out again. Where the view's Shift is within a few
// standard deviations of the mean, that costs no digits.
type Gram struct {
	Rows  int64
	Sum   []float64 // of d
	Upper []float64 // upper triangle of the sum of d d', row after row
}

// Add adds the vectors of the rows in sel, or all where sel is nil.
func (g *Gram) Add(v *dataset.Vectors, sel []int32, view *View) error {
	n := v.Dim()
	if g.Sum == nil {
		g.Sum, g.Upper = make([]float64, n), make([]float64, n*(n+1)/2)
	}
	if len(g.Sum) != n {
		return fmt.Errorf("have vectors of size %d, want %d as before", n, len(g.Sum))
	}
	z := newNonzeros(v, view)
	z.each(sel, func(rows int) {
		g.Rows += int64(rows)
		for r := range rows {
			g.add(z.row(r))
		}
	})
	return nil
}

// add adds one row: values at rising dimensions.
func (g *Gram) add(dims []int32, values []float64) {
	n := len(g.Sum)
	values = values[:len(dims)]
	for a, i := range dims {
		x, i := values[a], int(i)
		g.Sum[i] += x
		row := g.Upper[i*(2*n-i-1)/2:] // row[j] is entry (i, j)
		for b := a; b < len(dims); b++ {
			row[dims[b]] += float64(x * values[b])
		}
	}
}

// Merge adds the state of other, seen through the same view.
func (g *Gram) Merge(other *Gram) (*Gram, error) {
	switch {
	case other.Rows == 0:
		return g, nil
	case g.Rows == 0:
		return other, nil
	case len(g.Sum) != len(other.Sum):
		return g, fmt.Errorf("have vectors of size %d, want %d as before", len(other.Sum), len(g.Sum))
	}
	g.Rows += other.Rows
	plus(g.Sum, other.Sum)
	plus(g.Upper, other.Upper)
	return g, nil
}

func plus(dst, src []float64) {
	for i, x := range src {
		dst[i] += x
	}
}

// Mean returns the mean of d.
func (g *Gram) Mean() []float64 {
	out := make([]float64, len(g.Sum))
	for j, s := range g.Sum {
		out[j] = s / float64(g.Rows)
	}
	return out
}

// Covariance returns the upper triangle of the unbiased covariance of d, row after
// row. It needs at least two rows.
func (g *Gram) Covariance() []float64 {
	n, mean := float64(g.Rows), g.Mean()
	out := make([]float64, 0, len(g.Upper))
	for i, x := range mean {
		for _, y := range mean[i:] {
			out = append(out, (g.Upper[len(out)]-float64(n*x)*y)/(n-1))
		}
	}
	return out
}
