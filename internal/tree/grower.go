package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// A Grower grows trees of one Data, one after another. Its memory is used again.
type Grower struct {
	data   *Data
	params Params
	shape  shape
	unit   float64 // what 1 of channel 0 stands for
	second float64 // and of channel 1, above the bits that count rows
	bits   int     // of channel 1 that count rows; 0 = it counts rows itself

	pairs   []pair    // channels of each group; nil with a classifier
	values  []int64   // of a classifier, of each group: weight and, unless weights are counts, rows
	classes []int32   // of each group; nil unless a classifier
	targets []float64 // of each group; nil with a classifier and Newton

	rows, spare []int32 // groups, those of a node side by side
	nodes       []node
	order       frontier
	free        [][]int64 // histograms to use again
	columns     [][]int32 // dimensions of each column
	tasks       [][]int   // columns that are counted together
	searches    []search  // of each column
	near        ordered   // of the node that is counted
	draw        drawing
}

// A node is a node that grows.
type node struct {
	from, to    int // its rows
	depth       int
	left, right int32 // 0 = leaf
	key         uint64
	totals      []int64
	count       int64
	weight      float64
	impurity    float64
	hist        []int64 // nil = not counted
	best        split
	sides       []uint8 // where each code goes, once it is split
	leaf        int32   // number of the leaf, once harvested
}

// maxHistogram bounds the numbers of one histogram, and with it the memory for many
// classes.
const maxHistogram = 1 << 27

// NewGrower fails where a histogram would take more than 1 GiB.
func NewGrower(d *Data, p Params) (*Grower, error) {
	channels := 2
	if p.Criterion < Variance {
		channels = p.Classes
		if !d.Exact {
			channels++
		}
	}
	g := &Grower{data: d, params: p, shape: newShape(channels, d.Bins), unit: d.Unit, second: d.Unit}
	if g.shape.size() > maxHistogram {
		return nil, fmt.Errorf("have %d classes and %d bins: a histogram of them takes %d MiB, want at most %d",
			p.Classes, g.shape.size()/channels, g.shape.size()>>17, maxHistogram>>17)
	}
	n := len(d.Labels)
	g.rows, g.spare = make([]int32, n), make([]int32, n)
	g.tasks = taskColumns(d.Bins, p.Criterion < Variance)
	g.columns, g.searches = make([][]int32, len(d.Bins)), make([]search, len(d.Bins))
	for j, f := range d.Features {
		if f.Column >= 0 {
			g.columns[f.Column] = append(g.columns[f.Column], int32(j))
		}
	}
	return g, nil
}

// Reseed sets what the next tree draws its dimensions by.
func (g *Grower) Reseed(seed uint64) { g.params.Seed = seed }

// Fill sets the targets of a tree of Variance: the mean of a leaf is its value. It
// keeps the slice until the tree is grown.
func (g *Grower) Fill(ctx context.Context, targets []float64, s Sample) error {
	g.targets = targets
	sum, err := magnitude(ctx, targets, s)
	if err != nil {
		return err
	}
	scale := 1 / unit(sum, 61)
	g.unit, g.second = g.data.Unit/scale, g.data.Unit
	if g.bits = 0; !g.data.Exact {
		g.bits = s.countBits()
		g.second = math.Ldexp(g.data.Unit, g.bits)
	}
	if g.pairs == nil {
		g.pairs = make([]pair, len(targets))
	}
	half := int64(1) << g.bits >> 1
	g.restart(s)
	return inBlocks(ctx, len(targets), func(_, from, to int) {
		for i := from; i < to; i++ {
			v := &g.pairs[i]
			v[0] = int64(math.RoundToEven(targets[i] * float64(s.Weights[i]) * scale))
			v[1] = s.Weights[i]
			if g.bits > 0 {
				v[1] = (v[1]+half)>>g.bits<<g.bits | int64(s.Counts[i])
			}
		}
	})
}

// magnitude is the weighted sum of the sizes of x.
func magnitude(ctx context.Context, x []float64, s Sample) (float64, error) {
	parts := make([]float64, (len(x)+blockRows-1)/blockRows)
	err := inBlocks(ctx, len(x), func(b, from, to int) {
		sum, weights := 0.0, s.Weights[from:to]
		for i, v := range x[from:to] {
			sum += math.Abs(v) * float64(weights[i])
		}
		parts[b] = sum
	})
	sum := 0.0
	for _, p := range parts {
		sum += p
	}
	if err == nil && math.IsInf(sum, 0) {
		err = errors.New("have labels so large that they add up to infinity")
	}
	return sum, err
}

