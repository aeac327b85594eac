package tree

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// An Ensemble is a list of binary trees, saved as it is. The nodes of a tree lie in
// pre-order, so the left child of node i is node i+1. A row goes left in a node that
// tests a number x where x <= Thresholds[i], and in a node that tests a category where
// the category is in the node's set. A missing number (NaN or infinite), or a category
// that is not one, goes left where MissingLeft says so.
type Ensemble struct {
	Dim    int     // dimension of the vectors
	Width  int     // numbers of a leaf: the classes, or 1
	Levels []int32 // categories of each dimension, 0 = a number; nil = all are numbers
	Starts []int32 // first node of each tree, and the end of the last

	// Of each node:
	Dims        []int32   // dimension that is tested; -1 = leaf
	Thresholds  []float64 // of a number
	Rights      []int32   // right child; of a leaf, the place of its numbers in Values / Width
	MissingLeft []bool    // where what is missing goes
	Sets        []int32   // first of the words that hold the set, -1 = none; nil = all are numbers
	Gains       []float64 // decrease of the impurity
	Impurities  []float64
	Counts      []int64   // rows
	Weights     []float64 // sum of the rows' weights

	Words  []uint64  // sets of categories that go left: bit c of the words
	Values []float64 // Width numbers a leaf: weights of the classes, or the prediction
}

// Trees returns the number of trees.
func (e *Ensemble) Trees() int { return len(e.Starts) - 1 }

// words is how many words a set of categories takes.
func words(levels int) int { return (levels + 63) / 64 }

func (e *Ensemble) levels(dim int32) int {
	if e.Levels == nil {
		return 0
	}
	return int(e.Levels[dim])
}

// Check fails on an ensemble that Grow cannot have made: after it, walking from any
// root ends in a leaf without an index out of range.
func (e *Ensemble) Check() error {
	nodes := len(e.Dims)
	for _, n := range []int{len(e.Thresholds), len(e.Rights), len(e.MissingLeft), len(e.Gains), len(e.Impurities), len(e.Counts), len(e.Weights)} {
		if n != nodes {
			return fmt.Errorf("have lists of %d and %d nodes, want one length", nodes, n)
		}
	}
	if e.Sets != nil && len(e.Sets) != nodes {
		return fmt.Errorf("have %d sets for %d nodes", len(e.Sets), nodes)
	}
	if e.Dim < 1 || e.Dim > dimMask || e.Width < 1 || e.Levels != nil && len(e.Levels) != e.Dim {
		return fmt.Errorf("have dimension %d, %d numbers a leaf and levels of %d dimensions, which do not fit", e.Dim, e.Width, len(e.Levels))
	}
	for j, n := range e.Levels {
		if n < 0 {
			return fmt.Errorf("dimension %d: have %d categories", j, n)
		}
	}
	if len(e.Values)%e.Width != 0 {
		return fmt.Errorf("have %d numbers, want %d for each leaf", len(e.Values), e.Width)
	}
	if len(e.Starts) < 2 || e.Starts[0] != 0 || int(e.Starts[len(e.Starts)-1]) != nodes || !slices.IsSorted(e.Starts) {
		return errors.New("have starts that do not cut the nodes into trees")
	}
	for t := range e.Trees() {
		if err := e.checkTree(int(e.Starts[t]), int(e.Starts[t+1])); err != nil {
			return fmt.Errorf("tree %d: %w", t, err)
		}
	}
	return nil
}

func (e *Ensemble) checkTree(from, to int) error {
	if from == to {
		return errors.New("has no nodes")
	}
	for i := from; i < to; i++ {
		dim, right := e.Dims[i], int(e.Rights[i])
		if dim < 0 {
			if dim != -1 || right < 0 || right >= len(e.Values)/e.Width {
				return fmt.Errorf("node %d: have a leaf with values at %d of %d", i, right, len(e.Values)/e.Width)
			}
			continue
		}
		if int(dim) >= e.Dim || right <= i+1 || right >= to {
			return fmt.Errorf("node %d: have dimension %d and right child %d, want below %d, and %d to %d", i, dim, right, e.Dim, i+2, to-1)
		}
		set := -1
		if e.Sets != nil {
			set = int(e.Sets[i])
		}
		if set < -1 || (set >= 0) != (e.levels(dim) > 0) || set >= 0 && set+words(e.levels(dim)) > len(e.Words) {
			return fmt.Errorf("node %d: have a set that does not fit dimension %d", i, dim)
		}
	}
	return nil
}

