package tree

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFindCuts(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		name            string
		values, weights []float64
		bins            int
		want            []float64
	}{
		{"midpoints", []float64{3, 1, 2, 2}, nil, 4, []float64{1.5, 2.5}},
		{"constant", []float64{2, 2}, nil, 4, nil},
		{"nothing", nil, nil, 4, nil},
		{"missing is left out", []float64{nan, 1, inf, 2, -inf}, nil, 4, []float64{1.5}},
		{"0 and -0 are one", []float64{0, math.Copysign(0, -1), 1}, nil, 4, []float64{.5}},
		{"neighbours", []float64{1, math.Nextafter(1, 2)}, nil, 4, []float64{1}},
		{"huge", []float64{math.MaxFloat64, math.MaxFloat64 / 2}, nil, 4, []float64{math.MaxFloat64 * .75}},
		// By hand: 24 values in 4 bins, a stride of 6. The running counts are 19 20 21 22 23
		// 24: 19 is nearer to 6 than 20, 20 nearer to 12 than 21, 21 nearer to 18 than 22.
		{"one value of most rows", []float64{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 5, 6, 7}, nil, 4, []float64{2.5, 3.5, 4.5}},
		// By hand: 8 values in 4 bins, a stride of 2.
		{"strides", []float64{1, 2, 3, 4, 5, 6, 7, 8}, nil, 4, []float64{2.5, 4.5, 6.5}},
		// By hand: weight 12 in 3 bins, a stride of 4. The running weights are 6 7 8 12: 6 is
		// nearer to 4 than 7; 8 meets the next target, and 12 does not.
		{"weights", []float64{1, 2, 3, 4}, []float64{6, 1, 1, 4}, 3, []float64{1.5, 3.5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, FindCuts(tt.values, tt.weights, tt.bins)); diff != "" {
				t.Errorf("thresholds (-want +have):\n%s", diff)
			}
		})
	}
}

// A value is in the first bin whose threshold it does not exceed.
func TestBinOf(t *testing.T) {
	cuts := []float64{-1, 0, 2.5}
	for x, want := range map[float64]int{-5: 0, -1: 0, -0.5: 1, 0: 1, 1: 2, 2.5: 2, 3: 3} {
		if have := binOf(cuts, x); have != want {
			t.Errorf("%v: have bin %d, want %d", x, have, want)
		}
	}
}

func TestKeysKeepTheOrder(t *testing.T) {
	x := []float64{-math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, math.MaxFloat64, math.NaN()}
	for i := range x {
		if i > 0 && keyOf(x[i-1]) >= keyOf(x[i]) {
			t.Errorf("the key of %v is not below that of %v", x[i-1], x[i])
		}
		if have := keyOf(x[i]).number(); have != x[i] && have == have {
			t.Errorf("have %v of the key of %v", have, x[i])
		}
	}
	for _, inf := range []int{1, -1} {
		if keyOf(math.Inf(inf)) != missingKey {
			t.Error("an infinity is not missing")
		}
	}
}

// random makes a table with two numbers, one of them missing at times, a one-hot block of
// three, a category of five and a label, every row three times.
func random(seed uint64, rows int) dataset.Dataset {
	rng := rand.New(rand.NewPCG(seed, 1))
	a, b, c, y := make(dataset.Floats, rows), make(dataset.Floats, rows), make(dataset.Floats, rows), make(dataset.Floats, rows)
	codes := make([]int32, rows)
	for i := range rows {
		if i%3 > 0 {
			a[i], b[i], c[i], y[i], codes[i] = a[i-1], b[i-1], c[i-1], y[i-1], codes[i-1]
			continue
		}
		a[i], b[i], c[i] = rng.NormFloat64(), float64(rng.IntN(20)), float64(rng.IntN(5))
		codes[i] = int32(rng.IntN(4)) - 1
		y[i] = float64(btoi(a[i] > 0.3)) + float64(btoi(codes[i] == 2))*float64(btoi(c[i] == 1 || c[i] == 4))
		if rng.IntN(6) == 0 {
			a[i] = math.NaN()
		}
	}
	v, err := dataset.NewVectors(&dataset.Scalar{Values: a}, &dataset.OneHot{Codes: codes, Width: 3}, &dataset.Scalar{Values: b}, &dataset.Scalar{Values: c})
	if err != nil {
		panic(err)
	}
	dims := make([]dataset.Attr, 6)
	dims[5] = dataset.Attr{Scale: dataset.Nominal, Levels: 5}
	ds, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Vector, Size: 6, Dims: dims}, dataset.Field{Name: "y", Type: dataset.Float}), v, y)
	if err != nil {
		panic(err)
	}
	return ds
}

