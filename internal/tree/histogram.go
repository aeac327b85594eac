package tree

// A histogram holds, for each code of each column, the sums over a node's rows, in
// fixed point: a run of channels for each code. What the channels are is up to the
// criterion:
//
//	Gini, Entropy    weight of class 0, 1, ..., and the rows unless weights are counts
//	Variance         weighted target, weight, and the rows unless weights are counts
//	Newton           gradient, hessian, rows
//
// shape is what its parts have in common.
type shape struct {
	channels int
	starts   []int // place of each column's first code, in codes; and the end
}

func newShape(channels int, bins []int) shape {
	s := shape{channels: channels, starts: make([]int, len(bins)+1)}
	for c, n := range bins {
		s.starts[c+1] = s.starts[c] + n
	}
	return s
}

func (s shape) size() int { return s.starts[len(s.starts)-1] * s.channels }

// column cuts out what belongs to a column.
func (s shape) column(hist []int64, c int) []int64 {
	return hist[s.starts[c]*s.channels : s.starts[c+1]*s.channels]
}

// ordered holds the numbers of a node's rows, in the order of the rows: all channels of
// a row, or of a classifier the class, the weight and, unless weights are counts, the
// number of rows.
type ordered struct {
	values  []int64
	classes []int32
}

func addTwo[T uint8 | uint16](hist []int64, codes []T, rows []int32, values []int64) {
	values = values[:2*len(rows)]
	for i, r := range rows {
		h := hist[2*int(codes[r]):]
		v := values[2*i : 2*i+2]
		_ = h[1]
		h[0] += v[0]
		h[1] += v[1]
	}
}

func addThree[T uint8 | uint16](hist []int64, codes []T, rows []int32, values []int64) {
	values = values[:3*len(rows)]
	for i, r := range rows {
		h := hist[3*int(codes[r]):]
		v := values[3*i : 3*i+3]
		_ = h[2]
		h[0] += v[0]
		h[1] += v[1]
		h[2] += v[2]
	}
}

func addClass[T uint8 | uint16](hist []int64, codes []T, rows []int32, classes []int32, weights []int64, channels int) {
	classes, weights = classes[:len(rows)], weights[:len(rows)]
	for i, r := range rows {
		hist[int(codes[r])*channels+int(classes[i])] += weights[i]
	}
}

func addClassAndCount[T uint8 | uint16](hist []int64, codes []T, rows []int32, classes []int32, values []int64, channels int) {
	classes, values = classes[:len(rows)], values[:2*len(rows)]
	for i, r := range rows {
		h := hist[int(codes[r])*channels : (int(codes[r])+1)*channels]
		h[classes[i]] += values[2*i]
		h[channels-1] += values[2*i+1]
	}
}

// add counts the rows into the histogram of one column, which must be cleared before.
func add[T uint8 | uint16](hist []int64, codes []T, rows []int32, o *ordered, channels int, exact bool) {
	switch {
	case o.classes != nil && exact:
		addClass(hist, codes, rows, o.classes, o.values, channels)
	case o.classes != nil:
		addClassAndCount(hist, codes, rows, o.classes, o.values, channels)
	case channels == 2:
		addTwo(hist, codes, rows, o.values)
	default:
		addThree(hist, codes, rows, o.values)
	}
}

func subtract(from, what []int64) {
	what = what[:len(from)]
	for i, x := range what {
		from[i] -= x
	}
}
