package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Vectors is a column of vectors of one dimension, held as horizontal blocks side
// by side and never made dense: rows x (Size of block 0 + Size of block 1 + ...).
// A vector is never missing.
type Vectors struct {
	rows, dim int
	blocks    []Block
}

// A Block is a run of neighbouring dimensions of a [Vectors] column: [*Scalar],
// [*OneHot], [*Dense] or [*Sparse]. What it holds is seen through its Lines.
type Block interface {
	Rows() int // number of rows
	Size() int // number of dimensions

	lines() Lines
	mapped(Affine) Block
	slice(from, to int) Block
	take(rows []int32) Block
}

// A Scalar is one dimension: a column of numbers, shared with the chunk.
type Scalar struct {
	Values Floats
	Lines  Lines
}

// A OneHot is a vector with at most a single 1 in each row.
type OneHot struct {
	Codes []int32 // the dimension that is 1, below Width; -1 = none
	Width int
	Lines Lines
}

// Dense holds every value, row by row.
type Dense struct {
	Values []float64 // rows x Width
	Width  int       // above 0
	Lines  Lines
}

// Sparse holds the values that are not 0, in compressed sparse rows.
type Sparse struct {
	Starts []int     // row i has the entries Starts[i] to Starts[i+1]-1
	Index  []int32   // dimension of each entry, rising within a row
	Values []float64 // value of each entry
	Width  int
	Lines  Lines
}

// An Affine maps each dimension j of a vector to
//
//	(x - Centre[j]) * Scale[j] + Offset[j]
//
// where a nil slice leaves its step out. The form keeps the digits of a value
// whose mean is large against its deviation.
type Affine struct{ Centre, Scale, Offset []float64 }

// NewAffine makes the Affine of the given dimension that maps everything to 0.
func NewAffine(size int) Affine {
	all := make([]float64, 3*size)
	return Affine{all[:size:size], all[size : 2*size : 2*size], all[2*size:]}
}

// At maps the value x of dimension j.
func (a Affine) At(j int, x float64) float64 {
	if a.Centre != nil {
		x -= a.Centre[j]
	}
	if a.Scale != nil {
		x *= a.Scale[j]
	}
	if a.Offset != nil {
		x += a.Offset[j]
	}
	return x
}

// size returns the dimension, or -1 where the map changes nothing.
func (a Affine) size() int {
	for _, s := range [][]float64{a.Centre, a.Scale, a.Offset} {
		if s != nil {
			return len(s)
		}
	}
	return -1
}

func (a Affine) slice(from, to int) Affine {
	cut := func(s []float64) []float64 {
		if s == nil {
			return nil
		}
		return s[from:to:to]
	}
	return Affine{cut(a.Centre), cut(a.Scale), cut(a.Offset)}
}

// Lines are affine maps applied one after another. They stay apart, so that the
// bits are those of scaling step by step.
type Lines []Affine

// At maps the value x of dimension j.
func (l Lines) At(j int, x float64) float64 {
	for _, a := range l {
		x = a.At(j, x)
	}
	return x
}

func (l Lines) with(a Affine) Lines { return append(slices.Clip(l), a) }

// NewVectors makes a column of blocks side by side. The blocks now belong to it.
// It fails where they differ in length or hold a code that is out of range.
func NewVectors(blocks ...Block) (*Vectors, error) {
	v := &Vectors{blocks: blocks}
	for k, b := range blocks {
		if err := validate(b); err != nil {
			return nil, fmt.Errorf("block %d: %w", k, err)
		}
		if k == 0 {
			v.rows = b.Rows()
		} else if b.Rows() != v.rows {
			return nil, fmt.Errorf("block %d: have %d rows, want %d as in block 0", k, b.Rows(), v.rows)
		}
		v.dim += b.Size()
	}
	return v, nil
}

