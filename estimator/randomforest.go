package estimator

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/tree"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[RandomForestClassifier]("estimator.RandomForestClassifier")
	pipeline.Register[*RandomForestClassifierModel]("estimator.RandomForestClassifierModel", pipeline.Ready((*RandomForestClassifierModel).ready))
}

// RandomForestClassifier learns NumTrees trees, each as [DecisionTreeClassifier] does,
// from rows drawn at random: each row counts k times in a tree, where k follows the
// Poisson distribution of mean SubsamplingRate. Each node chooses among some of the
// dimensions, drawn at random. A row is given, for each class k,
//
//	rawPrediction[k] = sum over trees of share of k in the leaf's weight
//	probability[k]   = rawPrediction[k] / NumTrees
//
// What is drawn depends on Seed, the tree, and the number of the row or the place of the
// node, so a forest is the same for any number of workers and any cut into parts. Spark
// draws from other generators: its forests are other forests of the same kind.
//
// Sources: Breiman, Random Forests, Machine Learning 45 (2001) 5; Oza and Russell,
// Online Bagging and Boosting, AISTATS 2001, section 2, for the Poisson draws; Spark ML
// 4.1, org.apache.spark.ml.classification.RandomForestClassifier.
type RandomForestClassifier struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column of classes 0, 1, ...; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol    string    // column to add: the class; default "prediction"
	ProbabilityCol   string    // vector column to add; default "probability"
	RawPredictionCol string    // vector column to add; default "rawPrediction"
	LeafCol          string    // vector column to add: number of each tree's leaf; default "" = none
	Thresholds       []float64 // the class with the largest probability / threshold is predicted; default nil = 1 each

	NumTrees                 int      // default 20
	MaxDepth                 *int     // tests from root to leaf, 0 to 30; default 5
	MaxBins                  int      // bins of a dimension, and categories, at least 2; default 32
	MinInstancesPerNode      int      // rows of a child; default 1
	MinWeightFractionPerNode float64  // share of all weight in a child, below 0.5; default 0
	MinInfoGain              float64  // gain of a split; default 0
	Impurity                 Impurity // default Gini
	FeatureSubsetStrategy    string   // dimensions a node: "all", "sqrt", "log2", "onethird", "7", "0.5"; default "auto" = sqrt, with one tree all
	SubsamplingRate          float64  // rows a tree, above 0 to 1; default 1
	NoBootstrap              bool     // draws without replacement; default false
	Seed                     uint64   // default 0
}

func (p RandomForestClassifier) defaults() RandomForestClassifier {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.ProbabilityCol = cmp.Or(p.ProbabilityCol, "probability")
	p.RawPredictionCol = cmp.Or(p.RawPredictionCol, "rawPrediction")
	p.NumTrees = cmp.Or(p.NumTrees, 20)
	p.MaxDepth = check.Or(p.MaxDepth, 5)
	p.MaxBins = cmp.Or(p.MaxBins, 32)
	p.MinInstancesPerNode = cmp.Or(p.MinInstancesPerNode, 1)
	p.FeatureSubsetStrategy = cmp.Or(p.FeatureSubsetStrategy, "auto")
	p.SubsamplingRate = cmp.Or(p.SubsamplingRate, 1)
	return p
}

func (p RandomForestClassifier) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

func (p RandomForestClassifier) forest() forest {
	return forest{
		growth: growth{*p.MaxDepth, p.MaxBins, p.MinInstancesPerNode, p.MinWeightFractionPerNode, p.MinInfoGain},
		trees:  p.NumTrees, subset: p.FeatureSubsetStrategy, auto: "sqrt", rate: p.SubsamplingRate, replace: !p.NoBootstrap, seed: p.Seed,
	}
}

func (p RandomForestClassifier) fields(classes int) []dataset.Field {
	return classCols{Raw: p.RawPredictionCol, Probability: p.ProbabilityCol, Prediction: p.PredictionCol,
		Leaf: p.LeafCol, Forest: true, Classes: classes}.fields()
}

func (p RandomForestClassifier) check() error {
	return errors.Join(p.forest().check(), check.OneOf("Impurity", p.Impurity, Gini, Entropy), checkThresholds(p.Thresholds))
}

// Schema adds RawPredictionCol, ProbabilityCol, PredictionCol, and LeafCol if it is
// asked for.
func (p RandomForestClassifier) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields(0)...)
	return out, errors.Join(p.check(), p.targets().want(in), err)
}

// Fit returns a *RandomForestClassifierModel.
func (p RandomForestClassifier) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	p = p.defaults()
	classes, err := p.targets().classes(ctx, ds)
	if err != nil {
		return nil, err
	}
	d, err := tree.Load(ctx, ds, tree.Columns{Features: p.FeaturesCol, Label: p.LabelCol, Weight: p.WeightCol}, tree.Options{MaxBins: p.MaxBins, Seed: p.Seed})
	if err != nil {
		return nil, err
	}
	numbers := classNumbers(d.Labels)
	e, err := p.forest().grow(ctx, d, p.forest().growth.classes(d, p.Impurity, classes), func(_ context.Context, g *tree.Grower, s tree.Sample) error {
		g.FillClasses(numbers, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	m := &RandomForestClassifierModel{Params: p, Classes: classes, Names: dimNames(ds.Schema(), p.FeaturesCol, d.Dim), Trees: *e}
	return m, m.ready()
}

// A RandomForestClassifierModel is a fitted RandomForestClassifier.
type RandomForestClassifierModel struct {
	Params  RandomForestClassifier // as resolved by Fit
	Classes int
	Names   []string // of the dimensions
	Trees   tree.Ensemble

	out   []dataset.Field // columns to add; these two from the above, by ready
	votes *voting
}

// ready derives out and votes. It fails on a model that Fit cannot have made.
func (m *RandomForestClassifierModel) ready() error {
	if m.Params.MaxDepth == nil {
		return errors.New("have no MaxDepth, want parameters as resolved by Fit")
	}
	err := errors.Join(m.Params.check(), checkTrees(&m.Trees, m.Names, m.Classes))
	if err == nil && m.Trees.Trees() != m.Params.NumTrees {
		err = fmt.Errorf("have %d trees, want %d", m.Trees.Trees(), m.Params.NumTrees)
	}
	if err != nil {
		return err
	}
	m.out = withLeaves(m.Params.fields(m.Classes), m.Params.LeafCol, &m.Trees)
	m.votes, err = newVoting(&m.Trees, shares(&m.Trees), m.Params.Thresholds)
	return err
}

// Schema is that of the estimator, with the sizes known. It wants no label.
func (m *RandomForestClassifierModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.Trees.Dim)
	out, errOut := in.With(m.out...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *RandomForestClassifierModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.votes.bind(c, m.Params.FeaturesCol, m.out))
}

// BindRow scores in place, without allocating.
func (m *RandomForestClassifierModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.votes.bind(c, m.Params.FeaturesCol, m.out))
}

// FeatureImportances shares 1 out among the dimensions by the gains of their splits,
// each times the weight of its node, with the same say for each tree.
func (m *RandomForestClassifierModel) FeatureImportances() []float64 {
	return m.Trees.GainImportance(true)
}

// SplitCounts returns how many nodes test each dimension.
func (m *RandomForestClassifierModel) SplitCounts() []int { return m.Trees.SplitCounts() }

// Dump returns the trees as text, a line a node.
func (m *RandomForestClassifierModel) Dump() string { return dumpTrees(&m.Trees, m.Names, nil) }
