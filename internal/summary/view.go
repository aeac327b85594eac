package summary

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

// Common returns, for each dimension, the value that more than half of the given rows
// have, and some value that occurs where there is none. The rows lie one after another,
// dim numbers each, and there is at least one. A [View] whose Shift is the image of
// these leaves few numbers that are not 0.
//
// Source: Boyer and Moore, MJRTY, in Automated Reasoning (1991), page 105.
func Common(dim int, rows []float64) []float64 {
	out, votes := make([]float64, dim), make([]int, dim)
	for at, x := range rows {
		j := at % dim
		switch {
		case votes[j] == 0:
			out[j], votes[j] = x, 1
		case out[j] == x:
			votes[j]++
		default:
			votes[j]--
		}
	}
	return out
}
