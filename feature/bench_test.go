package feature_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/summary"
	"github.com/millrace-ml/millrace/pipeline"
)

// synthetic is a table of the KDD columns: 45 % of the numbers are not 0, and the
// texts have 3, 66, 11 and 2 categories.
func synthetic(rows int) *dataset.Table {
	r := rand.New(rand.NewPCG(1, 2))
	var (
		schema dataset.Schema
		cols   []dataset.Column
	)
	categories := map[string]int{"protocol_type": 3, "service": 66, "flag": 11, "label": 2}
	for k, name := range kddColumns {
		n, isText := categories[name]
		if !isText {
			x := make(dataset.Floats, rows)
			for i := range x {
				if r.Float64() < []float64{0.02, 0.9, 0.43}[k%3] {
					x[i] = float64(r.IntN(1000)) / 8
				}
			}
			cols = append(cols, x)
			schema.Fields = append(schema.Fields, dataset.Field{Name: name, Type: dataset.Float})
			continue
		}
		text := dataset.Strings{Codes: make([]int32, rows)}
		for i := range n {
			text.Dict = append(text.Dict, fmt.Sprintf("%s_%d", name, i))
		}
		for i := range text.Codes {
			text.Codes[i] = int32(float64(n) * r.Float64() * r.Float64())
		}
		cols = append(cols, text)
		schema.Fields = append(schema.Fields, dataset.Field{Name: name, Type: dataset.String})
	}
	t, err := dataset.FromColumns(schema, cols...)
	if err != nil {
		panic(err)
	}
	return t
}

// The four stages on a chunk of 4,096 rows with 3 texts and 38 numbers.
func BenchmarkTransform(b *testing.B) {
	table := synthetic(dataset.ChunkRows)
	model, err := pipeline.Fit(b.Context(), kddFeatures(), table)
	if err != nil {
		b.Fatal(err)
	}
	c := firstChunk(b, table)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := model.Transform(c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*dataset.ChunkRows/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/dataset.ChunkRows, "ns/row")
}

// The four stages in their row form.
func BenchmarkScorer(b *testing.B) {
	table := synthetic(dataset.ChunkRows)
	model, err := pipeline.Fit(b.Context(), kddFeatures(), table)
	if err != nil {
		b.Fatal(err)
	}
	scorer, err := pipeline.NewScorer(model, table.Schema())
	if err != nil {
		b.Fatal(err)
	}
	row := scorer.Row()
	for k, f := range table.Schema().Fields {
		if f.Type == dataset.Float {
			row.SetFloat(k, 1)
		}
	}
	texts := []int{slices.Index(kddColumns, "protocol_type"), slices.Index(kddColumns, "service"), slices.Index(kddColumns, "flag")}
	b.ReportAllocs()
	for b.Loop() {
		row.SetString(texts[0], "protocol_type_1")
		row.SetString(texts[1], "service_2")
		row.SetString(texts[2], "flag_0")
		if err := row.Score(); err != nil {
			b.Fatal(err)
		}
	}
}

// Learning everything from a table in memory.
func BenchmarkFit(b *testing.B) {
	table := synthetic(16 * dataset.ChunkRows)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pipeline.Fit(b.Context(), kddFeatures(), table); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*16*dataset.ChunkRows/b.Elapsed().Seconds(), "rows/s")
}

// Moments of the real data's 118 dimensions: 38 columns of numbers and three blocks
// of categories.
func BenchmarkMomentsKDD(b *testing.B) {
	table := kdd(b)
	model, err := pipeline.Fit(b.Context(), kddFeatures(), table)
	if err != nil {
		b.Fatal(err)
	}
	var chunks []*dataset.Vectors
	for c, err := range dataset.Chunks(b.Context(), apply(model, table)) {
		if err != nil {
			b.Fatal(err)
		}
		v, err := dataset.Get[*dataset.Vectors](c, "features")
		if err != nil {
			b.Fatal(err)
		}
		chunks = append(chunks, v)
	}
	b.ReportAllocs()
	for b.Loop() {
		m := new(summary.Moments)
		for _, v := range chunks {
			if err := m.Add(v, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*494021/b.Elapsed().Seconds(), "rows/s")
}
