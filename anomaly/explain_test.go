package anomaly_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
)

// sensors is a table of ten numbers that share two factors, and a text.
func sensors(t testing.TB, r *rand.Rand, rows int) (*dataset.Table, []string) {
	t.Helper()
	values := gaussian(r, rows, 10)
	var fields []dataset.Field
	var cols []dataset.Column
	var names []string
	for j := range 10 {
		x := make(dataset.Floats, rows)
		for i := range x {
			x[i] = values[i*10+j]
		}
		names = append(names, "sensor"+string(rune('0'+j)))
		fields = append(fields, dataset.Field{Name: names[j], Type: dataset.Float})
		cols = append(cols, x)
	}
	state := dataset.Strings{Dict: []string{"idle", "run", "fault"}}
	for range rows {
		state.Codes = append(state.Codes, int32(r.IntN(2)))
	}
	state.Codes[0] = 2
	table, err := dataset.FromColumns(dataset.NewSchema(append(fields, dataset.Field{Name: "state", Type: dataset.String})...), append(cols, state)...)
	if err != nil {
		t.Fatal(err)
	}
	return table, names
}

// In each of 200 rows one column is spoiled, and Explain must name it in at least 199.
func TestExplainNamesTheColumn(t *testing.T) {
	train, names := sensors(t, rand.New(rand.NewPCG(1, 2)), 2000)
	m := fitted(t, train,
		feature.StringIndexer{InputCols: []string{"state"}, OutputCols: []string{"index"}},
		feature.OneHotEncoder{InputCols: []string{"index"}, OutputCols: []string{"hot"}, KeepLast: true},
		feature.VectorAssembler{InputCols: append(slices.Clone(names), "hot")},
		anomaly.PCAAnomaly{})
	detector, _ := pipeline.Find[*anomaly.PCAAnomalyModel](m)
	rows, _ := sensors(t, rand.New(rand.NewPCG(3, 4)), 200)
	right := 0
	for c := range dataset.Chunks(t.Context(), rows) {
		cols := make([]dataset.Column, 11)
		for j := range cols {
			cols[j] = c.Column(j)
		}
		for j := range names {
			cols[j] = slices.Clone(cols[j].(dataset.Floats))
		}
		state := cols[10].(dataset.Strings)
		state.Codes = slices.Clone(state.Codes)
		cols[10] = state
		for i := range c.Rows() {
			if at := i % 11; at < 10 {
				cols[at].(dataset.Floats)[i] += 12
			} else {
				state.Codes[i] = 2
			}
		}
		c, err := dataset.NewChunk(c.Schema(), c.Origin(), cols...)
		if err != nil {
			t.Fatal(err)
		}
		out, err := m.Transform(c)
		if err != nil {
			t.Fatal(err)
		}
		e, err := detector.Explain(out)
		if err != nil {
			t.Fatal(err)
		}
		want := append(slices.Clone(names), "state")
		if diff := cmp.Diff(want, e.Columns); diff != "" {
			t.Fatalf("columns (-want +got):\n%s", diff)
		}
		scores, _ := dataset.Numbers(out, "anomaly_score")
		for i, shares := range e.Shares {
			if got, share := e.Largest(i); got == want[i%11] && share == slices.Max(shares) {
				right++
			}
			var sum float64
			for _, s := range shares {
				sum += s
			}
			if math.Abs(sum-scores[i]) > 1e-12*scores[i] || slices.Min(shares) < 0 {
				t.Errorf("row %d: shares of %v, want at least 0 and the score %v in all", i, shares, scores[i])
			}
		}
	}
	if right < 199 {
		t.Errorf("the spoiled column was named in %d of 200 rows, want at least 199", right)
	}
}

func TestExplainErrors(t *testing.T) {
	m := model(t, anomaly.PCAAnomaly{K: 1}, dataset.Vec("features", 2, 1, 2, 3, 5, 4, 4))
	for c := range dataset.Chunks(t.Context(), dataset.Vec("features", 3, 1, 2, 3)) {
		if _, err := m.Explain(c); err == nil {
			t.Error("vectors of another size: no error")
		}
	}
	for c := range dataset.Chunks(t.Context(), dataset.Vec("features", 2, nan, 0)) {
		e, err := m.Explain(c)
		if err != nil || !math.IsNaN(e.Shares[0][0]) {
			t.Errorf("a missing number: got %v, %v, want NaN", e.Shares, err)
		}
		// A schema without names: dimensions are named by their place.
		if diff := cmp.Diff([]string{"features[0]", "features[1]"}, e.Columns); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
	}
}
