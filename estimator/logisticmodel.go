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
	out, score, err := m.BindRow(c)
	if err != nil {
		return c, err
	}
	return out, score()
}

// BindRow adds the columns of Schema, which the function that it returns fills.
func (m *LogisticRegressionModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	v, err := treeVectors(c, m.Params.FeaturesCol, m.dim)
	if err != nil {
		return c, nil, err
	}
	n, k := c.Rows(), m.Classes
	raw, probability, prediction := make([]float64, n*k), make([]float64, n*k), make(dataset.Floats, n)
	rawCol, errRaw := dataset.NewDense(k, raw)
	probabilityCol, errProbability := dataset.NewDense(k, probability)
	if err := errors.Join(errRaw, errProbability); err != nil {
		return c, nil, err
	}
	for i, f := range m.Params.fields(k) {
		if c, err = c.With(f, []dataset.Column{rawCol, probabilityCol, prediction}[i]); err != nil {
			return c, nil, err
		}
	}
	margins := make([]float64, n)
	return c, func() error {
		if !m.Multinomial {
			v.MulVec(margins, m.Coefficients)
			for i, x := range margins {
				m.binomial(x+m.Intercepts[0], raw[2*i:2*i+2], probability[2*i:2*i+2], &prediction[i])
			}
			return nil
		}
		for set, a := range m.Intercepts {
			v.MulVec(margins, m.Coefficients[set*m.dim:(set+1)*m.dim])
			for i, x := range margins {
				raw[i*k+set] = x + a
			}
		}
		for i := range prediction {
			r, p := raw[i*k:(i+1)*k], probability[i*k:(i+1)*k]
			softmax(r, p)
			prediction[i] = decide(r, p, m.Params.Thresholds)
		}
		return nil
	}, nil
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
