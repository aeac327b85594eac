package persist_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

var update = flag.Bool("update", false, "write the files of testdata/saved that are not there yet; none is ever changed")

// A saved is what lies beside a file of testdata/saved: rows to score, and the bits
// of the scores that the release which saved the file gave.
type saved struct {
	Rows []column // given to the model
	Want []column // columns that it adds, or some of them
}

// A column is a column of a table as text, so that no bit is lost: numbers as
// strconv writes them, vectors row by row; null is missing.
type column struct {
	Name   string
	Type   dataset.Type
	Size   int `json:",omitempty"` // of a vector
	Values []*string
}

// Every file that a release has saved loads in all later ones and gives the same
// scores, bit for bit.
func TestSavedByReleases(t *testing.T) {
	if *update {
		writeSaved(t, "format1", &pipeline.Model{Stages: []pipeline.Transformer{centreModel(), kinds(), Holder{Any: Centre{}}}},
			column{Name: "x", Type: dataset.Vector, Size: 3, Values: texts("1", "2", "3", "NaN", "-0", "1e300")})
		m, c := detector(t)
		rows := make([]column, 0, len(c.Schema().Fields))
		for _, f := range c.Schema().Fields {
			rows = append(rows, read(t, c, f.Name))
		}
		writeSaved(t, "detector1", m, rows...)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "saved", "*.millrace"))
	if err != nil || len(files) == 0 {
		t.Fatalf("have no files in testdata/saved (%v), want those of every release", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".millrace"), func(t *testing.T) {
			model, err := persist.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(strings.TrimSuffix(path, ".millrace") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var s saved
			if err := json.Unmarshal(text, &s); err != nil {
				t.Fatal(err)
			}
			out := score(t, model, s.Rows)
			for _, want := range s.Want {
				got := read(t, out, want.Name)
				if len(want.Values) == 0 || len(got.Values) != len(want.Values) {
					t.Fatalf("column %q: have %d values, want %d", want.Name, len(got.Values), len(want.Values))
				}
				for i, w := range want.Values {
					if g := got.Values[i]; (g == nil) != (w == nil) || g != nil && *g != *w {
						t.Errorf("column %q, value %d: have %v, want %v", want.Name, i, show(g), show(w))
					}
				}
			}
		})
	}
}

// writeSaved saves a model and the scores that it gives to the rows, under a name
// that is not taken.
func writeSaved(t *testing.T, name string, m pipeline.Transformer, rows ...column) {
	t.Helper()
	path := filepath.Join("testdata", "saved", name)
	if _, err := os.Stat(path + ".millrace"); err == nil {
		return
	}
	s := saved{Rows: rows}
	out := score(t, m, rows)
	for _, f := range out.Schema().Fields[len(rows):] {
		s.Want = append(s.Want, read(t, out, f.Name))
	}
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".json", append(text, '\n'), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := persist.Save(path+".millrace", m, persist.Card{Notes: "saved for the tests"}); err != nil {
		t.Fatal(err)
	}
}

// score transforms the rows as one chunk.
func score(t *testing.T, m pipeline.Transformer, rows []column) dataset.Chunk {
	t.Helper()
	fields := make([]dataset.Field, len(rows))
	cols := make([]dataset.Column, len(rows))
	for i, c := range rows {
		fields[i] = dataset.Field{Name: c.Name, Type: c.Type, Size: c.Size}
		cols[i] = c.column(t)
	}
	chunk, err := dataset.NewChunk(dataset.NewSchema(fields...), dataset.Origin{}, cols...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Schema(chunk.Schema()); err != nil {
		t.Fatal(err)
	}
	out, err := m.Transform(chunk)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c column) column(t *testing.T) dataset.Column {
	t.Helper()
	var floats dataset.Floats
	var ints dataset.Ints
	var text dataset.Strings
	for i, v := range c.Values {
		float, number, code := math.NaN(), int64(0), int32(-1)
		if v == nil {
			ints.Absent.Set(i, len(c.Values))
		} else {
			float, number, code = parse(t, c.Type, *v, int32(len(text.Dict)))
			text.Dict = append(text.Dict, *v)
		}
		floats, ints.Values, text.Codes = append(floats, float), append(ints.Values, number), append(text.Codes, code)
	}
	switch c.Type {
	case dataset.Float, dataset.Float32:
		return floats
	case dataset.Vector:
		v, err := dataset.NewDense(c.Size, floats)
		if err != nil {
			t.Fatal(err)
		}
		return v
	case dataset.String:
		return text
	}
	return ints
}

func parse(t *testing.T, typ dataset.Type, s string, next int32) (float float64, number int64, code int32) {
	t.Helper()
	var err error
	switch typ {
	case dataset.Float, dataset.Float32, dataset.Vector:
		float, err = strconv.ParseFloat(s, 64)
	case dataset.String:
		code = next
	default:
		number, err = strconv.ParseInt(s, 10, 64)
	}
	if err != nil {
		t.Fatal(err)
	}
	return float, number, code
}

// read writes a column of a chunk as text.
func read(t *testing.T, c dataset.Chunk, name string) column {
	t.Helper()
	i := c.Schema().Index(name)
	if i < 0 {
		t.Fatalf("have no column %q", name)
	}
	out := column{Name: name, Type: c.Schema().Fields[i].Type}
	switch col := c.Column(i).(type) {
	case dataset.Floats:
		out.add(col...)
	case dataset.Ints:
		for i, x := range col.Values {
			if col.Missing(i) {
				out.Values = append(out.Values, nil)
			} else {
				out.Values = append(out.Values, new(strconv.FormatInt(x, 10)))
			}
		}
	case dataset.Strings:
		for i := range col.Len() {
			if col.Missing(i) {
				out.Values = append(out.Values, nil)
			} else {
				out.Values = append(out.Values, new(col.At(i)))
			}
		}
	case *dataset.Vectors:
		out.Size = col.Dim()
		row := make([]float64, col.Dim())
		for i := range col.Len() {
			col.Row(i, row)
			out.add(row...)
		}
	}
	return out
}

func (c *column) add(xs ...float64) {
	for _, x := range xs {
		c.Values = append(c.Values, new(strconv.FormatFloat(x, 'g', -1, 64)))
	}
}

func texts(s ...string) []*string {
	out := make([]*string, len(s))
	for i := range s {
		out[i] = &s[i]
	}
	return out
}

func show(s *string) string {
	if s == nil {
		return "missing"
	}
	return fmt.Sprintf("%q", *s)
}
