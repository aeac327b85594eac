package feature

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[OneHotEncoder]("feature.OneHotEncoder")
	pipeline.Register[*OneHotEncoderModel]("feature.OneHotEncoderModel", pipeline.Ready((*OneHotEncoderModel).ready))
}

// maxCategories bounds a column's categories, as each has a description in the schema.
const maxCategories = 1 << 20

// OneHotEncoder turns each index 0, 1, ..., n-1 into a vector that is 1 in that
// dimension and 0 elsewhere. The last category has no dimension of its own, it is
// all zeros, unless KeepLast is set.
//
// The number of categories n is what the schema says of the column (StringIndexer
// says it), else the largest index seen while fitting and one, at most 1,048,576;
// without KeepLast there must be two. The fraction of an index is cut off, though
// Fit refuses one.
//
// An index that is missing, negative or n and above is invalid. Error fails. Keep
// counts it as one more category after the others; so without KeepLast it is all
// zeros, and every other category has its dimension.
//
// A dimension is named after the column that the index was made from and its
// label: service=http.
//
// Source: Spark ML 4.1, org.apache.spark.ml.feature.OneHotEncoder.
type OneHotEncoder struct {
	InputCols     []string // columns of indices, float or int; at least one
	OutputCols    []string // vector columns to add, one for each input; default InputCols with "_vec"
	HandleInvalid Handling // default Error; or Keep
	KeepLast      bool     // gives the last category a dimension; default false
}

func (p OneHotEncoder) defaults() OneHotEncoder {
	p.InputCols, p.OutputCols = slices.Clone(p.InputCols), slices.Clone(p.OutputCols)
	if len(p.OutputCols) == 0 {
		p.OutputCols = renamed(p.InputCols, "_vec")
	}
	return p
}

func (p OneHotEncoder) check() error {
	return errors.Join(
		check.Pairs("InputCols", p.InputCols, "OutputCols", p.OutputCols),
		check.OneOf("HandleInvalid", p.HandleInvalid, Error, Keep))
}

// want returns input column k.
func (p OneHotEncoder) want(in dataset.Schema, k int) (dataset.Field, error) {
	f, err := in.Want(p.InputCols[k], dataset.Float, dataset.Float32, dataset.Int)
	if err == nil && f.Attr.Scale == dataset.Continuous {
		err = &dataset.ColumnError{Column: f.Name, Have: f.Type, Fact: "have a continuous number", Want: "an index of categories"}
	}
	return f, err
}

// Schema adds OutputCols. The size of a column is known after fitting, or before
// where the schema says how many categories there are.
func (p OneHotEncoder) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	if err := p.check(); err != nil {
		return dataset.Schema{}, err
	}
	var errs []error
	fields := make([]dataset.Field, len(p.InputCols))
	for k, name := range p.OutputCols {
		fields[k] = dataset.Field{Name: name, Type: dataset.Vector}
		f, err := p.want(in, k)
		if n := categories(f.Attr); err == nil && n > 0 {
			fields[k], err = p.encoded(k, f, n)
		}
		errs = append(errs, err)
	}
	out, err := in.With(fields...)
	return out, errors.Join(append(errs, err)...)
}

// categories returns how many there are, 0 where the schema does not say.
func categories(a dataset.Attr) int {
	n := max(a.Levels, len(a.Labels))
	if n == 0 && a.Scale == dataset.Binary {
		return 2
	}
	return n
}

// size is the dimension for n categories.
func (p OneHotEncoder) size(n int) int {
	if p.HandleInvalid == Keep {
		n++
	}
	if !p.KeepLast {
		n--
	}
	return n
}

// encoded describes output column k, for n categories of the input column.
func (p OneHotEncoder) encoded(k int, in dataset.Field, n int) (dataset.Field, error) {
	out := dataset.Field{Name: p.OutputCols[k], Type: dataset.Vector}
	size := p.size(n)
	if size < 1 || n > maxCategories {
		return out, &dataset.ColumnError{Column: in.Name, Have: in.Type, Fact: fmt.Sprintf("have %d categories", n),
			Want: fmt.Sprintf("%d to %d", n-size+1, maxCategories)}
	}
	source := cmp.Or(in.Attr.Source, in.Name)
	out.Size, out.Dims = size, make([]dataset.Attr, size)
	for j := range out.Dims {
		label := strconv.Itoa(j)
		switch {
		case j == n:
			label = "invalidValues"
		case j < len(in.Attr.Labels):
			label = in.Attr.Labels[j]
		}
		out.Dims[j] = dataset.Attr{Name: source + "=" + label, Source: source, Scale: dataset.Binary}
	}
	return out, nil
}

// Fit returns a *OneHotEncoderModel. It reads the data only where the schema does
// not say how many categories a column has.
func (p OneHotEncoder) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	p = p.defaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	m := &OneHotEncoderModel{Params: p, Categories: make([]int, len(p.InputCols)), Out: make([]dataset.Field, len(p.InputCols))}
	var scan largest
	fields := make([]dataset.Field, len(p.InputCols))
	for k, name := range p.InputCols {
		var err error
		if fields[k], err = p.want(ds.Schema(), k); err != nil {
			return nil, err
		}
		if m.Categories[k] = categories(fields[k].Attr); m.Categories[k] == 0 {
			scan.Cols = append(scan.Cols, name)
		}
	}
	if len(scan.Cols) > 0 {
		seen, err := fold.Run(ctx, ds, scan)
		if err != nil {
			return nil, err
		}
		for k := range m.Categories {
			if m.Categories[k] == 0 {
				m.Categories[k], seen = seen[0]+1, seen[1:]
			}
		}
	}
	for k, n := range m.Categories {
		var err error
		if m.Out[k], err = p.encoded(k, fields[k], n); err != nil {
			return nil, err
		}
	}
	return m, m.ready()
}

