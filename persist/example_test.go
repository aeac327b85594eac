package persist_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

func ExampleSave() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	train := dataset.Vec("x", 2, 1, 10, 3, 30) // two rows of two
	model, err := pipeline.Fit(ctx, pipeline.New(Centre{InputCol: "x"}), train)
	if err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "model.millrace")
	if err := persist.Save(path, model, persist.Card{Input: train.Schema(), Rows: 2}); err != nil {
		log.Fatal(err)
	}

	loaded, err := persist.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	scored, err := pipeline.Apply(loaded, dataset.Vec("x", 2, 2, 0))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(dataset.Rows(ctx, scored, "x_centred"))
	// Output:
	// [[0 -20]] <nil>
}

func ExampleInspect() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.millrace")
	unfitted := pipeline.New(Centre{InputCol: "x", Shrink: new(.5)})
	if err := persist.Save(path, unfitted, persist.Card{Notes: "not fitted yet"}); err != nil {
		log.Fatal(err)
	}

	summary, err := persist.Inspect(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Card.Notes)
	for _, stage := range summary.Stages {
		fmt.Println(stage.Depth, stage.Name, stage.Version, stage.Fields)
	}
	// Output:
	// not fitted yet
	// 0 pipeline.Pipeline 1 []
	// 1 persisttest.Centre 1 [{InputCol "x"} {Shrink 0.5}]
}
