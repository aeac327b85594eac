package dataset

import (
	"bytes"
	"math"
	"math/bits"
)

// A csvFast reads records of the common kind: without line breaks in fields,
// complete in the buffer and free of faults. It gives up at all others, and leaves
// them as if it had never seen them. It may have written to the columns beyond the
// last row, but that row is written again.
type csvFast struct {
	ops    []csvOp
	comma  byte
	commas uint64 // eight of them
	quote  byte
	stop   [256]bool // bytes with which a record does not begin here
}

// A csvOp reads neighbouring fields.
type csvOp struct {
	kind  csvOpKind
	count int            // of fields
	col   int            // column of the first
	slot  int            // of the first column among those of its kind
	text  *csvText       // of opText
	cents *[1000]float64 // of opFloats
	size  int            // of opFloats, in bits
	last  bool           // of the record
	ends  uint64         // what ends the fields, eight times
}

type csvOpKind uint8

const (
	opFloats csvOpKind = iota
	opInts
	opText
	opSkip  // fields that are not read
	opOther // a field
)

func newCSVFast(b *csvBuilder, d csvDialect, fields int) *csvFast {
	f := &csvFast{comma: d.comma, commas: uint64(d.comma) * lowBits, quote: d.quote}
	f.stop['\n'], f.stop['\r'], f.stop[d.comment] = true, true, d.comment != 0
	next := 0
	skip := func(to int) {
		if to > next {
			f.add(csvOp{kind: opSkip, count: to - next}, fields-next)
		}
		next = to
	}
	for i := range b.cols {
		c := &b.cols[i]
		skip(c.field)
		op := csvOp{kind: opOther, count: 1, col: i, slot: c.slot, text: c.text}
		switch c.Type {
		case Float:
			op.kind, op.size, op.cents = opFloats, 64, &hundredths
		case Float32:
			op.kind, op.size, op.cents = opFloats, 32, &hundredths32
		case Int:
			op.kind = opInts
		case String:
			op.kind = opText
		}
		f.add(op, fields-next)
		next++
	}
	skip(fields)
	return f
}

// add appends an op where left fields are left of the record. Numbers are joined with
// those before, but for the last field of the record.
func (f *csvFast) add(op csvOp, left int) {
	op.ends = f.commas
	if op.count == left {
		op.last, op.ends = true, '\n'*lowBits
	} else if n := len(f.ops); n > 0 && op.kind <= opInts && f.ops[n-1].kind == op.kind && f.ops[n-1].cents == op.cents {
		f.ops[n-1].count++
		return
	}
	f.ops = append(f.ops, op)
}

// quick reads records as long as it can, up to a place in the file, and reports
// whether there was one.
func (r *csvReader) quick(until int64) bool {
	stop := int(min(until-r.base, r.limit-r.base, int64(r.end)))
	room := min(r.build.room, r.rows+ChunkRows-r.records())
	pos, row := r.fast.run(r.build, r.buf[:r.end+csvPad], r.pos, stop, r.rows, room, r.maxRecord)
	n := int64(row - r.rows)
	r.scan.records += n
	r.scan.lines += n
	r.pos, r.rows = pos, row
	return n > 0
}

