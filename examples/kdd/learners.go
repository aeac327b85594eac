package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/estimator/evaluate"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// classCol is the number of the label, by frequency in the rows to learn from.
const classCol = "label_index"

// A learner is one of the original's three models with labels.
type learner struct {
	name  string
	label string // column that it learns
	est   pipeline.Estimator
}

// learners learn whether a row is an attack, or which of the labels it has.
var learners = []learner{
	{"gbt", kdd.Anomaly, estimator.GBTClassifier{FeaturesCol: "features_scaled", LabelCol: kdd.Anomaly, MaxIter: 10}},
	{"forest", classCol, estimator.RandomForestClassifier{FeaturesCol: "features_scaled", LabelCol: classCol, NumTrees: 10, Seed: 123}},
	{"logistic", classCol, estimator.LogisticRegression{FeaturesCol: "features_scaled", LabelCol: classCol, RegParam: 0.01, ElasticNetParam: 0.1}},
}

// A learned is how well a learner does, for programs.
type learned struct {
	Accuracy          float64  `json:"accuracy"`
	AccuracyCorrected float64  `json:"accuracy_corrected"`
	AUC               *float64 `json:"auc,omitempty"` // of learners of is_anomaly
	AUCCorrected      *float64 `json:"auc_corrected,omitempty"`
}

// trainLearners fits the named learner, or all, on four fifths of the rows; measures it
// on the others and on the later file; and saves it, loads it and scores again.
func trainLearners(ctx context.Context, out io.Writer, name, dir, path string, rows int, asJSON bool) error {
	training, later, err := files(dir, rows)
	if err != nil {
		return err
	}
	labels, train, test, corrected, err := classes(ctx, training, later)
	if err != nil {
		return err
	}
	results := map[string]learned{}
	for _, l := range learners {
		if name != "all" && name != l.name {
			continue
		}
		model, err := l.fit(ctx, train, labels)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		r, err := l.measure(ctx, model, test, corrected)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		to := path
		if name == "all" {
			to = filepath.Join(filepath.Dir(path), l.name+"-"+filepath.Base(path))
		}
		size, err := saveAndCompare(ctx, to, model, train.Schema(), test)
		if err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
		results[l.name] = r
		fmt.Fprintf(out, "%-9s accuracy %.5f held out, %.5f later", l.name, r.Accuracy, r.AccuracyCorrected)
		if r.AUC != nil {
			fmt.Fprintf(out, "; area under ROC %.6f, %.6f", *r.AUC, *r.AUCCorrected)
		}
		fmt.Fprintf(out, "; %d bytes in %s, the same bits after loading\n", size, to)
	}
	if !asJSON {
		return nil
	}
	return json.NewEncoder(out).Encode(results)
}

// classes numbers the labels, and keeps all rows in memory.
func classes(ctx context.Context, training, later dataset.Dataset) (labels []string, train, test, corrected dataset.Dataset, err error) {
	all, err := labelled(training)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	corrected, err = labelled(later)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	pieces, err := dataset.Split(all, splitSeed, splitWeights...)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	indexer := feature.StringIndexer{InputCols: []string{kdd.Label}, OutputCols: []string{classCol}, HandleInvalid: feature.Keep}
	numbers, err := pipeline.Fit(ctx, indexer, pieces[0])
	if err != nil {
		return nil, nil, nil, nil, err
	}
	out := []dataset.Dataset{pieces[0], pieces[1], corrected}
	for k := range out {
		if out[k], err = pipeline.Apply(numbers, out[k]); err != nil {
			return nil, nil, nil, nil, err
		}
	}
	labels = append(slices.Clone(numbers.(*feature.StringIndexerModel).Labels[0]), feature.Unknown)
	return labels, out[0], out[1], out[2], nil
}

// fit returns the whole model. One that learns labels gives the label in text too.
func (l learner) fit(ctx context.Context, train dataset.Dataset, labels []string) (pipeline.Transformer, error) {
	stages := append(features(), l.est)
	if l.label == classCol {
		stages = append(stages, feature.IndexToString{InputCol: predictionCol, OutputCol: "predicted_label", Labels: labels})
	}
	return pipeline.Fit(ctx, pipeline.New(stages...), train)
}

func (l learner) measure(ctx context.Context, model pipeline.Transformer, test, corrected dataset.Dataset) (r learned, err error) {
	for _, on := range []struct {
		ds       dataset.Dataset
		accuracy *float64
		auc      **float64
	}{{test, &r.Accuracy, &r.AUC}, {corrected, &r.AccuracyCorrected, &r.AUCCorrected}} {
		scored, err := pipeline.Apply(model, on.ds)
		if err != nil {
			return r, err
		}
		if *on.accuracy, err = (evaluate.Multiclass{LabelCol: l.label, Metric: evaluate.Accuracy}).Evaluate(ctx, scored); err != nil {
			return r, err
		}
		if l.label != kdd.Anomaly {
			continue
		}
		area, err := evaluate.Binary{LabelCol: l.label}.Evaluate(ctx, scored)
		if err != nil {
			return r, err
		}
		*on.auc = &area
	}
	return r, nil
}

// saveAndCompare saves the model, and fails unless the one that is loaded again gives the
// same bits.
func saveAndCompare(ctx context.Context, path string, model pipeline.Transformer, in dataset.Schema, test dataset.Dataset) (size int64, err error) {
	if err := persist.Save(path, model, persist.Card{Input: in}); err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	loaded, err := persist.Load(path)
	if err != nil {
		return 0, err
	}
	for c, err := range fold.Chunks(ctx, test) {
		if err != nil {
			return 0, err
		}
		before, err := chances(model, c)
		if err != nil {
			return 0, err
		}
		after, err := chances(loaded, c)
		if err != nil {
			return 0, err
		}
		for i, x := range before {
			if math.Float64bits(x) != math.Float64bits(after[i]) {
				return 0, fmt.Errorf("have a chance of %v after loading, want %v", after[i], x)
			}
		}
	}
	return info.Size(), nil
}

// chances returns the probabilities of all rows.
func chances(model pipeline.Transformer, c dataset.Chunk) ([]float64, error) {
	scored, err := model.Transform(c)
	if err != nil {
		return nil, err
	}
	v, err := dataset.Get[*dataset.Vectors](scored, "probability")
	if err != nil {
		return nil, err
	}
	out := make([]float64, v.Len()*v.Dim())
	for i := range v.Len() {
		v.Row(i, out[i*v.Dim():(i+1)*v.Dim()])
	}
	return out, nil
}
