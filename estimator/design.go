package estimator

import (
	"github.com/millrace-ml/millrace/dataset"
)

// A design is the rows as linear learners pass over them: the features in compressed
// sparse rows, scaled, and label and weight as numbers. A value x of dimension j is
// stored as (x - Reference) Scale, and not at all where that is 0. With what 0 looks like
// as the reference, one-hot blocks and columns of many zeros stay sparse, whatever lines
// they are seen through.
type design struct {
	cols             targetCols
	reference, scale []float64
}

// rows returns the design of ds.
func (d design) rows(ds dataset.Dataset) dataset.Dataset {
	fields := []dataset.Field{{Name: d.cols.Features, Type: dataset.Vector, Size: len(d.scale)}, {Name: d.cols.Label, Type: dataset.Float}}
	if d.cols.Weight != "" {
		fields = append(fields, dataset.Field{Name: d.cols.Weight, Type: dataset.Float})
	}
	schema := dataset.NewSchema(fields...)
	return dataset.Map(ds, schema, func(c dataset.Chunk) (dataset.Chunk, error) {
		v, err := dataset.Get[*dataset.Vectors](c, d.cols.Features)
		if err != nil {
			return c, err
		}
		features, err := dataset.NewVectors(d.sparse(v))
		if err != nil {
			return c, err
		}
		columns := []dataset.Column{features}
		for _, f := range fields[1:] {
			x, err := dataset.Numbers(c, f.Name)
			if err != nil {
				return c, err
			}
			columns = append(columns, x)
		}
		return dataset.NewChunk(schema, c.Origin(), columns...)
	})
}

// sparse stores vectors. It counts the entries of each row, then puts them there, block
// by block.
func (d design) sparse(v *dataset.Vectors) *dataset.Sparse {
	out := &dataset.Sparse{Starts: make([]int, v.Len()+1), Width: len(d.scale)}
	d.each(v, func(row, _ int, _ float64) { out.Starts[row+1]++ })
	for i := range v.Len() {
		out.Starts[i+1] += out.Starts[i]
	}
	n := out.Starts[v.Len()]
	out.Index, out.Values = make([]int32, n), make([]float64, n)
	next := append([]int(nil), out.Starts[:v.Len()]...)
	d.each(v, func(row, j int, y float64) {
		out.Index[next[row]], out.Values[next[row]] = int32(j), y
		next[row]++
	})
	return out
}

// each calls put for the values that are stored, dimensions rising within a row.
func (d design) each(v *dataset.Vectors, put func(row, j int, y float64)) {
	first := 0
	for _, b := range v.Blocks() {
		reference, scale := d.reference[first:first+b.Size()], d.scale[first:first+b.Size()]
		stored := func(row, j int, x float64) {
			if y := (x - reference[j]) * scale[j]; y != 0 {
				put(row, first+j, y)
			}
		}
		switch b := b.(type) {
		case *dataset.Scalar:
			for i, x := range b.Values {
				stored(i, 0, b.Lines.At(0, x))
			}
		case *dataset.OneHot:
			zero, one := images(b.Lines, b.Width)
			sparse := same(zero, reference)
			for i, code := range b.Codes {
				if sparse && code >= 0 {
					stored(i, int(code), one[code])
				}
				for j := 0; j < b.Width && !sparse; j++ {
					x := zero[j]
					if j == int(code) {
						x = one[j]
					}
					stored(i, j, x)
				}
			}
		default:
			eachOther(b, stored)
		}
		first += b.Size()
	}
}

// eachOther calls put for all values of a dense or sparse block.
func eachOther(b dataset.Block, put func(row, j int, x float64)) {
	v, err := dataset.NewVectors(b)
	if err != nil {
		panic(err) // b is a block of valid vectors
	}
	row := make([]float64, b.Size())
	for i := range b.Rows() {
		v.Row(i, row)
		for j, x := range row {
			put(i, j, x)
		}
	}
}

// images returns what 0 and 1 look like in each dimension.
func images(l dataset.Lines, size int) (zero, one []float64) {
	zero, one = make([]float64, size), make([]float64, size)
	for j := range size {
		zero[j], one[j] = l.At(j, 0), l.At(j, 1)
	}
	return zero, one
}

func same(a, b []float64) bool {
	for j, x := range a {
		if x != b[j] {
			return false
		}
	}
	return true
}

// zeros returns what 0 looks like in each dimension of a vector column.
func zeros(v *dataset.Vectors) []float64 {
	var out []float64
	for _, b := range v.Blocks() {
		var l dataset.Lines
		switch b := b.(type) {
		case *dataset.Scalar:
			l = b.Lines
		case *dataset.OneHot:
			l = b.Lines
		case *dataset.Dense:
			l = b.Lines
		case *dataset.Sparse:
			l = b.Lines
		}
		zero, _ := images(l, b.Size())
		out = append(out, zero...)
	}
	return out
}
