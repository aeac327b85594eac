package pipelinetest

import (
	"bytes"
	"slices"

	"github.com/millrace-ml/millrace/pipeline"
)

// saved checks that a file holds all of a model, and that no file makes it panic.
func (s *suite) saved(t tester) {
	file, err := encode(s.model)
	if err != nil {
		t.Fatalf("saving the model: %v", err)
	}
	subtest(t, "same", func(t tester) { s.loadsTheSame(t, file) })
	subtest(t, "damaged", func(t tester) { refusesDamage(t, file) })
	subtest(t, "hostile", func(t tester) { s.survivesMutants(t, file) })
}

// loadsTheSame checks that the model loaded gives the same bits, and is saved as
// the same bytes.
func (s *suite) loadsTheSame(t tester, file []byte) {
	if twice, err := encode(s.model); err != nil || !bytes.Equal(twice, file) {
		t.Errorf("saving a second time: have other bytes or error %v", err)
	}
	loaded, err := load(file)
	if err != nil {
		t.Fatalf("loading: %v", err)
	}
	if twice, err := encode(loaded); err != nil || !bytes.Equal(twice, file) {
		t.Errorf("saving what was loaded: have other bytes or error %v", err)
	}
	want, errWant := apply(s.model, s.data.table())
	got, err := apply(loaded, s.data.table())
	if errWant != nil || err != nil {
		t.Fatalf("Transform: %v, of the loaded model: %v", errWant, err)
	}
	if d := differ(s.outSchema(), want, got, 0); d != "" {
		t.Errorf("the loaded model: %s", d)
	}
	want, errWant = s.scoresOf(s.model)
	got, err = s.scoresOf(loaded)
	if errWant != nil || err != nil {
		t.Fatalf("Scorer: %v, of the loaded model: %v", errWant, err)
	}
	if d := differ(s.outSchema(), want, got, 0); d != "" {
		t.Errorf("the loaded model's Scorer: %s", d)
	}
	if s.est != nil {
		if est, err := again(s.est); err != nil {
			t.Errorf("saving and loading the estimator: %v", err)
		} else if d := diffModels(s.est, est, 0); d != "" {
			t.Errorf("the estimator saved and loaded (-saved +loaded):\n%s", d)
		}
	}
}

func (s *suite) scoresOf(model pipeline.Transformer) ([]outcome, error) {
	scorer, err := pipeline.NewScorer(model, s.data.Schema())
	if err != nil {
		return nil, err
	}
	return scores(scorer, s.data.Chunk)
}

// most is how many places of a file or a model are tried, evenly spread.
const most = 400

// refusesDamage checks that a file that was cut off, changed or made longer is an
// error.
func refusesDamage(t tester, file []byte) {
	refuse := func(what string, at int, damaged []byte) bool {
		_, err := load(damaged)
		if err == nil || isPanic(err) {
			t.Errorf("%s at byte %d of %d: have error %v, want one that is no panic", what, at, len(file), err)
		}
		return err != nil
	}
	step := max(1, len(file)/most)
	for at := 0; at < len(file); at += step {
		changed := slices.Clone(file)
		changed[at] ^= 1 << (at % 8)
		if !refuse("a bit changed", at, changed) || !refuse("the file cut off", at, file[:at]) {
			return
		}
	}
	refuse("a byte added", len(file), append(slices.Clone(file), 0))
}

// survivesMutants changes the fields of the loaded model one at a time, to what a
// file may hold whose author can compute its hash. The stage's Ready must refuse
// it, or Schema, or else Transform must not panic.
func (s *suite) survivesMutants(t tester, file []byte) {
	count := 0
	model, err := load(file)
	if err != nil {
		t.Fatalf("loading: %v", err)
	}
	mutate(&model, func(string, func()) { count++ })
	step := max(1, count/most)
	for k := 0; k < count; k += step {
		model, err := load(file)
		if err != nil {
			t.Fatalf("loading: %v", err)
		}
		what, n := "", 0
		mutate(&model, func(name string, change func()) {
			if n == k {
				what = name
				change()
			}
			n++
		})
		if err = guard(func() error { return makeReady(model) }); err == nil {
			err = schemaError(model, s.data.Schema())
		}
		if isPanic(err) {
			t.Errorf("%s: Ready or Schema: %v", what, err)
		} else if err == nil {
			s.survives(t, what, model, s.data)
		}
	}
}
