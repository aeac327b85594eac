package summary

import "github.com/millrace-ml/millrace/dataset"

// A View is how the values of a vector column are seen:
//
//	d = clip((x - Centre[j]) * Scale[j]) - Shift[j]
//
// for the value x of dimension j, where clip keeps a number within -Clip and Clip.
// NaN stays NaN. A nil slice, and a Clip of 0, leave their step out.
type View struct {
	Centre, Scale []float64
	Clip          float64
	Shift         []float64
}

// At returns the value x of dimension j as it is seen.
func (w *View) At(j int, x float64) float64 {
	if w.Centre != nil {
		x -= w.Centre[j]
	}
	if w.Scale != nil {
		x *= w.Scale[j]
	}
	if w.Clip > 0 {
		x = min(max(x, -w.Clip), w.Clip)
	}
	if w.Shift != nil {
		x -= w.Shift[j]
	}
	return x
}

// commonRows is how many rows [Common] looks at.
const commonRows = 1024

// Common guesses the most common value of each dimension from the first rows in sel,
// or of all where sel is nil: a value that more than half of them have is found for
// certain, and any value is taken where there is none. A [View] whose Shift is the
// image of these leaves few numbers that are not 0.
//
// Source: Boyer and Moore, MJRTY, in Automated Reasoning (1991), page 105.
func Common(v *dataset.Vectors, sel []int32) []float64 {
	n := v.Len()
	if sel != nil {
		n = len(sel)
	}
	out, votes, row := make([]float64, v.Dim()), make([]int, v.Dim()), make([]float64, v.Dim())
	for k := range min(n, commonRows) {
		i := k
		if sel != nil {
			i = int(sel[k])
		}
		v.Row(i, row)
		for j, x := range row {
			switch {
			case votes[j] == 0:
				out[j], votes[j] = x, 1
			case out[j] == x:
				votes[j]++
			default:
				votes[j]--
			}
		}
	}
	return out
}
