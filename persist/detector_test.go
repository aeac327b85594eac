package persist_test

import (
	"testing"

	_ "github.com/millrace-ml/millrace" // the files of testdata/saved hold stages of the whole library

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/internal/attack"
	"github.com/millrace-ml/millrace/pipeline"
)

// detector fits a pipeline of all stages of feature and anomaly, and returns rows to
// score with it.
func detector(t testing.TB) (pipeline.Transformer, dataset.Chunk) {
	t.Helper()
	ds, err := kdd.WithAnomaly(kdd.Generate(3_000, 1))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"protocol_type", "flag"}
	indices := []string{"protocol_index", "flag_index"}
	model, err := pipeline.Fit(t.Context(), pipeline.New(
		feature.StringIndexer{InputCols: texts, OutputCols: indices, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: indices, OutputCols: []string{"protocol_vec", "flag_vec"}},
		feature.VectorAssembler{InputCols: append(kdd.Numeric()[:9:9], "protocol_vec", "flag_vec"), HandleInvalid: feature.Keep},
		feature.StandardScaler{WithMean: true},
		anomaly.PCAAnomaly{InputCol: "features_scaled", LabelCol: kdd.Anomaly, FalseAlarmRate: .05},
		feature.IndexToString{InputCol: "flag_index", OutputCol: "flag_again"},
	), ds)
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range dataset.Chunks(t.Context(), ds) {
		if err != nil {
			t.Fatal(err)
		}
		return model, c.Slice(0, 12)
	}
	t.Fatal("have no rows")
	return nil, dataset.Chunk{}
}

func TestMutantsOfDetector(t *testing.T) {
	mutants := 4_000
	if testing.Short() {
		mutants = 1_000
	}
	model, rows := detector(t)
	loaded := attack.Load(t, encode(t, model), mutants, func(m pipeline.Transformer) {
		if _, err := m.Schema(rows.Schema()); err != nil {
			return
		}
		m.Transform(rows)
		scorer, err := pipeline.NewScorer(m, rows.Schema())
		if err != nil {
			return
		}
		scorer.Row().Score()
	})
	if loaded < mutants/50 {
		t.Errorf("%d of %d mutants load, want enough to attack what lies behind the decoder", loaded, mutants)
	}
	t.Logf("%d of %d mutants load", loaded, mutants)
}
