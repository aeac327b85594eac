package dataset_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
)

// kddLike makes a table of 38 numeric columns as those of the KDD data are: many
// are 0 throughout a chunk, the rest are small counts, hundredths and byte counts.
func kddLike(tb testing.TB, rows int) *dataset.Table {
	rng := rand.New(rand.NewPCG(1, 2))
	var schema dataset.Schema
	var cols []dataset.Column
	add := func(n int, value func() float64) {
		for range n {
			col := make(dataset.Floats, rows)
			for i := range col {
				col[i] = value()
			}
			schema, _ = schema.With(dataset.Field{Name: fmt.Sprintf("c%d", len(cols)), Type: dataset.Float})
			cols = append(cols, col)
		}
	}
	add(12, func() float64 { return 0 })
	add(4, func() float64 { return float64(rng.IntN(2)) })
	add(5, func() float64 { return float64(rng.IntN(256)) })
	add(2, func() float64 { return float64(rng.IntN(512)) })
	add(13, func() float64 { return float64(rng.IntN(101)) / 100 })
	add(2, func() float64 { return float64(rng.IntN(1 << 20)) })
	t, err := dataset.FromColumns(schema, cols...)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

func readAll(tb testing.TB, ds dataset.Dataset, columns int) {
	for c, err := range dataset.Chunks(tb.Context(), ds) {
		if err != nil {
			tb.Fatal(err)
		}
		for i := range columns {
			c.Column(i)
		}
	}
}

func report(b *testing.B, rows, columns int) {
	b.ReportAllocs()
	b.SetBytes(int64(rows * columns * 8))
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// Bytes are those of the numbers as float64.
func BenchmarkCacheFill(b *testing.B) {
	const rows = 32 * dataset.ChunkRows
	table := kddLike(b, rows)
	var stored int64
	for b.Loop() {
		c := dataset.Cache(table, dataset.CacheOptions{})
		readAll(b, c, 0)
		stored, _ = c.Stored()
		c.Close()
	}
	report(b, rows, 38)
	b.ReportMetric(float64(stored)/rows, "stored-B/row")
}

func BenchmarkCacheRead(b *testing.B) {
	const rows = 32 * dataset.ChunkRows
	for name, memory := range map[string]int64{"memory": 0, "file": -1} {
		for _, columns := range []int{0, 1, 38} {
			b.Run(fmt.Sprintf("%s/columns=%d", name, columns), func(b *testing.B) {
				c := dataset.Cache(kddLike(b, rows), dataset.CacheOptions{Memory: memory})
				defer c.Close()
				readAll(b, c, 0)
				for b.Loop() {
					readAll(b, c, columns)
				}
				report(b, rows, columns)
			})
		}
	}
}
