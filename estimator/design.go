package estimator

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// A design is the rows as linear learners pass over them, again and again: the features
// in compressed sparse rows, label and weight as numbers. A value x of dimension j is
// stored as x - reference, and not at all where that is 0. With what 0 looks like as the
// reference, one-hot blocks and columns of many zeros stay sparse, whatever lines they
// are seen through.
type design struct {
	dataset.Dataset
	cols      targetCols
	reference []float64
	cache     *dataset.Cached // nil where the rows are in memory as they are
}

// newDesign stores the rows in memory, or from the given number of bytes on packed, and
// what is packed above it in a temporary file. Close the design.
func newDesign(ctx context.Context, ds dataset.Dataset, cols targetCols, memory int64) (*design, error) {
	d := &design{cols: cols}
	for c, err := range dataset.Chunks(ctx, ds) {
		if err != nil {
			return nil, err
		}
		if c.Rows() > 0 {
			v, err := dataset.Get[*dataset.Vectors](c, cols.Features)
			if err != nil {
				return nil, err
			}
			d.reference = zeros(v)
			break
		}
	}
	rows := d.rows(ds)
	kept, err := fold.Run(ctx, rows, keeping{Below: memory, Used: new(atomic.Int64)})
	switch {
	case errors.Is(err, errTooLarge):
		d.cache = dataset.Cache(rows, dataset.CacheOptions{Memory: memory})
		d.Dataset = d.cache
		return d, nil
	case err != nil:
		return nil, err
	}
	d.Dataset, err = dataset.NewTable(rows.Schema(), kept)
	return d, err
}

// Close gives the temporary file back.
func (d *design) Close() error {
	if d.cache == nil {
		return nil
	}
	return d.cache.Close()
}

var errTooLarge = errors.New("the rows are too large to keep")

// keeping keeps the chunks of all parts, as long as they are below so many bytes.
type keeping struct {
	Below int64
	Used  *atomic.Int64
}

func (keeping) Zero() [][]dataset.Chunk { return [][]dataset.Chunk{nil} }

func (k keeping) Add(s [][]dataset.Chunk, c dataset.Chunk) ([][]dataset.Chunk, error) {
	v, err := dataset.Get[*dataset.Vectors](c, c.Schema().Fields[0].Name)
	if err != nil {
		return s, err
	}
	size := 24 * c.Rows()
	for _, b := range v.Blocks() {
		size += 12 * len(b.(*dataset.Sparse).Values)
	}
	if k.Used.Add(int64(size)) > k.Below {
		return s, errTooLarge
	}
	s[len(s)-1] = append(s[len(s)-1], c)
	return s, nil
}

func (keeping) Merge(a, b [][]dataset.Chunk) ([][]dataset.Chunk, error) { return append(a, b...), nil }

// rows makes the rows of the design from those of ds.
func (d *design) rows(ds dataset.Dataset) dataset.Dataset {
	fields := []dataset.Field{{Name: d.cols.Features, Type: dataset.Vector, Size: len(d.reference)}, {Name: d.cols.Label, Type: dataset.Float}}
	if d.cols.Weight != "" {
		fields = append(fields, dataset.Field{Name: d.cols.Weight, Type: dataset.Float})
	}
	schema := dataset.NewSchema(fields...)
	return dataset.Map(ds, schema, func(c dataset.Chunk) (dataset.Chunk, error) {
		v, err := vectors(c, d.cols.Features, len(d.reference))
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
func (d *design) sparse(v *dataset.Vectors) *dataset.Sparse {
	out := &dataset.Sparse{Starts: make([]int, v.Len()+1), Width: v.Dim()}
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
func (d *design) each(v *dataset.Vectors, put func(row, j int, y float64)) {
	first := 0
	for _, b := range v.Blocks() {
		reference := d.reference[first : first+b.Size()]
		stored := func(row, j int, x float64) {
			if y := x - reference[j]; y != 0 {
				put(row, first+j, y)
			}
		}
		switch b := b.(type) {
		case *dataset.Scalar:
			zero := b.Lines.At(0, 0)
			for i, x := range b.Values {
				y := zero
				if x != 0 {
					y = b.Lines.At(0, x)
				}
				stored(i, 0, y)
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
