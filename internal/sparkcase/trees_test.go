package sparkcase_test

import (
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/internal/sparkcase"
	"github.com/millrace-ml/millrace/internal/tree"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	maps.Copy(builders, map[string]func(sparkcase.Params) (pipeline.Stage, error){
		"DecisionTreeClassifier": func(p sparkcase.Params) (pipeline.Stage, error) {
			return estimator.DecisionTreeClassifier{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), WeightCol: p.Text("weightCol"),
				LeafCol: p.Text("leafCol"), Thresholds: thresholds(p), MaxDepth: new(p.Int("maxDepth", 5)), MaxBins: p.Int("maxBins", 0),
				MinInstancesPerNode: p.Int("minInstancesPerNode", 0), MinWeightFractionPerNode: p.Float("minWeightFractionPerNode", 0),
				MinInfoGain: p.Float("minInfoGain", 0), Impurity: impurities[p.Text("impurity")]}, nil
		},
		"DecisionTreeRegressor": func(p sparkcase.Params) (pipeline.Stage, error) {
			return estimator.DecisionTreeRegressor{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), WeightCol: p.Text("weightCol"),
				LeafCol: p.Text("leafCol"), VarianceCol: p.Text("varianceCol"), MaxDepth: new(p.Int("maxDepth", 5)), MaxBins: p.Int("maxBins", 0)}, nil
		},
		"GBTClassifier": func(p sparkcase.Params) (pipeline.Stage, error) {
			return estimator.GBTClassifier{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), WeightCol: p.Text("weightCol"),
				PredictionCol: p.Text("predictionCol"), ProbabilityCol: p.Text("probabilityCol"), RawPredictionCol: p.Text("rawPredictionCol"),
				LeafCol: p.Text("leafCol"), Thresholds: thresholds(p), MaxIter: p.Int("maxIter", 0), StepSize: p.Float("stepSize", 0),
				MaxDepth: new(p.Int("maxDepth", 5)), MaxBins: p.Int("maxBins", 0), FeatureSubsetStrategy: p.Text("featureSubsetStrategy"),
				SubsamplingRate: p.Float("subsamplingRate", 0), ValidationIndicatorCol: p.Text("validationIndicatorCol"),
				Seed: uint64(p.Int("seed", 0))}, nil
		},
		"GBTRegressor": func(p sparkcase.Params) (pipeline.Stage, error) {
			return estimator.GBTRegressor{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), MaxIter: p.Int("maxIter", 0),
				MaxDepth: new(p.Int("maxDepth", 5)), Loss: losses[p.Text("lossType")]}, nil
		},
		"RandomForestClassifier": func(p sparkcase.Params) (pipeline.Stage, error) {
			return estimator.RandomForestClassifier{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), WeightCol: p.Text("weightCol"),
				PredictionCol: p.Text("predictionCol"), ProbabilityCol: p.Text("probabilityCol"), RawPredictionCol: p.Text("rawPredictionCol"),
				LeafCol: p.Text("leafCol"), NumTrees: p.Int("numTrees", 0), MaxDepth: new(p.Int("maxDepth", 5)), MaxBins: p.Int("maxBins", 0),
				Impurity: impurities[p.Text("impurity")], FeatureSubsetStrategy: p.Text("featureSubsetStrategy"),
				SubsamplingRate: p.Float("subsamplingRate", 0), NoBootstrap: !p.Bool("bootstrap", true), Seed: uint64(p.Int("seed", 0))}, nil
		},
		"RandomForestRegressor": func(p sparkcase.Params) (pipeline.Stage, error) {
			return estimator.RandomForestRegressor{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), NumTrees: p.Int("numTrees", 0),
				MaxDepth: new(p.Int("maxDepth", 5)), Seed: uint64(p.Int("seed", 0))}, nil
		},
	})
	maps.Copy(tolerances, map[string]sparkcase.Tolerance{
		"DecisionTreeClassifier": {Relative: 1e-12, Absolute: 1e-12},
		"DecisionTreeRegressor":  {Relative: 1e-12, Absolute: 1e-12},
		"GBTClassifier":          {Relative: 1e-10, Absolute: 1e-10},
		"GBTRegressor":           {Relative: 1e-10, Absolute: 1e-10},
	})
	maps.Copy(differences, map[string]struct{ ours, why string }{
		"DecisionTreeClassifier/nan_feature": {"fits", "NaN is missing, and the side where it goes is learned"},
		"DecisionTreeRegressor/basic":        {"ties", "two splits are equally good: of those we take the first, Spark what rounding makes the larger"},
		"DecisionTreeRegressor/weights":      {"ties", "as above"},
		"GBTClassifier/basic":                {"ties", "as above"},
		"GBTRegressor/basic":                 {"ties", "as above"},
		"GBTClassifier/subsample":            {"draws", "rows and dimensions are drawn by generators of our own"},
		"GBTClassifier/subset_sqrt":          {"draws", "as above"},
		"Pipeline/forest":                    {"draws", "as above"},
		"Pipeline/forest_categorical":        {"draws", "as above"},
	})
}

