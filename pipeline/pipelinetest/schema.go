package pipelinetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

var allTypes = []dataset.Type{dataset.Float, dataset.Float32, dataset.Int, dataset.Bool, dataset.Time, dataset.String, dataset.Vector}

// schema checks that what does not fit is found before any data is read.
func (s *suite) schema(t tester) {
	subtest(t, "empty", func(t tester) {
		zero := reflect.Zero(reflect.TypeOf(s.stage()))
		if zero.Kind() == reflect.Struct { // else it is a model, which Fit makes
			if err := schemaError(zero.Interface().(pipeline.Stage), dataset.Schema{}); isPanic(err) {
				t.Errorf("Schema of the zero %v: %v", zero.Type(), err)
			}
		}
		for _, stage := range s.stages() {
			if err := schemaError(stage, dataset.Schema{}); isPanic(err) {
				t.Errorf("Schema of %T on an empty schema: %v", stage, err)
			} else if len(inputs(stage, s.data.Schema())) > 0 {
				wantColumnError(t, err, "", "Schema of "+fmt.Sprintf("%T", stage)+" on an empty schema")
			}
		}
	})
	subtest(t, "missing", func(t tester) {
		needed := inputs(s.stage(), s.data.Schema())
		for _, name := range s.data.Schema().Names() {
			what := "without column " + strconv.Quote(name)
			if slices.Contains(needed, name) {
				s.refuses(t, s.data.without(name), name, what)
			} else {
				s.accepts(t, s.data.without(name), what)
			}
		}
	})
	subtest(t, "type", s.types)
	subtest(t, "size", s.sizes)
	subtest(t, "model", s.delivered)
}

// stages returns the stage that was given and the model fitted.
func (s *suite) stages() []pipeline.Stage {
	if s.est == nil {
		return []pipeline.Stage{s.model}
	}
	return []pipeline.Stage{s.est, s.model}
}

func schemaError(stage pipeline.Stage, in dataset.Schema) error {
	return guard(func() error {
		_, err := stage.Schema(in)
		return err
	})
}

// inputs returns the columns that the stage cannot do without.
func inputs(stage pipeline.Stage, in dataset.Schema) []string {
	return slices.DeleteFunc(in.Names(), func(name string) bool {
		rest := slices.DeleteFunc(slices.Clone(in.Fields), func(f dataset.Field) bool { return f.Name == name })
		return schemaError(stage, dataset.Schema{Fields: rest}) == nil
	})
}

// inputFields are the fields of the columns that the suite's stage or its model
// needs.
func (s *suite) inputFields() []dataset.Field {
	var names []string
	for _, stage := range s.stages() {
		names = append(names, inputs(stage, s.data.Schema())...)
	}
	return slices.DeleteFunc(slices.Clone(s.data.Schema().Fields), func(f dataset.Field) bool {
		return !slices.Contains(names, f.Name)
	})
}

// wantColumnError wants an error that is a *ColumnError of the named column, or of
// any where no name is given.
func wantColumnError(t tester, err error, column, what string) {
	t.Helper()
	if col := columnError(err, column); col == nil {
		t.Errorf("%s: have error %v, want a *dataset.ColumnError that names the column %s", what, err, column)
	}
}

func columnError(err error, column string) *dataset.ColumnError {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if col := columnError(e, column); col != nil {
				return col
			}
		}
		return nil
	}
	if col, ok := err.(*dataset.ColumnError); ok && (column == "" || col.Column == column) {
		return col
	}
	if err = errors.Unwrap(err); err != nil {
		return columnError(err, column)
	}
	return nil
}