func validate(b Block) error {
	if b == nil {
		return errors.New("is nil, want a block")
	}
	if b.Size() < 0 {
		return fmt.Errorf("have width %d, want at least 0", b.Size())
	}
	for _, a := range b.lines() {
		for _, s := range [][]float64{a.Centre, a.Scale, a.Offset} {
			if s != nil && len(s) != b.Size() {
				return fmt.Errorf("have lines for %d dimensions, want %d", len(s), b.Size())
			}
		}
	}
	switch b := b.(type) {
	case *OneHot:
		for i, code := range b.Codes {
			if code < -1 || int(code) >= b.Width {
				return fmt.Errorf("row %d: have code %d, want -1 to %d", i, code, b.Width-1)
			}
		}
	case *Dense:
		if b.Width <= 0 || len(b.Values)%b.Width != 0 {
			return fmt.Errorf("have %d values, want rows of %d", len(b.Values), b.Width)
		}
	case *Sparse:
		return b.validate()
	}
	return nil
}

func (b *Sparse) validate() error {
	if len(b.Starts) == 0 || b.Starts[0] != 0 || b.Starts[len(b.Starts)-1] != len(b.Index) || len(b.Index) != len(b.Values) {
		return fmt.Errorf("have row starts, %d indices and %d values that do not fit together", len(b.Index), len(b.Values))
	}
	for i := range b.Rows() {
		if b.Starts[i] > b.Starts[i+1] || b.Starts[i+1] > len(b.Index) {
			return fmt.Errorf("row %d: have a start beyond the end", i)
		}
		last := int32(-1)
		for _, j := range b.Index[b.Starts[i]:b.Starts[i+1]] {
			if j <= last || int(j) >= b.Width {
				return fmt.Errorf("row %d: have index %d after %d, want rising indices below %d", i, j, last, b.Width)
			}
			last = j
		}
	}
	return nil
}

// NewDense makes a column of dense vectors from rows of size numbers.
func NewDense(size int, values []float64) (*Vectors, error) {
	return NewVectors(&Dense{Values: values, Width: size})
}

func (v *Vectors) Len() int         { return v.rows }
func (v *Vectors) Missing(int) bool { return false }

// Dim returns the dimension of the vectors.
func (v *Vectors) Dim() int { return v.dim }

// Blocks returns the blocks from left to right. They must not be changed.
func (v *Vectors) Blocks() []Block { return v.blocks }

// Mapped returns the vectors seen through one more affine map. It copies no
// values. It panics unless a is of the dimension of v.
func (v *Vectors) Mapped(a Affine) *Vectors {
	if n := a.size(); n >= 0 && n != v.dim {
		panic(fmt.Sprintf("dataset: have an affine map of size %d, want %d", n, v.dim))
	}
	out := &Vectors{rows: v.rows, dim: v.dim, blocks: make([]Block, len(v.blocks))}
	from := 0
	for k, b := range v.blocks {
		out.blocks[k] = b.mapped(a.slice(from, from+b.Size()))
		from += b.Size()
	}
	return out
}

func (v *Vectors) slice(from, to int) Column {
	out := &Vectors{rows: to - from, dim: v.dim, blocks: make([]Block, len(v.blocks))}
	for k, b := range v.blocks {
		out.blocks[k] = b.slice(from, to)
	}
	return out
}

func (v *Vectors) take(rows []int32) Column {
	out := &Vectors{rows: len(rows), dim: v.dim, blocks: make([]Block, len(v.blocks))}
	for k, b := range v.blocks {
		out.blocks[k] = b.take(rows)
	}
	return out
}

func (b *Scalar) Rows() int { return len(b.Values) }
func (b *OneHot) Rows() int { return len(b.Codes) }
func (b *Dense) Rows() int  { return len(b.Values) / b.Width }
func (b *Sparse) Rows() int { return len(b.Starts) - 1 }

func (b *Scalar) Size() int { return 1 }
func (b *OneHot) Size() int { return b.Width }
func (b *Dense) Size() int  { return b.Width }
func (b *Sparse) Size() int { return b.Width }

