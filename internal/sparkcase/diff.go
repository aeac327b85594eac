package sparkcase

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
)

// Tolerance says how far a number may be from Spark's.
type Tolerance struct {
	Absolute, Relative float64 // the larger of the two counts; both 0 = the same bits
	ZeroSign           bool    // 0 and -0 are taken as the same
}

// Near reports whether have is as close to want as the tolerance says. NaN is
// near NaN.
func (tol Tolerance) Near(want, have float64) bool {
	switch {
	case math.IsNaN(want) || math.IsNaN(have):
		return math.IsNaN(want) && math.IsNaN(have)
	case math.Float64bits(want) == math.Float64bits(have):
		return true
	case want == 0 && have == 0:
		return tol.ZeroSign || tol.Absolute > 0
	}
	return math.Abs(want-have) <= max(tol.Absolute, tol.Relative*math.Abs(want))
}

// Check reads ds and compares the rows and the columns that the stage adds with
// Spark's. Missing stands for null; vectors are compared by value, not by form.
func (c Case) Check(t testing.TB, ds dataset.Dataset, tol Tolerance) {
	t.Helper()
	if err := c.check(t.Context(), ds, tol); err != nil {
		t.Error(err)
	}
}

func (c Case) check(ctx context.Context, ds dataset.Dataset, tol Tolerance) error {
	n := 0
	for chunk, err := range dataset.Chunks(ctx, ds) {
		if err != nil {
			return err
		}
		for i := range chunk.Rows() {
			if n >= len(c.Expected) {
				return fmt.Errorf("have more than %d rows", n)
			}
			want := c.Expected[n]
			if row := int(chunk.Origin().Row(i)); row != want.Row {
				return fmt.Errorf("output row %d comes from input row %d, want %d", n, row, want.Row)
			}
			for _, col := range c.Added {
				if err := same(chunk, i, col.Name, want.Values[col.Name], tol); err != nil {
					return fmt.Errorf("row %d: column %q: %w", want.Row, col.Name, err)
				}
			}
			n++
		}
	}
	if n != len(c.Expected) {
		return fmt.Errorf("have %d rows, want %d", n, len(c.Expected))
	}
	return nil
}

func same(c dataset.Chunk, i int, name string, want any, tol Tolerance) error {
	k := c.Schema().Index(name)
	if k < 0 {
		return fmt.Errorf("is not there")
	}
	have := cell(c.Column(k), i)
	ok := false
	switch want := want.(type) {
	case nil, string:
		ok = want == have
	case float64:
		x, number := have.(float64)
		ok = number && tol.Near(want, x) || have == nil && math.IsNaN(want)
	case []float64:
		v, vector := have.([]float64)
		ok = vector && len(v) == len(want)
		for j := range want {
			if ok && !tol.Near(want[j], v[j]) {
				return fmt.Errorf("dimension %d: have %v, want %v", j, v[j], want[j])
			}
		}
	}
	if !ok {
		return fmt.Errorf("have %v, want %v", have, want)
	}
	return nil
}

func cell(col dataset.Column, i int) any {
	if col.Missing(i) {
		return nil
	}
	switch col := col.(type) {
	case dataset.Floats:
		return col[i]
	case dataset.Ints:
		return float64(col.Values[i])
	case dataset.Strings:
		return col.At(i)
	case *dataset.Vectors:
		row := make([]float64, col.Dim())
		col.Row(i, row)
		return row
	}
	return nil
}
