package estimator_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/pipeline"
)

// A table of vectors with labels and weights.
type table struct {
	dim     int
	x       []float64
	labels  []float64
	weights []float64 // nil = no column
	dims    []dataset.Attr
	levels  int // of the labels
}

func (t table) dataset() dataset.Dataset {
	v, err := dataset.NewDense(t.dim, slices.Clone(t.x))
	if err != nil {
		panic(err)
	}
	label := dataset.Field{Name: "label", Type: dataset.Float}
	if t.levels > 0 {
		label.Attr = dataset.Attr{Scale: dataset.Nominal, Levels: t.levels}
	}
	schema := dataset.NewSchema(dataset.Field{Name: "features", Type: dataset.Vector, Size: t.dim, Dims: t.dims}, label)
	cols := []dataset.Column{v, dataset.Floats(slices.Clone(t.labels))}
	if t.weights != nil {
		schema, err = schema.With(dataset.Field{Name: "w", Type: dataset.Float})
		cols = append(cols, dataset.Floats(slices.Clone(t.weights)))
	}
	if err != nil {
		panic(err)
	}
	ds, err := dataset.FromColumns(schema, cols...)
	if err != nil {
		panic(err)
	}
	return ds
}

// waves are n rows of three dimensions, the last with few values, with labels that
// depend on the first two.
func waves(n, classes int) table {
	t := table{dim: 3}
	for i := range n {
		a, b, c := math.Sin(float64(3*i)), math.Cos(float64(7*i)), float64(i%5)
		t.x = append(t.x, a, b, c)
		y := math.Floor((a + b*b + 1) * float64(classes) / 3)
		if classes == 0 {
			y = a + b*b
		}
		t.labels = append(t.labels, min(max(y, 0), float64(max(classes-1, 0)))+btof(classes == 0)*y)
	}
	return t
}