func grown(t *testing.T, ctx context.Context, d *Data, p Params) (*Ensemble, *Grower) {
	t.Helper()
	g, err := NewGrower(d, p)
	if err != nil {
		t.Fatal(err)
	}
	switch p.Criterion {
	case Variance:
		err = g.Fill(ctx, d.Labels, d.All())
	case Newton:
		ones := make([]float64, len(d.Labels))
		gradients := make([]float64, len(d.Labels))
		for i, y := range d.Labels {
			ones[i], gradients[i] = 1, -y
		}
		err = g.FillNewton(ctx, gradients, ones, d.All())
	default:
		classes := make([]int32, len(d.Labels))
		for i, y := range d.Labels {
			classes[i] = int32(y)
		}
		g.FillClasses(classes, d.All())
	}
	if err == nil {
		err = g.Grow(ctx)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, _ := g.Harvest()
	if err := e.Check(); err != nil {
		t.Fatal(err)
	}
	return e, g
}

var allParams = map[string]Params{
	"gini":     {Criterion: Gini, Classes: 3, MaxDepth: 8, MinRows: 1, Unordered: 5},
	"entropy":  {Criterion: Entropy, Classes: 3, MaxDepth: 8, MinRows: 1},
	"variance": {Criterion: Variance, MaxDepth: 8, MinRows: 1},
	"newton":   {Criterion: Newton, MaxDepth: 8, MinRows: 1, Lambda: 1},
	"leaves":   {Criterion: Variance, MaxDepth: 30, MinRows: 1, MaxLeaves: 7},
	"subset":   {Criterion: Gini, Classes: 3, MaxDepth: 8, MinRows: 1, Subset: 2, Seed: 3},
}

// Each node holds what its rows say: walking the rows through the tree by its thresholds
// and sets, one comparison at a time, gives the counts of the nodes and the leaves of
// the Scorer, and the groups fall into the same leaves by their codes.
func TestTreesHoldTheirRows(t *testing.T) {
	const rows = 900
	ds := random(1, rows)
	d, err := Load(t.Context(), ds, Columns{Features: "x", Label: "y"}, Options{MaxBins: 16})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Labels) > rows/3 {
		t.Errorf("have %d groups of %d rows that come in threes", len(d.Labels), rows)
	}
	x, err := dataset.Rows(t.Context(), ds, "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range allParams {
		t.Run(name, func(t *testing.T) {
			e, g := grown(t, t.Context(), d, p)
			counts := make([]int64, len(e.Dims))
			want := make([]int32, rows)
			for i, row := range x {
				want[i] = walkSlowly(e, row, counts)
			}
			if diff := cmp.Diff(e.Counts, counts); diff != "" {
				t.Errorf("rows of the nodes (-tree +walk):\n%s", diff)
			}
			for c, err := range dataset.Chunks(t.Context(), ds) {
				if err != nil {
					t.Fatal(err)
				}
				v, _ := dataset.Get[*dataset.Vectors](c, "x")
				NewBatch(NewScorer(e), v).Each(0, v.Len(), func(row, _ int, leaf int32) {
					if leaf != want[row] {
						t.Fatalf("row %d: have leaf %d, want %d", row, leaf, want[row])
					}
				})
				one := NewBatch(NewScorer(e), c.Slice(7, 8).Column(0).(*dataset.Vectors))
				one.Each(0, 1, func(_, _ int, leaf int32) {
					if leaf != want[7] {
						t.Errorf("row 7 alone: have leaf %d, want %d", leaf, want[7])
					}
				})
			}
			for i := range rows {
				if have := g.LeafOf(d.groups[i]); have != int(want[i]) {
					t.Fatalf("row %d: have leaf %d by codes, want %d", i, have, want[i])
				}
			}
		})
	}
}

