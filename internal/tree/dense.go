package tree

import "github.com/millrace-ml/millrace/dataset"

// A densifier writes rows of vectors as keys. It looks at lines once where it can.
type densifier struct {
	blocks []denseBlock
	dim    int
}

type denseBlock struct {
	block     dataset.Block
	size      int
	lines     dataset.Lines
	zero, one []key // of a one-hot or a sparse block: what 0 and 1 look like
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
				db.zero = append(db.zero, keyOf(db.lines.At(j, 0)))
				db.one = append(db.one, keyOf(db.lines.At(j, 1)))
			}
		}
		d.blocks = append(d.blocks, db)
	}
	return d
}

// fill writes n rows from the given one on to dst, one after another.
func (d *densifier) fill(from, n int, dst []key) {
	first := 0
	for k := range d.blocks {
		b := &d.blocks[k]
		if s, ok := b.block.(*dataset.Scalar); ok {
			scalar(s, from, n, dst[first:], d.dim)
		} else {
			for i := range n {
				b.row(from+i, dst[i*d.dim+first:i*d.dim+first+b.size])
			}
		}
		first += b.size
	}
}

// scalar writes n values, each stride after the other.
func scalar(b *dataset.Scalar, from, n int, dst []key, stride int) {
	values := b.Values[from : from+n]
	if len(b.Lines) == 1 && b.Lines[0].Centre != nil && b.Lines[0].Scale != nil && b.Lines[0].Offset == nil {
		centre, scale := b.Lines[0].Centre[0], b.Lines[0].Scale[0] // as StandardScaler has it
		for i, x := range values {
			dst[i*stride] = keyOf((x - centre) * scale)
		}
		return
	}
	for i, x := range values {
		dst[i*stride] = keyOf(b.Lines.At(0, x))
	}
}

func (d *denseBlock) row(i int, row []key) {
	switch b := d.block.(type) {
	case *dataset.OneHot:
		copy(row, d.zero)
		if code := b.Codes[i]; code >= 0 {
			row[code] = d.one[code]
		}
	case *dataset.Dense:
		for j, x := range b.Values[i*d.size : (i+1)*d.size] {
			row[j] = keyOf(d.lines.At(j, x))
		}
	case *dataset.Sparse:
		copy(row, d.zero)
		for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
			j := int(b.Index[e])
			row[j] = keyOf(d.lines.At(j, b.Values[e]))
		}
	}
}
