package feature

import (
	"bytes"
	"math"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
)

// texts returns the named column as text: a string column as it is, numbers in the
// form that Spark SQL casts them to. NaN is missing.
func texts(c dataset.Chunk, name string) (dataset.Strings, error) {
	i := c.Schema().Index(name)
	if i < 0 {
		return dataset.Get[dataset.Strings](c, name)
	}
	switch col := c.Column(i).(type) {
	case dataset.Floats:
		bits := 64
		if c.Schema().Fields[i].Type == dataset.Float32 {
			bits = 32
		}
		return coded(len(col), col.Missing,
			func(i int) uint64 { return math.Float64bits(col[i]) },
			func(b []byte, i int) []byte { return appendFloat(b, col[i], bits) }), nil
	case dataset.Ints:
		return coded(len(col.Values), col.Missing,
			func(i int) uint64 { return uint64(col.Values[i]) },
			func(b []byte, i int) []byte { return strconv.AppendInt(b, col.Values[i], 10) }), nil
	}
	return dataset.Get[dataset.Strings](c, name)
}

// coded makes a dictionary of n values, of which each key stands for one text.
func coded(n int, missing func(int) bool, key func(int) uint64, text func([]byte, int) []byte) dataset.Strings {
	out := dataset.Strings{Codes: make([]int32, n)}
	seen := map[uint64]int32{}
	for i := range n {
		if missing(i) {
			out.Codes[i] = -1
			continue
		}
		k := key(i)
		code, ok := seen[k]
		if !ok {
			code = int32(len(out.Dict))
			seen[k] = code
			out.Dict = append(out.Dict, string(text(nil, i)))
		}
		out.Codes[i] = code
	}
	return out
}

// A textCell is row 0 of a column, whose value may change, read as texts does.
type textCell struct {
	text   dataset.Strings
	number func([]byte) []byte // appends the number's text; nil where the column is text
	absent func(int) bool
	buf    []byte
}

func newTextCell(f dataset.Field, col dataset.Column) *textCell {
	cell := &textCell{absent: col.Missing}
	switch col := col.(type) {
	case dataset.Strings:
		cell.text = col
	case dataset.Floats:
		bits := 64
		if f.Type == dataset.Float32 {
			bits = 32
		}
		cell.number = func(b []byte) []byte { return appendFloat(b, col[0], bits) }
	case dataset.Ints:
		cell.number = func(b []byte) []byte { return strconv.AppendInt(b, col.Values[0], 10) }
	}
	return cell
}

// find looks the text up. It allocates nothing.
func (c *textCell) find(index map[string]int32) (i int32, ok bool) {
	if c.number == nil {
		if code := c.text.Codes[0]; code >= 0 {
			i, ok = index[c.text.Dict[code]]
		}
		return i, ok
	}
	if c.absent(0) {
		return 0, false
	}
	c.buf = c.number(c.buf[:0])
	i, ok = index[string(c.buf)]
	return i, ok
}

// read returns the text and whether there is one.
func (c *textCell) read() (string, bool) {
	switch {
	case c.absent(0):
		return "", false
	case c.number == nil:
		return c.text.At(0), true
	}
	return string(c.number(nil)), true
}

// appendFloat appends x, which is not NaN, as Java writes it: the fewest digits that
// read back to the same number, two at least, with a decimal point; with an exponent,
// 1.0E-5, below 0.001 and from 10,000,000. Java before 19 wrote a digit too many for
// some numbers, such as 2.0E-3; here the fewest count.
func appendFloat(b []byte, x float64, bits int) []byte {
	switch a := math.Abs(x); {
	case math.IsInf(x, 1):
		return append(b, "Infinity"...)
	case math.IsInf(x, -1):
		return append(b, "-Infinity"...)
	case a == 0 || a >= 1e-3 && a < 1e7:
		from := len(b)
		b = strconv.AppendFloat(b, x, 'f', -1, bits)
		if !bytes.ContainsRune(b[from:], '.') {
			b = append(b, ".0"...)
		}
		return b
	}
	var digits [32]byte
	mantissa, exponent, _ := bytes.Cut(strconv.AppendFloat(digits[:0], x, 'e', -1, bits), []byte("e"))
	if !bytes.ContainsRune(mantissa, '.') { // two digits at least: 4.9E-324, not 5.0E-324
		mantissa, exponent, _ = bytes.Cut(strconv.AppendFloat(digits[:0], x, 'e', 1, bits), []byte("e"))
	}
	b = append(append(b, mantissa...), 'E')
	if exponent[0] == '-' {
		b = append(b, '-')
	}
	return append(b, bytes.TrimLeft(exponent, "+-0")...)
}
