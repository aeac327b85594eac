package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/millrace-ml/millrace/dataset"
)

// A Stage is a step of a pipeline: a [Transformer] or an [Estimator].
type Stage interface {
	// Schema returns the schema that the stage makes of in. It reads no data and
	// checks the stage's parameters too. Before fitting, the size of a vector may
	// be unknown.
	Schema(in dataset.Schema) (dataset.Schema, error)
}

// A Transformer maps chunks to chunks. Transform does not change its input, keeps
// no state, is safe for concurrent use, and what it makes of a row does not depend
// on the other rows of the chunk.
type Transformer interface {
	Stage
	Transform(c dataset.Chunk) (dataset.Chunk, error)
}

// An Estimator learns a Transformer from a table. Fit changes neither the
// estimator nor the data.
type Estimator interface {
	Stage
	Fit(ctx context.Context, ds dataset.Dataset) (Transformer, error)
}

// A RowTransformer has a row form besides: what [NewScorer] uses to score one row
// without allocating. A Transformer without one is run on a chunk of one row.
type RowTransformer interface {
	Transformer
	// BindRow is called once, with a chunk of one row whose values change between
	// steps. It returns the chunk with the columns that the stage adds, and a step
	// that computes their values anew, in place, from the present values of c. A
	// nil step says that the added columns only look at those of c. A step that
	// takes the row out returns a [*dataset.Reject].
	BindRow(c dataset.Chunk) (out dataset.Chunk, step func() error, err error)
}

// Fit checks the schema of est against ds, before any data is read, and fits it.
func Fit(ctx context.Context, est Estimator, ds dataset.Dataset) (Transformer, error) {
	if _, err := est.Schema(ds.Schema()); err != nil {
		return nil, at(est, err)
	}
	t, err := fitStage(ctx, est, ds)
	if err != nil {
		return nil, at(est, err)
	}
	return t, nil
}

// Apply returns ds as transformed by t, computed as it is read. It fails where the
// schema of ds does not fit.
func Apply(t Transformer, ds dataset.Dataset) (dataset.Dataset, error) {
	schema, err := t.Schema(ds.Schema())
	if err != nil {
		return nil, at(t, err)
	}
	return dataset.Map(ds, schema, func(c dataset.Chunk) (dataset.Chunk, error) {
		out, err := transform(t, c)
		return out, at(t, err)
	}), nil
}

// transform runs t and puts its name on the rows that it drops.
func transform(t Transformer, c dataset.Chunk) (dataset.Chunk, error) {
	out, err := t.Transform(c)
	if n := len(c.Rejects()); err == nil && len(out.Rejects()) > n {
		out = out.BlameStage(n, NameOf(t))
	}
	return out, err
}

// Find returns the first stage of type T in a model, however deep it is nested.
func Find[T Stage](t Transformer) (T, bool) {
	for s := range Stages(t) {
		if found, ok := s.(T); ok {
			return found, true
		}
	}
	var none T
	return none, false
}

// Stages walks through a model: t itself, and the stages of every [Model] in it,
// from first to last.
func Stages(t Transformer) iter.Seq[Transformer] {
	return func(yield func(Transformer) bool) { walk(t, yield) }
}

func walk(t Transformer, yield func(Transformer) bool) bool {
	if !yield(t) {
		return false
	}
	if m, ok := t.(*Model); ok {
		for _, s := range m.Stages {
			if !walk(s, yield) {
				return false
			}
		}
	}
	return true
}

// at puts the name of a stage on an error, on each of several joined errors. A
// pipeline puts the place on the errors of its stages itself.
func at(s Stage, err error) error {
	switch valueOf(s).(type) {
	case Pipeline, *Model:
		return err
	}
	return located(NameOf(s), err)
}

// located puts a place on an error, and on each error of an errors.Join.

func located(place string, err error) error {
	if err == nil {
		return nil
	}
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		joined := errors.Join(list.Unwrap()...)
		if joined != nil && joined.Error() == err.Error() { // else it has a text of its own
			var errs []error
			for _, e := range list.Unwrap() {
				errs = append(errs, located(place, e))
			}
			return errors.Join(errs...)
		}
	}
	return fmt.Errorf("%s: %w", place, err)
}
