package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// train fits the whole pipeline on a file and saves it.
func train(f *flag.FlagSet) func(context.Context, io.Writer) error {
	data := f.String("data", "", "CSV file to learn from, plain or .gz; default made-up data")
	path := f.String("model", "kdd.millrace", "model file to write")
	return func(ctx context.Context, out io.Writer) error {
		source, err := openOrMakeUp(*data)
		if err != nil {
			return err
		}
		ds, err := labelled(source)
		if err != nil {
			return err
		}
		defer ds.Close()
		model, err := pipeline.Fit(ctx, pipeline.New(append(features(), calibrated())...), ds)
		if err != nil {
			return err
		}
		rows, normal, err := countNormal(ctx, ds)
		if err != nil {
			return err
		}
		if err := persist.Save(*path, model, persist.Card{Input: source.Schema(), Rows: rows}); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "learned from the normal rows, %d of %d; saved %s\n", normal, rows, *path)
		return err
	}
}
