package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

func TestErrorsHavePlaces(t *testing.T) {
	ctx := context.Background()
	xs := column("x", 1, 2, 6)
	text := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.String})
	broken := errors.New("does not work")
	fitErr := func(stages ...pipeline.Stage) func() error {
		return func() error { _, err := pipeline.Fit(ctx, pipeline.New(stages...), xs); return err }
	}
	tests := []struct {
		name string
		run  func() error
		want string
	}{{
		"missing column",
		fitErr(Centre{"x", "y"}, Centre{"z", "w"}),
		`stage 1 (test.Centre): column "z": is not there (columns: x, y), want float`,
	}, {
		"joined errors each have the place",
		func() error { _, err := pipeline.New(Centre{"x", "x"}).Schema(text); return err },
		"stage 0 (test.Centre): column \"x\": have string, want float\n" +
			"stage 0 (test.Centre): column \"x\": exists already, want a new name",
	}, {
		"nested, joined",
		func() error {
			_, err := pipeline.New(Positive{"x"}, pipeline.New(Centre{"y", "x"})).Schema(xs.Schema())
			return err
		},
		"stage 1 (pipeline.Pipeline): stage 0 (test.Centre): column \"y\": is not there (columns: x), want float\n" +
			"stage 1 (pipeline.Pipeline): stage 0 (test.Centre): column \"x\": exists already, want a new name",
	}, {
		"several errors wrapped by a text of its own",
		fitErr(failingFit{failing{fmt.Errorf("both %w and %w", io.EOF, broken)}}),
		"stage 0 (pipeline_test.failingFit): both EOF and does not work",
	}, {
		"train only is named by the stage inside",
		fitErr(pipeline.TrainOnly(Centre{"z", "w"})),
		`stage 0 (test.Centre): column "z": is not there (columns: x), want float`,
	}, {
		"same output twice",
		fitErr(Centre{"x", "y"}, Centre{"x", "y"}),
		`stage 1 (test.Centre): column "y": exists already, want a new name`,
	}, {
		"fitting",
		func() error {
			_, err := pipeline.Fit(ctx, pipeline.New(Positive{"x"}, Centre{"x", "y"}), column("x", -1))
			return err
		},
		`stage 1 (test.Centre): column "x": have 0 rows, want at least 1`,
	}, {
		"a single estimator",
		func() error { _, err := pipeline.Fit(ctx, Centre{"z", "y"}, xs); return err },
		`test.Centre: column "z": is not there (columns: x), want float`,
	}, {
		"a pointer to a pipeline",
		func() error { _, err := pipeline.Fit(ctx, new(pipeline.New(Centre{"z", "y"})), xs); return err },
		`stage 0 (test.Centre): column "z": is not there (columns: x), want float`,
	}, {
		"a Fit that gives nothing",
		fitErr(failingFit{}),
		"stage 0 (pipeline_test.failingFit): Fit gave neither a model nor an error",
	}, {
		"transforming while fitting",
		fitErr(failing{broken}, Centre{"x", "y"}),
		"stage 1 (test.Centre): pipeline_test.failing: does not work",
	}, {
		"transforming",
		func() error {
			_, err := (&pipeline.Model{Stages: []pipeline.Transformer{Positive{"x"}, failing{broken}}}).Transform(dataset.Chunk{})
			return err
		},
		"stage 0 (test.Positive): column \"x\": is not there (the table has no columns), want dataset.Floats",
	}, {
		"applying",
		func() error { _, err := pipeline.Apply(Positive{"z"}, xs); return err },
		`test.Positive: column "z": is not there (columns: x), want float`,
	}, {
		"reading what was applied",
		func() error {
			ds, err := pipeline.Apply(failing{broken}, xs)
			if err == nil {
				_, err = dataset.Collect(ctx, ds)
			}
			return err
		},
		"pipeline_test.failing: does not work",
	}, {
		"a scorer",
		func() error {
			_, err := pipeline.NewScorer(&CentreModel{Params: Centre{"z", "y"}}, xs.Schema())
			return err
		},
		`test.CentreModel: column "z": is not there (columns: x), want float`,
	}, {
		"a scorer's row",
		func() error {
			s, err := pipeline.NewScorer(&pipeline.Model{Stages: []pipeline.Transformer{Positive{"x"}, failing{broken}}}, xs.Schema())
			if err != nil {
				return err
			}
			row := s.Row()
			row.SetFloat(0, 1)
			return row.Score()
		},
		"stage 1 (pipeline_test.failing): does not work",
	}, {
		"a stage that is nil, in a literal",
		func() error {
			_, err := pipeline.Pipeline{Stages: []pipeline.Stage{nil}}.Schema(xs.Schema())
			return err
		},
		"stage 0: have <nil> nil, want a stage",
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.run()
			if err == nil {
				t.Fatal("have no error")
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Errorf("message (-want +got):\n%s", d)
			}
		})
	}
}

