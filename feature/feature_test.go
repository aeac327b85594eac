package feature_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
)

// Errors name the stage, the column, what was found and what was wanted, before any
// data is read.
func TestSchemaErrors(t *testing.T) {
	in := dataset.NewSchema(
		dataset.Field{Name: "s", Type: dataset.String},
		dataset.Field{Name: "x", Type: dataset.Float},
		dataset.Field{Name: "c", Type: dataset.Float, Attr: dataset.Attr{Scale: dataset.Continuous}},
		dataset.Field{Name: "one", Type: dataset.Float, Attr: dataset.NominalAttr([]string{"a"})},
		dataset.Field{Name: "v", Type: dataset.Vector})
	tests := []struct {
		stage pipeline.Stage
		want  []string
	}{
		{feature.StringIndexer{}, []string{"InputCols is empty, want at least one column"}},
		{feature.StringIndexer{InputCols: []string{"v", "nope"}, OutputCols: []string{"a", "a"}}, []string{
			`column "v": have vector, want string or float or float32 or int`,
			`column "nope": is not there (columns: s, x, c, one, v), want string or float or float32 or int`,
			`column "a": exists already, want a new name`}},
		{feature.StringIndexer{InputCols: []string{"s"}, OutputCols: []string{"a", "b"}, Order: 9, HandleInvalid: 7}, []string{
			"OutputCols has 2 columns, want 1 as in InputCols",
			"Order is Order(9), want one of [frequencyDesc frequencyAsc alphabetDesc alphabetAsc]",
			"HandleInvalid is Handling(7), want one of [error skip keep]"}},
		{feature.IndexToString{}, []string{`column "prediction": is not there (columns: s, x, c, one, v), want float or float32 or int`}},
		{feature.IndexToString{InputCol: "x", OutputCol: "s"}, []string{
			`column "x": have float without labels, want labels, in the schema or in Labels`,
			`column "s": exists already, want a new name`}},
		{feature.OneHotEncoder{InputCols: []string{"x"}, HandleInvalid: feature.Skip}, []string{
			"HandleInvalid is skip, want one of [error keep]"}},
		{feature.OneHotEncoder{InputCols: []string{"s", "c", "one"}}, []string{
			`column "s": have string, want float or float32 or int`,
			`column "c": have a continuous number, want an index of categories`,
			`column "one": have 1 categories, want 2 to 1048576`}},
		{feature.VectorAssembler{}, []string{"InputCols is empty, want at least one column"}},
		{feature.VectorAssembler{InputCols: []string{"x", "s"}, OutputCol: "v"}, []string{
			`column "s": have string, want float or float32 or int or bool or vector`,
			`column "v": exists already, want a new name`}},
		{feature.StandardScaler{InputCol: "x", OutputCol: "s"}, []string{
			`column "x": have float, want vector`,
			`column "s": exists already, want a new name`}},
	}
	for _, tt := range tests {
		_, err := tt.stage.Schema(in)
		if d := cmp.Diff(strings.Join(tt.want, "\n"), fmt.Sprint(err)); d != "" {
			t.Errorf("%T (-want +got):\n%s", tt.stage, d)
		}
	}
}

