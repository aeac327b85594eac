package pipeline

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
)

func init() {
	Register[Pipeline]("pipeline.Pipeline", Ready(Pipeline.ready))
	Register[*Model]("pipeline.Model", Ready((*Model).ready))
	Register[TrainOnlyStage]("pipeline.TrainOnly", Ready(TrainOnlyStage.ready))
}

// A Pipeline is a list of stages that is fitted as one [Estimator], and so may be
// a stage of another pipeline. It is a value: to change a stage, make another list.
type Pipeline struct {
	Stages []Stage
}

// New makes a Pipeline. It panics where a stage is nil or neither a [Transformer]
// nor an [Estimator].
func New(stages ...Stage) Pipeline {
	p := Pipeline{Stages: slices.Clone(stages)}
	for i, s := range p.Stages {
		p.Stages[i] = valueOf(s)
	}
	if err := p.ready(); err != nil {
		panic("pipeline.New: " + err.Error())
	}
	return p
}

func (p Pipeline) ready() error {
	for i, s := range p.Stages {
		if err := usable(unwrap(s)); err != nil {
			return fmt.Errorf("stage %d: %w", i, err)
		}
	}
	return nil
}

// usable returns what keeps s from being part of a pipeline.
func usable(s Stage) error {
	if v := reflect.ValueOf(s); s == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("have %T nil, want a stage", s)
	}
	switch s.(type) {
	case Estimator, Transformer:
		return nil
	}
	return fmt.Errorf("have %T, want a Transformer or an Estimator", s)
}

// A TrainOnlyStage is used while fitting and is absent from the model.
type TrainOnlyStage struct{ Stage Stage }

// TrainOnly marks a stage that only fitting needs: a label's indexer, a filter of
// rows. The stages after it are fitted on what it makes of the data; the model
// does not have it.
func TrainOnly(s Stage) TrainOnlyStage {
	if t, ok := s.(TrainOnlyStage); ok {
		return t
	}
	return TrainOnlyStage{valueOf(s)}
}

func (t TrainOnlyStage) ready() error { return usable(t.Stage) }

// Schema is that of the stage inside.
func (t TrainOnlyStage) Schema(in dataset.Schema) (dataset.Schema, error) { return t.Stage.Schema(in) }

// Schema passes in through every stage. It returns all that is wrong with the
// first stage that does not fit.
func (p Pipeline) Schema(in dataset.Schema) (dataset.Schema, error) {
	if err := p.ready(); err != nil {
		return dataset.Schema{}, err
	}
	for i, s := range p.Stages {
		out, err := s.Schema(in)
		if err != nil {
			return dataset.Schema{}, p.at(i, err)
		}
		in = out
	}
	return in, nil
}

// at names the place of a stage: by its number from 0 and its registered name.
func (p Pipeline) at(i int, err error) error {
	return located(stagePlace(i, p.Stages[i]), err)
}

func stagePlace(i int, s Stage) string {
	return fmt.Sprintf("stage %d (%s)", i, NameOf(unwrap(s)))
}

// Fit checks every schema first and then fits the estimators in order, each on the
// data as the stages before it transform them. It returns a [*Model].
func (p Pipeline) Fit(ctx context.Context, ds dataset.Dataset) (Transformer, error) {
	if _, err := p.Schema(ds.Schema()); err != nil {
		return nil, err
	}
	model := &Model{Stages: []Transformer{}}
	last := -1
	for i, s := range p.Stages {
		if _, ok := unwrap(s).(Estimator); ok {
			last = i
		}
	}
	for i, s := range p.Stages {
		t, err := fitStage(ctx, unwrap(s), ds)
		if err != nil {
			return nil, p.at(i, err)
		}
		if _, ok := s.(TrainOnlyStage); !ok {
			model.Stages = append(model.Stages, t)
		}
		if i < last {
			if ds, err = Apply(t, ds); err != nil {
				return nil, p.at(i, err)
			}
		}
	}
	return model, nil
}

func unwrap(s Stage) Stage {
	if t, ok := s.(TrainOnlyStage); ok {
		return t.Stage
	}
	return s
}

func fitStage(ctx context.Context, s Stage, ds dataset.Dataset) (Transformer, error) {
	est, ok := s.(Estimator)
	if !ok {
		return s.(Transformer), nil
	}
	t, err := est.Fit(ctx, ds)
	if err == nil && t == nil {
		err = errors.New("Fit gave neither a model nor an error")
	}
	return t, err
}

// A Model is a fitted [Pipeline]: stages one after another.
type Model struct {
	Stages []Transformer
}

func (m *Model) ready() error {
	for i, s := range m.Stages {
		if err := usable(s); err != nil {
			return fmt.Errorf("stage %d: %w", i, err)
		}
	}
	return nil
}

// Schema passes in through every stage.
func (m *Model) Schema(in dataset.Schema) (dataset.Schema, error) { return m.schemaFrom(0, in) }

func (m *Model) schemaFrom(first int, in dataset.Schema) (dataset.Schema, error) {
	for i, s := range m.Stages[first:] {
		out, err := s.Schema(in)
		if err != nil {
			return dataset.Schema{}, located(stagePlace(first+i, s), err)
		}
		in = out
	}
	return in, nil
}

// Transform passes c through every stage.
func (m *Model) Transform(c dataset.Chunk) (dataset.Chunk, error) { return m.transformFrom(0, c) }

func (m *Model) transformFrom(first int, c dataset.Chunk) (dataset.Chunk, error) {
	for i, s := range m.Stages[first:] {
		out, err := transform(s, c)
		if err != nil {
			return c, located(stagePlace(first+i, s), err)
		}
		c = out
	}
	return c, nil
}

// BindRow binds every stage. Where a stage without a row form leaves vectors, it
// and the stages after it are run on a chunk of one row: their sums must meet the
// blocks that they meet in [Model.Transform], to have the same bits.
func (m *Model) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	var steps []func() error
	for i, s := range m.Stages {
		next, err := s.Schema(c.Schema())
		if err != nil {
			return c, nil, located(stagePlace(i, s), err)
		}
		if !hasRowForm(s) && hasVector(next) {
			out, step, err := m.bindRest(i, c)
			if err != nil {
				return c, nil, err
			}
			c, steps = out, append(steps, step)
			break
		}
		out, step, err := bindRow(s, c)
		if err != nil {
			return c, nil, located(stagePlace(i, s), err)
		}
		if step != nil {
			place := stagePlace(i, s)
			steps = append(steps, func() error { return stepError(s, place, step()) })
		}
		c = out
	}
	if len(steps) == 0 {
		return c, nil, nil
	}
	return c, func() error {
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

func (m *Model) bindRest(first int, c dataset.Chunk) (dataset.Chunk, func() error, error) {
	schema, err := m.schemaFrom(first, c.Schema())
	if err != nil {
		return c, nil, err
	}
	return bindChunk(c, schema, func(c dataset.Chunk) (dataset.Chunk, error) { return m.transformFrom(first, c) })
}

// hasRowForm reports whether no part of t needs to be run on a chunk.
func hasRowForm(t Transformer) bool {
	if m, ok := t.(*Model); ok {
		return !slices.ContainsFunc(m.Stages, func(s Transformer) bool { return !hasRowForm(s) })
	}
	_, ok := t.(RowTransformer)
	return ok
}

func hasVector(s dataset.Schema) bool {
	return slices.ContainsFunc(s.Fields, func(f dataset.Field) bool { return f.Type == dataset.Vector })
}
