package evaluate_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/estimator/evaluate"
)

// A row is one of the table that a test evaluates.
type row struct {
	Label, Score, Weight float64
	Group                string // "" = missing
}

func table(t testing.TB, rows []row) *dataset.Table {
	t.Helper()
	schema := dataset.NewSchema(
		dataset.Field{Name: "label", Type: dataset.Float}, dataset.Field{Name: "rawPrediction", Type: dataset.Float},
		dataset.Field{Name: "weight", Type: dataset.Float}, dataset.Field{Name: "group", Type: dataset.String})
	label, score, weight := make(dataset.Floats, len(rows)), make(dataset.Floats, len(rows)), make(dataset.Floats, len(rows))
	group := dataset.Strings{Codes: make([]int32, len(rows))}
	for i, r := range rows {
		label[i], score[i], weight[i] = r.Label, r.Score, r.Weight
		group.Codes[i] = int32(i)
		group.Dict = append(group.Dict, r.Group)
		if r.Group == "" {
			group.Codes[i] = -1
		}
	}
	ds, err := dataset.FromColumns(schema, label, score, weight, group)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func random(seed uint64, n, levels int) []row {
	r := rand.New(rand.NewPCG(seed, 0))
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{Score: float64(r.IntN(levels)), Weight: float64(r.IntN(4)), Group: []string{"", "a", "b"}[r.IntN(3)]}
		if r.Float64() < .3+.4*rows[i].Score/float64(levels) {
			rows[i].Label = 1
		}
	}
	return rows
}

func report(t testing.TB, e evaluate.Binary, ds dataset.Dataset) *evaluate.BinaryReport {
	t.Helper()
	r, err := e.Report(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, have, want float64) {
	t.Helper()
	if math.Abs(have-want) > 1e-12 || math.IsNaN(have) != math.IsNaN(want) {
		t.Errorf("%s: have %v, want %v", what, have, want)
	}
}

// byPairs is the definition of the area below the ROC curve: over all pairs.
func byPairs(rows []row, positive func(row) bool) float64 {
	wins, pairs := 0., 0.
	for _, p := range rows {
		for _, n := range rows {
			if p.Label != 1 || n.Label != 0 || !positive(p) {
				continue
			}
			w := p.Weight * n.Weight
			pairs += w
			switch {
			case p.Score > n.Score:
				wins += w
			case p.Score == n.Score:
				wins += w / 2
			}
		}
	}
	return wins / pairs
}

func TestAreaIsThatOfAllPairs(t *testing.T) {
	for seed := range uint64(20) {
		rows := random(seed, 60+int(seed)*7, 3+int(seed)*4)
		r := report(t, evaluate.Binary{WeightCol: "weight", GroupCol: "group"}, table(t, rows))
		near(t, "area under ROC", r.AreaUnderROC(), byPairs(rows, func(row) bool { return true }))
		if len(r.Groups) != 3 || !r.Groups[0].Missing || r.Groups[1].Value != "a" || r.Groups[2].Value != "b" {
			t.Fatalf("have groups %+v, want a missing one, a, b", r.Groups)
		}
		for k, name := range []string{"", "a", "b"} {
			near(t, "area of group "+name, r.Groups[k].AreaUnderROC, byPairs(rows, func(r row) bool { return r.Group == name }))
		}

		// The area is also that below the curve, and a quarter turn of it: 1 - the area
		// of the scores negated.
		area, curve := 0., r.ROC()
		for k, to := range curve[1:] {
			area += (to.FalsePositiveRate - curve[k].FalsePositiveRate) * (to.TruePositiveRate + curve[k].TruePositiveRate) / 2
		}
		near(t, "area below the curve", r.AreaUnderROC(), area)
		for i := range rows {
			rows[i].Score = -rows[i].Score
		}
		near(t, "of negated scores", report(t, evaluate.Binary{WeightCol: "weight"}, table(t, rows)).AreaUnderROC(), 1-area)
	}
}

// A row of weight 2 is the row twice, one of weight 0 is not there.
func TestWeightIsRepetition(t *testing.T) {
	rows := random(3, 200, 40)
	var repeated []row
	for _, r := range rows {
		for range int(r.Weight) {
			repeated = append(repeated, r)
		}
	}
	weighted, plain := report(t, evaluate.Binary{WeightCol: "weight"}, table(t, rows)), report(t, evaluate.Binary{}, table(t, repeated))
	near(t, "AreaUnderROC", weighted.AreaUnderROC(), plain.AreaUnderROC())
	near(t, "AreaUnderPR", weighted.AreaUnderPR(), plain.AreaUnderPR())
	near(t, "AveragePrecision", weighted.AveragePrecision(), plain.AveragePrecision())
	for _, rate := range []float64{.01, .1, .5, .99} {
		a, errA := weighted.Threshold(rate)
		b, errB := plain.Threshold(rate)
		if a != b || errA != nil || errB != nil {
			t.Errorf("threshold at %v: have %v, %v, want %v, %v", rate, a, errA, b, errB)
		}
		if diff := cmp.Diff(plain.At(b), weighted.At(a)); diff != "" {
			t.Errorf("confusion at %v (-repeated +weighted):\n%s", rate, diff)
		}
	}
}

// The published example of scikit-learn's average_precision_score and roc_auc_score:
// scores .1 .4 .35 .8 of labels 0 0 1 1 have .8333 and .75.
func TestKnownValues(t *testing.T) {
	ds := table(t, []row{{Label: 0, Score: .1}, {Label: 0, Score: .4}, {Label: 1, Score: .35}, {Label: 1, Score: .8}})
	r := report(t, evaluate.Binary{}, ds)
	near(t, "AreaUnderROC", r.AreaUnderROC(), .75)
	near(t, "AveragePrecision", r.AveragePrecision(), 5./6)
	// By hand: lines through (recall, precision) 0 1, .5 1, .5 .5, 1 2/3, 1 .5.
	near(t, "AreaUnderPR", r.AreaUnderPR(), .5+.5*(.5+2./3)/2)
	want := []evaluate.ROCPoint{{Threshold: math.Inf(1)}, {.8, 0, .5}, {.4, .5, .5}, {.35, .5, 1}, {.1, 1, 1}}
	if diff := cmp.Diff(want, r.ROC()); diff != "" {
		t.Errorf("curve (-want +got):\n%s", diff)
	}
	// numpy 2.3: quantile([.1, .4], .75) = .325.
	threshold, err := r.Threshold(.25)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "Threshold", threshold, .325)
	c := r.At(threshold)
	if want := (evaluate.Confusion{TruePositive: 2, FalsePositive: 1, TrueNegative: 1}); c != want {
		t.Errorf("have %+v, want %+v", c, want)
	}
	near(t, "Precision", c.Precision(), 2./3)
	near(t, "Accuracy", c.Accuracy(), .75)
	near(t, "F1", c.F1(), .8)
}

