package evaluate_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/estimator/evaluate"
)

// measured are rows of large labels with a small spread, where sums of squares would
// lose all digits.
func measured(n int) (label, prediction, weight dataset.Floats) {
	r := rand.New(rand.NewPCG(7, 0))
	for range n {
		y := 1e9 + r.NormFloat64()
		label, prediction, weight = append(label, y), append(prediction, y+.5*r.NormFloat64()), append(weight, float64(r.IntN(3)))
	}
	return label, prediction, weight
}

// Two passes with the mean taken first, for the formulas of the doc comment.
func TestRegressionByDefinition(t *testing.T) {
	label, prediction, weight := measured(2_000)
	all, mean := 0., 0.
	for i, w := range weight {
		all += w
		mean += w * (label[i] - 1e9)
	}
	mean = 1e9 + mean/all
	var squares, absolute, total, explained float64
	for i, w := range weight {
		e := label[i] - prediction[i]
		squares += w * e * e
		absolute += w * math.Abs(e)
		total += w * (label[i] - mean) * (label[i] - mean)
		explained += w * (prediction[i] - mean) * (prediction[i] - mean)
	}
	for _, workers := range []int{1, 3} {
		r, err := evaluate.Regression{WeightCol: "weight"}.Report(fold.WithWorkers(t.Context(), workers), parts(t, predictions(t, label, prediction, weight), 77))
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name       string
			have, want float64
		}{
			{"MSE", r.MSE, squares / all}, {"RMSE", r.RMSE, math.Sqrt(squares / all)}, {"MAE", r.MAE, absolute / all},
			{"R2", r.R2, 1 - squares/total}, {"ExplainedVariance", r.ExplainedVariance, explained / all}, {"Rows", r.Rows, all},
		} {
			if math.Abs(tt.have-tt.want) > 1e-6*math.Abs(tt.want) {
				t.Errorf("%s: have %v, want %v", tt.name, tt.have, tt.want)
			}
		}
	}
}

func TestRegressionBadRows(t *testing.T) {
	one := dataset.Floats{1}
	for _, tt := range []struct {
		e                         evaluate.Regression
		label, prediction, weight dataset.Floats
		want                      string
	}{
		{evaluate.Regression{}, nil, nil, nil, "have no rows"},
		{evaluate.Regression{}, dataset.Floats{math.NaN()}, one, one, `row 0: column "label": have a missing value, want a finite number`},
		{evaluate.Regression{}, one, dataset.Floats{math.Inf(1)}, one, `column "prediction": have +Inf`},
		{evaluate.Regression{WeightCol: "weight"}, one, one, dataset.Floats{-1}, `column "weight": have -1`},
		{evaluate.Regression{Metric: 9}, one, one, one, "Metric is RegressionMetric(9)"},
		{evaluate.Regression{LabelCol: "y"}, one, one, one, `column "y": is not there`},
	} {
		if _, err := tt.e.Evaluate(t.Context(), predictions(t, tt.label, tt.prediction, tt.weight)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: have %v, want %q", tt.e, err, tt.want)
		}
	}
}

func ExampleRegression() {
	scored, err := dataset.FromStructs([]struct {
		Label      float64 `millrace:"label"`
		Prediction float64 `millrace:"prediction"`
	}{{3, 2.5}, {-0.5, 0}, {2, 2}, {7, 8}})
	if err != nil {
		panic(err)
	}
	r, err := evaluate.Regression{}.Report(context.Background(), scored)
	if err != nil {
		panic(err)
	}
	fmt.Printf("RMSE %.4f, MAE %.4f, R2 %.4f\n", r.RMSE, r.MAE, r.R2)
	// Output: RMSE 0.6124, MAE 0.5000, R2 0.9486
}

func BenchmarkRegression(b *testing.B) {
	label, prediction, weight := measured(200_000)
	ds := predictions(b, label, prediction, weight)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (evaluate.Regression{}).Evaluate(b.Context(), ds); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(label))/b.Elapsed().Seconds(), "rows/s")
}
