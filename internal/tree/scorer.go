package tree

import "math"

// A Scorer applies an [Ensemble]. It is made once, and is safe for concurrent use.
type Scorer struct {
	nodes []flat
	roots []int32
	words []uint64
}

// A flat node takes 16 bytes. Its left child is the next node, that of a category the
// one after that. A leaf is its own right child, and its threshold, which is below all
// numbers, is its place.
type flat struct {
	threshold key
	test      uint32 // dimension and the flags below
	next      int32  // right child; behind a category, the first word of its set
}

// A key is a number in a form whose order is that of integers. All that is missing has
// one key, above all others.
type key uint64

const missingKey key = math.MaxUint64

func keyOf(x float64) key {
	if x-x != 0 {
		return missingKey
	}
	b := math.Float64bits(x)
	return key(b ^ (uint64(int64(b)>>63) | 1<<63))
}

// number is the inverse of keyOf.
func (k key) number() float64 {
	if k == missingKey {
		return math.NaN()
	}
	return math.Float64frombits(uint64(k) ^ (uint64(int64(^k)>>63) | 1<<63))
}

const (
	isLeaf      = 1 << 31
	missingLeft = 1 << 30
	isCategory  = 1 << 29
	dimMask     = isCategory - 1
)

// NewScorer makes the scorer of an ensemble that has passed Check. A node that tests a
// category is two: the second holds the set.
func NewScorer(e *Ensemble) *Scorer {
	s := &Scorer{roots: make([]int32, e.Trees()), words: e.Words}
	at := make([]int32, len(e.Dims)) // place of each node in s.nodes
	size := int32(0)
	for i, dim := range e.Dims {
		at[i] = size
		size++
		if dim >= 0 && e.levels(dim) > 0 {
			size++
		}
	}
	s.nodes = make([]flat, 0, size)
	for i, dim := range e.Dims {
		if dim < 0 {
			s.nodes = append(s.nodes, flat{key(e.Rights[i]), isLeaf, at[i]})
			continue
		}
		n := flat{keyOf(e.Thresholds[i] + 0), uint32(dim), at[e.Rights[i]]} // + 0: no -0
		if e.MissingLeft[i] {
			n.test |= missingLeft
		}
		if levels := e.levels(dim); levels > 0 {
			n.test |= isCategory
			s.nodes = append(s.nodes, n, flat{threshold: key(levels), next: e.Sets[i]})
			continue
		}
		s.nodes = append(s.nodes, n)
	}
	for t := range s.roots {
		s.roots[t] = at[e.Starts[t]]
	}
	return s
}

// four walks four rows through all trees, side by side: the processor need not wait for
// one. The leaves of tree t are written to leaves from t*stride on.
func (s *Scorer) four(rows *[4][]key, leaves []int32, stride int) {
	nodes := s.nodes
	ra, rb, rc, rd := rows[0], rows[1], rows[2], rows[3]
	for t, root := range s.roots {
		a, b, c, d := root, root, root, root
		for {
			na, nb, nc, nd := &nodes[a], &nodes[b], &nodes[c], &nodes[d]
			if na.test&nb.test&nc.test&nd.test&isLeaf != 0 {
				out := leaves[t*stride:]
				_ = out[3]
				out[0], out[1], out[2], out[3] = int32(na.threshold), int32(nb.threshold), int32(nc.threshold), int32(nd.threshold)
				break
			}
			if (na.test|nb.test|nc.test|nd.test)&(missingLeft|isCategory) != 0 {
				a, b, c, d = s.step(a, ra), s.step(b, rb), s.step(c, rc), s.step(d, rd)
				continue
			}
			nextA, nextB, nextC, nextD := na.next, nb.next, nc.next, nd.next
			if ra[na.test&dimMask] <= na.threshold {
				nextA = a + 1
			}
			if rb[nb.test&dimMask] <= nb.threshold {
				nextB = b + 1
			}
			if rc[nc.test&dimMask] <= nc.threshold {
				nextC = c + 1
			}
			if rd[nd.test&dimMask] <= nd.threshold {
				nextD = d + 1
			}
			a, b, c, d = nextA, nextB, nextC, nextD
		}
	}
}

// one walks one row through all trees.
func (s *Scorer) one(row []key, leaves []int32) {
	nodes := s.nodes
	for t, i := range s.roots {
		n := &nodes[i]
		for n.test&isLeaf == 0 {
			next := n.next
			if n.test&(missingLeft|isCategory) != 0 {
				next = s.step(i, row)
			} else if row[n.test&dimMask] <= n.threshold {
				next = i + 1
			}
			i, n = next, &nodes[next]
		}
		leaves[t] = int32(n.threshold)
	}
}

// step returns the node after node i, or i where it is a leaf.
func (s *Scorer) step(i int32, row []key) int32 {
	n := &s.nodes[i]
	x := row[n.test&dimMask]
	switch {
	case n.test&isCategory != 0:
		return s.category(i, x)
	case x <= n.threshold || x == missingKey && n.test&missingLeft != 0:
		return i + 1
	}
	return n.next
}

// category returns the node after node i, which tests a category.
func (s *Scorer) category(i int32, k key) int32 {
	n, set := &s.nodes[i], &s.nodes[i+1]
	left := n.test&missingLeft != 0
	if x := k.number(); x >= 0 && x < float64(set.threshold) && x == float64(int32(x)) {
		c := int32(x)
		left = s.words[set.next+c>>6]>>(c&63)&1 != 0
	}
	if left {
		return i + 2
	}
	return n.next
}
