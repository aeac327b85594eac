package dataset

import (
	"encoding/binary"
	"math"
	"slices"
)

// A packed is a list of numbers in the narrowest of a few forms, bit for bit. The
// integer forms hold value - base in so many bytes; with the flag withMissing their
// highest code is the NaN of math.NaN.
type packed struct {
	form byte
	n    int    // how many numbers
	base int64  // of the integer forms; of formTable the number of entries
	data []byte // little-endian
}

const (
	formRaw      byte = iota // every number in 8 bytes
	formConst                // one number of 8 bytes for all
	formWhole1               // whole numbers, in 1 byte
	formWhole2               // in 2 bytes
	formWhole4               // in 4 bytes
	formWhole8               // in 8 bytes; of integers only
	formPercent1             // (value - base) / 100 is the number; in 1 byte
	formPercent2             // in 2 bytes
	formPercent4             // in 4 bytes
	formTable                // codes of 1 byte, then the up to 256 numbers that they stand for
	formFloat32              // numbers that 32 bits hold

	withMissing byte = 0x80
)

// size returns how many bytes the data of a form takes.
func (p packed) size() int {
	switch p.form &^ withMissing {
	case formConst:
		return min(8, 8*p.n)
	case formWhole1, formPercent1:
		return p.n
	case formWhole2, formPercent2:
		return 2 * p.n
	case formWhole4, formPercent4, formFloat32:
		return 4 * p.n
	case formTable:
		return p.n + 8*int(p.base)
	}
	return 8 * p.n
}

// missing is the NaN that sources put where a value is missing.
var missing = math.Float64bits(math.NaN())

// packFloats appends the data of x to dst. It tries the forms that tables mostly
// need first; each try gives up at the first number that it cannot hold.
func packFloats(dst []byte, x []float64) (packed, []byte) {
	if same(x) {
		p := packed{form: formConst, n: len(x)}
		if len(x) > 0 {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x[0]))
		}
		return p, dst
	}
	if p, dst, ok := packByte(dst, x, formWhole1, &wholes, 1); ok {
		return p, dst
	}
	if p, dst, ok := packByte(dst, x, formPercent1, &percents, 100); ok {
		return p, dst
	}
	p, ok := scanWhole(x)
	if !ok {
		p, ok = scanPercent(x)
	}
	if ok && p.size() < 4*len(x) {
		return p, writeFloats(dst, x, p)
	}
	if table, dst, ok := packTable(dst, x); ok {
		return table, dst
	}
	if ok {
		return p, writeFloats(dst, x, p)
	}
	return packWide(dst, x)
}

// same reports whether all numbers have the same bits.
func same(x []float64) bool {
	for _, v := range x {
		if math.Float64bits(v) != math.Float64bits(x[0]) {
			return false
		}
	}
	return true
}

// packByte appends codes of one byte whose base is 0: places in the table of the
// form, of which scale * x is about the one of x.
func packByte(dst []byte, x []float64, form byte, table *[256]float64, scale float64) (packed, []byte, bool) {
	at := len(dst)
	dst = slices.Grow(dst, len(x))[:at+len(x)]
	codes := dst[at:]
	for i, v := range x {
		k := uint64(int64(float64(v*scale) + .5))
		if k > math.MaxUint8 || math.Float64bits(table[k]) != math.Float64bits(v) {
			return packed{}, dst[:at], false
		}
		codes[i] = byte(k)
	}
	return packed{form: form, n: len(x)}, dst, true
}

// toPercent rounds to a whole number of hundredths; fromPercent gives the number
// that its decimal form is read as. The product is rounded by itself, so that a
// fused multiply-add cannot give another code when the codes are written.
func toPercent(x float64) int64   { return int64(float64(x*100) + math.Copysign(.5, x)) }
func fromPercent(k int64) float64 { return float64(k) / 100 }