// run reads the records that begin in data[pos:stop] into the rows from row to
// room-1. It returns where it stopped and the row that is next. Eight bytes of
// padding follow the data.
func (f *csvFast) run(b *csvBuilder, data []byte, pos, stop, row, room, most int) (int, int) {
	floats, stride := b.floats, b.stride
	for ; row < room && pos < stop && !f.stop[data[pos]]; row++ {
		p := pos
		for k := range f.ops {
			op := &f.ops[k]
			at := op.slot*stride + row
			switch op.kind {
			case opFloats:
				ends := op.ends
				cents := ends&(0xff<<32) | '0'<<24 | '0'<<16 | '.'<<8 | '0'
				for j := range op.count {
					w := load8(data, p)
					if d := w&0xff - '0'; d <= 9 && byte(w>>8) == byte(ends) {
						floats[at] = float64(d)
						p += 2
					} else if x := (w ^ cents) & 0xff_ffffffff; (x+0x7f_76767f76|x)&0x80_80808080 == 0 {
						floats[at] = op.cents[x&0xf*100+x>>16&0xf*10+x>>24]
						p += 5
					} else if n, size := shortInt(w, ends); size > 0 {
						floats[at] = float64(n)
						p += size
					} else if p = f.float(b, op, j, data, p, row); p < 0 {
						return pos, row
					}
					at += stride
				}
			case opInts:
				for j := range op.count {
					if n, size := shortInt(load8(data, p), op.ends); size > 0 {
						b.ints[at] = int64(n)
						p += size
					} else if p = f.field(b, op, j, data, p, row); p < 0 {
						return pos, row
					}
					at += stride
				}
			case opText:
				t := op.text
				if w := load8(data, p); w&t.mask == t.word {
					b.codes[at] = t.wordCode
					p += t.wordSize
				} else if p = f.textField(b, op, data, p, row); p < 0 {
					return pos, row
				}
			case opSkip:
				if p = f.skip(op, data, p); p < 0 {
					return pos, row
				}
			default:
				if p = f.field(b, op, 0, data, p, row); p < 0 {
					return pos, row
				}
			}
		}
		if p-pos > most {
			return pos, row
		}
		pos = p
	}
	return pos, row
}

// shortInt reads up to seven digits and the separator behind them at the beginning
// of w. It returns how many bytes they take, 0 where they are something else.
func shortInt(w, ends uint64) (n uint64, size int) {
	end := uint(bits.TrailingZeros64(zeroBytes(w^ends))) &^ 7 // 64 = none
	x := (w ^ zeroes) << ((64 - end) & 63)
	if notDigits(x) != 0 || end&63 == 0 {
		return 0, 0
	}
	return eightDigits(x), int(end>>3) + 1
}

// shortDecimal is shortInt for numbers of up to seven bytes that may have a minus and
// a point. Both parts of the division are exact.
func shortDecimal(w, ends uint64, bitSize int) (x float64, size int) {
	end := uint(bits.TrailingZeros64(zeroBytes(w^ends))) &^ 7
	size = int(end>>3) + 1
	if end == 64 {
		return 0, 0
	}
	minus := w&0xff == '-'
	if minus {
		w >>= 8
		end -= 8
	}
	point := uint(bits.TrailingZeros64(zeroBytes(w^'.'*lowBits))) &^ 7
	after := uint(0) // digits after the point
	if point < end {
		end -= 8
		after = (end - point) >> 3
		below := uint64(1)<<(point&63) - 1
		w = w&below | w>>8&^below
	}
	w = (w ^ zeroes) << ((64 - end) & 63)
	if notDigits(w) != 0 || end-8 > 48 {
		return 0, 0
	}
	n := eightDigits(w)
	if bitSize == 32 {
		x = float64(float32(n) / float32(exactTen[after&7]))
	} else {
		x = float64(n) / exactTen[after&7]
	}
	if minus {
		x = -x
	}
	return x, size
}

// float reads a number of any form. It returns what follows the field, or -1 where it
// gives up; so do the methods below.
func (f *csvFast) float(b *csvBuilder, op *csvOp, j int, data []byte, p, row int) int {
	at := (op.slot+j)*b.stride + row
	if data[p] == byte(op.ends) && b.emptyNull {
		b.floats[at] = math.NaN()
		return p + 1
	}
	if x, size := shortDecimal(load8(data, p), op.ends, op.size); size > 0 {
		b.floats[at] = x
		return p + size
	}
	if w, q, n := decimal(data[p:]); n > 0 && data[p+n] == byte(op.ends) {
		if x, ok := scaled(w, q, op.size); ok {
			if data[p] == '-' {
				x = -x
			}
			b.floats[at] = x
			return p + n + 1
		}
	}
	return f.field(b, op, j, data, p, row)
}

