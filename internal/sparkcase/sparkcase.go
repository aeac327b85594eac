// Package sparkcase reads the reference cases that were computed by Apache Spark:
// a stage with its parameters, the rows to fit on and to transform, and what Spark
// made of them or how it failed. It is for tests.
package sparkcase

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/reference"
)

// A Case is one reference case.
type Case struct {
	Name   string // such as "StandardScaler/nan"
	Stage  string // class without its package, such as "StandardScaler"; "Pipeline"
	Spark  string // version that computed it
	Shows  string // why the case exists
	Params Params // set by the case; all others have Spark's defaults
	Stages []Spec // of a Pipeline, in order

	Fit     *dataset.Table // rows to fit on; nil where Unheld says so
	Input   *dataset.Table // rows to transform; nil where Unheld says so
	Unheld  error          // why a table cannot hold the rows: lists, vectors of several sizes
	NullFit bool           // whether a row to fit on has a null vector, which Fit lacks
	Null    []int          // input rows with a null vector, which Fit, Input and Expected lack

	Without     []string     // columns of the schema that Input lacks
	Added       []Column     // columns that the stage adds, as Spark describes them
	Expected    []Result     // output rows
	Evaluations []Evaluation // of an evaluator, instead of Expected
	Error       *Failure     // how Spark failed; nil where it did not

	dir string
}

// A Spec is a stage of a pipeline.
type Spec struct {
	Stage  string
	Params Params
	Stages []Spec // of a nested pipeline
}

// A Column is a column as Spark describes it.
type Column struct {
	Name string
	Type string       // Spark's name of the type: double, int, string, vector, ...
	Attr dataset.Attr // from ml_attr
	Size int          // of a vector; 0 = not said
	Dims []dataset.Attr
}

// A Result is one row of output. A value is a float64, a string, a []float64 or
// nil for null.
type Result struct {
	Row    int // number of the input row
	Values map[string]any
}

// An Evaluation is one figure of an evaluator.
type Evaluation struct {
	Params       Params   `json:"params"`
	Value        Number   `json:"value"`
	Error        *Failure `json:"error"`
	LargerBetter bool     `json:"isLargerBetter"`
}

// A Failure is an expected error.
type Failure struct {
	At      string `json:"at"` // fit or transform
	Class   string `json:"class"`
	Message string `json:"message_contains"`
}

type caseFile struct {
	Stage    string       `json:"stage"`
	Spark    string       `json:"spark"`
	Shows    string       `json:"shows"`
	Params   Params       `json:"params"`
	Pipeline []specFile   `json:"pipeline"`
	Schema   []columnFile `json:"schema"`
	Output   []columnFile `json:"outputSchema"`
	Without  []string     `json:"transform_without_columns"`
	Error    *Failure     `json:"error"`
	Input    string       `json:"input"`
	FitInput string       `json:"fitInput"`
}

type specFile struct {
	Class  string     `json:"class"`
	Params Params     `json:"params"`
	Stages []specFile `json:"stages"`
}

// Names lists the cases of the index, all of them or those of one stage. The test
// is skipped where there are no reference data.
func Names(t testing.TB, stage string) []string {
	t.Helper()
	index, err := os.ReadFile(reference.Path(t, "reference", "spark", "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(index)) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if of, _, ok := strings.Cut(name, "/"); ok && (stage == "" || stage == of) {
			names = append(names, name)
		}
	}
	return names
}

// Load reads the named case. The test is skipped where there are no reference data.
func Load(t testing.TB, name string) Case {
	t.Helper()
	c, err := load(reference.Path(t, "reference", "spark", "cases"), name)
	if err != nil {
		t.Fatalf("case %s: %v", name, err)
	}
	return c
}

func load(root, name string) (Case, error) {
	dir := filepath.Join(root, filepath.FromSlash(name))
	var f caseFile
	if err := readJSON(filepath.Join(dir, "case.json"), &f); err != nil {
		return Case{}, err
	}
	c := Case{Name: name, Stage: short(f.Stage), Spark: f.Spark, Shows: f.Shows, Params: f.Params,
		Stages: specs(f.Pipeline), Without: f.Without, Error: f.Error, dir: dir}
	for _, col := range f.Output {
		c.Added = append(c.Added, col.column())
	}
	cols := make([]Column, len(f.Schema))
	for i, col := range f.Schema {
		cols[i] = col.column()
	}
	input, err := rows(root, dir, f.Input, "input.jsonl")
	if err != nil {
		return Case{}, err
	}
	fit, err := rows(root, dir, f.FitInput, "fitInput.jsonl")
	if os.IsNotExist(err) {
		fit, err = input, nil
	}
	if err != nil {
		return Case{}, err
	}
	var null []int
	c.Fit, null, c.Unheld = table(cols, fit)
	c.NullFit = len(null) > 0
	if c.Unheld == nil {
		kept := slices.DeleteFunc(cols, func(col Column) bool { return slices.Contains(f.Without, col.Name) })
		c.Input, c.Null, c.Unheld = table(kept, input)
	}
	return c, c.readExpected()
}

func (c *Case) readExpected() error {
	lines, err := readLines(filepath.Join(c.dir, "expected.jsonl"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, line := range lines {
		if strings.HasSuffix(c.Stage, "Evaluator") {
			var e Evaluation
			if err := json.Unmarshal(line, &e); err != nil {
				return err
			}
			c.Evaluations = append(c.Evaluations, e)
			continue
		}
		r, err := result(c.Added, i, line)
		if err != nil {
			return err
		}
		if !slices.Contains(c.Null, r.Row) {
			c.Expected = append(c.Expected, r)
		}
	}
	return nil
}

func result(cols []Column, row int, line []byte) (Result, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return Result{}, err
	}
	r := Result{Row: row, Values: map[string]any{}}
	if number, ok := raw["_row"]; ok {
		if err := json.Unmarshal(number, &r.Row); err != nil {
			return r, err
		}
	}
	for _, col := range cols {
		value, err := col.value(raw[col.Name])
		if err != nil {
			return r, fmt.Errorf("row %d: column %q: %w", r.Row, col.Name, err)
		}
		r.Values[col.Name] = value
	}
	return r, nil
}

// Model decodes what Spark learned, model.json, into v.
func (c Case) Model(t testing.TB, v any) {
	t.Helper()
	if err := readJSON(filepath.Join(c.dir, "model.json"), v); err != nil {
		t.Fatalf("case %s: %v", c.Name, err)
	}
}

func specs(files []specFile) []Spec {
	var out []Spec
	for _, f := range files {
		out = append(out, Spec{Stage: short(f.Class), Params: f.Params, Stages: specs(f.Stages)})
	}
	return out
}

func short(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }
