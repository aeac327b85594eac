package tree

import (
	"context"
	"math"
)

// sides says for each code of a column whether it goes left.
func (g *Grower) sides(s *split) []uint8 {
	f := &g.data.Features[s.dim]
	sides := make([]uint8, g.data.Bins[f.Column])
	switch s.kind {
	case hotLeft, hotRight:
		for b := range sides {
			sides[b] = btoi(b == s.bin == (s.kind == hotLeft))
		}
	case categories:
		for b := range sides {
			sides[b] = uint8(s.set[b>>6] >> (b & 63) & 1)
		}
	default:
		for b := range sides {
			sides[b] = btoi(b <= s.bin)
		}
		sides[len(sides)-1] = btoi(s.missingLeft)
	}
	return sides
}

// partition puts the rows of a node that go left first, and returns where they end. It
// keeps their order.
func (g *Grower) partition(ctx context.Context, n *node) (int, error) {
	c := g.data.Features[n.best.dim].Column
	n.sides = g.sides(&n.best)
	sides, rows := n.sides, g.rows[n.from:n.to]
	if codes := g.data.narrow[c]; codes != nil {
		left, err := partBlocks(ctx, rows, g.spare, codes, sides)
		return n.from + left, err
	}
	left, err := partBlocks(ctx, rows, g.spare, g.data.wide[c], sides)
	return n.from + left, err
}

// partBlocks is part for many rows: block by block, and then the blocks are joined.
func partBlocks[T uint8 | uint16](ctx context.Context, rows, spare []int32, codes []T, sides []uint8) (int, error) {
	if len(rows) < 4*blockRows {
		return part(rows, spare, codes, sides), nil
	}
	lefts := make([]int, (len(rows)+blockRows-1)/blockRows)
	err := inBlocks(ctx, len(rows), func(b, from, to int) {
		lefts[b] = part(rows[from:to], spare[from:to], codes, sides)
		copy(spare[from:to], rows[from:to])
	})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, n := range lefts {
		total += n
	}
	l, r := make([]int, len(lefts)), make([]int, len(lefts)) // where the parts of each block go
	left, right := 0, total
	for b, n := range lefts {
		l[b], r[b] = left, right
		left += n
		right += min(blockRows, len(rows)-b*blockRows) - n
	}
	return total, inBlocks(ctx, len(rows), func(b, from, to int) {
		copy(rows[l[b]:], spare[from:from+lefts[b]])
		copy(rows[r[b]:], spare[from+lefts[b]:to])
	})
}

func part[T uint8 | uint16](rows, spare []int32, codes []T, sides []uint8) int {
	left, right := 0, 0
	spare = spare[:len(rows)]
	for _, r := range rows {
		rows[left], spare[right] = r, r
		k := int(sides[codes[r]])
		left += k
		right += 1 - k
	}
	copy(rows[left:], spare[:right])
	return left
}

// A Leaf is a leaf of a tree that was grown, with the groups that fell into it.
type Leaf struct {
	Groups []int32
	Values []float64 // weights of the classes, or the prediction
}

// Harvest returns the tree that was grown, and its leaves from left to right. The
// leaves' groups are valid until the next tree.
func (g *Grower) Harvest() (*Ensemble, []Leaf) {
	h := harvest{g: g, e: &Ensemble{Dim: g.data.Dim, Width: max(1, g.params.Classes), Levels: g.data.Levels, Starts: []int32{0}}}
	if g.params.Criterion >= Variance {
		h.e.Width = 1
	}
	h.take(0)
	h.e.Starts = append(h.e.Starts, int32(len(h.e.Dims)))
	return h.e, h.leaves
}

// LeafOf returns which of the leaves of [Grower.Harvest] a group falls into, of a tree
// without pruning.
func (g *Grower) LeafOf(group int32) int {
	n := &g.nodes[0]
	for n.left != 0 {
		c, left := g.data.Features[n.best.dim].Column, uint8(0)
		if codes := g.data.narrow[c]; codes != nil {
			left = n.sides[codes[group]]
		} else {
			left = n.sides[g.data.wide[c][group]]
		}
		next := n.right
		if left != 0 {
			next = n.left
		}
		n = &g.nodes[next]
	}
	return int(n.leaf)
}

type harvest struct {
	g      *Grower
	e      *Ensemble
	leaves []Leaf
}

// class is that of the most weight.
func (h *harvest) class(n *node) int {
	best := 0
	for k, w := range n.totals[:h.g.params.Classes] {
		if w > n.totals[best] {
			best = k
		}
	}
	return best
}

// pruned reports whether all leaves below a node are of one class, and which.
func (h *harvest) pruned(at int32) (class int, ok bool) {
	n := &h.g.nodes[at]
	if n.left == 0 {
		return h.class(n), true
	}
	l, okLeft := h.pruned(n.left)
	r, okRight := h.pruned(n.right)
	return l, okLeft && okRight && l == r
}

func (h *harvest) take(at int32) {
	g, e := h.g, h.e
	n := &g.nodes[at]
	i := len(e.Dims)
	gain, dim := 0.0, int32(-1)
	leaf := n.left == 0
	if !leaf && g.params.Prune && g.classes != nil {
		_, leaf = h.pruned(at)
	}
	if !leaf {
		gain, dim = n.best.gain, n.best.dim
		if g.params.Criterion == Newton {
			gain /= n.weight // a gain is that of a unit of weight
		}
	}
	e.Dims = append(e.Dims, dim)
	e.Thresholds = append(e.Thresholds, 0)
	e.Rights = append(e.Rights, int32(len(h.leaves)))
	e.MissingLeft = append(e.MissingLeft, false)
	e.Gains = append(e.Gains, gain)
	e.Impurities = append(e.Impurities, n.impurity)
	e.Counts = append(e.Counts, n.count)
	e.Weights = append(e.Weights, n.weight)
	if e.Levels != nil {
		e.Sets = append(e.Sets, -1)
	}
	if leaf {
		values := g.leafValues(n)
		e.Values = append(e.Values, values...)
		n.leaf = int32(len(h.leaves))
		h.leaves = append(h.leaves, Leaf{Groups: g.rows[n.from:n.to], Values: values})
		return
	}
	f, s := &g.data.Features[dim], &n.best
	e.MissingLeft[i] = s.missingLeft
	switch {
	case s.kind == categories:
		e.Sets[i] = int32(len(e.Words))
		set := append([]uint64(nil), s.set[:words(f.Levels)]...)
		if k := f.Levels >> 6; k < len(set) {
			set[k] &^= 1 << (f.Levels & 63) // missing has a flag of its own
		}
		e.Words = append(e.Words, set...)
	case s.kind != number:
		e.Thresholds[i] = f.Cuts[0]
	case s.bin < len(f.Cuts):
		e.Thresholds[i] = f.Cuts[s.bin]
	default:
		e.Thresholds[i] = math.MaxFloat64
	}
	h.take(n.left)
	e.Rights[i] = int32(len(e.Dims))
	h.take(n.right)
}

// leafValues are the numbers of a leaf.
func (g *Grower) leafValues(n *node) []float64 {
	switch {
	case g.params.Criterion == Newton:
		h := float64(n.totals[1]>>g.bits)*g.second + g.params.Lambda
		if !(h > 0) {
			return []float64{0}
		}
		return []float64{-float64(n.totals[0]) * g.unit / h}
	case g.params.Criterion == Variance:
		if n.weight <= 0 {
			return []float64{0}
		}
		return []float64{g.mean(n.totals)}
	}
	values := make([]float64, g.params.Classes)
	for k := range values {
		values[k] = float64(n.totals[k]) * g.unit
	}
	return values
}
