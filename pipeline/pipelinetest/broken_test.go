package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

// A recorder is a tester that notes which subtests fail.
type recorder struct {
	name   string
	parent *recorder
	failed bool
	leaves *[]string // names of the failed subtests that have no failed subtest
	log    *strings.Builder
}

func record(check func(tester)) (leaves []string, log string) {
	r := &recorder{leaves: &[]string{}, log: &strings.Builder{}}
	r.run(check)
	slices.Sort(*r.leaves)
	return *r.leaves, r.log.String()
}

func (r *recorder) run(check func(tester)) {
	done := make(chan struct{})
	go func() { // Fatalf ends it
		defer close(done)
		check(r)
	}()
	<-done
}

func (r *recorder) Helper() {}

func (r *recorder) Run(name string, check func(tester)) bool {
	child := &recorder{name: strings.TrimPrefix(r.name+"/"+name, "/"), parent: r, leaves: &[]string{}, log: r.log}
	child.run(check)
	if child.failed && len(*child.leaves) == 0 {
		*r.leaves = append(*r.leaves, child.name)
	}
	*r.leaves = append(*r.leaves, *child.leaves...)
	return !child.failed
}

func (r *recorder) Errorf(format string, args ...any) {
	fmt.Fprintf(r.log, r.name+": "+format+"\n", args...)
	for p := r; p != nil; p = p.parent {
		p.failed = true
	}
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(string, ...any) { runtime.Goexit() }

func init() {
	pipeline.Register[Broken]("pipelinetest.Broken")
	pipeline.Register[*BrokenModel]("pipelinetest.BrokenModel", pipeline.Ready((*BrokenModel).ready))
}

// Broken is a Shift with one fault.
type Broken struct {
	Fault string
	List  []float64
}

// A fault replaces parts of a Shift; what is nil stays.
type fault struct {
	fails     []string // subtests, exactly
	schema    func(in dataset.Schema) (dataset.Schema, error)
	fit       func(ctx context.Context, p Broken, ds dataset.Dataset) (mean float64, err error)
	model     func(in dataset.Schema) (dataset.Schema, error)
	transform func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error)
	step      func(m *BrokenModel, x, y []float64) error
	ready     func(m *BrokenModel) error
}

func (p Broken) Schema(in dataset.Schema) (dataset.Schema, error) {
	if f := faults[p.Fault].schema; f != nil {
		return f(in)
	}
	return Shift{}.Schema(in)
}

func (p Broken) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	fit := faults[p.Fault].fit
	if fit == nil {
		fit = fitMean
	}
	mean, err := fit(ctx, p, ds)
	if err != nil {
		return nil, err
	}
	m := &BrokenModel{Params: p, Mean: mean, Weights: []float64{1, 2}}
	m.derived = 1
	return m, m.ready()
}

func fitMean(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
	m, err := Shift{}.Fit(ctx, ds)
	if err != nil {
		return 0, err
	}
	return m.(*ShiftModel).Mean, nil
}

type BrokenModel struct {
	Params  Broken
	Mean    float64
	Pick    int
	Weights []float64

	derived float64
	calls   int
}

func (m *BrokenModel) ready() error {
	if f := faults[m.Params.Fault].ready; f != nil {
		return f(m)
	}
	m.derived = 1
	if len(m.Weights) != 2 || m.Pick < 0 || m.Pick > 1 {
		return errors.New("have weights or a pick that do not fit")
	}
	return nil
}

func (m *BrokenModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	if f := faults[m.Params.Fault].model; f != nil {
		return f(in)
	}
	return m.Params.Schema(in)
}

func (m *BrokenModel) good() *ShiftModel {
	return &ShiftModel{Params: Shift{}.defaults(), Mean: m.Mean * m.Weights[m.Pick], scale: m.derived}
}

func (m *BrokenModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	if f := faults[m.Params.Fault].transform; f != nil {
		return f(m, c)
	}
	return m.good().Transform(c)
}

func (m *BrokenModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	f := faults[m.Params.Fault]
	if f.step == nil {
		if f.transform == nil {
			return m.good().BindRow(c)
		}
		return byChunk(m, c)
	}
	out, _, err := m.good().BindRow(c)
	if err != nil {
		return c, nil, err
	}
	x, y := c.Column(0).(dataset.Floats), out.Column(out.Schema().Index("y")).(dataset.Floats)
	return out, func() error { return f.step(m, x, y) }, nil
}

// byChunk is a row form that runs Transform on the one row.
func byChunk(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, func() error, error) {
	out, _, err := m.good().BindRow(c)
	return out, func() error {
		res, err := m.Transform(c)
		if err != nil {
			return err
		}
		if res.Rows() == 0 {
			return &res.Rejects()[0]
		}
		last := len(res.Schema().Fields) - 1
		out.Column(last).(dataset.Floats)[0] = res.Column(last).(dataset.Floats)[0]
		return nil
	}, err
}

// shifted passes c through a good model and changes each output by fn.
func shifted(m *BrokenModel, c dataset.Chunk, fn func(i int, y float64) float64) (dataset.Chunk, error) {
	out, err := m.good().Transform(c)
	if err != nil {
		return out, err
	}
	y := out.Column(out.Schema().Index("y")).(dataset.Floats)
	for i := range y {
		y[i] = fn(i, y[i])
	}
	return out, nil
}

var (
	calls  atomic.Int64
	active atomic.Int64
)

func x(c dataset.Chunk) dataset.Floats {
	col, _ := dataset.Get[dataset.Floats](c, "x")
	return col
}

var outField = dataset.Field{Name: "y", Type: dataset.Float}

var faults map[string]fault

func init() {
	faults = map[string]fault{
		"none": {},
		"changes its input": {
			fails: []string{"unchanged"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				for i := range x(c) {
					x(c)[i]++
				}
				return m.good().Transform(c)
			},
		},
		"sorts the training data in place": {
			fails: []string{"unchanged"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				for c := range dataset.Chunks(ctx, ds) {
					slices.Sort(x(c))
				}
				return fitMean(ctx, Broken{}, ds)
			},
		},
		"changes the estimator": {
			fails: []string{"unchanged"},
			fit: func(ctx context.Context, p Broken, ds dataset.Dataset) (float64, error) {
				p.List[0]++
				return fitMean(ctx, p, ds)
			},
		},
		"counts calls in the model": {
			fails: []string{"unchanged"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				m.calls++
				return m.good().Transform(c)
			},
		},
		"keeps state outside of the model": {
			fails: []string{"concurrent", "cuts", "pipeline", "rows", "saved/same"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				n := float64(calls.Add(1))
				return shifted(m, c, func(_ int, y float64) float64 { return y + n })
			},
		},
		"looks at its neighbours": {
			fails: []string{"cuts", "rows"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				n := float64(c.Rows())
				return shifted(m, c, func(_ int, y float64) float64 { return y + n })
			},
		},
		"averages the means of chunks": {
			fails: []string{"cuts"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				sum, n := 0.0, 0.0
				for c, err := range dataset.Chunks(ctx, ds) {
					if err != nil || ctx.Err() != nil {
						return 0, errors.Join(err, ctx.Err())
					}
					s, _ := Sums{"x"}.Add(Sum{}, c)
					if s.N > 0 {
						sum, n = sum+s.Sum/float64(s.N), n+1
					}
				}
				return sum / max(n, 1), ctx.Err()
			},
		},
		"sums in map order": {
			fails: []string{"workers"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				terms := map[int]float64{}
				for i := range 1000 {
					terms[i] = 1 / float64(i+1)
				}
				sum := 0.0
				for _, t := range terms {
					sum += t
				}
				_, err := fitMean(ctx, Broken{}, ds)
				return sum, err
			},
		},
		"learns the number of workers": {
			fails: []string{"workers"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				mean, err := fitMean(ctx, Broken{}, ds)
				return mean + 1e-10*float64(fold.Workers(ctx)), err
			},
		},
		"has another row form": {
			fails: []string{"rows"},
			step: func(m *BrokenModel, x, y []float64) error {
				if math.IsNaN(x[0]) {
					return &dataset.Reject{Column: "x", Reason: "is missing"}
				}
				y[0] = math.Nextafter(x[0]-m.Mean, 0)
				return nil
			},
		},
		"has a row form that rejects nothing": {
			fails: []string{"rows"},
			step: func(m *BrokenModel, x, y []float64) error {
				y[0] = x[0] - m.Mean
				return nil
			},
		},
		"has a row form that remembers": {
			fails: []string{"rows"},
			step: func(m *BrokenModel, x, y []float64) error {
				if math.IsNaN(x[0]) {
					return &dataset.Reject{Column: "x", Reason: "is missing"}
				}
				if x[0] != 7 {
					y[0] = x[0] - m.Mean
				}
				return nil
			},
		},
		"panics without a column": {
			fails: []string{"schema/empty", "schema/missing"},
			schema: func(in dataset.Schema) (dataset.Schema, error) {
				_ = in.Fields[in.Index("x")]
				return Shift{}.Schema(in)
			},
		},
		"has errors without a column": {
			fails: []string{"schema/empty", "schema/missing", "schema/type"},
			schema: func(in dataset.Schema) (dataset.Schema, error) {
				out, err := Shift{}.Schema(in)
				if err != nil {
					err = errors.New("that does not fit")
				}
				return out, err
			},
		},
		"does not look for its column": {
			fails:  []string{"schema/missing"},
			schema: func(in dataset.Schema) (dataset.Schema, error) { return in.With(outField) },
		},
		"does not look at the type": {
			fails: []string{"schema/type"},
			schema: func(in dataset.Schema) (dataset.Schema, error) {
				_, errIn := in.Want("x")
				out, err := in.With(outField)
				return out, errors.Join(errIn, err)
			},
		},
		"promises another type": {
			fails: []string{"schema/model"},
			schema: func(in dataset.Schema) (dataset.Schema, error) {
				_, errIn := in.Want("x", dataset.Float)
				out, err := in.With(dataset.Field{Name: "y", Type: dataset.Int})
				return out, errors.Join(errIn, err)
			},
			model: Shift{}.Schema,
		},
		"promises another name": {
			fails: []string{"schema/model"},
			schema: func(in dataset.Schema) (dataset.Schema, error) {
				return Shift{OutputCol: "z"}.Schema(in)
			},
			model: Shift{}.Schema,
		},
		"delivers another type": {
			fails: []string{"schema/model"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				out, err := m.good().Transform(c)
				if err != nil {
					return out, err
				}
				schema := cloneSchema(out.Schema())
				schema.Fields[len(schema.Fields)-1].Type = dataset.Float32
				return out.WithSchema(schema)
			},
		},
		"fails without rows": {
			fails: []string{"cuts", "edges", "schema/model"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				if x, err := dataset.Get[dataset.Floats](c, "x"); err == nil {
					_ = x[0]
				}
				return m.good().Transform(c)
			},
		},
		"panics on infinity": {
			fails: []string{"edges"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				if slices.Contains(x(c), math.Inf(1)) {
					panic("infinite")
				}
				return m.good().Transform(c)
			},
		},
		"cannot be fitted on nothing": {
			fails: []string{"edges"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				all, err := fold.Run(ctx, ds, Sums{"x"})
				if err != nil {
					return 0, err
				}
				return float64(int(all.Sum) / all.N), nil
			},
		},
		"loses rows": {
			fails: []string{"accounting"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				out, err := m.good().Transform(c)
				if err != nil || out.Rows() == c.Rows() {
					return out, err
				}
				lost, err := dataset.NewChunk(out.Schema(), out.Origin(), columns(out)...)
				return lost.WithRejects(c.Rejects()...), err
			},
			step: func(m *BrokenModel, x, y []float64) error {
				if math.IsNaN(x[0]) {
					return &dataset.Reject{Reason: "the row was filtered out"}
				}
				y[0] = x[0] - m.Mean
				return nil
			},
		},
		"gives no reason": {
			fails: []string{"accounting"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				out, err := m.good().Transform(c)
				rejects := slices.Clone(out.Rejects())
				for i := range rejects {
					rejects[i].Reason = ""
				}
				bare, _ := dataset.NewChunk(out.Schema(), out.Origin(), columns(out)...)
				return bare.WithRejects(rejects...), err
			},
		},
		"loses earlier rejects": {
			fails: []string{"accounting"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				bare, err := dataset.NewChunk(c.Schema(), c.Origin(), columns(c)...)
				if err != nil {
					return c, err
				}
				return m.good().Transform(bare)
			},
		},
		"cannot be shared": {
			fails: []string{"concurrent"},
			transform: func(m *BrokenModel, c dataset.Chunk) (dataset.Chunk, error) {
				defer active.Add(-1)
				shared := active.Add(1) > 1
				for range 100 { // until another call is seen
					shared = shared || active.Load() > 1
					runtime.Gosched()
				}
				return shifted(m, c, func(_ int, y float64) float64 {
					if shared {
						return 0
					}
					return y
				})
			},
		},
		"reads on when cancelled": {
			fails: []string{"cancelled"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				mean, err := fitMean(context.Background(), Broken{}, ds)
				return mean, errors.Join(err, ctx.Err())
			},
		},
		"hides that it was cancelled": {
			fails: []string{"cancelled"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				mean, err := fitMean(ctx, Broken{}, ds)
				if ctx.Err() != nil {
					return mean, nil
				}
				return mean, err
			},
		},
		"leaves a goroutine": {
			fails: []string{"cancelled"},
			fit: func(ctx context.Context, _ Broken, ds dataset.Dataset) (float64, error) {
				mean, err := fitMean(ctx, Broken{}, ds)
				if ctx.Err() != nil {
					go func() { <-release }()
				}
				return mean, err
			},
		},
		"forgets what it derived": {
			fails: []string{"saved/same"},
			ready: func(m *BrokenModel) error {
				if len(m.Weights) != 2 || m.Pick < 0 || m.Pick > 1 {
					return errors.New("have weights or a pick that do not fit")
				}
				return nil
			},
		},
		"believes a file": {
			fails: []string{"saved/hostile"},
			ready: func(m *BrokenModel) error {
				m.derived = 1
				return nil
			},
		},
	}
}

var release chan struct{} // ends the goroutines that a fault leaves

// TestSuiteCanFail runs a stage with one fault after another: exactly the checks
// that should see it fail.
func TestSuiteCanFail(t *testing.T) {
	release = make(chan struct{})
	defer close(release)
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			got, log := record(func(t tester) { estimator(t, Broken{Fault: name, List: []float64{1}}, numbers()) })
			want := append([]string{}, f.fails...)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("checks that failed (-want +got):\n%s\nthe suite said:\n%s", d, log)
			}
		})
	}
}

// Sumup adds up the values of a vector. It is broken where Dense is set: then it
// knows no other blocks; and where Wide is set: then it takes any size.
type Sumup struct{ Dense, Wide bool }

func init() { pipeline.Register[Sumup]("pipelinetest.Sumup") }

func (p Sumup) Schema(in dataset.Schema) (dataset.Schema, error) {
	size := 3
	if p.Wide {
		size = 0
	}
	_, err := in.WantVector("v", size)
	out, errOut := in.With(outField)
	return out, errors.Join(err, errOut)
}

func (p Sumup) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	v, err := dataset.Get[*dataset.Vectors](c, "v")
	if err != nil {
		return c, err
	}
	row := make([]float64, v.Dim())
	return c.With(outField, floats(v.Len(), func(i int) float64 {
		if _, ok := v.Blocks()[0].(*dataset.Dense); ok || !p.Dense {
			v.Row(i, row)
		}
		return row[0] + row[1] + row[2] + 1/float64(4-len(row)) - float64([3]int{}[len(row)-1])
	}))
}

