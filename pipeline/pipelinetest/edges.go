package pipelinetest

import (
	"context"
	"fmt"
	"math"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

// An edge is data that a stage may refuse, and must not panic on.
type edge struct {
	name string
	data frame
}

// edges checks that hostile values give an error or a result, in fitting and in
// transforming, and that a chunk without rows gives the schema.
func (s *suite) edges(t tester) {
	for _, e := range s.edgeData() {
		s.survives(t, e.name, s.model, e.data)
		if s.est == nil {
			continue
		}
		model, err := s.fit(context.Background(), e.data.table())
		switch {
		case isPanic(err):
			t.Errorf("%s: Fit: %v", e.name, err)
		case err == nil:
			s.survives(t, e.name+", fitted on that", model, e.data)
			s.survives(t, e.name+", fitted on that", model, s.data)
		}
	}
	if s.est != nil {
		for _, parts := range [][][]int{{}, {{}}, {{0}, {}}} {
			if _, err := s.fit(context.Background(), s.data.empty().cut(parts)); isPanic(err) {
				t.Errorf("%d parts without rows: Fit: %v", len(parts), err)
			}
		}
	}
}

// empty returns the frame without its rows.
func (f frame) empty() frame { return frame{Chunk: f.Slice(0, 0)} }

func (s *suite) survives(t tester, what string, model pipeline.Transformer, data frame) {
	t.Helper()
	out, err := transform(model, data.Chunk)
	switch {
	case isPanic(err):
		t.Errorf("%s: Transform: %v", what, err)
	case err == nil && out.Rows() > data.rows():
		t.Errorf("%s: have %d rows of %d", what, out.Rows(), data.rows())
	}
	var scorer *pipeline.Scorer
	err = guard(func() (err error) {
		scorer, err = pipeline.NewScorer(model, data.Schema())
		return err
	})
	if isPanic(err) {
		t.Errorf("%s: NewScorer: %v", what, err)
	}
	if err != nil {
		return
	}
	row := scorer.Row()
	for i := range data.rows() {
		if _, err := score(row, scorer.Schema(), data.Chunk, i); isPanic(err) {
			t.Errorf("%s: Scorer: row %d: %v", what, i, err)
			return
		}
	}
}

// edgeData makes the edges of every input column.
func (s *suite) edgeData() []edge {
	edges := []edge{
		{"no rows", s.data.empty()},
		{"one row", frame{Chunk: s.data.Slice(0, 1)}},
	}
	for _, field := range s.inputFields() {
		for _, e := range s.data.edgeColumns(field) {
			edges = append(edges, edge{fmt.Sprintf("column %q %s", field.Name, e.name), s.data.with(field, e.col)})
		}
	}
	return edges
}

type edgeColumn struct {
	name string
	col  dataset.Column
}

func (f frame) edgeColumns(field dataset.Field) []edgeColumn {
	n := f.rows()
	old := f.Column(f.Schema().Index(field.Name))
	one := func(x float64) func(int) float64 {
		return func(i int) float64 {
			if i == n/2 {
				return x
			}
			if c := cellAt(old, i%n); len(c.num) > 0 {
				return c.num[0]
			}
			return float64(i)
		}
	}
	always := func(x float64) func(int) float64 { return func(int) float64 { return x } }
	var out []edgeColumn
	numbers := []struct {
		name  string
		value func(i int) float64
	}{
		{"all missing", always(nan)},
		{"constant", always(1)},
		{"all zero", always(0)},
		{"with one NaN", one(nan)},
		{"with one +Inf", one(math.Inf(1))},
		{"with one -Inf", one(math.Inf(-1))},
		{"with one huge number", one(math.MaxFloat64)},
		{"all huge", always(-math.MaxFloat64)},
		{"all tiny", always(math.SmallestNonzeroFloat64)},
	}
	switch field.Type {
	case dataset.Float, dataset.Float32:
		for _, x := range numbers {
			out = append(out, edgeColumn{x.name, floats(n, x.value)})
		}
	case dataset.Vector:
		size := old.(*dataset.Vectors).Dim()
		for _, x := range numbers {
			values := floats(n*size, func(k int) float64 { return x.value(k / max(size, 1)) })
			out = append(out, edgeColumn{x.name, dense(size, values)})
		}
	case dataset.String:
		texts := func(name string, values ...string) {
			col := dataset.Strings{Codes: make([]int32, n), Dict: values}
			for i := range n {
				col.Codes[i] = int32(i%max(len(values), 1)) + int32(min(len(values), 1)) - 1
			}
			out = append(out, edgeColumn{name, col})
		}
		texts("all missing")
		texts("constant", "a")
		texts("empty and odd", "", "\x00", "\xff\xfe", "a\nb", `"`, "a", "a")
	default:
		ints := func(name string, missing bool, values ...int64) {
			col := dataset.Ints{Values: make([]int64, n)}
			for i := range n {
				col.Values[i] = values[i%len(values)]
				if missing {
					col.Absent.Set(i, n)
				}
			}
			out = append(out, edgeColumn{name, col})
		}
		ints("all missing", true, 0)
		ints("constant", false, 1)
		if field.Type == dataset.Int || field.Type == dataset.Time {
			ints("at the ends of its range", false, math.MinInt64, math.MaxInt64, 0, -1)
		}
	}
	return out
}
