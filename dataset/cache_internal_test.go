package dataset

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func checkFloats(t *testing.T, x []float64) packed {
	t.Helper()
	before := []byte("before")
	p, data := packFloats(slices.Clone(before), x)
	if string(data[:len(before)]) != "before" || len(data) != len(before)+p.size() {
		t.Fatalf("form %#x: have %d bytes, want %d", p.form, len(data)-len(before), p.size())
	}
	p.data = data[len(before):]
	if got := p.floats(); !sameBits(got, x) {
		t.Fatalf("form %#x: have %v, want %v", p.form, got, x)
	}
	return p
}

func TestPackFloats(t *testing.T) {
	nan, zero := math.NaN(), math.Copysign(0, -1)
	many := func(value func(i int) float64) []float64 {
		x := make([]float64, 5000)
		for i := range x {
			x[i] = value(i)
		}
		return x
	}
	hole := func(i int, x float64) float64 {
		if i%7 == 0 {
			return nan
		}
		return x
	}
	tests := []struct {
		name string
		form byte
		x    []float64
	}{
		{"nothing", formConst, nil},
		{"zeros", formConst, []float64{0, 0, 0}},
		{"negative zeros", formConst, []float64{zero, zero}},
		{"all missing", formConst, []float64{nan, nan}},
		{"bytes", formWhole1, many(func(i int) float64 { return float64(i % 256) })},
		{"bytes far from 0", formWhole1, many(func(i int) float64 { return float64(i%256) - 1e9 })},
		{"bytes with holes", formWhole1 | withMissing, many(func(i int) float64 { return hole(i, float64(i%255)) })},
		{"one too many with holes", formWhole2 | withMissing, many(func(i int) float64 { return hole(i, float64(i%256)) })},
		{"shorts", formWhole2, many(func(i int) float64 { return float64(i * 13) })},
		{"shorts with holes", formWhole2 | withMissing, many(func(i int) float64 { return hole(i, float64(i*13)-100) })},
		{"ints", formWhole4, many(func(i int) float64 { return float64(i * 800000) })},
		{"ints with holes", formWhole4 | withMissing, many(func(i int) float64 { return hole(i, float64(i*80000)) })},
		{"large and few", formTable, many(func(i int) float64 { return float64(i%256) * 1e9 })},
		{"hundredths", formPercent1, many(func(i int) float64 { return float64(i%101) / 100 })},
		{"hundredths with holes", formPercent1 | withMissing, many(func(i int) float64 { return hole(i, float64(i%101)/100) })},
		{"prices", formPercent2, many(func(i int) float64 { return float64(i-700) / 100 })},
		{"prices with holes", formPercent2 | withMissing, many(func(i int) float64 { return hole(i, float64(i-700)/100) })},
		{"high prices", formPercent4, many(func(i int) float64 { return float64(i*12345) / 100 })},
		{"high prices with holes", formPercent4 | withMissing, many(func(i int) float64 { return hole(i, float64(i*12345)/100) })},
		{"negative zero among hundredths", formTable, many(func(i int) float64 { return []float64{.57, zero}[i%2] })},
		{"infinities", formTable, many(func(i int) float64 { return math.Inf(i%2*2 - 1) })},
		{"another NaN", formTable, many(func(i int) float64 { return math.Float64frombits(0x7FF0000000000001 + uint64(i%2)) })},
		{"float32", formFloat32, many(func(i int) float64 { return float64(float32(i) / 3) })},
		{"float32 with NaN", formRaw, many(func(i int) float64 { return hole(i, float64(float32(i)/3)) })},
		{"raw", formRaw, many(func(i int) float64 { return float64(i) / 3 })},
		{"beyond 2^53", formRaw, []float64{-1 << 63, 1 << 62, 1, 2, 3, .5, math.MaxFloat64}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if p := checkFloats(t, tt.x); p.form != tt.form {
				t.Errorf("have the form %#x, want %#x", p.form, tt.form)
			}
		})
	}
}

