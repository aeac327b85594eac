package main

import (
	"context"
	"errors"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/pipeline"
)

// metrics say how well a detector tells attacks from normal rows.
type metrics struct {
	auc       float64 // area under the ROC curve
	detection float64 // share of the attacks above 99 % of the normal rows
}

// measure scores a labelled dataset.
func measure(ctx context.Context, model pipeline.Transformer, ds dataset.Dataset) (metrics, error) {
	scored, err := pipeline.Apply(model, ds)
	if err != nil {
		return metrics{}, err
	}
	var normal, attacks []float64
	for c, err := range fold.Chunks(ctx, scored) {
		if err != nil {
			return metrics{}, err
		}
		scores, err := dataset.Get[dataset.Floats](c, scoreCol)
		if err != nil {
			return metrics{}, err
		}
		flags, err := dataset.Get[dataset.Ints](c, kdd.Anomaly)
		if err != nil {
			return metrics{}, err
		}
		for i, score := range scores {
			if flags.Values[i] == 0 {
				normal = append(normal, score)
			} else {
				attacks = append(attacks, score)
			}
		}
	}
	if len(normal) == 0 || len(attacks) == 0 {
		return metrics{}, errors.New("have rows of one class only, want normal ones and attacks")
	}
	slices.Sort(normal)
	slices.Sort(attacks)
	return metrics{areaUnderROC(normal, attacks), shareAbove(attacks, quantile(normal, .99))}, nil
}

// areaUnderROC is the chance that an attack scores above a normal row, where equal
// scores count one half (Mann and Whitney 1947). Both lists are sorted.
func areaUnderROC(normal, attacks []float64) float64 {
	below, same, wins := 0, 0, 0.
	for _, score := range attacks {
		for below+same < len(normal) && normal[below+same] <= score {
			same++
		}
		for same > 0 && normal[below] < score {
			below, same = below+1, same-1
		}
		wins += float64(below) + float64(same)/2
	}
	return wins / float64(len(normal)) / float64(len(attacks))
}

// quantile interpolates between the two values next to share q of a sorted list.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// shareAbove is the share of a sorted list that is above the threshold.
func shareAbove(sorted []float64, threshold float64) float64 {
	i, _ := slices.BinarySearch(sorted, threshold)
	for i < len(sorted) && sorted[i] == threshold {
		i++
	}
	return float64(len(sorted)-i) / float64(len(sorted))
}
