package estimator

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// targetCols are the columns that a learner learns from.
type targetCols struct{ Features, Label, Weight string }

// want checks that they are there.
func (c targetCols) want(in dataset.Schema) error {
	_, errFeatures := in.Want(c.Features, dataset.Vector)
	_, errLabel := in.Want(c.Label, dataset.Numeric...)
	var errWeight error
	if c.Weight != "" {
		_, errWeight = in.Want(c.Weight, dataset.Numeric...)
	}
	return errors.Join(errFeatures, errLabel, errWeight)
}

// maxClasses is how many classes there may be where the label's column does not say,
// as Spark has it.
const maxClasses = 100

// classes checks the labels and the weights, and returns the number of classes: those
// that the label's column names, else the largest label and one more.
func (c targetCols) classes(ctx context.Context, ds dataset.Dataset) (int, error) {
	f, err := ds.Schema().Want(c.Label, dataset.Numeric...)
	if err != nil {
		return 0, err
	}
	a := targets{Cols: c, Below: maxClasses}
	switch {
	case f.Attr.Scale == dataset.Nominal && f.Attr.Levels > 0:
		a.Below = f.Attr.Levels
	case f.Attr.Scale == dataset.Binary:
		a.Below = 2
	}
	s, err := a.run(ctx, ds)
	if err != nil {
		return 0, err
	}
	if a.Below != maxClasses || f.Attr.Levels == maxClasses {
		return a.Below, nil
	}
	return int(s.Largest) + 1, nil
}

// check checks the labels, which may be any finite numbers, and the weights.
func (c targetCols) check(ctx context.Context, ds dataset.Dataset) error {
	_, err := targets{Cols: c}.run(ctx, ds)
	return err
}

// targets folds labels and weights into what is to be known of them, and fails on the
// first that cannot be learned from.
type targets struct {
	Cols  targetCols
	Below int // labels are whole numbers from 0 to one less; 0 = any finite number
}

type targetState struct {
	Rows    int64
	Largest float64 // label
	Weight  float64
}

func (a targets) run(ctx context.Context, ds dataset.Dataset) (*targetState, error) {
	s, err := fold.Run(ctx, ds, a)
	switch {
	case err != nil:
	case s.Rows == 0:
		err = fmt.Errorf("column %q: have 0 rows, want at least 1", a.Cols.Label)
	case s.Weight == 0:
		err = fmt.Errorf("column %q: all weights are 0, want one above 0", a.Cols.Weight)
	case math.IsInf(s.Weight, 0):
		err = fmt.Errorf("column %q: the weights add up to infinity", a.Cols.Weight)
	}
	return s, err
}

func (targets) Zero() *targetState { return new(targetState) }

func (a targets) Add(s *targetState, c dataset.Chunk) (*targetState, error) {
	labels, err := dataset.Numbers(c, a.Cols.Label)
	if err != nil {
		return s, err
	}
	for i, y := range labels {
		switch {
		case math.IsNaN(y):
			return s, a.blame(c, i, a.Cols.Label, "label is missing")
		case math.IsInf(y, 0):
			return s, a.blame(c, i, a.Cols.Label, fmt.Sprintf("have label %v, want a finite number", y))
		case a.Below > 0 && !(y >= 0 && y < float64(a.Below) && y == math.Trunc(y)):
			return s, a.blame(c, i, a.Cols.Label, fmt.Sprintf("have label %v, want a whole number from 0 to %d", y, a.Below-1))
		}
		s.Largest = max(s.Largest, y)
	}
	s.Rows += int64(len(labels))
	if a.Cols.Weight == "" {
		s.Weight += float64(len(labels))
		return s, nil
	}
	weights, err := dataset.Numbers(c, a.Cols.Weight)
	if err != nil {
		return s, err
	}
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return s, a.blame(c, i, a.Cols.Weight, fmt.Sprintf("have weight %v, want a finite number of at least 0", w))
		}
		s.Weight += w
	}
	return s, nil
}

func (targets) blame(c dataset.Chunk, i int, col, fact string) error {
	o := c.Origin()
	return fmt.Errorf("column %q: part %d, row %d: %s", col, o.Part, o.Row(i), fact)
}

func (targets) Merge(a, b *targetState) (*targetState, error) {
	a.Rows += b.Rows
	a.Weight += b.Weight
	a.Largest = max(a.Largest, b.Largest)
	return a, nil
}

// vectors returns the vectors to learn from or to score.
func vectors(c dataset.Chunk, col string, dim int) (*dataset.Vectors, error) {
	v, err := dataset.Get[*dataset.Vectors](c, col)
	if err == nil && v.Dim() != dim {
		err = &dataset.ColumnError{Column: col, Have: dataset.Vector,
			Fact: fmt.Sprintf("have vectors of size %d", v.Dim()), Want: fmt.Sprintf("size %d", dim)}
	}
	return v, err
}

// classCols are the columns that a classifier adds.
type classCols struct {
	Raw, Probability, Prediction, Leaf string
	Forest                             bool // there are several trees: Leaf is a vector
	Classes                            int  // 0 = not known
}

// fields describes them.
func (c classCols) fields() []dataset.Field {
	attr := dataset.Attr{Scale: dataset.Nominal, Levels: c.Classes}
	out := []dataset.Field{
		{Name: c.Raw, Type: dataset.Vector, Size: c.Classes},
		{Name: c.Probability, Type: dataset.Vector, Size: c.Classes},
		{Name: c.Prediction, Type: dataset.Float, Attr: attr},
	}
	return append(out, leafFields(c.Leaf, c.Forest)...)
}

// checkThresholds wants numbers of at least 0, at most one of them 0.
func checkThresholds(t []float64) error {
	zeros, sum := 0, 0.0
	for _, x := range t {
		if !(x >= 0) || math.IsInf(x, 0) {
			return fmt.Errorf("have Thresholds %v, want finite numbers of at least 0", t)
		}
		if x == 0 {
			zeros++
		}
		sum += x
	}
	if len(t) > 0 && (zeros > 1 || sum == 0) {
		return fmt.Errorf("have Thresholds %v, want at most one 0 and a sum above 0", t)
	}
	return nil
}

// decide returns the class whose score is largest, and with thresholds the one whose
// probability is largest against its threshold; of equal ones the first.
func decide(raw, probability, thresholds []float64) float64 {
	best, at := math.Inf(-1), 0
	for k := range raw {
		x := raw[k]
		if thresholds != nil {
			x = probability[k] / thresholds[k]
		}
		if x > best {
			best, at = x, k
		}
	}
	return float64(at)
}

// normalized sets probability to raw divided by its sum; equal shares where that is 0.
func normalized(raw, probability []float64) {
	sum := 0.0
	for _, x := range raw {
		sum += x
	}
	for k, x := range raw {
		if probability[k] = x / sum; sum == 0 {
			probability[k] = 1 / float64(len(raw))
		}
	}
}
