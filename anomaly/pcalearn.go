package anomaly

import (
	"context"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/linalg"
	"github.com/millrace-ml/millrace/internal/summary"
)

// exactDims is the largest dimension whose covariance is kept and decomposed whole.
const exactDims = 1000

// nearMean is how many standard deviations the common value may lie from the mean
// and still be what sums are taken about.
const nearMean = 8

// standardize learns mean and deviation of each dimension, and returns its common value.
func (p PCAAnomaly) standardize(ctx context.Context, ds dataset.Dataset, rows selection) (*PCAAnomalyModel, []float64, error) {
	s, err := fold.Run(ctx, ds, moments{rows})
	if err != nil {
		return nil, nil, err
	}
	if s.Rows < 2 {
		return nil, nil, fmt.Errorf("column %q: have %d rows%s to learn from, want at least 2", p.InputCol, s.Rows, rows.named())
	}
	if err := p.fits(len(s.Mean)); err != nil {
		return nil, nil, err
	}
	if p.FalseAlarmRate > 0 && keptScores(s.Held, p.FalseAlarmRate) == 0 {
		return nil, nil, fmt.Errorf("FalseAlarmRate is %v: have %d rows%s to calibrate with, want at least %v",
			p.FalseAlarmRate, s.Held, rows.named(), math.Ceil(1/p.FalseAlarmRate-1))
	}
	m := &PCAAnomalyModel{Params: p, Rows: s.Rows, Calibration: s.Held, Mean: s.Means(), Std: s.Deviations()}
	for j, x := range m.Std {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, nil, fmt.Errorf("column %q: dimension %d: have a variance of %v in the rows to learn from, want finite numbers, with squares that are finite",
				p.InputCol, j, x)
		}
	}
	return m, summary.Common(len(m.Mean), s.First), nil
}

// view returns how p sees the input: scaled and clipped, not yet shifted.
func (p PCAAnomaly) view(mean, std []float64) summary.View {
	if p.Compat == SparkNotebook {
		return summary.View{}
	}
	v := summary.View{Centre: mean, Scale: make([]float64, len(std)), Clip: *p.Clip}
	for j, s := range std {
		if scale := 1 / max(s, *p.Floor); !math.IsInf(scale, 0) {
			v.Scale[j] = scale
		}
	}
	return v
}

// decompose learns the mean of z and the components.
func (m *PCAAnomalyModel) decompose(ctx context.Context, ds dataset.Dataset, rows selection, common []float64) error {
	view := m.Params.view(m.Mean, m.Std)
	shift := make([]float64, len(common))
	for j, x := range common {
		if !(math.Abs(x-m.Mean[j]) <= nearMean*m.Std[j]) {
			x = m.Mean[j]
		}
		shift[j] = view.At(j, x)
	}
	view.Shift = shift
	if len(shift) > exactDims {
		return m.iterate(ctx, ds, rows, view)
	}
	g, err := fold.Run(ctx, ds, gram{rows, view})
	if err != nil {
		return err
	}
	covariance := g.Covariance()
	values, vectors, err := linalg.Eigen(len(shift), covariance)
	if err != nil {
		return err
	}
	at := 0
	for j := range shift {
		m.Variance += covariance[at]
		at += len(shift) - j
	}
	k := m.Params.K
	if m.Params.VarianceShare > 0 {
		k = fewest(values, m.Params.VarianceShare*m.Variance)
	}
	m.keep(shift, g.Mean(), values[:k], vectors)
	return nil
}

// fewest returns how many of the values, at least one, add up to sum.
func fewest(values []float64, sum float64) int {
	var have float64
	for k, x := range values {
		if have += x; have >= sum {
			return k + 1
		}
	}
	return len(values)
}

