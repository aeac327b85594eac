package dataset

import (
	"fmt"
	"iter"
)

// MulVec sets dst to the product X w of the vectors, as rows of X, with w: a number
// for each row. It panics unless dst has Len numbers and w has Dim.
func (v *Vectors) MulVec(dst, w []float64) {
	v.wantLengths(len(dst), len(w))
	clear(dst)
	for _, b := range v.blocks {
		mulVec(b, dst, w[:b.Size()])
		w = w[b.Size():]
	}
}

// TMulVec sets dst to the product X' r of the transposed matrix with r: a number for
// each dimension. It panics unless dst has Dim numbers and r has Len.
func (v *Vectors) TMulVec(dst, r []float64) {
	v.wantLengths(len(r), len(dst))
	clear(dst)
	for _, b := range v.blocks {
		tMulVec(b, dst[:b.Size()], r)
		dst = dst[b.Size():]
	}
}

func (v *Vectors) wantLengths(rows, dim int) {
	if rows != v.rows || dim != v.dim {
		panic(fmt.Sprintf("dataset: have %d and %d numbers for a matrix of %d rows and %d dimensions", rows, dim, v.rows, v.dim))
	}
}

// zeroAndStep returns what 0 is mapped to, and how much more 1 is.
func (l Lines) zeroAndStep(j int) (zero, step float64) {
	zero = l.At(j, 0)
	return zero, l.At(j, 1) - zero
}

func mulVec(b Block, dst, w []float64) {
	switch b := b.(type) {
	case *Scalar:
		for i, x := range b.Values {
			dst[i] += float64(b.Lines.At(0, x) * w[0])
		}
	case *OneHot:
		steps, base := make([]float64, b.Width), 0.0
		for j, wj := range w {
			zero, step := b.Lines.zeroAndStep(j)
			steps[j] = step * wj
			base += float64(zero * wj)
		}
		for i, code := range b.Codes {
			dst[i] += base
			if code >= 0 {
				dst[i] += steps[code]
			}
		}
	case *Dense:
		for i := range dst {
			var sum float64
			for j, x := range b.Values[i*b.Width : (i+1)*b.Width] {
				sum += float64(b.Lines.At(j, x) * w[j])
			}
			dst[i] += sum
		}
	case *Sparse:
		base := 0.0
		for j, wj := range w {
			base += float64(b.Lines.At(j, 0) * wj)
		}
		for i := range dst {
			sum := base
			for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
				j := int(b.Index[e])
				sum += float64((b.Lines.At(j, b.Values[e]) - b.Lines.At(j, 0)) * w[j])
			}
			dst[i] += sum
		}
	}
}

func tMulVec(b Block, dst, r []float64) {
	switch b := b.(type) {
	case *Scalar:
		for i, x := range b.Values {
			dst[0] += float64(b.Lines.At(0, x) * r[i])
		}
	case *OneHot:
		var all float64
		for i, code := range b.Codes {
			all += r[i]
			if code >= 0 {
				dst[code] += r[i]
			}
		}
		for j, coded := range dst {
			zero, step := b.Lines.zeroAndStep(j)
			dst[j] = float64(zero*all) + float64(step*coded)
		}
	case *Dense:
		for i, ri := range r {
			for j, x := range b.Values[i*b.Width : (i+1)*b.Width] {
				dst[j] += float64(b.Lines.At(j, x) * ri)
			}
		}
	case *Sparse:
		var all float64
		for i, ri := range r {
			all += ri
			for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
				j := int(b.Index[e])
				dst[j] += float64((b.Lines.At(j, b.Values[e]) - b.Lines.At(j, 0)) * ri)
			}
		}
		for j := range dst {
			dst[j] += float64(b.Lines.At(j, 0) * all)
		}
	}
}

// NonZeros gives the dimensions, rising, and the values of row i that are not 0.
// Blocks without lines are not made dense.
func (v *Vectors) NonZeros(i int) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		first := 0
		for _, b := range v.blocks {
			for j, x := range nonZeros(b, i) {
				if x != 0 && !yield(first+j, x) {
					return
				}
			}
			first += b.Size()
		}
	}
}

// nonZeros gives at least the values of row i that are not 0.
func nonZeros(b Block, i int) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		switch b := b.(type) {
		case *Scalar:
			yield(0, b.Lines.At(0, b.Values[i]))
		case *OneHot:
			code := int(b.Codes[i])
			if len(b.Lines) == 0 {
				if code >= 0 {
					yield(code, 1)
				}
				return
			}
			for j := range b.Width {
				var x float64
				if j == code {
					x = 1
				}
				if !yield(j, b.Lines.At(j, x)) {
					return
				}
			}
		case *Dense:
			for j, x := range b.Values[i*b.Width : (i+1)*b.Width] {
				if !yield(j, b.Lines.At(j, x)) {
					return
				}
			}
		case *Sparse:
			e, end := b.Starts[i], b.Starts[i+1]
			if len(b.Lines) == 0 {
				for ; e < end; e++ {
					if !yield(int(b.Index[e]), b.Values[e]) {
						return
					}
				}
				return
			}
			for j := range b.Width {
				var x float64
				if e < end && int(b.Index[e]) == j {
					x = b.Values[e]
					e++
				}
				if !yield(j, b.Lines.At(j, x)) {
					return
				}
			}
		}
	}
}