func btof(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// learners are all learners of trees, with the classes they want.
func learners(weight string) map[string]struct {
	est     pipeline.Estimator
	classes int
} {
	type l = struct {
		est     pipeline.Estimator
		classes int
	}
	return map[string]l{
		"DecisionTreeClassifier": {estimator.DecisionTreeClassifier{WeightCol: weight}, 3},
		"DecisionTreeRegressor":  {estimator.DecisionTreeRegressor{WeightCol: weight}, 0},
		"GBTClassifier":          {estimator.GBTClassifier{WeightCol: weight, MaxIter: 5}, 2},
		"GBTClassifier/newton":   {estimator.GBTClassifier{WeightCol: weight, MaxIter: 5, Newton: true, MaxLeaves: 6, Lambda: 1}, 2},
		"GBTRegressor":           {estimator.GBTRegressor{WeightCol: weight, MaxIter: 5}, 0},
		"RandomForestClassifier": {estimator.RandomForestClassifier{WeightCol: weight, NumTrees: 5, NoBootstrap: true}, 3},
		"RandomForestRegressor":  {estimator.RandomForestRegressor{WeightCol: weight, NumTrees: 5, NoBootstrap: true}, 0},
	}
}

// fitted returns what est predicts for the rows of on after learning from ds.
func fitted(t *testing.T, est pipeline.Estimator, ds, on dataset.Dataset) []float64 {
	t.Helper()
	m, err := pipeline.Fit(t.Context(), est, ds)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pipeline.Apply(m, on)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := dataset.Rows(t.Context(), out, "prediction")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(rows...)
}

func near(t *testing.T, what string, want, have []float64) {
	t.Helper()
	for i := range want {
		if math.Abs(want[i]-have[i]) > 1e-9 {
			t.Errorf("%s: row %d: have %v, want %v", what, i, have[i], want[i])
			return
		}
	}
}

// A monotone map of a dimension moves thresholds and no rows: exp keeps the order.
func TestMonotoneMapsChangeNothing(t *testing.T) {
	for name, l := range learners("") {
		plain := waves(200, l.classes)
		mapped := waves(200, l.classes)
		for i := 0; i < len(mapped.x); i += 3 {
			mapped.x[i] = math.Exp(3 * mapped.x[i])
		}
		if l.classes > 0 {
			plain.levels, mapped.levels = l.classes, l.classes
		}
		near(t, name, fitted(t, l.est, plain.dataset(), plain.dataset()), fitted(t, l.est, mapped.dataset(), mapped.dataset()))
	}
}

// A row of weight 2 is two rows, where thresholds are all midpoints; a row of weight 0
// is none.
func TestWeightsAreRepeatedRows(t *testing.T) {
	for name, l := range learners("w") {
		weighted := waves(60, l.classes)
		repeated := table{dim: 3}
		for i := range weighted.labels {
			w := 1 + i%3
			weighted.weights = append(weighted.weights, float64(w))
			for range w {
				repeated.x = append(repeated.x, weighted.x[3*i:3*i+3]...)
				repeated.labels = append(repeated.labels, weighted.labels[i])
				repeated.weights = append(repeated.weights, 1)
			}
		}
		weighted.levels, repeated.levels = l.classes, l.classes
		est := l.est
		switch e := est.(type) { // bins enough for all midpoints
		case estimator.DecisionTreeClassifier:
			e.MaxBins, est = 200, e
		case estimator.DecisionTreeRegressor:
			e.MaxBins, est = 200, e
		case estimator.GBTClassifier:
			e.MaxBins, est = 200, e
		case estimator.GBTRegressor:
			e.MaxBins, est = 200, e
		case estimator.RandomForestClassifier:
			e.MaxBins, est = 200, e
		case estimator.RandomForestRegressor:
			e.MaxBins, est = 200, e
		}
		near(t, name, fitted(t, est, repeated.dataset(), weighted.dataset()), fitted(t, est, weighted.dataset(), weighted.dataset()))
	}
}

// A dimension more that is constant is never tested.
func TestConstantDimensionsAreIgnored(t *testing.T) {
	plain := waves(100, 3)
	wide := table{dim: 4, labels: plain.labels, levels: 3}
	plain.levels = 3
	for i := range plain.labels {
		wide.x = append(append(wide.x, 7), plain.x[3*i:3*i+3]...)
	}
	est := estimator.DecisionTreeClassifier{}
	near(t, "predictions", fitted(t, est, plain.dataset(), plain.dataset()), fitted(t, est, wide.dataset(), wide.dataset()))
}

// What is missing goes where it lowers the impurity: the rows without a number are all
// of the class of the small numbers, or of the large ones, or of one of their own.
func TestMissingValuesLearnTheirSide(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name        string
		x, labels   []float64
		score, want []float64
	}{
		{"with the small", []float64{1, 2, 3, 4, nan, nan}, []float64{0, 0, 1, 1, 0, 0}, []float64{1, 9, nan, math.Inf(1), math.Inf(-1)}, []float64{0, 1, 0, 0, 0}},
		{"with the large", []float64{1, 2, 3, 4, nan, math.Inf(-1)}, []float64{0, 0, 1, 1, 1, 1}, []float64{1, 9, nan, math.Inf(-1)}, []float64{0, 1, 1, 1}},
		{"alone", []float64{1, 2, 3, 4, nan, nan}, []float64{0, 0, 0, 0, 1, 1}, []float64{1, 9, nan}, []float64{0, 0, 1}},
		{"of a constant", []float64{5, 5, 5, nan}, []float64{0, 0, 0, 1}, []float64{5, 9, nan}, []float64{0, 0, 1}},
		{"not seen goes right", []float64{1, 2, 3, 4}, []float64{0, 0, 1, 1}, []float64{nan}, []float64{1}},
	} {
		have := fitted(t, estimator.DecisionTreeClassifier{}, table{dim: 1, x: tt.x, labels: tt.labels}.dataset(), dataset.Vec("features", 1, tt.score...))
		if diff := cmp.Diff(tt.want, have); diff != "" {
			t.Errorf("%s (-want +have):\n%s", tt.name, diff)
		}
	}
}

// Two leaves, gains and values by hand, Chen and Guestrin 2016, equations 5 and 7: labels
// 0 0 1 1 start from margin 0 where p = 1/2, so gradients are 1/2 1/2 -1/2 -1/2 and
// hessians 1/4. With Lambda 1/2 a leaf of two rows has log-odds -(1) / (1/2 + 1/2) = -1,
// and the gain is (1/1 + 1/1 - 0) / 2 = 1, that is 1 a unit of hessian.
func TestNewtonByHand(t *testing.T) {
	ds := table{dim: 1, x: []float64{1, 2, 3, 4}, labels: []float64{0, 0, 1, 1}}.dataset()
	model, err := pipeline.Fit(t.Context(), estimator.GBTClassifier{MaxIter: 1, StepSize: 1, Newton: true, Lambda: 0.5, MaxLeaves: 2}, ds)
	if err != nil {
		t.Fatal(err)
	}
	m := model.(*estimator.GBTClassifierModel)
	if diff := cmp.Diff([]float64{-0.5, 0.5}, m.Trees.Values); diff != "" || m.Bias != 0 || m.Trees.Gains[0] != 1 {
		t.Errorf("have margins %v, bias %v, gain %v, want -0.5 and 0.5, 0, 1", m.Trees.Values, m.Bias, m.Trees.Gains[0])
	}
	if diff := cmp.Diff([]float64{2.5}, m.Trees.Thresholds[:1]); diff != "" {
		t.Error(diff)
	}
}

