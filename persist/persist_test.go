package persist_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

var equal = cmp.Options{
	cmpopts.IgnoreUnexported(CentreModel{}),
	cmp.Comparer(func(a, b float64) bool { return bits64(a) == bits64(b) }),
	cmp.Comparer(func(a, b float32) bool { return bits32(a) == bits32(b) }),
}

func TestRoundTrip(t *testing.T) {
	long := make([]string, 20_000)
	for i := range long {
		long[i] = strings.Repeat("ab\xff", i%3)
	}
	withLong := kinds()
	withLong.Long = long
	for name, s := range map[string]pipeline.Stage{
		"zero":      new(Kinds),
		"kinds":     kinds(),
		"long":      withLong,
		"centre":    centreModel(),
		"estimator": Centre{InputCol: "x", Shrink: new(1.5)},
		"pipeline":  pipeline.New(Centre{InputCol: "x"}, pipeline.TrainOnly(Centre{InputCol: "y"}), centreModel()),
		"nothing":   &pipeline.Model{},
		"empty":     &pipeline.Model{Stages: []pipeline.Transformer{}},
		"nested":    model(),
	} {
		t.Run(name, func(t *testing.T) {
			b := encode(t, s)
			got, err := persist.DecodeStage(b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(s, got, equal); diff != "" {
				t.Errorf("after loading (-saved +loaded):\n%s", diff)
			}
			if again := encode(t, got); !bytes.Equal(b, again) {
				t.Error("the bytes of the loaded stage are others than those it was loaded from")
			}
		})
	}
}

// An estimator behind a pointer is saved as the value that it is.
func TestPointerToEstimator(t *testing.T) {
	want := pipeline.Pipeline{Stages: []pipeline.Stage{Centre{InputCol: "x"}}}
	got, err := persist.DecodeStage(encode(t, &pipeline.Pipeline{Stages: []pipeline.Stage{&Centre{InputCol: "x"}}}))
	if diff := cmp.Diff(pipeline.Stage(want), got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestScoresAfterLoading(t *testing.T) {
	train := dataset.Vec("x", 2, 1, 10, 2, 40)
	m, err := pipeline.Fit(t.Context(), pipeline.New(Centre{InputCol: "x"}), train)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "m.millrace")
	if err := persist.Save(path, m, persist.Card{Input: train.Schema(), Rows: 2}); err != nil {
		t.Fatal(err)
	}
	loaded, err := persist.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := pipeline.Apply(loaded, train)
	if err != nil {
		t.Fatal(err)
	}
	got, err := dataset.Rows(t.Context(), ds, "x_centred")
	if diff := cmp.Diff([][]float64{{-.5, -15}, {.5, 15}}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestLoadWantsATransformer(t *testing.T) {
	b := encode(t, Centre{})
	if _, err := persist.Decode(b); err == nil || !strings.Contains(err.Error(), "persisttest.Centre, which is not fitted") {
		t.Errorf("got %v, want an error that names the stage", err)
	}
	path := filepath.Join(t.TempDir(), "p.millrace")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := persist.Load(path); err == nil {
		t.Error("Load of an estimator succeeds, want an error")
	}
	if _, err := persist.LoadStage(path); err != nil {
		t.Error(err)
	}
}

type unregistered struct{ plain }

type hidden struct{ A, b int }

func TestRefusedAtSave(t *testing.T) {
	deep := pipeline.Transformer(&pipeline.Model{})
	for range 16 {
		deep = &pipeline.Model{Stages: []pipeline.Transformer{deep}}
	}
	many := &pipeline.Model{Stages: make([]pipeline.Transformer, 10_000)}
	for i := range many.Stages {
		many.Stages[i] = new(Grown)
	}
	tests := []struct {
		name string
		s    pipeline.Stage
		want string
	}{
		{"nil", nil, "have no stage"},
		{"nil pointer", (*CentreModel)(nil), "persisttest.CentreModel that is no struct (or nil)"},
		{"unregistered", &pipeline.Model{Stages: []pipeline.Transformer{nil, unregistered{}}}, "Stages.1: have a persist_test.unregistered, want a registered stage"},
		{"any", Odd{3}, "Value: have a int, want a registered stage"},
		{"depth", deep, "have more than 16 stages inside each other"},
		{"count", many, "have more than 10000 stages"},
		{"map", new(oddMap), "M: have a field of type map[string]int, which cannot be saved"},
		{"chan", new(oddChan), "C: have a field of type chan int"},
		{"pointer to pointer", new(oddPointer), "P: have a field of type **int"},
		{"pointer to slice", new(oddSlice), "P: have a field of type *[]int"},
		{"unexported", &oddHidden{[]hidden{{A: 1, b: 2}}}, "H.b: have an unexported field of persist_test.hidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := persist.Encode(new(bytes.Buffer), tt.s, persist.Card{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

type (
	oddMap     struct{ M map[string]int }
	oddChan    struct{ C chan int }
	oddPointer struct{ P **int }
	oddSlice   struct{ P *[]int }
	oddHidden  struct{ H []hidden }
)

func init() {
	pipeline.Register[*oddMap]("persisttest.oddMap")
	pipeline.Register[*oddChan]("persisttest.oddChan")
	pipeline.Register[*oddPointer]("persisttest.oddPointer")
	pipeline.Register[*oddSlice]("persisttest.oddSlice")
	pipeline.Register[*oddHidden]("persisttest.oddHidden")
}

func (o *oddMap) Schema(in dataset.Schema) (dataset.Schema, error)     { return in, nil }
func (o *oddChan) Schema(in dataset.Schema) (dataset.Schema, error)    { return in, nil }
func (o *oddPointer) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }
func (o *oddSlice) Schema(in dataset.Schema) (dataset.Schema, error)   { return in, nil }
func (o *oddHidden) Schema(in dataset.Schema) (dataset.Schema, error)  { return in, nil }

// The limits hold on both sides: at the limit a model is saved and loaded.
func TestAtTheLimits(t *testing.T) {
	deep := pipeline.Transformer(&pipeline.Model{})
	for range 15 {
		deep = &pipeline.Model{Stages: []pipeline.Transformer{deep}}
	}
	many := &pipeline.Model{Stages: make([]pipeline.Transformer, 9_999)}
	for i := range many.Stages {
		many.Stages[i] = new(Grown)
	}
	for _, s := range []pipeline.Stage{deep, many} {
		if _, err := persist.Decode(encode(t, s)); err != nil {
			t.Error(err)
		}
	}
}

func TestFailingWriter(t *testing.T) {
	size := len(encode(t, centreModel()))
	full := errors.New("disk full")
	for room := range size {
		w := &smallDisk{room: room, err: full}
		if err := persist.Encode(w, centreModel(), persist.Card{Library: "v0.0.0-test"}); !errors.Is(err, full) {
			t.Fatalf("room for %d bytes: got %v, want %v", room, err, full)
		}
		if err := persist.Encode(&smallDisk{room: room}, centreModel(), persist.Card{Library: "v0.0.0-test"}); err == nil {
			t.Fatalf("%d bytes written without an error, want a short write", room)
		}
	}
}

// A smallDisk takes room bytes and then fails.
type smallDisk struct {
	room int
	err  error
}

func (d *smallDisk) Write(b []byte) (int, error) {
	n := min(len(b), d.room)
	d.room -= n
	if n < len(b) {
		return n, d.err
	}
	return n, nil
}