// What a number means travels from the text column to the scaled vector.
func TestNames(t *testing.T) {
	table, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "service", Type: dataset.String},
		dataset.Field{Name: "n", Type: dataset.Int},
		dataset.Field{Name: "raw", Type: dataset.Vector, Size: 2, Dims: []dataset.Attr{{Name: "p"}, {}}},
	), dataset.Strings{Codes: []int32{0, 1, 0}, Dict: []string{"http", "ftp"}}, dataset.Ints{Values: []int64{1, 2, 3}}, dense(t, 2, 1, 2, 3, 4, 5, 6))
	if err != nil {
		t.Fatal(err)
	}
	model, err := pipeline.Fit(t.Context(), pipeline.New(
		feature.StringIndexer{InputCols: []string{"service"}},
		feature.OneHotEncoder{InputCols: []string{"service_index", "n"}, KeepLast: true, HandleInvalid: feature.Keep},
		feature.VectorAssembler{InputCols: []string{"service_index_vec", "n", "raw", "service_index"}, OutputCol: "part"},
		feature.VectorAssembler{InputCols: []string{"n", "part"}},
		feature.StandardScaler{},
	), table)
	if err != nil {
		t.Fatal(err)
	}
	schema := apply(model, table).Schema()
	index, _ := schema.Lookup("service_index")
	if d := cmp.Diff(dataset.Attr{Source: "service", Scale: dataset.Nominal, Levels: 2, Labels: []string{"http", "ftp"}}, index.Attr); d != "" {
		t.Errorf("service_index (-want +got):\n%s", d)
	}
	hot := func(name, source string) dataset.Attr {
		return dataset.Attr{Name: name, Source: source, Scale: dataset.Binary}
	}
	n, _ := schema.Lookup("n_vec")
	if d := cmp.Diff([]dataset.Attr{hot("n=0", "n"), hot("n=1", "n"), hot("n=2", "n"), hot("n=3", "n"), hot("n=invalidValues", "n")}, n.Dims); d != "" {
		t.Errorf("n_vec (-want +got):\n%s", d)
	}
	number := func(name, source string) dataset.Attr {
		return dataset.Attr{Name: name, Source: source, Scale: dataset.Continuous}
	}
	indexAttr := index.Attr
	indexAttr.Name = "service_index"
	want := []dataset.Attr{
		number("n", "n"),
		hot("service=http", "service"), hot("service=ftp", "service"), hot("service=invalidValues", "service"),
		number("n", "n"), number("raw_p", "raw"), number("raw_1", "raw"), indexAttr,
	}
	features, _ := schema.Lookup("features")
	if d := cmp.Diff(want, features.Dims); d != "" {
		t.Errorf("features (-want +got):\n%s", d)
	}
	scaled, _ := schema.Lookup("features_scaled")
	for j := range want {
		want[j] = number(want[j].Name, want[j].Source)
	}
	if d := cmp.Diff(want, scaled.Dims); d != "" {
		t.Errorf("features_scaled (-want +got):\n%s", d)
	}
}

func dense(t testing.TB, size int, values ...float64) *dataset.Vectors {
	t.Helper()
	v, err := dataset.NewDense(size, values)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A skipped row says where it was and why; with Error that ends everything.
func TestRejects(t *testing.T) {
	model, err := pipeline.Fit(t.Context(), feature.StringIndexer{InputCols: []string{"s"}, HandleInvalid: feature.Skip}, textColumn("s", "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	odd := dataset.Strings{Codes: []int32{0, 1, -1, 2, 0}, Dict: []string{"a", "z", ""}}
	table, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "s", Type: dataset.String}), odd)
	if err != nil {
		t.Fatal(err)
	}
	c := firstChunk(t, apply(model, table))
	var got []string
	for _, r := range c.Rejects() {
		got = append(got, r.Error())
	}
	want := []string{
		`part 0, row 1: feature.StringIndexerModel: column "s": have "z", want one of the 2 texts that were fitted`,
		`part 0, row 2: feature.StringIndexerModel: column "s": is missing`,
		`part 0, row 3: feature.StringIndexerModel: column "s": have an empty text, want one of the 2 that were fitted`,
	}
	if d := cmp.Diff(want, got); d != "" || c.Rows() != 2 {
		t.Errorf("%d rows are left, want 2; rejects (-want +got):\n%s", c.Rows(), d)
	}

	assembler := feature.VectorAssembler{InputCols: []string{"x", "y"}}
	holes, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "x", Type: dataset.Float}, dataset.Field{Name: "y", Type: dataset.Float}),
		dataset.Floats{1, math.Inf(1), 3, math.NaN()}, dataset.Floats{1, math.Inf(-1), math.NaN(), math.NaN()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = assembler.Transform(firstChunk(t, holes))
	if want := `part 0, row 2: column "y": is missing`; err == nil || err.Error() != want {
		t.Errorf("have error %v, want %s", err, want)
	}
	assembler.HandleInvalid = feature.Skip
	c, err = assembler.Transform(firstChunk(t, holes))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Rejects(); c.Rows() != 2 || len(r) != 2 || r[0].Column != "y" || r[1].Column != "x" || r[1].Row != 3 {
		t.Errorf("have %d rows and the rejects %+v, want rows 2 and 3 rejected for y and x", c.Rows(), r)
	}

	// In a Scorer a skipped row is a reject, and with Error it is not.
	for _, h := range []feature.Handling{feature.Skip, feature.Error} {
		scorer, err := pipeline.NewScorer(feature.VectorAssembler{InputCols: []string{"x", "y"}, HandleInvalid: h}, holes.Schema())
		if err != nil {
			t.Fatal(err)
		}
		err = scorer.Row().Score()
		if _, ok := errors.AsType[*dataset.Reject](err); err == nil || ok != (h == feature.Skip) {
			t.Errorf("%v: have error %v, a reject: %v", h, err, ok)
		}
	}
}