// With a limit of leaves the best gain is taken first: of the two sides the one on the
// right has more to gain.
func TestLeafLimitTakesTheBestFirst(t *testing.T) {
	ds := table{dim: 1, x: []float64{1, 2, 3, 4, 5, 6}, labels: []float64{0, 0, 1, 100, 100, 140}}.dataset()
	model, err := pipeline.Fit(t.Context(), estimator.GBTRegressor{MaxIter: 1, MaxLeaves: 3}, ds)
	if err != nil {
		t.Fatal(err)
	}
	m := model.(*estimator.GBTRegressorModel)
	if diff := cmp.Diff([]float64{1. / 3, 100, 140}, m.Trees.Values); diff != "" {
		t.Errorf("leaves (-want +have):\n%s", diff)
	}
}

// Early stopping keeps the trees up to the best round.
func TestEarlyStopping(t *testing.T) {
	tab := waves(300, 2)
	held := make(dataset.Floats, 300)
	for i := range held {
		if held[i] = float64(i % 2); i%2 == 1 && i%3 == 0 {
			tab.labels[i] = 1 - tab.labels[i] // nothing to learn from: what fits better is worse here
		}
	}
	ds, err := dataset.Derive(tab.dataset(), dataset.Field{Name: "held", Type: dataset.Float}, func(dataset.Chunk) (dataset.Column, error) { return held, nil })
	if err != nil {
		t.Fatal(err)
	}
	model, err := pipeline.Fit(t.Context(), estimator.GBTClassifier{MaxIter: 100, StepSize: 0.5, ValidationIndicatorCol: "held", EarlyStoppingRounds: 5}, ds)
	if err != nil {
		t.Fatal(err)
	}
	m := model.(*estimator.GBTClassifierModel)
	best := 0
	for i, l := range m.ValidationLoss {
		if l < m.ValidationLoss[best] {
			best = i
		}
	}
	if n := len(m.ValidationLoss); n == 100 || n != best+1+5 || m.Trees.Trees() != best+1 || len(m.TreeWeights) != best+1 {
		t.Errorf("have %d trees after %d rounds of losses %v, want %d trees and 5 rounds more", m.Trees.Trees(), n, m.ValidationLoss, best+1)
	}
}

// The same rows in reverse order give the same trees: sums are exact.
func TestOrderOfRowsChangesNothing(t *testing.T) {
	for name, l := range learners("w") {
		up := waves(150, l.classes)
		down := table{dim: 3, levels: l.classes}
		up.levels = l.classes
		for i := range up.labels {
			up.weights = append(up.weights, 0.1+float64(i%7)/3)
		}
		for i := len(up.labels) - 1; i >= 0; i-- {
			down.x = append(down.x, up.x[3*i:3*i+3]...)
			down.labels, down.weights = append(down.labels, up.labels[i]), append(down.weights, up.weights[i])
		}
		near(t, name, fitted(t, l.est, up.dataset(), up.dataset()), fitted(t, l.est, down.dataset(), up.dataset()))
	}
}

