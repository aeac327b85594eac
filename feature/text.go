package feature

import (
	"bytes"
	"fmt"
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

// reader returns a function that reads row 0 of a column as texts does, into a
// buffer that it uses again. It returns false where the value is missing.
func reader(f dataset.Field, col dataset.Column) func() ([]byte, bool) {
	var buf []byte
	switch col := col.(type) {
	case dataset.Floats:
		bits := 64
		if f.Type == dataset.Float32 {
			bits = 32
		}
		return func() ([]byte, bool) {
			if col.Missing(0) {
				return nil, false
			}
			buf = appendFloat(buf[:0], col[0], bits)
			return buf, true
		}
	case dataset.Ints:
		return func() ([]byte, bool) {
			buf = strconv.AppendInt(buf[:0], col.Values[0], 10)
			return buf, !col.Missing(0)
		}
	}
	panic(fmt.Sprintf("feature: have a column %T, want numbers", col))
}

// appendFloat appends x, not NaN, as Java writes it: the fewest digits that read back to the
// same number, with a decimal point; 1.0E-5 with an exponent below 0.001 and from
// 10,000,000. Java before 19 wrote one digit too many for some numbers, 2.0E-3 as
// 0.0020 among them; here the fewest count.
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
	b = append(b, mantissa...)
	if !bytes.ContainsRune(mantissa, '.') {
		b = append(b, ".0"...)
	}
	b = append(b, 'E')
	if exponent[0] == '-' {
		b = append(b, '-')
	}
	return append(b, bytes.TrimLeft(exponent, "+-0")...)
}
