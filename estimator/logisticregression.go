package estimator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/optimize"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[LogisticRegression]("estimator.LogisticRegression")
	pipeline.Register[*LogisticRegressionModel]("estimator.LogisticRegressionModel", pipeline.Ready((*LogisticRegressionModel).ready))
}

// Family says which distribution the labels have.
type Family uint8

const (
	AutoFamily  Family = iota // Binomial for up to two classes, else Multinomial
	Binomial                  // one set of coefficients, for class 1 against class 0
	Multinomial               // a set of coefficients for each class
)

var familyNames = []string{"auto", "binomial", "multinomial"}

// String returns Spark's name.
func (f Family) String() string { return check.Name(familyNames, f) }

// MarshalText gives Spark's name, as saved models hold it.
func (f Family) MarshalText() ([]byte, error) { return check.MarshalName(familyNames, f) }

// UnmarshalText reads what MarshalText gives.
func (f *Family) UnmarshalText(text []byte) (err error) {
	*f, err = check.ParseName[Family](familyNames, text)
	return err
}

// LogisticRegression learns the chances of classes as functions of linear margins. For
// a row x with label y and weight w, and s the standard deviation of each dimension, it
// minimises over coefficients b of the scaled dimensions x/s, and intercepts a,
//
//	sum w loss(x, y) / sum w + RegParam ((1-ElasticNetParam)/2 |b|² + ElasticNetParam |b|₁)
//
// where the intercepts are not penalised, and with SkipStandardization the penalty is
// on b/s, the coefficients of x itself. With two classes there is one margin m = b'x/s + a,
// with more (or Multinomial) one for each class:
//
//	loss(x, y) = log(1 + exp(-m)) for y = 1, log(1 + exp(m)) for y = 0
//	loss(x, y) = log(sum over k of exp(m_k)) - m_y
//
//	rawPrediction = (-m, m)                      m_k
//	probability   = (1 - p, p), p = 1/(1+exp(-m))   exp(m_k) / sum of exp(m_l)
//
// The data are read twice, for the labels and to be stored as sparse rows; the stored
// rows pass once for s and once for each evaluation of the loss, by L-BFGS, or OWL-QN
// where there is an L1 penalty. From CacheMemory on they are packed, see [dataset.Cache],
// and what is above it then lies in a temporary file.
//
// A fit that ends without reaching Tol, or that can go on for ever since a margin tells
// the classes apart without a mistake and nothing is penalised, says so in Converged
// and in the log; its coefficients are finite. One class only gives coefficients 0 and
// an infinite intercept, as Spark. A constant dimension has coefficient 0. A number that
// is NaN or infinite is an error that names its row and dimension.
//
// Sources: Liu and Nocedal, Mathematical Programming 45 (1989) 503; Andrew and Gao, ICML
// 2007; Spark ML 4.1, org.apache.spark.ml.classification.LogisticRegression.
type LogisticRegression struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column of 0, 1, ..., n-1; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol    string    // column to add: 0, 1, ..., n-1; default "prediction"
	ProbabilityCol   string    // vector column to add; default "probability"
	RawPredictionCol string    // vector column to add: margins; default "rawPrediction"
	Threshold        *float64  // binomial: predict 1 where p is above it; default 0.5
	Thresholds       []float64 // the class with the largest probability / threshold is predicted; default nil = 1 each

	Family              Family   // default AutoFamily
	RegParam            float64  // weight of the penalty, at least 0; default 0
	ElasticNetParam     float64  // share of L1 in the penalty, 0 to 1; default 0
	SkipIntercept       bool     // no intercepts; default false
	SkipStandardization bool     // penalise the coefficients of the columns as they are; default false
	MaxIter             *int     // steps at most; default 100
	Tol                 *float64 // relative change of the loss, and length of its gradient, to stop at; default 1e-6
	CacheMemory         int64    // bytes of stored rows in memory; default 256 MiB, below 0 = none
}

