package pipeline_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

// derived has a field that ready derives.
type derived struct {
	Exported int
	hidden   int
}

func (*derived) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }
func (*derived) Transform(c dataset.Chunk) (dataset.Chunk, error) { return c, nil }

func (d *derived) ready() error {
	if d.Exported < 0 {
		return errors.New("Exported is negative")
	}
	d.hidden = 2 * d.Exported
	return nil
}

func TestRegisterPanics(t *testing.T) {
	tests := []struct {
		name     string
		register func()
		want     string
	}{
		{"no name", func() { pipeline.Register[Keep]("") },
			"pipeline.Register: have no name for pipeline_test.Keep"},
		{"name taken", func() { pipeline.Register[Keep]("test.Centre") },
			`pipeline.Register: the name "test.Centre" is taken by pipeline_test.Centre`},
		{"type taken", func() { pipeline.Register[Centre]("test.Centre2") },
			`pipeline.Register: the type pipeline_test.Centre is registered as "test.Centre"`},
		{"no Ready", func() { pipeline.Register[*derived]("test.Derived") },
			"pipeline.Register: *pipeline_test.derived has unexported fields, want a Ready that derives them"},
		{"Ready of another type", func() { pipeline.Register[Keep]("test.Keep", pipeline.Ready((*derived).ready)) },
			"pipeline.Register: test.Keep is a pipeline_test.Keep, and its Ready takes a *pipeline_test.derived"},
	}
	for _, tt := range tests {
		if got := panicOf(tt.register); got != tt.want {
			t.Errorf("%s: have panic %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestReadyAndUpgrade(t *testing.T) {
	if _, ok := pipeline.Registered("test.Versioned"); !ok { // once, also where a test runs again
		pipeline.Register[*derived]("test.Versioned", pipeline.Ready((*derived).ready), pipeline.Upgrades(
			func(fields map[string]any) error {
				fields["Exported"] = fields["Old"]
				delete(fields, "Old")
				return nil
			},
			func(fields map[string]any) error {
				if fields["Exported"] == "bad" {
					return errors.New("is bad")
				}
				return nil
			},
		))
	}
	r, ok := pipeline.Registered("test.Versioned")
	if !ok || r.Version != 3 {
		t.Fatalf("have %+v, %v, want version 3", r, ok)
	}
	d := &derived{Exported: 4}
	if err := r.Ready(d); err != nil || d.hidden != 8 {
		t.Errorf("have %+v and error %v, want hidden to be 8", d, err)
	}
	if err := r.Ready(&derived{Exported: -1}); err == nil {
		t.Error("Ready of what Fit cannot have made: have no error")
	}
	fields := map[string]any{"Old": 7.0}
	if err := r.Upgrade(1, fields); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(map[string]any{"Exported": 7.0}, fields); diff != "" {
		t.Errorf("upgraded fields (-want +got):\n%s", diff)
	}
	wants := map[int]string{
		0: "test.Versioned: have version 0, want 1 to 3",
		4: "test.Versioned: have version 4, want 1 to 3",
		2: "test.Versioned: from version 2 to 3: is bad",
	}
	for version, want := range wants {
		if err := r.Upgrade(version, map[string]any{"Exported": "bad"}); err == nil || err.Error() != want {
			t.Errorf("version %d: have error %v, want %s", version, err, want)
		}
	}
	if _, ok := pipeline.Registered("test.None"); ok {
		t.Error("have a registration that nobody made")
	}
}

// What a hostile file may hold instead of a stage is refused.
func TestReadyOfPipelines(t *testing.T) {
	for _, s := range []pipeline.Stage{
		&pipeline.Model{Stages: []pipeline.Transformer{nil}},
		&pipeline.Model{Stages: []pipeline.Transformer{(*CentreModel)(nil)}},
		pipeline.Pipeline{Stages: []pipeline.Stage{nil}},
		pipeline.Pipeline{Stages: []pipeline.Stage{pipeline.TrainOnlyStage{}}},
		pipeline.TrainOnlyStage{},
	} {
		r, ok := pipeline.RegistrationOf(s)
		if !ok {
			t.Fatalf("%T is not registered", s)
		}
		if err := r.Ready(s); err == nil {
			t.Errorf("%+v: have no error", s)
		}
	}
}

func TestNameOf(t *testing.T) {
	for _, tt := range []struct {
		stage pipeline.Stage
		want  string
	}{
		{Centre{}, "test.Centre"},
		{&Centre{}, "test.Centre"},
		{&CentreModel{}, "test.CentreModel"},
		{Keep{}, "pipeline_test.Keep"},
	} {
		if got := pipeline.NameOf(tt.stage); got != tt.want {
			t.Errorf("have %q, want %q", got, tt.want)
		}
	}
}
