package tree

import (
	"math"
	"slices"
)

// A split is a way to split a node.
type split struct {
	gain  float64
	proxy float64 // grows with gain, and is faster to compute
	dim   int32   // -1 = none
	bin   int     // of a number: the last bin that goes left; of categories: unused
	kind  kind
	set   []uint64 // of categories: those that go left; the one after the last is missing
	left  []int64  // totals of the left child

	missingLeft bool
}

type kind uint8

const (
	number kind = iota
	hotLeft
	hotRight // of a one-hot block: the code goes right
	categories
)

// A problem is a node that looks for a split.
type problem struct {
	params   *Params
	totals   []int64
	channels int
	classes  int // channels that are classes
	exact    bool
	unit     float64
	second   float64
	bits     int
	rows     int64
	weight   float64
	impurity float64
}

// A search goes through the splits of one column. Its memory is used again.
type search struct {
	best  [2]split // for one node, or for two siblings
	left  []int64
	order []int
	rank  []float64
}

func (s *split) reset() {
	s.gain, s.proxy, s.dim = math.Inf(-1), math.Inf(-1), -1
}

func (s *split) keep(from split, left []int64, set []uint64) {
	words, numbers := s.set, s.left
	*s = from
	s.left = append(numbers[:0], left...)
	s.set = append(words[:0], set...)
}

// near is how close to the best a proxy must come for its gain to be computed.
const near = 1e-9

// evaluate computes the gain of the split that sends left to the left, if it is at
// least as good as the best and allowed.
func (p *problem) evaluate(left []int64, best *split) (c split, ok bool) {
	switch p.params.Criterion {
	case Variance:
		ok = p.variance(left, &c)
	case Newton:
		ok = p.newton(left, &c)
	default:
		return p.classify(left, best)
	}
	return c, ok && c.gain > best.gain
}

// variance takes gain = p(left) p(right) (mean(left) - mean(right))².
func (p *problem) variance(left []int64, c *split) bool {
	rows := rowsIn(left[1], p.bits)
	wl, wr := left[1]>>p.bits, (p.totals[1]-left[1])>>p.bits
	if rows < int64(p.params.MinRows) || p.rows-rows < int64(p.params.MinRows) || wl <= 0 || wr <= 0 {
		return false
	}
	l, r := float64(wl), float64(wr)
	if min(l, r)*p.second < p.params.MinWeight {
		return false
	}
	d := (float64(left[0])/l - float64(p.totals[0]-left[0])/r) * (p.unit / p.second)
	w := l + r
	c.gain = l / w * (r / w) * (d * d)
	return c.gain >= p.params.MinGain && c.gain > 1e-14*p.impurity
}

// newton is the gain of Params.Lambda.
func (p *problem) newton(left []int64, c *split) bool {
	rows := rowsIn(left[1], p.bits)
	if rows < int64(p.params.MinRows) || p.rows-rows < int64(p.params.MinRows) {
		return false
	}
	gl, gr := float64(left[0])*p.unit, float64(p.totals[0]-left[0])*p.unit
	hl, hr := float64(left[1]>>p.bits)*p.second, float64((p.totals[1]-left[1])>>p.bits)*p.second
	if min(hl, hr) < p.params.MinHessian || min(hl, hr)+p.params.Lambda <= 0 {
		return false
	}
	g, whole := gl+gr, p.params.Lambda
	parts := gl*gl/(hl+whole) + gr*gr/(hr+whole)
	c.gain = (parts - g*g/(hl+hr+whole)) / 2
	return c.gain >= p.params.MinGain && c.gain > 1e-12*parts
}

// classify computes the gain as Spark does, to its bits, for the splits that a cheaper
// measure finds to be the best or nearly so.
func (p *problem) classify(left []int64, best *split) (c split, ok bool) {
	var nl, nr int64
	var squaresLeft, squaresRight float64
	for k, l := range left[:p.classes] {
		r := p.totals[k] - l
		nl += l
		nr += r
		x, y := float64(l), float64(r)
		squaresLeft += x * x
		squaresRight += y * y
	}
	rows := nl
	if !p.exact {
		rows = left[p.channels-1]
	}
	if rows < int64(p.params.MinRows) || p.rows-rows < int64(p.params.MinRows) || nl <= 0 || nr <= 0 ||
		float64(min(nl, nr))*p.unit < p.params.MinWeight {
		return c, false
	}
	if p.params.Criterion == Gini {
		c.proxy = squaresLeft/float64(nl) + squaresRight/float64(nr)
		if c.proxy < best.proxy*(1-near) {
			return c, false
		}
	}
	total := float64(nl + nr)
	il := impurity(p.params.Criterion, left[:p.classes], nil, float64(nl))
	ir := impurity(p.params.Criterion, p.totals[:p.classes], left, float64(nr))
	c.gain = p.impurity - float64(float64(nl)/total*il) - float64(float64(nr)/total*ir)
	return c, c.gain > best.gain && c.gain >= p.params.MinGain && c.gain > 1e-14*p.impurity
}

func (g *Grower) impurity(weights []int64, total float64) float64 {
	return impurity(g.params.Criterion, weights, nil, total)
}

