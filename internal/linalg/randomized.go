package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
)

const (
	oversample = 10    // columns beyond k; Halko, Martinsson and Tropp, section 4.2
	maxPasses  = 20    // products with the matrix
	settled    = 1e-10 // change of the eigenvalues, relative to the largest
)

// Width returns how many columns [TopEigen] works with.
func Width(n, k int) int { return min(n, k+oversample) }

// TopEigen returns the k largest eigenvalues, and their eigenvectors as rows, of a
// symmetric positive semidefinite matrix C of order n that is known by its products
// alone: product returns C Q for a matrix Q of n rows and Width(n, k) columns, row
// after row. It is called 2 to 20 times, until the eigenvalues no longer change.
// The same seed gives the same bits.
//
// Source: Halko, Martinsson and Tropp, SIAM Review 53 (2011) 217: randomized subspace
// iteration, algorithm 4.4, and the eigenvalues within the subspace, algorithm 5.3.
func TopEigen(n, k int, seed uint64, product func(q []float64) ([]float64, error)) (values, vectors []float64, err error) {
	w := Width(n, k)
	q := gaussian(n, w, seed)
	orthonormalize(q, n, w)
	before := make([]float64, k)
	for pass := 1; ; pass++ {
		y, err := product(q)
		if err != nil {
			return nil, nil, err
		}
		if len(y) != n*w {
			return nil, nil, fmt.Errorf("have a product of %d numbers, want %d", len(y), n*w)
		}
		inner, small, err := Eigen(w, projected(q, y, n, w))
		if err != nil {
			return nil, nil, err
		}
		if pass > 1 && change(before, inner) <= settled || pass == maxPasses {
			return inner[:k], combine(q, small, n, w, k), nil
		}
		copy(before, inner)
		q = y
		orthonormalize(q, n, w)
	}
}

func gaussian(n, w int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	q := make([]float64, n*w)
	for i := range q {
		q[i] = r.NormFloat64()
	}
	return q
}

// orthonormalize makes the columns of q orthonormal, by the Gram-Schmidt process
// run twice. A column that depends on those before it becomes 0.
func orthonormalize(q []float64, n, w int) {
	for a := range w {
		first := columnNorm(q, n, w, a)
		for range 2 {
			for b := range a {
				var dot float64
				for i := range n {
					dot += float64(q[i*w+a] * q[i*w+b])
				}
				for i := range n {
					q[i*w+a] -= float64(dot * q[i*w+b])
				}
			}
		}
		norm := columnNorm(q, n, w, a)
		scale := 0.0
		if norm > first*1e-13 {
			scale = 1 / norm
		}
		for i := range n {
			q[i*w+a] *= scale
		}
	}
}

func columnNorm(q []float64, n, w, a int) float64 {
	var norm float64
	for i := range n {
		norm = math.Hypot(norm, q[i*w+a])
	}
	return norm
}

// projected returns the upper triangle of Q'Y, made symmetric.
func projected(q, y []float64, n, w int) []float64 {
	full := make([]float64, w*w)
	for i := range n {
		for a := range w {
			for b := range w {
				full[a*w+b] += float64(q[i*w+a] * y[i*w+b])
			}
		}
	}
	var upper []float64
	for a := range w {
		for b := a; b < w; b++ {
			upper = append(upper, (full[a*w+b]+full[b*w+a])/2)
		}
	}
	return upper
}

// change returns the largest change of the first values, relative to the largest.
func change(before, now []float64) float64 {
	var most float64
	for a, x := range before {
		most = max(most, math.Abs(now[a]-x))
	}
	if most == 0 {
		return 0
	}
	return most / math.Abs(now[0])
}

// combine returns the first k rows of small Q'.
func combine(q, small []float64, n, w, k int) []float64 {
	vectors := make([]float64, k*n)
	for a := range k {
		v := vectors[a*n : (a+1)*n]
		for i := range n {
			for b := range w {
				v[i] += float64(q[i*w+b] * small[a*w+b])
			}
		}
		fixSign(v)
	}
	return vectors
}
