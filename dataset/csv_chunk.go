package dataset

import (
	"bytes"
	"math"
	"slices"
	"time"
)

// A csvColumn is a column that is read.
type csvColumn struct {
	Field
	field  int      // of the record
	out    int      // column of the schema
	slot   int      // among the columns of its kind
	text   *csvText // of a String
	absent Bits     // of an Int, Bool or Time
}

// A csvBuilder fills the columns of a chunk. The columns of a kind share one
// allocation.
type csvBuilder struct {
	schema    Schema
	cols      []csvColumn // by field
	nulls     []string
	emptyNull bool // an empty field is a null
	words     bool // so are others
	layouts   []string

	room   int // rows that there is room for
	stride int // distance of the columns of a kind
	floats []float64
	ints   []int64
	codes  []int32
}

func newCSVBuilder(csv CSV, schema Schema, fields []int) *csvBuilder {
	b := &csvBuilder{schema: schema, nulls: csv.Null, layouts: csv.TimeLayouts}
	b.emptyNull = slices.Contains(csv.Null, "")
	b.words = len(csv.Null) > 1 || len(csv.Null) == 1 && !b.emptyNull
	for out, field := range fields {
		b.cols = append(b.cols, csvColumn{Field: schema.Fields[out], field: field, out: out})
	}
	slices.SortFunc(b.cols, func(x, y csvColumn) int { return x.field - y.field })
	floats, ints, codes := 0, 0, 0
	for i := range b.cols {
		c := &b.cols[i]
		next := &ints
		switch c.Type {
		case Float, Float32:
			next = &floats
		case String:
			next = &codes
			c.text = newCSVText()
		}
		c.slot = *next
		*next++
	}
	return b
}

// grow makes room for rows, of which some are filled. Columns lie a cache line
// further apart than rows say: at a power of two the values of a row would fight
// for one set of the cache.
func (b *csvBuilder) grow(filled, rows int) {
	old := *b
	b.room, b.stride = rows, (rows+7)&^7+8
	b.floats, b.ints, b.codes = nil, nil, nil
	floats, ints, codes := 0, 0, 0
	for _, c := range b.cols {
		switch c.Type {
		case Float, Float32:
			floats++
		case String:
			codes++
		default:
			ints++
		}
	}
	b.floats = moved(old.floats, old.stride, b.stride, floats, filled)
	b.ints = moved(old.ints, old.stride, b.stride, ints, filled)
	b.codes = moved(old.codes, old.stride, b.stride, codes, filled)
}

func moved[T any](old []T, from, to, columns, filled int) []T {
	out := make([]T, columns*to)
	if filled > 0 {
		for k := range columns {
			copy(out[k*to:k*to+filled], old[k*from:])
		}
	}
	return out
}

// set reads the value of a row from a field.
func (b *csvBuilder) set(c *csvColumn, row int, value []byte, quoted bool) verdict {
	if c.Type != String {
		value = trimmed(value)
		quoted = false
	}
	if !quoted && b.null(value) {
		b.setMissing(c, row)
		return good
	}
	at := c.slot*b.stride + row
	var v verdict
	switch c.Type {
	case Float:
		b.floats[at], v = parseFloat(value, 64)
	case Float32:
		b.floats[at], v = parseFloat(value, 32)
	case Int:
		b.ints[at], v = parseInt(value)
	case Bool:
		b.ints[at], v = parseBool(value)
	case Time:
		b.ints[at], v = parseTime(value, b.layouts)
	case String:
		b.codes[at] = c.text.code(value, row)
	}
	return v
}

// trimmed returns a value without the spaces and tabs around it.
func trimmed(value []byte) []byte { return bytes.Trim(value, " \t") }

func (b *csvBuilder) null(value []byte) bool {
	if len(value) == 0 {
		return b.emptyNull
	}
	for _, null := range b.nulls {
		if null == string(value) {
			return true
		}
	}
	return false
}

func (b *csvBuilder) setMissing(c *csvColumn, row int) {
	at := c.slot*b.stride + row
	switch c.Type {
	case Float, Float32:
		b.floats[at] = math.NaN()
	case String:
		b.codes[at] = -1
	default:
		b.ints[at] = 0
		c.absent.Set(row, ChunkRows)
	}
}

// undo takes back what a refused row left behind.
func (b *csvBuilder) undo(row int) {
	for i := range b.cols {
		c := &b.cols[i]
		if c.text != nil {
			c.text.undo(row)
		}
		if c.absent != nil {
			c.absent[row>>6] &^= 1 << (row & 63)
		}
	}
}

// finish returns the columns of a chunk, in the order of the schema.
func (b *csvBuilder) finish(rows int) []Column {
	out := make([]Column, len(b.cols))
	for i := range b.cols {
		c := &b.cols[i]
		from := c.slot * b.stride
		to := from + rows
		switch c.Type {
		case Float, Float32:
			out[c.out] = Floats(b.floats[from:to:to])
		case String:
			out[c.out] = Strings{Codes: b.codes[from:to:to], Dict: c.text.finish(rows)}
		default:
			ints := Ints{Values: b.ints[from:to:to]}
			if c.absent.Count() > 0 {
				ints.Absent = c.absent[:(rows+63)/64]
			}
			out[c.out] = ints
			c.absent = nil
		}
	}
	b.floats, b.ints, b.codes, b.room = nil, nil, nil, 0
	return out
}

func parseTime(s []byte, layouts []string) (int64, verdict) {
	text := string(s)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMicro(), good
		}
	}
	return 0, invalid
}
