package summary

import (
	"math/rand/v2"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
)

// kddLike makes columns as wide and as sparse as the numbers of KDD Cup 99: 45 % of
// the values are not 0, unevenly spread over the columns.
func kddLike(rows, cols int) *dataset.Vectors {
	r := rand.New(rand.NewPCG(1, 2))
	blocks := make([]dataset.Block, cols)
	for j := range blocks {
		share := []float64{0.01, 0.99, 0.1, 0.9, 0.25, 0}[j%6] + 0.09
		x := make(dataset.Floats, rows)
		for i := range x {
			if r.Float64() < share {
				x[i] = float64(r.IntN(512)) / 100
			}
		}
		blocks[j] = &dataset.Scalar{Values: x}
	}
	v, err := dataset.NewVectors(blocks...)
	if err != nil {
		panic(err)
	}
	return v
}

func BenchmarkMomentsScalars(b *testing.B) {
	v := kddLike(dataset.ChunkRows, 38)
	b.ReportAllocs()
	m := new(Moments)
	for b.Loop() {
		if err := m.Add(v, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*dataset.ChunkRows/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(4.94e6/(float64(b.N)*dataset.ChunkRows/b.Elapsed().Seconds()), "s/4.94M")
}

func BenchmarkMomentsOneHot(b *testing.B) {
	codes := make([]int32, dataset.ChunkRows)
	for i := range codes {
		codes[i] = int32(i*7919%67) - 1
	}
	v, err := dataset.NewVectors(&dataset.OneHot{Codes: codes, Width: 66})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	m := new(Moments)
	for b.Loop() {
		if err := m.Add(v, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*dataset.ChunkRows/b.Elapsed().Seconds(), "rows/s")
}
