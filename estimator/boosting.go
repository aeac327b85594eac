package estimator

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/tree"
)

// boosting says how boosted trees grow.
type boosting struct {
	growth   growth
	loss     loss
	rounds   int
	step     float64
	rate     float64
	subset   string
	leaves   int
	newton   bool
	lambda   float64
	hessian  float64
	tol      float64
	patience int
	seed     uint64
}

// boosted is what was learned.
type boosted struct {
	Trees     tree.Ensemble
	Weights   []float64 // of the trees
	Bias      float64
	TrainLoss float64   // mean over the rows that were learned from
	HeldLoss  []float64 // mean over the rows held out, after each round; nil without such rows
}

func (b boosting) check() error {
	_, err := subset(b.subset, "all", 1)
	errs := []error{
		b.growth.check(), checkRate(b.rate), err,
		check.AtLeast("MaxIter", b.rounds, 1),
		check.AtLeast("MaxLeaves", b.leaves, 0),
		check.AtLeast("Lambda", b.lambda, 0),
		check.AtLeast("MinChildWeight", b.hessian, 0),
		check.AtLeast("ValidationTol", b.tol, 0),
		check.AtLeast("EarlyStoppingRounds", b.patience, 0),
	}
	if !(b.step > 0 && b.step <= 1) {
		errs = append(errs, fmt.Errorf("StepSize is %v, want above 0 and at most 1", b.step))
	}
	if b.leaves == 1 {
		errs = append(errs, errors.New("MaxLeaves is 1, want 0 or at least 2"))
	}
	if !b.newton && (b.lambda > 0 || b.hessian > 0) {
		errs = append(errs, errors.New("have Lambda or MinChildWeight, want Newton with them"))
	}
	if _, ok := b.loss.(curved); b.newton && !ok {
		errs = append(errs, errors.New("have Newton, want a loss with a second derivative"))
	}
	return errors.Join(errs...)
}

// checkHeld wants EarlyStoppingRounds to have rows to look at.
func (b boosting) checkHeld(in dataset.Schema, held string) error {
	if held != "" {
		_, err := in.Want(held, dataset.Numeric...)
		return err
	}
	if b.patience > 0 {
		return errors.New("have EarlyStoppingRounds, want ValidationIndicatorCol with it")
	}
	return nil
}

// boostedDepth is MaxDepth with its default.
func boostedDepth(depth *int, leaves int) *int {
	if leaves > 0 {
		return check.Or(depth, deepest)
	}
	return check.Or(depth, 5)
}

// fit reads ds and learns trees from it. It returns the names of the dimensions too.
func (b boosting) fit(ctx context.Context, ds dataset.Dataset, cols targetCols, held string) (*boosted, []string, error) {
	d, err := tree.Load(ctx, ds, tree.Columns{Features: cols.Features, Label: cols.Label, Weight: cols.Weight, Held: held},
		tree.Options{MaxBins: b.growth.bins, Seed: b.seed})
	if err != nil {
		return nil, nil, err
	}
	out, err := b.boost(ctx, d)
	return out, dimNames(ds.Schema(), cols.Features, d.Dim), err
}

// newBoostedSum scores by boosted trees.
func newBoostedSum(e *tree.Ensemble, weights []float64, bias float64) (*summing, error) {
	if len(weights) != e.Trees() {
		return nil, fmt.Errorf("have %d weights of %d trees", len(weights), e.Trees())
	}
	return newSumming(e, weighted(e, weights), bias, 1), nil
}

// A loss is what boosting makes small: a function of a label y and the margin f that
// the trees give.
type loss interface {
	value(y, f float64) float64
	residual(y, f float64) float64 // minus the derivative by f
	first(y float64) float64       // what the first tree learns, without Newton
}

// A curved loss has a second derivative. Its trees start from a constant. Its margin is
// scale times that of the loss.
type curved interface {
	loss
	newton(y, f float64) (gradient, hessian float64)
	start(mean float64) float64 // best constant where the labels have this mean
}

// logLoss is 2 log(1 + exp(-2 (2y-1) f)), for labels 0 and 1.
//
// Source: Friedman, Greedy Function Approximation: A Gradient Boosting Machine, Annals of
// Statistics 29 (2001) 1189, section 4.5, doubled as in Spark.
type logLoss struct{}

func (logLoss) first(y float64) float64 { return 2*y - 1 }

func (logLoss) value(y, f float64) float64 {
	m := 2 * (2*y - 1) * f
	if m < 0 {
		return 2 * (math.Log1p(math.Exp(m)) - m)
	}
	return 2 * math.Log1p(math.Exp(-m))
}

func (logLoss) residual(y, f float64) float64 {
	s := 2*y - 1
	return 4 * s / (1 + math.Exp(2*s*f))
}

// newton is by the log-odds 2f, of half the loss: the form that Lambda is known for.
func (logLoss) newton(y, f float64) (gradient, hessian float64) {
	p := 1 / (1 + math.Exp(-2*f))
	return p - y, max(p*(1-p), 1e-16)
}

func (logLoss) start(mean float64) float64 {
	mean = min(max(mean, 1e-9), 1-1e-9)
	return math.Log(mean/(1-mean)) / 2
}

// squaredLoss is (y-f)².
type squaredLoss struct{}

func (squaredLoss) first(y float64) float64                         { return y }
func (squaredLoss) value(y, f float64) float64                      { return (y - f) * (y - f) }
func (squaredLoss) residual(y, f float64) float64                   { return 2 * (y - f) }
func (squaredLoss) newton(y, f float64) (gradient, hessian float64) { return f - y, 1 }
func (squaredLoss) start(mean float64) float64                      { return mean }