func walkSlowly(e *Ensemble, row []float64, counts []int64) int32 {
	i := int32(0)
	for {
		counts[i]++
		dim := e.Dims[i]
		if dim < 0 {
			return e.Rights[i]
		}
		left := row[dim] <= e.Thresholds[i]
		if e.levels(dim) > 0 {
			left = e.Words[e.Sets[i]]>>int(row[dim])&1 == 1
		}
		if math.IsNaN(row[dim]) {
			left = e.MissingLeft[i]
		}
		if left {
			i++
		} else {
			i = e.Rights[i]
		}
	}
}

// The best split of the root, searched for by trying every threshold with the textbook
// formula on the raw numbers.
func TestRootSplitIsTheBest(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	const rows, dim = 80, 3
	x, y := make([]float64, rows*dim), make(dataset.Floats, rows)
	for i := range y {
		for j := range dim {
			x[i*dim+j] = rng.NormFloat64()
		}
		y[i] = x[i*dim+1] + rng.NormFloat64()
	}
	v, _ := dataset.NewDense(dim, x)
	ds, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Vector, Size: dim}, dataset.Field{Name: "y", Type: dataset.Float}), v, y)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Load(t.Context(), ds, Columns{Features: "x", Label: "y"}, Options{MaxBins: rows})
	if err != nil {
		t.Fatal(err)
	}
	e, _ := grown(t, t.Context(), d, Params{Criterion: Variance, MaxDepth: 1, MinRows: 1})
	best, bestDim := 0.0, 0
	for j := range dim {
		for k := range rows {
			var left, right []float64
			for i := range rows {
				if x[i*dim+j] <= x[k*dim+j] {
					left = append(left, y[i])
				} else {
					right = append(right, y[i])
				}
			}
			gain := varianceOf(y) - (float64(len(left))*varianceOf(left)+float64(len(right))*varianceOf(right))/rows
			if len(right) > 0 && gain > best {
				best, bestDim = gain, j
			}
		}
	}
	if math.Abs(e.Gains[0]-best) > 1e-12 || int(e.Dims[0]) != bestDim {
		t.Errorf("have gain %v in dimension %d, want %v in %d", e.Gains[0], e.Dims[0], best, bestDim)
	}
}

func varianceOf(y []float64) float64 {
	mean, sum := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range y {
		sum += (v - mean) * (v - mean)
	}
	return sum / max(float64(len(y)), 1)
}

// Workers, blocks of rows and columns counted four by four give the same bits.
func TestWorkersGiveTheSameTree(t *testing.T) {
	ds := random(2, 6*blockRows)
	for name, p := range allParams {
		var want *Ensemble
		for _, workers := range []int{1, 3} {
			ctx := fold.WithWorkers(t.Context(), workers)
			d, err := Load(ctx, ds, Columns{Features: "x", Label: "y"}, Options{MaxBins: 64})
			if err != nil {
				t.Fatal(err)
			}
			e, _ := grown(t, ctx, d, p)
			if want == nil {
				want = e
			} else if diff := cmp.Diff(want, e); diff != "" {
				t.Errorf("%s: with %d workers (-1 worker):\n%s", name, workers, diff)
			}
		}
	}
}

