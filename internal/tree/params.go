package tree

import (
	"math"
	"math/bits"
)

// A Criterion says what a split is to make small.
type Criterion uint8

const (
	Gini     Criterion = iota // sum over classes of p (1-p)
	Entropy                   // sum over classes of -p log2 p
	Variance                  // weighted mean of the squared distances from the mean
	Newton                    // the second-order objective; see Params.Lambda
)

// Params say how a tree grows.
type Params struct {
	Criterion Criterion
	Classes   int // of Gini and Entropy

	MaxDepth  int     // splits from root to leaf at most
	MaxLeaves int     // with it the node of the largest gain is split next; 0 = no limit
	MinRows   int     // rows of a child at least, at least 1
	MinWeight float64 // weight of a child at least
	MinGain   float64 // decrease of the impurity at least

	// Newton takes gradients and hessians for targets. With G and H, their sums over a
	// node, the node's value is -G/(H+Lambda), and the gain of a split is
	//
	//	(GL²/(HL+Lambda) + GR²/(HR+Lambda) - G²/(H+Lambda)) / 2
	//
	// Source: Chen and Guestrin, XGBoost: A Scalable Tree Boosting System, KDD 2016,
	// equations 5 and 7.
	Lambda     float64
	MinHessian float64 // sum of a child's hessians at least

	Subset    int    // dimensions that a node chooses from; 0 = all
	Seed      uint64 // chooses them
	Unordered int    // most categories of which Gini and Entropy try every subset
	Prune     bool   // two leaves of one class that are siblings become one
}

// MaxUnordered is the number of categories up to which Spark tries every subset, where
// there are more than two classes.
func MaxUnordered(maxBins, rows, classes int) int {
	if classes <= 2 {
		return 0
	}
	return int(math.Log(float64(min(maxBins, rows)/2+1))/math.Ln2 + 1)
}

// A Sample says how often each group counts in a tree: the rows of it, and their
// weight.
type Sample struct {
	Counts  []int32
	Weights []int64 // in units of Data.Unit
}

// countBits is how many bits the number of all rows takes.
func (s Sample) countBits() int {
	rows := uint64(0)
	for _, k := range s.Counts {
		rows += uint64(k)
	}
	return bits.Len64(rows)
}

// All is the sample of all rows that are not held out.
func (d *Data) All() Sample {
	s := Sample{Counts: d.Counts, Weights: d.Weights}
	if d.Held == nil {
		return s
	}
	s.Counts = make([]int32, len(d.Counts))
	s.Weights = make([]int64, len(d.Counts))
	for g, held := range d.Held {
		if !held {
			s.Counts[g], s.Weights[g] = d.Counts[g], d.Weights[g]
		}
	}
	return s
}

// Draw makes a sample into s: each row that is not held out counts draws(row) times.
func (d *Data) Draw(s *Sample, draws func(row int) int32) {
	if s.Counts == nil {
		s.Counts, s.Weights = make([]int32, len(d.Counts)), make([]int64, len(d.Counts))
	}
	clear(s.Counts)
	clear(s.Weights)
	for i := range d.Rows {
		g := i
		if d.groups != nil {
			g = int(d.groups[i])
		}
		if d.Held != nil && d.Held[g] {
			continue
		}
		k := draws(i)
		s.Counts[g] += k
		if d.rowWeights != nil {
			s.Weights[g] += int64(k) * d.rowWeights[i]
		} else {
			s.Weights[g] += int64(k)
		}
	}
}