// scanWhole finds the form of x as whole numbers, and whether every number comes
// back bit for bit. scanPercent does the same for hundredths.
func scanWhole(x []float64) (packed, bool) {
	lo, hi, flag := int64(math.MaxInt64), int64(math.MinInt64), byte(0)
	for _, v := range x {
		k := int64(v)
		if math.Float64bits(float64(k)) != math.Float64bits(v) {
			if math.Float64bits(v) != missing {
				return packed{}, false
			}
			flag = withMissing
			continue
		}
		lo, hi = min(lo, k), max(hi, k)
	}
	return narrowest(formWhole1, len(x), lo, hi, flag)
}

func scanPercent(x []float64) (packed, bool) {
	lo, hi, flag := int64(math.MaxInt64), int64(math.MinInt64), byte(0)
	for _, v := range x {
		k := toPercent(v)
		if math.Float64bits(fromPercent(k)) != math.Float64bits(v) {
			if math.Float64bits(v) != missing {
				return packed{}, false
			}
			flag = withMissing
			continue
		}
		lo, hi = min(lo, k), max(hi, k)
	}
	return narrowest(formPercent1, len(x), lo, hi, flag)
}

// narrowest chooses the form of codes from lo to hi, and of one more above them
// where values are missing.
func narrowest(first byte, n int, lo, hi int64, flag byte) (packed, bool) {
	more := uint64(flag >> 7)
	base := lo
	if lo >= 0 && uint64(hi)+more <= math.MaxUint8 {
		base = 0
	}
	p := packed{n: n, base: base}
	switch top := uint64(hi) - uint64(base) + more; {
	case lo > hi || top > math.MaxUint32:
		return packed{}, false
	case top <= math.MaxUint8:
		p.form = first | flag
	case top <= math.MaxUint16:
		p.form = first + 1 | flag
	default:
		p.form = first + 2 | flag
	}
	return p, true
}

// writeFloats appends the codes of x in the form that scanFloats chose.
func writeFloats(dst []byte, x []float64, p packed) []byte {
	at := len(dst)
	dst = slices.Grow(dst, p.size())[:at+p.size()]
	out := dst[at:]
	switch p.form &^ withMissing {
	case formWhole1:
		for i, v := range x {
			out[i] = byte(int64(v) - p.base)
		}
	case formWhole2:
		for i, v := range x {
			binary.LittleEndian.PutUint16(out[2*i:], uint16(int64(v)-p.base))
		}
	case formWhole4:
		for i, v := range x {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(int64(v)-p.base))
		}
	case formPercent1:
		for i, v := range x {
			out[i] = byte(toPercent(v) - p.base)
		}
	case formPercent2:
		for i, v := range x {
			binary.LittleEndian.PutUint16(out[2*i:], uint16(toPercent(v)-p.base))
		}
	case formPercent4:
		for i, v := range x {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(toPercent(v)-p.base))
		}
	}
	if p.form&withMissing != 0 {
		width := p.size() / p.n
		for i, v := range x {
			if v != v {
				for k := range width {
					out[i*width+k] = 0xff
				}
			}
		}
	}
	return dst
}

// packTable appends a code for each number and a table of the distinct ones, by
// their bits. It gives up at 257 distinct numbers, and where the form is not narrow.
func packTable(dst []byte, x []float64) (packed, []byte, bool) {
	const slots = 1024
	var table [256]uint64
	var index [slots]uint16 // code + 1
	at := len(dst)
	dst = slices.Grow(dst, len(x))[:at+len(x)]
	codes := dst[at:]
	count, last, code := 0, ^math.Float64bits(x[0]), byte(0)
	for i, v := range x {
		bits := math.Float64bits(v)
		if bits != last {
			h := bits * 0x9E3779B97F4A7C15 >> 54
			for index[h] != 0 && table[index[h]-1] != bits {
				h = (h + 1) % slots
			}
			if index[h] == 0 {
				if count == len(table) {
					return packed{}, dst[:at], false
				}
				table[count] = bits
				count++
				index[h] = uint16(count)
			}
			last, code = bits, byte(index[h]-1)
		}
		codes[i] = code
	}
	p := packed{form: formTable, n: len(x), base: int64(count)}
	if p.size() >= 4*len(x) {
		return packed{}, dst[:at], false
	}
	for _, bits := range table[:count] {
		dst = binary.LittleEndian.AppendUint64(dst, bits)
	}
	return p, dst, true
}

