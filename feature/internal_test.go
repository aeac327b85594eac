package feature

import (
	"math"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline/pipelinetest"
)

func numbers(t *testing.T) *dataset.Table {
	t.Helper()
	x, v := make(dataset.Floats, 40), make([]float64, 80)
	text := dataset.Strings{Codes: make([]int32, 40), Dict: []string{"a", "b", "c"}}
	for i := range x {
		x[i], v[2*i], v[2*i+1] = float64(i%7), float64(i)*0.7, float64(i%3)
		text.Codes[i] = int32(i%4) - 1
	}
	vectors, err := dataset.NewDense(2, v)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "x", Type: dataset.Float},
		dataset.Field{Name: "v", Type: dataset.Vector, Size: 2},
		dataset.Field{Name: "text", Type: dataset.String}), x, vectors, text)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestLaws(t *testing.T) {
	pipelinetest.Aggregator(t, textCounts{[]string{"text", "x"}}, numbers(t))
	pipelinetest.Aggregator(t, largest{[]string{"x"}}, numbers(t))
	pipelinetest.Aggregator(t, moments{"v"}, numbers(t))
}

// The rules and the values are those of the documentation of Java's Double.toString
// and Float.toString, Java 19.
func TestAppendFloat(t *testing.T) {
	tests := []struct {
		x    float64
		bits int
		want string
	}{
		{0, 64, "0.0"},
		{math.Copysign(0, -1), 64, "-0.0"},
		{1, 64, "1.0"},
		{-100, 64, "-100.0"},
		{0.001, 64, "0.001"},
		{0.002, 64, "0.002"},
		{0.00099999, 64, "9.9999E-4"},
		{9999999, 64, "9999999.0"},
		{1e7, 64, "1.0E7"},
		{-1.5e10, 64, "-1.5E10"},
		{2e23, 64, "2.0E23"},
		{4.9e-324, 64, "4.9E-324"},
		{9.9e-324, 64, "9.9E-324"},
		{1.4e-45, 32, "1.4E-45"},
		{math.MaxFloat64, 64, "1.7976931348623157E308"},
		{math.Inf(1), 64, "Infinity"},
		{math.Inf(-1), 64, "-Infinity"},
		{float64(float32(0.1)), 32, "0.1"},
		{float64(float32(3.4028235e38)), 32, "3.4028235E38"},
		{16777216, 32, "1.6777216E7"},
	}
	for _, tt := range tests {
		got := string(appendFloat([]byte(".x"), tt.x, tt.bits))
		if got != ".x"+tt.want {
			t.Errorf("%v in %d bits: have %q, want %q", tt.x, tt.bits, got[2:], tt.want)
		}
	}
}
