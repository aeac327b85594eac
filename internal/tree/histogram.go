package tree

// A histogram holds, for each code of each column, the sums over a node's rows, in
// fixed point: a run of channels for each code. What the channels are is up to the
// criterion:
//
//	Gini, Entropy    weight of class 0, 1, ..., and the rows unless weights are counts
//	Variance         weighted target; weight and rows
//	Newton           gradient; hessian and rows
//
// where "and rows" means that the lower bits of a channel, as many as the number of all
// rows takes, count the rows: whole numbers that share a word are added at once. Where
// weights are counts, they are the rows.
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

// A pair are the channels of Variance and Newton.
type pair = [2]int64

// ordered holds the numbers of a node's rows, in the order of the rows: the channels, or
// of a classifier the class, the weight and, unless weights are counts, the rows.
type ordered struct {
	pairs   []pair
	values  []int64
	classes []int32
}

// four are the histograms of four columns of one byte. Columns are counted side by side
// since rows in a row often are in one bin, and an addition then has to wait for the one
// before.
type four [4][256]pair

func (t *four) add(codes *[4][]uint8, rows []int32, pairs []pair) {
	a, b, c, d := codes[0], codes[1], codes[2], codes[3]
	pairs = pairs[:len(rows)]
	for i, r := range rows {
		v := &pairs[i]
		x, y := v[0], v[1]
		p := &t[0][a[r]]
		p[0] += x
		p[1] += y
		p = &t[1][b[r]]
		p[0] += x
		p[1] += y
		p = &t[2][c[r]]
		p[0] += x
		p[1] += y
		p = &t[3][d[r]]
		p[0] += x
		p[1] += y
	}
}

func addPairs[T uint8 | uint16](hist []int64, codes []T, rows []int32, pairs []pair) {
	pairs = pairs[:len(rows)]
	for i, r := range rows {
		h := hist[2*int(codes[r]):]
		_ = h[1]
		h[0] += pairs[i][0]
		h[1] += pairs[i][1]
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
	default:
		addPairs(hist, codes, rows, o.pairs)
	}
}

func subtract(from, what []int64) {
	what = what[:len(from)]
	for i, x := range what {
		from[i] -= x
	}
}
