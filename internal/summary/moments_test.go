package summary_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/summary"
)

// digits is how many decimal digits of have are right.
func digits(have, want float64) float64 {
	if have == want {
		return 15
	}
	return min(15, -math.Log10(math.Abs(have-want)/math.Abs(want)))
}

// michelson is NIST's set Michelso: 100 measurements of the speed of light, in units
// of 0.01 million metres a second above 299.
var michelson = []float64{
	85, 74, 90, 107, 93, 85, 95, 98, 98, 88, 100, 98, 93, 65, 76, 81, 100, 100, 96, 96,
	96, 94, 96, 94, 88, 80, 85, 88, 90, 84, 83, 79, 81, 88, 88, 83, 80, 79, 76, 80,
	88, 88, 88, 86, 72, 72, 62, 86, 97, 95, 88, 91, 85, 87, 84, 84, 85, 84, 84, 84,
	89, 81, 81, 82, 80, 77, 76, 74, 75, 76, 91, 92, 89, 86, 88, 72, 84, 85, 85, 78,
	89, 84, 78, 81, 76, 81, 79, 81, 82, 85, 87, 87, 81, 74, 81, 94, 95, 80, 81, 87,
}

// The sets and their certified values are those of NIST StRD, univariate summary
// statistics. The digits wanted are those that a one-pass update attains, less half
// of one: exact arithmetic on the same float64 attains 9.5 and 8.3 in NumAcc3 and 4
// too, as the inputs are rounded.
func TestMomentsNIST(t *testing.T) {
	alternating := func(first, low, high float64) []float64 {
		x := []float64{first}
		for range 500 {
			x = append(x, low, high)
		}
		return x
	}
	light := make([]float64, len(michelson))
	for i := range light {
		light[i] = (29900 + michelson[i]) / 100
	}
	tests := []struct {
		name            string
		x               []float64
		mean, deviation float64
		digits          float64
	}{
		{"NumAcc1", []float64{10000001, 10000003, 10000002}, 10000002, 1, 15},
		{"NumAcc2", alternating(1.2, 1.1, 1.3), 1.2, 0.1, 14},
		{"NumAcc3", alternating(1000000.2, 1000000.1, 1000000.3), 1000000.2, 0.1, 9},
		{"NumAcc4", alternating(10000000.2, 10000000.1, 10000000.3), 10000000.2, 0.1, 7.8},
		{"Michelso", light, 299.8524, 0.0790105478190518, 11.9},
	}
	for _, tt := range tests {
		m := new(summary.Moments)
		if err := m.Add(vectors(t, &dataset.Scalar{Values: tt.x}), nil); err != nil {
			t.Fatal(err)
		}
		if d := digits(m.Means()[0], tt.mean); d < 14 {
			t.Errorf("%s: have mean %v, %.1f digits of %v, want 14", tt.name, m.Means()[0], d, tt.mean)
		}
		d := digits(m.Deviations()[0], tt.deviation)
		t.Logf("%s: %.1f digits of the deviation", tt.name, d)
		if d < tt.digits {
			t.Errorf("%s: have deviation %v, %.1f digits of %v, want %v", tt.name, m.Deviations()[0], d, tt.deviation, tt.digits)
		}
	}
}

