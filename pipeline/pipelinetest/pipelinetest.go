package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

// An Option changes what the suite checks.
type Option func(*suite)

// Tolerance sets how far numbers may be apart, relative and absolute, where a sum
// was taken in another order: by default 1e-9. Where nothing is summed anew the
// suite compares bits.
func Tolerance(t float64) Option { return func(s *suite) { s.tolerance = t } }

// Except leaves a check out. The reason is shown by go test -v.
func Except(check, reason string) Option { return func(s *suite) { s.except[check] = reason } }

// Estimator checks est and the model that it learns from ds.
func Estimator(t *testing.T, est pipeline.Estimator, ds dataset.Dataset, opts ...Option) {
	t.Helper()
	estimator(reporter{t}, est, ds, opts...)
}

// Transformer checks tr on the rows of ds.
func Transformer(t *testing.T, tr pipeline.Transformer, ds dataset.Dataset, opts ...Option) {
	t.Helper()
	transformer(reporter{t}, tr, ds, opts...)
}

// A tester is what the suite needs of a *testing.T, so that its own tests can see
// it fail.
type tester interface {
	Helper()
	Run(name string, check func(tester)) bool
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

type reporter struct{ *testing.T }

func (r reporter) Run(name string, check func(tester)) bool {
	r.Helper()
	return r.T.Run(name, func(t *testing.T) { check(reporter{t}) })
}

// A suite is one stage under test.
type suite struct {
	est   pipeline.Estimator // nil where a Transformer is tested
	model pipeline.Transformer
	data  frame

	before struct{ est, data string } // snapshots from before the first Fit

	tolerance float64
	except    map[string]string
}

// checks are all checks in the order they run. A stage that changes what it was
// given makes the checks after that one meaningless.
var checks = []struct {
	name  string
	check func(*suite, tester)
}{
	{"unchanged", (*suite).unchanged},
	{"schema", (*suite).schema},
	{"cuts", (*suite).cuts},
	{"workers", (*suite).workers},
	{"rows", (*suite).rows},
	{"blocks", (*suite).blocks},
	{"edges", (*suite).edges},
	{"accounting", (*suite).accounting},
	{"concurrent", (*suite).concurrent},
	{"cancelled", (*suite).cancelled},
	{"pipeline", (*suite).nested},
	{"saved", (*suite).saved},
}

func newSuite(t tester, ds dataset.Dataset, opts []Option) *suite {
	t.Helper()
	s := &suite{tolerance: 1e-9, except: map[string]string{}}
	for _, opt := range opts {
		opt(s)
	}
	var err error
	if s.data, err = collect(context.Background(), ds); err != nil {
		t.Fatalf("reading the data: %v", err)
	}
	if s.data.rows() == 0 {
		t.Fatalf("have 0 rows of data, want at least 1")
	}
	s.before.data = snapshotData(s.data.Chunk)
	return s
}

func estimator(t tester, est pipeline.Estimator, ds dataset.Dataset, opts ...Option) {
	t.Helper()
	s := newSuite(t, ds, opts)
	s.est, s.before.est = est, snapshot(est)
	var err error
	if s.model, err = s.fit(context.Background(), s.data.table()); err != nil {
		t.Fatalf("Fit: %v", err)
	}
	s.run(t)
}

func transformer(t tester, tr pipeline.Transformer, ds dataset.Dataset, opts ...Option) {
	t.Helper()
	s := newSuite(t, ds, opts)
	s.model = tr
	s.run(t)
}

func (s *suite) run(t tester) {
	t.Helper()
	for _, c := range checks {
		ok := subtest(t, c.name, func(t tester) {
			if reason, ok := s.except[c.name]; ok {
				t.Skipf("left out: %s", reason)
			}
			c.check(s, t)
		})
		if !ok && c.name == "unchanged" {
			return
		}
	}
}

// subtest runs a check. A stage's panic where none was thought of fails it, and
// the others go on.
func subtest(t tester, name string, check func(tester)) bool {
	t.Helper()
	return t.Run(name, func(t tester) {
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		check(t)
	})
}

// stage is what was given to the suite.
func (s *suite) stage() pipeline.Stage {
	if s.est != nil {
		return s.est
	}
	return s.model
}

// fit fits the estimator, and a panic is an error.
func (s *suite) fit(ctx context.Context, ds dataset.Dataset) (model pipeline.Transformer, err error) {
	err = guard(func() (err error) {
		model, err = pipeline.Fit(ctx, s.est, ds)
		return err
	})
	return model, err
}

// transform passes a chunk through a model, and a panic is an error.
func transform(model pipeline.Transformer, c dataset.Chunk) (out dataset.Chunk, err error) {
	err = guard(func() (err error) {
		out, err = model.Transform(c)
		return err
	})
	return out, err
}

// apply passes every chunk of ds through a model and returns one outcome for each
// row that went in.
func apply(model pipeline.Transformer, ds *dataset.Table) ([]outcome, error) {
	var all []outcome
	for c, err := range dataset.Chunks(context.Background(), ds) {
		if err != nil {
			return nil, err
		}
		out, err := transform(model, c)
		if err != nil {
			return nil, err
		}
		all = append(all, outcomes(c, out)...)
	}
	return all, nil
}

// A panicked is the panic of a stage.
type panicked struct {
	value any
	stack string
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v\n%s", p.value, p.stack) }

func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{p, string(debug.Stack())}
		}
	}()
	return f()
}

// isPanic reports whether an error was a panic, also one that [fold.Run] caught.
func isPanic(err error) bool {
	_, ok := errors.AsType[*panicked](err)
	return ok || err != nil && strings.Contains(err.Error(), "panic: ") && strings.Contains(err.Error(), "\ngoroutine ")
}

func workers(n int) context.Context { return fold.WithWorkers(context.Background(), n) }
