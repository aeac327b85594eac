package main

import (
	"context"
	"errors"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
)

// Rows of the made-up data: enough for every service and most attacks.
const (
	madeUpRows  = 100_000
	madeUpLater = 60_000
	madeUpSeed  = 1
)

// splitSeed and the weights decide which rows are held out.
const splitSeed = 123

var splitWeights = []float64{0.8, 0.2}

// files opens what models learn from and what they are tested on later: those in the
// directory, or made-up data where it is empty.
func files(dir string, rows int) (training, later dataset.Dataset, err error) {
	if dir == "" {
		return kdd.Generate(rows, madeUpSeed), kdd.GenerateLater(rows*madeUpLater/madeUpRows, madeUpSeed), nil
	}
	find := func(f kdd.File) (dataset.Dataset, error) {
		path, err := f.Find(dir)
		if err != nil {
			return nil, err
		}
		return open(path)
	}
	training, errTraining := find(kdd.TenPercent)
	later, errLater := find(kdd.Corrected)
	return training, later, errors.Join(errTraining, errLater)
}

// labelled adds is_anomaly and keeps the columns in memory after they were read once.
// Close gives the memory back.
func labelled(ds dataset.Dataset) (*dataset.Cached, error) {
	ds, err := kdd.WithAnomaly(ds)
	if err != nil {
		return nil, err
	}
	return dataset.Cache(ds, dataset.CacheOptions{}), nil
}

// openOrMakeUp opens a file, or makes data up where there is no path.
func openOrMakeUp(path string) (dataset.Dataset, error) {
	if path == "" {
		return kdd.Generate(madeUpRows, madeUpSeed), nil
	}
	return open(path)
}

// open opens a file. A record that cannot be read is left out, and counted.
func open(path string) (dataset.Dataset, error) {
	csv := kdd.CSV(path)
	csv.OnError = dataset.Drop
	return dataset.OpenCSV(csv)
}

// countNormal counts the rows of ds, and those that are no attack.
func countNormal(ctx context.Context, ds dataset.Dataset) (rows, normal int64, err error) {
	for c, err := range fold.Chunks(ctx, ds) {
		if err != nil {
			return 0, 0, err
		}
		flags, err := dataset.Get[dataset.Ints](c, kdd.Anomaly)
		if err != nil {
			return 0, 0, err
		}
		for _, flag := range flags.Values {
			rows++
			normal += 1 - flag
		}
	}
	return rows, normal, nil
}
