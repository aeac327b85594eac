package estimator

import (
	"context"
	"errors"

	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/tree"
)

// forest says how the trees of a forest grow.
type forest struct {
	growth  growth
	trees   int
	subset  string
	auto    string // what subset "auto" means with more than one tree
	rate    float64
	replace bool
	seed    uint64
}

func (f forest) check() error {
	_, err := subset(f.subset, f.auto, 1)
	return errors.Join(f.growth.check(), check.AtLeast("NumTrees", f.trees, 1), checkRate(f.rate), err)
}

// grow grows the trees. Fill gives a grower the rows of its tree.
func (f forest) grow(ctx context.Context, d *tree.Data, p tree.Params, fill func(context.Context, *tree.Grower, tree.Sample) error) (*tree.Ensemble, error) {
	auto := f.auto
	if f.trees == 1 {
		auto = "all"
	}
	var err error
	if p.Subset, err = subset(f.subset, auto, d.Dim); err != nil {
		return nil, err
	}
	rows := newBag(f.seed, f.rate, f.replace)
	return growEach(ctx, d, f.trees, func(t int) tree.Params {
		own := p
		own.Seed = treeSeed(f.seed, t)
		return own
	}, func(ctx context.Context, t int, g *tree.Grower) error {
		return fill(ctx, g, rows.draw(d, t, new(tree.Sample)))
	})
}
