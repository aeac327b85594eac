package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

// rows checks that a row's outcome does not depend on the rows beside it, nor on
// whether it is scored in a chunk or by a Scorer.
func (s *suite) rows(t tester) {
	want, err := apply(s.model, s.data.table())
	if err != nil {
		t.Fatalf("Transform: %v", err)
	}
	n := s.data.rows()
	for _, size := range []int{1, 2, 3, 7} {
		same := true
		for from := 0; from < n && same; from += size {
			to := min(from+size, n)
			same = s.sameRows(t, fmt.Sprintf("rows %d to %d alone", from, to-1), s.data.Slice(from, to), want[from:to])
		}
	}
	var back []int32
	var wantBack []outcome
	for i := n - 1; i > 0; i-- {
		back, wantBack = append(back, int32(i)), append(wantBack, want[i])
	}
	s.sameRows(t, "the rows but the first, from last to first", s.data.Filter(back), wantBack)
	if _, ok := s.model.(pipeline.RowTransformer); ok {
		s.sameScores(t, "row form", s.model, want)
	}
	s.sameScores(t, "Scorer", struct{ pipeline.Transformer }{s.model}, want)
}

func (s *suite) sameRows(t tester, what string, c dataset.Chunk, want []outcome) bool {
	t.Helper()
	out, err := transform(s.model, c)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return false
	}
	d := differ(s.outSchema(), want, outcomes(c, out), 0)
	if d != "" {
		t.Errorf("%s differ from those rows in the whole chunk: %s", what, d)
	}
	return d == ""
}

// sameScores scores each row by itself, twice over and in both directions, so that
// what is left of a row would be seen in the next.
func (s *suite) sameScores(t tester, what string, model pipeline.Transformer, want []outcome) {
	t.Helper()
	scorer, err := pipeline.NewScorer(model, s.data.Schema())
	if err != nil {
		t.Errorf("%s: NewScorer: %v", what, err)
		return
	}
	got, err := scores(scorer, s.data.Chunk)
	if err != nil {
		t.Errorf("%s: %v", what, err)
	} else if d := differ(s.outSchema(), append(slices.Clone(want), backwards(want)...), got, 0); d != "" {
		t.Errorf("%s: differs from the whole chunk: %s", what, d)
	}
}

