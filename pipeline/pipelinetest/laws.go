package pipelinetest

import (
	"context"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// Aggregator checks the law of package fold on the rows of ds: however they are
// cut, the state is the same to tolerance, an empty state changes nothing, and Add
// does not change a chunk.
func Aggregator[S any](t *testing.T, agg fold.Aggregator[S], ds dataset.Dataset, opts ...Option) {
	t.Helper()
	aggregator(reporter{t}, agg, ds, opts...)
}

func aggregator[S any](t tester, agg fold.Aggregator[S], ds dataset.Dataset, opts ...Option) {
	t.Helper()
	s := newSuite(t, ds, opts)
	before := snapshotData(s.data.Chunk)
	run := func(parts [][]int) S {
		state, err := fold.Run(context.Background(), s.data.cut(parts), agg)
		if err != nil {
			t.Fatalf("fold.Run: %v", err)
		}
		return state
	}
	want := run([][]int{{s.data.rows()}})
	check := func(law string, got S) {
		t.Helper()
		if d := diffModels(want, got, s.tolerance); d != "" {
			t.Errorf("%s: have another state (-one chunk +here):\n%s", law, d)
		}
	}
	for _, cut := range cuttings(s.data.rows()) {
		check(cut.name, run(cut.parts))
	}
	merge := func(law string, a, b S) {
		t.Helper()
		state, err := agg.Merge(a, b)
		if err != nil {
			t.Fatalf("%s: %v", law, err)
		}
		check(law, state)
	}
	merge("Zero merged with a state", agg.Zero(), run([][]int{{s.data.rows()}}))
	merge("a state merged with Zero", run([][]int{{s.data.rows()}}), agg.Zero())
	if snapshotData(s.data.Chunk) != before {
		t.Errorf("Add has changed its chunk")
	}
}
