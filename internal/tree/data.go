package tree

import (
	"context"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// Data is a table of codes in memory. Rows with the same codes and the same label are
// one group.
type Data struct {
	Dim      int
	Levels   []int32 // categories of each dimension, 0 = a number; nil = all are numbers
	Features []Feature
	Bins     []int // codes of each column

	narrow [][]uint8 // column by column; nil where it is wide
	wide   [][]uint16

	Rows    int       // that were read
	Labels  []float64 // of each group
	Weights []int64   // of each group: the sum over its rows, in units of Unit
	Counts  []int32   // rows of each group
	Held    []bool    // groups that are held out; nil = none
	Unit    float64   // what 1 in Weights stands for, a power of 2
	Exact   bool      // weights are counts

	groups     []int32 // group of each row; nil = row i is group i
	rowWeights []int64 // nil with Exact
}

// Options say how rows become codes.
type Options struct {
	MaxBins int // of a dimension, at least 2
	Seed    uint64
}

// Bins of a large table are chosen from so many rows at least, and with many bins so
// many at most. A sample is of more than half the number.
const (
	leastSample = 20000
	mostSample  = 60000
)

// Load reads ds. Labels and weights must have been checked.
func Load(ctx context.Context, ds dataset.Dataset, cols Columns, o Options) (*Data, error) {
	field, err := ds.Schema().Want(cols.Features, dataset.Vector)
	if err != nil {
		return nil, err
	}
	levels := levelsOf(field)
	sample, plain, err := sketchRows(ctx, ds, cols, levels, o.Seed, max(leastSample, min(2*o.MaxBins*o.MaxBins, mostSample)))
	if err != nil {
		return nil, err
	}
	bins := int(min(int64(o.MaxBins), max(sample.Rows, 2)))
	if err := checkLevels(cols.Features, levels, bins); err != nil {
		return nil, err
	}
	if levels != nil && len(levels) != sample.Dim {
		return nil, fmt.Errorf("column %q: have %d dimensions, want %d as in the schema", cols.Features, sample.Dim, len(levels))
	}
	d := &Data{Dim: sample.Dim, Levels: levels, Features: sample.features(levels, bins)}
	if d.Dim == 0 {
		return nil, fmt.Errorf("column %q: have vectors of size 0, want at least 1", cols.Features)
	}
	c := coder{Columns: cols, Plain: plain, Levels: levels, Spans: sample.Spans, Features: d.Features}
	for _, s := range sample.Spans {
		if column := c.column(s); column >= 0 {
			n := s.Width + 1
			if s.Width == 1 {
				n = d.Features[s.First].bins()
			}
			c.Bins = append(c.Bins, n)
		}
	}
	d.Bins = c.Bins
	pieces, err := fold.Run(ctx, ds, c)
	if err != nil {
		return nil, err
	}
	if err := d.join(ctx, pieces); err != nil {
		return nil, err
	}
	return d, d.group(ctx)
}

// join puts the pieces one after another.
func (d *Data) join(ctx context.Context, pieces []piece) error {
	for _, p := range pieces {
		d.Rows += p.Rows
	}
	if d.Rows > math.MaxInt32-1 {
		return fmt.Errorf("have %d rows, want at most %d", d.Rows, math.MaxInt32-1)
	}
	d.Labels = make([]float64, 0, d.Rows)
	var weights []float64
	for _, p := range pieces {
		d.Labels = append(d.Labels, p.Labels...)
		weights = append(weights, p.Weights...)
		d.Held = append(d.Held, p.Held...)
	}
	d.weigh(weights)
	d.narrow, d.wide = make([][]uint8, len(d.Bins)), make([][]uint16, len(d.Bins))
	place := make([]int, len(d.Bins))
	var ofNarrow, ofWide int
	for c, bins := range d.Bins {
		if bins <= 256 {
			place[c], ofNarrow = ofNarrow, ofNarrow+1
		} else {
			place[c], ofWide = ofWide, ofWide+1
		}
	}
	return InParallel(ctx, len(d.Bins), func(c int) error {
		if k := place[c]; d.Bins[c] <= 256 {
			d.narrow[c] = make([]uint8, 0, d.Rows)
			for _, p := range pieces {
				d.narrow[c] = append(d.narrow[c], p.Narrow[k*p.Rows:(k+1)*p.Rows]...)
			}
		} else {
			d.wide[c] = make([]uint16, 0, d.Rows)
			for _, p := range pieces {
				d.wide[c] = append(d.wide[c], p.Wide[k*p.Rows:(k+1)*p.Rows]...)
			}
		}
		return nil
	})
}

// weigh makes the weights whole multiples of Unit, which is so small that their sum is
// below 2^61.
func (d *Data) weigh(weights []float64) {
	d.Counts = make([]int32, d.Rows)
	for i := range d.Counts {
		d.Counts[i] = 1
	}
	d.Weights = make([]int64, d.Rows)
	if weights == nil {
		d.Unit, d.Exact = 1, true
		for i := range d.Weights {
			d.Weights[i] = 1
		}
		return
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	d.Unit = unit(sum, 61)
	for i, w := range weights {
		d.Weights[i] = int64(math.RoundToEven(w / d.Unit))
	}
	d.rowWeights = d.Weights
}

// unit returns the power of 2 of which a sum of up to sum is less than 2^bits multiples.
func unit(sum float64, bits int) float64 {
	_, e := math.Frexp(sum)
	return math.Ldexp(1, min(max(e-bits, -1000), 900))
}

// TotalWeight returns the weight and the number of the rows that are not held out.
func (d *Data) TotalWeight() (weight float64, rows int) {
	var sum int64
	for g, w := range d.Weights {
		if d.Held == nil || !d.Held[g] {
			sum += w
			rows += int(d.Counts[g])
		}
	}
	return float64(sum) * d.Unit, rows
}