// packWide appends x in 32 bits where these hold every number, else as it is.
func packWide(dst []byte, x []float64) (packed, []byte) {
	p := packed{form: formFloat32, n: len(x)}
	for _, v := range x {
		if math.Float64bits(float64(float32(v))) != math.Float64bits(v) {
			p.form = formRaw
			break
		}
	}
	for _, v := range x {
		if p.form == formRaw {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		} else {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v)))
		}
	}
	return p, dst
}

// zeros is what columns of nothing but 0 share. wholes and percents are what the
// codes of one byte stand for where the base is 0.
var (
	zeros            [ChunkRows]float64
	wholes, percents [256]float64
)

func init() {
	for k := range percents {
		wholes[k], percents[k] = float64(k), fromPercent(int64(k))
	}
}

// floats returns the numbers, which must not be changed.
func (p packed) floats() []float64 {
	if p.form == formConst && p.n > 0 && p.n <= len(zeros) && binary.LittleEndian.Uint64(p.data) == 0 {
		return zeros[:p.n:p.n]
	}
	out := make([]float64, p.n)
	switch p.form &^ withMissing {
	case formRaw:
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(p.data[8*i:]))
		}
	case formConst:
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(p.data))
		}
	case formFloat32:
		for i := range out {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(p.data[4*i:])))
		}
	case formTable:
		var table [256]float64
		for k := range int(p.base) {
			table[k] = math.Float64frombits(binary.LittleEndian.Uint64(p.data[p.n+8*k:]))
		}
		lookUp(out, p.data, &table)
	case formWhole1:
		lookUp(out, p.data, p.table(&wholes, 1))
	case formPercent1:
		lookUp(out, p.data, p.table(&percents, 100))
	case formWhole2:
		for i := range out {
			out[i] = float64(p.base + int64(binary.LittleEndian.Uint16(p.data[2*i:])))
		}
	case formPercent2:
		for i := range out {
			out[i] = fromPercent(p.base + int64(binary.LittleEndian.Uint16(p.data[2*i:])))
		}
	case formWhole4:
		for i := range out {
			out[i] = float64(p.base + int64(binary.LittleEndian.Uint32(p.data[4*i:])))
		}
	case formPercent4:
		for i := range out {
			out[i] = fromPercent(p.base + int64(binary.LittleEndian.Uint32(p.data[4*i:])))
		}
	}
	p.putMissing(out)
	return out
}

// table returns what the codes of one byte stand for: (base + code) / scale.
func (p packed) table(base0 *[256]float64, scale float64) *[256]float64 {
	if p.base == 0 && p.form&withMissing == 0 {
		return base0
	}
	var table [256]float64
	for k := range table {
		table[k] = float64(p.base+int64(k)) / scale
	}
	if p.form&withMissing != 0 {
		table[255] = math.NaN()
	}
	return &table
}

func lookUp(out []float64, codes []byte, table *[256]float64) {
	codes = codes[:len(out)]
	for i, code := range codes {
		out[i] = table[code]
	}
}

// putMissing puts NaN where the highest code of two or four bytes is.
func (p packed) putMissing(out []float64) {
	switch p.form {
	case formWhole2 | withMissing, formPercent2 | withMissing:
		for i := range out {
			if binary.LittleEndian.Uint16(p.data[2*i:]) == math.MaxUint16 {
				out[i] = math.NaN()
			}
		}
	case formWhole4 | withMissing, formPercent4 | withMissing:
		for i := range out {
			if binary.LittleEndian.Uint32(p.data[4*i:]) == math.MaxUint32 {
				out[i] = math.NaN()
			}
		}
	}
}