var (
	impurities = map[string]estimator.Impurity{"entropy": estimator.Entropy}
	losses     = map[string]estimator.Loss{"absolute": estimator.AbsoluteLoss}
)

func thresholds(p sparkcase.Params) []float64 {
	var out []float64
	if raw := p["thresholds"]; raw != nil {
		if err := json.Unmarshal(raw, &out); err != nil {
			panic("sparkcase: thresholds: " + err.Error())
		}
	}
	return out
}

// Where rows and dimensions are drawn by generators of our own, a forest of Spark's is
// one of those that ours may be: its quality on the rows of the case lies among that of
// forests of other seeds.
func TestForestsAreOfOneKind(t *testing.T) {
	names := []string{"GBTClassifier/subsample", "GBTClassifier/subset_sqrt", "Pipeline/forest", "Pipeline/forest_categorical"}
	names = append(names, sparkcase.Names(t, "RandomForestClassifier")...)
	for _, name := range append(names, sparkcase.Names(t, "RandomForestRegressor")...) {
		t.Run(name, func(t *testing.T) {
			const seeds, margin = 20, 0.11 // three rows of thirty
			c := sparkcase.Load(t, name)
			want := make([]float64, len(c.Expected))
			for i, r := range c.Expected {
				want[i] = r.Values["prediction"].(float64)
			}
			labels := labelsOf(t, c)
			spark, mean, low, high := quality(labels, want), 0.0, 1.0, -1.0
			for seed := range seeds {
				for _, s := range append(c.Stages, sparkcase.Spec{Params: c.Params}) {
					if s.Params != nil {
						s.Params["seed"] = json.RawMessage(strconv.Itoa(seed))
					}
				}
				est, _, err := build(c)
				if err != nil {
					t.Fatal(err)
				}
				_, out, err := run(t, est, c)
				if err != nil {
					t.Fatal(err)
				}
				q := quality(labels, column(t, out, "prediction"))
				mean += q / seeds
				low, high = min(low, q), max(high, q)
			}
			t.Logf("Spark has %.3f, ours %.3f to %.3f, mean %.3f", spark, low, high, mean)
			if spark < low-margin || spark > high+margin {
				t.Errorf("Spark's forest has quality %.3f, want one between %.3f and %.3f, as ours have", spark, low, high)
			}
		})
	}
}

// labelsOf returns the labels of the rows of a case, by their text's first letters in a
// pipeline.
func labelsOf(t *testing.T, c sparkcase.Case) []float64 {
	t.Helper()
	if f, _ := c.Input.Schema().Lookup("label"); f.Type != dataset.String {
		return column(t, c.Input, "label")
	}
	out := make([]float64, len(c.Expected))
	for i, r := range c.Expected {
		out[i] = r.Values["prediction"].(float64) // Spark's word is taken for the truth
	}
	return out
}

func column(t *testing.T, ds dataset.Dataset, name string) []float64 {
	t.Helper()
	rows, err := dataset.Rows(t.Context(), ds, name)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = r[0]
	}
	return out
}

// quality is the share of labels that are met, and of labels that are no classes the
// correlation with them.
func quality(labels, predictions []float64) float64 {
	met, classes := 0, true
	var mx, my, xx, yy, xy float64
	n := float64(len(labels))
	for i, y := range labels {
		if classes = classes && y == math.Trunc(y); y == predictions[i] {
			met++
		}
		mx, my = mx+predictions[i]/n, my+y/n
	}
	if classes {
		return float64(met) / n
	}
	for i, y := range labels {
		dx, dy := predictions[i]-mx, y-my
		xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
	}
	return xy / math.Sqrt(xx*yy)
}

// A sparkNode is a node of a tree as the cases hold it.
type sparkNode struct {
	Prediction sparkcase.Number
	Impurity   sparkcase.Number
	Gain       sparkcase.Number
	RawCount   int64
	Split      *struct {
		Feature   int32
		Threshold float64
	}
	Left, Right *sparkNode
}

