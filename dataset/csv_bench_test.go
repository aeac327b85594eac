package dataset_test

import (
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
		s.Fields = append(s.Fields, dataset.Field{Name: "c" + string(rune('a'+i/26)) + string(rune('a'+i%26)), Type: typ})
	}
	return s
}

func BenchmarkReadCSV(b *testing.B) {
	path := os.Getenv("MILLRACE_CSV")
	if path == "" {
		b.Skip("MILLRACE_CSV is not set to a file")
	}
	ds, err := dataset.OpenCSV(dataset.CSV{Path: path, Schema: kddSchema(), NoHeader: true})
	if err != nil {
		b.Fatal(err)
	}
	_, size := ds.Size()
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
