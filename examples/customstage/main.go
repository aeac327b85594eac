// Command customstage uses a stage that is not part of the library: all of it is in
// sigmaclipper.go. It learns from a table, and scores another one and a single row.
//
//	go run ./examples/customstage
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	train, err := delays(4, 6, 5, 5, 7, 3)
	if err != nil {
		return err
	}
	model, err := pipeline.Fit(ctx, pipeline.New(SigmaClipper{InputCol: "delay", Width: 2}), train)
	if err != nil {
		return err
	}
	m, _ := pipeline.Find[*SigmaClipperModel](model)
	fmt.Printf("learned  mean %v, limits %.3f and %.3f\n", m.Mean, m.low, m.high)

	test, err := delays(5, 60, -8)
	if err != nil {
		return err
	}
	clipped, err := pipeline.Apply(model, test)
	if err != nil {
		return err
	}
	rows, err := dataset.Rows(ctx, clipped, "delay_clipped")
	if err != nil {
		return err
	}
	fmt.Printf("a table  %.3f\n", rows)

	scorer, err := pipeline.NewScorer(model, test.Schema())
	if err != nil {
		return err
	}
	row := scorer.Row()
	row.SetFloat(0, 60)
	if err := row.Score(); err != nil {
		return err
	}
	fmt.Printf("one row  %.3f\n", row.Float(scorer.Index("delay_clipped")))
	return nil
}

func delays(minutes ...float64) (*dataset.Table, error) {
	schema := dataset.NewSchema(dataset.Field{Name: "delay", Type: dataset.Float})
	return dataset.FromColumns(schema, dataset.Floats(minutes))
}
