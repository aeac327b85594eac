package estimator_test

import (
	"math"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/pipeline"
	"github.com/millrace-ml/millrace/pipeline/pipelinetest"
)

// treeTable is a small table with a number, a category, a missing value, weights and
// rows to hold out. Label is a class below classes, or any number where that is 0.
func treeTable(classes int) dataset.Dataset {
	const rows = 48
	var (
		x       []float64
		label   = make(dataset.Floats, rows)
		weight  = make(dataset.Floats, rows)
		held    = make(dataset.Floats, rows)
		field   = dataset.Field{Name: "features", Type: dataset.Vector, Size: 3}
		missing = math.NaN()
	)
	field.Dims = []dataset.Attr{{Name: "a", Scale: dataset.Continuous}, {Name: "c", Scale: dataset.Nominal, Levels: 4}, {Name: "b"}}
	for i := range rows {
		a, c, b := float64(i*7%13), float64(i%4), math.Sin(float64(i))
		if i%11 == 5 {
			a = missing
		}
		x = append(x, a, c, b)
		weight[i] = float64(i%5) / 4
		held[i] = float64(i % 3 / 2)
		switch {
		case classes == 0:
			label[i] = 3*b + c
		case classes == 2 && a > 6 || classes == 3 && c == 2:
			label[i] = 1
		case classes == 3 && b > 0.3:
			label[i] = 2
		}
	}
	v, err := dataset.NewDense(3, x)
	if err != nil {
		panic(err)
	}
	ds, err := dataset.FromColumns(dataset.NewSchema(field, dataset.Field{Name: "label", Type: dataset.Float},
		dataset.Field{Name: "w", Type: dataset.Float}, dataset.Field{Name: "held", Type: dataset.Float}), v, label, weight, held)
	if err != nil {
		panic(err)
	}
	return ds
}

func TestTreesConform(t *testing.T) {
	tests := []struct {
		name    string
		est     pipeline.Estimator
		classes int
	}{
		{"DecisionTreeClassifier", estimator.DecisionTreeClassifier{LeafCol: "leaf", WeightCol: "w"}, 3},
		{"DecisionTreeClassifier/plain", estimator.DecisionTreeClassifier{MaxBins: 5, Thresholds: []float64{1, 2}}, 2},
		{"DecisionTreeRegressor", estimator.DecisionTreeRegressor{LeafCol: "leaf", VarianceCol: "var", WeightCol: "w"}, 0},
		{"RandomForestClassifier", estimator.RandomForestClassifier{NumTrees: 3, LeafCol: "leaf", Impurity: estimator.Entropy, WeightCol: "w"}, 3},
		{"RandomForestRegressor", estimator.RandomForestRegressor{NumTrees: 3, LeafCol: "leaf", SubsamplingRate: 0.7, NoBootstrap: true}, 0},
		{"GBTClassifier", estimator.GBTClassifier{MaxIter: 3, LeafCol: "leaf", ValidationIndicatorCol: "held"}, 2},
		{"GBTClassifier/newton", estimator.GBTClassifier{MaxIter: 3, Newton: true, MaxLeaves: 5, Lambda: 1, WeightCol: "w"}, 2},
		{"GBTRegressor", estimator.GBTRegressor{MaxIter: 3, LeafCol: "leaf", Loss: estimator.AbsoluteLoss, SubsamplingRate: 0.6}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { pipelinetest.Estimator(t, tt.est, treeTable(tt.classes)) })
	}
}
