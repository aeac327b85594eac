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

// A MulticlassMetric is what [Multiclass] evaluates. Spark's name is that of the
// constant, in lower camel case.
type MulticlassMetric uint8

const (
	F1                        MulticlassMetric = iota // WeightedFMeasure with Beta 1
	Accuracy                                          // share of the rows that are predicted right
	WeightedPrecision                                 // mean of the classes' precisions, by their rows
	WeightedRecall                                    // mean of the classes' recalls, by their rows
	WeightedTruePositiveRate                          // the same
	WeightedFalsePositiveRate                         // mean of the classes' false positive rates, by their rows
	WeightedFMeasure                                  // mean of the classes' F-measures, by their rows
	TruePositiveRateByLabel                           // of MetricLabel, as all by label
	FalsePositiveRateByLabel
	PrecisionByLabel
	RecallByLabel
	FMeasureByLabel
	LogLoss     // mean of -log of the chance that the true class was given
	HammingLoss // share of the rows that are predicted wrong
	Matthews    // correlation of labels and predictions; not in Spark
)

var multiclassNames = []string{"f1", "accuracy", "weightedPrecision", "weightedRecall", "weightedTruePositiveRate",
	"weightedFalsePositiveRate", "weightedFMeasure", "truePositiveRateByLabel", "falsePositiveRateByLabel", "precisionByLabel",
	"recallByLabel", "fMeasureByLabel", "logLoss", "hammingLoss", "matthews"}

// String returns Spark's name.
func (m MulticlassMetric) String() string { return check.Name(multiclassNames, m) }

// MarshalText gives Spark's name, as saved stages hold it.
func (m MulticlassMetric) MarshalText() ([]byte, error) { return check.MarshalName(multiclassNames, m) }

// UnmarshalText reads what MarshalText gives.
func (m *MulticlassMetric) UnmarshalText(text []byte) (err error) {
	*m, err = check.ParseName[MulticlassMetric](multiclassNames, text)
	return err
}

// Multiclass evaluates predictions of classes: how often which class is taken for which.
// Labels and predictions are any finite numbers; a class is a label that a row has.
//
// A missing label or prediction, a weight below 0, no rows, and a MetricLabel that no
// row has are errors. One pass; memory is 24 bytes for each pair of classes.
//
// Source: Spark ML 4.1, org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator,
// which has NaN for no rows.
type Multiclass struct {
	LabelCol       string           // numeric column; default "label"
	PredictionCol  string           // numeric column; default "prediction"
	ProbabilityCol string           // vectors with a chance for each class, read for LogLoss; default "probability"
	WeightCol      string           // numeric column; a row of weight 2 counts as two rows; default "" = 1 for each
	Metric         MulticlassMetric // what Evaluate returns; default F1
	MetricLabel    float64          // class of the metrics by label; default 0
	Beta           float64          // weight of recall against precision in F-measures, above 0; default 1
}

func (p Multiclass) defaults() Multiclass {
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.ProbabilityCol = cmp.Or(p.ProbabilityCol, "probability")
	p.Beta = cmp.Or(p.Beta, 1)
	return p
}

// LargerIsBetter is true but for false positive rates and losses.
func (p Multiclass) LargerIsBetter() bool {
	switch p.Metric {
	case WeightedFalsePositiveRate, FalsePositiveRateByLabel, LogLoss, HammingLoss:
		return false
	}
	return true
}

// Evaluate returns the Metric.
func (p Multiclass) Evaluate(ctx context.Context, ds dataset.Dataset) (float64, error) {
	p = p.defaults()
	if p.Metric > Matthews {
		return 0, fmt.Errorf("have metric %v, want F1 to Matthews", p.Metric)
	}
	if p.Metric != LogLoss {
		p.ProbabilityCol = ""
	}
	r, err := p.report(ctx, ds)
	if err != nil {
		return 0, err
	}
	if p.Metric >= TruePositiveRateByLabel && p.Metric <= FMeasureByLabel {
		c, ok := r.Class(p.MetricLabel)
		if !ok {
			return 0, fmt.Errorf("column %q: no row has the label %v of MetricLabel", p.LabelCol, p.MetricLabel)
		}
		return c.metric(p.Metric, p.Beta), nil
	}
	switch p.Metric {
	case Accuracy:
		return r.Accuracy(), nil
	case HammingLoss:
		return 1 - r.Accuracy(), nil
	case LogLoss:
		return r.LogLoss, nil
	case Matthews:
		return r.Matthews(), nil
	}
	return r.weighted(func(c Class) float64 { return c.metric(p.Metric, p.Beta) }), nil
}

