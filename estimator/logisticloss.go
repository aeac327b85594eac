package estimator

import (
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// logisticLoss folds the loss of rows, and its gradient, at given coefficients of the
// scaled and centred dimensions.
type logisticLoss struct {
	Cols                     targetCols
	Sets, Dim                int       // sets of coefficients; 1 = binomial
	Centre                   []float64 // mean of each dimension; nil = not centred
	Scale                    []float64 // 1/s of each dimension, 0 where s is 0
	Coefficients, Intercepts []float64
	Total                    float64 // weight of all rows
}

type logisticState struct {
	Loss     float64
	Gradient []float64 // of the coefficients of x as it is, set by set
	Residual []float64 // of each set: gradient of its intercept
	Wrong    int64     // rows whose own class has not the largest margin
}

func (a logisticLoss) Zero() *logisticState {
	return &logisticState{Gradient: make([]float64, a.Sets*a.Dim), Residual: make([]float64, a.Sets)}
}

func (a logisticLoss) Add(s *logisticState, c dataset.Chunk) (*logisticState, error) {
	v, err := dataset.Get[*dataset.Vectors](c, a.Cols.Features)
	if err != nil {
		return s, err
	}
	labels, err := dataset.Numbers(c, a.Cols.Label)
	if err != nil {
		return s, err
	}
	var weights dataset.Floats
	if a.Cols.Weight != "" {
		if weights, err = dataset.Numbers(c, a.Cols.Weight); err != nil {
			return s, err
		}
	}
	n := c.Rows()
	margins, w := make([]float64, a.Sets*n), make([]float64, a.Dim)
	for k := range a.Sets {
		at := a.Intercepts[k]
		for j, b := range a.Coefficients[k*a.Dim : (k+1)*a.Dim] {
			w[j] = b * a.Scale[j]
			if a.Centre != nil {
				at -= float64(w[j] * a.Centre[j])
			}
		}
		m := margins[k*n : (k+1)*n]
		v.MulVec(m, w)
		for i := range m {
			m[i] += at
		}
	}
	if a.Sets == 1 {
		s.binomial(margins, labels, weights)
	} else {
		s.multinomial(margins, labels, weights, a.Sets)
	}
	for k := range a.Sets {
		residuals := margins[k*n : (k+1)*n]
		v.TMulVec(w, residuals)
		for j, g := range w {
			s.Gradient[k*a.Dim+j] += g
		}
		for _, r := range residuals {
			s.Residual[k] += r
		}
	}
	return s, nil
}

// binomial adds the loss, and makes the margins residuals: weight times p - y.
func (s *logisticState) binomial(margins, labels, weights []float64) {
	for i, m := range margins {
		y, w := labels[i], 1.
		if weights != nil {
			w = weights[i]
		}
		if (m > 0) != (y == 1) {
			s.Wrong++
		}
		e := math.Exp(-math.Abs(m))
		p := 1 / (1 + e)
		if m < 0 {
			p = e / (1 + e)
		}
		loss := math.Log1p(e)
		if (m < 0) == (y == 1) {
			loss += math.Abs(m)
		}
		s.Loss += float64(w * loss)
		margins[i] = w * (p - y)
	}
}

// multinomial does the same for several classes, whose margins lie set by set.
func (s *logisticState) multinomial(margins, labels, weights []float64, sets int) {
	n := len(labels)
	for i, label := range labels {
		w, y := 1., int(label)
		if weights != nil {
			w = weights[i]
		}
		most, own := math.Inf(-1), margins[y*n+i]
		for k := range sets {
			m := margins[k*n+i]
			most = max(most, m)
			if m >= own && k != y {
				own = math.Inf(1)
			}
		}
		if math.IsInf(own, 1) {
			s.Wrong++
		}
		own = margins[y*n+i]
		sum := 0.
		for k := range sets {
			e := math.Exp(margins[k*n+i] - most)
			margins[k*n+i] = e
			sum += e
		}
		s.Loss += float64(w * (math.Log(sum) + most - own))
		for k := range sets {
			margins[k*n+i] *= w / sum
		}
		margins[y*n+i] -= w
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

// finish returns the mean loss, and sets grad to its gradient in the scaled and centred
// dimensions, then in the intercepts.
func (a logisticLoss) finish(s *logisticState, grad []float64) float64 {
	for k, r := range s.Residual {
		for j := range a.Dim {
			g := s.Gradient[k*a.Dim+j]
			if a.Centre != nil {
				g -= float64(r * a.Centre[j])
			}
			grad[k*a.Dim+j] = g * a.Scale[j] / a.Total
		}
		grad[a.Sets*a.Dim+k] = r / a.Total
	}
	return s.Loss / a.Total
}
