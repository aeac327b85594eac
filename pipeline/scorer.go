package pipeline

import (
	"fmt"
	"math"
	"time"

	"github.com/millrace-ml/millrace/dataset"
)

// A Scorer scores one row at a time. It is made once from a fitted model and the
// schema of the rows, and is safe for concurrent use: each goroutine takes a [Row]
// of its own.
type Scorer struct {
	model   Transformer
	in, out dataset.Schema
}

// NewScorer checks the schema against the model and resolves every column.
func NewScorer(model Transformer, in dataset.Schema) (*Scorer, error) {
	s := &Scorer{model: model, in: in}
	row, err := s.bind()
	if err != nil {
		return nil, err
	}
	s.out = row.schema
	return s, nil
}

// Schema returns the columns of a row after scoring: those given, in their order,
// and those that the model adds.
func (s *Scorer) Schema() dataset.Schema { return s.out }

// Index returns the position of the named column in [Scorer.Schema], or -1. Look
// it up once, not for each row.
func (s *Scorer) Index(name string) int { return s.out.Index(name) }

// Row makes a row in which every input is missing. A Row is for one goroutine and
// may be used again and again.
func (s *Scorer) Row() *Row {
	row, err := s.bind()
	if err != nil { // bind succeeded in NewScorer with the same arguments
		panic("pipeline: " + err.Error())
	}
	return row
}

func (s *Scorer) bind() (*Row, error) {
	if _, err := s.model.Schema(s.in); err != nil {
		return nil, at(s.model, err)
	}
	cells, err := newCells(s.in)
	if err != nil {
		return nil, err
	}
	out, step, err := bindRow(s.model, cells)
	if err != nil {
		return nil, at(s.model, err)
	}
	r := &Row{schema: out.Schema(), in: columns(cells), out: columns(out), step: step, floats: make([]floatCell, len(s.in.Fields))}
	if _, ok := s.model.(*Model); !ok && step != nil {
		name := NameOf(s.model) // looked up once: it allocates
		r.step = func() error { return stepError(s.model, name, step()) }
	}
	for i, f := range s.in.Fields {
		if x, ok := r.in[i].(dataset.Floats); ok {
			r.floats[i] = floatCell{&x[0], f.Type == dataset.Float32}
		}
		r.SetMissing(i)
	}
	return r, nil
}

// newCells makes a chunk of one row whose values will be set in place.
func newCells(schema dataset.Schema) (dataset.Chunk, error) {
	cols := make([]dataset.Column, len(schema.Fields))
	for i, f := range schema.Fields {
		var err error
		if cols[i], err = newCell(f); err != nil {
			return dataset.Chunk{}, err
		}
	}
	return dataset.NewChunk(schema, dataset.Origin{}, cols...)
}

func newCell(f dataset.Field) (dataset.Column, error) {
	switch f.Type {
	case dataset.Float, dataset.Float32:
		return dataset.Floats{0}, nil
	case dataset.Int, dataset.Bool, dataset.Time:
		return dataset.Ints{Values: []int64{0}, Absent: dataset.NewBits(1)}, nil
	case dataset.String:
		return dataset.Strings{Codes: []int32{0}, Dict: []string{""}}, nil
	case dataset.Vector:
		if f.Size > 0 {
			return dataset.NewDense(f.Size, make([]float64, f.Size))
		}
	}
	return nil, &dataset.ColumnError{Column: f.Name, Have: f.Type,
		Fact: "have " + f.Type.String() + " of unknown size", Want: "a size, to score row by row"}
}

// A Row holds the values of one row. Set its inputs by their position in the
// schema given to [NewScorer], call Score, and read any column by its position in
// [Scorer.Schema]. Setting or reading a value of the wrong type panics, as an index
// out of range does.
type Row struct {
	schema  dataset.Schema   // of out
	in, out []dataset.Column // one row each; what a model passes on is in both
	floats  []floatCell      // the inputs of type Float and Float32
	step    func() error
}

// A floatCell is where the value of an input is kept.
type floatCell struct {
	value  *float64
	narrow bool // rounded to 32 bits, as a source does
}

// Score computes the columns of [Scorer.Schema]. A row that a stage takes out is a
// [*dataset.Reject]; after an error the columns hold nothing of use.
func (r *Row) Score() error {
	if r.step == nil {
		return nil
	}
	return r.step()
}

// SetFloat sets input i, of type Float or Float32; NaN is missing.
func (r *Row) SetFloat(i int, x float64) {
	c := &r.floats[i]
	if c.narrow {
		x = float64(float32(x))
	}
	*c.value = x
}

// SetInt sets input i, of type Int.
func (r *Row) SetInt(i int, x int64) {
	c := r.in[i].(dataset.Ints)
	c.Values[0], c.Absent[0] = x, 0
}

// SetBool sets input i, of type Bool.
func (r *Row) SetBool(i int, x bool) {
	var v int64
	if x {
		v = 1
	}
	r.SetInt(i, v)
}

