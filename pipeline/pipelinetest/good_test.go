package pipelinetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[Shift]("pipelinetest.Shift")
	pipeline.Register[*ShiftModel]("pipelinetest.ShiftModel", pipeline.Ready((*ShiftModel).ready))
}

// Shift is a good stage: it takes the mean of a number column from it, and rejects
// the rows where it is missing.
type Shift struct {
	InputCol  string   // default "x"
	OutputCol string   // default "y"
	Scale     *float64 // default 1
}

func (p Shift) defaults() Shift {
	p.InputCol, p.OutputCol = cmp.Or(p.InputCol, "x"), cmp.Or(p.OutputCol, "y")
	if p.Scale == nil {
		p.Scale = new(1.0)
	}
	return p
}

func (p Shift) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	_, errIn := in.Want(p.InputCol, dataset.Float)
	out, errOut := in.With(dataset.Field{Name: p.OutputCol, Type: dataset.Float})
	return out, errors.Join(errIn, errOut)
}

func (p Shift) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	p = p.defaults()
	sums, err := fold.Run(ctx, ds, Sums{p.InputCol})
	if err != nil {
		return nil, err
	}
	if sums.N == 0 {
		return nil, fmt.Errorf("column %q: have 0 numbers, want at least 1", p.InputCol)
	}
	m := &ShiftModel{Params: p, Mean: sums.Sum / float64(sums.N)}
	return m, m.ready()
}

type ShiftModel struct {
	Params Shift
	Mean   float64

	scale float64 // from Params, by ready
}

func (m *ShiftModel) ready() error {
	if m.Params.Scale == nil {
		return errors.New("have no Scale")
	}
	m.scale = *m.Params.Scale
	return nil
}

func (m *ShiftModel) Schema(in dataset.Schema) (dataset.Schema, error) { return m.Params.Schema(in) }

func (m *ShiftModel) at(x float64) float64 { return (x - m.Mean) * m.scale }

func (m *ShiftModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Params.InputCol)
	if err != nil {
		return c, err
	}
	y := make(dataset.Floats, len(x))
	var rejects []dataset.Reject
	for i := range x {
		if y[i] = m.at(x[i]); math.IsNaN(x[i]) {
			rejects = append(rejects, dataset.Reject{Row: int64(i), Column: m.Params.InputCol, Reason: "is missing"})
		}
	}
	out, err := c.With(dataset.Field{Name: m.Params.OutputCol, Type: dataset.Float}, y)
	return out.Drop(rejects), err
}

func (m *ShiftModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Params.InputCol)
	if err != nil {
		return c, nil, err
	}
	y := make(dataset.Floats, 1)
	out, err := c.With(dataset.Field{Name: m.Params.OutputCol, Type: dataset.Float}, y)
	return out, func() error {
		if math.IsNaN(x[0]) {
			return &dataset.Reject{Column: m.Params.InputCol, Reason: "is missing"}
		}
		y[0] = m.at(x[0])
		return nil
	}, err
}

// Sums folds a column into its sum and count, without NaN.
type Sums struct{ Col string }

type Sum struct {
	Sum float64
	N   int
}

func (Sums) Zero() Sum { return Sum{} }

func (a Sums) Add(s Sum, c dataset.Chunk) (Sum, error) {
	x, err := dataset.Get[dataset.Floats](c, a.Col)
	for _, v := range x {
		if !math.IsNaN(v) {
			s.Sum, s.N = s.Sum+v, s.N+1
		}
	}
	return s, err
}

func (Sums) Merge(a, b Sum) (Sum, error) { return Sum{a.Sum + b.Sum, a.N + b.N}, nil }

// numbers is a table of the columns x (with NaN and -0), k, b, t and s.
func numbers() *dataset.Table {
	x := dataset.Floats{1, 2.5, math.NaN(), -3, math.Copysign(0, -1), 7, 7, 0.1, 1e6, -2, 11}
	n := len(x)
	k, text := dataset.Ints{Values: make([]int64, n)}, dataset.Strings{Codes: make([]int32, n), Dict: []string{"b", "a", "b"}}
	flags, times := dataset.Ints{Values: make([]int64, n)}, dataset.Ints{Values: make([]int64, n)}
	for i := range n {
		k.Values[i], flags.Values[i], times.Values[i] = int64(i*i), int64(i%2), int64(i)*1e9
		text.Codes[i] = int32(i%4) - 1
	}
	k.Values[4] = 0
	k.Absent.Set(4, n)
	schema := dataset.NewSchema(
		dataset.Field{Name: "x", Type: dataset.Float}, dataset.Field{Name: "k", Type: dataset.Int},
		dataset.Field{Name: "b", Type: dataset.Bool}, dataset.Field{Name: "t", Type: dataset.Time},
		dataset.Field{Name: "s", Type: dataset.String})
	return must(dataset.FromColumns(schema, x, k, flags, times, text))
}

func TestShiftConforms(t *testing.T) { Estimator(t, Shift{Scale: new(0.3)}, numbers()) }

func TestShiftModelConforms(t *testing.T) {
	model, err := pipeline.Fit(t.Context(), Shift{}, numbers())
	if err != nil {
		t.Fatal(err)
	}
	Transformer(t, model, numbers())
}

func TestPipelineConforms(t *testing.T) {
	Estimator(t, pipeline.New(
		Shift{},
		pipeline.TrainOnly(Shift{OutputCol: "only"}),
		pipeline.New(Shift{InputCol: "y", OutputCol: "z"}, Shift{InputCol: "z", OutputCol: "w", Scale: new(3.0)}),
	), numbers())
}
