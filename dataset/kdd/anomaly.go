package kdd

import "github.com/millrace-ml/millrace/dataset"

// WithAnomaly returns ds with the bool column is_anomaly added: whether the label
// is another than "normal.". It fails where ds has no text column label.
func WithAnomaly(ds dataset.Dataset) (dataset.Dataset, error) {
	return dataset.Flag(ds, Anomaly, Label, func(label string) bool { return label != normal })
}
