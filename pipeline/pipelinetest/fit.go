package pipelinetest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"

	"go.uber.org/goleak"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

// unchanged checks that neither Fit nor Transform changes what it is given.
func (s *suite) unchanged(t tester) {
	if s.est != nil && snapshot(s.est) != s.before.est {
		t.Errorf("Fit has changed the estimator: have %s, want %s", snapshot(s.est), s.before.est)
	}
	if snapshotData(s.data.Chunk) != s.before.data {
		t.Errorf("Fit has changed the data")
	}
	model, data := snapshot(s.model), snapshotData(s.data.Chunk)
	if _, err := transform(s.model, s.data.Chunk); err != nil {
		t.Errorf("Transform: %v", err)
	}
	if snapshotData(s.data.Chunk) != data {
		t.Errorf("Transform has changed its input")
	}
	if after := snapshot(s.model); after != model {
		t.Errorf("Transform has changed the model: have %s, want %s", after, model)
	}
}

// cuts checks that the cut into parts and chunks does not matter: the same model
// to tolerance, and with one model the same bits.
func (s *suite) cuts(t tester) {
	want, err := apply(s.model, s.data.table())
	if err != nil {
		t.Fatalf("Transform: %v", err)
	}
	for _, cut := range cuttings(s.data.rows()) {
		table := s.data.cut(cut.parts)
		if s.est != nil {
			model, err := s.fit(context.Background(), table)
			if err != nil {
				t.Errorf("%s: Fit: %v", cut.name, err)
			} else if d := diffModels(s.model, model, s.tolerance); d != "" {
				t.Errorf("%s: the model differs from that of one chunk (-one chunk +cut):\n%s", cut.name, d)
			}
		}
		got, err := apply(s.model, table)
		if err != nil {
			t.Errorf("%s: Transform: %v", cut.name, err)
		} else if d := differ(s.outSchema(), want, got, 0); d != "" {
			t.Errorf("%s: Transform differs from that of one chunk: %s", cut.name, d)
		}
	}
}

func (s *suite) outSchema() dataset.Schema {
	out, _ := s.model.Schema(s.data.Schema())
	return out
}

// workers checks that the model's bytes are a function of the data alone.
func (s *suite) workers(t tester) {
	if s.est == nil {
		return
	}
	table := s.data.cut(uneven(s.data.rows()))
	var want []byte
	check := func(n, procs int) {
		t.Helper()
		model, err := s.fit(workers(n), table)
		if err != nil {
			t.Fatalf("Fit with %d workers: %v", n, err)
		}
		got, err := encode(model)
		if err != nil {
			t.Fatalf("encoding the model: %v", err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("Fit with %d workers and GOMAXPROCS %d gave other bytes than a first Fit with 1 worker", n, procs)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for procs := 1; procs <= 2; procs++ {
		runtime.GOMAXPROCS(procs)
		for range 3 { // again, for what changes from run to run: map order, timing
			for _, n := range []int{1, 2, 3, 8} {
				check(n, procs)
			}
		}
	}
}

// cancelled checks that Fit stops reading soon after its context ends, and leaves
// no goroutine.
func (s *suite) cancelled(t tester) {
	if s.est == nil {
		return
	}
	ignore := goleak.IgnoreCurrent()
	table := s.data.cut(uneven(s.data.rows()))
	all := &cancelling{Dataset: table}
	if _, err := s.fit(context.Background(), all); err != nil {
		t.Fatalf("Fit: %v", err)
	}
	const workersUsed = 2
	for _, after := range []int{0, 1, (all.chunks + 1) / 2} {
		if after >= all.chunks {
			continue
		}
		ctx, cancel := context.WithCancel(workers(workersUsed))
		ds := &cancelling{Dataset: table, after: after, cancel: cancel}
		if after == 0 {
			cancel()
		}
		_, err := s.fit(ctx, ds)
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at chunk %d of %d: have error %v, want %v", after, all.chunks, err, context.Canceled)
		}
		if ds.chunks > after+workersUsed {
			t.Errorf("cancelled at chunk %d of %d: %d were read, want at most one more a worker", after, all.chunks, ds.chunks)
		}
	}
	if err := goleak.Find(ignore); err != nil {
		t.Errorf("after a cancelled Fit: %v", err)
	}
}

// A cancelling dataset cancels when it hands out a certain chunk, and goes on for
// as long as it is read.
type cancelling struct {
	dataset.Dataset
	after  int // 0 = none
	cancel func()

	mu     sync.Mutex
	chunks int // handed out
}

func (d *cancelling) Read(_ context.Context, part int) iter.Seq2[dataset.Chunk, error] {
	return func(yield func(dataset.Chunk, error) bool) {
		for c, err := range d.Dataset.Read(context.Background(), part) {
			d.handOut()
			if !yield(c, err) {
				return
			}
		}
	}
}

func (d *cancelling) handOut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.chunks++
	if d.chunks == d.after {
		d.cancel()
	}
}

// nested checks that a pipeline of one stage is the stage alone.
func (s *suite) nested(t tester) {
	model, err := pipeline.New(s.stage()).Fit(context.Background(), s.data.table())
	if err != nil {
		t.Fatalf("Fit of a pipeline of this stage: %v", err)
	}
	want, errWant := apply(s.model, s.data.table())
	got, err := apply(model, s.data.table())
	if errWant != nil || err != nil {
		t.Fatalf("Transform: %v, in a pipeline: %v", errWant, err)
	}
	if d := differ(s.outSchema(), want, got, s.tolerance); d != "" {
		t.Errorf("in a pipeline of one stage: %s", d)
	}
}