// textField reads a text and remembers it where it is short.
func (f *csvFast) textField(b *csvBuilder, op *csvOp, data []byte, p, row int) int {
	t, at := op.text, op.slot*b.stride+row
	w := load8(data, p)
	n := bits.TrailingZeros64(zeroBytes(w^f.commas)|zeroBytes(w^'\n'*lowBits)) >> 3
	if n == 0 || n == 8 || byte(w>>(8*n)) != byte(op.ends) || byte(w) == f.quote || b.words || t.unique || op.last && byte(w>>(8*n-8)) == '\r' {
		return f.field(b, op, 0, data, p, row)
	}
	code := t.coded(t.find(shortKey(w, n), data[p:p+n]), row)
	t.remember(w, n+1, code)
	b.codes[at] = code
	return p + n + 1
}

// field reads the value of field j of an op.
func (f *csvFast) field(b *csvBuilder, op *csvOp, j int, data []byte, p, row int) int {
	value, next := f.find(data, p, op.last)
	if next >= 0 && b.set(&b.cols[op.col+j], row, value, data[p] == f.quote && f.quote != 0) != good {
		return -1
	}
	return next
}

// find returns the value of a field, without quotes.
func (f *csvFast) find(data []byte, p int, last bool) (value []byte, next int) {
	end := p
	if f.quote != 0 && data[p] == f.quote {
		n := bytes.IndexByte(data[p+1:], f.quote)
		if n < 0 {
			return nil, -1
		}
		value = data[p+1 : p+1+n]
		if bytes.IndexByte(value, '\n') >= 0 {
			return nil, -1
		}
		end = p + n + 2
	} else {
		end = f.plainEnd(data, p)
		value = data[p:end]
	}
	switch rest := data[end:]; {
	case !last && len(rest) > csvPad && rest[0] == f.comma:
		return value, end + 1
	case last && len(rest) > csvPad && rest[0] == '\n':
		if n := len(value); n > 0 && n == end-p && value[n-1] == '\r' {
			value = value[:n-1]
		}
		return value, end + 1
	case last && len(rest) > csvPad+1 && rest[0] == '\r' && rest[1] == '\n':
		return value, end + 2
	}
	return nil, -1
}

// plainEnd returns where a field without quotes ends.
func (f *csvFast) plainEnd(data []byte, p int) int {
	for ; p < len(data)-csvPad; p += 8 {
		w := load8(data, p)
		if end := zeroBytes(w^f.commas) | zeroBytes(w^'\n'*lowBits); end != 0 {
			return min(p+bits.TrailingZeros64(end)>>3, len(data)-csvPad)
		}
	}
	return len(data) - csvPad
}

// skip passes over the fields of an op. Where quotes are near it goes field by field.
func (f *csvFast) skip(op *csvOp, data []byte, p int) int {
	next := -1
	if op.last {
		next = f.skipLast(op.count, data, p)
	} else {
		next = f.skipFields(op.count, data, p)
	}
	if next >= 0 {
		return next
	}
	for n := range op.count {
		if _, p = f.find(data, p, op.last && n == op.count-1); p < 0 {
			return -1
		}
	}
	return p
}

// skipLast passes over the last fields of a record.
func (f *csvFast) skipLast(count int, data []byte, p int) int {
	n := bytes.IndexByte(data[p:], '\n')
	if n < 0 {
		return -1
	}
	rest := data[p : p+n]
	if f.quote != 0 && bytes.IndexByte(rest, f.quote) >= 0 || bytes.Count(rest, []byte{f.comma}) != count-1 {
		return -1
	}
	return p + n + 1
}

// skipFields passes over fields, eight bytes at a time.
func (f *csvFast) skipFields(count int, data []byte, p int) int {
	quotes := uint64(f.quote) * lowBits
	for ; p < len(data)-csvPad; p += 8 {
		w := load8(data, p)
		if zeroBytes(w^'\n'*lowBits)|zeroBytes(w^quotes) != 0 {
			return -1
		}
		commas := allZeroBytes(w ^ f.commas)
		if n := bits.OnesCount64(commas); n < count {
			count -= n
			continue
		}
		for ; count > 1; count-- {
			commas &= commas - 1
		}
		return p + bits.TrailingZeros64(commas)>>3 + 1
	}
	return -1
}
