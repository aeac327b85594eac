package tree

import (
	"math"
	"slices"
)

// FindCuts chooses the thresholds of one dimension from a sample of its values, at most
// bins-1 of them, rising. A value x is in the first bin b with x <= cuts[b], or in the
// last bin. Where there are no more than bins different values, the thresholds are all
// midpoints between neighbours. Else they are midpoints where the running weight is
// nearest to a multiple of 1/bins of the whole. It sorts the sample. A nil weight is 1
// for each value.
//
// Source: Spark ML, org.apache.spark.ml.tree.impl.RandomForest,
// findSplitsForContinuousFeature.
func FindCuts(values, weights []float64, bins int) []float64 {
	distinct, counts, total := tally(values, weights)
	if len(distinct) < 2 {
		return nil
	}
	var cuts []float64
	if len(distinct) <= bins {
		for i := 1; i < len(distinct); i++ {
			cuts = append(cuts, midpoint(distinct[i-1], distinct[i]))
		}
		return cuts
	}
	stride := total / float64(bins)
	current, target := counts[0], stride
	for i := 1; i < len(distinct) && len(cuts) < bins-1; i++ {
		previous := current
		current += counts[i]
		if math.Abs(previous-target) < math.Abs(current-target) {
			cuts = append(cuts, midpoint(distinct[i-1], distinct[i]))
			target += stride
		}
	}
	return cuts
}

// tally returns the different values in rising order, with their weights. It leaves
// out what is missing.
func tally(values, weights []float64) (distinct, counts []float64, total float64) {
	if weights == nil {
		slices.Sort(values)
	} else {
		order := make([]int, len(values))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return compare(values[a], values[b]) })
		sorted, by := make([]float64, len(values)), make([]float64, len(values))
		for k, i := range order {
			sorted[k], by[k] = values[i], weights[i]
		}
		copy(values, sorted)
		weights = by
	}
	for i, x := range values {
		if missing(x) {
			continue
		}
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		total += w
		if n := len(distinct); n > 0 && distinct[n-1] == x {
			counts[n-1] += w
			continue
		}
		distinct, counts = append(distinct, x+0), append(counts, w) // +0: no -0
	}
	return distinct, counts, total
}

func compare(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	case x == y:
		return 0
	}
	return int(btoi(y != y)) - int(btoi(x != x)) // NaN first, as slices.Sort has it
}

// midpoint lies between a and b, which are finite, and below b.
func midpoint(a, b float64) float64 {
	m := (a + b) / 2
	if math.IsInf(m, 0) {
		m = a/2 + b/2
	}
	if !(m < b) {
		return a
	}
	return m
}

// missing reports whether x is NaN or infinite.
func missing(x float64) bool { return x-x != 0 }

func btoi(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// binOf returns the bin of x.
func binOf(cuts []float64, x float64) int {
	lo, n := 0, len(cuts)
	for n > 0 {
		half := n >> 1
		if x > cuts[lo+half] {
			lo, n = lo+half+1, n-half-1
		} else {
			n = half
		}
	}
	return lo
}
