package tree

import (
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// A densifier writes rows of vectors as numbers, in which infinities are NaN: they are
// missing too. It looks at lines once where it can.
type densifier struct {
	blocks []denseBlock
	dim    int
}

type denseBlock struct {
	block     dataset.Block
	size      int
	lines     dataset.Lines
	zero, one []float64 // of a one-hot or a sparse block: what 0 and 1 look like
}

func newDensifier(v *dataset.Vectors) *densifier {
	d := &densifier{dim: v.Dim()}
	for _, b := range v.Blocks() {
		db := denseBlock{block: b, size: b.Size()}
		switch b := b.(type) {
		case *dataset.Scalar:
			db.lines = b.Lines
		case *dataset.OneHot:
			db.lines = b.Lines
		case *dataset.Dense:
			db.lines = b.Lines
		case *dataset.Sparse:
			db.lines = b.Lines
		}
		switch b.(type) {
		case *dataset.OneHot, *dataset.Sparse:
			for j := range b.Size() {
				db.zero = append(db.zero, finite(db.lines.At(j, 0)))
				db.one = append(db.one, finite(db.lines.At(j, 1)))
			}
		}
		d.blocks = append(d.blocks, db)
	}
	return d
}

// finite returns x, or NaN where it is infinite.
func finite(x float64) float64 {
	if x-x != 0 {
		return math.NaN()
	}
	return x
}

// fill writes n rows from the given one on to dst, one after another.
func (d *densifier) fill(from, n int, dst []float64) {
	first := 0
	for k := range d.blocks {
		b := &d.blocks[k]
		for i := range n {
			b.row(from+i, dst[i*d.dim+first:i*d.dim+first+b.size])
		}
		first += b.size
	}
}

func (d *denseBlock) row(i int, row []float64) {
	switch b := d.block.(type) {
	case *dataset.Scalar:
		row[0] = finite(d.lines.At(0, b.Values[i]))
	case *dataset.OneHot:
		copy(row, d.zero)
		if code := b.Codes[i]; code >= 0 {
			row[code] = d.one[code]
		}
	case *dataset.Dense:
		for j, x := range b.Values[i*d.size : (i+1)*d.size] {
			row[j] = finite(d.lines.At(j, x))
		}
	case *dataset.Sparse:
		copy(row, d.zero)
		for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
			j := int(b.Index[e])
			row[j] = finite(d.lines.At(j, b.Values[e]))
		}
	}
}
