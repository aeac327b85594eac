package tree

import (
	"context"
	"math/rand/v2"
	"slices"
)

// serialWork is how many additions are too few to be worth more than one worker.
const serialWork = 1 << 15

// gather orders the numbers of the rows of a node.
func (g *Grower) gather(ctx context.Context, rows []int32) error {
	o := &g.near
	if g.classes == nil {
		o.pairs = slices.Grow(o.pairs[:0], len(rows))[:len(rows)]
		return inBlocks(ctx, len(rows), func(_, from, to int) {
			for i, r := range rows[from:to] {
				o.pairs[from+i] = g.pairs[r]
			}
		})
	}
	o.classes = slices.Grow(o.classes[:0], len(rows))[:len(rows)]
	for i, r := range rows {
		o.classes[i] = g.classes[r]
	}
	if g.data.Exact {
		o.values = slices.Grow(o.values[:0], len(rows))[:len(rows)]
		for i, r := range rows {
			o.values[i] = g.values[r]
		}
		return nil
	}
	o.values = slices.Grow(o.values[:0], 2*len(rows))[:2*len(rows)]
	for i, r := range rows {
		o.values[2*i], o.values[2*i+1] = g.values[2*r], g.values[2*r+1]
	}
	return nil
}

// count fills the histograms of the columns of one task.
func (g *Grower) count(hist []int64, t int, rows []int32) {
	columns := g.tasks[t]
	if g.classes == nil && g.data.narrow[columns[0]] != nil {
		g.countFour(hist, columns, rows)
		return
	}
	for _, c := range columns {
		h := g.shape.column(hist, c)
		clear(h)
		if codes := g.data.narrow[c]; codes != nil {
			add(h, codes, rows, &g.near, g.shape.channels, g.data.Exact)
		} else {
			add(h, g.data.wide[c], rows, &g.near, g.shape.channels, g.data.Exact)
		}
	}
}

// countFour counts up to four columns of one byte; where there are fewer, the last one
// several times.
func (g *Grower) countFour(hist []int64, columns []int, rows []int32) {
	var t four
	var codes [4][]uint8
	for k := range codes {
		codes[k] = g.data.narrow[columns[min(k, len(columns)-1)]]
	}
	t.add(&codes, rows, g.near.pairs)
	for k, c := range columns {
		h := g.shape.column(hist, c)
		for b := range g.data.Bins[c] {
			h[2*b], h[2*b+1] = t[k][b][0], t[k][b][1]
		}
	}
}

// taskColumns cuts the columns into runs that are one task each: four of one byte.
func taskColumns(bins []int, classes bool) [][]int {
	var tasks [][]int
	for c := range bins {
		k := len(tasks) - 1
		if !classes && k >= 0 && len(tasks[k]) < 4 && bins[c] <= 256 && bins[tasks[k][0]] <= 256 {
			tasks[k] = append(tasks[k], c)
		} else {
			tasks = append(tasks, []int{c})
		}
	}
	return tasks
}

func (g *Grower) problem(n *node) problem {
	classes := 0
	if g.classes != nil {
		classes = g.params.Classes
	}
	return problem{params: &g.params, totals: n.totals, channels: g.shape.channels, classes: classes, exact: g.data.Exact,
		unit: g.unit, second: g.second, bits: g.bits, rows: n.count, weight: n.weight, impurity: n.impurity}
}

// inParallel does n tasks, in one go where they are few additions.
func (g *Grower) inParallel(ctx context.Context, n, additions int, do func(task int) error) error {
	if additions < serialWork {
		for task := range n {
			if err := do(task); err != nil {
				return err
			}
		}
		return nil
	}
	return InParallel(ctx, n, do)
}