// A dictionary larger than its column, or with an entry twice, changes nothing.
func TestStringIndexerDictionaries(t *testing.T) {
	model, err := pipeline.Fit(t.Context(), feature.StringIndexer{InputCols: []string{"s"}, HandleInvalid: feature.Keep},
		textColumn("s", "a", "b", "a", "c", "c", "a"))
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]string, 50)
	for i := range wide {
		wide[i] = fmt.Sprint("unused ", i)
	}
	wide[40], wide[41], wide[42] = "a", "c", "a"
	for name, col := range map[string]dataset.Strings{
		"wide":   {Codes: []int32{42, 41, 40, -1, 0}, Dict: wide},
		"narrow": {Codes: []int32{0, 1, 2, -1, 3}, Dict: []string{"a", "c", "a", "z"}},
	} {
		table, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "s", Type: dataset.String}), col)
		if err != nil {
			t.Fatal(err)
		}
		got, err := dataset.Rows(t.Context(), apply(model, table), "s_index")
		if d := cmp.Diff([][]float64{{0}, {1}, {0}, {3}, {3}}, got); err != nil || d != "" {
			t.Errorf("%s: error %v, indices (-want +got):\n%s", name, err, d)
		}
	}
}

// Assembling copies no floats and no vectors, and scaling copies nothing.
func TestNothingIsCopied(t *testing.T) {
	x := dataset.Floats{1, 2, 3}
	raw := []float64{4, 5, 6}
	table, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "x", Type: dataset.Float}, dataset.Field{Name: "v", Type: dataset.Vector, Size: 1}), x, dense(t, 1, raw...))
	if err != nil {
		t.Fatal(err)
	}
	model, err := pipeline.Fit(t.Context(), pipeline.New(feature.VectorAssembler{InputCols: []string{"x", "v"}}, feature.StandardScaler{WithMean: true}), table)
	if err != nil {
		t.Fatal(err)
	}
	v, err := dataset.Get[*dataset.Vectors](firstChunk(t, apply(model, table)), "features_scaled")
	if err != nil {
		t.Fatal(err)
	}
	if b := v.Blocks()[0].(*dataset.Scalar); &b.Values[0] != &x[0] {
		t.Error("the numbers were copied")
	}
	if b := v.Blocks()[1].(*dataset.Dense); &b.Values[0] != &raw[0] {
		t.Error("the vectors were copied")
	}
}

// The row form of all stages allocates nothing, from numbers as well as from texts.
func TestScorerAllocatesNothing(t *testing.T) {
	model, err := pipeline.Fit(t.Context(), pipeline.New(
		feature.StringIndexer{InputCols: []string{"text", "count", "x"}, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: []string{"text_index", "count_index"}},
		feature.VectorAssembler{InputCols: []string{"up", "count", "text_index_vec", "vec", "count_index_vec"}, HandleInvalid: feature.Keep},
		feature.StandardScaler{WithMean: true},
		feature.IndexToString{InputCol: "text_index"},
	), mixed())
	if err != nil {
		t.Fatal(err)
	}
	scorer, err := pipeline.NewScorer(model, mixed().Schema())
	if err != nil {
		t.Fatal(err)
	}
	row, names := scorer.Row(), scorer.Schema().Names()
	text, x, count := slices.Index(names, "text"), slices.Index(names, "x"), slices.Index(names, "count")
	scored := func(n int64) {
		row.SetString(text, "a")
		row.SetFloat(x, 0.3)
		row.SetInt(count, n)
		if err := row.Score(); err != nil {
			t.Fatal(err)
		}
	}
	scored(-123456)
	if n := testing.AllocsPerRun(100, func() { scored(7) }); n != 0 {
		t.Errorf("have %v allocations a row, want 0", n)
	}
}

// OneHotEncoder bounds what a stray number can make it allocate.
func TestOneHotEncoderLimit(t *testing.T) {
	for _, tt := range []struct {
		largest float64
		want    string
	}{
		{1<<20 - 1, ""},
		{1 << 20, `feature.OneHotEncoder: part 0, row 1: column "i": have "1.048576e+06", want a whole number from 0 to 1048575`},
	} {
		table, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "i", Type: dataset.Float}), dataset.Floats{0, tt.largest})
		if err != nil {
			t.Fatal(err)
		}
		_, err = pipeline.Fit(t.Context(), feature.OneHotEncoder{InputCols: []string{"i"}}, table)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("largest index %v: have error %v, want %q", tt.largest, err, tt.want)
		}
	}
}
