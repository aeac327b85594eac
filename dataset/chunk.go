package dataset

import (
	"fmt"
	"slices"
)

// ChunkRows is the number of rows that a source puts into a chunk: few enough
// that the columns in use stay in a core's cache.
const ChunkRows = 4096

// A Chunk is an immutable run of rows held as columns. Its methods return new
// chunks that share the columns they did not change. The zero Chunk has no
// columns and no rows.
type Chunk struct {
	schema  Schema
	cols    []Column
	rows    int
	origin  Origin
	dropped []Reject
	skipped int64
}

// An Origin says where the rows of a chunk come from, so that an error or a
// rejected row can be found again.
type Origin struct {
	Source string  // file or table; "" where the rows were made in memory
	Part   int     // part of the dataset
	First  int64   // number of the chunk's first row within the part, from 0
	Rows   []int32 // rows of the chunk as offsets from First; nil = 0, 1, 2, ...
	Bytes  int64   // bytes of the source that this chunk stands for; 0 = not known
}

// Row returns the number of the chunk's row i within its part.
func (o Origin) Row(i int) int64 {
	if o.Rows != nil {
		return o.First + int64(o.Rows[i])
	}
	return o.First + int64(i)
}

// A Reject is a row that was taken out, with its place and the reason. It is also
// the error that says so where one row is scored.
type Reject struct {
	Source string // file or table
	Part   int    // part of the dataset
	Row    int64  // number of the record within the part, from 0
	Line   int64  // line of the file, from 1; 0 = not known
	Offset int64  // byte of the file where the record begins; -1 = not known
	Stage  string // stage that took the row out; "" = the source
	Column string // column to blame; "" = the row as a whole
	Value  string // what was found there
	Reason string // what was wanted
	Raw    []byte // the record as it was read; nil = not known
}

func (r *Reject) Error() string {
	s := ""
	switch {
	case r.Line > 0:
		s = fmt.Sprintf("%s:%d: ", r.Source, r.Line)
	case r.Source != "":
		s = fmt.Sprintf("%s: part %d, row %d: ", r.Source, r.Part, r.Row)
	default:
		s = fmt.Sprintf("part %d, row %d: ", r.Part, r.Row)
	}
	if r.Stage != "" {
		s += r.Stage + ": "
	}
	if r.Column != "" {
		s += fmt.Sprintf("column %q: ", r.Column)
	}
	if r.Value != "" {
		s += fmt.Sprintf("have %q, ", r.Value)
	}
	return s + r.Reason
}

// NewChunk makes a chunk of the given columns. It fails where a column does not
// fit its field or the columns differ in length. The columns now belong to the
// chunk.
func NewChunk(schema Schema, origin Origin, cols ...Column) (Chunk, error) {
	if len(cols) != len(schema.Fields) {
		return Chunk{}, fmt.Errorf("have %d columns, want %d as in the schema", len(cols), len(schema.Fields))
	}
	c := Chunk{schema: schema, cols: cols, origin: origin}
	if len(cols) > 0 {
		c.rows = cols[0].Len()
	}
	for i, f := range schema.Fields {
		if err := c.fits(f, cols[i]); err != nil {
			return Chunk{}, err
		}
	}
	return c, nil
}

func (c Chunk) fits(f Field, col Column) error {
	ok := false
	switch col := col.(type) {
	case Floats:
		ok = f.Type == Float || f.Type == Float32
	case Ints:
		ok = f.Type == Int || f.Type == Bool || f.Type == Time
	case Strings:
		ok = f.Type == String
	case *Vectors:
		ok = f.Type == Vector
		if ok && f.Size != 0 && f.Size != col.Dim() {
			return &ColumnError{Column: f.Name, Have: Vector,
				Fact: fmt.Sprintf("have vectors of size %d", col.Dim()), Want: fmt.Sprintf("size %d", f.Size)}
		}
	case *lazyColumn:
		ok = true
	}
	if !ok {
		return &ColumnError{Column: f.Name, Have: f.Type, Fact: fmt.Sprintf("have values in %T", col), Want: "the column of type " + f.Type.String()}
	}
	if col.Len() != c.rows {
		return &ColumnError{Column: f.Name, Have: f.Type,
			Fact: fmt.Sprintf("have %d rows", col.Len()), Want: fmt.Sprintf("%d as in the chunk", c.rows)}
	}
	return nil
}

// Rows returns the number of rows.
func (c Chunk) Rows() int { return c.rows }

// Schema returns the chunk's columns.
func (c Chunk) Schema() Schema { return c.schema }

// Origin says where the rows come from.
func (c Chunk) Origin() Origin { return c.origin }

// Rejects returns the rows that were taken out on the way to this chunk.
func (c Chunk) Rejects() []Reject { return c.dropped }

// Filtered returns how many rows [Chunk.Filter] took out on the way to this chunk.
func (c Chunk) Filtered() int64 { return c.skipped }

// Column returns column i of the schema.
func (c Chunk) Column(i int) Column {
	if l, ok := c.cols[i].(*lazyColumn); ok {
		return l.get()
	}
	return c.cols[i]
}

// Get returns the named column as the type C: Floats, Ints, Strings or *Vectors.
// The error is a [*ColumnError].
func Get[C Column](c Chunk, name string) (C, error) {
	var want C
	i := c.schema.Index(name)
	if i < 0 {
		return want, &ColumnError{Column: name, Fact: "is not there" + c.schema.near(name), Want: fmt.Sprintf("%T", want)}
	}
	col, ok := c.Column(i).(C)
	if !ok {
		have := c.schema.Fields[i].Type
		return want, &ColumnError{Column: name, Have: have, Fact: "have " + have.String(), Want: fmt.Sprintf("%T", want)}
	}
	return col, nil
}