// Each kind of number at each length, so that every form meets every tail.
func TestPackFloatsAtRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		x := make([]float64, rng.IntN(300))
		scale := math.Pow(10, float64(rng.IntN(12)))
		unit := []float64{1, 100, 3}[rng.IntN(3)]
		base := float64(rng.IntN(2)) * math.Floor(rng.NormFloat64()*1e6)
		for i := range x {
			x[i] = (base + math.Floor(rng.Float64()*scale)) / unit
			if rng.IntN(50) == 0 && unit != 3 {
				x[i] = math.NaN()
			}
		}
		checkFloats(t, x)
	}
}

func FuzzPackFloats(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 1, 0, 0, 0, 0, 0, 0xf8, 0x7f}, 1.0, uint8(3))
	f.Add([]byte("numbers as bytes"), 100.0, uint8(200))
	f.Fuzz(func(t *testing.T, b []byte, unit float64, repeat uint8) {
		var x, y []float64
		for _, c := range b { // narrow numbers
			y = append(y, float64(c)/unit)
		}
		for ; len(b) >= 8; b = b[8:] { // any numbers
			x = append(x, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
		checkFloats(t, x)
		checkFloats(t, y)
		checkFloats(t, slices.Repeat(append(y, x...), 1+int(repeat)/8))
	})
}

func checkInts[T integer](t *testing.T, x []T) {
	t.Helper()
	p, data := packInts(nil, x)
	if len(data) != p.size() {
		t.Fatalf("form %d: have %d bytes, want %d", p.form, len(data), p.size())
	}
	p.data = data
	if got := unpackInts[T](p); !slices.Equal(got, x) {
		t.Fatalf("form %d: have %v, want %v", p.form, got, x)
	}
}

func FuzzPackInts(f *testing.F) {
	f.Add(int64(0), uint64(0), uint8(0), uint64(1))
	f.Add(int64(math.MinInt64), uint64(math.MaxUint64), uint8(9), uint64(2))
	f.Add(int64(-1), uint64(255), uint8(255), uint64(3))
	f.Fuzz(func(t *testing.T, base int64, span uint64, n uint8, seed uint64) {
		rng := rand.New(rand.NewPCG(seed, 0))
		x := make([]int64, n)
		for i := range x {
			x[i] = base
			if span > 0 {
				x[i] += int64(rng.Uint64N(span))
			}
		}
		checkInts(t, x)
		codes, places, words := make([]int32, n), make([]int, n), make([]uint64, n)
		for i, v := range x {
			codes[i], places[i], words[i] = int32(v), int(v), uint64(v)
		}
		checkInts(t, codes)
		checkInts(t, places)
		checkInts(t, words)
	})
}

// A record that was cut or changed in length is an error, not a panic.
func TestDamagedRecord(t *testing.T) {
	schema := NewSchema(Field{Name: "x", Type: Float}, Field{Name: "s", Type: String}, Field{Name: "v", Type: Vector, Size: 1})
	v, _ := NewDense(1, []float64{1, 2})
	c, err := NewChunk(schema, Origin{Source: "a"}, Floats{1, 2}, Strings{[]int32{0, 1}, []string{"a", "b"}}, v)
	if err != nil {
		t.Fatal(err)
	}
	w := newChunkWriter(schema)
	b, dataEnd, err := w.record(c)
	if err != nil {
		t.Fatal(err)
	}
	for n := dataEnd; n < len(b); n++ {
		if _, err := newChunkReader(schema).chunk(b[:n], dataEnd); err == nil {
			t.Errorf("a record of %d of %d bytes gave no error", n, len(b))
		}
	}
	if _, err := newChunkReader(schema).chunk(b, dataEnd); err != nil {
		t.Error(err)
	}
	if _, _, err := newChunkWriter(NewSchema(Field{Name: "x", Type: Int})).record(c); err == nil {
		t.Error("a chunk of another schema gave no error")
	}
}

// fullDisk has no room.
type fullDisk struct{ spillFile }

func (fullDisk) WriteAt([]byte, int64) (int, error) { return 0, syscall.ENOSPC }
func (fullDisk) Close() error                       { return nil }

func TestCacheOnAFullDisk(t *testing.T) {
	c := Cache(Vec("v", 1, 1, 2), CacheOptions{Memory: -1})
	c.store.create = func() (spillFile, error) { return fullDisk{}, nil }
	defer c.Close()
	_, err := Collect(t.Context(), c)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("have the error %v, want that of the disk", err)
	}
}