// FillNewton sets the gradients and hessians of a tree of Newton, those of one row of
// each group. The weights of the sample are multiplied here.
func (g *Grower) FillNewton(ctx context.Context, gradients, hessians []float64, s Sample) error {
	first, err := magnitude(ctx, gradients, s)
	if err != nil {
		return err
	}
	second, err := magnitude(ctx, hessians, s)
	if err != nil {
		return err
	}
	g.bits = s.countBits()
	scale, scale2 := 1/unit(first, 61), 1/unit(second, 61-g.bits)
	g.unit, g.second = g.data.Unit/scale, g.data.Unit/scale2
	if g.pairs == nil {
		g.pairs = make([]pair, len(gradients))
	}
	g.restart(s)
	return inBlocks(ctx, len(gradients), func(_, from, to int) {
		for i := from; i < to; i++ {
			w := float64(s.Weights[i])
			v := &g.pairs[i]
			v[0] = int64(math.RoundToEven(gradients[i] * w * scale))
			v[1] = int64(math.RoundToEven(hessians[i]*w*scale2))<<g.bits | int64(s.Counts[i])
		}
	})
}

// FillClasses sets the classes of a tree of Gini or Entropy.
func (g *Grower) FillClasses(classes []int32, s Sample) {
	g.classes = classes
	g.values = s.Weights
	if !g.data.Exact {
		g.values = make([]int64, 2*len(classes))
		for i, w := range s.Weights {
			g.values[2*i], g.values[2*i+1] = w, int64(s.Counts[i])
		}
	}
	g.restart(s)
}

// restart makes the root of all groups that count.
func (g *Grower) restart(s Sample) {
	g.rows = g.rows[:0]
	for i, k := range s.Counts {
		if k > 0 {
			g.rows = append(g.rows, int32(i))
		}
	}
	for i := range g.nodes {
		g.release(&g.nodes[i])
	}
	g.nodes, g.order = g.nodes[:0], frontier{best: g.params.MaxLeaves > 0}
}

// Grow grows a tree of what was filled in. It returns ctx.Err() soon after ctx ends.
func (g *Grower) Grow(ctx context.Context) error {
	if len(g.rows) == 0 {
		g.nodes = append(g.nodes, node{totals: make([]int64, g.shape.channels)})
		return ctx.Err()
	}
	root := node{to: len(g.rows), key: g.params.Seed, totals: g.total(g.rows)}
	g.measure(&root)
	g.nodes = append(g.nodes, root)
	if !g.terminal(&g.nodes[0]) {
		look := func() error { return g.examine(ctx, 0, -1) }
		if g.params.Subset > 0 {
			look = func() error { return g.examineSubset(ctx, 0) }
		}
		if err := look(); err != nil {
			return err
		}
	}
	leaves := 1
	for len(g.order.waiting) > 0 && (g.params.MaxLeaves == 0 || leaves < g.params.MaxLeaves) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := g.expand(ctx, g.order.next()); err != nil {
			return err
		}
		leaves++
	}
	return ctx.Err()
}

// total sums the channels over rows.
func (g *Grower) total(rows []int32) []int64 {
	n := g.shape.channels
	sum := make([]int64, n)
	switch {
	case g.classes != nil && g.data.Exact:
		for _, r := range rows {
			sum[g.classes[r]] += g.values[r]
		}
	case g.classes != nil:
		for _, r := range rows {
			sum[g.classes[r]] += g.values[2*r]
			sum[n-1] += g.values[2*r+1]
		}
	default:
		for _, r := range rows {
			sum[0] += g.pairs[r][0]
			sum[1] += g.pairs[r][1]
		}
	}
	return sum
}

// measure derives count, weight and impurity of a node from its totals.
func (g *Grower) measure(n *node) {
	n.count = g.rowsOf(n.totals)
	switch g.params.Criterion {
	case Variance, Newton:
		n.weight = float64(n.totals[1]>>g.bits) * g.second
		if n.weight > 0 && g.params.Criterion == Variance {
			n.impurity = g.variance(n)
		}
	default:
		w := n.totals[:g.params.Classes]
		total := sum(w)
		n.weight = float64(total) * g.unit
		n.impurity = g.impurity(w, float64(total))
	}
}

// variance is taken from the mean, so that it is 0 where the targets are equal.
func (g *Grower) variance(n *node) float64 {
	mean := g.mean(n.totals)
	sum := 0.0
	for _, r := range g.rows[n.from:n.to] {
		d := g.targets[r] - mean
		sum += float64(d*d) * float64(g.pairs[r][1]>>g.bits)
	}
	return sum / float64(n.totals[1]>>g.bits)
}

func (g *Grower) mean(totals []int64) float64 {
	return float64(totals[0]) * g.unit / (float64(totals[1]>>g.bits) * g.second)
}