func (p LogisticRegression) defaults() LogisticRegression {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.ProbabilityCol = cmp.Or(p.ProbabilityCol, "probability")
	p.RawPredictionCol = cmp.Or(p.RawPredictionCol, "rawPrediction")
	p.Threshold = check.Or(p.Threshold, 0.5)
	p.MaxIter = check.Or(p.MaxIter, 100)
	p.Tol = check.Or(p.Tol, 1e-6)
	p.CacheMemory = cmp.Or(p.CacheMemory, 256<<20)
	return p
}

func (p LogisticRegression) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

// fields describes the columns that are added, for a number of classes.
func (p LogisticRegression) fields(classes int) []dataset.Field {
	return classCols{Raw: p.RawPredictionCol, Probability: p.ProbabilityCol, Prediction: p.PredictionCol, Classes: classes}.fields()
}

func (p LogisticRegression) check() error {
	between := func(name string, x, lo, hi float64) error {
		if x >= lo && x <= hi {
			return nil
		}
		return fmt.Errorf("%s is %v, want %v to %v", name, x, lo, hi)
	}
	return errors.Join(
		checkThresholds(p.Thresholds),
		between("Threshold", *p.Threshold, 0, 1),
		check.OneOf("Family", p.Family, AutoFamily, Binomial, Multinomial),
		check.AtLeast("RegParam", p.RegParam, 0),
		between("ElasticNetParam", p.ElasticNetParam, 0, 1),
		check.AtLeast("MaxIter", *p.MaxIter, 0),
		check.AtLeast("Tol", *p.Tol, 0))
}

// Schema adds RawPredictionCol, ProbabilityCol and PredictionCol.
func (p LogisticRegression) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields(0)...)
	return out, errors.Join(p.check(), p.targets().want(in), err)
}

// Fit returns a *LogisticRegressionModel.
func (p LogisticRegression) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	p = p.defaults()
	classes, err := p.targets().classes(ctx, ds)
	if err != nil {
		return nil, err
	}
	classes = max(2, classes)
	multinomial := p.Family == Multinomial || p.Family == AutoFamily && classes > 2
	if !multinomial && classes > 2 {
		return nil, fmt.Errorf("column %q: have %d classes, want 2 for Family binomial", p.LabelCol, classes)
	}
	if n := len(p.Thresholds); n != 0 && n != classes {
		return nil, fmt.Errorf("have %d Thresholds, want %d, one for each class", n, classes)
	}
	rows, err := newDesign(ctx, ds, p.targets(), p.CacheMemory)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	s, err := p.targets().linear(ctx, rows, classes)
	if err != nil {
		return nil, err
	}
	m := &LogisticRegressionModel{Params: p, Classes: classes, Multinomial: multinomial, Rows: s.Rows}
	if only, ok := s.only(); ok && !p.SkipIntercept {
		m.constant(only, len(s.Deviation))
		return m, m.ready()
	}
	if err := m.learn(ctx, rows, s); err != nil {
		return nil, err
	}
	return m, m.ready()
}

// constant is the model of one class.
func (m *LogisticRegressionModel) constant(only, dim int) {
	m.Converged = true
	m.ObjectiveHistory = []float64{0}
	sets := 1
	if m.Multinomial {
		sets = m.Classes
	}
	m.Coefficients, m.Intercepts = make([]float64, sets*dim), make([]float64, sets)
	switch {
	case !m.Multinomial:
		m.Intercepts[0] = math.Inf(2*only - 1)
	default:
		m.Intercepts[only] = math.Inf(1)
	}
}