func TestErrorsAreTyped(t *testing.T) {
	text := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.String})
	_, err := pipeline.New(pipeline.New(Centre{"x", "x"})).Schema(text)
	if col, ok := errors.AsType[*dataset.ColumnError](err); !ok || col.Column != "x" || col.Have != dataset.String {
		t.Errorf("have %#v, want the *ColumnError of column x", col)
	}
	_, err = pipeline.Fit(t.Context(), failingFit{failing{io.ErrUnexpectedEOF}}, column("x"))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("have %v, want it to wrap %v", err, io.ErrUnexpectedEOF)
	}
}

// A sealed dataset fails the test where it is read.
type sealed struct {
	dataset.Dataset
	t *testing.T
}

func (s sealed) Read(context.Context, int) iter.Seq2[dataset.Chunk, error] {
	s.t.Error("the data was read")
	return func(func(dataset.Chunk, error) bool) {}
}

func TestSchemaBeforeData(t *testing.T) {
	ds := sealed{column("x", 1, 2), t}
	late := pipeline.New(Centre{"x", "y"}, Centre{"y", "z"}, pipeline.New(Centre{"none", "w"}))
	if _, err := pipeline.Fit(t.Context(), late, ds); err == nil {
		t.Error("Fit of a pipeline whose last stage has no input: have no error")
	}
	if _, err := late.Fit(t.Context(), ds); err == nil {
		t.Error("the method: have no error")
	}
	if _, err := pipeline.Apply(Positive{"none"}, ds); err == nil {
		t.Error("Apply: have no error")
	}
}

func TestFitTransformsNoMoreThanItMust(t *testing.T) {
	var before, between, after spy
	fit(t, pipeline.New(&before, Centre{"x", "y"}, &between, Centre{"y", "z"}, &after, Positive{"z"}), column("x", 1, 2))
	if before.chunks != 2 || between.chunks != 1 || after.chunks != 0 {
		t.Errorf("have %d, %d and %d chunks before the first, the second and after the last estimator, want 2, 1 and 0",
			before.chunks, between.chunks, after.chunks)
	}
	var alone spy
	fit(t, pipeline.New(&alone), column("x", 1, 2))
	if alone.chunks != 0 {
		t.Errorf("have %d chunks in a pipeline without an estimator, want 0", alone.chunks)
	}
}

func TestTrainOnly(t *testing.T) {
	model := fit(t, pipeline.New(pipeline.TrainOnly(Positive{"x"}), Centre{"x", "y"}), column("x", -100, 2, 4))
	// The mean is that of 2 and 4; the model keeps the row that training left out.
	if d := cmp.Diff([]float64{-103, 0}, read(t, model, column("x", -100, 3), "y")); d != "" {
		t.Errorf("scores (-want +got):\n%s", d)
	}
	if n := len(model.(*pipeline.Model).Stages); n != 1 {
		t.Errorf("have %d stages in the model, want 1", n)
	}
	if twice := pipeline.TrainOnly(pipeline.TrainOnly(Positive{"x"})); twice.Stage != (Positive{"x"}) {
		t.Errorf("TrainOnly twice: have %#v, want the stage itself inside", twice)
	}
	// A model that needs what only training made says so before it is used.
	model = fit(t, pipeline.New(pipeline.TrainOnly(Centre{"x", "y"}), Centre{"y", "z"}), column("x", 1, 2))
	if _, err := model.Schema(column("x").Schema()); err == nil {
		t.Error("a model without its train-only column: have no error")
	}
}

