package millrace

// Every package that registers stages.
import (
	_ "github.com/millrace-ml/millrace/anomaly"
	_ "github.com/millrace-ml/millrace/estimator"
	_ "github.com/millrace-ml/millrace/feature"
	_ "github.com/millrace-ml/millrace/pipeline"
)
