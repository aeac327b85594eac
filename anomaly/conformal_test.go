package anomaly_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
)

// rates collects a share from every draw.
type rates []float64

// mean returns the mean and its standard error.
func (r rates) mean() (mean, err float64) {
	for _, x := range r {
		mean += x / float64(len(r))
	}
	for _, x := range r {
		err += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(err) / float64(len(r))
}

// The bound, by simulation: over many draws of training and test rows the mean share
// of alarms among normal rows is at most the rate, up to chance, and with scores
// without ties at least the rate minus 1/(n+1): Lei et al. 2018, theorem 2.2. As a
// control, the quantile of the scores of the rows that were learned from breaks it.
func TestFalseAlarmRate(t *testing.T) {
	const draws, rows, size, tests, rate = 400, 120, 15, 100, .1
	p := anomaly.PCAAnomaly{K: 5, Clip: new(0.0), FalseAlarmRate: rate, CalibrationShare: .5}
	var alarms, naive rates
	for draw := range uint64(draws) {
		r := rand.New(rand.NewPCG(draw, 7))
		train := dataset.Vec("features", size, gaussian(r, rows, size)...)
		test := dataset.Vec("features", size, gaussian(r, tests, size)...)
		p.Seed = draw
		m := model(t, p, train)
		alarms = append(alarms, share(numbers(t, m, test, "prediction"), 0))

		all := p
		all.FalseAlarmRate = 0
		m = model(t, all, train)
		in := numbers(t, m, train, "anomaly_score")
		slices.Sort(in)
		naive = append(naive, share(numbers(t, m, test, "anomaly_score"), in[int(math.Ceil((1-rate)*rows))-1]))
	}
	mean, se := alarms.mean()
	t.Logf("%.4f +- %.4f false alarms", mean, se)
	if mean > rate+3*se || mean < rate-2./rows-3*se {
		t.Errorf("the mean rate is %.4f +- %.4f, want at most %v and little less", mean, se, rate)
	}
	if mean, se := naive.mean(); mean < rate+5*se {
		t.Errorf("control: the mean rate without calibration is %.4f +- %.4f, which does not show the bound broken", mean, se)
	}
}

// share returns the share of numbers above a threshold.
func share(x []float64, threshold float64) float64 {
	n := 0
	for _, v := range x {
		if v > threshold {
			n++
		}
	}
	return float64(n) / float64(len(x))
}

// With many equal scores a prediction needs a score above the threshold, so ties never
// break the bound. The missing stays missing.
func TestFalseAlarmRateTies(t *testing.T) {
	values := make([]float64, 400)
	for i := range values {
		values[i] = float64(i % 4)
	}
	values[1] = 50
	p := anomaly.PCAAnomaly{K: 1, FalseAlarmRate: .1, Clip: new(0.0)}
	p.Compat = anomaly.SparkNotebook
	m := model(t, p, dataset.Vec("features", 2, flatPairs(values)...))
	got := numbers(t, m, dataset.Vec("features", 2, flatPairs(values)...), "prediction")
	if s := share(got, 0); s > .1 {
		t.Errorf("%v are predicted to be anomalies, want at most .1", s)
	}
	if x := numbers(t, m, dataset.Vec("features", 2, nan, 0), "prediction"); !math.IsNaN(x[0]) {
		t.Errorf("a missing number: prediction %v, want a missing one", x[0])
	}
}

// flatPairs makes vectors (1, x).
func flatPairs(x []float64) []float64 {
	var out []float64
	for _, v := range x {
		out = append(out, v, math.Mod(v, 2))
	}
	return out
}