// Numbers returns the named column as numbers: a float column as it is, an int,
// bool or time column converted, NaN where a value is missing.
func Numbers(c Chunk, name string) (Floats, error) {
	i := c.schema.Index(name)
	if i < 0 || (c.schema.Fields[i].Type != Int && c.schema.Fields[i].Type != Bool && c.schema.Fields[i].Type != Time) {
		return Get[Floats](c, name)
	}
	ints := c.Column(i).(Ints)
	out := make(Floats, len(ints.Values))
	ints.Float64s(out)
	return out, nil
}

// With returns the chunk with a column added. It fails where the name exists or
// the column does not fit.
func (c Chunk) With(f Field, col Column) (Chunk, error) {
	if len(c.schema.Fields) == 0 && c.rows == 0 {
		c.rows = col.Len()
	}
	if err := c.fits(f, col); err != nil {
		return c, err
	}
	schema, err := c.schema.With(f)
	if err != nil {
		return c, err
	}
	c.schema = schema
	c.cols = append(append(make([]Column, 0, len(c.cols)+1), c.cols...), col)
	return c, nil
}

// Select returns the chunk with the named columns only.
func (c Chunk) Select(names ...string) (Chunk, error) {
	schema, err := c.schema.Select(names...)
	if err != nil {
		return c, err
	}
	cols := make([]Column, len(names))
	for k, name := range names {
		cols[k] = c.cols[c.schema.Index(name)]
	}
	c.schema, c.cols = schema, cols
	return c, nil
}

// WithSchema returns the same columns described by another schema, which must
// have the same number of columns and types that fit.
func (c Chunk) WithSchema(s Schema) (Chunk, error) {
	out, err := NewChunk(s, c.origin, c.cols...)
	out.rows, out.dropped, out.skipped = c.rows, c.dropped, c.skipped
	return out, err
}

// Slice returns the rows from to to-1. Rejects go with the slice that begins at 0.
func (c Chunk) Slice(from, to int) Chunk {
	out := Chunk{schema: c.schema, cols: make([]Column, len(c.cols)), rows: to - from, origin: c.origin}
	for i, col := range c.cols {
		if _, ok := col.(*lazyColumn); ok {
			out.cols[i] = newLazy(out.rows, func() Column { return col.slice(from, to) })
		} else {
			out.cols[i] = col.slice(from, to)
		}
	}
	if c.origin.Rows != nil {
		out.origin.Rows = c.origin.Rows[from:to:to]
	} else {
		out.origin.First += int64(from)
	}
	if from == 0 {
		out.dropped, out.skipped = c.dropped, c.skipped
	} else {
		out.origin.Bytes = 0
	}
	return out
}

// Filter returns the rows that are listed, in rising order and each once, and counts
// the others as filtered. The list now belongs to the chunk.
func (c Chunk) Filter(rows []int32) Chunk {
	if len(rows) == c.rows {
		return c
	}
	out := c.take(rows)
	out.skipped += int64(c.rows - len(rows))
	return out
}

// Drop takes rows out and keeps the reasons. Each reject names a row of the chunk
// (in Row, rising, from 0), a column, a value and a reason; its place is filled
// in from the chunk's origin.
func (c Chunk) Drop(rejects []Reject) Chunk {
	if len(rejects) == 0 {
		return c
	}
	keep := make([]int32, 0, c.rows-len(rejects))
	located := slices.Clip(slices.Clone(c.dropped))
	next := 0
	for i := range c.rows {
		if next < len(rejects) && rejects[next].Row == int64(i) {
			r := rejects[next]
			r.Source, r.Part, r.Row, r.Offset = c.origin.Source, c.origin.Part, c.origin.Row(i), -1
			located = append(located, r)
			next++
			continue
		}
		keep = append(keep, int32(i))
	}
	out := c.take(keep)
	out.dropped = located
	return out
}

// WithRejects returns the chunk with rejects that have their place already, such
// as a source's own.
func (c Chunk) WithRejects(rejects ...Reject) Chunk {
	c.dropped = append(slices.Clip(slices.Clone(c.dropped)), rejects...)
	return c
}

// BlameStage returns the chunk with the stage's name put on the rejects after the
// first n, where they have none.
func (c Chunk) BlameStage(n int, stage string) Chunk {
	if n >= len(c.dropped) {
		return c
	}
	c.dropped = slices.Clone(c.dropped)
	for i := n; i < len(c.dropped); i++ {
		if c.dropped[i].Stage == "" {
			c.dropped[i].Stage = stage
		}
	}
	return c
}

// settled returns the chunk with every column computed, so that it holds on to
// nothing that it was made from.
func (c Chunk) settled() Chunk {
	cols := make([]Column, len(c.cols))
	for i := range c.cols {
		cols[i] = c.Column(i)
	}
	c.cols = cols
	return c
}

// take gathers the values of a column when they are first read.
func (c Chunk) take(rows []int32) Chunk {
	out := c
	out.cols = make([]Column, len(c.cols))
	for i, col := range c.cols {
		out.cols[i] = newLazy(len(rows), func() Column { return col.take(rows) })
	}
	out.rows = len(rows)
	if c.origin.Rows != nil {
		out.origin.Rows = gather(c.origin.Rows, rows)
	} else {
		out.origin.Rows = rows
	}
	return out
}
