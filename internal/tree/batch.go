package tree

import "github.com/millrace-ml/millrace/dataset"

// batchRows is how many rows are taken through a tree before the next tree: their
// numbers and the tree's nodes stay in the cache.
const batchRows = 32

// A Batch applies the trees of a Scorer to rows of a column of vectors. It is for one
// goroutine, and does not allocate after it was made.
type Batch struct {
	scorer  *Scorer
	vectors *dataset.Vectors
	rows    []float64
	dim     int
}

// NewBatch makes a batch for vectors of the ensemble's dimension.
func NewBatch(s *Scorer, v *dataset.Vectors) *Batch {
	return &Batch{scorer: s, vectors: v, dim: v.Dim(), rows: make([]float64, min(batchRows, max(v.Len(), 1))*v.Dim())}
}

// Each calls visit for each tree and each of the rows from to to-1, tree by tree for
// runs of rows, with the place of the leaf, counted in leaves.
func (b *Batch) Each(from, to int, visit func(row, tree int, leaf int32)) {
	for ; from < to; from += batchRows {
		n := b.fill(from, to)
		for t := range b.scorer.roots {
			for k := range n {
				visit(from+k, t, b.scorer.Leaf(t, b.rows[k*b.dim:(k+1)*b.dim]))
			}
		}
	}
}

// Sum adds up the width numbers of the leaves that each of the rows from to to-1 falls
// into, tree by tree, into out: width numbers a row. Values holds the numbers of all
// leaves.
func (b *Batch) Sum(from, to int, values []float64, width int, out []float64) {
	for ; from < to; from += batchRows {
		n := b.fill(from, to)
		for t := range b.scorer.roots {
			for k := range n {
				leaf := int(b.scorer.Leaf(t, b.rows[k*b.dim:(k+1)*b.dim]))
				sum := out[k*width : (k+1)*width]
				for c, x := range values[leaf*width : (leaf+1)*width] {
					sum[c] += x
				}
			}
		}
		out = out[n*width:]
	}
}

// fill makes up to batchRows rows dense.
func (b *Batch) fill(from, to int) int {
	n := min(to-from, batchRows)
	for k := range n {
		b.vectors.Row(from+k, b.rows[k*b.dim:(k+1)*b.dim])
	}
	return n
}
