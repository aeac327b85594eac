package estimator_test

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/pipeline"
)

// flowers are eight rows of two numbers, petal and sepal, with a class and a height.
func flowers() dataset.Dataset {
	v, err := dataset.NewDense(2, []float64{1, 5, 1, 4, 2, 5, 2, 4, 5, 5, 5, 4, 6, 5, 6, 4})
	if err != nil {
		log.Fatal(err)
	}
	ds, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "features", Type: dataset.Vector, Size: 2, Dims: []dataset.Attr{{Name: "petal"}, {Name: "sepal"}}},
		dataset.Field{Name: "label", Type: dataset.Float},
		dataset.Field{Name: "height", Type: dataset.Float},
	), v, dataset.Floats{0, 0, 0, 0, 1, 0, 1, 0}, dataset.Floats{2, 2, 2, 2, 8, 4, 8, 4})
	if err != nil {
		log.Fatal(err)
	}
	return ds
}

// predict fits est on the flowers and prints the predictions of two rows.
func predict(est pipeline.Estimator) pipeline.Transformer {
	ctx := context.Background()
	model, err := pipeline.Fit(ctx, est, flowers())
	if err != nil {
		log.Fatal(err)
	}
	scored, err := pipeline.Apply(model, dataset.Vec("features", 2, 1.5, 5, 7, 5))
	if err != nil {
		log.Fatal(err)
	}
	rows, err := dataset.Rows(ctx, scored, "prediction")
	fmt.Println(rows, err)
	return model
}

func ExampleDecisionTreeClassifier() {
	m := predict(estimator.DecisionTreeClassifier{}).(*estimator.DecisionTreeClassifierModel)
	fmt.Print(m.Dump())
	fmt.Printf("%v %.2f\n", m.Names, m.FeatureImportances())
	// Output:
	// [[0] [1]] <nil>
	// tree 0
	//   if petal <= 3.5 (gain 0.125, 8 rows)
	//     predict 0 with 1 of the weight (4 rows)
	//   else petal > 3.5
	//     if sepal <= 4.5 (gain 0.5, 4 rows)
	//       predict 0 with 1 of the weight (2 rows)
	//     else sepal > 4.5
	//       predict 1 with 1 of the weight (2 rows)
	// [petal sepal] [0.33 0.67]
}

func ExampleDecisionTreeRegressor() {
	m := predict(estimator.DecisionTreeRegressor{LabelCol: "height"}).(*estimator.DecisionTreeRegressorModel)
	fmt.Print(m.Dump())
	// Output:
	// [[2] [8]] <nil>
	// tree 0
	//   if petal <= 3.5 (gain 4, 8 rows)
	//     predict 2 (4 rows)
	//   else petal > 3.5
	//     if sepal <= 4.5 (gain 4, 4 rows)
	//       predict 4 (2 rows)
	//     else sepal > 4.5
	//       predict 8 (2 rows)
}

func ExampleRandomForestClassifier() {
	m := predict(estimator.RandomForestClassifier{NumTrees: 50, MaxDepth: new(3)}).(*estimator.RandomForestClassifierModel)
	fmt.Println(m.Trees.Trees(), "trees")
	// Output:
	// [[0] [1]] <nil>
	// 50 trees
}

func ExampleRandomForestRegressor() {
	predict(estimator.RandomForestRegressor{LabelCol: "height", NumTrees: 1, NoBootstrap: true})
	// Output:
	// [[2] [8]] <nil>
}

func ExampleGBTClassifier() {
	// Each tree separates the classes, so the margins are 1, 1.238 and 1.394 with the sign
	// of the label, by 0.5 x 4 / (1 + exp(2F)), and the loss is 2 log(1 + exp(-2 x 1.394)).
	m := predict(estimator.GBTClassifier{MaxIter: 3, StepSize: 0.5}).(*estimator.GBTClassifierModel)
	fmt.Printf("weights %v, loss %.3f\n", m.TreeWeights, m.TrainLoss)
	// Output:
	// [[0] [1]] <nil>
	// weights [1 0.5 0.5], loss 0.120
}

func ExampleGBTRegressor() {
	// The first tree learns the heights, which it meets; nothing is left for the others.
	m := predict(estimator.GBTRegressor{LabelCol: "height", MaxIter: 3}).(*estimator.GBTRegressorModel)
	fmt.Println(m.TrainLoss)
	// Output:
	// [[2] [8]] <nil>
	// 0
}
