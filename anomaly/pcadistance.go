package anomaly

import (
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/summary"
)

// nearlyExplained is the share of a row's squared length below which the difference
// of length and projection has lost digits, and the residual is added up in full.
const nearlyExplained = 1e-4

// A residual measures |d|² - |V'd|² of vectors seen as d through a view.
type residual struct {
	view   summary.View
	k, dim int
	loads  []float64 // V, a row for each dimension
}

// newResidual takes V', a row for each of k components.
func newResidual(view summary.View, components []float64, k int) residual {
	dim := len(components) / k
	r := residual{view: view, k: k, dim: dim, loads: make([]float64, len(components))}
	for c := range k {
		for j := range dim {
			r.loads[j*k+c] = components[c*dim+j]
		}
	}
	return r
}

// A plan is a residual made ready for one column. What a row adds depends on that
// row alone, in a fixed order, so a plan of one row gives the same bits. It is for
// one goroutine.
type plan struct {
	*residual
	v      *dataset.Vectors
	blocks []term
	sums   []float64 // of the present row: |d|², then V'd
	row    []float64 // room for d
}

// A term adds the part of row i that lies in some blocks to |d|² and V'd.
type term interface{ add(i int, sums []float64) }

func (r *residual) plan(v *dataset.Vectors) *plan {
	p := &plan{residual: r, v: v, sums: make([]float64, r.k+1), row: make([]float64, r.dim)}
	var run *numbers
	first := 0
	for _, b := range v.Blocks() {
		switch b := b.(type) {
		case *dataset.Scalar, *dataset.Dense:
			if run == nil {
				run = r.numbers()
				p.blocks = append(p.blocks, run)
			}
			run.append(r, b, first)
		case *dataset.OneHot:
			run = nil
			p.blocks = append(p.blocks, newCodes(r, b, first))
		case *dataset.Sparse:
			run = nil
			p.blocks = append(p.blocks, newEntries(r, b, first))
		}
		first += b.Size()
	}
	return p
}

// score returns the squared distance of row i, never below 0. It is NaN where the row
// holds a NaN, and +Inf where the row is too far for a number.
func (p *plan) score(i int) float64 {
	clear(p.sums)
	for _, b := range p.blocks {
		b.add(i, p.sums)
	}
	norm := p.sums[0]
	if math.IsInf(norm, 1) {
		return norm
	}
	s := norm
	for _, t := range p.sums[1:] {
		s -= float64(t * t)
	}
	if s < nearlyExplained*norm {
		return p.inFull(i)
	}
	return s
}

// projection returns V'd of the row that was scored last.
func (p *plan) projection() []float64 { return p.sums[1:] }

// inFull adds up the squares of what the components leave of row i.
func (p *plan) inFull(i int) float64 {
	p.residuals(i)
	var s float64
	for _, x := range p.row {
		s += float64(x * x)
	}
	return s
}

// residuals sets p.row to d - V V'd for row i, given V'd.
func (p *plan) residuals(i int) {
	p.v.Row(i, p.row)
	for j, x := range p.row {
		d := p.view.At(j, x)
		for c, t := range p.projection() {
			d -= float64(p.loads[j*p.k+c] * t)
		}
		p.row[j] = d
	}
}

// numbers are neighbouring dimensions whose every value is read.
type numbers struct {
	dims  []number
	clip  float64   // +Inf = none
	lined bool      // some dimension has lines
	d     []float64 // of the present row
	k     int
	loads []float64 // rows of V
}

// A number is one dimension: its values, stride apart, and how they are seen.
type number struct {
	values               []float64
	stride               int
	centre, scale, shift float64
	first                line          // of the block's lines
	more                 dataset.Lines // after the first
	of                   int           // dimension within these
}

// A line maps x to (x - centre) * scale + offset.
type line struct{ centre, scale, offset float64 }

func (r *residual) numbers() *numbers {
	n := &numbers{clip: math.Inf(1), k: r.k}
	if r.view.Clip > 0 {
		n.clip = r.view.Clip
	}
	return n
}

func (n *numbers) append(r *residual, b dataset.Block, first int) {
	for at := range b.Size() {
		j := first + at
		d := number{scale: 1}
		if r.view.Centre != nil {
			d.centre = r.view.Centre[j]
		}
		if r.view.Scale != nil {
			d.scale = r.view.Scale[j]
		}
		if r.view.Shift != nil {
			d.shift = r.view.Shift[j]
		}
		switch b := b.(type) {
		case *dataset.Scalar:
			d.values, d.stride = b.Values, 1
			n.see(&d, b.Lines, 0)
		case *dataset.Dense:
			d.values, d.stride = b.Values[min(at, len(b.Values)):], b.Width
			n.see(&d, b.Lines, at)
		}
		n.dims, n.d = append(n.dims, d), append(n.d, 0)
	}
	n.loads = append(n.loads, r.loads[first*r.k:(first+b.Size())*r.k]...)
}

// see takes apart the lines of dimension j of a block.
func (n *numbers) see(d *number, lines dataset.Lines, j int) {
	d.first.scale = 1
	if len(lines) == 0 {
		return
	}
	n.lined = true
	a := lines[0]
	if a.Centre != nil {
		d.first.centre = a.Centre[j]
	}
	if a.Scale != nil {
		d.first.scale = a.Scale[j]
	}
	if a.Offset != nil {
		d.first.offset = a.Offset[j]
	}
	d.more, d.of = lines[1:], j
}

