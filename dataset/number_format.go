package dataset

import (
	"math"
	"strconv"
)

// appendFloat appends the shortest decimal that is read back as x, which is rounded
// to size bits and not NaN. Whole numbers and hundredths of up to fifteen digits are
// taken digit by digit: a decimal of so few digits is the shortest one of the float64
// that it is read as, since those are told apart by seventeen.
func appendFloat(b []byte, x float64, size int) []byte {
	if size == 64 && math.Abs(x) < 1e12 {
		if n := int64(x); float64(n) == x && (n != 0 || !math.Signbit(x)) {
			if uint64(n) <= 9 {
				return append(b, '0'+byte(n))
			}
			return strconv.AppendInt(b, n, 10)
		}
		if n := int64(math.Round(x * 100)); float64(n)/100 == x && n != 0 {
			return appendCents(b, n)
		}
	}
	form := byte('f')
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, x, form, -1, size)
}

// appendCents appends n/100, which is not whole.
func appendCents(b []byte, n int64) []byte {
	if n < 0 {
		b = append(b, '-')
		n = -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	b = append(b, '.', '0'+byte(n/10%10))
	if n%10 != 0 {
		b = append(b, '0'+byte(n%10))
	}
	return b
}