func vectors() *dataset.Table {
	return dataset.Vec("v", 3, 1, 0, 2.5, 0, 0, 1e3, math.NaN(), 1, 0, -7, 0.1, 0.2)
}

func TestSumupConforms(t *testing.T) { Transformer(t, Sumup{}, vectors()) }

func TestSuiteCanFailOnVectors(t *testing.T) {
	tests := []struct {
		stage Sumup
		want  []string
	}{
		{Sumup{}, []string{}},
		{Sumup{Dense: true}, []string{"blocks"}},
		{Sumup{Wide: true}, []string{"schema/size"}},
	}
	for _, tt := range tests {
		got, log := record(func(t tester) { transformer(t, tt.stage, vectors()) })
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%+v: checks that failed (-want +got):\n%s\nthe suite said:\n%s", tt.stage, d, log)
		}
	}
}

func TestSuiteCanFailOnLearningFromVectors(t *testing.T) {
	ds := dataset.Vec("v", 3, 1, 0, 2.5, 0, 0, 1e3, 4, 1, 0, -7, 0.1, 0.2)
	got, log := record(func(t tester) { estimator(t, Centre{Dense: true}, ds) })
	if d := cmp.Diff([]string{"blocks"}, got); d != "" {
		t.Errorf("checks that failed (-want +got):\n%s\nthe suite said:\n%s", d, log)
	}
}

