package estimator

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace-ml/millrace/internal/tree"
)

// checkTrees fails on trees, and names of their dimensions, that Fit cannot have made.
func checkTrees(e *tree.Ensemble, names []string, width int) error {
	if err := e.Check(); err != nil {
		return err
	}
	if e.Width != width {
		return fmt.Errorf("have leaves of %d numbers, want %d", e.Width, width)
	}
	if len(names) != e.Dim {
		return fmt.Errorf("have %d names of %d dimensions", len(names), e.Dim)
	}
	return nil
}

// shares divides the numbers of each leaf by their sum. A leaf without weight has no
// say.
func shares(e *tree.Ensemble) []float64 {
	out := make([]float64, len(e.Values))
	for at := 0; at < len(out); at += e.Width {
		leaf, sum := e.Values[at:at+e.Width], 0.0
		for _, x := range leaf {
			sum += x
		}
		for k, x := range leaf {
			if sum > 0 {
				out[at+k] = x / sum
			}
		}
	}
	return out
}

// firstLeaves returns the place of the first leaf of each tree.
func firstLeaves(e *tree.Ensemble) []int32 {
	out := make([]int32, e.Trees())
	for t := range out {
		i := e.Starts[t]
		for e.Dims[i] >= 0 {
			i++
		}
		out[t] = e.Rights[i]
	}
	return out
}

// dumpTrees writes trees as text. Weights may be nil.
func dumpTrees(e *tree.Ensemble, names []string, weights []float64) string {
	var b strings.Builder
	for t := range e.Trees() {
		fmt.Fprintf(&b, "tree %d", t)
		if weights != nil {
			b.WriteString(", weight " + strconv.FormatFloat(weights[t], 'g', -1, 64))
		}
		b.WriteString("\n")
		e.Dump(&b, t, func(j int) string { return names[j] }, leafText)
	}
	return b.String()
}

// leafText words the numbers of a leaf: the class of the most weight with its share, or
// the prediction.
func leafText(values []float64) string {
	if len(values) == 1 {
		return "predict " + strconv.FormatFloat(values[0], 'g', 6, 64)
	}
	best, sum := 0, 0.0
	for k, x := range values {
		sum += x
		if x > values[best] {
			best = k
		}
	}
	return fmt.Sprintf("predict %d with %.4g of the weight", best, values[best]/sum)
}