// Trees that are determined are Spark's, node for node: rows, impurities, gains and
// predictions. Where two splits are equally good for the training rows another one may
// be taken, which cuts the same rows in two.
func TestTreesEqualUpToTies(t *testing.T) {
	for _, stage := range []string{"DecisionTreeClassifier", "DecisionTreeRegressor", "GBTClassifier", "GBTRegressor"} {
		for _, name := range sparkcase.Names(t, stage) {
			if differences[name].ours == "draws" {
				continue
			}
			c := sparkcase.Load(t, name)
			if c.Error != nil {
				continue
			}
			t.Run(name, func(t *testing.T) {
				est, _, err := build(c)
				if err != nil {
					t.Fatal(err)
				}
				model, err := pipeline.Fit(t.Context(), est.(pipeline.Estimator), c.Fit)
				if err != nil {
					t.Fatal(err)
				}
				compareTrees(t, c, model)
			})
		}
	}
}

func compareTrees(t *testing.T, c sparkcase.Case, model pipeline.Transformer) {
	var spark struct {
		Root  *sparkNode
		Trees []struct {
			Weight float64
			Root   *sparkNode
		}
	}
	c.Model(t, &spark)
	var e *tree.Ensemble
	switch m := model.(type) {
	case *estimator.DecisionTreeClassifierModel:
		e = &m.Tree
	case *estimator.DecisionTreeRegressorModel:
		e = &m.Tree
	case *estimator.GBTClassifierModel:
		e = &m.Trees
	case *estimator.GBTRegressorModel:
		e = &m.Trees
	}
	if spark.Root != nil {
		spark.Trees = append(spark.Trees, struct {
			Weight float64
			Root   *sparkNode
		}{1, spark.Root})
	}
	if e.Trees() != len(spark.Trees) {
		t.Fatalf("have %d trees, want %d", e.Trees(), len(spark.Trees))
	}
	ties := 0
	for k, s := range spark.Trees {
		w := treeWalk{T: t, e: e, tree: k, numbers: c.Stage != "DecisionTreeClassifier"}
		w.compare(e.Starts[k], s.Root)
		if ties += w.ties; ties > 0 {
			break // what later trees learn depends on the rows that an equal split moves
		}
	}
	t.Logf("%d ties", ties)
}

type treeWalk struct {
	*testing.T
	e          *tree.Ensemble
	tree, ties int
	numbers    bool // leaves hold a prediction
}

func (w *treeWalk) compare(i int32, s *sparkNode) {
	near := func(what string, have float64, want sparkcase.Number) {
		if math.Abs(have-float64(want)) > 1e-9*max(1, math.Abs(have)) {
			w.Errorf("tree %d, node %d: have %s %v, want %v", w.tree, i, what, have, want)
		}
	}
	if w.e.Counts[i] != s.RawCount || (w.e.Dims[i] < 0) != (s.Left == nil) {
		w.Errorf("tree %d, node %d: have %d rows, leaf %v, want %d and %v", w.tree, i, w.e.Counts[i], w.e.Dims[i] < 0, s.RawCount, s.Left == nil)
		return
	}
	if s.Impurity != -1 { // which stands for not known
		near("impurity", w.e.Impurities[i], s.Impurity)
	}
	if s.Left == nil {
		if leaf := w.e.Leaf(i); len(leaf) == 1 && w.numbers {
			near("prediction", leaf[0], s.Prediction)
		}
		return
	}
	near("gain", w.e.Gains[i], s.Gain)
	l, r := s.Left, s.Right
	if w.e.Dims[i] != s.Split.Feature {
		w.ties++
		if w.e.Counts[i+1] != l.RawCount || w.numbers && math.Abs(w.mean(i+1)-float64(l.Prediction)) > 1e-9 {
			l, r = r, l // an equal split the other way round
		}
	}
	w.compare(i+1, l)
	w.compare(w.e.Rights[i], r)
}

// mean is the mean prediction of the leaves below node i, by weight.
func (w *treeWalk) mean(i int32) float64 {
	if w.e.Dims[i] < 0 {
		return w.e.Leaf(i)[0]
	}
	l, r := w.e.Weights[i+1], w.e.Weights[w.e.Rights[i]]
	return (l*w.mean(i+1) + r*w.mean(w.e.Rights[i])) / (l + r)
}
