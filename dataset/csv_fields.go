package dataset

import (
	"bytes"
	"math"
	"math/bits"
)

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
