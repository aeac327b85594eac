package summary

import (
	"fmt"

	"github.com/millrace-ml/millrace/dataset"
)

// Sketch is the product of a Gram matrix with a thin matrix Q, without the Gram
// matrix: the sum of d d'Q over the vectors d of a column, as seen through a [View].
// It is for vectors whose square is too large to keep.
type Sketch struct {
	Rows    int64
	Squares float64   // sum of the squared lengths of d
	Sum     []float64 // of d
	Product []float64 // of the size of Q
}

// Add adds the vectors of the rows in sel, or all where sel is nil. The matrix q has
// a row for each dimension.
func (s *Sketch) Add(v *dataset.Vectors, sel []int32, view *View, q []float64) error {
	n := v.Dim()
	if s.Sum == nil {
		s.Sum, s.Product = make([]float64, n), make([]float64, len(q))
	}
	if len(s.Sum) != n {
		return fmt.Errorf("have vectors of size %d, want %d as before", n, len(s.Sum))
	}
	w := len(q) / n
	t := make([]float64, w)
	z := newNonzeros(v, view)
	z.each(sel, func(rows int) {
		s.Rows += int64(rows)
		for r := range rows {
			dims, values := z.row(r)
			s.add(dims, values, q, t)
		}
	})
	return nil
}

func (s *Sketch) add(dims []int32, values, q, t []float64) {
	w := len(t)
	clear(t)
	for a, j := range dims {
		x := values[a]
		s.Sum[j] += x
		s.Squares += float64(x * x)
		for b, y := range q[int(j)*w : (int(j)+1)*w] {
			t[b] += float64(x * y)
		}
	}
	for a, j := range dims {
		out := s.Product[int(j)*w : (int(j)+1)*w]
		for b, y := range t {
			out[b] += float64(values[a] * y)
		}
	}
}

// Merge adds the state of other, seen through the same view with the same matrix.
func (s *Sketch) Merge(other *Sketch) (*Sketch, error) {
	switch {
	case other.Rows == 0:
		return s, nil
	case s.Rows == 0:
		return other, nil
	case len(s.Sum) != len(other.Sum) || len(s.Product) != len(other.Product):
		return s, fmt.Errorf("have vectors of size %d, want %d as before", len(other.Sum), len(s.Sum))
	}
	s.Rows += other.Rows
	s.Squares += other.Squares
	plus(s.Sum, other.Sum)
	plus(s.Product, other.Product)
	return s, nil
}

// Mean returns the mean of d.
func (s *Sketch) Mean() []float64 { return (&Gram{Rows: s.Rows, Sum: s.Sum}).Mean() }

// Variance returns the trace of the unbiased covariance of d. It needs at least two
// rows.
func (s *Sketch) Variance() float64 {
	n, t := float64(s.Rows), s.Squares
	for _, x := range s.Mean() {
		t -= float64(n * x * x)
	}
	return max(t/(n-1), 0)
}

// Covariance returns the product of the unbiased covariance of d with q.
func (s *Sketch) Covariance(q []float64) []float64 {
	n, mean := float64(s.Rows), s.Mean()
	w := len(q) / len(mean)
	along := make([]float64, w)
	for j, x := range mean {
		for b, y := range q[j*w : (j+1)*w] {
			along[b] += float64(x * y)
		}
	}
	out := make([]float64, len(q))
	for i, sum := range s.Product {
		out[i] = (sum - float64(n*mean[i/w])*along[i%w]) / (n - 1)
	}
	return out
}
