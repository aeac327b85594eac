package pipeline_test

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

// must ends the program on an error, to keep the examples short.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// A pipeline is a value, and what does not fit is found without any data.
func ExampleNew() {
	p := pipeline.New(
		Centre{In: "delay", Out: "centred"},
		Centre{In: "dleay", Out: "again"},
	)
	_, err := p.Schema(dataset.NewSchema(dataset.Field{Name: "delay", Type: dataset.Float}))
	fmt.Println(err)
	// Output:
	// stage 1 (test.Centre): column "dleay": is not there (columns: delay, centred), want float
}

func ExampleFit() {
	ctx := context.Background()
	train := column("delay", 1, 2, 6)
	model := must(pipeline.Fit(ctx, pipeline.New(Centre{In: "delay", Out: "centred"}), train))
	schema := must(model.Schema(train.Schema()))
	fmt.Println(schema.Names())
	// Output:
	// [delay centred]
}

// Nothing is computed until the result is read.
func ExampleApply() {
	ctx := context.Background()
	model := must(pipeline.Fit(ctx, Centre{In: "delay", Out: "centred"}, column("delay", 1, 2, 6)))
	scored := must(pipeline.Apply(model, column("delay", 3, 10)))
	fmt.Println(must(dataset.Rows(ctx, scored, "centred")))
	// Output:
	// [[0] [7]]
}

func ExampleFind() {
	ctx := context.Background()
	inner := pipeline.New(Centre{In: "delay", Out: "centred"})
	model := must(pipeline.Fit(ctx, pipeline.New(inner), column("delay", 1, 2, 6)))
	if m, ok := pipeline.Find[*CentreModel](model); ok {
		fmt.Println("learned the mean", m.Mean)
	}
	// Output:
	// learned the mean 3
}

// The filter decides which rows the mean is learned from, and is not in the model.
func ExampleTrainOnly() {
	ctx := context.Background()
	p := pipeline.New(pipeline.TrainOnly(Positive{Col: "delay"}), Centre{In: "delay", Out: "centred"})
	model := must(pipeline.Fit(ctx, p, column("delay", -5, 2, 6)))
	scored := must(pipeline.Apply(model, column("delay", -5, 2, 6)))
	fmt.Println(must(dataset.Rows(ctx, scored, "centred")))
	// Output:
	// [[-9] [-2] [2]]
}

func ExampleNewScorer() {
	ctx := context.Background()
	train := column("delay", 1, 2, 6)
	model := must(pipeline.Fit(ctx, pipeline.New(Positive{Col: "delay"}, Centre{In: "delay", Out: "centred"}), train))

	scorer := must(pipeline.NewScorer(model, train.Schema())) // once
	centred := scorer.Index("centred")
	row := scorer.Row() // once a goroutine
	for _, delay := range []float64{4, -1} {
		row.SetFloat(0, delay)
		if err := row.Score(); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(row.Float(centred))
	}
	// Output:
	// 1
	// part 0, row 0: test.Positive: column "delay": have "-1", want above 0
}
