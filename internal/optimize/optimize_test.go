package optimize_test

import (
	"errors"
	"math"
	"testing"

	"github.com/millrace-ml/millrace/internal/optimize"
)

// bowl is half the sum of d[j] (x[j] - c[j])².
func bowl(d, c []float64) optimize.Objective {
	return func(x, grad []float64) (float64, error) {
		sum := 0.
		for j := range x {
			grad[j] = d[j] * (x[j] - c[j])
			sum += grad[j] * (x[j] - c[j]) / 2
		}
		return sum, nil
	}
}

// rosenbrock has its minimum, 0, at 1, 1: Rosenbrock, Computer Journal 3 (1960) 175.
func rosenbrock(x, grad []float64) (float64, error) {
	a, b := 1-x[0], x[1]-x[0]*x[0]
	grad[0], grad[1] = -2*a-400*x[0]*b, 200*b
	return a*a + 100*b*b, nil
}

func minimum(t *testing.T, p optimize.Problem, start ...float64) optimize.Solution {
	t.Helper()
	s, err := p.Minimize(start)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSmooth(t *testing.T) {
	s := minimum(t, optimize.Problem{Objective: rosenbrock, MaxIter: 200, Tol: 1e-14}, -1.2, 1)
	if math.Abs(s.X[0]-1) > 1e-5 || math.Abs(s.X[1]-1) > 1e-5 || math.Abs(s.History[0]-24.2) > 1e-12 || !s.Converged() {
		t.Errorf("have %v from %v after %d steps, want 1, 1 from 24.2", s.X, s.History[0], s.Steps())
	}
	for k := range s.Steps() {
		if s.History[k+1] > s.History[k] {
			t.Errorf("step %d: the value rises from %v to %v", k, s.History[k], s.History[k+1])
		}
	}
}

// With an L1 penalty the minimum of a bowl is known: each coordinate is its centre, drawn
// towards 0 by l1/d and not beyond (Donoho and Johnstone's soft threshold).
func TestL1(t *testing.T) {
	d, c, l1 := []float64{1, 2, 10, .5, 3}, []float64{3, -1, .05, -4, 2}, []float64{1, 1, 1, .5, 0}
	s := minimum(t, optimize.Problem{Objective: bowl(d, c), L1: l1, MaxIter: 200, Tol: 1e-14}, 0, 0, 0, 0, 0)
	for j := range c {
		want := math.Copysign(max(0, math.Abs(c[j])-l1[j]/d[j]), c[j])
		if math.Abs(s.X[j]-want) > 1e-6 {
			t.Errorf("coordinate %d: have %v, want %v", j, s.X[j], want)
		}
	}
	if s.X[2] != 0 {
		t.Errorf("coordinate 2: have %v, want 0 and no rounding", s.X[2])
	}
}

func TestReasons(t *testing.T) {
	d, c := []float64{1, 100}, []float64{1, 1}
	if s := minimum(t, optimize.Problem{Objective: bowl(d, c), MaxIter: 1, Tol: 1e-9}, 0, 0); s.Reason != optimize.MaxIterations || s.Steps() != 1 || s.Converged() {
		t.Errorf("one step: have %+v, want that it has not converged", s)
	}
	if s := minimum(t, optimize.Problem{Objective: bowl(d, c), MaxIter: 100, Tol: 1e-9}, 1, 1); s.Reason != optimize.GradientConverged || s.Steps() != 0 {
		t.Errorf("at the minimum: have %+v, want no step", s)
	}
	uphill := func(x, grad []float64) (float64, error) { grad[0] = 1; return -x[0], nil } // the gradient lies
	if s := minimum(t, optimize.Problem{Objective: uphill, MaxIter: 100, Tol: 1e-9}, 1); s.Reason != optimize.SearchFailed || s.X[0] != 1 {
		t.Errorf("a wrong gradient: have %+v, want that the search failed at the start", s)
	}
	broken := errors.New("broken")
	if _, err := (optimize.Problem{Objective: func(x, _ []float64) (float64, error) { return 0, broken }}).Minimize([]float64{1}); err != broken {
		t.Errorf("have %v, want the error of the objective", err)
	}
}

// The start is not changed, and a run is a function of its arguments.
func TestRepeatable(t *testing.T) {
	start := []float64{-1.2, 1}
	p := optimize.Problem{Objective: rosenbrock, MaxIter: 20, Tol: 1e-12}
	one, two := minimum(t, p, start...), minimum(t, p, start...)
	if start[0] != -1.2 || one.X[0] != two.X[0] || one.Steps() != two.Steps() {
		t.Errorf("have %v and %v from %v", one, two, start)
	}
}

func BenchmarkMinimize(b *testing.B) {
	d, c := make([]float64, 1000), make([]float64, 1000)
	for j := range d {
		d[j], c[j] = 1+float64(j%17), math.Sin(float64(j))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (optimize.Problem{Objective: bowl(d, c), MaxIter: 100, Tol: 1e-12}).Minimize(make([]float64, len(d))); err != nil {
			b.Fatal(err)
		}
	}
}
