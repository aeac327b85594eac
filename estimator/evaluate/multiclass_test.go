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

// predictions is a table of labels, predictions and weights.
func predictions(t testing.TB, label, prediction, weight dataset.Floats) *dataset.Table {
	t.Helper()
	ds, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "label", Type: dataset.Float},
		dataset.Field{Name: "prediction", Type: dataset.Float}, dataset.Field{Name: "weight", Type: dataset.Float}), label, prediction, weight)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func drawn(seed uint64, n int) (label, prediction, weight dataset.Floats) {
	r := rand.New(rand.NewPCG(seed, 0))
	for range n {
		y := float64(r.IntN(4))
		guess := y
		if r.Float64() < .3 {
			guess = float64(r.IntN(5))
		}
		label, prediction, weight = append(label, y), append(prediction, guess), append(weight, float64(r.IntN(3)))
	}
	return label, prediction, weight
}

// The figures of a class, counted row by row.
func TestClassesByRow(t *testing.T) {
	label, prediction, weight := drawn(1, 500)
	r, err := evaluate.Multiclass{WeightCol: "weight"}.Report(t.Context(), predictions(t, label, prediction, weight))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Classes) != 4 || len(r.Labels) != 5 || !math.IsNaN(r.LogLoss) {
		t.Fatalf("have %d classes, %d labels, log loss %v, want 4, 5, NaN", len(r.Classes), len(r.Labels), r.LogLoss)
	}
	for _, c := range r.Classes {
		var want evaluate.Confusion
		for i, w := range weight {
			switch is, called := label[i] == c.Label, prediction[i] == c.Label; {
			case is && called:
				want.TruePositive += w
			case is:
				want.FalseNegative += w
			case called:
				want.FalsePositive += w
			default:
				want.TrueNegative += w
			}
		}
		if c.Confusion != want {
			t.Errorf("class %v: have %+v, want %+v", c.Label, c.Confusion, want)
		}
	}
}

// With two classes R_K is the correlation of Matthews (1975): (TP TN - FP FN) over the
// root of the product of the four sums.
func TestMatthewsOfTwo(t *testing.T) {
	ds := predictions(t, dataset.Floats{0, 0, 0, 1, 1, 1, 1, 1}, dataset.Floats{0, 0, 1, 0, 1, 1, 1, 1}, make(dataset.Floats, 8))
	have, err := evaluate.Multiclass{Metric: evaluate.Matthews}.Evaluate(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Matthews", have, (4.*2-1*1)/math.Sqrt(5*5*3*3))
}

// A row of weight 2 is the row twice, in parts or in one, by any workers.
func TestMulticlassWeightIsRepetition(t *testing.T) {
	label, prediction, weight := drawn(2, 400)
	var labels, guesses dataset.Floats
	for i, w := range weight {
		for range int(w) {
			labels, guesses = append(labels, label[i]), append(guesses, prediction[i])
		}
	}
	plain := predictions(t, labels, guesses, make(dataset.Floats, len(labels)))
	cut := parts(t, predictions(t, label, prediction, weight), 77)
	for metric := evaluate.F1; metric <= evaluate.Matthews; metric++ {
		if metric == evaluate.LogLoss {
			continue
		}
		want, err := evaluate.Multiclass{Metric: metric, MetricLabel: 2, Beta: 2}.Evaluate(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 3} {
			have, err := evaluate.Multiclass{Metric: metric, MetricLabel: 2, Beta: 2, WeightCol: "weight"}.Evaluate(fold.WithWorkers(t.Context(), workers), cut)
			if err != nil {
				t.Fatal(err)
			}
			near(t, metric.String(), have, want)
		}
	}
}

func TestMulticlassBadRows(t *testing.T) {
	one := dataset.Floats{1}
	for _, tt := range []struct {
		e                         evaluate.Multiclass
		label, prediction, weight dataset.Floats
		want                      string
	}{
		{evaluate.Multiclass{}, nil, nil, nil, "have no rows"},
		{evaluate.Multiclass{WeightCol: "weight"}, one, one, dataset.Floats{0}, "have no rows of a weight above 0"},
		{evaluate.Multiclass{}, dataset.Floats{math.NaN()}, one, one, `row 0: column "label": have a missing value, want a class`},
		{evaluate.Multiclass{}, one, dataset.Floats{math.Inf(1)}, one, `column "prediction": have +Inf, want a class`},
		{evaluate.Multiclass{WeightCol: "weight"}, one, one, dataset.Floats{-2}, `column "weight": have -2`},
		{evaluate.Multiclass{Metric: evaluate.RecallByLabel, MetricLabel: 7}, one, one, one, "no row has the label 7"},
		{evaluate.Multiclass{Metric: evaluate.LogLoss}, one, one, one, `column "probability": is not there`},
		{evaluate.Multiclass{Metric: 99}, one, one, one, "have metric MulticlassMetric(99)"},
		{evaluate.Multiclass{Beta: -1}, one, one, one, "Beta is -1, want above 0"},
		{evaluate.Multiclass{PredictionCol: "guess"}, one, one, one, `column "guess": is not there`},
	} {
		if _, err := tt.e.Evaluate(t.Context(), predictions(t, tt.label, tt.prediction, tt.weight)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: have %v, want %q", tt.e, err, tt.want)
		}
	}
}

func ExampleMulticlass() {
	scored, err := dataset.FromStructs([]struct {
		Label      int     `millrace:"label"`
		Prediction float64 `millrace:"prediction"`
	}{{0, 0}, {0, 0}, {0, 1}, {1, 1}, {2, 2}, {2, 1}})
	if err != nil {
		panic(err)
	}
	r, err := evaluate.Multiclass{}.Report(context.Background(), scored)
	if err != nil {
		panic(err)
	}
	fmt.Printf("accuracy %.3f, Matthews %.3f\n%v", r.Accuracy(), r.Matthews(), r)
	// Output:
	// accuracy 0.667, Matthews 0.591
	//   label  rows  precision  recall      F1
	//       0     3     1.0000  0.6667  0.8000
	//       1     1     0.3333  1.0000  0.5000
	//       2     2     1.0000  0.5000  0.6667
	//     all     6     0.8889  0.6667  0.7056
}

func BenchmarkMulticlass(b *testing.B) {
	label, prediction, weight := drawn(1, 200_000)
	ds := predictions(b, label, prediction, weight)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (evaluate.Multiclass{}).Evaluate(b.Context(), ds); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(label))/b.Elapsed().Seconds(), "rows/s")
}
