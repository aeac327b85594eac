package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// score reads a file, scores it with a saved model, and writes the number, score and
// prediction of each row.
func score(f *flag.FlagSet) func(context.Context, io.Writer) error {
	data := f.String("data", "", "CSV file to score, plain or .gz; default made-up data")
	path := f.String("model", "kdd.millrace", "model file to read")
	to := f.String("out", "-", "CSV file to write; - = standard output")
	return func(ctx context.Context, out io.Writer) error {
		model, err := persist.Load(*path)
		if err != nil {
			return err
		}
		source, err := openOrMakeUp(*data)
		if err != nil {
			return err
		}
		scored, err := scores(model, source)
		if err != nil {
			return err
		}
		if *to == "-" {
			_, err := dataset.WriteCSV(out, scored.Schema(), fold.Chunks(ctx, scored), dataset.CSVWriter{})
			return err
		}
		file, err := os.Create(*to)
		if err != nil {
			return err
		}
		rows, err := dataset.WriteCSV(file, scored.Schema(), fold.Chunks(ctx, scored), dataset.CSVWriter{})
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "scored %d rows to %s\n", rows, *to)
		return err
	}
}

// scores returns the columns that are written: id, anomaly_score, prediction.
func scores(model pipeline.Transformer, source dataset.Dataset) (dataset.Dataset, error) {
	numbered, err := dataset.WithRowID(source, "id", "")
	if err != nil {
		return nil, err
	}
	scored, err := pipeline.Apply(model, numbered)
	if err != nil {
		return nil, err
	}
	return dataset.Select(scored, "id", scoreCol, predictionCol)
}