// learn fits the coefficients and intercepts.
func (m *LogisticRegressionModel) learn(ctx context.Context, rows *design, s *linearState) error {
	p, dim, sets := m.Params, len(s.Deviation), 1
	if m.Multinomial {
		sets = m.Classes
	}
	scale := s.inverse()
	loss := logisticLoss{Cols: p.targets(), Sets: sets, Centre: s.Mean, Total: s.Weight}
	if p.SkipIntercept {
		loss.Centre = make([]float64, dim)
		for j, zero := range rows.reference {
			loss.Centre[j] = -zero
		}
	}
	n := sets * dim
	l1, l2 := p.penalties(scale, sets)
	loss.Coefficients = make([]float64, n)
	var wrong int64
	objective := func(x, grad []float64) (float64, error) {
		for i, b := range x[:n] {
			loss.Coefficients[i] = b * scale[i/sets]
		}
		loss.Intercepts = x[n:]
		state, err := fold.Run(ctx, rows, loss)
		if err != nil {
			return 0, err
		}
		wrong = state.Wrong
		value := loss.finish(state, grad)
		for i, b := range x[:n] {
			value += float64(l2[i]*b) * b / 2
			grad[i] = float64(grad[i]*scale[i/sets]) + float64(l2[i]*b)
		}
		if p.SkipIntercept {
			clear(grad[n:])
		}
		return value, nil
	}
	start := make([]float64, n+sets)
	if !p.SkipIntercept {
		s.intercepts(start[n:])
	}
	solution, err := optimize.Problem{Objective: objective, L1: l1, MaxIter: *p.MaxIter, Tol: *p.Tol}.Minimize(start)
	if err != nil {
		return err
	}
	m.ObjectiveHistory, m.Converged = solution.History, solution.Converged()
	m.Intercepts = solution.X[n:]
	m.unscale(solution.X[:n], rows.reference, s.Mean, scale)
	switch {
	case p.RegParam == 0 && wrong == 0:
		m.Converged = false
		slog.WarnContext(ctx, "estimator.LogisticRegression: the classes are separable, so coefficients without a penalty grow for ever",
			"label", p.LabelCol, "steps", solution.Steps())
	case !m.Converged:
		slog.WarnContext(ctx, "estimator.LogisticRegression: not converged", "label", p.LabelCol, "steps", solution.Steps())
	}
	return nil
}

// penalties returns the weights of the absolute values and of the half squares, nil
// where there is no L1 penalty; intercepts have none.
func (p LogisticRegression) penalties(scale []float64, sets int) (l1, l2 []float64) {
	l2 = make([]float64, len(scale)*sets+sets)
	if p.RegParam*p.ElasticNetParam > 0 {
		l1 = make([]float64, len(l2))
	}
	for i := range len(scale) * sets {
		w := 1.
		if p.SkipStandardization {
			w = scale[i/sets]
		}
		l2[i] = p.RegParam * (1 - p.ElasticNetParam) * w * w
		if l1 != nil {
			l1[i] = p.RegParam * p.ElasticNetParam * w
		}
	}
	return l1, l2
}

// unscale makes coefficients of scaled dimensions, side by side, those of x, set by set,
// and intercepts at the mean of x those at 0. Where only differences between the classes
// count, their mean becomes 0.
func (m *LogisticRegressionModel) unscale(x, reference, mean, scale []float64) {
	dim, sets := len(scale), len(m.Intercepts)
	m.Coefficients = make([]float64, len(x))
	for j, f := range scale {
		for k := range sets {
			m.Coefficients[k*dim+j] = x[j*sets+k] * f
		}
	}
	if m.Params.SkipIntercept {
		clear(m.Intercepts)
	} else {
		for k := range m.Intercepts {
			for j, b := range m.Coefficients[k*dim : (k+1)*dim] {
				m.Intercepts[k] -= float64(b * (reference[j] + mean[j]))
			}
		}
	}
	if !m.Multinomial {
		return
	}
	if m.Params.RegParam == 0 {
		for j := range dim {
			centre(m.Coefficients[j:], dim, sets)
		}
	}
	if !m.Params.SkipIntercept {
		centre(m.Intercepts, 1, sets)
	}
}

// centre subtracts the mean of n numbers, step apart.
func centre(x []float64, step, n int) {
	sum := 0.
	for k := range n {
		sum += x[k*step]
	}
	for k := range n {
		x[k*step] -= sum / float64(n)
	}
}
