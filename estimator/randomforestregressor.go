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
	pipeline.Register[RandomForestRegressor]("estimator.RandomForestRegressor")
	pipeline.Register[*RandomForestRegressorModel]("estimator.RandomForestRegressorModel", pipeline.Ready((*RandomForestRegressorModel).ready))
}

// RandomForestRegressor learns NumTrees trees, each as [DecisionTreeRegressor] does, from
// rows and dimensions drawn as [RandomForestClassifier] draws them. The prediction is the
// mean of the trees' predictions.
//
// Sources: Breiman, Random Forests, Machine Learning 45 (2001) 5, section 11; Spark ML
// 4.1, org.apache.spark.ml.regression.RandomForestRegressor.
type RandomForestRegressor struct {
	FeaturesCol string // vector column; default "features"
	LabelCol    string // numeric column, finite; default "label"
	WeightCol   string // numeric column, at least 0; default "" = each row counts 1

	PredictionCol string // column to add; default "prediction"
	LeafCol       string // vector column to add: number of each tree's leaf; default "" = none

	NumTrees                 int     // default 20
	MaxDepth                 *int    // tests from root to leaf, 0 to 30; default 5
	MaxBins                  int     // bins of a dimension, and categories, at least 2; default 32
	MinInstancesPerNode      int     // rows of a child; default 1
	MinWeightFractionPerNode float64 // share of all weight in a child, below 0.5; default 0
	MinInfoGain              float64 // decrease of the variance by a split; default 0
	FeatureSubsetStrategy    string  // dimensions a node: "all", "sqrt", "log2", "onethird", "7", "0.5"; default "auto" = onethird, with one tree all
	SubsamplingRate          float64 // rows a tree, above 0 to 1; default 1
	NoBootstrap              bool    // draws without replacement; default false
	Seed                     uint64  // default 0
}

func (p RandomForestRegressor) defaults() RandomForestRegressor {
	p.FeaturesCol = cmp.Or(p.FeaturesCol, "features")
	p.LabelCol = cmp.Or(p.LabelCol, "label")
	p.PredictionCol = cmp.Or(p.PredictionCol, "prediction")
	p.NumTrees = cmp.Or(p.NumTrees, 20)
	p.MaxDepth = check.Or(p.MaxDepth, 5)
	p.MaxBins = cmp.Or(p.MaxBins, 32)
	p.MinInstancesPerNode = cmp.Or(p.MinInstancesPerNode, 1)
	p.FeatureSubsetStrategy = cmp.Or(p.FeatureSubsetStrategy, "auto")
	p.SubsamplingRate = cmp.Or(p.SubsamplingRate, 1)
	return p
}

func (p RandomForestRegressor) targets() targetCols {
	return targetCols{p.FeaturesCol, p.LabelCol, p.WeightCol}
}

func (p RandomForestRegressor) forest() forest {
	return forest{
		growth: growth{*p.MaxDepth, p.MaxBins, p.MinInstancesPerNode, p.MinWeightFractionPerNode, p.MinInfoGain},
		trees:  p.NumTrees, subset: p.FeatureSubsetStrategy, auto: "onethird", rate: p.SubsamplingRate, replace: !p.NoBootstrap, seed: p.Seed,
	}
}

func (p RandomForestRegressor) fields() []dataset.Field {
	return numberFields(p.PredictionCol, "", p.LeafCol, true)
}

// Schema adds PredictionCol, and LeafCol if it is asked for.
func (p RandomForestRegressor) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	out, err := in.With(p.fields()...)
	return out, errors.Join(p.forest().check(), p.targets().want(in), err)
}

// Fit returns a *RandomForestRegressorModel.
func (p RandomForestRegressor) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
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
	e, err := p.forest().grow(ctx, d, p.forest().growth.variance(d), func(ctx context.Context, g *tree.Grower, s tree.Sample) error { return g.Fill(ctx, d.Labels, s) })
	if err != nil {
		return nil, err
	}
	m := &RandomForestRegressorModel{Params: p, Names: dimNames(ds.Schema(), p.FeaturesCol, d.Dim), Trees: *e}
	return m, m.ready()
}

// A RandomForestRegressorModel is a fitted RandomForestRegressor.
type RandomForestRegressorModel struct {
	Params RandomForestRegressor // as resolved by Fit
	Names  []string              // of the dimensions
	Trees  tree.Ensemble

	out []dataset.Field // columns to add; these two from the above, by ready
	sum *summing
}

// ready derives out and sum. It fails on a model that Fit cannot have made.
func (m *RandomForestRegressorModel) ready() error {
	if m.Params.MaxDepth == nil {
		return errors.New("have no MaxDepth, want parameters as resolved by Fit")
	}
	err := errors.Join(m.Params.forest().check(), checkTrees(&m.Trees, m.Names, 1))
	if err == nil && m.Trees.Trees() != m.Params.NumTrees {
		err = fmt.Errorf("have %d trees, want %d", m.Trees.Trees(), m.Params.NumTrees)
	}
	if err != nil {
		return err
	}
	m.out = withLeaves(m.Params.fields(), m.Params.LeafCol, &m.Trees)
	m.sum = newSumming(&m.Trees, m.Trees.Values, 0, float64(m.Params.NumTrees))
	return nil
}

// Schema is that of the estimator. It wants no label.
func (m *RandomForestRegressorModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.FeaturesCol, m.Trees.Dim)
	out, errOut := in.With(m.out...)
	return out, errors.Join(errIn, errOut)
}

// Transform adds the columns of Schema.
func (m *RandomForestRegressorModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return whole(m.sum.bind(c, m.Params.FeaturesCol, m.out))
}

// BindRow scores in place, without allocating.
func (m *RandomForestRegressorModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	return byRow(m.sum.bind(c, m.Params.FeaturesCol, m.out))
}

// FeatureImportances shares 1 out among the dimensions by the gains of their splits,
// each times the weight of its node, with the same say for each tree.
func (m *RandomForestRegressorModel) FeatureImportances() []float64 {
	return m.Trees.GainImportance(true)
}

// SplitCounts returns how many nodes test each dimension.
func (m *RandomForestRegressorModel) SplitCounts() []int { return m.Trees.SplitCounts() }

// Dump returns the trees as text, a line a node.
func (m *RandomForestRegressorModel) Dump() string { return dumpTrees(&m.Trees, m.Names, nil) }
