package optimize

import "math"

// A history holds the last steps s and the changes y of the gradient over them, the
// newest first.
type history struct {
	steps, changes [][]float64
	used           int
	share          [memory]float64
}

func newHistory(n int) *history {
	h := &history{}
	for range memory {
		h.steps = append(h.steps, make([]float64, n))
		h.changes = append(h.changes, make([]float64, n))
	}
	return h
}

func (h *history) clear() { h.used = 0 }

func (h *history) push(from, to *point) {
	rotate(h.steps)
	rotate(h.changes)
	for j, x := range to.x {
		h.steps[0][j] = x - from.x[j]
		h.changes[0][j] = to.grad[j] - from.grad[j]
	}
	h.used = min(h.used+1, memory)
}

// rotate makes the last place the first.
func rotate(list [][]float64) {
	last := list[len(list)-1]
	copy(list[1:], list)
	list[0] = last
}

// direction sets dir to -H grad, where H approximates the inverse of the Hessian:
// Nocedal and Wright, Numerical Optimization, 2nd edition, algorithm 7.4.
func (h *history) direction(dir, grad []float64) error {
	copy(dir, grad)
	scale := 1.
	if h.used > 0 {
		sy := dot(h.steps[0], h.changes[0])
		if !(sy >= 0) {
			return errNoStep
		}
		scale = sy / dot(h.changes[0], h.changes[0])
	}
	for i := range h.used {
		h.share[i] = dot(h.steps[i], dir) / dot(h.steps[i], h.changes[i])
		if math.IsNaN(h.share[i]) {
			return errNoStep
		}
		add(dir, -h.share[i], h.changes[i])
	}
	for j := range dir {
		dir[j] *= scale
	}
	for i := h.used - 1; i >= 0; i-- {
		beta := dot(h.changes[i], dir) / dot(h.steps[i], h.changes[i])
		add(dir, h.share[i]-beta, h.steps[i])
	}
	for j := range dir {
		dir[j] = -dir[j]
	}
	return nil
}

func add(dst []float64, a float64, x []float64) {
	for j, v := range x {
		dst[j] += float64(a * v)
	}
}
