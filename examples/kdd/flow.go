package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// flow is the command without a name: read, split, fit, evaluate, save, load, score.
func flow(f *flag.FlagSet) func(context.Context, io.Writer) error {
	data := f.String("data", "", "directory of the real files; default made-up data")
	rows := f.Int("rows", madeUpRows, "rows of made-up data to learn from and test on")
	asJSON := f.Bool("json", false, "print the summary as one JSON object at the end")
	return func(ctx context.Context, out io.Writer) error {
		if *rows < 1 {
			return usageError{fmt.Errorf("-rows is %d, want at least 1", *rows)}
		}
		r := newReport(out, *asJSON)
		if err := runFlow(ctx, r, *data, *rows); err != nil {
			return err
		}
		return r.finish()
	}
}

func runFlow(ctx context.Context, r *report, dir string, rows int) error {
	training, later, err := files(dir, rows)
	if err != nil {
		return err
	}
	all, err := labelled(training)
	if err != nil {
		return err
	}
	defer all.Close()
	corrected, err := labelled(later)
	if err != nil {
		return err
	}
	defer corrected.Close()

	pieces, err := dataset.Split(all, splitSeed, splitWeights...)
	if err != nil {
		return err
	}
	train, test := pieces[0], pieces[1]
	if err := readAll(ctx, r, all, train, test, corrected); err != nil {
		return err
	}

	// The stages up to the detector are fitted once, and used by all three.
	prepared, err := fitFeatures(ctx, r, train)
	if err != nil {
		return err
	}
	var model pipeline.Transformer
	for _, d := range []struct {
		name     string
		detector anomaly.PCAAnomaly
		result   *detectorResult
	}{
		{"compat", compat(), &r.summary.Compat},
		{"default", detector(), &r.summary.Default},
		{"calibrated", calibrated(), &r.summary.Calibrated},
	} {
		if model, err = fitDetector(ctx, r, d.name, prepared, d.detector, train); err != nil {
			return err
		}
		if *d.result, err = evaluateOn(ctx, r, d.name, model, test, corrected); err != nil {
			return err
		}
	}
	return saveAndScore(ctx, r, model, train.Schema(), test)
}

// readAll reads every row once, and counts.
func readAll(ctx context.Context, r *report, all *dataset.Cached, train, test dataset.Dataset, corrected *dataset.Cached) error {
	defer r.timed("read")()
	s := &r.summary
	var err error
	if s.Rows, s.Normal, err = countNormal(ctx, all); err != nil {
		return err
	}
	if s.CorrectedRows, _, err = countNormal(ctx, corrected); err != nil {
		return err
	}
	if s.Train, _, err = countNormal(ctx, train); err != nil {
		return err
	}
	if s.Test, _, err = countNormal(ctx, test); err != nil {
		return err
	}
	tally, err := dataset.Count(ctx, all)
	if err != nil {
		return err
	}
	s.Rejected = tally.Rejected
	r.printf("read       %d rows, %d normal, %d rejected; %d to learn from, %d held out; %d of the later file\n",
		s.Rows, s.Normal, s.Rejected, s.Train, s.Test, s.CorrectedRows)
	return nil
}

func fitFeatures(ctx context.Context, r *report, train dataset.Dataset) (pipeline.Transformer, error) {
	defer r.timed("fit_features")()
	prepared, err := pipeline.Fit(ctx, pipeline.New(features()...), train)
	if err != nil {
		return nil, err
	}
	schema, err := prepared.Schema(train.Schema())
	if err != nil {
		return nil, err
	}
	vector, _ := schema.Lookup("features")
	r.printf("features   %d columns become a vector of %d numbers\n", len(kdd.Numeric())+len(kdd.Categorical()), vector.Size)
	return prepared, nil
}

// fitDetector returns the whole model: the stages before the detector, and it.
func fitDetector(ctx context.Context, r *report, name string, prepared pipeline.Transformer, d anomaly.PCAAnomaly, train dataset.Dataset) (pipeline.Transformer, error) {
	defer r.timed("fit_" + name)()
	ready, err := pipeline.Apply(prepared, train)
	if err != nil {
		return nil, err
	}
	fitted, err := pipeline.Fit(ctx, d, ready)
	if err != nil {
		return nil, err
	}
	return &pipeline.Model{Stages: []pipeline.Transformer{prepared, fitted}}, nil
}

