package dataset_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
)

func TestWriteCSV(t *testing.T) {
	schema := columns("f:float g:float32 i:int b:bool t:time s:string")
	nan := math.NaN()
	table, err := dataset.FromColumns(schema,
		dataset.Floats{0.1, nan, math.Copysign(0, -1), 1e21, math.Inf(-1)},
		dataset.Floats{float64(float32(0.1)), nan, 3, 0.5, math.Inf(1)},
		dataset.Ints{Values: []int64{math.MinInt64, 0, 7, 8, 9}, Absent: dataset.Bits{2}},
		dataset.Ints{Values: []int64{1, 0, 0, 1, 1}, Absent: dataset.Bits{2}},
		dataset.Ints{Values: []int64{1_000_001, 0, 0, -1, 253402300799999999}, Absent: dataset.Bits{2}},
		dataset.Strings{Codes: []int32{0, -1, 1, 2, 3}, Dict: []string{"plain", "", `say "hi", he said`, " x"}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	n, err := dataset.WriteCSV(&b, schema, dataset.Chunks(t.Context(), table), dataset.CSVWriter{})
	if err != nil || n != 5 {
		t.Fatalf("have %d rows, error %v, want 5", n, err)
	}
	want := `f,g,i,b,t,s
0.1,0.1,-9223372036854775808,true,1970-01-01T00:00:01.000001Z,plain
,,,,,
-0,3,7,false,1970-01-01T00:00:00Z,""
1e+21,0.5,8,true,1969-12-31T23:59:59.999999Z,"say ""hi"", he said"
-Inf,+Inf,9,true,9999-12-31T23:59:59.999999Z," x"
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	b.Reset()
	only := columns("s:string i:int")
	if _, err := dataset.WriteCSV(&b, only, dataset.Chunks(t.Context(), table), dataset.CSVWriter{NoHeader: true, Null: "NA", Comma: '\t'}); err != nil {
		t.Fatal(err)
	}
	want = "plain\t-9223372036854775808\nNA\tNA\n\"\"\t7\n\"say \"\"hi\"\", he said\"\t8\n\" x\"\t9\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestWriteCSVErrors(t *testing.T) {
	table := dataset.Vec("v", 1, 1)
	text, err := dataset.FromColumns(columns("s:string t:time"), dataset.Strings{Codes: []int32{0}, Dict: []string{"x"}}, dataset.Ints{Values: []int64{math.MaxInt64}})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	tests := []struct {
		name   string
		schema dataset.Schema
		chunks iter.Seq2[dataset.Chunk, error]
		opts   dataset.CSVWriter
		want   string
	}{
		{"vector", table.Schema(), dataset.Chunks(t.Context(), table), dataset.CSVWriter{}, `dataset.WriteCSV: column "v": have vector, want a number, bool, time or string`},
		{"no columns", dataset.Schema{}, nil, dataset.CSVWriter{}, "dataset.WriteCSV: have no columns, want at least one"},
		{"null", text.Schema(), nil, dataset.CSVWriter{Null: "0"}, `dataset.WriteCSV: have Null "0", want a word that is not a value and needs no quotes`},
		{"null with quotes", text.Schema(), nil, dataset.CSVWriter{Null: `a,b`}, `dataset.WriteCSV: have Null "a,b", want a word that is not a value and needs no quotes`},
		{"column", columns("x:int"), dataset.Chunks(t.Context(), text), dataset.CSVWriter{}, `column "x": is not there (columns: s, t), want int`},
		{"year", text.Schema(), dataset.Chunks(t.Context(), text), dataset.CSVWriter{}, `column "t": have a time in the year 294247, want one from 0 to 9999`},
		{"source", text.Schema(), func(yield func(dataset.Chunk, error) bool) { yield(dataset.Chunk{}, broken) }, dataset.CSVWriter{}, "broken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := dataset.WriteCSV(&bytes.Buffer{}, tt.schema, tt.chunks, tt.opts); err == nil || err.Error() != tt.want {
				t.Errorf("have error %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := dataset.WriteCSV(full{}, columns("s:string"), dataset.Chunks(t.Context(), text), dataset.CSVWriter{}); !errors.Is(err, errFull) {
		t.Errorf("have error %v, want that of the writer", err)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// randomTable makes a table of every type from random numbers.
func randomTable(r *rand.Rand, n int) (dataset.Schema, []dataset.Column) {
	pieces := []string{"a", " ", ",", "\"", "\n", "\r\n", "\r", "é", "\x00", "\xff", "\ufeff", "NA", "1", "#", "\t"}
	schema, kinds := dataset.Schema{}, []dataset.Type{dataset.Float, dataset.Float32, dataset.Int, dataset.Bool, dataset.Time, dataset.String, dataset.String}
	var cols []dataset.Column
	for i := range 1 + r.IntN(5) {
		typ := kinds[r.IntN(len(kinds))]
		schema.Fields = append(schema.Fields, dataset.Field{Name: fmt.Sprint("c", pieces[r.IntN(len(pieces))], i), Type: typ})
		floats, ints, text := make(dataset.Floats, n), dataset.Ints{Values: make([]int64, n)}, dataset.Strings{Codes: make([]int32, n)}
		for k := range n {
			absent := r.IntN(5) == 0
			floats[k] = []float64{math.Float64frombits(r.Uint64()), float64(r.IntN(3000)-1000) / 100, float64(r.IntN(20))}[r.IntN(3)]
			if typ == dataset.Float32 {
				floats[k] = float64(float32(floats[k]))
			}
			switch typ {
			case dataset.Bool:
				ints.Values[k] = r.Int64N(2)
			case dataset.Time:
				ints.Values[k] = r.Int64N(253402300800e6+62135596800e6) - 62135596800e6
			default:
				ints.Values[k] = int64(r.Uint64()) >> r.IntN(64)
			}
			text.Codes[k] = int32(k)
			var b strings.Builder
			for range r.IntN(4) {
				b.WriteString(pieces[r.IntN(len(pieces))])
			}
			text.Dict = append(text.Dict, b.String())
			if absent {
				floats[k], ints.Values[k], text.Codes[k] = math.NaN(), 0, -1
				ints.Absent.Set(k, n)
			}
		}
		switch typ {
		case dataset.Float, dataset.Float32:
			cols = append(cols, floats)
		case dataset.String:
			cols = append(cols, text)
		default:
			cols = append(cols, ints)
		}
	}
	return schema, cols
}

// Write, then read: the same table.
func TestCSVRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	tables := 1000
	if testing.Short() {
		tables = 100
	}
	path := filepath.Join(t.TempDir(), "f.csv")
	for k := range tables {
		n := 1 + r.IntN(20)
		schema, cols := randomTable(r, n)
		table, err := dataset.FromColumns(schema, cols...)
		if err != nil {
			t.Fatal(err)
		}
		o := dataset.CSVWriter{NoHeader: r.IntN(2) == 0, Null: []string{"", "NA"}[r.IntN(2)], Comma: []byte{0, ';', '\t'}[r.IntN(3)]}
		var b bytes.Buffer
		if _, err := dataset.WriteCSV(&b, schema, dataset.Chunks(t.Context(), table), o); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: schema, NoHeader: o.NoHeader, Null: []string{o.Null}, Comma: o.Comma, PartSize: 1 + r.Int64N(100)})
		if err != nil {
			t.Fatalf("table %d %q: %v", k, b.String(), err)
		}
		want, _, _ := rows(t, table)
		got, _, err := rows(t, ds)
		if err != nil {
			t.Fatalf("table %d %q: %v", k, b.String(), err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("table %d %q: rows (-want +got):\n%s", k, b.String(), diff)
		}
	}
}
