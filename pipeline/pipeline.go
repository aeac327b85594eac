package pipeline

import (
	"context"
	"errors"
	"fmt"
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
	if err := p.ready(); err != nil {
		panic("pipeline.New: " + err.Error())
	}
	for i, s := range p.Stages {
		p.Stages[i] = valueOf(s)
	}
	return p
}

// ready fails on a stage that can neither be fitted nor transform.
func (p Pipeline) ready() error {
	for i, s := range p.Stages {
		switch inner := unwrap(s).(type) {
		case Estimator, Transformer:
		default:
			return fmt.Errorf("stage %d is a %T, want a Transformer or an Estimator", i, inner)
		}
	}
	return nil
}

// A TrainOnlyStage is used while fitting and is absent from the model.
type TrainOnlyStage struct{ Stage Stage }

// TrainOnly marks a stage that only fitting needs: a label's indexer, a filter of
// rows. The stages after it are fitted on what it makes of the data; the model
// does not have it.
func TrainOnly(s Stage) TrainOnlyStage { return TrainOnlyStage{valueOf(s)} }

func (t TrainOnlyStage) ready() error { return Pipeline{Stages: []Stage{t}}.ready() }

// Schema is that of the stage inside.
func (t TrainOnlyStage) Schema(in dataset.Schema) (dataset.Schema, error) { return t.Stage.Schema(in) }

// Schema passes in through every stage. It returns all that is wrong with the
// first stage that does not fit.
func (p Pipeline) Schema(in dataset.Schema) (dataset.Schema, error) {
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
	if t, ok := s.(TrainOnlyStage); ok {
		s = t.Stage
	}
	return fmt.Sprintf("stage %d (%s)", i, NameOf(s))
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
	switch s := s.(type) {
	case Estimator:
		return s.Fit(ctx, ds)
	case Transformer:
		return s, nil
	}
	return nil, errors.New("is neither a Transformer nor an Estimator")
}

// A Model is a fitted [Pipeline]: stages one after another.
type Model struct {
	Stages []Transformer
}

// ready fails on a stage that is not there.
func (m *Model) ready() error {
	for i, s := range m.Stages {
		if s == nil {
			return fmt.Errorf("stage %d is nothing, want a Transformer", i)
		}
	}
	return nil
}

// Schema passes in through every stage.
func (m *Model) Schema(in dataset.Schema) (dataset.Schema, error) {
	for i, s := range m.Stages {
		out, err := s.Schema(in)
		if err != nil {
			return dataset.Schema{}, located(stagePlace(i, s), err)
		}
		in = out
	}
	return in, nil
}

// Transform passes c through every stage.
func (m *Model) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	for i, s := range m.Stages {
		out, err := transform(s, c)
		if err != nil {
			return c, located(stagePlace(i, s), err)
		}
		c = out
	}
	return c, nil
}

// BindRow binds every stage.
func (m *Model) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	var steps []func() error
	for i, s := range m.Stages {
		out, step, err := bindRow(s, c)
		if err != nil {
			return c, nil, located(stagePlace(i, s), err)
		}
		if step != nil {
			steps = append(steps, func() error {
				err := step()
				if err == nil {
					return nil
				}
				return located(stagePlace(i, s), err)
			})
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
