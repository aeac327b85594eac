package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/check"
)

// A RegressionMetric is what [Regression] evaluates: a field of [RegressionReport].
type RegressionMetric uint8

const (
	RMSE RegressionMetric = iota
	MSE
	MAE
	R2
	ExplainedVariance
)

var regressionNames = []string{"rmse", "mse", "mae", "r2", "var"}

// String returns Spark's name.
func (m RegressionMetric) String() string { return check.Name(regressionNames, m) }

// MarshalText gives Spark's name, as saved stages hold it.
func (m RegressionMetric) MarshalText() ([]byte, error) { return check.MarshalName(regressionNames, m) }

// UnmarshalText reads what MarshalText gives.
func (m *RegressionMetric) UnmarshalText(text []byte) (err error) {
	*m, err = check.ParseName[RegressionMetric](regressionNames, text)
	return err
}

// Regression evaluates predictions of numbers. With y the label, p the prediction and w
// the weight of a row, W the sum of the weights and m the weighted mean of y,
//
//	MSE                sum w (y-p)² / W
//	RMSE               root of MSE
//	MAE                sum w |y-p| / W
//	R2                 1 - sum w (y-p)² / sum w (y-m)², or sum w y² below with ThroughOrigin
//	ExplainedVariance  sum w (p-m)² / W
//
// A label that is the same in all rows has R2 = -Inf, as in Spark, or NaN where the
// predictions are right. A missing or infinite label or prediction, a weight below 0 and
// no rows are errors. One pass.
//
// Source: Spark ML 4.1, org.apache.spark.ml.evaluation.RegressionEvaluator, which has NaN
// for what is missing.
type Regression struct {
	LabelCol      string           // numeric column; default "label"
	PredictionCol string           // numeric column; default "prediction"
	WeightCol     string           // numeric column; a row of weight 2 counts as two rows; default "" = 1 for each
	Metric        RegressionMetric // what Evaluate returns; default RMSE
	ThroughOrigin bool             // R2 of a model without intercept; default false
}

func (p Regression) defaults() Regression {
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	return p
}

// LargerIsBetter is true for R2 and ExplainedVariance.
func (p Regression) LargerIsBetter() bool { return p.Metric == R2 || p.Metric == ExplainedVariance }

// A RegressionReport has every metric of [Regression].
type RegressionReport struct {
	RMSE, MSE, MAE, R2, ExplainedVariance float64
	Rows                                  float64 // sum of the weights
}

// Evaluate returns the Metric.
func (p Regression) Evaluate(ctx context.Context, ds dataset.Dataset) (float64, error) {
	if err := check.OneOf("Metric", p.Metric, RMSE, MSE, MAE, R2, ExplainedVariance); err != nil {
		return 0, err
	}
	r, err := p.Report(ctx, ds)
	if err != nil {
		return 0, err
	}
	return []float64{r.RMSE, r.MSE, r.MAE, r.R2, r.ExplainedVariance}[p.Metric], nil
}

// Report reads ds once, for all metrics.
func (p Regression) Report(ctx context.Context, ds dataset.Dataset) (*RegressionReport, error) {
	p = p.defaults()
	_, errLabel := ds.Schema().Want(p.LabelCol, dataset.Numeric...)
	_, errPrediction := ds.Schema().Want(p.PredictionCol, dataset.Numeric...)
	var errWeight error
	if p.WeightCol != "" {
		_, errWeight = ds.Schema().Want(p.WeightCol, dataset.Numeric...)
	}
	if err := errors.Join(errLabel, errPrediction, errWeight); err != nil {
		return nil, err
	}
	s, err := fold.Run(ctx, ds, residuals{p})
	if err != nil {
		return nil, err
	}
	if s.Label.Weight == 0 {
		return nil, fmt.Errorf("column %q: have no rows of a weight above 0, want some", p.LabelCol)
	}
	return s.report(p.ThroughOrigin), nil
}

// spread is the weighted mean of numbers and the squared distances from it: West,
// Communications of the ACM 22 (1979) 532; joined as Chan, Golub and LeVeque (1982),
// equation 2.1.
type spread struct{ Weight, Mean, M2 float64 }

func (s *spread) add(x, w float64) {
	if w == 0 {
		return
	}
	s.Weight += w
	d := x - s.Mean
	s.Mean += d * w / s.Weight
	s.M2 += float64(w * d * (x - s.Mean))
}

func (s *spread) merge(o spread) {
	if o.Weight == 0 {
		return
	}
	all, d := s.Weight+o.Weight, o.Mean-s.Mean
	s.M2 += o.M2 + float64(d*d*(s.Weight*o.Weight/all))
	s.Mean += d * o.Weight / all
	s.Weight = all
}

// residuals is the fold.
type residuals struct{ Params Regression }

type residualsState struct {
	Label, Prediction          spread
	Squares, Absolute, Origins float64 // sums of w (y-p)², w |y-p|, w y²
}

func (residuals) Zero() *residualsState { return new(residualsState) }

func (a residuals) Add(s *residualsState, c dataset.Chunk) (*residualsState, error) {
	p := a.Params
	labels, err := dataset.Numbers(c, p.LabelCol)
	if err != nil {
		return nil, err
	}
	predictions, err := dataset.Numbers(c, p.PredictionCol)
	if err != nil {
		return nil, err
	}
	weight, err := weights(c, p.WeightCol)
	if err != nil {
		return nil, err
	}
	for i, y := range labels {
		x, w := predictions[i], 1.
		if weight != nil {
			w = weight[i]
		}
		if e := y - x; math.IsNaN(e) || math.IsInf(e, 0) {
			if math.IsNaN(y) || math.IsInf(y, 0) {
				return nil, wrong(c, i, p.LabelCol, y, "a finite number")
			}
			return nil, wrong(c, i, p.PredictionCol, x, "a finite number")
		}
		s.Label.add(y, w)
		s.Prediction.add(x, w)
		s.Squares += float64(w * (y - x) * (y - x))
		s.Absolute += float64(w * math.Abs(y-x))
		s.Origins += float64(w * y * y)
	}
	return s, nil
}

func (residuals) Merge(a, b *residualsState) (*residualsState, error) {
	a.Label.merge(b.Label)
	a.Prediction.merge(b.Prediction)
	a.Squares += b.Squares
	a.Absolute += b.Absolute
	a.Origins += b.Origins
	return a, nil
}

func (s *residualsState) report(throughOrigin bool) *RegressionReport {
	n, apart := s.Label.Weight, s.Prediction.Mean-s.Label.Mean
	r := &RegressionReport{Rows: n, MSE: s.Squares / n, MAE: s.Absolute / n,
		ExplainedVariance: s.Prediction.M2/n + float64(apart*apart)}
	r.RMSE = math.Sqrt(r.MSE)
	total := s.Label.M2
	if throughOrigin {
		total = s.Origins
	}
	r.R2 = 1 - s.Squares/total
	return r
}
