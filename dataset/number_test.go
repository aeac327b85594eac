package dataset

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func FuzzParseFloat(f *testing.F) {
	for _, s := range []string{"0", "-0", "1.5", ".5", "5.", "1e22", "1e23", "9007199254740993", "0.1234567890123456789", "1e-400", "1e400", "nan", "-inf", "0x1p4", "1_0", "+", "e5", "1e+", "8.5e-5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, size := range []int{32, 64} {
			got, v := parseFloat([]byte(s), size)
			want, err := strconv.ParseFloat(s, size)
			if strings.ContainsAny(s, "xXpP_") {
				if v == good {
					t.Errorf("%q: have %v, want none", s, got)
				}
				continue
			}
			if (v == good) != (err == nil) || v == good && math.Float64bits(got) != math.Float64bits(want) && !math.IsNaN(want) {
				t.Errorf("%q, %d bits: have %v %v, want %v %v", s, size, got, v, want, err)
			}
		}
	})
}

func FuzzParseInt(f *testing.F) {
	for _, s := range []string{"0", "-0", "+7", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "1 ", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, v := parseInt([]byte(s))
		want, err := strconv.ParseInt(s, 10, 64)
		if (v == good) != (err == nil) || v == good && got != want {
			t.Errorf("%q: have %d %v, want %d %v", s, got, v, want, err)
		}
	})
}

// Decimals of all lengths and exponents, as people and programs write them.
func TestParseFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 400_000 {
		var s string
		switch x := math.Float64frombits(r.Uint64()); r.IntN(4) {
		case 0:
			s = strconv.FormatFloat(x, "efg"[r.IntN(3)], r.IntN(20)-1, 64)
		case 1:
			s = strconv.FormatFloat(float64(r.Int64N(1e9))/math.Pow10(r.IntN(12)), 'f', -1, 64)
		case 2: // any digits
			s = strconv.FormatUint(r.Uint64()>>r.IntN(64), 10) + "e" + strconv.Itoa(r.IntN(60)-35)
		case 3: // half-way between two numbers, or beside that by one
			m := 1<<(53-29*r.Uint64N(2)) + 2*r.Uint64N(1<<23) + 1
			k := r.IntN(9)
			s = strconv.FormatUint(m*uint64(math.Pow(5, float64(k)))+r.Uint64N(3)-1, 10) + "e-" + strconv.Itoa(k)
		}
		size := 32 << r.IntN(2)
		got, v := parseFloat([]byte(s), size)
		want, err := strconv.ParseFloat(s, size)
		if (v == good) != (err == nil) || v == good && math.Float64bits(got) != math.Float64bits(want) && !math.IsNaN(want) {
			t.Fatalf("%q, %d bits: have %v %v, want %v %v", s, size, got, v, want, err)
		}
	}
}

func TestShortInt(t *testing.T) {
	for n := range uint64(200_000) {
		s := strconv.FormatUint(n*53, 10)
		if len(s) > 7 {
			s = s[:7]
		}
		want, _ := strconv.ParseUint(s, 10, 64)
		got, size := shortInt(load8([]byte(s+",x,12345678"), 0), ','*lowBits)
		if got != want || size != len(s)+1 {
			t.Fatalf("%s: have %d of %d bytes", s, got, size)
		}
		bad := []byte(s + ",x,12345678")
		bad[n%uint64(len(s))] = "/:\x00\xff-. a"[n%8]
		if _, size := shortInt(load8(bad, 0), ','*lowBits); size != 0 {
			t.Fatalf("%q: have %d bytes, want none", bad, size)
		}
	}
}

// What is written is the shortest text of the number, and is read back as its bits.
func TestAppendFloat(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	numbers := []float64{0, math.Copysign(0, -1), 1, -1, 9, 10, 0.01, -0.05, 0.1, 99.99, 1e12, 1e12 + 0.5, 123456789012.34, 1e21, 1e20, 1e-6, 1e-7, math.MaxFloat64,
		math.SmallestNonzeroFloat64, math.Inf(1), math.Inf(-1), 0.1 + 0.2, 1.005, 9.995}
	for range 100_000 {
		numbers = append(numbers, math.Float64frombits(r.Uint64()), float64(r.Int64N(2e6)-1e6)/100, float64(r.Int64N(2e15)-1e15)/100, r.NormFloat64(), float64(r.Int64N(1e5)))
	}
	for _, x := range numbers {
		if math.IsNaN(x) {
			continue
		}
		for _, size := range []int{32, 64} {
			if size == 32 {
				x = float64(float32(x))
			}
			s := string(appendFloat(nil, x, size))
			back, err := strconv.ParseFloat(s, size)
			if err != nil || math.Float64bits(back) != math.Float64bits(x) {
				t.Fatalf("%v: have %s, which is %v, %v", x, s, back, err)
			}
			form := byte('f')
			if strings.Contains(s, "e") {
				form = 'e'
			}
			if want := strconv.FormatFloat(x, form, -1, size); s != want {
				t.Fatalf("%v: have %s, want %s", x, s, want)
			}
		}
	}
}
