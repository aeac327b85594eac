package anomaly

import (
	"context"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// Rescale adds the column out, the column in mapped to [0, 1] by its smallest and
// largest value in this dataset:
//
//	out = (in - min) / (max - min)      0 where max = min
//
// Missing values stay missing and take no part. It is what the Spark notebooks do to
// every table that they score. The ranks stay as they are, but a row's number depends
// on the other rows, so it compares with no other table, and no stream can have it.
//
// It reads ds once for the two values; the column is computed as the result is read.
func Rescale(ctx context.Context, ds dataset.Dataset, in, out string) (dataset.Dataset, error) {
	if _, err := ds.Schema().Want(in, dataset.Numeric...); err != nil {
		return nil, err
	}
	field := dataset.Field{Name: out, Type: dataset.Float, Attr: dataset.Attr{Scale: dataset.Continuous}}
	schema, err := ds.Schema().With(field)
	if err != nil {
		return nil, err
	}
	r, err := fold.Run(ctx, ds, extent{in})
	if err != nil {
		return nil, err
	}
	return dataset.Map(ds, schema, func(c dataset.Chunk) (dataset.Chunk, error) {
		x, err := dataset.Numbers(c, in)
		if err != nil {
			return c, err
		}
		y := make(dataset.Floats, len(x))
		for i, v := range x {
			y[i] = r.rescaled(v)
		}
		return c.With(field, y)
	}), nil
}

// span is the smallest and the largest value.
type span struct{ Min, Max float64 }

func (r span) rescaled(x float64) float64 {
	if r.Min == r.Max && !math.IsNaN(x) {
		return 0
	}
	return (x - r.Min) / (r.Max - r.Min)
}

// extent folds a column into its span.
type extent struct{ Col string }

func (extent) Zero() span { return span{math.Inf(1), math.Inf(-1)} }

func (a extent) Add(s span, c dataset.Chunk) (span, error) {
	x, err := dataset.Numbers(c, a.Col)
	for _, v := range x {
		if !math.IsNaN(v) {
			s = span{min(s.Min, v), max(s.Max, v)}
		}
	}
	return s, err
}

func (extent) Merge(a, b span) (span, error) {
	return span{min(a.Min, b.Min), max(a.Max, b.Max)}, nil
}
