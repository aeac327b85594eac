package anomaly_test

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline/pipelinetest"
)

// conformRows are 60 rows of 4, every fifth not normal and one without a label.
func conformRows(t *testing.T) *dataset.Table {
	labels := make([]float64, 60)
	for i := range labels {
		if i%5 == 2 {
			labels[i] = 1
		}
	}
	labels[7] = nan
	return labelled(t, 4, gaussian(rand.New(rand.NewPCG(4, 4)), 60, 4), labels)
}

func TestPCAAnomalyConforms(t *testing.T) {
	pipelinetest.Estimator(t, anomaly.PCAAnomaly{LabelCol: "label"}, conformRows(t))
}

func TestSparkNotebookConforms(t *testing.T) {
	p := anomaly.PCAAnomaly{LabelCol: "label", Compat: anomaly.SparkNotebook, RawScoreCol: "nonnorm_anomaly_score", ProjectionCol: "pca_features"}
	pipelinetest.Estimator(t, p, conformRows(t))
}

func TestFalseAlarmRateConforms(t *testing.T) {
	p := anomaly.PCAAnomaly{VarianceShare: .8, Clip: new(0.0), Floor: new(0.0), FalseAlarmRate: .2, CalibrationShare: .3, ProjectionCol: "pca_features"}
	pipelinetest.Estimator(t, p, conformRows(t))
}
