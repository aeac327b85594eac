package pipelinetest

import (
	"reflect"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// Aggregator checks the law of package fold on the rows of ds: however they are
// cut, the state is the same to tolerance; an empty state changes nothing, whichever
// side it is on; Add does not change a chunk, nor the next Zero; and the aggregator
// and its state have exported fields only.
func Aggregator[S any](t *testing.T, agg fold.Aggregator[S], ds dataset.Dataset, opts ...Option) {
	t.Helper()
	aggregator(reporter{t}, agg, ds, opts...)
}

func aggregator[S any](t tester, agg fold.Aggregator[S], ds dataset.Dataset, opts ...Option) {
	t.Helper()
	s := newSuite(t, ds, opts)
	zero := snapshot(agg.Zero())
	run := func(parts [][]int) S {
		state, err := fold.Run(workers(1), s.data.cut(parts), agg)
		if err != nil {
			t.Fatalf("fold.Run: %v", err)
		}
		return state
	}
	one := [][]int{{s.data.rows()}}
	want := run(one)
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
	merge("Zero merged with a state", agg.Zero(), run(one))
	merge("a state merged with Zero", run(one), agg.Zero())
	if snapshotData(s.data.Chunk) != s.before.data {
		t.Errorf("Add has changed its chunk")
	}
	if snapshot(agg.Zero()) != zero {
		t.Errorf("Zero is not empty after another was used: have %s, want %s", snapshot(agg.Zero()), zero)
	}
	for what, typ := range map[string]reflect.Type{"aggregator": reflect.TypeOf(agg), "state": reflect.TypeFor[S]()} {
		if name := hidden(typ, map[reflect.Type]bool{}); name != "" {
			t.Errorf("the %s has the unexported field %s, want exported fields only", what, name)
		}
	}
}

// hidden returns the first unexported field that a value of the type holds.
func hidden(t reflect.Type, seen map[reflect.Type]bool) string {
	if seen[t] {
		return ""
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return hidden(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if !f.IsExported() {
				return t.Name() + "." + f.Name
			}
			if name := hidden(f.Type, seen); name != "" {
				return name
			}
		}
	}
	return ""
}