func TestFind(t *testing.T) {
	model := fit(t, pipeline.New(Positive{"x"}, pipeline.New(pipeline.New(Centre{"x", "y"}), Centre{"y", "z"})), column("x", 1, 3))
	if m, ok := pipeline.Find[*CentreModel](model); !ok || m.Mean != 2 {
		t.Errorf("have %+v, %v, want the first one, of mean 2", m, ok)
	}
	if p, ok := pipeline.Find[Positive](model); !ok || p.Col != "x" {
		t.Errorf("have %+v, %v, want the transformer as it was given", p, ok)
	}
	if _, ok := pipeline.Find[*spy](model); ok {
		t.Error("have found a stage that is not there")
	}
	var names []string
	for s := range pipeline.Stages(model) {
		names = append(names, pipeline.NameOf(s))
	}
	want := []string{"pipeline.Model", "test.Positive", "pipeline.Model", "pipeline.Model", "test.CentreModel", "test.CentreModel"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("stages (-want +got):\n%s", d)
	}
}

func TestEmptyPipeline(t *testing.T) {
	model := fit(t, pipeline.New(), column("x", 1, 2))
	if d := cmp.Diff([]float64{1, 2}, read(t, model, column("x", 1, 2), "x")); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	s, err := pipeline.NewScorer(model, column("x").Schema())
	if err != nil {
		t.Fatal(err)
	}
	row := s.Row()
	row.SetFloat(0, 7)
	if err := row.Score(); err != nil || row.Float(0) != 7 {
		t.Errorf("have %v and error %v, want 7", row.Float(0), err)
	}
}

func TestStagesAreValues(t *testing.T) {
	c := Centre{"x", "y"}
	list := []pipeline.Stage{&c, &Positive{"x"}}
	p := pipeline.New(list...)
	c.Out, list[1] = "changed", nil
	if d := cmp.Diff([]pipeline.Stage{Centre{"x", "y"}, Positive{"x"}}, p.Stages); d != "" {
		t.Errorf("stages after the caller changed theirs (-want +got):\n%s", d)
	}
	same := Positive{"x"}
	if d := cmp.Diff([]float64{3}, read(t, fit(t, pipeline.New(same, same), column("x", -1, 3)), column("x", -1, 3), "x")); d != "" {
		t.Errorf("the same stage twice (-want +got):\n%s", d)
	}
}

func TestRejectsNameTheirStage(t *testing.T) {
	model := fit(t, pipeline.New(pipeline.New(Positive{"x"}), Centre{"x", "y"}), column("x", 1, -2, 3))
	ds, err := pipeline.Apply(model, column("x", 5, -7))
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range dataset.Chunks(t.Context(), ds) {
		if err != nil {
			t.Fatal(err)
		}
		want := []dataset.Reject{{Row: 1, Offset: -1, Stage: "test.Positive", Column: "x", Value: "-7", Reason: "want above 0"}}
		if d := cmp.Diff(want, c.Rejects()); d != "" {
			t.Errorf("rejects (-want +got):\n%s", d)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pipeline.Fit(ctx, pipeline.New(Centre{"x", "y"}), column("x", 1))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("have %v, want %v", err, context.Canceled)
	}
}

func TestNewPanics(t *testing.T) {
	type onlySchema struct{ pipeline.Stage }
	tests := []struct {
		stage pipeline.Stage
		want  string
	}{
		{nil, "pipeline.New: stage 0: have <nil> nil, want a stage"},
		{(*CentreModel)(nil), "pipeline.New: stage 0: have *pipeline_test.CentreModel nil, want a stage"},
		{onlySchema{}, "pipeline.New: stage 0: have pipeline_test.onlySchema, want a Transformer or an Estimator"},
		{pipeline.TrainOnly(nil), "pipeline.New: stage 0: have <nil> nil, want a stage"},
	}
	for _, tt := range tests {
		if got := panicOf(func() { pipeline.New(tt.stage) }); got != tt.want {
			t.Errorf("%T: have panic %q, want %q", tt.stage, got, tt.want)
		}
	}
}

func panicOf(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return ""
}
