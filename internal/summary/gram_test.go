package summary_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/summary"
)

// gramLayouts returns one column of 7 dimensions, as blocks of all kinds with lines and
// as dense rows.
func gramLayouts(t testing.TB, rows int) (blocks, dense *dataset.Vectors) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	scalar, codes := make(dataset.Floats, rows), make([]int32, rows)
	sparse := &dataset.Sparse{Width: 2, Starts: []int{0}}
	wide := &dataset.Dense{Width: 1, Values: make([]float64, rows)}
	for i := range rows {
		scalar[i] = math.Trunc(3 * r.NormFloat64())
		codes[i] = int32(r.IntN(4)) - 1
		if j := r.IntN(3); j < 2 {
			sparse.Index, sparse.Values = append(sparse.Index, int32(j)), append(sparse.Values, r.NormFloat64())
		}
		sparse.Starts = append(sparse.Starts, len(sparse.Index))
		wide.Values[i] = r.NormFloat64()
	}
	blocks, err := dataset.NewVectors(&dataset.Scalar{Values: scalar}, &dataset.OneHot{Codes: codes, Width: 3}, sparse, wide)
	if err != nil {
		t.Fatal(err)
	}
	blocks = blocks.Mapped(dataset.Affine{Scale: []float64{2, 3, 1, .5, 2, 1, 1}, Offset: []float64{1, 0, 1, 0, 0, 0, -1}})
	var values []float64
	for i := range rows {
		row := make([]float64, 7)
		blocks.Row(i, row)
		values = append(values, row...)
	}
	dense, err = dataset.NewDense(7, values)
	if err != nil {
		t.Fatal(err)
	}
	return blocks, dense
}

// covariance is the definition, in two passes.
func covariance(v *dataset.Vectors, sel []int32, view *summary.View) []float64 {
	n := v.Dim()
	mean, rows := make([]float64, n), make([][]float64, len(sel))
	for k, i := range sel {
		rows[k] = make([]float64, n)
		v.Row(int(i), rows[k])
		for j, x := range rows[k] {
			rows[k][j] = view.At(j, x)
			mean[j] += rows[k][j] / float64(len(sel))
		}
	}
	var out []float64
	for a := range n {
		for b := a; b < n; b++ {
			var sum float64
			for _, row := range rows {
				sum += (row[a] - mean[a]) * (row[b] - mean[b])
			}
			out = append(out, sum/float64(len(sel)-1))
		}
	}
	return out
}

func TestGram(t *testing.T) {
	const rows = 200
	blocks, dense := gramLayouts(t, rows)
	var every, some []int32
	for i := range rows {
		every = append(every, int32(i))
		if i%3 == 0 {
			some = append(some, int32(i))
		}
	}
	views := map[string]*summary.View{
		"as it is": {},
		"standard": {Centre: []float64{0, 1, 2, 0, 0, 1, 0}, Scale: []float64{.2, 1, 1, 3, 1, 0, 2}, Clip: 1.5},
		"shifted":  {Shift: []float64{.5, 0, 1, 0, .25, 0, -1}},
		"common":   {Shift: common(dense)},
	}
	for name, view := range views {
		for _, sel := range [][]int32{every, some} {
			want := covariance(dense, sel, view)
			for k, v := range []*dataset.Vectors{blocks, dense} {
				var a, b summary.Gram
				if err := a.Add(v, sel[:20], view); err != nil {
					t.Fatal(err)
				}
				if err := b.Add(v, sel[20:], view); err != nil {
					t.Fatal(err)
				}
				sum, err := a.Merge(&b)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, sum.Covariance(), cmpopts.EquateApprox(1e-12, 1e-13)); diff != "" {
					t.Errorf("%s, %d rows, layout %d (-want +got):\n%s", name, len(sel), k, diff)
				}
			}
		}
		var all, listed summary.Gram
		_ = all.Add(blocks, nil, view)
		_ = listed.Add(blocks, every, view)
		if diff := cmp.Diff(listed, all); diff != "" {
			t.Errorf("%s: all rows by list and without (-list +none):\n%s", name, diff)
		}
	}
}

