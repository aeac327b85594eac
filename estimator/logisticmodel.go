package estimator

import (
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// A LogisticRegressionModel is a fitted LogisticRegression.
type LogisticRegressionModel struct {
	Params           LogisticRegression // as resolved by Fit
	Classes          int
	Multinomial      bool
	Coefficients     []float64 // of each class, one after another; binomial: of class 1
	Intercepts       []float64 // of each class; binomial: of class 1
	ObjectiveHistory []float64 // loss with penalty, before the first step and after each
	Converged        bool      // whether Tol was reached
	Rows             int64     // that were learned from

	dim   int // from the above, by ready
	above float64
}

// ready derives what scoring needs. It fails on a model that Fit cannot have made.
func (m *LogisticRegressionModel) ready() error {
	sets := len(m.Intercepts)
	if sets < 1 || m.Classes < 2 || m.Multinomial && sets != m.Classes || !m.Multinomial && (sets != 1 || m.Classes != 2) ||
		len(m.Coefficients) == 0 || len(m.Coefficients)%sets != 0 {
		return fmt.Errorf("have %d coefficients and %d intercepts for %d classes, which do not fit", len(m.Coefficients), sets, m.Classes)
	}
	p := m.Params
	if p.Threshold == nil || p.MaxIter == nil || p.Tol == nil {
		return errors.New("have no Threshold, MaxIter or Tol, want parameters as resolved by Fit")
	}
	if n := len(p.Thresholds); n != 0 && n != m.Classes {
		return fmt.Errorf("have %d Thresholds, want %d, one for each class", n, m.Classes)
	}
	if err := p.check(); err != nil {
		return err
	}
	m.dim = len(m.Coefficients) / sets
	t := *p.Threshold
	if len(p.Thresholds) == 2 {
		t = 1 / (1 + p.Thresholds[0]/p.Thresholds[1])
	}
	m.above = math.Log(t / (1 - t))
	return nil
}

// Schema is that of the estimator, with the sizes known. It wants no label.
func (m *LogisticRegressionModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.dim)
	out, errOut := in.With(m.Params.fields(m.Classes)...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *LogisticRegressionModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.bind(c))
}

// BindRow scores in place, without allocating.
func (m *LogisticRegressionModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.bind(c))
}

// bind adds the columns that score fills, which it does for all rows.
func (m *LogisticRegressionModel) bind(c dataset.Chunk) (dataset.Chunk, scoring, error) {
	v, err := vectors(c, m.Params.FeaturesCol, m.dim)
	if err != nil {
		return c, nil, err
	}
	out, columns, err := addClasses(c, m.Params.fields(m.Classes), m.Classes)
	if err != nil {
		return c, nil, err
	}
	margins := make([]float64, c.Rows())
	if m.Multinomial {
		return out, func(from, to int) { m.multinomial(v, margins, columns) }, nil
	}
	return out, func(from, to int) {
		v.MulVec(margins, m.Coefficients)
		for i, x := range margins {
			m.binomial(x+m.Intercepts[0], columns.raw[2*i:2*i+2], columns.probability[2*i:2*i+2], &columns.prediction[i])
		}
	}, nil
}

func (m *LogisticRegressionModel) multinomial(v *dataset.Vectors, margins []float64, out *classColumns) {
	k := m.Classes
	for set, a := range m.Intercepts {
		v.MulVec(margins, m.Coefficients[set*m.dim:(set+1)*m.dim])
		for i, x := range margins {
			out.raw[i*k+set] = x + a
		}
	}
	for i := range margins {
		softmax(out.raw[i*k:(i+1)*k], out.probability[i*k:(i+1)*k])
	}
	out.decide(0, len(margins), m.Params.Thresholds)
}

func (m *LogisticRegressionModel) binomial(margin float64, raw, probability []float64, prediction *float64) {
	raw[0], raw[1] = -margin, margin
	probability[0] = 1 / (1 + math.Exp(margin))
	probability[1] = 1 - probability[0]
	*prediction = 0
	if margin > m.above {
		*prediction = 1
	}
}

// softmax sets p to exp(raw) over its sum. One infinite margin takes all.
func softmax(raw, p []float64) {
	most := math.Inf(-1)
	for _, x := range raw {
		most = max(most, x)
	}
	if math.IsInf(most, 1) {
		for k, x := range raw {
			p[k] = 0
			if math.IsInf(x, 1) {
				p[k] = 1
			}
		}
		return
	}
	sum := 0.
	for k, x := range raw {
		p[k] = math.Exp(x - most)
		sum += p[k]
	}
	for k := range p {
		p[k] *= 1 / sum
	}
}
