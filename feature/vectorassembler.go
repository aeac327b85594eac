package feature

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() { pipeline.Register[VectorAssembler]("feature.VectorAssembler") }

// VectorAssembler puts columns side by side into one vector, in the order given. It
// copies no floats and no vectors: the new column looks at the old ones.
//
// A number that is missing is invalid. Error fails, Skip takes the row out, and
// Keep leaves NaN in the vector. A NaN inside a vector passes, always.
//
// A number's dimension has the name of its column. A vector's dimension keeps its
// name where it is known which column it was made from, as OneHotEncoder says; else
// it is called after the vector column and itself, features_age, or its number,
// features_3.
//
// Source: Spark ML 4.1, org.apache.spark.ml.feature.VectorAssembler.
type VectorAssembler struct {
	InputCols     []string // columns of float, int, bool or vector; at least one
	OutputCol     string   // vector column to add; default "features"
	HandleInvalid Handling // default Error; Skip or Keep
}

func (p VectorAssembler) defaults() VectorAssembler {
	p.OutputCol = cmp.Or(p.OutputCol, "features")
	return p
}

// Schema adds OutputCol. Its size is known where that of each input is.
func (p VectorAssembler) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	f, errIn := p.field(in)
	out, errOut := in.With(f)
	return out, errors.Join(check.OneOf("HandleInvalid", p.HandleInvalid, Error, Skip, Keep), errIn, errOut)
}

// field describes the output column.
func (p VectorAssembler) field(in dataset.Schema) (dataset.Field, error) {
	out := dataset.Field{Name: p.OutputCol, Type: dataset.Vector}
	if len(p.InputCols) == 0 {
		return out, errors.New("InputCols is empty, want at least one column")
	}
	var errs []error
	known := true
	out.Dims = make([]dataset.Attr, 0, 4*len(p.InputCols))
	for _, name := range p.InputCols {
		f, err := in.Want(name, dataset.Float, dataset.Float32, dataset.Int, dataset.Bool, dataset.Vector)
		errs = append(errs, err)
		if f.Type != dataset.Vector {
			out.Dims = append(out.Dims, described(f.Attr, name, cmp.Or(f.Attr.Source, name)))
			continue
		}
		known = known && f.Size > 0
		for j := range f.Size {
			out.Dims = append(out.Dims, dimension(f, j))
		}
	}
	if !known {
		out.Dims = nil
	}
	out.Size = len(out.Dims)
	return out, errors.Join(errs...)
}

func dimension(f dataset.Field, j int) dataset.Attr {
	var a dataset.Attr
	if f.Dims != nil {
		a = f.Dims[j]
	}
	if a.Name != "" && a.Source != "" {
		return a
	}
	own := a.Name
	if own == "" {
		own = strconv.Itoa(j)
	}
	return described(a, f.Name+"_"+own, f.Name)
}

func described(a dataset.Attr, name, source string) dataset.Attr {
	a.Name, a.Source = name, source
	if a.Scale == dataset.Unknown {
		a.Scale = dataset.Continuous
	}
	return a
}

// Transform adds the vector column.
func (p VectorAssembler) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	p = p.defaults()
	a, err := p.assemble(c)
	if err != nil {
		return c, err
	}
	var bad []dataset.Bits
	for k, x := range a.numbers {
		if p.HandleInvalid == Keep || !hasNaN(x) {
			continue
		}
		if bad == nil {
			bad = make([]dataset.Bits, len(a.numbers))
		}
		for i, x := range x {
			if x != x {
				bad[k].Set(i, c.Rows())
			}
		}
	}
	if bad == nil {
		return a.out, nil
	}
	var rejects []dataset.Reject
	for i := range c.Rows() {
		for k := range bad {
			if !bad[k].Has(i) {
				continue
			}
			if p.HandleInvalid == Error {
				return c, missing(a.names[k]).in(c, i)
			}
			rejects = append(rejects, missing(a.names[k]).reject(i))
			break
		}
	}
	return a.out.Drop(rejects), nil
}

// assembled is a chunk with its vector column and the numbers in that.
type assembled struct {
	out       dataset.Chunk
	names     []string
	numbers   []dataset.Floats
	converted []func() // copies an int column's row 0 into its numbers
}

func (p VectorAssembler) assemble(c dataset.Chunk) (assembled, error) {
	var a assembled
	field, err := p.field(c.Schema())
	if err != nil {
		return a, err
	}
	blocks := make([]dataset.Block, 0, len(p.InputCols))
	for _, name := range p.InputCols {
		var x dataset.Floats
		switch col := c.Column(c.Schema().Index(name)).(type) {
		case *dataset.Vectors:
			blocks = append(blocks, col.Blocks()...)
			continue
		case dataset.Floats:
			x = col
		case dataset.Ints:
			x = make(dataset.Floats, col.Len())
			col.Float64s(x)
			a.converted = append(a.converted, func() { col.Float64s(x) })
		}
		a.names = append(a.names, name)
		a.numbers = append(a.numbers, x)
		blocks = append(blocks, &dataset.Scalar{Values: x})
	}
	v, err := dataset.NewVectors(blocks...)
	if err != nil {
		return a, err
	}
	a.out, err = c.With(field, v)
	return a, err
}

func missing(column string) *fault { return &fault{column: column, reason: "is missing"} }

// hasNaN reports whether there is a NaN. It looks for one only where the sum is NaN,
// as it is too where both infinities are there.
func hasNaN(x []float64) bool {
	var a, b, c, d float64
	rest := x
	for ; len(rest) >= 4; rest = rest[4:] {
		a, b, c, d = a+rest[0], b+rest[1], c+rest[2], d+rest[3]
	}
	sum := a + b + c + d
	for _, x := range rest {
		sum += x
	}
	return math.IsNaN(sum) && slices.ContainsFunc(x, math.IsNaN)
}

// BindRow looks at the columns in place; its step converts integers and looks for
// what is missing.
func (p VectorAssembler) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	p = p.defaults()
	a, err := p.assemble(c)
	if err != nil || p.HandleInvalid == Keep && len(a.converted) == 0 {
		return a.out, nil, err
	}
	return a.out, func() error {
		for _, convert := range a.converted {
			convert()
		}
		if p.HandleInvalid == Keep {
			return nil
		}
		for k, x := range a.numbers {
			if x[0] != x[0] {
				return missing(a.names[k]).step(p.HandleInvalid)
			}
		}
		return nil
	}, nil
}
