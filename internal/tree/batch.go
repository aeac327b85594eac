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
	quads  [batchRows / 4][4][]key // the rows, four by four
	leaves []int32                 // of each row of a run, tree by tree; or of one row
}

// NewBatch makes a batch for vectors of the ensemble's dimension.
func NewBatch(s *Scorer, v *dataset.Vectors) *Batch {
	n := min(batchRows, max(v.Len(), 1))
	return &Batch{scorer: s, dense: newDensifier(v), dim: v.Dim(), rows: make([]key, n*v.Dim()), leaves: make([]int32, n*len(s.roots))}
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
	var at [4]int32
	if n < 4 { // four trees of a row at once; near the end some are walked twice
		var rows [4][]key
		for i := 0; i < len(all); i += 4 {
			for k := range at {
				p := min(i+k, len(all)-1)
				at[k], rows[k] = b.scorer.roots[p/n], b.rows[p%n*b.dim:(p%n+1)*b.dim]
			}
			b.scorer.four(&at, &rows)
			copy(all[i:], at[:])
		}
		return n
	}
	for k := 0; k < n; k += 4 {
		for r := range 4 {
			i := min(k, n-4) + r
			b.quads[k/4][r] = b.rows[i*b.dim : (i+1)*b.dim]
		}
	}
	for t, root := range b.scorer.roots { // four rows of a tree at once
		for k := 0; k < n; k += 4 {
			at = [4]int32{root, root, root, root}
			b.scorer.four(&at, &b.quads[k/4])
			copy(all[t*n+min(k, n-4):], at[:])
		}
	}
	return n
}
