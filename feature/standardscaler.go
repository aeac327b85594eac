package feature

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/summary"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[StandardScaler]("feature.StandardScaler")
	pipeline.Register[*StandardScalerModel]("feature.StandardScalerModel", pipeline.Ready((*StandardScalerModel).ready))
}

// StandardScaler learns the mean m and the standard deviation s of each dimension
// of a vector column, and maps a value x to
//
//	y = x * (1/s)          by default
//	y = (x-m) * (1/s)      with WithMean
//	y = x - m              with WithMean and SkipStd
//
// where s is the square root of the unbiased variance. A dimension with s = 0 is
// mapped to 0 unless SkipStd is set. A NaN or an infinity in the training rows spoils
// m and s of its dimension: y is NaN or infinite then in every row, and nothing is
// said. Take such rows out first.
//
// Fitting is one pass over three numbers a dimension, see [summary.Moments].
//
// Source: Spark ML 4.1, org.apache.spark.ml.feature.StandardScaler.
type StandardScaler struct {
	InputCol  string // vector column to scale; default "features"
	OutputCol string // vector column to add; default InputCol + "_scaled"
	WithMean  bool   // subtracts the mean; default false
	SkipStd   bool   // does not divide by the standard deviation; default false
}

func (p StandardScaler) defaults() StandardScaler {
	p.InputCol = cmp.Or(p.InputCol, "features")
	p.OutputCol = cmp.Or(p.OutputCol, p.InputCol+"_scaled")
	return p
}

// Schema adds OutputCol, with the size and the dimension names of InputCol.
func (p StandardScaler) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	f, errIn := in.Want(p.InputCol, dataset.Vector)
	out, errOut := in.With(p.scaled(f))
	return out, errors.Join(errIn, errOut)
}

// scaled describes the output column: numbers, whatever they were.
func (p StandardScaler) scaled(in dataset.Field) dataset.Field {
	out := dataset.Field{Name: p.OutputCol, Type: dataset.Vector, Size: in.Size}
	for _, d := range in.Dims {
		out.Dims = append(out.Dims, dataset.Attr{Name: d.Name, Source: d.Source, Scale: dataset.Continuous})
	}
	return out
}

// Fit returns a *StandardScalerModel. It needs at least one row.
func (p StandardScaler) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	p = p.defaults()
	f, err := ds.Schema().Want(p.InputCol, dataset.Vector)
	if err != nil {
		return nil, err
	}
	s, err := fold.Run(ctx, ds, moments{p.InputCol})
	if err != nil {
		return nil, err
	}
	if s.Rows == 0 {
		return nil, fmt.Errorf("column %q: have 0 rows, want at least 1", p.InputCol)
	}
	m := &StandardScalerModel{Params: p, Out: p.scaled(f), Mean: s.Means(), Std: s.Deviations()}
	m.Out.Size = len(m.Mean)
	return m, m.ready()
}

// A StandardScalerModel is a fitted StandardScaler.
type StandardScalerModel struct {
	Params    StandardScaler // as resolved by Fit
	Out       dataset.Field  // the column that Transform adds
	Mean, Std []float64      // of each dimension

	lines dataset.Affine // from the above, by ready
}

// ready derives lines. It fails on a model that Fit cannot have made.
func (m *StandardScalerModel) ready() error {
	size := m.Out.Size
	if m.Out.Type != dataset.Vector || size < 1 || len(m.Mean) != size || len(m.Std) != size || m.Out.Dims != nil && len(m.Out.Dims) != size {
		return fmt.Errorf("have %d means, %d deviations and %d names for a %v of size %d, which do not fit",
			len(m.Mean), len(m.Std), len(m.Out.Dims), m.Out.Type, size)
	}
	m.lines = dataset.Affine{}
	if m.Params.WithMean {
		m.lines.Centre = m.Mean
	}
	if !m.Params.SkipStd {
		m.lines.Scale = make([]float64, size)
		for j, s := range m.Std {
			if s != 0 {
				m.lines.Scale[j] = 1 / s
			}
		}
	}
	return nil
}

// Schema is that of the estimator, with the size known.
func (m *StandardScalerModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.InputCol, m.Out.Size)
	out, errOut := in.With(m.Out)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the scaled column. It copies no values: the new column is the old
// one with the lines applied when it is read.
func (m *StandardScalerModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	v, err := dataset.Get[*dataset.Vectors](c, m.Params.InputCol)
	if err != nil {
		return c, err
	}
	if v.Dim() != m.Out.Size {
		return c, &dataset.ColumnError{Column: m.Params.InputCol, Have: dataset.Vector,
			Fact: fmt.Sprintf("have vectors of size %d", v.Dim()), Want: fmt.Sprintf("size %d", m.Out.Size)}
	}
	return c.With(m.Out, v.Mapped(m.lines))
}

// BindRow scales in place, without a step.
func (m *StandardScalerModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	out, err := m.Transform(c)
	return out, nil, err
}

// moments folds a vector column into its moments.
type moments struct{ Col string }

func (moments) Zero() *summary.Moments { return new(summary.Moments) }

func (a moments) Add(s *summary.Moments, c dataset.Chunk) (*summary.Moments, error) {
	v, err := dataset.Get[*dataset.Vectors](c, a.Col)
	if err != nil {
		return s, err
	}
	return s, s.Add(v, nil)
}

func (moments) Merge(a, b *summary.Moments) (*summary.Moments, error) { return a.Merge(b) }