// Report reads ds once, for everything that can be said of its predictions. LogLoss is
// NaN where there is no ProbabilityCol.
func (p Multiclass) Report(ctx context.Context, ds dataset.Dataset) (*MulticlassReport, error) {
	p = p.defaults()
	if _, ok := ds.Schema().Lookup(p.ProbabilityCol); !ok {
		p.ProbabilityCol = ""
	}
	return p.report(ctx, ds)
}

func (p Multiclass) report(ctx context.Context, ds dataset.Dataset) (*MulticlassReport, error) {
	in := ds.Schema()
	_, errLabel := in.Want(p.LabelCol, dataset.Numeric...)
	_, errPrediction := in.Want(p.PredictionCol, dataset.Numeric...)
	var errProbability, errWeight error
	if p.ProbabilityCol != "" {
		_, errProbability = in.Want(p.ProbabilityCol, dataset.Vector)
	}
	if p.WeightCol != "" {
		_, errWeight = in.Want(p.WeightCol, dataset.Numeric...)
	}
	if err := errors.Join(errLabel, errPrediction, errProbability, errWeight, check.Above("Beta", p.Beta, 0)); err != nil {
		return nil, err
	}
	s, err := fold.Run(ctx, ds, pairs{p})
	if err != nil {
		return nil, err
	}
	return s.report(p)
}

// pairs is the fold: the weight of each pair of label and prediction.
type pairs struct{ Params Multiclass }

type pair struct{ Label, Prediction float64 }

type pairsState struct {
	Weights map[pair]float64
	Loss    float64
}

func (pairs) Zero() *pairsState { return &pairsState{Weights: map[pair]float64{}} }

func (a pairs) Add(s *pairsState, c dataset.Chunk) (*pairsState, error) {
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
	for i, label := range labels {
		for k, x := range [2]float64{label, predictions[i]} {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, wrong(c, i, [2]string{p.LabelCol, p.PredictionCol}[k], x, "a class")
			}
		}
		w := 1.
		if weight != nil {
			w = weight[i]
		}
		s.Weights[pair{label, predictions[i]}] += w
	}
	if p.ProbabilityCol == "" {
		return s, nil
	}
	loss, err := logLoss(c, p, labels, weight)
	s.Loss += loss
	return s, err
}

// least is the smallest chance that is believed, as in Spark.
const least = 1e-15

func logLoss(c dataset.Chunk, p Multiclass, labels, weight dataset.Floats) (sum float64, err error) {
	v, err := dataset.Get[*dataset.Vectors](c, p.ProbabilityCol)
	if err != nil {
		return 0, err
	}
	chances := make([]float64, v.Dim())
	for i, label := range labels {
		if !(label >= 0 && label < float64(len(chances)) && label == math.Trunc(label)) {
			return 0, wrong(c, i, p.LabelCol, label, fmt.Sprintf("a class from 0 to %d, which has a chance in column %q", len(chances)-1, p.ProbabilityCol))
		}
		v.Row(i, chances)
		x := chances[int(label)]
		if math.IsNaN(x) {
			return 0, wrong(c, i, p.ProbabilityCol, x, "a chance")
		}
		loss := -math.Log(min(max(x, least), 1-least))
		if weight != nil {
			loss *= weight[i]
		}
		sum += loss
	}
	return sum, nil
}

func (pairs) Merge(a, b *pairsState) (*pairsState, error) {
	for at, w := range b.Weights {
		a.Weights[at] += w
	}
	a.Loss += b.Loss
	return a, nil
}
