package linalg

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ErrNotFinite is the error for a matrix with a NaN or an infinity.
var ErrNotFinite = errors.New("have a matrix with a NaN or an infinity, want finite numbers")

// Eigen returns all eigenvalues, and the eigenvectors as rows, of the symmetric
// matrix of order n with the given upper triangle.
func Eigen(n int, upper []float64) (values, vectors []float64, err error) {
	if len(upper) != n*(n+1)/2 {
		return nil, nil, fmt.Errorf("have a triangle of %d numbers, want %d", len(upper), n*(n+1)/2)
	}
	full := mat.NewSymDense(n, nil)
	at := 0
	for i := range n {
		for j := i; j < n; j++ {
			if math.IsNaN(upper[at]) || math.IsInf(upper[at], 0) {
				return nil, nil, ErrNotFinite
			}
			full.SetSym(i, j, upper[at])
			at++
		}
	}
	var e mat.EigenSym
	if !e.Factorize(full, true) {
		return nil, nil, errors.New("the eigenvalues do not converge")
	}
	var q mat.Dense
	e.VectorsTo(&q)
	values, vectors = make([]float64, n), make([]float64, n*n)
	rising := e.Values(nil)
	for a := range n {
		values[a] = rising[n-1-a]
		mat.Col(vectors[a*n:(a+1)*n], n-1-a, &q)
		fixSign(vectors[a*n : (a+1)*n])
	}
	return values, vectors, nil
}

// fixSign makes the entry of largest absolute value positive. Rounding must not choose
// between equal ones, so the first that comes within a factor of 1e-8 counts.
func fixSign(x []float64) {
	var most float64
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	for _, v := range x {
		if math.Abs(v) < most*(1-1e-8) {
			continue
		}
		if v < 0 {
			for j := range x {
				x[j] = -x[j]
			}
		}
		return
	}
}