// evaluateOn measures a model on the rows held out, and on the later file.
func evaluateOn(ctx context.Context, r *report, name string, model pipeline.Transformer, test, corrected dataset.Dataset) (detectorResult, error) {
	defer r.timed("evaluate_" + name)()
	holdout, err := measure(ctx, model, test)
	if err != nil {
		return detectorResult{}, fmt.Errorf("hold-out: %w", err)
	}
	afterwards, err := measure(ctx, model, corrected)
	if err != nil {
		return detectorResult{}, fmt.Errorf("corrected: %w", err)
	}
	r.printf("%-10s area under ROC %.4f held out, %.4f later; finds %.1f %% of the later attacks at 1 %% false alarms\n",
		name, holdout.AreaUnderROC(), afterwards.AreaUnderROC(), 100*afterwards.detection())
	return detectorResult{AUCHoldout: holdout.AreaUnderROC(), AUCCorrected: afterwards.AreaUnderROC(), Detection: afterwards.detection()}, nil
}

// saveAndScore saves the model, loads it, and scores with what was loaded.
func saveAndScore(ctx context.Context, r *report, model pipeline.Transformer, in dataset.Schema, test dataset.Dataset) error {
	dir, err := os.MkdirTemp("", "millrace-kdd-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	loaded, err := saveAndLoad(r, filepath.Join(dir, "kdd.millrace"), model, in)
	if err != nil {
		return err
	}
	top, err := scoreAgain(ctx, r, model, loaded, test)
	if err != nil {
		return err
	}
	if err := scoreOneRow(r, loaded, top); err != nil {
		return err
	}
	return explain(r, loaded, top)
}

func saveAndLoad(r *report, path string, model pipeline.Transformer, in dataset.Schema) (pipeline.Transformer, error) {
	defer r.timed("save_load")()
	if err := persist.Save(path, model, persist.Card{Input: in, Rows: r.summary.Train}); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	r.printf("saved      %d bytes\n", info.Size())
	return persist.Load(path)
}

// scoreAgain scores the same rows with both models, which must agree to the last bit,
// and returns the row with the highest score, scored.
func scoreAgain(ctx context.Context, r *report, model, loaded pipeline.Transformer, test dataset.Dataset) (top dataset.Chunk, err error) {
	defer r.timed("score_again")()
	highest, rows := math.Inf(-1), 0
	for c, err := range fold.Chunks(ctx, test) {
		if err != nil {
			return top, err
		}
		before, err := model.Transform(c)
		if err != nil {
			return top, err
		}
		after, err := loaded.Transform(c)
		if err != nil {
			return top, err
		}
		a, err := dataset.Get[dataset.Floats](before, scoreCol)
		if err != nil {
			return top, err
		}
		b, err := dataset.Get[dataset.Floats](after, scoreCol)
		if err != nil {
			return top, err
		}
		for i := range a {
			if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
				return top, fmt.Errorf("row %d of part %d: have score %v after loading, want %v", c.Origin().Row(i), c.Origin().Part, b[i], a[i])
			}
			if b[i] > highest {
				highest, top = b[i], after.Slice(i, i+1)
			}
		}
		rows += len(a)
	}
	r.printf("loaded     the same bits for all %d rows held out\n", rows)
	return top, nil
}

// scoreOneRow scores the row as a service would that gets one at a time.
func scoreOneRow(r *report, model pipeline.Transformer, c dataset.Chunk) error {
	scorer, err := pipeline.NewScorer(model, kdd.Schema())
	if err != nil {
		return err
	}
	row := scorer.Row()
	for i, field := range kdd.Schema().Fields {
		switch col := c.Column(c.Schema().Index(field.Name)).(type) {
		case dataset.Floats:
			row.SetFloat(i, col[0])
		case dataset.Strings:
			row.SetString(i, col.At(0))
		}
	}
	if err := row.Score(); err != nil {
		return err
	}
	r.printf("one row    %s score %.2f, prediction %v\n", row.String(scorer.Index(kdd.Label)),
		row.Float(scorer.Index(scoreCol)), row.Float(scorer.Index(predictionCol)))
	return nil
}

// explain says which columns the score of the row comes from.
func explain(r *report, model pipeline.Transformer, c dataset.Chunk) error {
	d, ok := pipeline.Find[*anomaly.PCAAnomalyModel](model)
	if !ok {
		return fmt.Errorf("the model has no detector")
	}
	e, err := d.Explain(c)
	if err != nil {
		return err
	}
	scores, err := dataset.Get[dataset.Floats](c, scoreCol)
	if err != nil {
		return err
	}
	r.printf("because    ")
	for k, part := range largest(e, 0, 4) {
		if k > 0 {
			r.printf(", ")
		}
		r.printf("%s %.0f %%", part.column, 100*part.share/scores[0])
	}
	r.printf("\n")
	return nil
}
