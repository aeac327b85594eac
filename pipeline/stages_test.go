package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[Centre]("test.Centre")
	pipeline.Register[*CentreModel]("test.CentreModel")
	pipeline.Register[Positive]("test.Positive")
	pipeline.Register[Pair]("test.Pair")
}

// Centre learns the mean of a number column and adds the number less the mean.
type Centre struct{ In, Out string }

func (p Centre) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.Want(p.In, dataset.Float)
	out, errOut := in.With(dataset.Field{Name: p.Out, Type: dataset.Float})
	return out, errors.Join(errIn, errOut)
}

func (p Centre) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	s, err := fold.Run(ctx, ds, sums(p))
	if err != nil {
		return nil, err
	}
	if s[1] == 0 {
		return nil, fmt.Errorf("column %q: have 0 rows, want at least 1", p.In)
	}
	return &CentreModel{p, s[0] / s[1]}, nil
}

type CentreModel struct {
	Params Centre
	Mean   float64
}

func (m *CentreModel) Schema(in dataset.Schema) (dataset.Schema, error) { return m.Params.Schema(in) }

func (m *CentreModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Params.In)
	if err != nil {
		return c, err
	}
	y := make(dataset.Floats, len(x))
	for i := range x {
		y[i] = x[i] - m.Mean
	}
	return c.With(dataset.Field{Name: m.Params.Out, Type: dataset.Float}, y)
}

func (m *CentreModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Params.In)
	if err != nil {
		return c, nil, err
	}
	y := make(dataset.Floats, 1)
	out, err := c.With(dataset.Field{Name: m.Params.Out, Type: dataset.Float}, y)
	return out, func() error {
		y[0] = x[0] - m.Mean
		return nil
	}, err
}

// sums folds a column into its sum and count.
type sums Centre

func (sums) Zero() [2]float64 { return [2]float64{} }

func (a sums) Add(s [2]float64, c dataset.Chunk) ([2]float64, error) {
	x, err := dataset.Get[dataset.Floats](c, a.In)
	for _, v := range x {
		s[0], s[1] = s[0]+v, s[1]+1
	}
	return s, err
}

func (sums) Merge(a, b [2]float64) ([2]float64, error) {
	return [2]float64{a[0] + b[0], a[1] + b[1]}, nil
}

// Positive rejects the rows whose number is not above 0. It has no row form.
type Positive struct{ Col string }

func (p Positive) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, err := in.Want(p.Col, dataset.Float)
	return in, err
}

func (p Positive) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	x, err := dataset.Get[dataset.Floats](c, p.Col)
	var rejects []dataset.Reject
	for i, v := range x {
		if !(v > 0) {
			rejects = append(rejects, dataset.Reject{Row: int64(i), Column: p.Col, Value: fmt.Sprint(v), Reason: "want above 0"})
		}
	}
	return c.Drop(rejects), err
}

// Pair puts number columns side by side into vectors that only look at them.
type Pair struct {
	In  []string
	Out string
}

func (p Pair) field() dataset.Field {
	return dataset.Field{Name: p.Out, Type: dataset.Vector, Size: len(p.In)}
}

func (p Pair) Schema(in dataset.Schema) (dataset.Schema, error) {
	var errs []error
	for _, name := range p.In {
		_, err := in.Want(name, dataset.Float)
		errs = append(errs, err)
	}
	out, err := in.With(p.field())
	return out, errors.Join(append(errs, err)...)
}

func (p Pair) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	var blocks []dataset.Block
	for _, name := range p.In {
		x, err := dataset.Get[dataset.Floats](c, name)
		if err != nil {
			return c, err
		}
		blocks = append(blocks, &dataset.Scalar{Values: x})
	}
	v, err := dataset.NewVectors(blocks...)
	if err != nil {
		return c, err
	}
	return c.With(p.field(), v)
}

func (p Pair) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	out, err := p.Transform(c)
	return out, nil, err
}

// noRowForm hides the row form of a stage.
type noRowForm struct{ pipeline.Transformer }

// BlockSum adds the numbers of a vector, block by block: other blocks, other bits.
type BlockSum struct{ In, Out string }

func (p BlockSum) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.Want(p.In, dataset.Vector)
	out, errOut := in.With(dataset.Field{Name: p.Out, Type: dataset.Float})
	return out, errors.Join(errIn, errOut)
}

func (p BlockSum) sum(v *dataset.Vectors, i int, row []float64) float64 {
	v.Row(i, row)
	total, at := 0.0, 0
	for _, b := range v.Blocks() {
		part := 0.0
		for _, x := range row[at : at+b.Size()] {
			part += x
		}
		total, at = total+part, at+b.Size()
	}
	return total
}

func (p BlockSum) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	v, err := dataset.Get[*dataset.Vectors](c, p.In)
	if err != nil {
		return c, err
	}
	y, row := make(dataset.Floats, v.Len()), make([]float64, v.Dim())
	for i := range y {
		y[i] = p.sum(v, i, row)
	}
	return c.With(dataset.Field{Name: p.Out, Type: dataset.Float}, y)
}

func (p BlockSum) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	v, err := dataset.Get[*dataset.Vectors](c, p.In)
	if err != nil {
		return c, nil, err
	}
	y, row := make(dataset.Floats, 1), make([]float64, v.Dim())
	out, err := c.With(dataset.Field{Name: p.Out, Type: dataset.Float}, y)
	return out, func() error {
		y[0] = p.sum(v, 0, row)
		return nil
	}, err
}

// Keep keeps the named columns only.
type Keep struct{ Cols []string }

func (p Keep) Schema(in dataset.Schema) (dataset.Schema, error) { return in.Select(p.Cols...) }

func (p Keep) Transform(c dataset.Chunk) (dataset.Chunk, error) { return c.Select(p.Cols...) }

// A spy passes chunks on and counts them.
type spy struct{ chunks int }

func (*spy) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }

func (s *spy) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	s.chunks++
	return c, nil
}

// A failing transformer and estimator.
type failing struct{ err error }

func (f failing) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }
func (f failing) Transform(c dataset.Chunk) (dataset.Chunk, error) { return c, f.err }
func (f failing) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return c, func() error { return f.err }, nil
}

type failingFit struct{ failing }

func (f failingFit) Fit(context.Context, dataset.Dataset) (pipeline.Transformer, error) {
	return nil, f.err
}

// column makes a table of one number column.
func column(name string, values ...float64) *dataset.Table {
	return table(dataset.NewSchema(dataset.Field{Name: name, Type: dataset.Float}), dataset.Floats(values))
}

func table(schema dataset.Schema, cols ...dataset.Column) *dataset.Table {
	t, err := dataset.FromColumns(schema, cols...)
	if err != nil {
		panic(err)
	}
	return t
}

func fit(t *testing.T, est pipeline.Estimator, ds dataset.Dataset) pipeline.Transformer {
	t.Helper()
	model, err := pipeline.Fit(t.Context(), est, ds)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

// read returns a number column of ds as transformed by t.
func read(t *testing.T, model pipeline.Transformer, ds dataset.Dataset, name string) []float64 {
	t.Helper()
	out, err := pipeline.Apply(model, ds)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := dataset.Rows(t.Context(), out, name)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(rows...)
}
