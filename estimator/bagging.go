package estimator

import (
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/internal/rng"
	"github.com/millrace-ml/millrace/internal/tree"
)

// bag says how a forest draws the rows of its trees: each row alone, by the number
// u in [0, 1) that seed, tree and row give.
type bag struct {
	seed    uint64
	rate    float64
	replace bool

	poisson []float64 // of drawing at most 0, 1, ... times
}

func newBag(seed uint64, rate float64, replace bool) bag {
	b := bag{seed: seed, rate: rate, replace: replace}
	p, sum := math.Exp(-rate), 0.0
	for k := 1; k < 64 && sum < 1-0x1p-53; k++ {
		sum += p
		b.poisson = append(b.poisson, sum)
		p *= rate / float64(k)
	}
	return b
}

// checkRate wants a share of the rows.
func checkRate(rate float64) error {
	if rate > 0 && rate <= 1 {
		return nil
	}
	return fmt.Errorf("SubsamplingRate is %v, want above 0 and at most 1", rate)
}

// all reports whether each row counts once.
func (b bag) all() bool { return !b.replace && b.rate == 1 }

// draw draws the rows of tree t into s, or returns the sample of all.
func (b bag) draw(d *tree.Data, t int, s *tree.Sample) tree.Sample {
	if b.all() {
		return d.All()
	}
	stream := rng.Mix(b.seed + rng.Mix(uint64(t)+1))
	if !b.replace {
		d.Draw(s, func(row int) int32 {
			if rng.Uniform(stream, uint64(row)) < b.rate {
				return 1
			}
			return 0
		})
		return *s
	}
	d.Draw(s, func(row int) int32 {
		u := rng.Uniform(stream, uint64(row))
		k := int32(0)
		for int(k) < len(b.poisson) && u >= b.poisson[k] {
			k++
		}
		return k
	})
	return *s
}

// treeSeed is the seed of what tree t draws.
func treeSeed(seed uint64, t int) uint64 { return rng.Mix(seed ^ rng.Mix(uint64(t)+0x7265)) }
