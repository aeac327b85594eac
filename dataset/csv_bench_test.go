package dataset_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
)

func kddSchema() dataset.Schema {
	var s dataset.Schema
	for i := range 42 {
		typ := dataset.Float
		if i == 1 || i == 2 || i == 3 || i == 41 {
			typ = dataset.String
		}
		s.Fields = append(s.Fields, dataset.Field{Name: fmt.Sprint("c", i), Type: typ})
	}
	return s
}

func benchmarkRead(b *testing.B, names ...string) {
	path := os.Getenv("MILLRACE_CSV")
	if path == "" {
		b.Skip("MILLRACE_CSV is not set to a file")
	}
	source, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: kddSchema(), NoHeader: true})
	if err != nil {
		b.Fatal(err)
	}
	var ds dataset.Dataset = source
	if names != nil {
		if ds, err = source.Select(names...); err != nil {
			b.Fatal(err)
		}
	}
	_, size := source.Size()
	b.SetBytes(size)
	b.ReportAllocs()
	rows := 0
	for b.Loop() {
		for c, err := range dataset.Chunks(b.Context(), ds) {
			if err != nil {
				b.Fatal(err)
			}
			rows += c.Rows()
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkReadCSV(b *testing.B)       { benchmarkRead(b) }
func BenchmarkReadCSVSelect(b *testing.B) { benchmarkRead(b, "c41", "c2", "c5") }

func BenchmarkPlanCSV(b *testing.B) {
	path := os.Getenv("MILLRACE_CSV")
	if path == "" {
		b.Skip("MILLRACE_CSV is not set to a file")
	}
	b.ReportAllocs()
	for b.Loop() {
		ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: kddSchema(), NoHeader: true})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ds.PartRows(b.Context()); err != nil {
			b.Fatal(err)
		}
		_, size := ds.Size()
		b.SetBytes(size)
	}
}

func BenchmarkWriteCSV(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 1 << 16
	ids, scores, flags := dataset.Ints{Values: make([]int64, n)}, make(dataset.Floats, n), make(dataset.Floats, n)
	text := dataset.Strings{Codes: make([]int32, n), Dict: []string{"normal.", "smurf.", "say, what"}}
	for i := range n {
		ids.Values[i], scores[i], flags[i], text.Codes[i] = int64(i)*100, r.Float64(), float64(r.IntN(100))/100, int32(r.IntN(3))
	}
	schema := columns("id:int score:float flag:float label:string")
	table, err := dataset.FromColumns(schema, ids, scores, flags, text)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var out counter
		if _, err := dataset.WriteCSV(&out, schema, dataset.Chunks(b.Context(), table), dataset.CSVWriter{}); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(out))
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// A counter is a writer that counts.
type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }
