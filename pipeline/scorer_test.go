package pipeline_test

import (
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

func scorer(t testing.TB, schema dataset.Schema, stages ...pipeline.Transformer) *pipeline.Scorer {
	t.Helper()
	s, err := pipeline.NewScorer(&pipeline.Model{Stages: stages}, schema)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A Mirror adds a copy of every column, and has no row form.
type Mirror struct{}

func (Mirror) Schema(in dataset.Schema) (dataset.Schema, error) {
	out := in
	var errs []error
	for _, f := range in.Fields {
		f.Name += "2"
		var err error
		out, err = out.With(f)
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

func (Mirror) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	out := c
	for i, f := range c.Schema().Fields {
		f.Name += "2"
		var err error
		if out, err = out.With(f, c.Column(i)); err != nil {
			return c, err
		}
	}
	return out, nil
}

var everyType = dataset.NewSchema(
	dataset.Field{Name: "float", Type: dataset.Float},
	dataset.Field{Name: "float32", Type: dataset.Float32},
	dataset.Field{Name: "int", Type: dataset.Int},
	dataset.Field{Name: "bool", Type: dataset.Bool},
	dataset.Field{Name: "time", Type: dataset.Time},
	dataset.Field{Name: "string", Type: dataset.String},
	dataset.Field{Name: "vector", Type: dataset.Vector, Size: 2},
)

func TestScorerTypes(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	models := map[string][]pipeline.Transformer{
		"one stage without a row form":     {Mirror{}},
		"after a stage with one":           {&CentreModel{Centre{"float", "y"}, 0}, Mirror{}, Keep{slices.Concat(everyType.Names(), mirrored())}},
		"the stage itself is not in Model": nil,
	}
	for name, stages := range models {
		t.Run(name, func(t *testing.T) {
			s := scorer(t, everyType, stages...)
			if stages == nil {
				var err error
				if s, err = pipeline.NewScorer(Mirror{}, everyType); err != nil {
					t.Fatal(err)
				}
			}
			row := s.Row()
			if err := row.Score(); err != nil || !row.Missing(7) {
				t.Errorf("a new row: have error %v, want every value missing", err)
			}
			for range 2 { // a row is used again
				row.SetFloat(0, 1.5)
				row.SetFloat(1, 0.1)
				row.SetInt(2, math.MaxInt64)
				row.SetBool(3, true)
				row.SetTime(4, at)
				row.SetString(5, "text")
				row.SetVector(6, []float64{1, math.Inf(1)})
				if err := row.Score(); err != nil {
					t.Fatal(err)
				}
				for _, from := range []int{0, 7} { // as set, and mirrored
					vector := make([]float64, 2)
					row.Vector(from+6, vector)
					got := []any{row.Float(from), row.Float(from + 1), row.Int(from + 2), row.Int(from + 3), row.Int(from + 4), row.String(from + 5), vector}
					// A Float32 is rounded, as a source that reads the same text does.
					want := []any{1.5, float64(float32(0.1)), int64(math.MaxInt64), int64(1), at.UnixMicro(), "text", []float64{1, math.Inf(1)}}
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("columns from %d (-want +got):\n%s", from, d)
					}
				}
				for i := range 7 {
					row.SetMissing(i)
				}
				if err := row.Score(); err != nil {
					t.Fatal(err)
				}
				for i := range 6 {
					if !row.Missing(i) || !row.Missing(7+i) {
						t.Errorf("column %d: have a value, want it missing", i)
					}
				}
				vector := make([]float64, 2)
				if row.Vector(13, vector); !math.IsNaN(vector[0]) || !math.IsNaN(vector[1]) {
					t.Errorf("a missing vector: have %v, want NaN", vector)
				}
			}
		})
	}
}

func mirrored() []string {
	schema, _ := Mirror{}.Schema(everyType)
	return schema.Names()[7:]
}

func TestScorerPanicsOnWrongType(t *testing.T) {
	row := scorer(t, everyType).Row()
	for name, set := range map[string]func(){
		"SetFloat of a string":  func() { row.SetFloat(5, 1) },
		"SetString of a number": func() { row.SetString(0, "1") },
		"SetVector too long":    func() { row.SetVector(6, make([]float64, 3)) },
		"SetInt out of range":   func() { row.SetInt(7, 1) },
		"Int of a number":       func() { row.Int(0) },
	} {
		if panicOf(set) == "<nil>" {
			t.Errorf("%s: have no panic", name)
		}
	}
}

func TestScorerDrops(t *testing.T) {
	filter := noRowForm{filtering{}}
	for name, stages := range map[string][]pipeline.Transformer{
		"rejected, in a model": {Positive{"x"}, &CentreModel{Centre{"x", "y"}, 1}},
		"rejected, nested":     {&pipeline.Model{Stages: []pipeline.Transformer{Positive{"x"}}}},
		"filtered":             {filter},
	} {
		t.Run(name, func(t *testing.T) {
			row := scorer(t, column("x").Schema(), stages...).Row()
			row.SetFloat(0, 2)
			if err := row.Score(); err != nil {
				t.Fatal(err)
			}
			row.SetFloat(0, -2)
			err := row.Score()
			r, ok := err.(*dataset.Reject)
			if !ok {
				t.Fatalf("have error %v, want a *dataset.Reject", err)
			}
			want := &dataset.Reject{Offset: -1, Stage: "test.Positive", Column: "x", Value: "-2", Reason: "want above 0"}
			if name == "filtered" {
				want = &dataset.Reject{Offset: -1, Stage: "pipeline_test.noRowForm", Reason: "the row was filtered out"}
			}
			if d := cmp.Diff(want, r); d != "" {
				t.Errorf("reject (-want +got):\n%s", d)
			}
			row.SetFloat(0, 3)
			if err := row.Score(); err != nil {
				t.Errorf("the row after it: %v", err)
			}
		})
	}
}

// filtering filters the rows out whose x is not above 0.
type filtering struct{}

func (filtering) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }

func (filtering) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	x, err := dataset.Get[dataset.Floats](c, "x")
	var keep []int32
	for i, v := range x {
		if v > 0 {
			keep = append(keep, int32(i))
		}
	}
	return c.Filter(keep), err
}

// A stage that removes the inputs leaves them to be set.
func TestScorerWithoutItsInputs(t *testing.T) {
	s := scorer(t, column("x").Schema(), &CentreModel{Centre{"x", "y"}, 1}, Keep{[]string{"y"}})
	if d := cmp.Diff([]string{"y"}, s.Schema().Names()); d != "" {
		t.Errorf("columns (-want +got):\n%s", d)
	}
	if s.Index("y") != 0 || s.Index("x") != -1 {
		t.Errorf("have columns y at %d and x at %d, want 0 and -1", s.Index("y"), s.Index("x"))
	}
	row := s.Row()
	row.SetFloat(0, 5)
	if err := row.Score(); err != nil || row.Float(0) != 4 {
		t.Errorf("have %v and error %v, want 4", row.Float(0), err)
	}
}

func TestScorerNeedsSizes(t *testing.T) {
	open := dataset.NewSchema(dataset.Field{Name: "v", Type: dataset.Vector})
	_, err := pipeline.NewScorer(&pipeline.Model{}, open)
	if col, ok := errors.AsType[*dataset.ColumnError](err); !ok || col.Column != "v" {
		t.Errorf("a vector of unknown size: have error %v, want a *ColumnError of v", err)
	}
}

// A stage without a row form must not change the blocks that later stages meet:
// here .1 + (.2 + .3) is not (.1 + .2) + .3.
func TestScorerKeepsBlocks(t *testing.T) {
	schema := dataset.NewSchema(dataset.Field{Name: "a", Type: dataset.Float}, dataset.Field{Name: "v", Type: dataset.Vector, Size: 2})
	v, err := dataset.NewDense(2, []float64{.2, .3})
	if err != nil {
		t.Fatal(err)
	}
	ds := table(schema, dataset.Floats{.1}, v)
	for name, stages := range map[string][]pipeline.Transformer{
		"all have a row form":        {beside{}, BlockSum{"w", "sum"}},
		"the first has none":         {noRowForm{beside{}}, BlockSum{"w", "sum"}},
		"none in a model of its own": {&pipeline.Model{Stages: []pipeline.Transformer{noRowForm{beside{}}}}, BlockSum{"w", "sum"}},
	} {
		t.Run(name, func(t *testing.T) {
			want := read(t, &pipeline.Model{Stages: stages}, ds, "sum")[0]
			s := scorer(t, schema, stages...)
			row := s.Row()
			row.SetFloat(0, .1)
			row.SetVector(1, []float64{.2, .3})
			if err := row.Score(); err != nil {
				t.Fatal(err)
			}
			if got := row.Float(s.Index("sum")); got != want || want != .1+(.2+.3) {
				t.Errorf("have %v for the row, %v in the chunk, want %v", got, want, .1+(.2+.3))
			}
		})
	}
}