// SetTime sets input i, of type Time.
func (r *Row) SetTime(i int, x time.Time) { r.SetInt(i, x.UnixMicro()) }

// SetString sets input i, of type String.
func (r *Row) SetString(i int, x string) {
	c := r.in[i].(dataset.Strings)
	c.Codes[0], c.Dict[0] = 0, x
}

// SetVector sets input i, of type Vector, to a copy of x, which must be of its size.
func (r *Row) SetVector(i int, x []float64) {
	v := r.in[i].(*dataset.Vectors)
	dst := v.Blocks()[0].(*dataset.Dense).Values
	if len(x) != len(dst) {
		panic(fmt.Sprintf("pipeline: have a vector of size %d, want %d", len(x), len(dst)))
	}
	copy(dst, x)
}

// SetMissing makes input i missing; a vector becomes all NaN.
func (r *Row) SetMissing(i int) {
	switch c := r.in[i].(type) {
	case dataset.Floats:
		c[0] = math.NaN()
	case dataset.Ints:
		c.Values[0], c.Absent[0] = 0, 1
	case dataset.Strings:
		c.Codes[0] = -1
	case *dataset.Vectors:
		dst := c.Blocks()[0].(*dataset.Dense).Values
		for j := range dst {
			dst[j] = math.NaN()
		}
	}
}

// Missing reports whether the value of column i is missing.
func (r *Row) Missing(i int) bool { return r.out[i].Missing(0) }

// Float returns the value of column i, of type Float or Float32.
func (r *Row) Float(i int) float64 { return r.out[i].(dataset.Floats)[0] }

// Int returns the value of column i, of type Int, Bool or Time.
func (r *Row) Int(i int) int64 { return r.out[i].(dataset.Ints).Values[0] }

// String returns the value of column i, of type String.
func (r *Row) String(i int) string { return r.out[i].(dataset.Strings).At(0) }

// Vector writes the value of column i, of type Vector, to dst.
func (r *Row) Vector(i int, dst []float64) { r.out[i].(*dataset.Vectors).Row(0, dst) }

// bindRow binds t in its row form, or by running it on the chunk of one row.
func bindRow(t Transformer, c dataset.Chunk) (dataset.Chunk, func() error, error) {
	if rt, ok := t.(RowTransformer); ok {
		return rt.BindRow(c)
	}
	out, err := t.Schema(c.Schema())
	if err != nil {
		return c, nil, err
	}
	return bindChunk(c, out, t.Transform)
}

// bindChunk binds a function of chunks, which it runs on the chunk of one row. It
// copies what the function returns into cells of its own.
func bindChunk(c dataset.Chunk, schema dataset.Schema, fn func(dataset.Chunk) (dataset.Chunk, error)) (dataset.Chunk, func() error, error) {
	bound, err := newCells(schema)
	if err != nil {
		return c, nil, err
	}
	cells := columns(bound)
	return bound, func() error {
		res, err := fn(c)
		if err != nil {
			return err
		}
		if res.Rows() != 1 {
			if rejects := res.Rejects(); len(rejects) > 0 {
				return &rejects[len(rejects)-1]
			}
			return &dataset.Reject{Offset: -1, Reason: "the row was filtered out"}
		}
		if res, err = res.WithSchema(schema); err != nil {
			return err
		}
		for i, cell := range cells {
			copyCell(cell, res.Column(i))
		}
		return nil
	}, nil
}

func columns(c dataset.Chunk) []dataset.Column {
	cols := make([]dataset.Column, len(c.Schema().Fields))
	for i := range cols {
		cols[i] = c.Column(i)
	}
	return cols
}

// copyCell copies the value of a column of one row into the storage of another of
// the same type and size.
func copyCell(dst, src dataset.Column) {
	switch d := dst.(type) {
	case dataset.Floats:
		d[0] = src.(dataset.Floats)[0]
	case dataset.Ints:
		s := src.(dataset.Ints)
		d.Values[0], d.Absent[0] = s.Values[0], 0
		if s.Missing(0) {
			d.Absent[0] = 1
		}
	case dataset.Strings:
		s := src.(dataset.Strings)
		d.Codes[0], d.Dict[0] = min(s.Codes[0], 0), s.At(0)
	case *dataset.Vectors:
		src.(*dataset.Vectors).Row(0, d.Blocks()[0].(*dataset.Dense).Values)
	}
}

// stepError puts the place of a stage on the error of its step. A row that it took
// out is not an error of the stage: that gets the stage's name alone, as it does in
// a chunk.
func stepError(s Stage, place string, err error) error {
	if err == nil {
		return nil
	}
	r, ok := err.(*dataset.Reject)
	if !ok {
		return located(place, err)
	}
	if r.Stage != "" {
		return r
	}
	named := *r
	named.Stage = NameOf(s)
	return &named
}
