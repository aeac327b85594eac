package dataset

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes at once: D. E. Knuth, The Art of Computer Programming 4A, section
// 7.1.3. The lowest set bit of zeroBytes(x) is in the lowest byte of x that is 0;
// bits above it may be wrong.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
	zeroes   = '0' * lowBits
)

func zeroBytes(x uint64) uint64 { return (x - lowBits) &^ x & highBits }

// allZeroBytes has the highest bit of every byte of x that is 0, and no other.
func allZeroBytes(x uint64) uint64 {
	const low7 = highBits - lowBits // 0x7f in each byte
	return ^((x&low7 + low7) | x | low7)
}

// load8 returns the eight bytes of b at p, the first one lowest.
func load8(b []byte, p int) uint64 { return binary.LittleEndian.Uint64(b[p:]) }

// notDigits is 0 where every byte is at most 9; else its lowest set bit is in the
// lowest byte that is not.
func notDigits(x uint64) uint64 { return (x + 0x76*lowBits | x) & highBits }

// eightDigits joins eight digits of 0 to 9, the first one lowest, into a number:
// pairs, then fours, then all. D. Lemire, Number Parsing at a Gigabyte per Second,
// Software: Practice and Experience 51 (8), 2021.
func eightDigits(x uint64) uint64 {
	x = x * (1 + 10<<8) >> 8 & 0x00ff00ff00ff00ff
	x = x * (1 + 100<<16) >> 16 & 0x0000ffff0000ffff
	return x * (1 + 10000<<32) >> 32
}

// hundredths and hundredths32 hold 0.00 to 9.99, rounded to float64 and float32:
// a division of exact numbers.
var hundredths, hundredths32 = func() (a, b [1000]float64) {
	for i := range a {
		a[i] = float64(i) / 100
		b[i] = float64(float32(i) / 100)
	}
	return a, b
}()

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
