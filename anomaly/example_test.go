package anomaly_test

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
)

// Normal rows lie along the diagonal; what is off it is anomalous, however near.
func ExamplePCAAnomaly() {
	ctx := context.Background()
	train := dataset.Vec("features", 2, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2)
	model, err := pipeline.Fit(ctx, anomaly.PCAAnomaly{K: 1}, train)
	if err != nil {
		log.Fatal(err)
	}
	scored, err := pipeline.Apply(model, dataset.Vec("features", 2, 1.5, 1.5, 3, 3, 1, -1))
	if err != nil {
		log.Fatal(err)
	}
	rows, err := dataset.Rows(ctx, scored, "anomaly_score")
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range rows {
		fmt.Printf("%.3f\n", row[0])
	}
	// Output:
	// 0.000
	// 0.000
	// 0.800
}

func ExamplePCAAnomalyModel_Explain() {
	ctx := context.Background()
	load, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "requests", Type: dataset.Float},
		dataset.Field{Name: "cpu", Type: dataset.Float},
		dataset.Field{Name: "errors", Type: dataset.Float},
	), dataset.Floats{10, 20, 30, 40, 50}, dataset.Floats{1, 2, 3, 4, 5}, dataset.Floats{0, 1, 0, 1, 0})
	if err != nil {
		log.Fatal(err)
	}
	model, err := pipeline.Fit(ctx, pipeline.New(
		feature.VectorAssembler{InputCols: []string{"requests", "cpu", "errors"}},
		anomaly.PCAAnomaly{K: 1},
	), load)
	if err != nil {
		log.Fatal(err)
	}
	detector, _ := pipeline.Find[*anomaly.PCAAnomalyModel](model)

	busy, err := dataset.FromColumns(load.Schema(), dataset.Floats{30}, dataset.Floats{3}, dataset.Floats{2})
	if err != nil {
		log.Fatal(err)
	}
	for c := range dataset.Chunks(ctx, busy) {
		out, err := model.Transform(c)
		if err != nil {
			log.Fatal(err)
		}
		e, err := detector.Explain(out)
		if err != nil {
			log.Fatal(err)
		}
		for k, column := range e.Columns {
			fmt.Printf("%s %.2f\n", column, e.Shares[0][k])
		}
		column, _ := e.Largest(0)
		fmt.Println("look at", column)
	}
	// Output:
	// requests 0.00
	// cpu 0.00
	// errors 8.53
	// look at errors
}

func ExampleRescale() {
	ctx := context.Background()
	scores, err := dataset.FromColumns(
		dataset.NewSchema(dataset.Field{Name: "anomaly_score", Type: dataset.Float}),
		dataset.Floats{3, 1, 5},
	)
	if err != nil {
		log.Fatal(err)
	}
	scaled, err := anomaly.Rescale(ctx, scores, "anomaly_score", "norm_score")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(dataset.Rows(ctx, scaled, "norm_score"))
	// Output: [[0.5] [0] [1]] <nil>
}