func TestMetric(t *testing.T) {
	ds := table(t, random(8, 300, 50))
	r := report(t, evaluate.Binary{}, ds)
	for metric, want := range map[evaluate.BinaryMetric]float64{
		evaluate.AreaUnderROC: r.AreaUnderROC(), evaluate.AreaUnderPR: r.AreaUnderPR(), evaluate.AveragePrecision: r.AveragePrecision(),
	} {
		var e evaluate.Evaluator = evaluate.Binary{Metric: metric, GroupCol: "is not read"}
		if have, err := e.Evaluate(t.Context(), ds); err != nil || have != want || !e.LargerIsBetter() {
			t.Errorf("metric %d: have %v, %v, want %v", metric, have, err, want)
		}
	}
}

// parts cuts a table of one chunk into parts of so many rows.
func parts(t *testing.T, ds *dataset.Table, rows int) *dataset.Table {
	t.Helper()
	var cut [][]dataset.Chunk
	for c, err := range dataset.Chunks(t.Context(), ds) {
		if err != nil {
			t.Fatal(err)
		}
		for from := 0; from < c.Rows(); from += rows {
			cut = append(cut, []dataset.Chunk{c.Slice(from, min(c.Rows(), from+rows))})
		}
	}
	out, err := dataset.NewTable(ds.Schema(), cut)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whole weights give the same bits for any cut, and one cut for any workers.
func TestPartsAndWorkers(t *testing.T) {
	ds := table(t, random(5, 50_000, 30_000))
	e := evaluate.Binary{WeightCol: "weight", GroupCol: "group"}
	want := report(t, e, ds)
	for _, rows := range []int{50_000, 7_001, 999} {
		for _, workers := range []int{1, 3} {
			have, err := e.Report(fold.WithWorkers(t.Context(), workers), parts(t, ds, rows))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(have.ROC(), want.ROC()) || have.AreaUnderROC() != want.AreaUnderROC() {
				t.Errorf("%d rows a part, %d workers: have another curve than of one part", rows, workers)
			}
			for k, g := range have.Groups {
				if g.AreaUnderROC != want.Groups[k].AreaUnderROC || g.At(9_999) != want.Groups[k].At(9_999) {
					t.Errorf("%d rows a part, %d workers: have another group %q than of one part", rows, workers, g.Value)
				}
			}
		}
	}
}

func TestBadRows(t *testing.T) {
	good := []row{{Label: 0, Score: 1, Weight: 1}, {Label: 1, Score: 2, Weight: 1}}
	for _, tt := range []struct {
		e    evaluate.Binary
		rows []row
		want string
	}{
		{evaluate.Binary{}, nil, "have no rows, want rows of both classes"},
		{evaluate.Binary{}, good[1:], `have one class only: column "label" has weight 1 at 1 and 0 at 0`},
		{evaluate.Binary{}, append(good, row{Label: 2}), `part 0, row 2: column "label": have 2, want 0 or 1`},
		{evaluate.Binary{}, append(good, row{Label: math.NaN()}), `row 2: column "label": have a missing value, want 0 or 1`},
		{evaluate.Binary{}, append(good, row{Score: math.NaN()}), `row 2: column "rawPrediction": have a missing value`},
		{evaluate.Binary{WeightCol: "weight"}, append(good, row{Weight: -1}), `row 2: column "weight": have -1, want a finite weight of at least 0`},
		{evaluate.Binary{WeightCol: "weight"}, []row{{Label: 0}, {Label: 1}}, "have one class only"},
		{evaluate.Binary{LabelCol: "group"}, good, `column "group": have string`},
		{evaluate.Binary{RawPredictionCol: "raw"}, good, `column "raw": is not there`},
		{evaluate.Binary{GroupCol: "weight"}, good, `column "weight": have float, want`},
		{evaluate.Binary{NumBins: -1}, good, "NumBins is -1, want at least 0"},
		{evaluate.Binary{Metric: 9}, good, "Metric is BinaryMetric(9), want one of [AreaUnderROC"},
	} {
		_, err := tt.e.Evaluate(t.Context(), table(t, tt.rows))
		if tt.e.GroupCol != "" {
			_, err = tt.e.Report(t.Context(), table(t, tt.rows))
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: have %v, want %q", tt.e, err, tt.want)
		}
	}
	if _, err := report(t, evaluate.Binary{}, table(t, good)).Threshold(1); err == nil || !strings.Contains(err.Error(), "falsePositiveRate is 1, want above 0 and below 1") {
		t.Errorf("have %v, want an error for the rate 1", err)
	}
	infinite := report(t, evaluate.Binary{}, table(t, append(good, row{Score: math.Inf(-1)}, row{Label: 1, Score: math.Inf(1)})))
	near(t, "area with infinite scores", infinite.AreaUnderROC(), 1)
}

func ExampleBinary() {
	scored, err := dataset.FromStructs([]struct {
		Service string  `millrace:"service"`
		Attack  bool    `millrace:"attack"`
		Score   float64 `millrace:"score"`
	}{{"http", false, 1}, {"http", true, 7}, {"smtp", false, 2}, {"smtp", false, 3}, {"smtp", true, 2}, {"ftp", true, 9}})
	if err != nil {
		panic(err)
	}
	e := evaluate.Binary{LabelCol: "attack", RawPredictionCol: "score", GroupCol: "service"}
	r, err := e.Report(context.Background(), scored)
	if err != nil {
		panic(err)
	}
	threshold, err := r.Threshold(0.25)
	if err != nil {
		panic(err)
	}
	fmt.Printf("area under ROC %.3f, average precision %.3f\n", r.AreaUnderROC(), r.AveragePrecision())
	fmt.Printf("above %.1f: %+v\n", threshold, r.At(threshold))
	for _, g := range r.Groups {
		fmt.Printf("%s: area %.3f, finds %.0f of %.0f\n", g.Value, g.AreaUnderROC, g.At(threshold).TruePositive, g.Positive)
	}
	// Output:
	// area under ROC 0.833, average precision 0.867
	// above 2.5: {TruePositive:2 FalsePositive:1 TrueNegative:2 FalseNegative:1}
	// ftp: area 1.000, finds 1 of 1
	// http: area 1.000, finds 1 of 1
	// smtp: area 0.500, finds 0 of 1
}

func BenchmarkBinary(b *testing.B) {
	for _, levels := range []int{1000, 1 << 30} {
		b.Run(fmt.Sprint(levels), func(b *testing.B) {
			const n = 200_000
			ds := table(b, random(1, n, levels))
			ctx := fold.WithWorkers(context.Background(), 1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (evaluate.Binary{}).Evaluate(ctx, ds); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