// refuses wants bad to be refused with an error that names the column: by the
// stage and by its model, from the schema alone; by the model's Transform too.
func (s *suite) refuses(t tester, bad frame, column, what string) {
	t.Helper()
	if s.est != nil {
		wantColumnError(t, schemaError(s.est, bad.Schema()), column, "Schema "+what)
		unread := &unreadable{Dataset: bad.table()}
		_, err := s.fit(context.Background(), unread)
		wantColumnError(t, err, column, "pipeline.Fit "+what)
		if unread.read {
			t.Errorf("pipeline.Fit %s: the data was read before the error", what)
		}
		if err := guard(func() error { _, err := s.est.Fit(context.Background(), bad.table()); return err }); isPanic(err) {
			t.Errorf("Fit %s: %v", what, err)
		}
	}
	if !slices.Contains(inputs(s.model, s.data.Schema()), column) {
		return
	}
	err := schemaError(s.model, bad.Schema())
	wantColumnError(t, err, column, "the model's Schema "+what)
	if _, err := transform(s.model, bad.Chunk); isPanic(err) || err == nil && bad.Schema().Index(column) < 0 {
		t.Errorf("Transform %s: have error %v, want one that is no panic", what, err)
	}
}

// An unreadable dataset notes that it was read, and has no rows.
type unreadable struct {
	dataset.Dataset
	read bool
}

func (u *unreadable) Read(context.Context, int) iter.Seq2[dataset.Chunk, error] {
	u.read = true
	return func(func(dataset.Chunk, error) bool) {}
}

// types gives each input column each other type. A type that the schema takes
// must be taken by the data's methods too.
func (s *suite) types(t tester) {
	for _, field := range s.inputFields() {
		for _, other := range allTypes {
			if other == field.Type {
				continue
			}
			what := fmt.Sprintf("with column %q as %v", field.Name, other)
			bad := s.data.as(field.Name, other)
			if schemaError(s.stage(), bad.Schema()) != nil {
				s.refuses(t, bad, field.Name, what)
				continue
			}
			s.accepts(t, bad, what)
		}
	}
}

// accepts wants data whose schema fits to be taken by Fit and Transform too, though
// they may not like its values.
func (s *suite) accepts(t tester, data frame, what string) {
	t.Helper()
	model, err := s.model, error(nil)
	if s.est != nil {
		model, err = s.fit(context.Background(), data.table())
	}
	if err == nil {
		_, err = transform(model, data.Chunk)
	}
	if isPanic(err) || columnError(err, "") != nil {
		t.Errorf("%s the schema fits, and then: %v", what, err)
	}
}

// as returns the frame with a column of another type that holds like values.
func (f frame) as(name string, to dataset.Type) frame {
	i := f.Schema().Index(name)
	from := f.Column(i)
	n := f.rows()
	number := func(i int) float64 {
		switch c := cellAt(from, i); {
		case c.missing:
			return nan
		case len(c.num) > 0:
			return c.num[0]
		default:
			return float64(c.int) + float64(len(c.text))
		}
	}
	var col dataset.Column
	field := dataset.Field{Name: name, Type: to}
	switch to {
	case dataset.Float, dataset.Float32:
		col = floats(n, func(i int) float64 { return float64(float32(number(i))) })
	case dataset.Int, dataset.Bool, dataset.Time:
		ints := dataset.Ints{Values: make([]int64, n)}
		for i := range n {
			if x := number(i); math.Abs(x) < 1<<53 {
				ints.Values[i] = int64(x)
			} else {
				ints.Absent.Set(i, n)
			}
			if to == dataset.Bool {
				ints.Values[i] &= 1
			}
		}
		col = ints
	case dataset.String:
		texts := dataset.Strings{Codes: make([]int32, n), Dict: make([]string, n)}
		for i := range n {
			texts.Codes[i], texts.Dict[i] = int32(i), cellAt(from, i).String()
		}
		col = texts
	case dataset.Vector:
		field.Size = 1
		col = dense(1, floats(n, number))
	}
	return f.with(field, col)
}

// sizes gives each vector column that the model needs one dimension more.
func (s *suite) sizes(t tester) {
	for _, field := range s.inputFields() {
		if field.Type != dataset.Vector {
			continue
		}
		what := fmt.Sprintf("with one dimension more in column %q", field.Name)
		wide := s.data.widened(field)
		err := schemaError(s.model, wide.Schema())
		if err != nil && columnError(err, field.Name) == nil {
			t.Errorf("the model's Schema %s: have error %v, want a *dataset.ColumnError that names the column", what, err)
		}
		if err != nil {
			continue
		}
		if _, err := transform(s.model, wide.Chunk); isPanic(err) || columnError(err, "") != nil {
			t.Errorf("%s the schema fits, and then: %v", what, err)
		}
	}
}