// iterate finds the components without the covariance, by one fold a product with it.
func (m *PCAAnomalyModel) iterate(ctx context.Context, ds dataset.Dataset, rows selection, view summary.View) error {
	dim, k := len(view.Shift), m.Params.K
	var mean []float64
	values, vectors, err := linalg.TopEigen(dim, k, m.Params.Seed, func(q []float64) ([]float64, error) {
		s, err := fold.Run(ctx, ds, sketch{rows, view, q})
		if err != nil {
			return nil, err
		}
		mean, m.Variance = s.Mean(), s.Variance()
		return s.Covariance(q), nil
	})
	if err != nil {
		return err
	}
	m.keep(view.Shift, mean, values, vectors)
	return nil
}

// keep stores the mean of z and the first components. One whose variance is nothing
// but rounding becomes 0.
func (m *PCAAnomalyModel) keep(shift, mean, values, vectors []float64) {
	dim := len(shift)
	m.Centre = make([]float64, dim)
	for j, x := range mean {
		m.Centre[j] = shift[j] + x
	}
	m.Eigenvalues = append([]float64{}, values...)
	m.Components = append([]float64{}, vectors[:len(values)*dim]...)
	for c, x := range values {
		if !(x > float64(dim)*0x1p-52*values[0]) {
			m.Eigenvalues[c] = 0
			clear(m.Components[c*dim : (c+1)*dim])
		}
	}
}

// learned is what the first pass knows.
type learned struct {
	summary.Moments
	First []float64 // the first rows, one after another
	Held  int64     // rows held out
}

// Of the first rows at most firstRows are kept, and fewer of long vectors.
const (
	firstRows    = 63
	firstNumbers = 1 << 15
)

// moments folds the rows to learn from into their moments.
type moments struct{ Rows selection }

func (moments) Zero() *learned { return new(learned) }

func (a moments) Add(s *learned, c dataset.Chunk) (*learned, error) {
	v, sel, held, err := a.Rows.pick(c)
	if err != nil {
		return s, err
	}
	s.Held += int64(len(held))
	for k := 0; k < learnedRows(v, sel) && len(s.First) < first(v.Dim()); k++ {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		row := make([]float64, v.Dim())
		v.Row(i, row)
		s.First = append(s.First, row...)
	}
	return s, s.Moments.Add(v, sel)
}

// first returns how many numbers of the first rows are kept.
func first(dim int) int { return dim * max(1, min(firstRows, firstNumbers/max(dim, 1))) }

func learnedRows(v *dataset.Vectors, sel []int32) int {
	if sel != nil {
		return len(sel)
	}
	return v.Len()
}

func (moments) Merge(a, b *learned) (*learned, error) {
	m, err := a.Moments.Merge(&b.Moments)
	if err != nil {
		return a, err
	}
	a.Moments, a.Held = *m, a.Held+b.Held
	a.First = append(a.First, b.First...)
	a.First = a.First[:min(len(a.First), first(len(m.Mean)))]
	return a, nil
}

// gram folds the rows to learn from into their Gram matrix.
type gram struct {
	Rows selection
	View summary.View
}

func (gram) Zero() *summary.Gram { return new(summary.Gram) }

func (a gram) Add(s *summary.Gram, c dataset.Chunk) (*summary.Gram, error) {
	v, sel, _, err := a.Rows.pick(c)
	if err != nil {
		return s, err
	}
	return s, s.Add(v, sel, &a.View)
}

func (gram) Merge(a, b *summary.Gram) (*summary.Gram, error) { return a.Merge(b) }

// sketch folds the rows to learn from into the product of their Gram matrix with Q.
type sketch struct {
	Rows selection
	View summary.View
	Q    []float64
}

func (sketch) Zero() *summary.Sketch { return new(summary.Sketch) }

func (a sketch) Add(s *summary.Sketch, c dataset.Chunk) (*summary.Sketch, error) {
	v, sel, _, err := a.Rows.pick(c)
	if err != nil {
		return s, err
	}
	return s, s.Add(v, sel, &a.View, a.Q)
}

func (sketch) Merge(a, b *summary.Sketch) (*summary.Sketch, error) { return a.Merge(b) }
