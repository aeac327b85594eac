package estimator

import (
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// logisticLoss folds the loss of the rows of a design, and its gradient. Coefficients
// of a dimension lie side by side: Sets of them, one for each class, or 1 where there
// are two classes.
type logisticLoss struct {
	Cols                     targetCols
	Sets                     int
	Centre                   []float64 // of each dimension: what is subtracted from its stored values
	Coefficients, Intercepts []float64
	Total                    float64 // weight of all rows
}

type logisticState struct {
	Loss     float64
	Gradient []float64 // of the coefficients, before Centre is subtracted
	Residual []float64 // of each set: gradient of its intercept
	Wrong    int64     // rows whose own class has not the largest margin
}

func (a logisticLoss) Zero() *logisticState {
	return &logisticState{Gradient: make([]float64, len(a.Coefficients)), Residual: make([]float64, a.Sets)}
}

func (a logisticLoss) Add(s *logisticState, c dataset.Chunk) (*logisticState, error) {
	v, err := dataset.Get[*dataset.Vectors](c, a.Cols.Features)
	if err != nil {
		return s, err
	}
	labels, err := dataset.Get[dataset.Floats](c, a.Cols.Label)
	if err != nil {
		return s, err
	}
	var weights dataset.Floats
	if a.Cols.Weight != "" {
		if weights, err = dataset.Get[dataset.Floats](c, a.Cols.Weight); err != nil {
			return s, err
		}
	}
	if rows := v.Blocks()[0].(*dataset.Sparse); a.Sets == 1 {
		a.binomial(s, rows, labels, weights)
	} else {
		a.multinomial(s, rows, labels, weights)
	}
	return s, nil
}

// origin sets at to the margins of a row whose stored values are all 0.
func (a logisticLoss) origin(at []float64) {
	copy(at, a.Intercepts)
	for j, centre := range a.Centre {
		for k, b := range a.Coefficients[j*a.Sets : (j+1)*a.Sets] {
			at[k] -= float64(centre * b)
		}
	}
}

func (a logisticLoss) binomial(s *logisticState, rows *dataset.Sparse, labels, weights []float64) {
	var origin [1]float64
	a.origin(origin[:])
	coefficients, gradient := a.Coefficients, s.Gradient
	product := 1. // of 1+e, whose logarithm is a sum of losses
	for i, y := range labels {
		from, to := rows.Starts[i], rows.Starts[i+1]
		index, values := rows.Index[from:to], rows.Values[from:to]
		m := origin[0]
		for e, j := range index {
			m += float64(values[e] * coefficients[j])
		}
		if (m > 0) != (y == 1) {
			s.Wrong++
		}
		e := math.Exp(-math.Abs(m))
		r := 1/(1+e) - y
		if m < 0 {
			r = e/(1+e) - y
		}
		over := 0. // loss above log(1+e)
		if (m < 0) == (y == 1) {
			over = math.Abs(m)
		}
		if weights != nil {
			s.Loss += float64(weights[i] * (over + math.Log1p(e)))
			r *= weights[i]
		} else {
			s.Loss += over
			if product *= 1 + e; product > 0x1p900 { // of at most 901 factors of at most 2
				s.Loss += math.Log(product)
				product = 1
			}
		}
		s.Residual[0] += r
		for e, j := range index {
			gradient[j] += float64(values[e] * r)
		}
	}
	s.Loss += math.Log(product)
}

func (a logisticLoss) multinomial(s *logisticState, rows *dataset.Sparse, labels, weights []float64) {
	n := a.Sets
	origin, margins := make([]float64, n), make([]float64, n)
	a.origin(origin)
	for i, y := range labels {
		from, to := rows.Starts[i], rows.Starts[i+1]
		index, values := rows.Index[from:to], rows.Values[from:to]
		copy(margins, origin)
		for e, j := range index {
			addScaled(margins, values[e], a.Coefficients[int(j)*n:int(j)*n+n])
		}
		w := 1.
		if weights != nil {
			w = weights[i]
		}
		s.residuals(margins, int(y), w)
		for e, j := range index {
			addScaled(s.Gradient[int(j)*n:int(j)*n+n], values[e], margins)
		}
	}
}

func addScaled(dst []float64, a float64, x []float64) {
	x = x[:len(dst)]
	for k := range dst {
		dst[k] += float64(a * x[k])
	}
}

// residuals adds the loss of a row, and makes its margins residuals: weight times
// probability, less the weight for its own class.
func (s *logisticState) residuals(margins []float64, own int, w float64) {
	most, wrong := math.Inf(-1), false
	for k, m := range margins {
		most = max(most, m)
		wrong = wrong || k != own && m >= margins[own]
	}
	if wrong {
		s.Wrong++
	}
	loss, sum := most-margins[own], 0.
	for k, m := range margins {
		margins[k] = math.Exp(m - most)
		sum += margins[k]
	}
	s.Loss += float64(w * (loss + math.Log(sum)))
	for k, e := range margins {
		r := e * (w / sum)
		if k == own {
			r -= w
		}
		margins[k] = r
		s.Residual[k] += r
	}
}

func (logisticLoss) Merge(a, b *logisticState) (*logisticState, error) {
	a.Loss += b.Loss
	a.Wrong += b.Wrong
	for i, x := range b.Gradient {
		a.Gradient[i] += x
	}
	for k, x := range b.Residual {
		a.Residual[k] += x
	}
	return a, nil
}

// finish returns the mean loss, and sets grad to its gradient in the coefficients and
// then in the intercepts.
func (a logisticLoss) finish(s *logisticState, grad []float64) float64 {
	for j, centre := range a.Centre {
		for k, r := range s.Residual {
			i := j*a.Sets + k
			grad[i] = (s.Gradient[i] - float64(centre*r)) / a.Total
		}
	}
	for k, r := range s.Residual {
		grad[len(s.Gradient)+k] = r / a.Total
	}
	return s.Loss / a.Total
}
