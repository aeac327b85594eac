package dataset_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
)

// kernelVectors returns a block of every kind, without lines and seen through them.
func kernelVectors(t testing.TB, rows int) map[string]*dataset.Vectors {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	scalar, codes := make(dataset.Floats, rows), make([]int32, rows)
	dense := &dataset.Dense{Width: 2, Values: make([]float64, 2*rows)}
	sparse := &dataset.Sparse{Width: 3, Starts: []int{0}}
	for i := range rows {
		scalar[i] = math.Trunc(2 * r.NormFloat64())
		codes[i] = int32(r.IntN(4)) - 1
		dense.Values[2*i] = r.NormFloat64()
		for j := range 3 {
			if r.IntN(3) == 0 {
				sparse.Index, sparse.Values = append(sparse.Index, int32(j)), append(sparse.Values, r.NormFloat64())
			}
		}
		sparse.Starts = append(sparse.Starts, len(sparse.Index))
	}
	plain, err := dataset.NewVectors(&dataset.Scalar{Values: scalar}, &dataset.OneHot{Codes: codes, Width: 3}, dense, sparse)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*dataset.Vectors{
		"plain":  plain,
		"scaled": plain.Mapped(dataset.Affine{Scale: []float64{2, 3, 0, 1, 2, 1, 5, 1, 1}}),
		"mapped": plain.Mapped(dataset.Affine{Centre: []float64{1, 0, .5, 0, 1, 0, 0, 2, 0}, Scale: []float64{2, 3, 4, 1, 2, 1, 5, 1, 1}}),
	}
}

// Each kernel against the same sum over dense rows.
func TestKernels(t *testing.T) {
	const rows = 50
	for name, v := range kernelVectors(t, rows) {
		w, r := make([]float64, v.Dim()), make([]float64, rows)
		for j := range w {
			w[j] = math.Sin(float64(j + 1))
		}
		wantMul, wantTMul := make([]float64, rows), make([]float64, v.Dim())
		row := make([]float64, v.Dim())
		for i := range rows {
			r[i] = math.Cos(float64(i))
			v.Row(i, row)
			sparse := make([]float64, v.Dim())
			last := -1
			for j, x := range v.NonZeros(i) {
				if x == 0 || j <= last {
					t.Errorf("%s: row %d: have %v at %d after %d", name, i, x, j, last)
				}
				sparse[j], last = x, j
			}
			if diff := cmp.Diff(row, sparse); diff != "" {
				t.Errorf("%s: row %d: NonZeros (-Row +NonZeros):\n%s", name, i, diff)
			}
			for j, x := range row {
				wantMul[i] += x * w[j]
				wantTMul[j] += x * r[i]
			}
		}
		mul, tmul := make([]float64, rows), make([]float64, v.Dim())
		v.MulVec(mul, w)
		v.TMulVec(tmul, r)
		approx := cmpopts.EquateApprox(1e-12, 1e-12)
		if diff := cmp.Diff(wantMul, mul, approx); diff != "" {
			t.Errorf("%s: MulVec (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(wantTMul, tmul, approx); diff != "" {
			t.Errorf("%s: TMulVec (-want +got):\n%s", name, diff)
		}
		for range v.NonZeros(0) {
			break
		}
	}
}

func TestKernelsPanicOnLength(t *testing.T) {
	v := kernelVectors(t, 2)["plain"]
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	v.MulVec(make([]float64, 3), make([]float64, v.Dim()))
}
