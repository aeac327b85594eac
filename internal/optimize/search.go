package optimize

import "math"

const (
	armijo    = 1e-4 // the value must fall by this share of what the slope promises
	curvature = 0.9  // and the slope to this share of what it was
	tries     = 10   // of each part of the search by brackets
	halvings  = 20   // of the search by shrinking
)

// A bracket is a step along the direction, with the value and the slope there.
type bracket struct{ step, value, slope float64 }

// strongWolfe finds a step that meets the strong Wolfe conditions, and leaves its point
// in next: Nocedal and Wright, algorithm 3.5, with steps that grow by one half.
func (r *run) strongWolfe(first bool) error {
	start := bracket{0, r.at.value, dot(r.at.grad, r.dir)}
	if start.slope > 0 {
		return errNoStep
	}
	step, low := 1., start
	if first {
		step = 1 / norm(r.dir)
	}
	for i := range tries {
		value, slope, err := r.try(step)
		if err != nil {
			return err
		}
		c := bracket{step, value, slope}
		switch {
		case math.IsInf(value, 0) || math.IsNaN(value):
			step /= 2
			continue
		case value > start.value+armijo*step*start.slope || value >= low.value && i > 0:
			return r.zoom(start, low, c)
		case math.Abs(slope) <= curvature*math.Abs(start.slope):
			return r.longEnough(c)
		case slope >= 0:
			return r.zoom(start, c, low)
		}
		low = c
		step *= 1.5
	}
	return errNoStep
}

// zoom narrows the interval from low, the best point so far, to high: algorithm 3.6.
func (r *run) zoom(start, low, high bracket) error {
	for range tries {
		c := bracket{step: cubic(low, high)}
		var err error
		if c.value, c.slope, err = r.try(c.step); err != nil {
			return err
		}
		if c.value > start.value+armijo*c.step*start.slope || c.value >= low.value {
			high = c
			continue
		}
		if math.Abs(c.slope) <= curvature*math.Abs(start.slope) {
			return r.longEnough(c)
		}
		if c.slope*(high.step-low.step) >= 0 {
			high = low
		}
		low = c
	}
	return errNoStep
}

func (r *run) longEnough(c bracket) error {
	if c.step*norm(r.at.grad) < underflow {
		return errNoStep
	}
	return nil
}

// cubic is where the cubic through both ends has its minimum, equation 3.59, but not
// within a tenth of either end.
func cubic(a, b bracket) float64 {
	if a.step > b.step {
		a, b = b, a
	}
	width := b.step - a.step
	d1 := a.slope + b.slope - 3*(a.value-b.value)/(a.step-b.step)
	d2 := math.Sqrt(d1*d1 - a.slope*b.slope)
	step := b.step - width*(b.slope+d2-d1)/(b.slope-a.slope+2*d2)
	switch least, most := a.step+0.1*width, a.step+0.9*width; {
	case step < least:
		return least
	case step > most:
		return most
	}
	return step
}

// backtrack finds a step for OWL-QN, and leaves its point in next. The first look at a
// step takes the value without penalty at the start for the one at its end, as Breeze
// does: where that passes, the step is taken as it is.
func (r *run) backtrack(first bool) error {
	start := bracket{0, r.at.value, dot(r.at.pseudo, r.dir)}
	c, shrink := bracket{step: 1}, 0.5
	if first {
		c.step, shrink = 0.5/norm(r.at.grad), 0.1
	}
	var err error
	if _, c.slope, err = r.try(c.step); err != nil {
		return err
	}
	c.value = r.at.plain
	for range halvings - 1 {
		switch {
		case c.value > start.value+c.step*start.slope*armijo:
			c.step *= shrink
		case c.slope < curvature*start.slope:
			c.step *= 2.1
		case c.slope > -curvature*start.slope:
			c.step *= shrink
		default:
			return nil
		}
		if c.step < underflow || c.step > 1/underflow {
			return errNoStep
		}
		if c.value, c.slope, err = r.try(c.step); err != nil {
			return err
		}
	}
	return nil
}