func (b *Scalar) lines() Lines { return b.Lines }
func (b *OneHot) lines() Lines { return b.Lines }
func (b *Dense) lines() Lines  { return b.Lines }
func (b *Sparse) lines() Lines { return b.Lines }

func (b *Scalar) mapped(a Affine) Block { c := *b; c.Lines = b.Lines.with(a); return &c }
func (b *OneHot) mapped(a Affine) Block { c := *b; c.Lines = b.Lines.with(a); return &c }
func (b *Dense) mapped(a Affine) Block  { c := *b; c.Lines = b.Lines.with(a); return &c }
func (b *Sparse) mapped(a Affine) Block { c := *b; c.Lines = b.Lines.with(a); return &c }

func (b *Scalar) slice(from, to int) Block { c := *b; c.Values = b.Values[from:to:to]; return &c }
func (b *OneHot) slice(from, to int) Block { c := *b; c.Codes = b.Codes[from:to:to]; return &c }

func (b *Dense) slice(from, to int) Block {
	c := *b
	c.Values = b.Values[from*b.Width : to*b.Width : to*b.Width]
	return &c
}

func (b *Sparse) slice(from, to int) Block {
	c := *b
	lo, hi := b.Starts[from], b.Starts[to]
	c.Starts = make([]int, to-from+1)
	for i := range c.Starts {
		c.Starts[i] = b.Starts[from+i] - lo
	}
	c.Index, c.Values = b.Index[lo:hi:hi], b.Values[lo:hi:hi]
	return &c
}

func (b *Scalar) take(rows []int32) Block { c := *b; c.Values = gather(b.Values, rows); return &c }
func (b *OneHot) take(rows []int32) Block { c := *b; c.Codes = gather(b.Codes, rows); return &c }

func (b *Dense) take(rows []int32) Block {
	c := *b
	c.Values = make([]float64, 0, len(rows)*b.Width)
	for _, i := range rows {
		c.Values = append(c.Values, b.Values[int(i)*b.Width:(int(i)+1)*b.Width]...)
	}
	return &c
}

func (b *Sparse) take(rows []int32) Block {
	c := Sparse{Starts: make([]int, 1, len(rows)+1), Width: b.Width, Lines: b.Lines}
	for _, i := range rows {
		lo, hi := b.Starts[i], b.Starts[i+1]
		c.Index = append(c.Index, b.Index[lo:hi]...)
		c.Values = append(c.Values, b.Values[lo:hi]...)
		c.Starts = append(c.Starts, len(c.Index))
	}
	return &c
}

// Row writes the vector of row i to dst, which must have the length Dim.
func (v *Vectors) Row(i int, dst []float64) {
	if len(dst) != v.dim {
		panic(fmt.Sprintf("dataset: have room for %d numbers, want %d", len(dst), v.dim))
	}
	for _, b := range v.blocks {
		size := b.Size()
		row := dst[:size]
		dst = dst[size:]
		switch b := b.(type) {
		case *Scalar:
			row[0] = b.Values[i]
		case *OneHot:
			clear(row)
			if code := b.Codes[i]; code >= 0 {
				row[code] = 1
			}
		case *Dense:
			copy(row, b.Values[i*size:])
		case *Sparse:
			clear(row)
			for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
				row[b.Index[e]] = b.Values[e]
			}
		}
		if lines := b.lines(); len(lines) > 0 {
			for j, x := range row {
				row[j] = lines.At(j, x)
			}
		}
	}
}

// Finite reports the first row and dimension that is NaN or infinite.
func (v *Vectors) Finite() (row, dim int, ok bool) {
	buf := make([]float64, v.dim)
	for i := range v.rows {
		v.Row(i, buf)
		for j, x := range buf {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return i, j, false
			}
		}
	}
	return 0, 0, true
}
