package estimator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/tree"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[GBTClassifier]("estimator.GBTClassifier")
	pipeline.Register[*GBTClassifierModel]("estimator.GBTClassifierModel", pipeline.Ready((*GBTClassifierModel).ready))
}

// GBTClassifier learns regression trees one after another, each from what the ones
// before leave over, for labels 0 and 1. With y' = 2y-1 and the margin F of a row, the
// loss is 2 log(1 + exp(-2 y' F)). By default, as in Spark, the first tree learns y'
// itself and has weight 1; each later one learns
//
//	4 y' / (1 + exp(2 y' F))
//
// and has weight StepSize; the value of a leaf is the mean. With Newton all trees have
// weight StepSize, F starts from half the log-odds of the labels, and gains and leaf
// values are those of the second order in the log-odds 2F: see Lambda in the source
// below. MaxBins: 255, MaxLeaves: 31, Newton: true, MinInstancesPerNode: 20 are the
// habits of LightGBM. How a tree grows is said at [DecisionTreeClassifier].
//
//	rawPrediction = (-F, F)
//	probability   = (1 - p, p),  p = 1 / (1 + exp(-2F))
//
// Rows where ValidationIndicatorCol is not 0 are not learned from. After each round the
// mean loss on them is taken; boosting ends where it gets better by less than
// ValidationTol times the loss (or 0.01 if that is more), or after EarlyStoppingRounds
// rounds without a better one, and the trees up to the best round are kept.
//
// Sources: Friedman, Greedy Function Approximation, Annals of Statistics 29 (2001) 1189;
// Chen and Guestrin, XGBoost, KDD 2016, equations 5 to 7, for Newton; Ke et al.,
// LightGBM, NIPS 2017, for MaxLeaves; Spark ML 4.1,
// org.apache.spark.ml.classification.GBTClassifier.
type GBTClassifier struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column of 0 and 1; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol    string    // column to add: 0 or 1; default "prediction"
	ProbabilityCol   string    // vector column to add; default "probability"
	RawPredictionCol string    // vector column to add; default "rawPrediction"
	LeafCol          string    // vector column to add: number of each tree's leaf; default "" = none
	Thresholds       []float64 // the class with the largest probability / threshold is predicted; default nil = 1 each

	MaxIter                  int      // trees at most; default 20
	StepSize                 float64  // weight of a tree, above 0 to 1; default 0.1
	MaxDepth                 *int     // tests from root to leaf, 0 to 30; default 5, with MaxLeaves 30
	MaxBins                  int      // bins of a dimension, and categories, at least 2; default 32
	MinInstancesPerNode      int      // rows of a child; default 1
	MinWeightFractionPerNode float64  // share of all weight in a child, below 0.5; default 0
	MinInfoGain              float64  // gain of a split; default 0
	FeatureSubsetStrategy    string   // dimensions a node: "sqrt", "log2", "onethird", "7", "0.5"; default "all"
	SubsamplingRate          float64  // rows a tree, drawn without replacement, above 0 to 1; default 1
	ValidationIndicatorCol   string   // numeric or bool column, not 0 = held out to stop early; default "" = none
	ValidationTol            *float64 // least gain on the rows held out; default 0.01
	EarlyStoppingRounds      int      // instead of ValidationTol: rounds without a better loss; default 0 = off
	MaxLeaves                int      // leaves of a tree, the best gain first; default 0 = no limit
	Newton                   bool     // second-order gains and leaf values, and a constant to start from; default false
	Lambda                   float64  // with Newton: L2 penalty of leaf values; default 0
	MinChildWeight           float64  // with Newton: sum of the hessians in a child; default 0
	Seed                     uint64   // default 0
}

func (p GBTClassifier) defaults() GBTClassifier {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.ProbabilityCol = cmp.Or(p.ProbabilityCol, "probability")
	p.RawPredictionCol = cmp.Or(p.RawPredictionCol, "rawPrediction")
	p.MaxIter = cmp.Or(p.MaxIter, 20)
	p.StepSize = cmp.Or(p.StepSize, 0.1)
	p.MaxDepth = boostedDepth(p.MaxDepth, p.MaxLeaves)
	p.MaxBins = cmp.Or(p.MaxBins, 32)
	p.MinInstancesPerNode = cmp.Or(p.MinInstancesPerNode, 1)
	p.FeatureSubsetStrategy = cmp.Or(p.FeatureSubsetStrategy, "all")
	p.SubsamplingRate = cmp.Or(p.SubsamplingRate, 1)
	p.ValidationTol = check.Or(p.ValidationTol, 0.01)
	return p
}

func (p GBTClassifier) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

