package main

import (
	"context"
	"runtime/debug"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

var fitWorks = []work{
	{name: "fit_cached", parallel: true, sklearn: true, run: fitCached},
	{name: "fit_streaming", parallel: true, run: fitStreaming},
	{name: "prepare", hidden: true, run: prepareModel},
}

// fitCached keeps the columns in memory.
func fitCached(ctx context.Context, j job) (figures, error) {
	return fit(ctx, j, dataset.CacheOptions{}, anomaly.PCAAnomaly{LabelCol: kdd.Anomaly})
}

// prepareModel fits the model that others read, with a threshold.
func prepareModel(ctx context.Context, j job) (figures, error) {
	return fit(ctx, j, dataset.CacheOptions{}, anomaly.PCAAnomaly{LabelCol: kdd.Anomaly, FalseAlarmRate: .01})
}

// streamingCache is how much of the columns fit_streaming keeps in memory, and
// streamingMemory what the collector may use in all, below the bar of 256 MiB.
const (
	streamingCache  = 64 << 20
	streamingMemory = 200 << 20
)

// fitStreaming keeps a part of the columns in memory and the rest in a file.
func fitStreaming(ctx context.Context, j job) (figures, error) {
	debug.SetMemoryLimit(streamingMemory)
	return fit(ctx, j, dataset.CacheOptions{Memory: streamingCache}, anomaly.PCAAnomaly{LabelCol: kdd.Anomaly})
}

func fit(ctx context.Context, j job, o dataset.CacheOptions, detector anomaly.PCAAnomaly) (figures, error) {
	source, err := open(j)
	if err != nil {
		return figures{}, err
	}
	ds := dataset.Cache(source, o)
	defer ds.Close()
	model, err := pipeline.Fit(ctx, stages(detector), ds)
	if err != nil {
		return figures{}, err
	}
	rows, _ := ds.Size()
	return figures{Rows: rows}, persist.Save(j.Model, model, persist.Card{Input: ds.Schema(), Rows: rows})
}