func (n *numbers) add(i int, sums []float64) {
	if n.lined {
		n.readLined(i)
	} else {
		n.read(i)
	}
	if n.k == 2 {
		n.add2(sums)
		return
	}
	loads := n.loads
	for _, d := range n.d {
		sums[0] += float64(d * d)
		for c, load := range loads[:n.k] {
			sums[c+1] += float64(load * d)
		}
		loads = loads[n.k:]
	}
}

// add2 is the same for two components.
func (n *numbers) add2(sums []float64) {
	a, b, c := sums[0], sums[1], sums[2]
	loads := n.loads[:2*len(n.d)]
	for j, d := range n.d {
		a += float64(d * d)
		b += float64(loads[2*j] * d)
		c += float64(loads[2*j+1] * d)
	}
	sums[0], sums[1], sums[2] = a, b, c
}

// read sets d for row i.
func (n *numbers) read(i int) {
	dims := n.dims[:len(n.d)]
	d, most := n.d, n.clip
	for k := range d {
		t := &dims[k]
		d[k] = clip((t.values[i*t.stride]-t.centre)*t.scale, most) - t.shift
	}
}

// readLined is read for blocks with lines.
func (n *numbers) readLined(i int) {
	dims := n.dims[:len(n.d)]
	d, most := n.d, n.clip
	for k := range d {
		t := &dims[k]
		x := float64((t.values[i*t.stride]-t.first.centre)*t.first.scale) + t.first.offset
		if len(t.more) > 0 {
			x = t.more.At(t.of, x)
		}
		d[k] = clip((x-t.centre)*t.scale, most) - t.shift
	}
}

// clip keeps x within -most and most, and NaN as it is.
func clip(x, most float64) float64 {
	if x > most {
		return most
	}
	if x < -most {
		return -most
	}
	return x
}

// codes is a one-hot block: a table of what each code adds, first none.
type codes struct {
	codes []int32
	table []float64
	width int // numbers a code
}

// newCodes adds up, for every code, the dimensions before it, itself, and those after
// it: each sum is of the squares that it stands for, so no digit is lost.
func newCodes(r *residual, b *dataset.OneHot, first int) *codes {
	w := r.k + 1
	t := &codes{codes: b.Codes, table: make([]float64, (b.Width+1)*w), width: w}
	before, after := make([]float64, w), make([]float64, w)
	for j := range b.Width {
		entry := t.table[(j+1)*w:][:w]
		copy(entry, before)
		r.put(first+j, b.Lines.At(j, 1), entry)
		r.put(first+j, b.Lines.At(j, 0), before)
	}
	copy(t.table, before)
	for j := b.Width - 1; j >= 0; j-- {
		entry := t.table[(j+1)*w:][:w]
		for c, x := range after {
			entry[c] += x
		}
		r.put(first+j, b.Lines.At(j, 0), after)
	}
	return t
}

// put adds the value x of dimension j.
func (r *residual) put(j int, x float64, sums []float64) {
	d := r.view.At(j, x)
	sums[0] += float64(d * d)
	for c, load := range r.loads[j*r.k : (j+1)*r.k] {
		sums[c+1] += float64(load * d)
	}
}

func (t *codes) add(i int, sums []float64) {
	at := (int(t.codes[i]) + 1) * t.width
	for c, x := range t.table[at : at+len(sums)] {
		sums[c] += x
	}
}

// entries is a sparse block: the sums of a row of zeros, changed by what is not 0.
type entries struct {
	*residual
	block *dataset.Sparse
	first int
	zeros []float64 // of the block
	zero  []float64 // d of 0, for each dimension
	row   []float64 // room for the sums of a row
}

func newEntries(r *residual, b *dataset.Sparse, first int) *entries {
	e := &entries{residual: r, block: b, first: first,
		zeros: make([]float64, r.k+1), zero: make([]float64, b.Width), row: make([]float64, r.k+1)}
	for j := range b.Width {
		x := b.Lines.At(j, 0)
		e.zero[j] = r.view.At(first+j, x)
		r.put(first+j, x, e.zeros)
	}
	return e
}

func (e *entries) add(i int, sums []float64) {
	b, s := e.block, e.row
	copy(s, e.zeros)
	from, to := b.Starts[i], b.Starts[i+1]
	for at := from; at < to; at++ {
		j := int(b.Index[at])
		d, zero := e.view.At(e.first+j, b.Lines.At(j, b.Values[at])), e.zero[j]
		s[0] += float64(d*d) - float64(zero*zero)
		for c, load := range e.loads[(e.first+j)*e.k : (e.first+j+1)*e.k] {
			s[c+1] += float64(load * (d - zero))
		}
	}
	if !(s[0] >= 0.01*e.zeros[0]) { // too little is left of the zeros
		clear(s)
		for j := range b.Width {
			x := 0.0
			if from < to && int(b.Index[from]) == j {
				x = b.Values[from]
				from++
			}
			e.put(e.first+j, b.Lines.At(j, x), s)
		}
	}
	for c, x := range s {
		sums[c] += x
	}
}
