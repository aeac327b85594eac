package feature

import (
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
)

// Handling says what a stage does with a row whose value it cannot use.
type Handling uint8

const (
	Error Handling = iota // fail, naming the row
	Skip                  // take the row out, with a reject that says why
	Keep                  // give the value a place of its own
)

var handlingNames = []string{"error", "skip", "keep"}

// String returns Spark's name.
func (h Handling) String() string { return check.Name(handlingNames, h) }

// MarshalText gives Spark's name, as saved models hold it.
func (h Handling) MarshalText() ([]byte, error) { return check.MarshalName(handlingNames, h) }

// UnmarshalText reads what MarshalText gives.
func (h *Handling) UnmarshalText(text []byte) (err error) {
	*h, err = check.ParseName[Handling](handlingNames, text)
	return err
}

// A fault is a value that a stage cannot use.
type fault struct {
	column string
	value  string // "" where it is missing
	reason string
}

func (f *fault) Error() string {
	if f.value == "" {
		return fmt.Sprintf("column %q: %s", f.column, f.reason)
	}
	return fmt.Sprintf("column %q: have %q, %s", f.column, f.value, f.reason)
}

// in adds the place of row i of a chunk.
func (f *fault) in(c dataset.Chunk, i int) error {
	o := c.Origin()
	if o.Source != "" {
		return fmt.Errorf("%s: part %d, row %d: %w", o.Source, o.Part, o.Row(i), f)
	}
	return fmt.Errorf("part %d, row %d: %w", o.Part, o.Row(i), f)
}

// reject is the fault of row i of a chunk as a reject, for Chunk.Drop or a step.
func (f *fault) reject(i int) dataset.Reject {
	return dataset.Reject{Row: int64(i), Offset: -1, Column: f.column, Value: f.value, Reason: f.reason}
}

// step is the fault as the error of a step that scores one row.
func (f *fault) step(h Handling) error {
	if h == Skip {
		r := f.reject(0)
		return &r
	}
	return f
}

// number returns a function that reads row 0 of a numeric column, whose value may
// change, and NaN where it is missing.
func number(col dataset.Column) func() float64 {
	switch col := col.(type) {
	case dataset.Floats:
		return func() float64 { return col[0] }
	case dataset.Ints:
		return func() float64 {
			if col.Absent.Has(0) {
				return math.NaN()
			}
			return float64(col.Values[0])
		}
	}
	return math.NaN
}

// renamed appends a suffix to each name: the default names of output columns.
func renamed(names []string, suffix string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name + suffix
	}
	return out
}