// Where rows are alike, one group of many rows is learned from as the rows themselves.
func TestGroupsAreRows(t *testing.T) {
	ds := random(3, 600)
	d, err := Load(t.Context(), ds, Columns{Features: "x", Label: "y"}, Options{MaxBins: 16})
	if err != nil {
		t.Fatal(err)
	}
	single := *d
	single.groups = nil
	single.narrow = make([][]uint8, len(d.narrow))
	single.Labels, single.Weights, single.Counts = nil, nil, nil
	for _, g := range d.groups {
		single.Labels, single.Weights, single.Counts = append(single.Labels, d.Labels[g]), append(single.Weights, 1), append(single.Counts, 1)
		for c := range d.narrow {
			single.narrow[c] = append(single.narrow[c], d.narrow[c][g])
		}
	}
	for name, p := range allParams {
		a, _ := grown(t, t.Context(), d, p)
		b, _ := grown(t, t.Context(), &single, p)
		a.Impurities, b.Impurities = nil, nil // sums of floats in another order
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s (-groups +rows):\n%s", name, diff)
		}
	}
}

// More bins than a byte holds take two, and give what fewer bins give where there are no
// more values.
func TestWideCodes(t *testing.T) {
	ds := random(5, 3000)
	d, err := Load(t.Context(), ds, Columns{Features: "x", Label: "y"}, Options{MaxBins: 2000})
	if err != nil {
		t.Fatal(err)
	}
	if d.wide[0] == nil || d.narrow[0] != nil {
		t.Fatalf("have codes of one byte for %d bins", d.Bins[0])
	}
	e, _ := grown(t, t.Context(), d, allParams["variance"])
	counts := make([]int64, len(e.Dims))
	x, err := dataset.Rows(t.Context(), ds, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range x {
		walkSlowly(e, row, counts)
	}
	if diff := cmp.Diff(e.Counts, counts); diff != "" {
		t.Errorf("rows of the nodes (-tree +walk):\n%s", diff)
	}
}

// A sample of a large table depends on the rows alone, not on the cut into parts.
func TestSampleOfALargeTable(t *testing.T) {
	const rows = 3 * leastSample
	x := make([]float64, rows)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	table := dataset.Vec("x", 1, x...)
	var want *sketch
	for _, most := range []int{leastSample, 500} {
		for _, parts := range []int{1, 4} {
			var cut [][]dataset.Chunk
			for c := range dataset.Chunks(t.Context(), table) {
				if len(cut) == 0 || len(cut[len(cut)-1])*parts > rows/dataset.ChunkRows {
					cut = append(cut, nil)
				}
				cut[len(cut)-1] = append(cut[len(cut)-1], c)
			}
			a := sketcher{Columns: Columns{Features: "x", Label: "x"}, Most: most, Seed: 7, Before: []int64{0}}
			s := a.Zero()
			row := int64(0)
			for _, part := range cut {
				own := a.Zero()
				for _, c := range part {
					c, err := dataset.NewChunk(dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Vector, Size: 1}), dataset.Origin{First: row}, c.Column(0))
					if err != nil {
						t.Fatal(err)
					}
					row += int64(c.Rows())
					label := make(dataset.Floats, c.Rows())
					if c, err = c.With(dataset.Field{Name: "y", Type: dataset.Float}, label); err != nil {
						t.Fatal(err)
					}
					a.Columns.Label = "y"
					if own, err = a.Add(own, c); err != nil {
						t.Fatal(err)
					}
				}
				var err error
				if s, err = a.Merge(s, own); err != nil {
					t.Fatal(err)
				}
			}
			if len(s.Hashes) > most || len(s.Hashes) < most/3 || s.Rows != rows {
				t.Errorf("have a sample of %d of %d rows, want %d to %d of %d", len(s.Hashes), s.Rows, most/3, most, rows)
			}
			if parts == 1 {
				want = s
			} else if !slices.Equal(want.Values, s.Values) {
				t.Errorf("have another sample from %d parts than from one", parts)
			}
		}
	}
}

