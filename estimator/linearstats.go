package estimator

import (
	"context"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/summary"
)

// linearState is what linear classifiers know of the rows before they learn.
type linearState struct {
	Rows            int64
	Classes         int       // that the label's column names, else up to the largest label
	Weight          float64   // of all rows
	ClassWeight     []float64 // of each class, up to the largest label
	Mean, Deviation []float64 // of each dimension; the deviation is the unbiased one
}

// linear checks the features, and returns what is to be known of the rows. The means are
// those of the stored values.
func (c targetCols) linear(ctx context.Context, ds *design, classes int) (*linearState, error) {
	m, err := fold.Run(ctx, ds, linearStats{Cols: c})
	if err != nil {
		return nil, err
	}
	s := &linearState{Rows: m.Moments.Rows, Classes: classes, ClassWeight: m.ClassWeight}
	for _, w := range m.ClassWeight {
		s.Weight += w
	}
	if c.Weight == "" {
		s.Mean, s.Deviation = m.Moments.Means(), m.Moments.Deviations()
	} else {
		s.Mean, s.Deviation = m.Weighted.Means(), m.Weighted.Deviations()
	}
	for j, d := range s.Deviation {
		if math.IsNaN(d) || math.IsInf(d, 0) || math.IsNaN(s.Mean[j]) || math.IsInf(s.Mean[j], 0) {
			return nil, c.blameFeature(ctx, ds, j)
		}
	}
	return s, nil
}

// blameFeature names the first row whose dimension j is not finite.
func (c targetCols) blameFeature(ctx context.Context, ds *design, j int) error {
	for chunk, err := range fold.Chunks(ctx, ds) {
		if err != nil {
			return err
		}
		v, err := dataset.Get[*dataset.Vectors](chunk, c.Features)
		if err != nil {
			return err
		}
		if row, dim, ok := v.Finite(); !ok {
			o := chunk.Origin()
			x := make([]float64, v.Dim())
			v.Row(row, x)
			return fmt.Errorf("column %q: part %d, row %d: dimension %d is %v, want a finite number", c.Features, o.Part, o.Row(row), dim, x[dim])
		}
	}
	return fmt.Errorf("column %q: dimension %d has numbers too large to square", c.Features, j)
}

// inverse returns 1/s of each dimension, 0 for a constant one.
func (s *linearState) inverse() []float64 {
	out := make([]float64, len(s.Deviation))
	for j, d := range s.Deviation {
		if d != 0 {
			out[j] = 1 / d
		}
	}
	return out
}

// only returns the class of all rows, if there is one.
func (s *linearState) only() (class int, ok bool) {
	n := 0
	for k, w := range s.ClassWeight {
		if w > 0 {
			class = k
			n++
		}
	}
	return class, n == 1
}

// intercepts sets dst to those of a model without dimensions: the log-odds of class 1,
// or for several classes the logarithm of their weight and 1, less its mean.
func (s *linearState) intercepts(dst []float64) {
	if len(dst) == 1 {
		dst[0] = math.Log(s.ClassWeight[1] / s.ClassWeight[0])
		return
	}
	for k, w := range s.ClassWeight {
		dst[k] = math.Log1p(w)
	}
	centre(dst, 1, len(s.ClassWeight))
}

// linearStats folds the weights of the classes and the moments of the features.
type linearStats struct{ Cols targetCols }

type linearSums struct {
	Moments     *summary.Moments // of unweighted rows
	Weighted    *weightedMoments // of weighted ones
	ClassWeight []float64
}

func (linearStats) Zero() *linearSums {
	return &linearSums{Moments: new(summary.Moments), Weighted: new(weightedMoments)}
}

func (a linearStats) Add(s *linearSums, c dataset.Chunk) (*linearSums, error) {
	v, err := dataset.Get[*dataset.Vectors](c, a.Cols.Features)
	if err != nil {
		return s, err
	}
	labels, err := dataset.Numbers(c, a.Cols.Label)
	if err != nil {
		return s, err
	}
	weights := make(dataset.Floats, len(labels))
	for i := range weights {
		weights[i] = 1
	}
	if a.Cols.Weight == "" {
		err = s.Moments.Add(v, nil)
	} else {
		s.Moments.Rows += int64(len(labels))
		if weights, err = dataset.Numbers(c, a.Cols.Weight); err == nil {
			err = s.Weighted.add(v, weights)
		}
	}
	for i, y := range labels {
		for len(s.ClassWeight) <= int(y) {
			s.ClassWeight = append(s.ClassWeight, 0)
		}
		s.ClassWeight[int(y)] += weights[i]
	}
	return s, err
}

func (a linearStats) Merge(x, y *linearSums) (*linearSums, error) {
	for len(x.ClassWeight) < len(y.ClassWeight) {
		x.ClassWeight = append(x.ClassWeight, 0)
	}
	for k, w := range y.ClassWeight {
		x.ClassWeight[k] += w
	}
	if a.Cols.Weight != "" {
		x.Moments.Rows += y.Moments.Rows
		x.Weighted.merge(y.Weighted)
		return x, nil
	}
	var err error
	x.Moments, err = x.Moments.Merge(y.Moments)
	return x, err
}

// weightedMoments are the mean and the squared distances from it of weighted rows, by
// the formulas of [summary.Moments].
type weightedMoments struct {
	Weight, Squares float64 // sum of the weights, of their squares
	Mean, M2        []float64
}

func (m *weightedMoments) add(v *dataset.Vectors, weights []float64) error {
	if m.Mean == nil {
		m.Mean, m.M2 = make([]float64, v.Dim()), make([]float64, v.Dim())
	}
	if v.Dim() != len(m.Mean) {
		return fmt.Errorf("have vectors of size %d, want %d as before", v.Dim(), len(m.Mean))
	}
	row := make([]float64, v.Dim())
	for i, w := range weights {
		if w == 0 {
			continue
		}
		v.Row(i, row)
		m.Weight += w
		m.Squares += float64(w * w)
		for j, x := range row {
			d := x - m.Mean[j]
			m.Mean[j] += w * d / m.Weight
			m.M2[j] += float64(float64(w*d) * (x - m.Mean[j]))
		}
	}
	return nil
}

func (m *weightedMoments) merge(o *weightedMoments) {
	if o.Weight == 0 {
		return
	}
	if m.Weight == 0 {
		*m = *o
		return
	}
	all := m.Weight + o.Weight
	for j, mean := range o.Mean {
		d := mean - m.Mean[j]
		m.M2[j] += o.M2[j] + float64(d*d)*(m.Weight*o.Weight/all)
		m.Mean[j] += d * o.Weight / all
	}
	m.Weight, m.Squares = all, m.Squares+o.Squares
}

// Means returns the mean of each dimension.
func (m *weightedMoments) Means() []float64 { return m.Mean }

// Deviations returns the unbiased standard deviation of each dimension.
func (m *weightedMoments) Deviations() []float64 {
	out := make([]float64, len(m.M2))
	for j, m2 := range m.M2 {
		out[j] = math.Sqrt(max(0, m2/(m.Weight-m.Squares/m.Weight)))
	}
	return out
}
