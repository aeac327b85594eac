package linalg_test

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/internal/linalg"
)

func TestEigen(t *testing.T) {
	h := math.Sqrt(.5)
	tests := []struct {
		name            string
		n               int
		upper           []float64
		values, vectors []float64
	}{
		{"order 1", 1, []float64{-3}, []float64{-3}, []float64{1}},
		{"diagonal", 3, []float64{1, 0, 0, 3, 0, 2}, []float64{3, 2, 1}, []float64{0, 1, 0, 0, 0, 1, 1, 0, 0}},
		// By hand: (a b; b a) has a+b along (1, 1) and a-b along (1, -1), where
		// the first of two equal entries is to be positive.
		{"two by two", 2, []float64{2, 1, 2}, []float64{3, 1}, []float64{h, h, h, -h}},
		{"zero", 2, []float64{0, 0, 0}, []float64{0, 0}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			values, vectors, err := linalg.Eigen(tt.n, tt.upper)
			if err != nil {
				t.Fatal(err)
			}
			approx := cmpopts.EquateApprox(0, 1e-14)
			if diff := cmp.Diff(tt.values, values, approx); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.vectors, vectors, approx); tt.vectors != nil && diff != "" {
				t.Errorf("vectors (-want +got):\n%s", diff)
			}
		})
	}
}

// The eigenvalues of the tridiagonal matrix (-1 2 -1) of order n are
// 2 - 2 cos(pi j / (n+1)); Golub and Van Loan, Matrix Computations, section 4.8.6.
func TestEigenOfLaplacian(t *testing.T) {
	const n = 200
	upper := make([]float64, 0, n*(n+1)/2)
	for i := range n {
		for j := i; j < n; j++ {
			switch j - i {
			case 0:
				upper = append(upper, 2)
			case 1:
				upper = append(upper, -1)
			default:
				upper = append(upper, 0)
			}
		}
	}
	values, vectors, err := linalg.Eigen(n, upper)
	if err != nil {
		t.Fatal(err)
	}
	for a, got := range values {
		if want := 2 - 2*math.Cos(math.Pi*float64(n-a)/(n+1)); math.Abs(got-want) > 1e-13 {
			t.Errorf("value %d: got %v, want %v", a, got, want)
		}
		v := vectors[a*n : (a+1)*n]
		if slices.Max(v) < -slices.Min(v)*(1-1e-8) {
			t.Errorf("vector %d: the largest entry is %v, want a positive one", a, slices.Min(v))
		}
	}
	for _, procs := range []int{1, 2, 8} {
		old := runtime.GOMAXPROCS(procs)
		again, rows, err := linalg.Eigen(n, upper)
		runtime.GOMAXPROCS(old)
		if err != nil || !slices.Equal(again, values) || !slices.Equal(rows, vectors) {
			t.Errorf("GOMAXPROCS %d: other bits, %v", procs, err)
		}
	}
}

func TestEigenErrors(t *testing.T) {
	if _, _, err := linalg.Eigen(2, []float64{1, 2}); err == nil {
		t.Error("a triangle of the wrong length: no error")
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		if _, _, err := linalg.Eigen(2, []float64{1, bad, 2}); !errors.Is(err, linalg.ErrNotFinite) {
			t.Errorf("%v: got %v, want %v", bad, err, linalg.ErrNotFinite)
		}
	}
}

// spectrum is a matrix of known eigenvalues: H D H with the Householder reflection
// H = I - 2 u u' of a unit vector u, so its eigenvectors are the columns of H.
type spectrum struct {
	u, values []float64
}

func newSpectrum(values []float64) spectrum {
	s := spectrum{make([]float64, len(values)), values}
	var norm float64
	for i := range s.u {
		s.u[i] = math.Sin(float64(i + 1))
		norm = math.Hypot(norm, s.u[i])
	}
	for i := range s.u {
		s.u[i] /= norm
	}
	return s
}

func (s spectrum) reflect(q []float64, w int) []float64 {
	out := slices.Clone(q)
	for b := range w {
		var dot float64
		for i, u := range s.u {
			dot += u * q[i*w+b]
		}
		for i, u := range s.u {
			out[i*w+b] -= 2 * u * dot
		}
	}
	return out
}

func (s spectrum) product(w int) func([]float64) ([]float64, error) {
	return func(q []float64) ([]float64, error) {
		y := s.reflect(q, w)
		for i := range s.values {
			for b := range w {
				y[i*w+b] *= s.values[i]
			}
		}
		return s.reflect(y, w), nil
	}
}

func TestTopEigen(t *testing.T) {
	const n, k = 300, 5
	decay := make([]float64, n)
	rank3 := make([]float64, n)
	for i := range decay {
		decay[i] = math.Pow(.8, float64(i))
	}
	copy(rank3, []float64{7, 5, 2})
	for _, values := range [][]float64{decay, rank3, make([]float64, n), {3, 1, .5, .25, .125, 0}} {
		s := newSpectrum(values)
		n := len(values)
		w := linalg.Width(n, k)
		got, vectors, err := linalg.TopEigen(n, k, 1, s.product(w))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values[:k], got, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
		for a := range k {
			if values[a] == 0 {
				continue
			}
			cosine := 0.0
			for i := range n {
				h := -2 * s.u[i] * s.u[a]
				if i == a {
					h++
				}
				cosine += h * vectors[a*n+i]
			}
			if math.Abs(math.Abs(cosine)-1) > 1e-9 {
				t.Errorf("vector %d: cosine %v with the true one", a, cosine)
			}
		}
		again, rows, _ := linalg.TopEigen(n, k, 1, s.product(w))
		if !slices.Equal(again, got) || !slices.Equal(rows, vectors) {
			t.Error("the same seed gives other bits")
		}
	}
}

func TestTopEigenErrors(t *testing.T) {
	bad := errors.New("bad")
	if _, _, err := linalg.TopEigen(3, 1, 0, func([]float64) ([]float64, error) { return nil, bad }); !errors.Is(err, bad) {
		t.Errorf("got %v, want the error of the product", err)
	}
	if _, _, err := linalg.TopEigen(3, 1, 0, func([]float64) ([]float64, error) { return []float64{1}, nil }); err == nil {
		t.Error("a product of the wrong length: no error")
	}
}