func (f frame) widened(field dataset.Field) frame {
	old := must(dataset.Get[*dataset.Vectors](f.Chunk, field.Name))
	size := old.Dim() + 1
	values := make([]float64, f.rows()*size)
	for i := range f.rows() {
		old.Row(i, values[i*size:(i+1)*size-1])
	}
	field.Size, field.Dims = size, nil
	return f.with(field, dense(size, values))
}

// delivered checks that the schema promised before fitting, the model's and that
// of the chunks agree.
func (s *suite) delivered(t tester) {
	in := s.data.Schema()
	exact, err := s.model.Schema(in)
	if err != nil {
		t.Fatalf("the model's Schema on the data that it was fitted on: %v", err)
	}
	if again, err := s.model.Schema(in); err != nil || snapshot(again) != snapshot(exact) {
		t.Errorf("the model's Schema called twice: have\n%v, %v, want\n%v", again, err, exact)
	}
	if s.est != nil {
		promise, err := s.est.Schema(in)
		if err != nil {
			t.Fatalf("Schema: %v", err)
		}
		if trainsOnly(s.est) {
			promise.Fields = slices.DeleteFunc(slices.Clone(promise.Fields), func(f dataset.Field) bool { return exact.Index(f.Name) < 0 })
		}
		if d := cmp.Diff(promised(promise, exact), exact, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("schema promised before fitting and of the model (-promised +model):\n%s", d)
		}
	}
	for _, c := range []dataset.Chunk{s.data.Chunk, s.data.Slice(0, 1), s.data.Slice(0, 0)} {
		out, err := transform(s.model, c)
		if err != nil {
			t.Errorf("Transform of %d rows: %v", c.Rows(), err)
			continue
		}
		if d := cmp.Diff(exact, out.Schema(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("schema of the model and of its chunk of %d rows (-model +chunk):\n%s", c.Rows(), d)
		}
		checkShape(t, out)
	}
}

// promised fills in what a promise may leave open.
func promised(promise, exact dataset.Schema) dataset.Schema {
	out := cloneSchema(promise)
	for i := range out.Fields {
		f := &out.Fields[i]
		have, ok := exact.Lookup(f.Name)
		if !ok {
			continue
		}
		if f.Size == 0 {
			f.Size = have.Size
		}
		if f.Dims == nil {
			f.Dims = have.Dims
		}
		if f.Attr.Scale == dataset.Unknown || f.Attr.Levels == 0 && f.Attr.Scale == have.Attr.Scale {
			f.Attr = have.Attr
		}
	}
	return out
}

// checkShape checks that the columns are as the schema says.
func checkShape(t tester, c dataset.Chunk) {
	for i, f := range c.Schema().Fields {
		col := c.Column(i)
		if col.Len() != c.Rows() {
			t.Errorf("column %q: have %d rows, want %d", f.Name, col.Len(), c.Rows())
		}
		v, ok := col.(*dataset.Vectors)
		if ok && v.Dim() != f.Size {
			t.Errorf("column %q: have vectors of size %d, want %d as in the schema", f.Name, v.Dim(), f.Size)
		}
		if f.Dims != nil && len(f.Dims) != f.Size {
			t.Errorf("column %q: have %d dimensions described, want %d", f.Name, len(f.Dims), f.Size)
		}
	}
}

// trainsOnly reports whether a pipeline has a stage that its model does not.
func trainsOnly(stage pipeline.Stage) bool {
	switch s := stage.(type) {
	case pipeline.TrainOnlyStage:
		return true
	case pipeline.Pipeline:
		return slices.ContainsFunc(s.Stages, trainsOnly)
	}
	return false
}