// The rows of SPARK-26158, on which E[xy] - E[x] E[y] keeps no digit. The expected
// covariance is computed here from the same float64 numbers without rounding.
func TestGramKeepsDigits(t *testing.T) {
	values := []float64{
		100000.000004, 199999.999999,
		100000.000012, 200000.000002,
		99999.9999931, 200000.000003,
		99999.9999977, 200000.000001,
	}
	v, err := dataset.NewDense(2, values)
	if err != nil {
		t.Fatal(err)
	}
	var g summary.Gram
	if err := g.Add(v, nil, &summary.View{Shift: common(v)}); err != nil {
		t.Fatal(err)
	}
	var want []float64
	for _, pair := range [][2]int{{0, 0}, {0, 1}, {1, 1}} {
		want = append(want, exactCovariance(values, pair[0], pair[1]))
	}
	if diff := cmp.Diff(want, g.Covariance(), cmpopts.EquateApprox(1e-13, 0)); diff != "" {
		t.Errorf("covariance (-exact +got):\n%s", diff)
	}
}

// exactCovariance is that of columns a and b of rows of two, in rational numbers.
func exactCovariance(values []float64, a, b int) float64 {
	n := int64(len(values) / 2)
	num := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	var sa, sb, sab big.Rat
	for i := 0; i < len(values); i += 2 {
		x, y := num(values[i+a]), num(values[i+b])
		sa.Add(&sa, x)
		sb.Add(&sb, y)
		sab.Add(&sab, x.Mul(x, y))
	}
	sa.Mul(&sa, &sb).Quo(&sa, big.NewRat(n, 1))
	sab.Sub(&sab, &sa).Quo(&sab, big.NewRat(n-1, 1))
	f, _ := sab.Float64()
	return f
}

func TestSketch(t *testing.T) {
	blocks, dense := gramLayouts(t, 100)
	view := &summary.View{Clip: 2, Shift: common(dense)}
	q := make([]float64, 7*3)
	for i := range q {
		q[i] = math.Sin(float64(i))
	}
	var a, b summary.Sketch
	var g summary.Gram
	sel := []int32{0, 1, 2, 3, 50, 51, 98, 99}
	for _, err := range []error{a.Add(blocks, sel[:3], view, q), b.Add(blocks, sel[3:], view, q), g.Add(blocks, sel, view)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := a.Merge(&b)
	if err != nil {
		t.Fatal(err)
	}
	upper := g.Covariance()
	want, trace, at := make([]float64, len(q)), 0.0, 0
	for i := range 7 {
		for j := i; j < 7; j++ {
			for c := range 3 {
				want[i*3+c] += upper[at] * q[j*3+c]
				if i != j {
					want[j*3+c] += upper[at] * q[i*3+c]
				}
			}
			if i == j {
				trace += upper[at]
			}
			at++
		}
	}
	approx := cmpopts.EquateApprox(1e-12, 1e-13)
	if diff := cmp.Diff(want, s.Covariance(q), approx); diff != "" {
		t.Errorf("product (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(trace, s.Variance(), approx); diff != "" {
		t.Errorf("variance (-want +got):\n%s", diff)
	}
}

func TestGramRefusesOtherSizes(t *testing.T) {
	two, _ := dataset.NewDense(2, []float64{1, 2})
	three, _ := dataset.NewDense(3, []float64{1, 2, 3})
	var a, b summary.Gram
	_ = a.Add(two, nil, &summary.View{})
	_ = b.Add(three, nil, &summary.View{})
	if err := a.Add(three, nil, &summary.View{}); err == nil {
		t.Error("Gram.Add: no error")
	}
	if _, err := a.Merge(&b); err == nil {
		t.Error("Gram.Merge: no error")
	}
	var c, d summary.Sketch
	_ = c.Add(two, nil, &summary.View{}, make([]float64, 2))
	_ = d.Add(three, nil, &summary.View{}, make([]float64, 3))
	if err := c.Add(three, nil, &summary.View{}, make([]float64, 3)); err == nil {
		t.Error("Sketch.Add: no error")
	}
	if _, err := c.Merge(&d); err == nil {
		t.Error("Sketch.Merge: no error")
	}
}

// Boyer and Moore: the candidate is the majority where there is one.
func TestCommon(t *testing.T) {
	rows := []float64{1, 5, 2, 5, 1, 5, 3, 5, 1, 6}
	if diff := cmp.Diff([]float64{1, 5}, summary.Common(2, rows)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]float64{3, 5}, summary.Common(2, rows[6:8])); diff != "" {
		t.Errorf("one row (-want +got):\n%s", diff)
	}
}

// common is that of a column of one dense block.
func common(v *dataset.Vectors) []float64 {
	return summary.Common(v.Dim(), v.Blocks()[0].(*dataset.Dense).Values)
}
