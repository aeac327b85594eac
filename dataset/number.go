package dataset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
)

// A verdict says whether a text is a value of the type that was wanted.
type verdict uint8

const (
	good    verdict = iota
	invalid         // the text is something else
	tooFar          // the value does not fit the type
)

// exactTen holds the powers of ten that are exact as float64.
var exactTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseFloat reads a decimal number, rounded correctly to float64, or through
// float32 where size is 32. The words of infinity and NaN are numbers in any case
// of letters; hexadecimal numbers and underscores are not.
//
// A decimal w * 10^q with w <= 2^53 and |q| <= 22 takes one multiplication or
// division of exact numbers, which rounds correctly: W. D. Clinger, How to Read
// Floating Point Numbers Accurately, PLDI 1990, section 3. All others are read by
// the standard library.
func parseFloat(s []byte, size int) (float64, verdict) {
	w, q, ok := decimal(s)
	if !ok || w > 1<<53 || q < -22 || q > 22 {
		return slowFloat(s, size)
	}
	x := float64(w)
	if q < 0 {
		x /= exactTen[-q]
	} else {
		x *= exactTen[q]
	}
	if size == 32 && float64(float32(x)) != x {
		return slowFloat(s, size) // rounding twice is not rounding once
	}
	if s[0] == '-' {
		x = -x
	}
	return x, good
}

// decimal splits the text of a number of at most 19 digits into |w| * 10^q.
func decimal(s []byte) (w uint64, q int, ok bool) {
	i := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i++
	}
	first := i
	w, i = digits(s, i, 0)
	count := i - first
	if i < len(s) && s[i] == '.' {
		i++
		first = i
		w, i = digits(s, i, w)
		q = first - i
		count -= q
	}
	if count == 0 || count > 19 {
		return 0, 0, false
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		e, v := parseInt(s[i+1:])
		if v != good || e < -400 || e > 400 {
			return 0, 0, false
		}
		return w, q + int(e), true
	}
	return w, q, i == len(s)
}

// digits reads digits from s[i] on and appends them to w.
func digits(s []byte, i int, w uint64) (uint64, int) {
	for ; i < len(s); i++ {
		d := s[i] - '0'
		if d > 9 {
			break
		}
		w = w*10 + uint64(d)
	}
	return w, i
}

func slowFloat(s []byte, size int) (float64, verdict) {
	if bytes.ContainsAny(s, "xXpP_") {
		return 0, invalid
	}
	x, err := strconv.ParseFloat(string(s), size)
	switch {
	case err == nil:
		return x, good
	case errors.Is(err, strconv.ErrRange):
		return 0, tooFar
	}
	return 0, invalid
}

// parseInt reads a decimal integer.
func parseInt(s []byte) (int64, verdict) {
	i := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		i++
	}
	if i == len(s) {
		return 0, invalid
	}
	negative := s[0] == '-'
	var n uint64
	over := false
	for _, c := range s[i:] {
		d := c - '0'
		if d > 9 {
			return 0, invalid
		}
		hi, lo := bits.Mul64(n, 10)
		sum, carry := bits.Add64(lo, uint64(d), 0)
		over = over || hi+carry != 0
		n = sum
	}
	switch {
	case over || n > 1<<63 || n == 1<<63 && !negative:
		return 0, tooFar
	case negative:
		return -int64(n), good
	}
	return int64(n), good
}

// parseBool reads true, false, 1 or 0, in any case of letters.
func parseBool(s []byte) (int64, verdict) {
	switch {
	case len(s) == 1 && s[0]-'0' <= 1:
		return int64(s[0] - '0'), good
	case len(s) == 4 && bytes.EqualFold(s, []byte("true")):
		return 1, good
	case len(s) == 5 && bytes.EqualFold(s, []byte("false")):
		return 0, good
	}
	return 0, invalid
}

// Eight bytes at once: D. E. Knuth, The Art of Computer Programming 4A, section
// 7.1.3. The lowest set bit of zeroBytes(x) is in the lowest byte of x that is 0;
// bits above it may be wrong.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
	zeroes   = '0' * lowBits
)

func zeroBytes(x uint64) uint64 { return (x - lowBits) &^ x & highBits }

// load8 returns the eight bytes of b at p, the first one lowest.
func load8(b []byte, p int) uint64 { return binary.LittleEndian.Uint64(b[p:]) }

// allDigits reports whether every byte is at most 9.
func allDigits(x uint64) bool { return (x+0x76*lowBits|x)&highBits == 0 }

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