func backwards(all []outcome) []outcome {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// scores scores every row of c by itself, from the first to the last and back.
func scores(scorer *pipeline.Scorer, c dataset.Chunk) ([]outcome, error) {
	row := scorer.Row()
	n := c.Rows()
	var all []outcome
	for k := range 2 * n {
		i := min(k, 2*n-1-k)
		o, err := score(row, scorer.Schema(), c, i)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		all = append(all, o)
	}
	return all, nil
}

// score sets row i of the chunk in a Scorer's row and scores it.
func score(row *pipeline.Row, out dataset.Schema, c dataset.Chunk, i int) (outcome, error) {
	set(row, c, i)
	err := guard(row.Score)
	if reject, ok := errors.AsType[*dataset.Reject](err); ok {
		return outcome{reject: reject}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	o := outcome{row: make([]cell, len(out.Fields))}
	for k, f := range out.Fields {
		o.row[k] = get(row, f, k)
	}
	return o, nil
}

func set(row *pipeline.Row, c dataset.Chunk, i int) {
	for k, f := range c.Schema().Fields {
		col := c.Column(k)
		if col.Missing(i) {
			row.SetMissing(k)
			continue
		}
		switch value := cellAt(col, i); f.Type {
		case dataset.Float, dataset.Float32:
			row.SetFloat(k, value.num[0])
		case dataset.Int:
			row.SetInt(k, value.int)
		case dataset.Bool:
			row.SetBool(k, value.int != 0)
		case dataset.Time:
			row.SetTime(k, time.UnixMicro(value.int))
		case dataset.String:
			row.SetString(k, value.text)
		case dataset.Vector:
			row.SetVector(k, value.num)
		}
	}
}

func get(row *pipeline.Row, f dataset.Field, k int) cell {
	if row.Missing(k) {
		return cell{missing: true}
	}
	switch f.Type {
	case dataset.Float, dataset.Float32:
		return cell{num: []float64{row.Float(k)}}
	case dataset.String:
		return cell{text: row.String(k)}
	case dataset.Vector:
		num := make([]float64, f.Size)
		row.Vector(k, num)
		return cell{num: num}
	}
	return cell{int: row.Int(k)}
}

// accounting checks that every row that goes in comes out, is rejected with a
// place and a reason, or is counted as filtered.
func (s *suite) accounting(t tester) {
	for _, cut := range append(cuttings(s.data.rows()), cutting{"one chunk", [][]int{{s.data.rows()}}}) {
		s.account(t, cut.name, s.data.cut(cut.parts))
	}
	for _, e := range s.edgeData() {
		s.account(t, e.name, e.data.table())
	}
}

func (s *suite) account(t tester, what string, table *dataset.Table) {
	t.Helper()
	for c, err := range dataset.Chunks(context.Background(), table) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		c = c.WithRejects(dataset.Reject{Part: c.Origin().Part, Row: -1, Reason: "an earlier one"})
		out, err := transform(s.model, c)
		if err != nil {
			continue // nothing went in
		}
		if err := balance(c, out); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// balance accounts for every row of in.
func balance(in, out dataset.Chunk) error {
	open := make(map[int64]bool, in.Rows())
	for i := range in.Rows() {
		open[in.Origin().Row(i)] = true
	}
	if in.Origin().Part != out.Origin().Part {
		return fmt.Errorf("have rows of part %d, want part %d", out.Origin().Part, in.Origin().Part)
	}
	for i := range out.Rows() {
		row := out.Origin().Row(i)
		if !open[row] {
			return fmt.Errorf("row %d of the chunk that came out has the place of row %d, which did not go in or is there twice", i, row)
		}
		delete(open, row)
	}
	old, rejects := in.Rejects(), out.Rejects()
	if len(rejects) < len(old) || snapshot(rejects[:len(old)]) != snapshot(old) {
		return errors.New("the rejects of an earlier stage are lost")
	}
	for _, r := range rejects[len(old):] {
		switch {
		case r.Part != in.Origin().Part || !open[r.Row]:
			return fmt.Errorf("have a reject of part %d, row %d, which did not go in or is there twice", r.Part, r.Row)
		case r.Reason == "":
			return fmt.Errorf("have a reject of row %d without a reason", r.Row)
		}
		delete(open, r.Row)
	}
	if filtered := out.Filtered() - in.Filtered(); int64(len(open)) != filtered {
		return fmt.Errorf("%d rows went in, %d came out, %d were rejected, %d filtered: %d are lost",
			in.Rows(), out.Rows(), len(rejects)-len(old), filtered, int64(len(open))-filtered)
	}
	return nil
}

// concurrent checks that goroutines may share a model; run it under -race.
func (s *suite) concurrent(t tester) {
	const goroutines, rounds = 8, 4
	scorer, err := pipeline.NewScorer(s.model, s.data.Schema())
	if err != nil {
		t.Fatalf("NewScorer: %v", err)
	}
	once := func() ([]outcome, error) {
		chunk, errChunk := apply(s.model, s.data.table())
		row, errRow := scores(scorer, s.data.Chunk)
		return append(chunk, row...), errors.Join(errChunk, errRow)
	}
	want, err := once()
	if err != nil {
		t.Fatalf("Transform: %v", err)
	}
	start := make(chan struct{})
	faults := make(chan string, goroutines*rounds)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			<-start
			for range rounds {
				got, err := once()
				if err != nil {
					faults <- err.Error()
				} else if d := differ(s.outSchema(), want, got, 0); d != "" {
					faults <- d
				}
			}
		})
	}
	close(start)
	wg.Wait()
	close(faults)
	for f := range faults {
		t.Errorf("%d goroutines with one model: %s", goroutines, f)
		return
	}
}
