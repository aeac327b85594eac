package dataset

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/internal/rng"
)

// Split cuts ds at random into one dataset for each weight. It decides for each
// row alone, from the seed and the number i, from 0, of the row's record in the
// source of ds, over all parts: the row goes to the first piece k with
//
//	u(i) < (w_0 + ... + w_k) / (sum of all w)
//
// where u(i), in [0, 1), is output i of the generator SplitMix64 started at seed,
// its upper 53 bits. So a row goes to the same piece for any number of parts and
// workers, whatever rows were taken out before, and a piece that is split once
// more needs another seed. The pieces read ds when they are read; the rows of the
// other pieces count as filtered. The records of the parts are counted once, when
// it is needed.
//
// Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators,
// OOPSLA 2014, section 5 (the finalizer is variant 13 of Stafford).
func Split(ds Dataset, seed uint64, weights ...float64) ([]Dataset, error) {
	if len(weights) == 0 {
		return nil, errors.New("have no weights, want at least one")
	}
	total := 0.0
	var errs []error
	for k, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			errs = append(errs, fmt.Errorf("weight %d is %v, want a finite number of at least 0", k, w))
		}
		total += w
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if total == 0 || math.IsInf(total, 0) {
		return nil, fmt.Errorf("the weights add up to %v, want a finite number above 0", total)
	}
	rows := newRowNumbers(ds)
	pieces := make([]Dataset, len(weights))
	sum, from := 0.0, 0.0
	for k, w := range weights {
		sum += w
		to := sum / total
		pieces[k] = &piece{over{ds}, rows, seed, from, to}
		from = to
	}
	return pieces, nil
}

// A piece holds the rows with from <= u < to.
type piece struct {
	over
	rows     *rowNumbers
	seed     uint64
	from, to float64
}

func (p *piece) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return p.rows.read(ctx, p.Dataset, part, func(c Chunk, start int64) (Chunk, error) {
		keep := make([]int32, 0, c.rows)
		for i := range c.rows {
			if u := rng.Uniform(p.seed, uint64(start+c.origin.Row(i))); p.from <= u && u < p.to {
				keep = append(keep, int32(i))
			}
		}
		return c.Filter(slices.Clip(keep)), nil
	})
}

// Select selects from the source; rows go to the same piece.
func (p *piece) Select(names ...string) (Dataset, error) {
	ds, err := Select(p.Dataset, names...)
	if err != nil {
		return nil, err
	}
	return &piece{over{ds}, p.rows, p.seed, p.from, p.to}, nil
}