func (p GBTClassifier) boosting() boosting {
	return boosting{
		growth: growth{*p.MaxDepth, p.MaxBins, p.MinInstancesPerNode, p.MinWeightFractionPerNode, p.MinInfoGain},
		loss:   logLoss{}, rounds: p.MaxIter, step: p.StepSize, rate: p.SubsamplingRate, subset: p.FeatureSubsetStrategy,
		leaves: p.MaxLeaves, newton: p.Newton, lambda: p.Lambda, hessian: p.MinChildWeight,
		tol: *p.ValidationTol, patience: p.EarlyStoppingRounds, seed: p.Seed,
	}
}

func (p GBTClassifier) fields() []dataset.Field {
	return classCols{Raw: p.RawPredictionCol, Probability: p.ProbabilityCol, Prediction: p.PredictionCol,
		Leaf: p.LeafCol, Forest: true, Classes: 2}.fields()
}

func (p GBTClassifier) check() error {
	err := checkThresholds(p.Thresholds)
	if n := len(p.Thresholds); n != 0 && n != 2 {
		err = fmt.Errorf("have %d Thresholds, want 2", n)
	}
	return errors.Join(p.boosting().check(), err)
}

// Schema adds RawPredictionCol, ProbabilityCol, PredictionCol, and LeafCol if it is
// asked for, whose size is known after fitting.
func (p GBTClassifier) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields()...)
	return out, errors.Join(p.check(), p.targets().want(in), p.boosting().checkHeld(in, p.ValidationIndicatorCol), err)
}

// Fit returns a *GBTClassifierModel.
func (p GBTClassifier) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	p = p.defaults()
	if _, err := (targets{Cols: p.targets(), Below: 2}).run(ctx, ds); err != nil {
		return nil, err
	}
	b, names, err := p.boosting().fit(ctx, ds, p.targets(), p.ValidationIndicatorCol)
	if err != nil {
		return nil, err
	}
	m := &GBTClassifierModel{Params: p, Names: names, Trees: b.Trees, TreeWeights: b.Weights, Bias: b.Bias,
		TrainLoss: b.TrainLoss, ValidationLoss: b.HeldLoss}
	return m, m.ready()
}

// A GBTClassifierModel is a fitted GBTClassifier.
type GBTClassifierModel struct {
	Params         GBTClassifier // as resolved by Fit
	Names          []string      // of the dimensions
	Trees          tree.Ensemble
	TreeWeights    []float64
	Bias           float64   // F without trees; 0 unless Newton
	TrainLoss      float64   // mean over the rows that were learned from
	ValidationLoss []float64 // mean over the rows held out, after each round; nil without such rows

	out []dataset.Field // columns to add; these two from the above, by ready
	sum *summing        // F
}

// ready derives out and sum. It fails on a model that Fit cannot have made.
func (m *GBTClassifierModel) ready() error {
	if m.Params.MaxDepth == nil || m.Params.ValidationTol == nil {
		return errors.New("have no MaxDepth or no ValidationTol, want parameters as resolved by Fit")
	}
	if err := errors.Join(m.Params.check(), checkTrees(&m.Trees, m.Names, 1)); err != nil {
		return err
	}
	m.out = withLeaves(m.Params.fields(), m.Params.LeafCol, &m.Trees)
	var err error
	m.sum, err = newBoostedSum(&m.Trees, m.TreeWeights, m.Bias)
	return err
}

// Schema is that of the estimator, with the sizes known. It wants no label.
func (m *GBTClassifierModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.Trees.Dim)
	out, errOut := in.With(m.out...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *GBTClassifierModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.bind(c))
}

// BindRow scores in place, without allocating.
func (m *GBTClassifierModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.bind(c))
}

// bind adds the columns that score fills for a run of rows.
func (m *GBTClassifierModel) bind(c dataset.Chunk) (dataset.Chunk, scoring, error) {
	margins := make([]float64, c.Rows())
	v, err := vectors(c, m.Params.FeaturesCol, m.Trees.Dim)
	if err != nil {
		return c, nil, err
	}
	batch := tree.NewBatch(m.sum.scorer, v)
	return bindClasses(c, m.out, 2, m.sum.first, batch, func(from, to int, raw, probability []float64) {
		m.sum.score(batch, from, to, margins[from:to])
		for i, f := range margins[from:to] {
			raw[2*i], raw[2*i+1] = -f, f
			p := 1 / (1 + math.Exp(2*f))
			probability[2*i], probability[2*i+1] = p, 1-p
		}
	}, m.Params.Thresholds)
}

// FeatureImportances shares 1 out among the dimensions by the gains of their splits,
// each times the weight of its node.
func (m *GBTClassifierModel) FeatureImportances() []float64 { return m.Trees.GainImportance(false) }

// SplitCounts returns how many nodes test each dimension.
func (m *GBTClassifierModel) SplitCounts() []int { return m.Trees.SplitCounts() }

// Dump returns the trees as text, a line a node.
func (m *GBTClassifierModel) Dump() string { return dumpTrees(&m.Trees, m.Names, m.TreeWeights) }
