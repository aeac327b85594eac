package anomaly

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
)

// The rank from above is n + 1 - ceil((n+1) (1-a)), here in rational numbers for rates
// written in decimals.
func TestKeptScores(t *testing.T) {
	for _, per := range []int64{1, 5, 10, 50, 100, 300, 500} { // thousandths
		for n := int64(0); n < 3000; n++ {
			below := new(big.Int).Mul(big.NewInt(n+1), big.NewInt(1000-per))
			ceil := below.Add(below, big.NewInt(999)).Div(below, big.NewInt(1000)).Int64()
			if got, want := keptScores(n, float64(per)/1000), int(n+1-ceil); got != want {
				t.Errorf("%d rows at %d/1000: rank %d, want %d", n, per, got, want)
			}
		}
	}
}

// The rows held out do not depend on how the rows are cut, and the threshold has the
// stated rank among their scores.
func TestThresholdRank(t *testing.T) {
	const rows = 5000
	r := rand.New(rand.NewPCG(1, 4))
	values := make([]float64, 3*rows)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	whole := dataset.Vec("features", 3, values...)
	var c dataset.Chunk
	var parts [][]dataset.Chunk
	for chunk := range dataset.Chunks(t.Context(), whole) {
		for at := 0; at < chunk.Rows(); at += 700 {
			c = chunk.Slice(at, min(at+700, chunk.Rows()))
			part := len(parts)
			cut, err := dataset.NewChunk(c.Schema(), dataset.Origin{Part: part}, c.Column(0))
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, []dataset.Chunk{cut})
		}
	}
	cut, err := dataset.NewTable(whole.Schema(), parts)
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{.5, .1, .05, .01} {
		p := PCAAnomaly{FalseAlarmRate: rate, CalibrationShare: .4, Seed: 3}
		for _, ds := range []*dataset.Table{whole, cut} {
			fitted, err := p.Fit(t.Context(), ds)
			if err != nil {
				t.Fatal(err)
			}
			m := fitted.(*PCAAnomalyModel)
			scores, learned := heldScores(t, m, ds)
			slices.Sort(scores)
			rank := int(math.Ceil(float64(len(scores)+1) * (1 - rate)))
			if m.Threshold < scores[rank-1] || m.Threshold > scores[rank-1]*(1+2e-9) || m.Calibration != int64(len(scores)) || m.Rows != learned {
				t.Errorf("rate %v: threshold %v of %d scores and %d rows, want %v of %d and %d",
					rate, m.Threshold, m.Calibration, m.Rows, scores[rank-1], len(scores), learned)
			}
			if share := float64(len(scores)) / rows; math.Abs(share-.4) > 4*math.Sqrt(.24/rows) {
				t.Errorf("%v of the rows are held out, want about .4", share)
			}
		}
	}
	a, b := rowsHeld(t, whole), rowsHeld(t, cut)
	if !slices.Equal(a, b) {
		t.Error("other rows are held out in other parts")
	}
}

func heldScores(t *testing.T, m *PCAAnomalyModel, ds dataset.Dataset) (scores []float64, learned int64) {
	t.Helper()
	rows, err := newSelection(t.Context(), m.Params, ds)
	if err != nil {
		t.Fatal(err)
	}
	for c := range dataset.Chunks(t.Context(), ds) {
		_, learn, held, err := rows.pick(c)
		if err != nil {
			t.Fatal(err)
		}
		learned += int64(len(learn))
		out, err := m.Transform(c)
		if err != nil {
			t.Fatal(err)
		}
		all, err := dataset.Numbers(out, "anomaly_score")
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range held {
			scores = append(scores, all[i])
		}
	}
	return scores, learned
}

// rowsHeld returns the numbers of the rows held out, over all parts.
func rowsHeld(t *testing.T, ds dataset.Dataset) []int {
	t.Helper()
	rows, err := newSelection(t.Context(), PCAAnomaly{FalseAlarmRate: .1}.defaults(), ds)
	if err != nil {
		t.Fatal(err)
	}
	var out []int
	before := 0
	for c := range dataset.Chunks(t.Context(), ds) {
		_, _, held, err := rows.pick(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range held {
			out = append(out, before+int(i))
		}
		before += c.Rows()
	}
	return out
}

// A calibration row with a NaN has no score, and a chunk of a part that was not
// counted has no row number.
func TestCalibrationErrors(t *testing.T) {
	values := make([]float64, 200)
	for i := range values {
		values[i] = math.Sin(float64(i))
	}
	p := PCAAnomaly{K: 1, FalseAlarmRate: .1, CalibrationShare: .5}
	fitted, err := p.Fit(t.Context(), dataset.Vec("features", 1, values...))
	if err != nil {
		t.Fatal(err)
	}
	m := fitted.(*PCAAnomalyModel)
	rows, err := newSelection(t.Context(), m.Params, dataset.Vec("features", 1, values...))
	if err != nil {
		t.Fatal(err)
	}
	bad := dataset.Vec("features", 1, slices.Repeat([]float64{math.NaN()}, 20)...)
	if _, err := m.calibrate(t.Context(), bad, rows); err == nil {
		t.Error("NaN: no error")
	}
	if _, err := m.calibrate(t.Context(), dataset.Vec("features", 1, 1, 2, 3), rows); err == nil {
		t.Error("other rows than in the first pass: no error")
	}
	for c := range dataset.Chunks(t.Context(), bad) {
		c, err := dataset.NewChunk(c.Schema(), dataset.Origin{Part: 7}, c.Column(0))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := rows.pick(c); err == nil {
			t.Error("part 7 of 1: no error")
		}
	}
}
