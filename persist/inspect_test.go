package persist_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/attack"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

func write(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.millrace")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInspect(t *testing.T) {
	card := persist.Card{
		Input:   dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Vector, Size: 3}, dataset.Field{Name: "caf\xe9", Type: dataset.String}),
		Rows:    4,
		Metrics: map[string]float64{"b": math.Inf(1), "a": .5},
		Notes:   "a\nnote",
		Created: time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("x", 3600)),
		Library: "v1.2.3",
	}
	path := filepath.Join(t.TempDir(), "m.millrace")
	m := &pipeline.Model{Stages: []pipeline.Transformer{&pipeline.Model{}, centreModel()}}
	if err := persist.Save(path, m, card); err != nil {
		t.Fatal(err)
	}
	got, err := persist.Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	field := `{"Name":"y","Type":"vector","Attr":{"Name":"","Source":"","Scale":"unknown","Levels":0,"Labels":null},"Size":3,"Dims":null}`
	want := persist.Summary{
		Format: "1", Card: card,
		Stages: []persist.StageInfo{
			{Name: "pipeline.Model", Version: 1},
			{Place: "Stages.0", Depth: 1, Name: "pipeline.Model", Version: 1, Fields: []persist.FieldInfo{{Name: "Stages", JSON: "null"}}},
			{Place: "Stages.1", Depth: 1, Name: "persisttest.CentreModel", Version: 1, Fields: []persist.FieldInfo{
				{Name: "Out", JSON: field}, {Name: "Mean", JSON: `{"tensor":"Stages.1.Mean"}`}}},
			{Place: "Stages.1.Params", Depth: 2, Name: "persisttest.Centre", Version: 1, Fields: []persist.FieldInfo{
				{Name: "InputCol", JSON: `"x"`}, {Name: "Shrink", JSON: "0.25"}}},
		},
		Tensors: []persist.TensorInfo{{Name: "Stages.1.Mean", Type: "F64", Shape: []int{3}}},
	}
	want.Card.Created = card.Created.UTC()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(persist.Summary{}, "Size", "SHA256")); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	for _, part := range []string{"sha256 " + got.SHA256, "fitted on 4 rows of 2 columns", "a 0.5\nb +Inf", "  persisttest.CentreModel version 1 at Stages.1\n", "F64 [3] Stages.1.Mean"} {
		if !strings.Contains(got.String(), part) {
			t.Errorf("String gives\n%s\nwant %q in it", got, part)
		}
	}
}

// A file with stages that the program does not know can be inspected, not loaded.
func TestInspectUnknown(t *testing.T) {
	path := write(t, attack.File{Card: `{"Notes":"from afar"}`, Model: `{"type":"alien.Model","version":7,"fields":{"A":[1,{"B":{"type":"alien.Part","version":1,"fields":{}}}],"C":"x"}}`}.Bytes())
	got, err := persist.Inspect(path)
	want := []persist.StageInfo{
		{Name: "alien.Model", Version: 7, Fields: []persist.FieldInfo{{Name: "C", JSON: `"x"`}}},
		{Place: "A.1.B", Depth: 1, Name: "alien.Part", Version: 1},
	}
	if diff := cmp.Diff(want, got.Stages); err != nil || diff != "" || got.Card.Notes != "from afar" {
		t.Errorf("%v, %q (-want +got):\n%s", err, got.Card.Notes, diff)
	}
	if _, err := persist.Load(path); !strings.Contains(err.Error(), "alien.Model") {
		t.Errorf("got %v, want an error that names the type", err)
	}
}

func TestInspectRefuses(t *testing.T) {
	for _, model := range []string{`null`, `{}`, `{"type":"a","version":1,"fields":{"A":1,"A":2}}`, `{"type":"a","version":1,"fields":{"A":{"b":1,"b":2}}}`,
		`{"type":"a","version":1,"fields":{"A":"\ud800"}}`, `{"type":"a","version":1,"fields":{"A":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}}`,
		`{"type":"a","version":1,"fields":{}}x`} {
		if s, err := persist.Inspect(write(t, attack.File{Card: "{}", Model: model}.Bytes())); err == nil {
			t.Errorf("model %s: got\n%s\nwant an error", model, s)
		}
	}
	b := encode(t, model())
	b[len(b)-1] ^= 1
	if _, err := persist.Inspect(write(t, b)); !errors.Is(err, persist.ErrChecksum) {
		t.Errorf("got %v, want ErrChecksum", err)
	}
}

func TestInspectAndLoadAgree(t *testing.T) {
	s, err := persist.Inspect(write(t, encode(t, model())))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, stage := range s.Stages {
		names[stage.Place] = true
	}
	for _, place := range []string{"", "Stages.0", "Stages.0.Params", "Stages.1.Stages.1.List.1", "Stages.1.Stages.1.Pointer"} {
		if !names[place] {
			t.Errorf("no stage at %q:\n%s", place, s)
		}
	}
}