// examine counts node a and finds its best split. Where there is a sibling b, which
// holds the histogram of both, it finds that of b too.
func (g *Grower) examine(ctx context.Context, a, b int32) error {
	na := &g.nodes[a]
	na.hist = g.histogram()
	rows := g.rows[na.from:na.to]
	if err := g.gather(ctx, rows); err != nil {
		return err
	}
	problems := []problem{g.problem(na)}
	hists := [][]int64{na.hist}
	if b >= 0 {
		problems = append(problems, g.problem(&g.nodes[b]))
		hists = append(hists, g.nodes[b].hist)
	}
	err := g.inParallel(ctx, len(g.tasks), len(g.columns)*len(rows), func(t int) error {
		g.count(na.hist, t, rows)
		for _, c := range g.tasks[t] {
			s := &g.searches[c]
			for k := range problems {
				hist := g.shape.column(hists[k], c)
				if k == 1 {
					subtract(hist, g.shape.column(na.hist, c))
				}
				s.best[k].reset()
				s.column(&problems[k], hist, g.columns[c], g.data.Features, &s.best[k])
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	g.decide(a, 0)
	if b >= 0 {
		g.decide(b, 1)
	}
	return nil
}

// examineLarge finds the best split of a node whose sibling is a leaf, and whose
// histogram is that of both.
func (g *Grower) examineLarge(ctx context.Context, small, large int32) error {
	n, p := &g.nodes[large], g.problem(&g.nodes[large])
	rows := g.rows[g.nodes[small].from:g.nodes[small].to]
	if err := g.gather(ctx, rows); err != nil {
		return err
	}
	spare := g.histogram()
	defer func() { g.free = append(g.free, spare) }()
	err := g.inParallel(ctx, len(g.tasks), len(g.columns)*len(rows), func(t int) error {
		g.count(spare, t, rows)
		for _, c := range g.tasks[t] {
			s, hist := &g.searches[c], g.shape.column(n.hist, c)
			subtract(hist, g.shape.column(spare, c))
			s.best[0].reset()
			s.column(&p, hist, g.columns[c], g.data.Features, &s.best[0])
		}
		return nil
	})
	if err == nil {
		g.decide(large, 0)
	}
	return err
}

// decide takes the best split of the columns; of equal ones the first.
func (g *Grower) decide(at int32, k int) {
	best := &split{}
	best.reset()
	for c := range g.searches {
		if s := &g.searches[c].best[k]; s.dim >= 0 && s.gain > best.gain {
			best = s
		}
	}
	g.settle(at, best)
}

func (g *Grower) settle(at int32, best *split) {
	n := &g.nodes[at]
	n.best = *best
	n.best.left, n.best.set = slices.Clone(best.left), slices.Clone(best.set)
	g.enter(at)
}

// drawing draws dimensions for nodes.
type drawing struct {
	dims   []int32
	chosen []int32
	source rand.PCG
}

// choose draws k of n dimensions, rising. It depends on key alone.
func (d *drawing) choose(n, k int, key uint64) []int32 {
	if len(d.dims) != n {
		d.dims = make([]int32, n)
	}
	for j := range d.dims {
		d.dims[j] = int32(j)
	}
	d.source.Seed(key, key>>32^0x9E3779B97F4A7C15)
	rng := rand.New(&d.source)
	for i := range k {
		j := i + rng.IntN(n-i)
		d.dims[i], d.dims[j] = d.dims[j], d.dims[i]
	}
	d.chosen = append(d.chosen[:0], d.dims[:k]...)
	slices.Sort(d.chosen)
	return d.chosen
}

// examineSubset finds the best split of a node in dimensions drawn for it. It counts
// only the classes that the node has.
func (g *Grower) examineSubset(ctx context.Context, at int32) error {
	n := &g.nodes[at]
	dims := g.draw.choose(g.data.Dim, min(g.params.Subset, g.data.Dim), n.key)
	rows := g.rows[n.from:n.to]
	if err := g.gather(ctx, rows); err != nil {
		return err
	}
	p := g.problem(n)
	if g.classes != nil {
		g.narrowClasses(n, &p)
	}
	best := &g.searches[0].best[0]
	best.reset()
	s := &g.searches[0]
	if len(g.free) == 0 {
		g.free = append(g.free, make([]int64, g.shape.size()))
	}
	spare := g.free[0]
	for len(dims) > 0 {
		c := g.data.Features[dims[0]].Column
		k := 1
		for k < len(dims) && g.data.Features[dims[k]].Column == c {
			k++
		}
		if c >= 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			hist := spare[:g.data.Bins[c]*p.channels]
			clear(hist)
			if codes := g.data.narrow[c]; codes != nil {
				add(hist, codes, rows, &g.near, p.channels, g.data.Exact)
			} else {
				add(hist, g.data.wide[c], rows, &g.near, p.channels, g.data.Exact)
			}
			s.column(&p, hist, dims[:k], g.data.Features, best)
		}
		dims = dims[k:]
	}
	if best.dim >= 0 && g.classes != nil {
		g.widenClasses(n, best)
	}
	g.settle(at, best)
	return nil
}

// narrowClasses renumbers the classes of the gathered rows, so that those that the node
// lacks take no channels.
func (g *Grower) narrowClasses(n *node, p *problem) {
	number := make([]int32, g.params.Classes)
	totals := make([]int64, 0, len(n.totals))
	for k, w := range n.totals[:g.params.Classes] {
		number[k] = int32(len(totals))
		if w != 0 || p.params.Classes == 2 { // with two, the second has a meaning
			totals = append(totals, w)
		}
	}
	p.classes = len(totals)
	if !p.exact {
		totals = append(totals, n.totals[len(n.totals)-1])
	}
	p.totals, p.channels = totals, len(totals)
	for i, k := range g.near.classes {
		g.near.classes[i] = number[k]
	}
}

func (g *Grower) widenClasses(n *node, s *split) {
	wide := make([]int64, len(n.totals))
	at := 0
	for k, w := range n.totals[:g.params.Classes] {
		if w != 0 || g.params.Classes == 2 {
			wide[k] = s.left[at]
			at++
		}
	}
	if !g.data.Exact {
		wide[len(wide)-1] = s.left[at]
	}
	s.left = wide
}
