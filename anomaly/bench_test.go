package anomaly_test

import (
	"testing"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

func perRow(b *testing.B, rows int) {
	n := float64(rows) * float64(b.N)
	b.ReportMetric(n/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/row")
	b.ReportMetric(0, "ns/op")
}

// benchKDD returns the assembled 10 % file in memory and the stages up to the detector.
func benchKDD(b *testing.B) (*dataset.Table, *dataset.Table, pipeline.Transformer) {
	raw := kdd(b, tenPercent)
	stages := fitted(b, raw, kddStages()...)
	ds, err := pipeline.Apply(stages, raw)
	if err != nil {
		b.Fatal(err)
	}
	table, err := dataset.Collect(b.Context(), ds)
	if err != nil {
		b.Fatal(err)
	}
	return table, raw, stages
}

// Both passes of Fit over the rows in memory.
func BenchmarkFit(b *testing.B) {
	table, _, _ := benchKDD(b)
	ctx := fold.WithWorkers(b.Context(), 1)
	for _, est := range []anomaly.PCAAnomaly{
		{LabelCol: "is_anomaly"},
		{},
		{LabelCol: "is_anomaly", InputCol: "features_scaled", Compat: anomaly.SparkNotebook},
	} {
		name := est.Compat.String() + "/all"
		if est.LabelCol != "" {
			name = est.Compat.String() + "/normal"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := est.Fit(ctx, table); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b, table.Rows())
		})
	}
}

// The detector alone, and all five stages, chunk by chunk on one core.
func BenchmarkTransform(b *testing.B) {
	table, raw, stages := benchKDD(b)
	for _, bench := range []struct {
		name string
		est  anomaly.PCAAnomaly
	}{
		{"default", anomaly.PCAAnomaly{}},
		{"scaled", anomaly.PCAAnomaly{InputCol: "features_scaled"}},
		{"k10", anomaly.PCAAnomaly{K: 10}},
		{"compat", anomaly.PCAAnomaly{InputCol: "features_scaled", Compat: anomaly.SparkNotebook}},
	} {
		bench.est.LabelCol = "is_anomaly"
		m := fitted(b, table, bench.est)
		b.Run(bench.name, func(b *testing.B) { transformAll(b, m, table) })
		if bench.name == "default" {
			five := &pipeline.Model{Stages: []pipeline.Transformer{stages, m}}
			b.Run("five stages", func(b *testing.B) { transformAll(b, five, raw) })
		}
	}
}

func transformAll(b *testing.B, m pipeline.Transformer, table *dataset.Table) {
	b.ReportAllocs()
	for b.Loop() {
		for c := range dataset.Chunks(b.Context(), table) {
			if _, err := m.Transform(c); err != nil {
				b.Fatal(err)
			}
		}
	}
	perRow(b, table.Rows())
}

// One row through all five stages, values set by position.
func BenchmarkRow(b *testing.B) {
	raw := kdd(b, tenPercent)
	m := fitted(b, raw, append(kddStages(), anomaly.PCAAnomaly{LabelCol: "is_anomaly"})...)
	scorer, err := pipeline.NewScorer(m, raw.Schema())
	if err != nil {
		b.Fatal(err)
	}
	var first dataset.Chunk
	for c := range dataset.Chunks(b.Context(), raw) {
		first = c
		break
	}
	row := scorer.Row()
	set := func(i int) {
		for k := range raw.Schema().Fields {
			switch col := first.Column(k).(type) {
			case dataset.Floats:
				row.SetFloat(k, col[i])
			case dataset.Strings:
				row.SetString(k, col.At(i))
			case dataset.Ints:
				row.SetInt(k, col.Values[i])
			}
		}
	}
	b.Run("set and score", func(b *testing.B) {
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			set(i & 1023)
			i++
			if err := row.Score(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("score", func(b *testing.B) {
		b.ReportAllocs()
		set(7)
		for b.Loop() {
			if err := row.Score(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