func vectors(t testing.TB, blocks ...dataset.Block) *dataset.Vectors {
	t.Helper()
	v, err := dataset.NewVectors(blocks...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const (
	rows = 1500 // more than the lanes take at a time
	dims = 41
)

// table makes rows of numbers: columns from all zero to none, ones only, with a NaN,
// an infinity, a -0.
func table() []float64 {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, rows*dims)
	for i := range rows {
		for j := range dims {
			if r.IntN(dims-1) < j {
				x[i*dims+j] = r.NormFloat64()*float64(j) + 1000
			}
		}
		x[i*dims+5] = float64(i % 2)
		x[i*dims+6] = 1
		x[i*dims+7] = math.Copysign(0, -1)
	}
	x[77*dims+30], x[78*dims+31] = math.NaN(), math.Inf(1)
	return x
}

func column(x []float64, j int) []float64 {
	out := make([]float64, rows)
	for i := range out {
		out[i] = x[i*dims+j]
	}
	return out
}

func dense(t testing.TB, x []float64) *dataset.Vectors {
	return vectors(t, &dataset.Dense{Values: x, Width: dims})
}

func scalars(t testing.TB, x []float64) *dataset.Vectors {
	blocks := make([]dataset.Block, dims)
	for j := range blocks {
		blocks[j] = &dataset.Scalar{Values: column(x, j)}
	}
	return vectors(t, blocks...)
}

// layouts are other forms of the dense table x.
func layouts(t testing.TB, x []float64) map[string]*dataset.Vectors {
	var (
		singles = scalars(t, x).Blocks()
		sparse  = &dataset.Sparse{Starts: []int{0}, Width: dims}
		hot     = &dataset.OneHot{Codes: make([]int32, rows), Width: 1}
		twice   = make([]float64, len(x))
		half    = make([]float64, dims)
	)
	for i := range rows {
		for j := range dims {
			if v := x[i*dims+j]; v != 0 || j == 7 {
				sparse.Index, sparse.Values = append(sparse.Index, int32(j)), append(sparse.Values, v)
			}
		}
		sparse.Starts = append(sparse.Starts, len(sparse.Index))
		hot.Codes[i] = int32(x[i*dims+5]) - 1
	}
	for k, v := range x {
		twice[k] = 2 * v
	}
	for j := range half {
		half[j] = 0.5
	}
	withHot := append(append(append([]dataset.Block{}, singles[:5]...), hot), singles[6:]...)
	halved := dataset.Affine{Scale: half}
	return map[string]*dataset.Vectors{
		"scalars":              vectors(t, singles...),
		"sparse":               vectors(t, sparse),
		"one-hot":              vectors(t, withHot...),
		"lines over dense":     dense(t, twice).Mapped(halved),
		"lines over scalars":   scalars(t, twice).Mapped(halved),
		"lines over sparse":    vectors(t, sparse).Mapped(dataset.Affine{Scale: ones(1)}),
		"lines over a one-hot": vectors(t, withHot...).Mapped(dataset.Affine{Scale: ones(1)}),
	}
}

func ones(x float64) []float64 {
	out := make([]float64, dims)
	for j := range out {
		out[j] = x
	}
	return out
}

// Every layout of the blocks gives the bits of dense rows, for all rows and for some.
func TestMomentsLayouts(t *testing.T) {
	x := table()
	var some []int32
	for i := range int32(rows) {
		if i%3 != 1 {
			some = append(some, i)
		}
	}
	for _, sel := range [][]int32{nil, some, {}} {
		want := new(summary.Moments)
		if err := want.Add(dense(t, x), sel); err != nil {
			t.Fatal(err)
		}
		for name, v := range layouts(t, x) {
			got := new(summary.Moments)
			if err := got.Add(v, sel); err != nil {
				t.Fatal(err)
			}
			sameBits(t, name, want, got)
		}
	}
}

func sameBits(t *testing.T, what string, want, got *summary.Moments) {
	t.Helper()
	bits := cmp.Comparer(func(a, b float64) bool {
		return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
	})
	if d := cmp.Diff(want, got, bits); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// The rows in several chunks give the bits of one; ones after other numbers do too,
// where a count alone would not do.
func TestMomentsChunks(t *testing.T) {
	x := table()
	want := new(summary.Moments)
	if err := want.Add(dense(t, x), nil); err != nil {
		t.Fatal(err)
	}
	for name, v := range layouts(t, x) {
		got := new(summary.Moments)
		c, err := dataset.NewChunk(dataset.NewSchema(dataset.Field{Name: "v", Type: dataset.Vector}), dataset.Origin{}, v)
		if err != nil {
			t.Fatal(err)
		}
		from := 0
		for _, to := range []int{1, 1, 258, 700, rows} {
			part, err := dataset.Get[*dataset.Vectors](c.Slice(from, to), "v")
			if err != nil {
				t.Fatal(err)
			}
			if err := got.Add(part, nil); err != nil {
				t.Fatal(err)
			}
			from = to
		}
		sameBits(t, name, want, got)
	}
	mixed := new(summary.Moments)
	plain := new(summary.Moments)
	hot := vectors(t, &dataset.OneHot{Codes: []int32{0, -1, 0}, Width: 1})
	for _, v := range []*dataset.Vectors{dataset1(t, 3), hot} {
		if err := mixed.Add(v, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := plain.Add(dataset1(t, 3, 1, 0, 1), nil); err != nil {
		t.Fatal(err)
	}
	sameBits(t, "ones after another number", plain, mixed)
}

func dataset1(t testing.TB, x ...float64) *dataset.Vectors {
	return vectors(t, &dataset.Scalar{Values: x})
}

// By hand: 1, 0, 3, 0 and 0, 8 have the mean 2 and the sum of squares 74 - 6·4 = 50.
func TestMomentsMerge(t *testing.T) {
	a, b := new(summary.Moments), new(summary.Moments)
	if err := a.Add(dataset1(t, 1, 0, 3, 0), nil); err != nil {
		t.Fatal(err)
	}
	if err := b.Add(dataset1(t, 0, 8), nil); err != nil {
		t.Fatal(err)
	}
	for _, empty := range []*summary.Moments{{}} {
		var err error
		if a, err = a.Merge(empty); err != nil {
			t.Fatal(err)
		}
		if a, err = empty.Merge(a); err != nil {
			t.Fatal(err)
		}
	}
	all, err := a.Merge(b)
	if err != nil {
		t.Fatal(err)
	}
	if mean, variance := all.Means()[0], all.Variances()[0]; mean != 2 || math.Abs(variance-10) > 1e-14 {
		t.Errorf("have mean %v and variance %v, want 2 and 50/5", mean, variance)
	}
	if _, err := all.Merge(momentsOf(t, dense(t, table()))); err == nil {
		t.Error("merging a state of another size: have no error")
	}
	if err := all.Add(dense(t, table()), nil); err == nil {
		t.Error("adding vectors of another size: have no error")
	}
}

func momentsOf(t testing.TB, v *dataset.Vectors) *summary.Moments {
	t.Helper()
	m := new(summary.Moments)
	if err := m.Add(v, nil); err != nil {
		t.Fatal(err)
	}
	return m
}

// Adding 1e8 to every number must keep the deviation: reliability of a shifted sum.
func TestMomentsShifted(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x, y := make([]float64, 10000), make([]float64, 10000)
	for i := range x {
		x[i] = math.Round(r.NormFloat64()*1e6) / (1 << 20)
		y[i] = x[i] + 1e8
	}
	a, b := momentsOf(t, dataset1(t, x...)), momentsOf(t, dataset1(t, y...))
	if d := digits(b.Deviations()[0], a.Deviations()[0]); d < 7 {
		t.Errorf("have deviation %v, and %v of the numbers without 1e8", b.Deviations()[0], a.Deviations()[0])
	}
}

func TestMomentsOfLittle(t *testing.T) {
	none := new(summary.Moments)
	if len(none.Means()) != 0 || len(none.Variances()) != 0 {
		t.Error("have moments of no rows and no dimensions")
	}
	one := momentsOf(t, dataset1(t, 7))
	if one.Means()[0] != 7 || one.Variances()[0] != 0 {
		t.Errorf("one row: have mean %v and variance %v, want 7 and 0", one.Means(), one.Variances())
	}
}
