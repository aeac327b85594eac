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
	pipeline.Register[DecisionTreeClassifier]("estimator.DecisionTreeClassifier")
	pipeline.Register[*DecisionTreeClassifierModel]("estimator.DecisionTreeClassifierModel", pipeline.Ready((*DecisionTreeClassifierModel).ready))
}

// DecisionTreeClassifier learns a binary tree of tests of single dimensions, such as
// src_bytes <= 28.5, that leads to the class of most weight among the training rows
// that end in the same leaf. A node is split where the impurity decreases most:
//
//	gain = I(node) - w(left)/w(node) I(left) - w(right)/w(node) I(right)
//
// where w is the weight of the rows and I the Impurity. A node is a leaf at MaxDepth,
// where its impurity is 0, or where no split has a positive gain that the other
// parameters allow; two sibling leaves of one class become one. Of equal gains the
// first dimension counts, and its lowest threshold.
//
// Thresholds lie midway between values of the training rows, at most MaxBins-1 for a
// dimension; where it has more values, they are quantiles, from about 10,000 rows (or
// MaxBins² if that is more) drawn by Seed. A dimension that is [dataset.Nominal] by the
// column's attributes is split by sets of categories. NaN and the infinities are
// missing: the side on which they go is learned; right where there were none.
//
// rawPrediction holds the weight of each class in the leaf, probability their shares.
// Data are read three times, and then held in memory with one or two bytes a value; a
// run of alike rows is held once.
//
// Sources: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees,
// 1984, chapter 2; Spark ML 4.1, org.apache.spark.ml.classification.DecisionTreeClassifier.
type DecisionTreeClassifier struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column of classes 0, 1, ...; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol    string    // column to add: the class; default "prediction"
	ProbabilityCol   string    // vector column to add; default "probability"
	RawPredictionCol string    // vector column to add; default "rawPrediction"
	LeafCol          string    // column to add: number of the leaf, from left; default "" = none
	Thresholds       []float64 // the class with the largest probability / threshold is predicted; default nil = 1 each

	MaxDepth                 *int     // tests from root to leaf, 0 to 30; default 5
	MaxBins                  int      // bins of a dimension, and categories, at least 2; default 32
	MinInstancesPerNode      int      // rows of a child; default 1
	MinWeightFractionPerNode float64  // share of all weight in a child, below 0.5; default 0
	MinInfoGain              float64  // gain of a split; default 0
	Impurity                 Impurity // default Gini
	Seed                     uint64   // chooses the rows that thresholds are made from; default 0
}

func (p DecisionTreeClassifier) defaults() DecisionTreeClassifier {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.ProbabilityCol = cmp.Or(p.ProbabilityCol, "probability")
	p.RawPredictionCol = cmp.Or(p.RawPredictionCol, "rawPrediction")
	p.MaxDepth = check.Or(p.MaxDepth, 5)
	p.MaxBins = cmp.Or(p.MaxBins, 32)
	p.MinInstancesPerNode = cmp.Or(p.MinInstancesPerNode, 1)
	return p
}

func (p DecisionTreeClassifier) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

func (p DecisionTreeClassifier) growth() growth {
	return growth{*p.MaxDepth, p.MaxBins, p.MinInstancesPerNode, p.MinWeightFractionPerNode, p.MinInfoGain}
}

func (p DecisionTreeClassifier) fields(classes int) []dataset.Field {
	return classCols{Raw: p.RawPredictionCol, Probability: p.ProbabilityCol, Prediction: p.PredictionCol, Leaf: p.LeafCol, Classes: classes}.fields()
}

func (p DecisionTreeClassifier) check() error {
	return errors.Join(p.growth().check(), check.OneOf("Impurity", p.Impurity, Gini, Entropy), checkThresholds(p.Thresholds))
}

// Schema adds RawPredictionCol, ProbabilityCol, PredictionCol, and LeafCol if it is
// asked for.
func (p DecisionTreeClassifier) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields(0)...)
	return out, errors.Join(p.check(), p.targets().want(in), err)
}

// Fit returns a *DecisionTreeClassifierModel.
func (p DecisionTreeClassifier) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
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
	e, err := growEach(ctx, d, 1, func(int) tree.Params { return p.growth().classes(d, p.Impurity, classes) },
		func(_ context.Context, _ int, g *tree.Grower) error {
			g.FillClasses(classNumbers(d.Labels), d.All())
			return nil
		})
	if err != nil {
		return nil, err
	}
	m := &DecisionTreeClassifierModel{Params: p, Classes: classes, Names: dimNames(ds.Schema(), p.FeaturesCol, d.Dim), Tree: *e}
	return m, m.ready()
}

// A DecisionTreeClassifierModel is a fitted DecisionTreeClassifier.
type DecisionTreeClassifierModel struct {
	Params  DecisionTreeClassifier // as resolved by Fit
	Classes int
	Names   []string // of the dimensions
	Tree    tree.Ensemble

	out   []dataset.Field // columns to add; these two from the above, by ready
	votes *voting
}

// ready derives out and votes. It fails on a model that Fit cannot have made.
func (m *DecisionTreeClassifierModel) ready() error {
	if m.Params.MaxDepth == nil {
		return errors.New("have no MaxDepth, want parameters as resolved by Fit")
	}
	if err := errors.Join(m.Params.check(), checkTrees(&m.Tree, m.Names, m.Classes)); err != nil {
		return err
	}
	m.out = withLeaves(m.Params.fields(m.Classes), m.Params.LeafCol, &m.Tree)
	var err error
	m.votes, err = newVoting(&m.Tree, m.Tree.Values, m.Params.Thresholds)
	return err
}

// Schema is that of the estimator, with the sizes known. It wants no label.
func (m *DecisionTreeClassifierModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.Tree.Dim)
	out, errOut := in.With(m.out...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *DecisionTreeClassifierModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.votes.bind(c, m.Params.FeaturesCol, m.out))
}

// BindRow scores in place, without allocating.
func (m *DecisionTreeClassifierModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.votes.bind(c, m.Params.FeaturesCol, m.out))
}

// FeatureImportances shares 1 out among the dimensions by the gains of their splits,
// each times the weight of its node.
func (m *DecisionTreeClassifierModel) FeatureImportances() []float64 {
	return m.Tree.GainImportance(true)
}

// SplitCounts returns how many nodes test each dimension.
func (m *DecisionTreeClassifierModel) SplitCounts() []int { return m.Tree.SplitCounts() }

// Dump returns the tree as text, a line a node.
func (m *DecisionTreeClassifierModel) Dump() string { return dumpTrees(&m.Tree, m.Names, nil) }
