package summary

import (
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// Rows are gathered at most batchRows at a time, and fewer where the vectors are long,
// so that the lists stay in a near cache.
const (
	batchRows    = 32
	batchNumbers = 1 << 14
)

// nonzeros gathers what is not 0 of a batch of rows of a vector column, as seen
// through a View: for row r the dimensions dims[r*dim:][:count[r]], rising, and their
// values. It visits a value that is 0 in the view only where it must.
type nonzeros struct {
	v      *dataset.Vectors
	view   *View
	dim    int
	batch  int // rows
	blocks []gatherer

	count  [batchRows]int
	dims   []int32
	values []float64
}

// A gatherer appends the numbers of one block, of the rows given, to the lists.
type gatherer interface {
	gather(z *nonzeros, rows []int32)
}

func newNonzeros(v *dataset.Vectors, view *View) *nonzeros {
	z := &nonzeros{v: v, view: view, dim: v.Dim()}
	z.batch = max(1, min(batchRows, batchNumbers/max(z.dim, 1)))
	z.dims, z.values = make([]int32, z.batch*z.dim), make([]float64, z.batch*z.dim)
	first := 0
	for _, b := range v.Blocks() {
		z.blocks = append(z.blocks, newGatherer(b, view, first))
		first += b.Size()
	}
	return z
}

func newGatherer(b dataset.Block, view *View, first int) gatherer {
	switch b := b.(type) {
	case *dataset.Scalar:
		return newGatherScalar(b, view, first)
	case *dataset.OneHot:
		return newGatherOneHot(b, view, first)
	case *dataset.Sparse:
		for j := range b.Width {
			if view.At(first+j, b.Lines.At(j, 0)) != 0 {
				return newGatherRows(b, first)
			}
		}
		return gatherSparse{b, first}
	}
	return newGatherRows(b, first)
}

// each calls fn for every batch of the rows in sel, or of all where sel is nil.
func (z *nonzeros) each(sel []int32, fn func(rows int)) {
	n := z.v.Len()
	if sel != nil {
		n = len(sel)
	}
	var all [batchRows]int32
	for from := 0; from < n; from += z.batch {
		rows := all[:min(z.batch, n-from)]
		if sel != nil {
			rows = sel[from : from+len(rows)]
		} else {
			for r := range rows {
				rows[r] = int32(from + r)
			}
		}
		clear(z.count[:])
		for _, b := range z.blocks {
			b.gather(z, rows)
		}
		fn(len(rows))
	}
}

// row returns the dimensions and values of row r of the batch.
func (z *nonzeros) row(r int) ([]int32, []float64) {
	from, n := r*z.dim, z.count[r]
	return z.dims[from : from+n], z.values[from : from+n]
}

func (z *nonzeros) put(r, j int, d float64) {
	if d == 0 {
		return
	}
	at := r*z.dim + z.count[r]
	z.dims[at], z.values[at] = int32(j), d
	z.count[r]++
}

// gatherScalar reads a column of numbers.
type gatherScalar struct {
	values               []float64
	lines                dataset.Lines
	dim                  int
	centre, scale, shift float64
	clip                 float64
	quiet                float64 // a value that is seen as 0; NaN = none met yet
}

func newGatherScalar(b *dataset.Scalar, view *View, j int) *gatherScalar {
	g := &gatherScalar{values: b.Values, lines: b.Lines, dim: j, scale: 1, clip: view.Clip, quiet: math.NaN()}
	if view.Centre != nil {
		g.centre = view.Centre[j]
	}
	if view.Scale != nil {
		g.scale = view.Scale[j]
	}
	if view.Shift != nil {
		g.shift = view.Shift[j]
	}
	return g
}

func (g *gatherScalar) gather(z *nonzeros, rows []int32) {
	at := 0
	for r, i := range rows {
		if x := g.values[i]; x != g.quiet {
			if d := g.see(x); d != 0 {
				n := z.count[r]
				z.dims[at+n], z.values[at+n] = int32(g.dim), d
				z.count[r] = n + 1
			} else {
				g.quiet = x
			}
		}
		at += z.dim
	}
}

func (g *gatherScalar) see(x float64) float64 {
	if len(g.lines) > 0 {
		x = g.lines.At(0, x)
	}
	x = (x - g.centre) * g.scale
	if g.clip > 0 {
		x = min(max(x, -g.clip), g.clip)
	}
	return x - g.shift
}

// gatherOneHot reads codes. Its tables hold what a dimension is seen as.
type gatherOneHot struct {
	codes     []int32
	first     int
	zero, one []float64
	always    []int32 // dimensions that are not 0 unless coded
}

func newGatherOneHot(b *dataset.OneHot, view *View, first int) *gatherOneHot {
	g := &gatherOneHot{codes: b.Codes, first: first, zero: make([]float64, b.Width), one: make([]float64, b.Width)}
	for j := range b.Width {
		g.zero[j] = view.At(first+j, b.Lines.At(j, 0))
		g.one[j] = view.At(first+j, b.Lines.At(j, 1))
		if g.zero[j] != 0 {
			g.always = append(g.always, int32(j))
		}
	}
	return g
}

func (g *gatherOneHot) gather(z *nonzeros, rows []int32) {
	for r, i := range rows {
		code, k := g.codes[i], 0
		for ; k < len(g.always) && g.always[k] < code; k++ {
			z.put(r, g.first+int(g.always[k]), g.zero[g.always[k]])
		}
		if code >= 0 {
			z.put(r, g.first+int(code), g.one[code])
		}
		for ; k < len(g.always); k++ {
			if j := g.always[k]; j != code {
				z.put(r, g.first+int(j), g.zero[j])
			}
		}
	}
}

// gatherSparse reads a block in which 0 is seen as 0.
type gatherSparse struct {
	block *dataset.Sparse
	first int
}

func (g gatherSparse) gather(z *nonzeros, rows []int32) {
	b := g.block
	for r, i := range rows {
		for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
			j := int(b.Index[e])
			z.put(r, g.first+j, z.view.At(g.first+j, b.Lines.At(j, b.Values[e])))
		}
	}
}

// gatherRows reads any block, one row after another.
type gatherRows struct {
	block *dataset.Vectors
	first int
	row   []float64
}

func newGatherRows(b dataset.Block, first int) gatherRows {
	v, err := dataset.NewVectors(b)
	if err != nil { // b is a block of a column that was made so
		panic("summary: " + err.Error())
	}
	return gatherRows{v, first, make([]float64, b.Size())}
}

func (g gatherRows) gather(z *nonzeros, rows []int32) {
	for r, i := range rows {
		g.block.Row(int(i), g.row)
		for j, x := range g.row {
			z.put(r, g.first+j, z.view.At(g.first+j, x))
		}
	}
}
