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
	pipeline.Register[DecisionTreeRegressor]("estimator.DecisionTreeRegressor")
	pipeline.Register[*DecisionTreeRegressorModel]("estimator.DecisionTreeRegressorModel", pipeline.Ready((*DecisionTreeRegressorModel).ready))
}

// DecisionTreeRegressor learns a binary tree of tests of single dimensions that leads
// to the weighted mean label of the training rows in the same leaf. It is as
// [DecisionTreeClassifier], with the variance of the labels for an impurity.
//
// Sources: Breiman, Friedman, Olshen and Stone, Classification and Regression Trees,
// 1984, chapter 8; Spark ML 4.1, org.apache.spark.ml.regression.DecisionTreeRegressor.
type DecisionTreeRegressor struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column, finite; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol string // column to add; default "prediction"
	VarianceCol   string // column to add: variance of the labels in the leaf; default "" = none
	LeafCol       string // column to add: number of the leaf, from left; default "" = none

	MaxDepth                 *int    // tests from root to leaf, 0 to 30; default 5
	MaxBins                  int     // bins of a dimension, and categories, at least 2; default 32
	MinInstancesPerNode      int     // rows of a child; default 1
	MinWeightFractionPerNode float64 // share of all weight in a child, below 0.5; default 0
	MinInfoGain              float64 // decrease of the variance by a split; default 0
	Seed                     uint64  // chooses the rows that thresholds are made from; default 0
}

func (p DecisionTreeRegressor) defaults() DecisionTreeRegressor {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.MaxDepth = check.Or(p.MaxDepth, 5)
	p.MaxBins = cmp.Or(p.MaxBins, 32)
	p.MinInstancesPerNode = cmp.Or(p.MinInstancesPerNode, 1)
	return p
}

func (p DecisionTreeRegressor) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

func (p DecisionTreeRegressor) growth() growth {
	return growth{*p.MaxDepth, p.MaxBins, p.MinInstancesPerNode, p.MinWeightFractionPerNode, p.MinInfoGain}
}

func (p DecisionTreeRegressor) fields() []dataset.Field {
	return numberFields(p.PredictionCol, p.VarianceCol, p.LeafCol, false)
}

// Schema adds PredictionCol, and VarianceCol and LeafCol if they are asked for.
func (p DecisionTreeRegressor) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields()...)
	return out, errors.Join(p.growth().check(), p.targets().want(in), err)
}

// Fit returns a *DecisionTreeRegressorModel.
func (p DecisionTreeRegressor) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	p = p.defaults()
	if err := p.targets().check(ctx, ds); err != nil {
		return nil, err
	}
	d, err := tree.Load(ctx, ds, tree.Columns{Features: p.FeaturesCol, Label: p.LabelCol, Weight: p.WeightCol}, tree.Options{MaxBins: p.MaxBins, Seed: p.Seed})
	if err != nil {
		return nil, err
	}
	e, err := growEach(ctx, d, 1, func(int) tree.Params { return p.growth().variance(d) },
		func(ctx context.Context, _ int, g *tree.Grower) error { return g.Fill(ctx, d.Labels, d.All()) })
	if err != nil {
		return nil, err
	}
	m := &DecisionTreeRegressorModel{Params: p, Names: dimNames(ds.Schema(), p.FeaturesCol, d.Dim), Tree: *e}
	return m, m.ready()
}

// A DecisionTreeRegressorModel is a fitted DecisionTreeRegressor.
type DecisionTreeRegressorModel struct {
	Params DecisionTreeRegressor // as resolved by Fit
	Names  []string              // of the dimensions
	Tree   tree.Ensemble

	out []dataset.Field // columns to add; these two from the above, by ready
	sum *summing
}

// ready derives out and sum. It fails on a model that Fit cannot have made.
func (m *DecisionTreeRegressorModel) ready() error {
	if m.Params.MaxDepth == nil {
		return errors.New("have no MaxDepth, want parameters as resolved by Fit")
	}
	if err := errors.Join(m.Params.growth().check(), checkTrees(&m.Tree, m.Names, 1)); err != nil {
		return err
	}
	m.out = withLeaves(m.Params.fields(), m.Params.LeafCol, &m.Tree)
	m.sum = newSumming(&m.Tree, m.Tree.Values, 0, 1)
	if m.Params.VarianceCol != "" {
		m.sum.variances = make([]float64, len(m.Tree.Values))
		for i, dim := range m.Tree.Dims {
			if dim < 0 {
				m.sum.variances[m.Tree.Rights[i]] = m.Tree.Impurities[i]
			}
		}
	}
	return nil
}

// Schema is that of the estimator. It wants no label.
func (m *DecisionTreeRegressorModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.Tree.Dim)
	out, errOut := in.With(m.out...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *DecisionTreeRegressorModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.sum.bind(c, m.Params.FeaturesCol, m.out))
}

// BindRow scores in place, without allocating.
func (m *DecisionTreeRegressorModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.sum.bind(c, m.Params.FeaturesCol, m.out))
}

// FeatureImportances shares 1 out among the dimensions by the gains of their splits,
// each times the weight of its node.
func (m *DecisionTreeRegressorModel) FeatureImportances() []float64 {
	return m.Tree.GainImportance(true)
}

// SplitCounts returns how many nodes test each dimension.
func (m *DecisionTreeRegressorModel) SplitCounts() []int { return m.Tree.SplitCounts() }

// Dump returns the tree as text, a line a node.
func (m *DecisionTreeRegressorModel) Dump() string { return dumpTrees(&m.Tree, m.Names, nil) }