// Depth returns the number of splits on the longest way from the root of tree t.
func (e *Ensemble) Depth(t int) int {
	var deep func(i int32) int
	deep = func(i int32) int {
		if e.Dims[i] < 0 {
			return 0
		}
		return 1 + max(deep(i+1), deep(e.Rights[i]))
	}
	return deep(e.Starts[t])
}

// Leaf returns the numbers of leaf node i.
func (e *Ensemble) Leaf(i int32) []float64 {
	at := int(e.Rights[i]) * e.Width
	return e.Values[at : at+e.Width]
}

// Append adds the trees of o, which are of the same dimension, width and levels.
func (e *Ensemble) Append(o *Ensemble) {
	if len(e.Starts) == 0 {
		*e = *o
		return
	}
	nodes, leaves, sets := int32(len(e.Dims)), int32(len(e.Values)/e.Width), int32(len(e.Words))
	for _, s := range o.Starts[1:] {
		e.Starts = append(e.Starts, nodes+s)
	}
	for i, right := range o.Rights {
		if o.Dims[i] < 0 {
			right += leaves
		} else {
			right += nodes
		}
		e.Rights = append(e.Rights, right)
	}
	for _, s := range o.Sets {
		if s >= 0 {
			s += sets
		}
		e.Sets = append(e.Sets, s)
	}
	e.Dims = append(e.Dims, o.Dims...)
	e.Thresholds = append(e.Thresholds, o.Thresholds...)
	e.MissingLeft = append(e.MissingLeft, o.MissingLeft...)
	e.Gains = append(e.Gains, o.Gains...)
	e.Impurities = append(e.Impurities, o.Impurities...)
	e.Counts = append(e.Counts, o.Counts...)
	e.Weights = append(e.Weights, o.Weights...)
	e.Words = append(e.Words, o.Words...)
	e.Values = append(e.Values, o.Values...)
}

// Head keeps the first n trees.
func (e *Ensemble) Head(n int) {
	end := e.Starts[n]
	leaves, sets := int32(0), int32(0)
	for i := range end {
		if e.Dims[i] < 0 {
			leaves = max(leaves, e.Rights[i]+1)
		} else if e.Sets != nil && e.Sets[i] >= 0 {
			sets = max(sets, e.Sets[i]+int32(words(e.levels(e.Dims[i]))))
		}
	}
	e.Starts = e.Starts[:n+1]
	e.Dims, e.Thresholds, e.Rights = e.Dims[:end], e.Thresholds[:end], e.Rights[:end]
	e.MissingLeft, e.Gains, e.Impurities = e.MissingLeft[:end], e.Gains[:end], e.Impurities[:end]
	e.Counts, e.Weights = e.Counts[:end], e.Weights[:end]
	if e.Sets != nil {
		e.Sets = e.Sets[:end]
	}
	e.Words, e.Values = e.Words[:sets], e.Values[:int(leaves)*e.Width]
}

// GainImportance shares 1 out among the dimensions by the gains of their splits, each
// times the weight of its node; all 0 where nothing was split. With perTree each tree
// is given the same say, as Spark does for forests and not for boosted trees.
//
// Source: Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd
// edition, section 10.13.1, equations 10.42 and 10.43.
func (e *Ensemble) GainImportance(perTree bool) []float64 {
	total := make([]float64, e.Dim)
	for t := range e.Trees() {
		one := make([]float64, e.Dim)
		for i := e.Starts[t]; i < e.Starts[t+1]; i++ {
			if d := e.Dims[i]; d >= 0 {
				one[d] += float64(e.Gains[i] * e.Weights[i])
			}
		}
		if perTree {
			normalise(one)
		}
		for j, x := range one {
			total[j] += x
		}
	}
	normalise(total)
	return total
}

// SplitCounts returns how many nodes test each dimension.
func (e *Ensemble) SplitCounts() []int {
	counts := make([]int, e.Dim)
	for _, d := range e.Dims {
		if d >= 0 {
			counts[d]++
		}
	}
	return counts
}

func normalise(x []float64) {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	if sum > 0 && !math.IsInf(sum, 0) {
		for j := range x {
			x[j] /= sum
		}
	}
}