// rowsOf returns how many rows the channels stand for.
func (g *Grower) rowsOf(channels []int64) int64 {
	switch {
	case g.classes == nil:
		return rowsIn(channels[1], g.bits)
	case !g.data.Exact:
		return channels[len(channels)-1]
	}
	return sum(channels)
}

// rowsIn returns the rows that channel 1 counts in its lower bits.
func rowsIn(channel int64, bits int) int64 {
	if bits == 0 {
		return channel
	}
	return channel & (1<<bits - 1)
}

func sum(x []int64) int64 {
	var s int64
	for _, v := range x {
		s += v
	}
	return s
}

// terminal reports whether a node is a leaf without a look at its bins.
func (g *Grower) terminal(n *node) bool {
	if n.depth >= g.params.MaxDepth || n.count < 2*int64(g.params.MinRows) || n.to-n.from < 2 {
		return true
	}
	if g.params.Criterion == Newton {
		return false
	}
	// Spark's limit, which is meant for impurities of about 1.
	limit := 0x1p-52
	if g.params.Criterion == Variance {
		limit *= min(1, g.nodes0().impurity)
	}
	return n.impurity <= limit || n.weight <= 0
}

func (g *Grower) nodes0() *node {
	if len(g.nodes) == 0 {
		return &node{impurity: 1}
	}
	return &g.nodes[0]
}

// expand splits a node for good and looks for the splits of its children.
func (g *Grower) expand(ctx context.Context, at int32) error {
	parent := &g.nodes[at]
	middle, err := g.partition(ctx, parent)
	if err != nil {
		return err
	}
	left := node{from: parent.from, to: middle, depth: parent.depth + 1, key: mix(2*parent.key + 1), totals: parent.best.left}
	right := node{from: middle, to: parent.to, depth: parent.depth + 1, key: mix(2*parent.key + 2), totals: make([]int64, len(left.totals))}
	copy(right.totals, parent.totals)
	subtract(right.totals, left.totals)
	g.measure(&left)
	g.measure(&right)
	parent.left, parent.right = int32(len(g.nodes)), int32(len(g.nodes)+1)
	l, r := parent.left, parent.right
	g.nodes = append(g.nodes, left, right)
	return g.pair(ctx, at, l, r)
}

// pair looks for the splits of two siblings.
func (g *Grower) pair(ctx context.Context, parent, l, r int32) error {
	small, large := l, r
	if size(&g.nodes[r]) < size(&g.nodes[l]) {
		small, large = r, l
	}
	growSmall, growLarge := !g.terminal(&g.nodes[small]), !g.terminal(&g.nodes[large])
	if g.params.Subset > 0 { // siblings look at other columns than their parent
		defer g.release(&g.nodes[parent])
		for _, n := range []int32{l, r} {
			if !g.terminal(&g.nodes[n]) {
				if err := g.examineSubset(ctx, n); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if growLarge {
		g.nodes[large].hist, g.nodes[parent].hist = g.nodes[parent].hist, nil
		if growSmall {
			return g.examine(ctx, small, large)
		}
		return g.examineLarge(ctx, small, large)
	}
	g.release(&g.nodes[parent])
	if growSmall {
		return g.examine(ctx, small, -1)
	}
	return nil
}

func size(n *node) int { return n.to - n.from }

// release gives the histogram of a node back.
func (g *Grower) release(n *node) {
	if n.hist != nil {
		g.free = append(g.free, n.hist)
		n.hist = nil
	}
}

func (g *Grower) histogram() []int64 {
	if k := len(g.free); k > 0 {
		h := g.free[k-1]
		g.free = g.free[:k-1]
		return h
	}
	return make([]int64, g.shape.size())
}

// enter puts a node on the list of those to split, if it has a split that is worth it.
func (g *Grower) enter(at int32) {
	n := &g.nodes[at]
	if n.best.dim >= 0 {
		gain := n.best.gain
		if g.params.Criterion != Newton {
			gain *= n.weight
		}
		g.order.push(entry{at, gain})
	} else {
		g.release(n)
	}
}

// frontier holds the nodes to split: the last one first, or the one of the best gain.
type frontier struct {
	waiting []entry
	best    bool
}

type entry struct {
	node int32
	gain float64
}

func (f *frontier) push(e entry) { f.waiting = append(f.waiting, e) }

func (f *frontier) next() int32 {
	k := len(f.waiting) - 1
	if f.best {
		for i, e := range f.waiting {
			if b := f.waiting[k]; e.gain > b.gain || e.gain == b.gain && e.node < b.node {
				k = i
			}
		}
	}
	e := f.waiting[k]
	f.waiting[k] = f.waiting[len(f.waiting)-1]
	f.waiting = f.waiting[:len(f.waiting)-1]
	return e.node
}
