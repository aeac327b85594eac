package estimator

import (
	"cmp"
	"context"
	"errors"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/tree"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[GBTRegressor]("estimator.GBTRegressor")
	pipeline.Register[*GBTRegressorModel]("estimator.GBTRegressorModel", pipeline.Ready((*GBTRegressorModel).ready))
}

// Loss is what boosted regression makes small.
type Loss uint8

const (
	SquaredLoss  Loss = iota // (y - F)²
	AbsoluteLoss             // |y - F|
)

var lossNames = []string{"SquaredLoss", "AbsoluteLoss"}

// String returns the name of the constant.
func (l Loss) String() string { return check.Name(lossNames, l) }

// MarshalText gives the name of the constant, as saved models hold it.
func (l Loss) MarshalText() ([]byte, error) { return check.MarshalName(lossNames, l) }

// UnmarshalText reads what MarshalText gives.
func (l *Loss) UnmarshalText(text []byte) (err error) {
	*l, err = check.ParseName[Loss](lossNames, text)
	return err
}

// GBTRegressor learns regression trees one after another, each from what the ones before
// leave over: with the prediction F of a row so far and its label y, the first learns y
// and has weight 1, each later one has weight StepSize and learns
//
//	2 (y - F)      with SquaredLoss
//	sign(y - F)    with AbsoluteLoss, where the sign of 0 is 1
//
// With Newton, for SquaredLoss, F starts from the mean label, all trees have weight
// StepSize, and gains and leaf values are those of the second order. What is said of
// validation and growth at [GBTClassifier] holds here.
//
// Sources: Friedman, Greedy Function Approximation, Annals of Statistics 29 (2001) 1189;
// Spark ML 4.1, org.apache.spark.ml.regression.GBTRegressor.
type GBTRegressor struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column, finite; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol string // column to add; default "prediction"
	LeafCol       string // vector column to add: number of each tree's leaf; default "" = none

	Loss                     Loss     // default SquaredLoss
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

func (p GBTRegressor) defaults() GBTRegressor {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
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

func (p GBTRegressor) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

func (p GBTRegressor) boosting() boosting {
	var l loss = squaredLoss{}
	if p.Loss == AbsoluteLoss {
		l = absoluteLoss{}
	}
	return boosting{
		growth: growth{*p.MaxDepth, p.MaxBins, p.MinInstancesPerNode, p.MinWeightFractionPerNode, p.MinInfoGain},
		loss:   l, rounds: p.MaxIter, step: p.StepSize, rate: p.SubsamplingRate, subset: p.FeatureSubsetStrategy,
		leaves: p.MaxLeaves, newton: p.Newton, lambda: p.Lambda, hessian: p.MinChildWeight,
		tol: *p.ValidationTol, patience: p.EarlyStoppingRounds, seed: p.Seed,
	}
}

func (p GBTRegressor) fields() []dataset.Field {
	return numberFields(p.PredictionCol, "", p.LeafCol, true)
}

func (p GBTRegressor) check() error {
	return errors.Join(p.boosting().check(), check.OneOf("Loss", p.Loss, SquaredLoss, AbsoluteLoss))
}

// Schema adds PredictionCol, and LeafCol if it is asked for, whose size is known after fitting.
func (p GBTRegressor) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields()...)
	return out, errors.Join(p.check(), p.targets().want(in), p.boosting().checkHeld(in, p.ValidationIndicatorCol), err)
}

// Fit returns a *GBTRegressorModel.
func (p GBTRegressor) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	p = p.defaults()
	if err := p.targets().check(ctx, ds); err != nil {
		return nil, err
	}
	b, names, err := p.boosting().fit(ctx, ds, p.targets(), p.ValidationIndicatorCol)
	if err != nil {
		return nil, err
	}
	m := &GBTRegressorModel{Params: p, Names: names, Trees: b.Trees, TreeWeights: b.Weights, Bias: b.Bias,
		TrainLoss: b.TrainLoss, ValidationLoss: b.HeldLoss}
	return m, m.ready()
}

// A GBTRegressorModel is a fitted GBTRegressor.
type GBTRegressorModel struct {
	Params         GBTRegressor // as resolved by Fit
	Names          []string     // of the dimensions
	Trees          tree.Ensemble
	TreeWeights    []float64
	Bias           float64   // F without trees; 0 unless Newton
	TrainLoss      float64   // mean over the rows that were learned from
	ValidationLoss []float64 // mean over the rows held out, after each round; nil without such rows

	out []dataset.Field // columns to add; these two from the above, by ready
	sum *summing        // F
}

// ready derives out and sum. It fails on a model that Fit cannot have made.
func (m *GBTRegressorModel) ready() error {
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

// Schema is that of the estimator, with the size known. It wants no label.
func (m *GBTRegressorModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.Trees.Dim)
	out, errOut := in.With(m.out...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *GBTRegressorModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.sum.bind(c, m.Params.FeaturesCol, m.out))
}

// BindRow scores in place, without allocating.
func (m *GBTRegressorModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.sum.bind(c, m.Params.FeaturesCol, m.out))
}

// FeatureImportances shares 1 out among the dimensions by the gains of their splits,
// each times the weight of its node.
func (m *GBTRegressorModel) FeatureImportances() []float64 { return m.Trees.GainImportance(false) }

// SplitCounts returns how many nodes test each dimension.
func (m *GBTRegressorModel) SplitCounts() []int { return m.Trees.SplitCounts() }

// Dump returns the trees as text, a line a node.
func (m *GBTRegressorModel) Dump() string { return dumpTrees(&m.Trees, m.Names, m.TreeWeights) }
