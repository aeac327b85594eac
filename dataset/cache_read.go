package dataset

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"slices"
	"sync"
)

// A chunkReader reads the records of one part, in order.
type chunkReader struct {
	schema Schema
	source string
	dicts  []dictionary // of each column, as the chunk before had it
}

// A dictionary is made when it is first looked at, unless it grows.
type dictionary struct {
	n   int
	get func() []string
}

func newChunkReader(schema Schema) *chunkReader {
	return &chunkReader{schema: schema, dicts: make([]dictionary, len(schema.Fields))}
}

var errDamaged = errors.New("a record of the cache does not have the length that it says")

// chunk makes the chunk of a record. Columns are unpacked when they are first
// looked at.
func (r *chunkReader) chunk(record []byte, dataEnd int) (Chunk, error) {
	cur := &cursor{rest: record[dataEnd:]}
	cur.readArrays(record[:dataEnd])
	c := Chunk{schema: r.schema, cols: make([]Column, len(r.schema.Fields))}
	if err := r.origin(&c, cur); err != nil {
		return Chunk{}, err
	}
	for i, f := range r.schema.Fields {
		if get := r.column(f.Type, i, cur); get != nil {
			c.cols[i] = &lazyColumn{c.rows, get}
		}
	}
	if cur.bad || len(cur.rest) > 0 {
		return Chunk{}, errDamaged
	}
	return c, nil
}

func (r *chunkReader) origin(c *Chunk, cur *cursor) error {
	c.rows = cur.int()
	if source := cur.bytes(cur.int()); string(source) != r.source {
		r.source = string(source)
	}
	c.origin = Origin{Source: r.source, Part: cur.int(), First: cur.int64(), Bytes: cur.int64()}
	c.skipped = cur.int64()
	if rows := cur.array(); rows != nil {
		c.origin.Rows = unpackInts[int32](rows.packed)
	}
	if rejects := cur.bytes(cur.int()); len(rejects) > 0 {
		return gob.NewDecoder(bytes.NewReader(rejects)).Decode(&c.dropped)
	}
	return nil
}

// column returns how to unpack a column, or nil where the record is damaged.
func (r *chunkReader) column(t Type, i int, cur *cursor) func() Column {
	if t == Vector {
		return vectorsColumn(cur)
	}
	values := cur.array()
	if values == nil {
		cur.bad = true
		return nil
	}
	switch t {
	case Float, Float32:
		return func() Column { return Floats(values.asFloats()) }
	case String:
		dict := r.dict(i, cur)
		return func() Column { return Strings{values.asCodes(), dict()} }
	}
	absent := cur.array()
	return sync.OnceValue(func() Column {
		col := Ints{Values: unpackInts[int64](values.packed)}
		if absent != nil {
			col.Absent = unpackInts[uint64](absent.packed)
		}
		return col
	})
}

// dict returns how to make a dictionary, which shares what it keeps of the one
// before.
func (r *chunkReader) dict(column int, cur *cursor) func() []string {
	keep, more, size := cur.int(), cur.int(), cur.int()
	lengths := cur.fork(more)
	text := cur.bytes(size)
	before := r.dicts[column]
	now := dictionary{keep + more, before.get}
	switch {
	case more > 0 && keep > 0:
		all := cutText(before.get()[:keep:keep], text, lengths, more)
		now.get = func() []string { return all }
	case more > 0:
		now.get = sync.OnceValue(func() []string { return cutText(nil, text, lengths, more) })
	case keep < before.n:
		now.get = func() []string { return before.get()[:keep:keep] }
	}
	if now.get == nil {
		now.get = func() []string { return nil }
	}
	r.dicts[column] = now
	return now.get
}

// cutText appends n entries to dict.
func cutText(dict []string, text []byte, lengths cursor, n int) []string {
	all := string(text)
	for range n {
		size := lengths.int()
		dict = append(dict, all[:size])
		all = all[size:]
	}
	return slices.Clip(dict)
}

// vectorsColumn returns how to unpack a column of vectors.
func vectorsColumn(cur *cursor) func() Column {
	rows, dim := cur.int(), cur.int()
	blocks := cursor{rest: cur.bytes(cur.int()), arrays: cur.arrays}
	return sync.OnceValue(func() Column {
		v := &Vectors{rows: rows, dim: dim, blocks: make([]Block, blocks.int())}
		for k := range v.blocks {
			v.blocks[k] = readBlock(&blocks)
		}
		return v
	})
}

func readBlock(cur *cursor) Block {
	switch cur.int() {
	case scalarBlock:
		return &Scalar{Values: cur.array().asFloats(), Lines: readLines(cur)}
	case oneHotBlock:
		return &OneHot{Width: cur.int(), Codes: cur.array().asCodes(), Lines: readLines(cur)}
	case denseBlock:
		return &Dense{Width: cur.int(), Values: cur.array().asFloats(), Lines: readLines(cur)}
	}
	return &Sparse{Width: cur.int(), Starts: unpackInts[int](cur.array().packed),
		Index: cur.array().asCodes(), Values: cur.array().asFloats(), Lines: readLines(cur)}
}

func readLines(cur *cursor) Lines {
	var lines Lines
	for range cur.int() {
		var a Affine
		for _, values := range []*[]float64{&a.Centre, &a.Scale, &a.Offset} {
			if stored := cur.array(); stored != nil {
				*values = stored.asFloats()
			}
		}
		lines = append(lines, a)
	}
	return lines
}

// A storedArray is an array of a record, unpacked once.
type storedArray struct {
	packed
	once   sync.Once
	floats []float64
	codes  []int32
}

func (a *storedArray) asFloats() []float64 {
	a.once.Do(func() { a.floats = a.packed.floats() })
	return a.floats
}

func (a *storedArray) asCodes() []int32 {
	a.once.Do(func() { a.codes = unpackInts[int32](a.packed) })
	return a.codes
}

// A cursor reads what a chunkWriter wrote. Reading beyond the end makes it bad.
type cursor struct {
	rest   []byte
	arrays []storedArray
	bad    bool
}

func (c *cursor) int() int { return int(c.int64()) }

func (c *cursor) int64() int64 {
	x, n := binary.Varint(c.rest)
	if n <= 0 {
		c.bad, n = true, 0
	}
	c.rest = c.rest[n:]
	return x
}

func (c *cursor) bytes(n int) []byte {
	if n < 0 || n > len(c.rest) {
		c.bad, n = true, 0
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

// fork skips n numbers and returns a cursor that reads them.
func (c *cursor) fork(n int) cursor {
	there := *c
	for range n {
		c.int64()
	}
	return there
}

// array reads the number of an array; -1 is nil.
func (c *cursor) array() *storedArray {
	n := c.int()
	if n < 0 || n >= len(c.arrays) {
		c.bad = c.bad || n != -1
		return nil
	}
	return &c.arrays[n]
}

// readArrays reads the list of the arrays, whose data they share.
func (c *cursor) readArrays(data []byte) {
	n := c.int()
	if n < 0 || n > len(c.rest) { // an array takes bytes in the list
		c.bad = true
		return
	}
	c.arrays = make([]storedArray, n)
	for i := range c.arrays {
		a := &c.arrays[i].packed
		if b := c.bytes(1); len(b) == 1 {
			a.form = b[0]
		}
		a.n, a.base = c.int(), c.int64()
		size := a.size()
		if a.n < 0 || size < 0 || size > len(data) {
			c.bad = true
			return
		}
		a.data, data = data[:size], data[size:]
	}
	c.bad = c.bad || len(data) > 0
}
