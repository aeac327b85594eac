package dataset

import (
	"encoding/binary"
	"math"
)

type integer interface {
	~int | ~int32 | ~int64 | ~uint64
}

// packInts appends the data of x to dst.
func packInts[T integer](dst []byte, x []T) (packed, []byte) {
	if len(x) == 0 {
		return packed{form: formConst}, dst
	}
	lo, hi := int64(x[0]), int64(x[0])
	for _, v := range x {
		lo, hi = min(lo, int64(v)), max(hi, int64(v))
	}
	p := packed{form: formWhole8, n: len(x), base: lo}
	switch codes := uint64(hi) - uint64(lo); {
	case codes == 0:
		p.form = formConst
		return p, binary.LittleEndian.AppendUint64(dst, uint64(lo))
	case codes <= math.MaxUint8:
		p.form = formWhole1
		for _, v := range x {
			dst = append(dst, byte(int64(v)-lo))
		}
	case codes <= math.MaxUint16:
		p.form = formWhole2
		for _, v := range x {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(int64(v)-lo))
		}
	case codes <= math.MaxUint32:
		p.form = formWhole4
		for _, v := range x {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(int64(v)-lo))
		}
	default:
		for _, v := range x {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(int64(v)-lo))
		}
	}
	return p, dst
}

// unpackInts returns the numbers of packInts.
func unpackInts[T integer](p packed) []T {
	out := make([]T, p.n)
	switch p.form {
	case formConst:
		for i := range out {
			out[i] = T(p.base)
		}
	case formWhole1:
		for i, code := range p.data[:len(out)] {
			out[i] = T(p.base + int64(code))
		}
	case formWhole2:
		for i := range out {
			out[i] = T(p.base + int64(binary.LittleEndian.Uint16(p.data[2*i:])))
		}
	case formWhole4:
		for i := range out {
			out[i] = T(p.base + int64(binary.LittleEndian.Uint32(p.data[4*i:])))
		}
	case formWhole8:
		for i := range out {
			out[i] = T(p.base + int64(binary.LittleEndian.Uint64(p.data[8*i:])))
		}
	}
	return out
}