// impurity is that of classes with the given weights, less those of minus. Its form is
// that of Spark's.
func impurity(c Criterion, weights, minus []int64, total float64) float64 {
	if total == 0 {
		return 0
	}
	out := 0.0
	if c == Gini {
		out = 1
	}
	for k, w := range weights {
		if minus != nil {
			w -= minus[k]
		}
		if w == 0 {
			continue
		}
		share := float64(w) / total
		if c == Gini {
			out -= float64(share * share)
		} else {
			out -= float64(share * (math.Log(share) / math.Ln2))
		}
	}
	return out
}

// column searches the splits of the dimensions of one column.
func (s *search) column(p *problem, hist []int64, dims []int32, features []Feature, best *split) {
	if cap(s.left) < p.channels {
		s.left = make([]int64, p.channels)
	}
	s.left = s.left[:p.channels]
	for _, j := range dims {
		f := &features[j]
		switch {
		case f.Hot > 0:
			s.hot(p, hist, f, j, best)
		case f.Levels > 0:
			s.categories(p, hist, f, j, best)
		default:
			s.number(p, hist, f, j, best)
		}
	}
}

func (p *problem) empty(bin []int64) bool {
	if p.classes == 0 || !p.exact {
		return bin[len(bin)-1] == 0
	}
	for _, x := range bin {
		if x != 0 {
			return false
		}
	}
	return true
}

func plus(to, x []int64) {
	x = x[:len(to)]
	for k, v := range x {
		to[k] += v
	}
}

func (s *search) hot(p *problem, hist []int64, f *Feature, dim int32, best *split) {
	n := p.channels
	bin := hist[f.Hot*n : (f.Hot+1)*n]
	if p.empty(bin) {
		return
	}
	left, how := s.left, hotLeft
	copy(left, bin)
	if f.Rising {
		how = hotRight
		for k := range left {
			left[k] = p.totals[k] - bin[k]
		}
	}
	if c, ok := p.evaluate(left, best); ok {
		c.dim, c.bin, c.kind = dim, f.Hot, how
		best.keep(c, left, nil)
	}
}

// number tries each threshold, and where rows are missing sends them either way, as
// Chen and Guestrin, section 3.4.
func (s *search) number(p *problem, hist []int64, f *Feature, dim int32, best *split) {
	n, bins := p.channels, len(f.Cuts)+1
	absent := hist[bins*n : (bins+1)*n]
	ways := 1
	if !p.empty(absent) {
		ways = 2
	}
	for way := range ways {
		clear(s.left)
		last := bins - 1
		if way == 1 {
			copy(s.left, absent)
		} else {
			last += ways - 1 // all numbers left, what is missing right
		}
		for b := range last {
			bin := hist[b*n : (b+1)*n]
			if p.empty(bin) {
				continue
			}
			plus(s.left, bin)
			if c, ok := p.evaluate(s.left, best); ok {
				c.dim, c.bin, c.kind, c.missingLeft = dim, b, number, way == 1
				best.keep(c, s.left, nil)
			}
		}
	}
}

// categories tries every subset where there are few of many classes; else it puts the
// categories in the order of their mean target, and cuts that. What is missing is one
// more category.
//
// Source: Hastie, Tibshirani and Friedman, section 9.2.4; the orders are those of
// Spark, org.apache.spark.ml.tree.impl.RandomForest, binsToBestSplit.
func (s *search) categories(p *problem, hist []int64, f *Feature, dim int32, best *split) {
	n := p.channels
	bin := func(c int) []int64 { return hist[c*n : (c+1)*n] }
	set := make([]uint64, words(f.Levels+1))
	try := func() {
		if c, ok := p.evaluate(s.left, best); ok {
			c.dim, c.kind = dim, categories
			c.missingLeft = set[f.Levels>>6]>>(f.Levels&63)&1 != 0
			best.keep(c, s.left, set)
		}
	}
	if p.params.Criterion < Variance && f.Levels <= p.params.Unordered && p.empty(bin(f.Levels)) {
		for subset := uint64(1); subset < 1<<(f.Levels-1); subset++ {
			clear(s.left)
			for c := range f.Levels {
				if subset>>c&1 != 0 {
					plus(s.left, bin(c))
				}
			}
			set[0] = subset
			try()
		}
		return
	}
	s.order, s.rank = s.order[:0], s.rank[:0]
	for c := range f.Levels + 1 {
		s.rank = append(s.rank, p.rank(bin(c)))
		if !p.empty(bin(c)) {
			s.order = append(s.order, c)
		}
	}
	slices.SortStableFunc(s.order, func(a, b int) int { return compare(s.rank[a], s.rank[b]) })
	clear(s.left)
	for _, c := range s.order[:max(len(s.order)-1, 0)] {
		plus(s.left, bin(c))
		set[c>>6] |= 1 << (c & 63)
		try()
	}
}

// rank places a category among others.
func (p *problem) rank(bin []int64) float64 {
	switch {
	case p.classes == 0:
		return float64(bin[0]) / max(float64(bin[1]>>p.bits), 1)
	case p.params.Classes == 2:
		return float64(bin[1])
	}
	w := bin[:p.classes]
	return impurity(p.params.Criterion, w, nil, float64(sum(w)))
}
