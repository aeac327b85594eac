package anomaly

import (
	"math"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/summary"
	"github.com/millrace-ml/millrace/pipeline/pipelinetest"
)

// Each fold of this package keeps the law of package fold.
func TestAggregators(t *testing.T) {
	const rows = 40
	values, scores := make([]float64, 3*rows), make(dataset.Floats, rows)
	for i := range values {
		values[i] = math.Sin(float64(i * i))
	}
	copy(scores, values)
	v, err := dataset.NewDense(3, values)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "features", Type: dataset.Vector, Size: 3},
		dataset.Field{Name: "score", Type: dataset.Float},
	), v, scores)
	if err != nil {
		t.Fatal(err)
	}
	all := selection{Input: "features"}
	view := summary.View{Clip: .5, Shift: []float64{.1, 0, 0}}
	t.Run("gram", func(t *testing.T) { pipelinetest.Aggregator(t, gram{all, view}, ds) })
	t.Run("sketch", func(t *testing.T) { pipelinetest.Aggregator(t, sketch{all, view, []float64{1, 2, 3}}, ds) })
	t.Run("extent", func(t *testing.T) { pipelinetest.Aggregator(t, extent{"score"}, ds) })
	t.Run("moments", func(t *testing.T) { pipelinetest.Aggregator(t, moments{all}, ds) })
}
