package estimator_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/pipeline"
)

// trainRows is the number of training rows of the real data.
const trainRows = 395_298

// BenchmarkTrees fits on the 395,298 training rows of the real data: from columns, with
// the bins. Use -cpu 1 for the figures of one thread.
func BenchmarkTrees(b *testing.B) {
	k := realData(b)
	for _, bm := range []struct {
		name string
		est  pipeline.Estimator
	}{
		{"gbt10depth5", estimator.GBTClassifier{LabelCol: kdd.Anomaly, MaxIter: 10}},
		{"gbt200leaves31", estimator.GBTClassifier{LabelCol: kdd.Anomaly, MaxIter: 200, MaxLeaves: 31, MaxBins: 255, MinInstancesPerNode: 20, Newton: true}},
		{"forest10depth30", estimator.RandomForestClassifier{LabelCol: "class", NumTrees: 10, MaxDepth: new(30)}},
		{"forest10depth30bins255", estimator.RandomForestClassifier{LabelCol: "class", NumTrees: 10, MaxDepth: new(30), MaxBins: 255}},
		{"tree5", estimator.DecisionTreeClassifier{LabelCol: "class"}},
	} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/workers=%d", bm.name, workers), func(b *testing.B) {
				ctx := fold.WithWorkers(context.Background(), workers)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := pipeline.Fit(ctx, bm.est, k.train); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*trainRows/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// forest100 is a forest of 100 trees on made-up data.
func forest100(b *testing.B, depth int) (pipeline.Transformer, dataset.Dataset) {
	b.Helper()
	k := realData(b)
	m, err := pipeline.Fit(b.Context(), estimator.RandomForestClassifier{LabelCol: "class", NumTrees: 100, MaxDepth: new(depth)}, k.train)
	if err != nil {
		b.Fatal(err)
	}
	return m, k.test
}

func BenchmarkForestRow(b *testing.B) {
	for _, depth := range []int{5, 30} {
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			m, test := forest100(b, depth)
			scorer, err := pipeline.NewScorer(m, dataset.NewSchema(dataset.Field{Name: "features", Type: dataset.Vector, Size: 118}))
			if err != nil {
				b.Fatal(err)
			}
			rows, err := dataset.Rows(b.Context(), test, "features")
			if err != nil {
				b.Fatal(err)
			}
			row := scorer.Row()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				row.SetVector(0, rows[i%len(rows)])
				if err := row.Score(); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}

func BenchmarkForestBatch(b *testing.B) {
	for _, depth := range []int{5, 30} {
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			m, test := forest100(b, depth)
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				for c, err := range dataset.Chunks(b.Context(), test) {
					if err == nil {
						c, err = m.Transform(c)
					}
					if err != nil {
						b.Fatal(err)
					}
					rows += c.Rows()
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