// Whatever a file says, an ensemble that passes Check can be walked, dumped and joined.
func TestCheckRefusesWhatCannotBeWalked(t *testing.T) {
	d, err := Load(t.Context(), random(6, 300), Columns{Features: "x", Label: "y"}, Options{MaxBins: 16})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(e *Ensemble){
		"dimension":        func(e *Ensemble) { e.Dims[0] = 6 },
		"negative":         func(e *Ensemble) { e.Dims[0] = -2 },
		"right before":     func(e *Ensemble) { e.Rights[0] = 0 },
		"right beyond":     func(e *Ensemble) { e.Rights[0] = int32(len(e.Dims)) },
		"right is left":    func(e *Ensemble) { e.Rights[0] = 1 },
		"last not a leaf":  func(e *Ensemble) { e.Dims[len(e.Dims)-1] = 0 },
		"short list":       func(e *Ensemble) { e.Gains = e.Gains[1:] },
		"no trees":         func(e *Ensemble) { e.Starts = nil },
		"empty tree":       func(e *Ensemble) { e.Starts = append([]int32{0}, e.Starts...) },
		"falling starts":   func(e *Ensemble) { e.Starts[1]-- },
		"leaf beyond":      func(e *Ensemble) { e.Values = e.Values[:e.Width] },
		"ragged values":    func(e *Ensemble) { e.Values = e.Values[1:] },
		"width":            func(e *Ensemble) { e.Width = 0 },
		"levels":           func(e *Ensemble) { e.Levels = e.Levels[1:] },
		"negative levels":  func(e *Ensemble) { e.Levels[0] = -1 },
		"set beyond":       func(e *Ensemble) { e.Words = nil },
		"set of a number":  func(e *Ensemble) { e.Sets[slices.Index(e.Dims, 0)] = 0 },
		"category without": func(e *Ensemble) { e.Sets[slices.Index(e.Dims, 5)] = -1 },
	} {
		e, _ := grown(t, t.Context(), d, allParams["gini"])
		e.Levels = slices.Clone(e.Levels) // which are those of d
		change(e)
		if e.Check() == nil {
			t.Errorf("%s: have no error", name)
		}
	}
}

// Joining trees and cutting them off again gives the trees.
func TestAppendAndHead(t *testing.T) {
	d, err := Load(t.Context(), random(7, 300), Columns{Features: "x", Label: "y"}, Options{MaxBins: 16})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := grown(t, t.Context(), d, allParams["variance"])
	b, _ := grown(t, t.Context(), d, allParams["leaves"])
	var all Ensemble
	for _, e := range []*Ensemble{a, b, a} {
		all.Append(e)
		if err := all.Check(); err != nil {
			t.Fatal(err)
		}
	}
	if all.Trees() != 3 || all.Depth(1) != b.Depth(0) {
		t.Errorf("have %d trees, the second of depth %d, want 3 and %d", all.Trees(), all.Depth(1), b.Depth(0))
	}
	all.Head(1)
	first, _ := grown(t, t.Context(), d, allParams["variance"])
	if diff := cmp.Diff(first, &all); diff != "" {
		t.Errorf("the first tree (-alone +of three):\n%s", diff)
	}
}

func TestTooManyClasses(t *testing.T) {
	d, err := Load(t.Context(), random(8, 30), Columns{Features: "x", Label: "y"}, Options{MaxBins: 16})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewGrower(d, Params{Criterion: Gini, Classes: 1 << 26}); err == nil {
		t.Error("have no error for a histogram of gigabytes")
	}
}

func TestInParallelStopsAtAnError(t *testing.T) {
	broken := errors.New("broken")
	for _, workers := range []int{1, 4} {
		err := InParallel(fold.WithWorkers(t.Context(), workers), 100, func(task int) error {
			if task == 17 {
				return broken
			}
			return nil
		})
		if !errors.Is(err, broken) {
			t.Errorf("%d workers: have %v, want %v", workers, err, broken)
		}
	}
}
