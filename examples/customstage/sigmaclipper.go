package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[SigmaClipper]("customstage.SigmaClipper")
	pipeline.Register[*SigmaClipperModel]("customstage.SigmaClipperModel", pipeline.Ready((*SigmaClipperModel).ready))
}

// SigmaClipper pulls the outliers of a number column in. It learns the mean m and
// the standard deviation s (dividing by n) of the finite numbers, and maps
//
//	y = min(max(x, m - Width*s), m + Width*s)
//
// Infinities are clipped, and a missing value stays missing. Fitting is one pass
// over three numbers.
type SigmaClipper struct {
	InputCol  string  // column of numbers
	OutputCol string  // column to add; default InputCol + "_clipped"
	Width     float64 // standard deviations to keep on either side; default 3
}

func (p SigmaClipper) defaults() SigmaClipper {
	p.OutputCol = cmp.Or(p.OutputCol, p.InputCol+"_clipped")
	p.Width = cmp.Or(p.Width, 3)
	return p
}

// Schema adds OutputCol.
func (p SigmaClipper) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	var errWidth error
	if !(p.Width > 0) {
		errWidth = fmt.Errorf("have Width %v, want above 0", p.Width)
	}
	_, errIn := in.Want(p.InputCol, dataset.Float, dataset.Float32)
	out, errOut := in.With(p.field())
	return out, errors.Join(errWidth, errIn, errOut)
}

func (p SigmaClipper) field() dataset.Field {
	return dataset.Field{Name: p.OutputCol, Type: dataset.Float, Attr: dataset.Attr{Scale: dataset.Continuous}}
}

// Fit returns a *SigmaClipperModel. It needs at least one finite number.
func (p SigmaClipper) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	p = p.defaults()
	s, err := fold.Run(ctx, ds, moments{Col: p.InputCol})
	if err != nil {
		return nil, err
	}
	if s.N == 0 {
		return nil, fmt.Errorf("column %q: have 0 finite numbers, want at least 1", p.InputCol)
	}
	m := &SigmaClipperModel{Params: p, Mean: s.Mean, Std: math.Sqrt(s.M2 / float64(s.N))}
	return m, m.ready()
}

// A SigmaClipperModel is a fitted SigmaClipper.
type SigmaClipperModel struct {
	Params    SigmaClipper // as resolved by Fit
	Mean, Std float64

	low, high float64 // from the above, by ready
}

// ready derives the limits. It fails on a model that Fit cannot have made.
func (m *SigmaClipperModel) ready() error {
	m.low = m.Mean - float64(m.Params.Width*m.Std)
	m.high = m.Mean + float64(m.Params.Width*m.Std)
	if !(m.low <= m.high) {
		return fmt.Errorf("mean is %v and standard deviation %v, want numbers that give limits", m.Mean, m.Std)
	}
	return nil
}

// Schema is that of the estimator.
func (m *SigmaClipperModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	return m.Params.Schema(in)
}

func (m *SigmaClipperModel) clip(x float64) float64 { return min(max(x, m.low), m.high) }

// Transform adds the clipped column.
func (m *SigmaClipperModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Params.InputCol)
	if err != nil {
		return c, err
	}
	y := make(dataset.Floats, len(x))
	for i := range x {
		y[i] = m.clip(x[i])
	}
	return c.With(m.Params.field(), y)
}

// BindRow is the row form. A stage need not have one: it makes scoring one row
// free of allocations.
func (m *SigmaClipperModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Params.InputCol)
	if err != nil {
		return c, nil, err
	}
	y := make(dataset.Floats, 1)
	out, err := c.With(m.Params.field(), y)
	return out, func() error {
		y[0] = m.clip(x[0])
		return nil
	}, err
}

// moments folds the finite numbers of a column into their mean and spread, by the
// update of Welford (1962) and the merge of Chan, Golub and LeVeque (1979), section 2.
type moments struct{ Col string }

// spread is a state of moments.
type spread struct {
	N    int
	Mean float64
	M2   float64 // sum of the squared distances from Mean
}

func (moments) Zero() spread { return spread{} }

func (a moments) Add(s spread, c dataset.Chunk) (spread, error) {
	x, err := dataset.Get[dataset.Floats](c, a.Col)
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		s.N++
		d := v - s.Mean
		s.Mean += d / float64(s.N)
		s.M2 += float64(d * (v - s.Mean))
	}
	return s, err
}

func (moments) Merge(a, b spread) (spread, error) {
	if a.N == 0 || b.N == 0 {
		if a.N == 0 {
			a = b
		}
		return a, nil
	}
	n, d := float64(a.N+b.N), b.Mean-a.Mean
	return spread{
		N:    a.N + b.N,
		Mean: a.Mean + float64(d*(float64(b.N)/n)),
		M2:   a.M2 + b.M2 + float64(d*d*(float64(a.N)*float64(b.N)/n)),
	}, nil
}
