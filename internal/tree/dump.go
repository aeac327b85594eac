package tree

import (
	"fmt"
	"strconv"
	"strings"
)

// Dump writes tree t as text, a line a node, children below their parent by two spaces:
//
//	if src_bytes <= 28.5 else below              gain 0.4 of 1000 rows
//
// Name gives the name of a dimension, leaf the text of a leaf's numbers.
func (e *Ensemble) Dump(b *strings.Builder, t int, name func(dim int) string, leaf func(values []float64) string) {
	e.dump(b, e.Starts[t], 1, name, leaf)
}

func (e *Ensemble) dump(b *strings.Builder, i int32, depth int, name func(int) string, leaf func([]float64) string) {
	indent := strings.Repeat("  ", depth)
	if e.Dims[i] < 0 {
		fmt.Fprintf(b, "%s%s (%d rows)\n", indent, leaf(e.Leaf(i)), e.Counts[i])
		return
	}
	yes, no := e.test(i)
	what := name(int(e.Dims[i]))
	if e.MissingLeft[i] {
		yes += " or missing"
	}
	fmt.Fprintf(b, "%sif %s %s (gain %.6g, %d rows)\n", indent, what, yes, e.Gains[i], e.Counts[i])
	e.dump(b, i+1, depth+1, name, leaf)
	fmt.Fprintf(b, "%selse %s %s\n", indent, what, no)
	e.dump(b, e.Rights[i], depth+1, name, leaf)
}

// test words what sends a row left, and its opposite.
func (e *Ensemble) test(i int32) (yes, no string) {
	levels := e.levels(e.Dims[i])
	if levels == 0 {
		x := strconv.FormatFloat(e.Thresholds[i], 'g', -1, 64)
		return "<= " + x, "> " + x
	}
	var in, out []string
	for c := range levels {
		if e.Words[int(e.Sets[i])+c>>6]>>(c&63)&1 != 0 {
			in = append(in, strconv.Itoa(c))
		} else {
			out = append(out, strconv.Itoa(c))
		}
	}
	return "in {" + strings.Join(in, ",") + "}", "in {" + strings.Join(out, ",") + "}"
}
