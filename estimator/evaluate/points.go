package evaluate

import (
	"cmp"
	"slices"
)

// A point is the weight of the rows of each class that have one score.
type point struct{ Score, Positive, Negative float64 }

// plus adds the rows of other, whatever their score.
func (p *point) plus(other point) {
	p.Positive += other.Positive
	p.Negative += other.Negative
}

// points collects scores. Sorted has distinct scores from high to low; Pending has
// rows that are not among them yet.
type points struct{ Sorted, Pending []point }

// most is how many rows wait at least before they are sorted.
const most = 1 << 14

func (p *points) add(at point) {
	if len(p.Pending) >= max(most, len(p.Sorted)) {
		p.settle()
	}
	p.Pending = append(p.Pending, at)
}

func (p *points) merge(other *points) {
	p.settle()
	other.settle()
	p.Sorted = union(p.Sorted, other.Sorted)
}

// settle moves Pending into Sorted.
func (p *points) settle() {
	slices.SortFunc(p.Pending, func(a, b point) int { return cmp.Compare(b.Score, a.Score) })
	n := 0
	for _, at := range p.Pending {
		n = put(p.Pending, n, at)
	}
	p.Sorted = union(p.Sorted, p.Pending[:n])
	p.Pending = p.Pending[:0]
}

// union merges two sorted lists of distinct scores.
func union(a, b []point) []point {
	if len(a) == 0 {
		return slices.Clone(b)
	}
	out, n := make([]point, len(a)+len(b)), 0
	for len(a) > 0 || len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && b[0].Score > a[0].Score {
			from = &b
		}
		n = put(out, n, (*from)[0])
		*from = (*from)[1:]
	}
	return out[:n]
}

// put adds at to the n points of list, whose scores are not below its own, and
// returns how many there are then.
func put(list []point, n int, at point) int {
	if n > 0 && list[n-1].Score == at.Score {
		list[n-1].plus(at)
		return n
	}
	list[n] = at
	return n + 1
}

// binned joins each run of len(points)/bins neighbours to one point, which has the
// highest score of them.
func binned(sorted []point, bins int) []point {
	if bins == 0 || len(sorted)/bins < 2 {
		return sorted
	}
	var out []point
	for run := range slices.Chunk(sorted, len(sorted)/bins) {
		at := run[0]
		for _, next := range run[1:] {
			at.plus(next)
		}
		out = append(out, at)
	}
	return out
}
