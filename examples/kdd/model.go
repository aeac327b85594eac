package main

import (
	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
)

// scoreCol and predictionCol are the columns that a detector adds.
const (
	scoreCol      = "anomaly_score"
	predictionCol = "prediction"
)

// falseAlarms is the share of normal rows that a saved model may call attacks, and at
// which detection is measured.
const falseAlarms = 0.01

// features turns the 41 columns into one vector, "features", and a scaled one,
// "features_scaled": the numbers in the order of the file, then the three categories,
// one-hot. A category that was not seen while fitting is all zeros.
func features() []pipeline.Stage {
	var index, hot []string
	for _, name := range kdd.Categorical() {
		index = append(index, name+"_index")
		hot = append(hot, name+"_vec")
	}
	return []pipeline.Stage{
		feature.StringIndexer{InputCols: kdd.Categorical(), OutputCols: index, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: index, OutputCols: hot},
		feature.VectorAssembler{InputCols: append(kdd.Numeric(), hot...), OutputCol: "features"},
		feature.StandardScaler{InputCol: "features", OutputCol: "features_scaled", WithMean: true},
	}
}

// detector is the corrected one. It scales by the normal rows itself, so it reads the
// vector as it was assembled.
func detector() anomaly.PCAAnomaly {
	return anomaly.PCAAnomaly{InputCol: "features", LabelCol: kdd.Anomaly, OutputCol: scoreCol}
}

// calibrated is the detector with a threshold, and so a prediction: it is learned from
// four fifths of the normal rows, and the others set the threshold.
func calibrated() anomaly.PCAAnomaly {
	d := detector()
	d.FalseAlarmRate, d.PredictionCol = falseAlarms, predictionCol
	return d
}

// compat is the detector of the original notebooks, which is worse than a coin: it
// reads features that were scaled by all rows, and most of these are one attack.
func compat() anomaly.PCAAnomaly {
	d := detector()
	d.InputCol, d.Compat = "features_scaled", anomaly.SparkNotebook
	return d
}
