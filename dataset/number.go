package dataset

import (
	"bytes"
	"errors"
	"math"
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

// Powers of ten that are exact as float64, of ten and of five.
var (
	exactTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}
	tens  = [8]uint64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7}
	fives = func() (p [28]uint64) {
		p[0] = 1
		for i := range p[1:] {
			p[i+1] = 5 * p[i]
		}
		return p
	}()
)

// parseFloat reads a decimal number, rounded correctly to size bits, 32 or 64. The
// words of infinity and NaN are numbers in any case of letters; hexadecimal numbers
// and underscores are not. What is rare is left to the standard library.
func parseFloat(s []byte, size int) (float64, verdict) {
	if w, q, n := decimal(s); n == len(s) && n > 0 {
		if x, ok := scaled(w, q, size); ok {
			if s[0] == '-' {
				x = -x
			}
			return x, good
		}
	}
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

// decimal reads the number at the beginning of s, of at most 19 digits, as its
// absolute value w * 10^q, and returns how many bytes it takes; 0 = there is none.
func decimal(s []byte) (w uint64, q, n int) {
	first := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		first = 1
	}
	w, n = digits(s, first, 0)
	count := n - first
	if n < len(s) && s[n] == '.' {
		first = n + 1
		w, n = digits(s, first, w)
		q = first - n
		count -= q
	}
	if count == 0 || count > 19 {
		return 0, 0, 0
	}
	if n < len(s) && s[n]|0x20 == 'e' {
		first = n + 1
		if first < len(s) && (s[first] == '-' || s[first] == '+') {
			first++
		}
		e, end := digits(s, first, 0)
		if end == first || end > first+3 {
			return 0, 0, 0
		}
		if s[first-1] == '-' {
			return w, q - int(e), end
		}
		return w, q + int(e), end
	}
	return w, q, n
}

// digits reads the digits of s from i on and appends them to w.
func digits(s []byte, i int, w uint64) (uint64, int) {
	for len(s)-i >= 8 {
		x := load8(s, i) ^ zeroes
		other := notDigits(x)
		if other != 0 {
			n := bits.TrailingZeros64(other) >> 3
			x <<= (64 - 8*n) & 63
			if n > 0 {
				w = w*tens[n] + eightDigits(x)
			}
			return w, i + n
		}
		w = w*1e8 + eightDigits(x)
		i += 8
	}
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		w = w*10 + uint64(s[i]-'0')
	}
	return w, i
}

// scaled returns w * 10^q, rounded correctly to size bits, where one of these ways
// does it:
//
//   - w <= 2^53 and |q| <= 22: a multiplication or division of two exact numbers.
//     W. D. Clinger, How to Read Floating Point Numbers Accurately, PLDI 1990,
//     section 3.
//   - -27 <= q <= 0: w is divided by 5^-q in integers to 63 bits at least. What is
//     left over can only break a tie, and so is worth a last bit.
func scaled(w uint64, q int, size int) (x float64, ok bool) {
	switch {
	case size == 64 && w <= 1<<53 && -22 <= q && q <= 0:
		return float64(w) / exactTen[-q], true
	case size == 64 && w <= 1<<53 && 0 < q && q <= 22:
		return float64(w) * exactTen[q], true
	case w == 0:
		return 0, true
	case q < -27 || q > 0:
		return 0, false
	}
	up, down := bits.LeadingZeros64(w), bits.LeadingZeros64(fives[-q])
	w <<= up
	quo, rem := bits.Div64(w>>1, w<<63, fives[-q]<<down)
	if rem != 0 {
		quo |= 1
	}
	if size == 32 {
		x = float64(float32(quo))
	} else {
		x = float64(quo)
	}
	return x * math.Float64frombits(uint64(1023-63+down-up+q)<<52), true // by a power of two
}

// parseInt reads a decimal integer.
func parseInt(s []byte) (int64, verdict) {
	first := 0
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		first = 1
	}
	n, end := digits(s, first, 0)
	switch {
	case end == first || end < len(s):
		return 0, invalid
	case end-first > 18: // it may be too large
		i, err := strconv.ParseInt(string(s), 10, 64)
		if err != nil {
			return 0, tooFar
		}
		return i, good
	case s[0] == '-':
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
