package tree

import "github.com/millrace-ml/millrace/dataset"

// batchRows is how many rows are taken through a tree before the next tree: their
// numbers and the tree's nodes stay in the cache.
const batchRows = 32

// Votes are the numbers of leaves, those that are not 0.
type Votes struct {
	width  int
	starts []int32 // leaf i has the entries starts[i] to starts[i+1]-1
	votes  []vote
}

type vote struct {
	at    int32
	value float64
}

// NewVotes takes width numbers of each leaf.
func NewVotes(width int, values []float64) *Votes {
	v := &Votes{width: width, starts: make([]int32, 1, len(values)/width+1)}
	for i, x := range values {
		if x != 0 {
			v.votes = append(v.votes, vote{int32(i % width), x})
		}
		if i%width == width-1 {
			v.starts = append(v.starts, int32(len(v.votes)))
		}
	}
	return v
}

// A Batch applies the trees of a Scorer to rows of a column of vectors. It is for one
// goroutine, and does not allocate after it was made.
type Batch struct {
	scorer *Scorer
	dense  *densifier
	rows   []key
	dim    int
	leaves []int32 // of each row of a run, tree by tree
	single []int32 // of one row
}

// NewBatch makes a batch for vectors of the ensemble's dimension.
func NewBatch(s *Scorer, v *dataset.Vectors) *Batch {
	n := min(batchRows, max(v.Len(), 1))
	return &Batch{scorer: s, dense: newDensifier(v), dim: v.Dim(), rows: make([]key, n*v.Dim()),
		leaves: make([]int32, n*len(s.roots)), single: make([]int32, len(s.roots))}
}

// Each calls visit for each of the rows from to to-1 and each tree, in this order, with
// the place of the leaf, counted in leaves.
func (b *Batch) Each(from, to int, visit func(row, tree int, leaf int32)) {
	for ; from < to; from += batchRows {
		n := b.walk(from, to)
		for k := range n {
			for t := range b.scorer.roots {
				visit(from+k, t, b.leaves[t*n+k])
			}
		}
	}
}

// Sum adds the number of the leaf that each tree leads to, tree by tree, to out: for
// each of the rows from to to-1.
func (b *Batch) Sum(from, to int, values, out []float64) {
	for ; from < to; from += batchRows {
		n := b.walk(from, to)
		for t := range b.scorer.roots {
			for k, leaf := range b.leaves[t*n : (t+1)*n] {
				out[k] += values[leaf]
			}
		}
		out = out[n:]
	}
}

// Vote is Sum for the numbers of votes, as many for each row of out as votes has.
func (b *Batch) Vote(from, to int, votes *Votes, out []float64) {
	for ; from < to; from += batchRows {
		n := b.walk(from, to)
		for k := range n {
			sum := out[k*votes.width : (k+1)*votes.width]
			for t := k; t < len(b.scorer.roots)*n; t += n {
				leaf := b.leaves[t]
				for _, v := range votes.votes[votes.starts[leaf]:votes.starts[leaf+1]] {
					sum[v.at] += v.value
				}
			}
		}
		out = out[n*votes.width:]
	}
}

// walk finds the leaves of up to batchRows rows: of tree t and row k at t*n+k, where n
// is the number of rows, which it returns.
func (b *Batch) walk(from, to int) int {
	n := min(to-from, batchRows)
	b.dense.fill(from, n, b.rows)
	all := b.leaves[:len(b.scorer.roots)*n]
	if n < 4 {
		for k := range n {
			b.scorer.one(b.rows[k*b.dim:(k+1)*b.dim], b.single)
			for t, leaf := range b.single {
				all[t*n+k] = leaf
			}
		}
		return n
	}
	var rows [4][]key
	for k := 0; k < n; k += 4 { // near the end some are walked twice
		first := min(k, n-4)
		for r := range rows {
			rows[r] = b.rows[(first+r)*b.dim : (first+r+1)*b.dim]
		}
		b.scorer.four(&rows, all[first:], n)
	}
	return n
}
