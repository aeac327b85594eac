package main

import (
	"context"
	"slices"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
)

// A work is a job that is measured.
type work struct {
	name     string
	parallel bool // measured with each number of workers, not with one only
	sklearn  bool // sklearn does it too
	model    bool // reads the model that prepare saves
	hidden   bool // not measured
	run      func(ctx context.Context, j job) (figures, error)
}

var works = slices.Concat(fitWorks, scoreWorks)

func workNames() []string {
	names := []string{"summary"}
	for _, w := range works {
		if !w.hidden {
			names = append(names, w.name)
		}
	}
	return names
}

// stages are the five of the main job: from the 41 columns to a score.
func stages(detector anomaly.PCAAnomaly) pipeline.Pipeline {
	var index, hot []string
	for _, name := range kdd.Categorical() {
		index, hot = append(index, name+"_index"), append(hot, name+"_vec")
	}
	return pipeline.New(
		feature.StringIndexer{InputCols: kdd.Categorical(), OutputCols: index, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: index, OutputCols: hot},
		feature.VectorAssembler{InputCols: append(kdd.Numeric(), hot...)},
		feature.StandardScaler{WithMean: true},
		detector,
	)
}

// open opens the data of a job, with is_anomaly.
func open(j job) (dataset.Dataset, error) {
	source, err := kdd.Open(j.Data)
	if err != nil {
		return nil, err
	}
	return kdd.WithAnomaly(source)
}