// beside puts the number a beside the vector v.
type beside struct{}

func (beside) Schema(in dataset.Schema) (dataset.Schema, error) {
	return in.With(dataset.Field{Name: "w", Type: dataset.Vector, Size: 3})
}

func (beside) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	a, errA := dataset.Get[dataset.Floats](c, "a")
	v, errV := dataset.Get[*dataset.Vectors](c, "v")
	if err := errors.Join(errA, errV); err != nil {
		return c, err
	}
	w, err := dataset.NewVectors(slices.Concat([]dataset.Block{&dataset.Scalar{Values: a}}, v.Blocks())...)
	if err != nil {
		return c, err
	}
	return c.With(dataset.Field{Name: "w", Type: dataset.Vector, Size: 3}, w)
}

func (b beside) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	out, err := b.Transform(c)
	return out, nil, err
}

// rowForms is a model of stages that all have a row form.
func rowForms(t testing.TB) *pipeline.Scorer {
	return scorer(t, column("x").Schema(),
		&CentreModel{Centre{"x", "y"}, 1}, Pair{[]string{"x", "y"}, "v"},
		&pipeline.Model{Stages: []pipeline.Transformer{BlockSum{"v", "sum"}}})
}

func TestScorerDoesNotAllocate(t *testing.T) {
	s := rowForms(t)
	row, sum := s.Row(), s.Index("sum")
	x := 0.0
	allocs := testing.AllocsPerRun(100, func() {
		x++
		row.SetFloat(0, x)
		if err := row.Score(); err != nil || row.Float(sum) != x+(x-1) {
			t.Fatalf("have %v and error %v, want %v", row.Float(sum), err, x+(x-1))
		}
	})
	if allocs != 0 {
		t.Errorf("have %v allocations a row, want 0", allocs)
	}
}

func TestScorerConcurrent(t *testing.T) {
	s := rowForms(t)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			row, sum := s.Row(), s.Index("sum")
			for i := range 100 {
				x := float64(g*1000 + i)
				row.SetFloat(0, x)
				if err := row.Score(); err != nil || row.Float(sum) != x+(x-1) {
					t.Errorf("have %v and error %v, want %v", row.Float(sum), err, x+(x-1))
					return
				}
			}
		})
	}
	wg.Wait()
}

// A stage that delivers another column than its schema says is an error, not a panic.
func TestScorerOfALyingStage(t *testing.T) {
	s, err := pipeline.NewScorer(liar{}, column("x").Schema())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Row().Score(); err == nil {
		t.Error("have no error")
	}
}

type liar struct{}

func (liar) Schema(in dataset.Schema) (dataset.Schema, error) {
	return in.With(dataset.Field{Name: "y", Type: dataset.Int})
}

func (liar) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	return c.With(dataset.Field{Name: "y", Type: dataset.Float}, make(dataset.Floats, c.Rows()))
}

func BenchmarkScorerRow(b *testing.B) {
	for name, s := range map[string]*pipeline.Scorer{
		"row forms": rowForms(b),
		"chunk of one row": scorer(b, column("x").Schema(),
			noRowForm{&CentreModel{Centre{"x", "y"}, 1}}, noRowForm{Pair{[]string{"x", "y"}, "v"}}, noRowForm{BlockSum{"v", "sum"}}),
	} {
		b.Run(name, func(b *testing.B) {
			row := s.Row()
			row.SetFloat(0, 3)
			b.ReportAllocs()
			for b.Loop() {
				if err := row.Score(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