// A OneHotEncoderModel is a fitted OneHotEncoder.
type OneHotEncoderModel struct {
	Params     OneHotEncoder   // as resolved by Fit
	Categories []int           // of each input column
	Out        []dataset.Field // the columns that Transform adds
}

// ready fails on a model that Fit cannot have made.
func (m *OneHotEncoderModel) ready() error {
	p := m.Params
	if err := p.check(); err != nil {
		return err
	}
	if len(m.Categories) != len(p.InputCols) || len(m.Out) != len(p.InputCols) {
		return fmt.Errorf("have %d sizes and %d fields, want %d of each", len(m.Categories), len(m.Out), len(p.InputCols))
	}
	for k, n := range m.Categories {
		f := m.Out[k]
		if n < 0 || n > maxCategories || f.Type != dataset.Vector || f.Size < 1 || f.Size != p.size(n) || len(f.Dims) != f.Size {
			return fmt.Errorf("column %q: have %d categories and a %v of size %d with %d names, which do not fit",
				p.InputCols[k], n, f.Type, f.Size, len(f.Dims))
		}
	}
	return nil
}

// Schema is that of the estimator, with the sizes as fitted.
func (m *OneHotEncoderModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	var errs []error
	for k := range m.Params.InputCols {
		_, err := m.Params.want(in, k)
		errs = append(errs, err)
	}
	out, err := in.With(m.Out...)
	return out, errors.Join(append(errs, err)...)
}

// Transform adds the vector columns.
func (m *OneHotEncoderModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	out := c
	for k, name := range m.Params.InputCols {
		x, err := dataset.Numbers(c, name)
		if err != nil {
			return c, err
		}
		codes := make([]int32, len(x))
		if bad := m.encode(k, codes, x); bad >= 0 {
			return c, m.fault(k, x[bad]).in(c, bad)
		}
		v, err := dataset.NewVectors(&dataset.OneHot{Codes: codes, Width: m.Out[k].Size})
		if err != nil {
			return c, err
		}
		if out, err = out.With(m.Out[k], v); err != nil {
			return c, err
		}
	}
	return out, nil
}

// encode writes the dimension of each index, -1 for all zeros. It returns the first
// row that is invalid with Error, else -1.
func (m *OneHotEncoderModel) encode(k int, codes []int32, x []float64) (bad int) {
	n, size := float64(m.Categories[k]), int32(m.Out[k].Size)
	invalid := int32(-1)
	if m.Params.HandleInvalid == Keep && m.Params.KeepLast {
		invalid = size - 1
	}
	for i, x := range x {
		switch {
		case !(x >= 0 && x < n):
			if m.Params.HandleInvalid == Error {
				return i
			}
			codes[i] = invalid
		case int32(x) < size:
			codes[i] = int32(x)
		default:
			codes[i] = -1
		}
	}
	return -1
}

func (m *OneHotEncoderModel) fault(k int, x float64) *fault {
	f := &fault{column: m.Params.InputCols[k]}
	if math.IsNaN(x) {
		f.reason = "is missing"
		return f
	}
	f.value = strconv.FormatFloat(x, 'g', -1, 64)
	f.reason = fmt.Sprintf("want an index of 0 to %d, as fitted", m.Categories[k]-1)
	return f
}

// BindRow encodes one index a column.
func (m *OneHotEncoderModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	type cell struct {
		in   func() float64
		x    [1]float64
		code []int32
	}
	cells, out := make([]cell, len(m.Out)), c
	for k, name := range m.Params.InputCols {
		if _, err := c.Schema().Want(name); err != nil {
			return c, nil, err
		}
		cells[k] = cell{in: number(c.Column(c.Schema().Index(name))), code: []int32{-1}}
		v, err := dataset.NewVectors(&dataset.OneHot{Codes: cells[k].code, Width: m.Out[k].Size})
		if err != nil {
			return c, nil, err
		}
		if out, err = out.With(m.Out[k], v); err != nil {
			return c, nil, err
		}
	}
	return out, func() error {
		for k := range cells {
			cell := &cells[k]
			cell.x[0] = cell.in()
			if m.encode(k, cell.code, cell.x[:]) >= 0 {
				return m.fault(k, cell.x[0])
			}
		}
		return nil
	}, nil
}

// largest folds columns of indices into the largest of each, -1 without rows.
type largest struct{ Cols []string }

func (a largest) Zero() []int {
	s := make([]int, len(a.Cols))
	for k := range s {
		s[k] = -1
	}
	return s
}

func (a largest) Add(s []int, c dataset.Chunk) ([]int, error) {
	for k, name := range a.Cols {
		x, err := dataset.Numbers(c, name)
		if err != nil {
			return s, err
		}
		for i, x := range x {
			switch {
			case math.IsNaN(x):
				return s, (&fault{column: name, reason: "is missing, want an index to learn from"}).in(c, i)
			case x < 0 || x >= maxCategories || x != math.Trunc(x):
				return s, (&fault{column: name, value: strconv.FormatFloat(x, 'g', -1, 64),
					reason: fmt.Sprintf("want a whole number from 0 to %d", maxCategories-1)}).in(c, i)
			}
			s[k] = max(s[k], int(x))
		}
	}
	return s, nil
}

func (largest) Merge(a, b []int) ([]int, error) {
	for k := range a {
		a[k] = max(a[k], b[k])
	}
	return a, nil
}
