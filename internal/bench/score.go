package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

var scoreWorks = []work{
	{name: "score_csv", parallel: true, sklearn: true, model: true, run: scoreCSV},
	{name: "transform", sklearn: true, model: true, run: transform},
	{name: "scorer_row", sklearn: true, model: true, run: scorerRow},
	{name: "load_model", sklearn: true, model: true, run: loadModel},
}

// scoreCSV writes id, score and prediction of each row.
func scoreCSV(ctx context.Context, j job) (figures, error) {
	debug.SetMemoryLimit(streamingMemory)
	model, err := persist.Load(j.Model)
	if err != nil {
		return figures{}, err
	}
	source, err := kdd.Open(j.Data)
	if err != nil {
		return figures{}, err
	}
	numbered, err := dataset.WithRowID(source, "id", "")
	if err != nil {
		return figures{}, err
	}
	scored, err := pipeline.Apply(model, numbered)
	if err != nil {
		return figures{}, err
	}
	if scored, err = dataset.Select(scored, "id", "anomaly_score", "prediction"); err != nil {
		return figures{}, err
	}
	out, err := os.Create(j.Model + ".csv")
	if err != nil {
		return figures{}, err
	}
	defer os.Remove(out.Name())
	rows, err := dataset.WriteCSV(out, scored.Schema(), fold.Chunks(ctx, scored), dataset.CSVWriter{})
	return figures{Rows: rows}, errors.Join(err, out.Close())
}

// loop calls do until enough CPU time has passed, and returns that time and the number
// of allocations for one call.
func loop(enough time.Duration, do func() error) (perCall time.Duration, allocs float64, err error) {
	if err := do(); err != nil {
		return 0, 0, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin, used, calls := cpuTime(), time.Duration(0), 0
	for used < enough {
		if err := do(); err != nil {
			return 0, 0, err
		}
		calls++
		used = cpuTime() - begin
	}
	runtime.ReadMemStats(&after)
	return used / time.Duration(calls), float64(after.Mallocs-before.Mallocs) / float64(calls), nil
}

// sample returns the first chunks of the data, in memory.
func sample(ctx context.Context, j job, chunks int) ([]dataset.Chunk, int, error) {
	source, err := kdd.Open(j.Data)
	if err != nil {
		return nil, 0, err
	}
	table, err := dataset.Collect(ctx, dataset.Head(source, chunks*dataset.ChunkRows))
	if err != nil {
		return nil, 0, err
	}
	var out []dataset.Chunk
	for c := range dataset.Chunks(ctx, table) {
		out = append(out, c)
	}
	return out, table.Rows(), nil
}

// transform passes chunks through all five stages.
func transform(ctx context.Context, j job) (figures, error) {
	model, err := persist.Load(j.Model)
	if err != nil {
		return figures{}, err
	}
	chunks, rows, err := sample(ctx, j, 32)
	if err != nil {
		return figures{}, err
	}
	took, allocs, err := loop(j.Enough, func() error {
		for _, c := range chunks {
			out, err := model.Transform(c)
			if err != nil {
				return err
			}
			if _, err := dataset.Get[dataset.Floats](out, "anomaly_score"); err != nil {
				return err
			}
		}
		return nil
	})
	return figures{Rows: int64(rows), RowsPerS: float64(rows) / took.Seconds(), Allocs: allocs / float64(rows)}, err
}

// scorerRow sets the 41 features of one row after the other, and scores each.
func scorerRow(ctx context.Context, j job) (figures, error) {
	model, err := persist.Load(j.Model)
	if err != nil {
		return figures{}, err
	}
	chunks, rows, err := sample(ctx, j, 1)
	if err != nil || rows == 0 {
		return figures{}, errors.Join(err, errors.New("have no rows"))
	}
	features, err := chunks[0].Select(append(kdd.Numeric(), kdd.Categorical()...)...)
	if err != nil {
		return figures{}, err
	}
	scorer, err := pipeline.NewScorer(model, features.Schema())
	if err != nil {
		return figures{}, err
	}
	row, numbers, texts := scorer.Row(), len(kdd.Numeric()), len(kdd.Categorical())
	x, s := rowMajor(features)
	took, allocs, err := loop(j.Enough, func() error {
		for i := range rows {
			for k, v := range x[i*numbers : (i+1)*numbers] {
				row.SetFloat(k, v)
			}
			for k, v := range s[i*texts : (i+1)*texts] {
				row.SetString(numbers+k, v)
			}
			if err := row.Score(); err != nil {
				return err
			}
		}
		return nil
	})
	n := float64(rows)
	return figures{Rows: int64(rows), NsPerRow: float64(took.Nanoseconds()) / n, Allocs: allocs / n}, err
}

// rowMajor returns the numbers and the texts of a chunk, row after row.
func rowMajor(c dataset.Chunk) (numbers []float64, texts []string) {
	for i := range c.Rows() {
		for k := range c.Schema().Fields {
			switch col := c.Column(k).(type) {
			case dataset.Floats:
				numbers = append(numbers, col[i])
			case dataset.Strings:
				texts = append(texts, col.At(i))
			}
		}
	}
	return numbers, texts
}

// loadModel loads the model file again and again.
func loadModel(_ context.Context, j job) (figures, error) {
	took, _, err := loop(j.Enough, func() error {
		_, err := persist.Load(j.Model)
		return err
	})
	return figures{Rows: 1, MsPerLoad: float64(took.Microseconds()) / 1000}, err
}
