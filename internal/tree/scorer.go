package tree

// A Scorer applies an [Ensemble]. It is made once, and is safe for concurrent use.
type Scorer struct {
	nodes []flat
	roots []int32
	words []uint64
}

// A flat node takes 16 bytes. Its left child is the next node.
type flat struct {
	threshold float64 // of a category: unused
	test      uint32  // dimension and the flags below
	next      int32   // right child; of a leaf, the place of its numbers; of a category, see set
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
			s.nodes = append(s.nodes, flat{test: isLeaf, next: e.Rights[i]})
			continue
		}
		n := flat{threshold: e.Thresholds[i], test: uint32(dim), next: at[e.Rights[i]]}
		if e.MissingLeft[i] {
			n.test |= missingLeft
		}
		if levels := e.levels(dim); levels > 0 {
			n.test |= isCategory
			s.nodes = append(s.nodes, n, flat{threshold: float64(levels), next: e.Sets[i]})
			continue
		}
		s.nodes = append(s.nodes, n)
	}
	for t := range s.roots {
		s.roots[t] = at[e.Starts[t]]
	}
	return s
}

// Trees returns the number of trees.
func (s *Scorer) Trees() int { return len(s.roots) }

// Leaf returns the place, counted in leaves, of the numbers of the leaf of tree t that
// row falls into.
func (s *Scorer) Leaf(t int, row []float64) int32 {
	i := s.roots[t]
	for {
		n := &s.nodes[i]
		if n.test&(isLeaf|isCategory) != 0 {
			if n.test&isLeaf != 0 {
				return n.next
			}
			i = s.category(i, row)
			continue
		}
		x := row[n.test&dimMask]
		next := n.next
		if x <= n.threshold {
			next = i + 1
		}
		if x-x != 0 { // NaN or infinite
			next = n.next
			if n.test&missingLeft != 0 {
				next = i + 1
			}
		}
		i = next
	}
}

// category returns the node after node i, which tests a category.
func (s *Scorer) category(i int32, row []float64) int32 {
	n, set := &s.nodes[i], &s.nodes[i+1]
	x := row[n.test&dimMask]
	left := n.test&missingLeft != 0
	if x >= 0 && x < set.threshold && x == float64(int32(x)) {
		c := int32(x)
		left = s.words[set.next+c>>6]>>(c&63)&1 != 0
	}
	if left {
		return i + 2
	}
	return n.next
}
