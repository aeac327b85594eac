package dataset

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"slices"
)

// A chunk is stored as one record: the data of its arrays one after another, then
// the list of the arrays, then the chunk's origin, rejects and columns, which name
// arrays by number. An array that columns share is stored once, and shared again
// when it is read. A dictionary is stored as what it adds to that of the chunk
// before it in the part, so a dictionary that a whole part shares is stored once.

// A chunkWriter makes the records of the chunks of one part, in order.
type chunkWriter struct {
	data, list, head []byte
	arrays           int
	floats           map[*float64]sharedArray
	codes            map[*int32]sharedArray
	schema           Schema
	dicts            [][]string // of each column, as the chunk before had it
}

type sharedArray struct{ number, n int }

func newChunkWriter(schema Schema) *chunkWriter {
	return &chunkWriter{
		schema: schema,
		floats: map[*float64]sharedArray{},
		codes:  map[*int32]sharedArray{},
		dicts:  make([][]string, len(schema.Fields)),
	}
}

// record returns the record of c, and where in it the data end. It is valid until
// the next call.
func (w *chunkWriter) record(c Chunk) (record []byte, dataEnd int, err error) {
	if err := sameColumns(w.schema, c.schema); err != nil {
		return nil, 0, err
	}
	w.data, w.list, w.head, w.arrays = w.data[:0], w.list[:0], w.head[:0], 0
	clear(w.floats)
	clear(w.codes)
	if err := w.origin(c); err != nil {
		return nil, 0, err
	}
	for i := range c.cols {
		w.column(c.Column(i), i)
	}
	dataEnd = len(w.data)
	w.data = binary.AppendVarint(w.data, int64(w.arrays))
	w.data = append(w.data, w.list...)
	w.data = append(w.data, w.head...)
	return w.data, dataEnd, nil
}

func (w *chunkWriter) int(x int)       { w.head = binary.AppendVarint(w.head, int64(x)) }
func (w *chunkWriter) int64(x int64)   { w.head = binary.AppendVarint(w.head, x) }
func (w *chunkWriter) bytes(b []byte)  { w.int(len(b)); w.head = append(w.head, b...) }
func (w *chunkWriter) string(s string) { w.int(len(s)); w.head = append(w.head, s...) }

func (w *chunkWriter) origin(c Chunk) error {
	w.int(c.rows)
	w.string(c.origin.Source)
	w.int(c.origin.Part)
	w.int64(c.origin.First)
	w.int64(c.origin.Bytes)
	w.int64(c.skipped)
	w.optional(c.origin.Rows != nil, func() int { return w.codeArray(c.origin.Rows) })
	var rejects bytes.Buffer
	if len(c.dropped) > 0 {
		if err := gob.NewEncoder(&rejects).Encode(c.dropped); err != nil {
			return err
		}
	}
	w.bytes(rejects.Bytes())
	return nil
}

func (w *chunkWriter) column(col Column, i int) {
	switch col := col.(type) {
	case Floats:
		w.int(w.floatArray(col))
	case Ints:
		w.int(array(w, packInts[int64], col.Values))
		w.optional(col.Absent != nil, func() int { return array(w, packInts[uint64], col.Absent) })
	case Strings:
		w.int(w.codeArray(col.Codes))
		w.dict(col.Dict, i)
	case *Vectors:
		w.vectors(col)
	}
}

// optional writes the number of an array, or -1 where it is nil.
func (w *chunkWriter) optional(is bool, number func() int) {
	if is {
		w.int(number())
	} else {
		w.int(-1)
	}
}

// array adds an array and returns its number.
func array[T any](w *chunkWriter, pack func([]byte, []T) (packed, []byte), values []T) int {
	var p packed
	p, w.data = pack(w.data, values)
	w.list = append(w.list, p.form)
	w.list = binary.AppendVarint(w.list, int64(p.n))
	w.list = binary.AppendVarint(w.list, p.base)
	w.arrays++
	return w.arrays - 1
}

func (w *chunkWriter) floatArray(values []float64) int { return share(w, w.floats, packFloats, values) }
func (w *chunkWriter) codeArray(values []int32) int {
	return share(w, w.codes, packInts[int32], values)
}

// share is array for values that the chunk may hold more than once.
func share[T any](w *chunkWriter, known map[*T]sharedArray, pack func([]byte, []T) (packed, []byte), values []T) int {
	if len(values) == 0 {
		return array(w, pack, values)
	}
	if a, ok := known[&values[0]]; ok && a.n == len(values) {
		return a.number
	}
	number := array(w, pack, values)
	known[&values[0]] = sharedArray{number, len(values)}
	return number
}

// dict writes how many entries of the dictionary before are kept, and the others.
func (w *chunkWriter) dict(dict []string, column int) {
	before := w.dicts[column]
	keep := min(len(before), len(dict))
	if keep > 0 && &before[0] != &dict[0] && !slices.Equal(before[:keep], dict[:keep]) {
		keep = 0
	}
	w.dicts[column] = dict
	w.int(keep)
	w.int(len(dict) - keep)
	size := 0
	for _, s := range dict[keep:] {
		size += len(s)
	}
	w.int(size)
	for _, s := range dict[keep:] {
		w.int(len(s))
	}
	for _, s := range dict[keep:] {
		w.head = append(w.head, s...)
	}
}

func (w *chunkWriter) vectors(v *Vectors) {
	before := w.head
	w.head = nil
	w.int(len(v.blocks))
	for _, b := range v.blocks {
		w.block(b)
		w.int(len(b.lines()))
		for _, a := range b.lines() {
			for _, values := range [][]float64{a.Centre, a.Scale, a.Offset} {
				w.optional(values != nil, func() int { return w.floatArray(values) })
			}
		}
	}
	blocks := w.head
	w.head = before
	w.int(v.rows)
	w.int(v.dim)
	w.bytes(blocks)
}

const (
	scalarBlock = iota
	oneHotBlock
	denseBlock
	sparseBlock
)

func (w *chunkWriter) block(b Block) {
	switch b := b.(type) {
	case *Scalar:
		w.int(scalarBlock)
		w.int(w.floatArray(b.Values))
	case *OneHot:
		w.int(oneHotBlock)
		w.int(b.Width)
		w.int(w.codeArray(b.Codes))
	case *Dense:
		w.int(denseBlock)
		w.int(b.Width)
		w.int(w.floatArray(b.Values))
	case *Sparse:
		w.int(sparseBlock)
		w.int(b.Width)
		w.int(array(w, packInts[int], b.Starts))
		w.int(w.codeArray(b.Index))
		w.int(w.floatArray(b.Values))
	}
}