// absoluteLoss is |y-f|.
type absoluteLoss struct{}

func (absoluteLoss) first(y float64) float64    { return y }
func (absoluteLoss) value(y, f float64) float64 { return math.Abs(y - f) }

func (absoluteLoss) residual(y, f float64) float64 {
	if y < f {
		return -1
	}
	return 1
}

// A booster is boosting at work.
type booster struct {
	boosting
	data      *tree.Data
	grower    *tree.Grower
	margins   []float64 // of each group
	gradients []float64
	hessians  []float64 // with Newton
	sample    tree.Sample
	out       boosted
}

// boost learns trees from d.
func (b boosting) boost(ctx context.Context, d *tree.Data) (*boosted, error) {
	p := b.growth.variance(d)
	p.MaxLeaves = b.leaves
	if b.newton {
		p.Criterion, p.Lambda, p.MinHessian, p.MinWeight = tree.Newton, b.lambda, b.hessian, 0
	}
	var err error
	if p.Subset, err = subset(b.subset, "all", d.Dim); err != nil {
		return nil, err
	}
	n := len(d.Labels)
	w := &booster{boosting: b, data: d, margins: make([]float64, n), gradients: make([]float64, n)}
	if b.newton {
		w.hessians = make([]float64, n)
		w.out.Bias = b.loss.(curved).start(w.mean(func(g int) float64 { return d.Labels[g] }, false))
		for i := range w.margins {
			w.margins[i] = w.out.Bias
		}
	}
	if w.grower, err = tree.NewGrower(d, p); err != nil {
		return nil, err
	}
	best, bestLoss := 0, math.Inf(1)
	for m := range b.rounds {
		if err := w.round(ctx, m); err != nil {
			return nil, err
		}
		if d.Held == nil {
			continue
		}
		now := w.mean(func(g int) float64 { return b.loss.value(d.Labels[g], w.margins[g]) }, true)
		w.out.HeldLoss = append(w.out.HeldLoss, now)
		if b.stops(m, best, bestLoss, now) {
			break
		}
		if now < bestLoss {
			best, bestLoss, w.out.TrainLoss = m+1, now, w.trainLoss()
		}
	}
	if best == 0 {
		w.out.TrainLoss = w.trainLoss()
	} else {
		w.out.Trees.Head(best)
		w.out.Weights = w.out.Weights[:best]
	}
	return &w.out, nil
}

// stops says whether boosting ends after round m, whose loss is now: by rounds without a
// better loss, or like Spark by too small a gain.
func (b boosting) stops(m, best int, bestLoss, now float64) bool {
	if b.patience > 0 {
		return now >= bestLoss && m+1-best >= b.patience
	}
	return m > 0 && bestLoss-now < b.tol*max(now, 0.01)
}

// rowBlock is how many groups a task takes.
const rowBlock = 1 << 14

// round learns tree m and adds it.
func (w *booster) round(ctx context.Context, m int) error {
	d, n := w.data, len(w.margins)
	err := tree.InParallel(ctx, (n+rowBlock-1)/rowBlock, func(t int) error {
		w.derive(m, t*rowBlock, min((t+1)*rowBlock, n))
		return nil
	})
	if err != nil {
		return err
	}
	sample := newBag(w.seed, w.rate, false).draw(d, m, &w.sample)
	w.grower.Reseed(treeSeed(w.seed, m))
	if w.newton {
		err = w.grower.FillNewton(ctx, w.gradients, w.hessians, sample)
	} else {
		err = w.grower.Fill(ctx, w.gradients, sample)
	}
	if err != nil {
		return err
	}
	if err := w.grower.Grow(ctx); err != nil {
		return err
	}
	e, leaves := w.grower.Harvest()
	weight := w.step
	switch _, isLog := w.loss.(logLoss); {
	case !w.newton && m == 0:
		weight = 1
	case w.newton && isLog: // from log-odds to margins
		for i := range e.Values {
			e.Values[i] /= 2
		}
	}
	for k, leaf := range leaves {
		step := weight * e.Values[k]
		for _, g := range leaf.Groups {
			w.margins[g] += step
		}
	}
	if w.rate < 1 || d.Held != nil {
		for g, k := range sample.Counts {
			if k == 0 {
				w.margins[g] += weight * e.Values[w.grower.LeafOf(int32(g))]
			}
		}
	}
	w.out.Trees.Append(e)
	w.out.Weights = append(w.out.Weights, weight)
	return nil
}

// derive computes what tree m learns of the groups from to to-1.
func (w *booster) derive(m, from, to int) {
	labels, margins, out := w.data.Labels[from:to], w.margins[from:to], w.gradients[from:to]
	switch {
	case w.newton:
		l := w.loss.(curved)
		for i, y := range labels {
			out[i], w.hessians[from+i] = l.newton(y, margins[i])
		}
	case m == 0:
		for i, y := range labels {
			out[i] = w.loss.first(y)
		}
	default:
		for i, y := range labels {
			out[i] = w.loss.residual(y, margins[i])
		}
	}
}

// mean takes the weighted mean of x over the groups that are held out, or are not.
func (w *booster) mean(x func(g int) float64, held bool) float64 {
	sum, weight := 0.0, 0.0
	for g := range w.margins {
		if held == (w.data.Held != nil && w.data.Held[g]) {
			k := float64(w.data.Weights[g])
			sum += float64(k * x(g))
			weight += k
		}
	}
	return sum / weight
}

// trainLoss is the mean loss on the rows learned from.
func (w *booster) trainLoss() float64 {
	return w.mean(func(g int) float64 { return w.loss.value(w.data.Labels[g], w.margins[g]) }, false)
}