// Both is a Transformer that a pipeline takes for an Estimator of another model.
type Both struct{ Sumup }

func init() { pipeline.Register[Both]("pipelinetest.Both") }

func (b Both) Fit(context.Context, dataset.Dataset) (pipeline.Transformer, error) {
	return pipeline.New().Fit(context.Background(), vectors())
}

func TestSuiteCanFailInPipeline(t *testing.T) {
	got, log := record(func(t tester) { transformer(t, Both{}, vectors()) })
	if d := cmp.Diff([]string{"pipeline"}, got); d != "" {
		t.Errorf("checks that failed (-want +got):\n%s\nthe suite said:\n%s", d, log)
	}
}

// Zeroless has no zero value.
type Zeroless struct {
	Sumup
	Cols []string
}

func init() { pipeline.Register[Zeroless]("pipelinetest.Zeroless") }

func (z Zeroless) Schema(in dataset.Schema) (dataset.Schema, error) {
	_ = z.Cols[0]
	return z.Sumup.Schema(in)
}

func TestSuiteCanFailOnZero(t *testing.T) {
	got, log := record(func(t tester) { transformer(t, Zeroless{Cols: []string{"v"}}, vectors()) })
	if d := cmp.Diff([]string{"saved/hostile", "schema/empty"}, got); d != "" {
		t.Errorf("checks that failed (-want +got):\n%s\nthe suite said:\n%s", d, log)
	}
}

// Nameless is not registered.
type Nameless struct{ Sumup }

func TestSuiteCanFailToSave(t *testing.T) {
	got, log := record(func(t tester) { transformer(t, Nameless{}, vectors()) })
	if d := cmp.Diff([]string{"saved"}, got); d != "" {
		t.Errorf("checks that failed (-want +got):\n%s\nthe suite said:\n%s", d, log)
	}
}

// lawless is Sums with one law broken.
type lawless struct {
	Col   string
	Fault string
}

// badState has a state in a field that an engine would not ship.
type badState struct {
	Sum Sum
	n   int
}

func (a lawless) Zero() *badState {
	if a.Fault == "shares Zero" {
		return shared
	}
	return &badState{}
}

var shared = &badState{}

func (a lawless) Add(s *badState, c dataset.Chunk) (*badState, error) {
	sum, err := Sums{a.Col}.Add(s.Sum, c)
	if a.Fault == "changes the chunk" && c.Rows() > 0 {
		x(c)[0]++
	}
	if a.Fault == "counts chunks" {
		sum.N++
	}
	s.Sum = sum
	return s, err
}

func (a lawless) Merge(p, q *badState) (*badState, error) {
	if a.Fault == "forgets" {
		return p, nil
	}
	sum, err := Sums{}.Merge(p.Sum, q.Sum)
	return &badState{sum, p.n}, err
}

func TestAggregator(t *testing.T) {
	Aggregator(t, Sums{"x"}, numbers())
	for fault, want := range map[string]string{
		"":                  "the state has the unexported field badState.n",
		"forgets":           "Zero merged with a state: have another state",
		"counts chunks":     "one row a chunk: have another state",
		"changes the chunk": "Add has changed its chunk",
		"shares Zero":       "Zero is not empty after another was used",
	} {
		if _, log := record(func(t tester) { aggregator(t, lawless{"x", fault}, numbers()) }); !strings.Contains(log, want) {
			t.Errorf("%q: want %q; the suite said:\n%s", fault, want, log)
		}
	}
}

func TestExceptAndNoRows(t *testing.T) {
	got, log := record(func(t tester) {
		estimator(t, Broken{Fault: "panics on infinity", List: []float64{1}}, numbers(), Except("edges", "for the test"))
	})
	if len(got) > 0 {
		t.Errorf("have %v, want nothing but the excepted check to fail:\n%s", got, log)
	}
	_, log = record(func(t tester) { transformer(t, Sumup{}, dataset.Vec("v", 3)) })
	if want := ": have 0 rows of data, want at least 1\n"; log != want {
		t.Errorf("have %q, want %q", log, want)
	}
}
