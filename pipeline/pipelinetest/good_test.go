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

func init() {
	pipeline.Register[Describe]("pipelinetest.Describe")
	pipeline.Register[Centre]("pipelinetest.Centre")
	pipeline.Register[*CentreModel]("pipelinetest.CentreModel", pipeline.Ready((*CentreModel).ready))
}

// Describe makes one vector of a text's length, an int, a bool and a time.
type Describe struct{}

func (Describe) field() dataset.Field {
	return dataset.Field{Name: "v", Type: dataset.Vector, Size: 4, Dims: []dataset.Attr{{Name: "s"}, {Name: "k"}, {Name: "b"}, {Name: "t"}}}
}

func (p Describe) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errS := in.Want("s", dataset.String)
	_, errK := in.Want("k", dataset.Int)
	_, errB := in.Want("b", dataset.Bool)
	_, errT := in.Want("t", dataset.Time)
	out, err := in.With(p.field())
	return out, errors.Join(errS, errK, errB, errT, err)
}

func (p Describe) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	s, errS := dataset.Get[dataset.Strings](c, "s")
	k, errK := dataset.Numbers(c, "k")
	b, errB := dataset.Numbers(c, "b")
	t, errT := dataset.Numbers(c, "t")
	if err := errors.Join(errS, errK, errB, errT); err != nil {
		return c, err
	}
	length := floats(s.Len(), func(i int) float64 { return float64(len(s.At(i))) })
	v, err := dataset.NewVectors(&dataset.Scalar{Values: length}, &dataset.Scalar{Values: k}, &dataset.Scalar{Values: b}, &dataset.Scalar{Values: t})
	if err != nil {
		return c, err
	}
	return c.With(p.field(), v)
}

// Centre takes the mean from each dimension of the vector v. It is broken where
// Dense is set: then it learns from dense blocks only.
type Centre struct{ Dense bool }

func (Centre) Schema(in dataset.Schema) (dataset.Schema, error) {
	f, errIn := in.Want("v", dataset.Vector)
	f.Name = "w"
	out, err := in.With(f)
	return out, errors.Join(errIn, err)
}

func (p Centre) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	f, _ := ds.Schema().Lookup("v")
	s, err := fold.Run(ctx, ds, dimensions(p))
	if err != nil {
		return nil, err
	}
	for j := range s.Sums {
		s.Sums[j] /= float64(s.N)
	}
	f.Name, f.Size = "w", len(s.Sums)
	m := &CentreModel{p, f, s.Sums}
	return m, m.ready()
}

type CentreModel struct {
	Params Centre
	Out    dataset.Field
	Means  []float64
}

func (m *CentreModel) ready() error {
	if m.Out.Size != len(m.Means) || m.Out.Size == 0 || m.Out.Dims != nil && len(m.Out.Dims) != m.Out.Size {
		return fmt.Errorf("have %d means, want %d", len(m.Means), m.Out.Size)
	}
	return nil
}

func (m *CentreModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector("v", m.Out.Size)
	out, err := in.With(m.Out)
	return out, errors.Join(errIn, err)
}

func (m *CentreModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	v, err := dataset.Get[*dataset.Vectors](c, "v")
	if err != nil {
		return c, err
	}
	return c.With(m.Out, v.Mapped(dataset.Affine{Centre: m.Means}))
}

type dimensions struct{ Dense bool }

type dimensionSums struct {
	N    int
	Sums []float64
}

func (dimensions) Zero() dimensionSums { return dimensionSums{} }

func (a dimensions) Add(s dimensionSums, c dataset.Chunk) (dimensionSums, error) {
	v, err := dataset.Get[*dataset.Vectors](c, "v")
	if err != nil {
		return s, err
	}
	row := make([]float64, v.Dim())
	for i := range v.Len() {
		if _, ok := v.Blocks()[0].(*dataset.Dense); ok || !a.Dense {
			v.Row(i, row)
		}
		s, _ = a.Merge(s, dimensionSums{1, row})
	}
	return s, nil
}

func (dimensions) Merge(a, b dimensionSums) (dimensionSums, error) {
	if len(a.Sums) == 0 {
		a.Sums = make([]float64, len(b.Sums))
	}
	for j, x := range b.Sums {
		a.Sums[j] += x
	}
	a.N += b.N
	return a, nil
}

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

func TestDescribeConforms(t *testing.T) { Transformer(t, Describe{}, numbers()) }

func TestCentreConforms(t *testing.T) {
	Estimator(t, Centre{}, vectors(), Tolerance(1e-12))
	Aggregator(t, dimensions{}, vectors())
}

func TestDescribedConforms(t *testing.T) { Estimator(t, pipeline.New(Describe{}, Centre{}), numbers()) }
