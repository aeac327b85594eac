package estimator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/tree"
)

// Impurity is what the split of a classifier's node is to make small.
type Impurity uint8

const (
	Gini    Impurity = iota // sum over classes of p (1-p)
	Entropy                 // sum over classes of -p log2 p
)

var impurityNames = []string{"Gini", "Entropy"}

// String returns the name of the constant.
func (i Impurity) String() string { return check.Name(impurityNames, i) }

// MarshalText gives the name of the constant, as saved models hold it.
func (i Impurity) MarshalText() ([]byte, error) { return check.MarshalName(impurityNames, i) }

// UnmarshalText reads what MarshalText gives.
func (i *Impurity) UnmarshalText(text []byte) (err error) {
	*i, err = check.ParseName[Impurity](impurityNames, text)
	return err
}

// deepest is the largest MaxDepth, as Spark has it.
const deepest = 30

// growth are the parameters that all trees share.
type growth struct {
	depth, bins, rows int
	fraction, gain    float64
}

func (g growth) check() error {
	errs := []error{
		check.AtLeast("MaxDepth", g.depth, 0),
		check.AtLeast("MaxBins", g.bins, 2),
		check.AtLeast("MinInstancesPerNode", g.rows, 1),
		check.AtLeast("MinInfoGain", g.gain, 0),
	}
	if g.depth > deepest {
		errs = append(errs, fmt.Errorf("MaxDepth is %d, want at most %d", g.depth, deepest))
	}
	if g.bins > math.MaxUint16-1 {
		errs = append(errs, fmt.Errorf("MaxBins is %d, want at most %d", g.bins, math.MaxUint16-1))
	}
	if !(g.fraction >= 0 && g.fraction < 0.5) {
		errs = append(errs, fmt.Errorf("MinWeightFractionPerNode is %v, want at least 0 and below 0.5", g.fraction))
	}
	return errors.Join(errs...)
}

// params are those of a tree on d.
func (g growth) params(d *tree.Data) tree.Params {
	weight, _ := d.TotalWeight()
	return tree.Params{MaxDepth: g.depth, MinRows: g.rows, MinGain: g.gain, MinWeight: g.fraction * weight}
}

// classes are the parameters of classifying trees.
func (g growth) classes(d *tree.Data, impurity Impurity, classes int) tree.Params {
	p := g.params(d)
	_, rows := d.TotalWeight()
	p.Criterion, p.Classes, p.Prune = tree.Gini, classes, true
	if impurity == Entropy {
		p.Criterion = tree.Entropy
	}
	p.Unordered = tree.MaxUnordered(g.bins, rows, classes)
	return p
}

// variance are the parameters of trees that predict the mean.
func (g growth) variance(d *tree.Data) tree.Params {
	p := g.params(d)
	p.Criterion = tree.Variance
	return p
}

// subset resolves a FeatureSubsetStrategy to a number of dim dimensions, 0 = all; auto
// is what the strategy "auto" means.
func subset(strategy, auto string, dim int) (int, error) {
	if strategy == "auto" {
		strategy = auto
	}
	n := float64(dim)
	switch strategy {
	case "all":
		return 0, nil
	case "sqrt":
		n = math.Ceil(math.Sqrt(n))
	case "log2":
		n = max(1, math.Ceil(math.Log2(n)))
	case "onethird":
		n = math.Ceil(n / 3)
	default:
		if k, err := strconv.Atoi(strategy); err == nil && k >= 1 {
			n = min(n, float64(k))
			break
		}
		share, err := strconv.ParseFloat(strategy, 64)
		if err != nil || !(share > 0 && share <= 1) {
			return 0, fmt.Errorf("FeatureSubsetStrategy is %q, want auto, all, sqrt, log2, onethird, a whole number above 0 or a share above 0 and at most 1", strategy)
		}
		n = math.Ceil(share * n)
	}
	if int(n) >= dim {
		return 0, nil
	}
	return int(n), nil
}

// classNumbers makes the labels of groups numbers of classes.
func classNumbers(labels []float64) []int32 {
	out := make([]int32, len(labels))
	for i, y := range labels {
		out[i] = int32(y)
	}
	return out
}

// growEach grows n trees, each by one worker, and joins them in order. Fill prepares
// the grower for tree t.
func growEach(ctx context.Context, d *tree.Data, n int, params func(t int) tree.Params, fill func(ctx context.Context, t int, g *tree.Grower) error) (*tree.Ensemble, error) {
	grown := make([]*tree.Ensemble, n)
	inner := ctx
	if n > 1 {
		inner = fold.WithWorkers(ctx, 1)
	}
	err := tree.InParallel(ctx, n, func(t int) error {
		g, err := tree.NewGrower(d, params(t))
		if err != nil {
			return err
		}
		if err := fill(inner, t, g); err != nil {
			return err
		}
		if err := g.Grow(inner); err != nil {
			return err
		}
		grown[t], _ = g.Harvest()
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := &tree.Ensemble{}
	for _, e := range grown {
		all.Append(e)
	}
	return all, nil
}

// dimNames returns the names of the dimensions of a vector column, for dumps; those
// that have none are numbered.
func dimNames(s dataset.Schema, col string, dim int) []string {
	f, _ := s.Lookup(col)
	names := make([]string, dim)
	for j := range names {
		names[j] = fmt.Sprintf("%s[%d]", col, j)
		if j < len(f.Dims) && f.Dims[j].Name != "" {
			names[j] = f.Dims[j].Name
		}
	}
	return names
}
