package evaluate

import (
	"cmp"
	"context"
	"errors"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/check"
)

// A BinaryMetric is what [Binary] evaluates. Each is larger for better predictions.
type BinaryMetric uint8

const (
	AreaUnderROC     BinaryMetric = iota // see [BinaryReport.AreaUnderROC]
	AreaUnderPR                          // see [BinaryReport.AreaUnderPR]
	AveragePrecision                     // see [BinaryReport.AveragePrecision]
)

var binaryNames = []string{"AreaUnderROC", "AreaUnderPR", "AveragePrecision"}

// String returns the name of the constant.
func (m BinaryMetric) String() string { return check.Name(binaryNames, m) }

// MarshalText gives the name, as saved stages hold it.
func (m BinaryMetric) MarshalText() ([]byte, error) { return check.MarshalName(binaryNames, m) }

// UnmarshalText reads what MarshalText gives.
func (m *BinaryMetric) UnmarshalText(text []byte) (err error) {
	*m, err = check.ParseName[BinaryMetric](binaryNames, text)
	return err
}

// Binary evaluates scores of two classes: how well they put the positive rows above
// the negative ones. It reads the labels, which must be 0 (negative) or 1 (positive),
// and the scores, a higher one for more positive.
//
// A missing label or score, any other label, a weight below 0, no rows, and rows of
// one class only are errors. Two infinite scores of one sign are equal.
//
// One pass; memory is 24 bytes for each distinct score.
//
// Source: Spark ML 4.1, org.apache.spark.ml.evaluation.BinaryClassificationEvaluator,
// which counts every label above 0.5 as positive, sorts NaN above all numbers, and has
// a value for one class. Its NumBins is 1000 by default.
type Binary struct {
	LabelCol         string       // numeric column, 0 or 1; default "label"
	RawPredictionCol string       // numeric column, or vectors of two whose second is the score; default "rawPrediction"
	WeightCol        string       // numeric column; a row of weight 2 counts as two rows; default "" = 1 for each
	GroupCol         string       // string, bool or int column that [Binary.Report] breaks down by; default "" = none
	Metric           BinaryMetric // what Evaluate returns; default AreaUnderROC
	NumBins          int          // joins neighbouring scores to about as many bins, as Spark does; default 0 = exact
}

func (p Binary) defaults() Binary {
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.RawPredictionCol = cmp.Or(p.RawPredictionCol, "rawPrediction")
	return p
}

// LargerIsBetter is true.
func (p Binary) LargerIsBetter() bool { return true }

// Evaluate returns the Metric.
func (p Binary) Evaluate(ctx context.Context, ds dataset.Dataset) (float64, error) {
	p.GroupCol = ""
	if err := check.OneOf("Metric", p.Metric, AreaUnderROC, AreaUnderPR, AveragePrecision); err != nil {
		return 0, err
	}
	r, err := p.Report(ctx, ds)
	if err != nil {
		return 0, err
	}
	return []func() float64{r.AreaUnderROC, r.AreaUnderPR, r.AveragePrecision}[p.Metric](), nil
}

// Report reads ds once, for everything that can be said of its scores.
func (p Binary) Report(ctx context.Context, ds dataset.Dataset) (*BinaryReport, error) {
	p = p.defaults()
	if err := p.check(ds.Schema()); err != nil {
		return nil, err
	}
	s, err := fold.Run(ctx, ds, scores{p})
	if err != nil {
		return nil, err
	}
	return p.report(s)
}

func (p Binary) check(in dataset.Schema) error {
	var errs []error
	want := func(name string, types ...dataset.Type) {
		_, err := in.Want(name, types...)
		errs = append(errs, err)
	}
	want(p.LabelCol, dataset.Numeric...)
	want(p.RawPredictionCol, append([]dataset.Type{dataset.Vector}, dataset.Numeric...)...)
	if f, ok := in.Lookup(p.RawPredictionCol); ok && f.Type == dataset.Vector {
		_, err := in.WantVector(p.RawPredictionCol, 2)
		errs = append(errs, err)
	}
	if p.WeightCol != "" {
		want(p.WeightCol, dataset.Numeric...)
	}
	if p.GroupCol != "" {
		want(p.GroupCol, dataset.String, dataset.Bool, dataset.Int)
	}
	return errors.Join(append(errs, check.AtLeast("NumBins", p.NumBins, 0))...)
}

// scores is the fold: the weights of both classes at each score, by group.
type scores struct{ Params Binary }

type scoresState struct {
	Groups map[group]*points
}

func (scores) Zero() *scoresState { return &scoresState{Groups: map[group]*points{}} }

func (a scores) Add(s *scoresState, c dataset.Chunk) (*scoresState, error) {
	p := a.Params
	labels, err := dataset.Numbers(c, p.LabelCol)
	if err != nil {
		return nil, err
	}
	raw, err := rawScores(c, p.RawPredictionCol)
	if err != nil {
		return nil, err
	}
	weight, err := weights(c, p.WeightCol)
	if err != nil {
		return nil, err
	}
	of, err := s.grouping(c, p.GroupCol)
	if err != nil {
		return nil, err
	}
	for i, label := range labels {
		if math.IsNaN(raw[i]) {
			return nil, wrong(c, i, p.RawPredictionCol, raw[i], "a number")
		}
		w := 1.
		if weight != nil {
			w = weight[i]
		}
		at := point{Score: raw[i]}
		switch label {
		case 0:
			at.Negative = w
		case 1:
			at.Positive = w
		default:
			return nil, wrong(c, i, p.LabelCol, label, "0 or 1")
		}
		of(i).add(at)
	}
	return s, nil
}

func (scores) Merge(a, b *scoresState) (*scoresState, error) {
	for g, p := range b.Groups {
		a.at(g).merge(p)
	}
	return a, nil
}

// rawScores returns a numeric column, or the second numbers of a column of pairs.
func rawScores(c dataset.Chunk, name string) ([]float64, error) {
	v, ok := c.Column(c.Schema().Index(name)).(*dataset.Vectors)
	if !ok {
		return dataset.Numbers(c, name)
	}
	if v.Dim() != 2 {
		return nil, &dataset.ColumnError{Column: name, Have: dataset.Vector, Fact: "have vectors of another size", Want: "size 2"}
	}
	out := make([]float64, v.Len())
	var pair [2]float64
	for i := range out {
		v.Row(i, pair[:])
		out[i] = pair[1]
	}
	return out, nil
}
