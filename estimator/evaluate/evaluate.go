package evaluate

import (
	"context"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// An Evaluator gives one number for how good the predictions of a dataset are.
type Evaluator interface {
	// Evaluate reads all rows of ds, which has labels and predictions.
	Evaluate(ctx context.Context, ds dataset.Dataset) (float64, error)
	// LargerIsBetter says which of two results is the better one.
	LargerIsBetter() bool
}

// weights returns the named column, whose values must be finite and not negative.
// Without a name it returns nil: each row has weight 1.
func weights(c dataset.Chunk, name string) (dataset.Floats, error) {
	if name == "" {
		return nil, nil
	}
	w, err := dataset.Numbers(c, name)
	if err != nil {
		return nil, err
	}
	for i, x := range w {
		if !(x >= 0) || math.IsInf(x, 1) {
			return nil, wrong(c, i, name, x, "a finite weight of at least 0")
		}
	}
	return w, nil
}

// wrong says that a row has a value that cannot be evaluated.
func wrong(c dataset.Chunk, row int, column string, have float64, want string) error {
	what := fmt.Sprint(have)
	if math.IsNaN(have) {
		what = "a missing value"
	}
	at := c.Origin()
	return fmt.Errorf("part %d, row %d: column %q: have %s, want %s", at.Part, at.Row(row), column, what, want)
}
