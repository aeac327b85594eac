// Package optimize minimises smooth functions of many variables, with an L1 penalty
// if there is one: L-BFGS (Liu and Nocedal 1989) and OWL-QN (Andrew and Gao 2007).
//
// Steps, line searches and rules to stop are those of the library that Spark uses,
// Breeze 2.1, so that a run that is stopped early stops at the same point. All vectors
// are made once; an iteration allocates nothing but what the objective does.
package optimize

import (
	"errors"
	"math"
	"slices"
)

// An Objective returns the value at x and sets grad to the gradient there.
type Objective func(x, grad []float64) (float64, error)

// A Problem says what is minimised, and when to stop.
type Problem struct {
	Objective Objective
	L1        []float64 // weight of |x[j]|, at least 0; nil = none
	MaxIter   int       // at most so many steps
	Tol       float64   // relative: of the value over 20 steps, and of the gradient's length
}

// A Reason says why a run has ended.
type Reason uint8

const (
	MaxIterations     Reason = iota // the limit of steps
	ValueConverged                  // the value has not changed in 20 steps
	GradientConverged               // the gradient is as short as wanted
	SearchFailed                    // no step along the gradient makes the value smaller
)

// A Solution is where a run has ended.
type Solution struct {
	X       []float64
	History []float64 // value with its penalty, before the first step and after each
	Reason  Reason
}

// Steps is the number of steps that were taken.
func (s Solution) Steps() int { return len(s.History) - 1 }

// Converged reports whether one of the tolerances was reached.
func (s Solution) Converged() bool {
	return s.Reason == ValueConverged || s.Reason == GradientConverged
}

// errNoStep says that a direction or a step along it cannot be found.
var errNoStep = errors.New("have no step that makes the value smaller")

const (
	memory    = 10 // steps that L-BFGS remembers
	patience  = 20 // values that are looked back at
	shortest  = 1e-8
	underflow = 1e-10
)

// A point is a place with the value and the gradient there: the plain ones, and those
// with the L1 penalty, whose gradient is a pseudo-gradient (Andrew and Gao, equation 4).
type point struct {
	x, grad, pseudo []float64
	plain, value    float64
}

func newPoint(n int, l1 []float64) *point {
	p := &point{x: make([]float64, n), grad: make([]float64, n)}
	p.pseudo = p.grad
	if l1 != nil {
		p.pseudo = make([]float64, n)
	}
	return p
}

type run struct {
	Problem
	at, next *point
	dir      []float64
	steps    *history
}

// Minimize starts at start, which it does not change. An error is one of the objective.
func (p Problem) Minimize(start []float64) (Solution, error) {
	n := len(start)
	r := &run{Problem: p, at: newPoint(n, p.L1), next: newPoint(n, p.L1), dir: make([]float64, n), steps: newHistory(n)}
	copy(r.at.x, start)
	if err := r.evaluate(r.at); err != nil {
		return Solution{}, err
	}
	first, taken, failed, given := r.at.value, 0, false, false
	values := []float64{math.Inf(1)}
	s := Solution{}
	for {
		s.History = append(s.History, r.at.value)
		if reason, done := r.stop(taken, first, values, given); done {
			s.X, s.Reason = r.at.x, reason
			return s, nil
		}
		switch err := r.step(taken); {
		case err == nil:
			failed = false
			taken++
			values = append(values, r.at.value)
			values = values[max(0, len(values)-patience):]
		case !errors.Is(err, errNoStep):
			return Solution{}, err
		case failed:
			given = true
		default:
			failed = true
			r.steps.clear()
		}
	}
}

func (r *run) stop(taken int, first float64, values []float64, given bool) (Reason, bool) {
	switch {
	case taken >= r.MaxIter:
		return MaxIterations, true
	case len(values) >= 2 && math.Abs(r.at.value-slices.Max(values)) <= r.Tol*math.Abs(first):
		return ValueConverged, true
	case norm(r.at.pseudo) <= max(r.Tol*math.Abs(r.at.value), shortest):
		return GradientConverged, true
	}
	return SearchFailed, given
}

// step goes from at to the next point.
func (r *run) step(taken int) error {
	if err := r.steps.direction(r.dir, r.at.pseudo); err != nil {
		return err
	}
	search := r.strongWolfe
	if r.L1 != nil {
		search = r.backtrack
		for j, g := range r.at.pseudo { // section 3.2: the direction stays in the orthant
			if !(r.dir[j]*g < 0) {
				r.dir[j] = 0
			}
		}
	}
	if err := search(taken == 0); err != nil {
		return err
	}
	r.steps.push(r.at, r.next)
	r.at, r.next = r.next, r.at
	return nil
}

// try evaluates the objective at a step along the direction, as next, and returns the
// value and the slope there.
func (r *run) try(step float64) (value, slope float64, err error) {
	for j, x := range r.at.x {
		r.next.x[j] = x + float64(step*r.dir[j])
	}
	if r.L1 != nil { // equation 5: what leaves the orthant becomes 0
		for j, x := range r.next.x {
			from := sign(r.at.x[j])
			if from == 0 {
				from = -sign(r.at.pseudo[j])
			}
			if sign(x) != from {
				r.next.x[j] = 0
			}
		}
	}
	if err := r.evaluate(r.next); err != nil {
		return 0, 0, err
	}
	return r.next.value, dot(r.next.pseudo, r.dir), nil
}

func (r *run) evaluate(p *point) (err error) {
	p.plain, err = r.Objective(p.x, p.grad)
	p.value = p.plain
	for j, l1 := range r.L1 {
		g := p.grad[j]
		p.value += math.Abs(l1 * p.x[j])
		switch {
		case p.x[j] != 0:
			g += l1 * sign(p.x[j])
		case g > l1:
			g -= l1
		case g < -l1:
			g += l1
		case l1 > 0:
			g = 0
		}
		p.pseudo[j] = g
	}
	return err
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

func dot(a, b []float64) float64 {
	sum := 0.
	for j, x := range a {
		sum += float64(x * b[j])
	}
	return sum
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }
