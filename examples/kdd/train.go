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
	data := f.String("data", "", "CSV file to learn from, plain or .gz, but for -model other than detector the directory of the real files; default made-up data")
	model := f.String("model", "detector", "detector, gbt, forest, logistic, or all of the last three")
	path := f.String("out", "kdd.millrace", "model file to write; for all, one each, such as gbt-kdd.millrace")
	rows := f.Int("rows", madeUpRows, "rows of made-up data for -model other than detector")
	asJSON := f.Bool("json", false, "for -model other than detector, print the results as one JSON object at the end")
	return func(ctx context.Context, out io.Writer) error {
		switch *model {
		case "gbt", "forest", "logistic", "all":
			return trainLearners(ctx, out, *model, *data, *path, *rows, *asJSON)
		case "detector":
		default:
			return usageError{fmt.Errorf("-model is %q, want detector, gbt, forest, logistic, all", *model)}
		}
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