func TestTreesRefuse(t *testing.T) {
	four := []float64{1, 2, 3, 4}
	for _, tt := range []struct {
		name string
		est  pipeline.Estimator
		data table
		want string
	}{
		{"label missing", estimator.DecisionTreeClassifier{}, table{labels: []float64{0, 1, math.NaN(), 0}}, `column "label": part 0, row 2: label is missing`},
		{"label not whole", estimator.RandomForestClassifier{}, table{labels: []float64{0, 1, 0.5, 0}}, `row 2: have label 0.5, want a whole number from 0 to 99`},
		{"label below 0", estimator.RandomForestClassifier{}, table{labels: []float64{0, -1, 0, 0}}, `row 1: have label -1, want`},
		{"too many classes", estimator.DecisionTreeClassifier{}, table{labels: []float64{0, 1, 100, 0}}, `have label 100`},
		{"more than declared", estimator.DecisionTreeClassifier{}, table{labels: []float64{0, 1, 2, 0}, levels: 2}, `have label 2, want a whole number from 0 to 1`},
		{"three classes", estimator.GBTClassifier{}, table{labels: []float64{0, 1, 2, 0}}, `have label 2, want a whole number from 0 to 1`},
		{"infinite label", estimator.GBTRegressor{}, table{labels: []float64{0, 1, math.Inf(1), 0}}, `have label +Inf, want a finite number`},
		{"huge labels", estimator.DecisionTreeRegressor{}, table{labels: []float64{1, math.MaxFloat64, math.MaxFloat64, 0}}, `have labels so large that they add up to infinity`},
		{"negative weight", estimator.DecisionTreeRegressor{WeightCol: "w"}, table{labels: four, weights: []float64{1, 1, -1, 1}}, `column "w": part 0, row 2: have weight -1`},
		{"no weight", estimator.RandomForestRegressor{WeightCol: "w"}, table{labels: four, weights: []float64{0, 0, 0, 0}}, `column "w": all weights are 0, want one above 0`},
		{"not a category", estimator.DecisionTreeRegressor{}, table{labels: four, dims: []dataset.Attr{{Scale: dataset.Nominal, Levels: 3}}}, `dimension 0: have 3, want one of the categories 0 to 2`},
		{"too many categories", estimator.DecisionTreeRegressor{}, table{labels: four, dims: []dataset.Attr{{Scale: dataset.Nominal, Levels: 9}}}, `dimension 0 has 9 categories, want at most 4`},
		{"thresholds", estimator.GBTClassifier{Thresholds: []float64{1}}, table{labels: []float64{0, 1, 0, 1}}, `have 1 Thresholds, want 2`},
		{"parameters", estimator.GBTClassifier{MaxDepth: new(31), MaxBins: 1, StepSize: 2, Lambda: 1}, table{labels: four},
			"MaxBins is 1, want at least 2\nestimator.GBTClassifier: MaxDepth is 31, want at most 30\nestimator.GBTClassifier: StepSize is 2, want above 0 and at most 1\nestimator.GBTClassifier: have Lambda"},
		{"stopping without rows", estimator.GBTRegressor{EarlyStoppingRounds: 3}, table{labels: four}, `have EarlyStoppingRounds, want ValidationIndicatorCol with it`},
		{"strategy", estimator.RandomForestRegressor{FeatureSubsetStrategy: "half"}, table{labels: four}, `FeatureSubsetStrategy is "half", want auto`},
	} {
		tt.data.dim, tt.data.x = 1, []float64{0, 1, 2, 3}
		_, err := pipeline.Fit(t.Context(), tt.est, tt.data.dataset())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: have error %v, want %s", tt.name, err, tt.want)
		}
	}
}

// One class, or constant features, is a tree of one leaf.
func TestNothingToSplit(t *testing.T) {
	for _, tab := range []table{
		{dim: 1, x: []float64{1, 2, 3}, labels: []float64{1, 1, 1}},
		{dim: 1, x: []float64{5, 5, 5}, labels: []float64{0, 1, 1}},
	} {
		for _, est := range []pipeline.Estimator{estimator.DecisionTreeClassifier{}, estimator.GBTClassifier{MaxIter: 2}, estimator.GBTRegressor{MaxIter: 2, Newton: true}} {
			have := fitted(t, est, tab.dataset(), dataset.Vec("features", 1, 4))
			if math.IsNaN(have[0]) || have[0] <= 0.5 {
				t.Errorf("%T: have prediction %v, want the label of most rows", est, have[0])
			}
		}
	}
}

// counting cancels the context after so many looks at it, which are frequent: no time is
// measured.
type counting struct {
	context.Context
	left int
}

func (c *counting) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// A tree looks at its context between the nodes and between the columns of a node, so
// cancelling at any time ends it.
func TestCancelInsideATree(t *testing.T) {
	ds := waves(2000, 0).dataset()
	for _, est := range []pipeline.Estimator{estimator.DecisionTreeRegressor{MaxDepth: new(12)}, estimator.GBTRegressor{MaxIter: 2}, estimator.RandomForestRegressor{NumTrees: 2, MaxDepth: new(12)}} {
		all := &counting{fold.WithWorkers(t.Context(), 1), math.MaxInt}
		if _, err := pipeline.Fit(all, est, ds); err != nil {
			t.Fatal(err)
		}
		looks := math.MaxInt - all.left
		if looks < 100 {
			t.Errorf("%T: have %d looks at the context in all, want one a node at least", est, looks)
		}
		for _, at := range []int{looks / 2, looks * 3 / 4, looks - 1} {
			if _, err := pipeline.Fit(&counting{fold.WithWorkers(t.Context(), 1), at}, est, ds); !errors.Is(err, context.Canceled) {
				t.Errorf("%T, cancelled at look %d of %d: have error %v, want %v", est, at, looks, err, context.Canceled)
			}
		}
	}
}
