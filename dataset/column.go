package dataset

import (
	"math"
	"math/bits"
)

// A Column holds the values of one column of a [Chunk]. The set of columns is
// closed: [Floats], [Ints], [Strings] and [*Vectors]. The values of a column that
// is part of a chunk must not be changed.
type Column interface {
	Len() int // number of rows
	// Missing reports whether the value of row i is missing.
	Missing(i int) bool

	slice(from, to int) Column
	take(rows []int32) Column
}

// Floats holds numbers. A missing value is NaN.
type Floats []float64

// Ints holds integers, truth values (0 and 1) or times (microseconds since
// 1970-01-01 UTC). The value of a missing row is 0.
type Ints struct {
	Values []int64
	Absent Bits // set where the value is missing; nil = nowhere
}

// Strings holds text as codes into a dictionary. A missing value has the code -1.
// The dictionary may hold an entry twice, so a column of unique texts needs no
// look-up when it is made: code i, entry i. Entries are bytes as they were read;
// they are not always valid UTF-8.
type Strings struct {
	Codes []int32
	Dict  []string
}

func (c Floats) Len() int           { return len(c) }
func (c Ints) Len() int             { return len(c.Values) }
func (c Strings) Len() int          { return len(c.Codes) }
func (c Floats) Missing(i int) bool { return math.IsNaN(c[i]) }
func (c Ints) Missing(i int) bool   { return c.Absent.Has(i) }

// Missing reports whether row i has no text.
func (c Strings) Missing(i int) bool { return c.Codes[i] < 0 }

// At returns the text of row i, and "" where it is missing.
func (c Strings) At(i int) string {
	if code := c.Codes[i]; code >= 0 {
		return c.Dict[code]
	}
	return ""
}

func (c Floats) slice(from, to int) Column { return c[from:to:to] }

func (c Ints) slice(from, to int) Column {
	return Ints{Values: c.Values[from:to:to], Absent: c.Absent.slice(from, to)}
}

func (c Strings) slice(from, to int) Column {
	return Strings{Codes: c.Codes[from:to:to], Dict: c.Dict}
}

func (c Floats) take(rows []int32) Column { return Floats(gather(c, rows)) }

func (c Ints) take(rows []int32) Column {
	out := Ints{Values: gather(c.Values, rows)}
	for k, i := range rows {
		if c.Absent.Has(int(i)) {
			out.Absent.Set(k, len(rows))
		}
	}
	return out
}

func (c Strings) take(rows []int32) Column {
	return Strings{Codes: gather(c.Codes, rows), Dict: c.Dict}
}

func gather[T any](values []T, rows []int32) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = values[i]
	}
	return out
}

// Bits is a set of row numbers. The nil set is empty.
type Bits []uint64

// NewBits makes an empty set for the rows 0 to n-1.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Has reports whether i is in the set.
func (b Bits) Has(i int) bool {
	return i>>6 < len(b) && b[i>>6]>>(i&63)&1 != 0
}

// Set adds i to the set, which is made for n rows where it is still nil.
func (b *Bits) Set(i, n int) {
	if *b == nil {
		*b = NewBits(n)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}

// Count returns how many rows are in the set.
func (b Bits) Count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (b Bits) slice(from, to int) Bits {
	if b == nil {
		return nil
	}
	var out Bits
	for i := from; i < to; i++ {
		if b.Has(i) {
			out.Set(i-from, to-from)
		}
	}
	return out
}

// Float64s writes the values to dst as numbers, NaN where one is missing.
func (c Ints) Float64s(dst []float64) {
	for i, v := range c.Values {
		dst[i] = float64(v)
	}
	if c.Absent != nil {
		for i := range c.Values {
			if c.Absent.Has(i) {
				dst[i] = math.NaN()
			}
		}
	}
}
