package anomaly_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/pipeline"
)

var nan, inf = math.NaN(), math.Inf(1)

// labelled is a table of vectors and a label.
func labelled(t testing.TB, size int, values, labels []float64) *dataset.Table {
	t.Helper()
	v, err := dataset.NewDense(size, values)
	if err != nil {
		t.Fatal(err)
	}
	table, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "features", Type: dataset.Vector, Size: size},
		dataset.Field{Name: "label", Type: dataset.Float},
	), v, dataset.Floats(labels))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func model(t testing.TB, p anomaly.PCAAnomaly, ds dataset.Dataset) *anomaly.PCAAnomalyModel {
	t.Helper()
	m, err := pipeline.Fit(t.Context(), p, ds)
	if err != nil {
		t.Fatal(err)
	}
	return m.(*anomaly.PCAAnomalyModel)
}

// numbers returns a number column of ds after m.
func numbers(t testing.TB, m pipeline.Transformer, ds dataset.Dataset, col string) []float64 {
	t.Helper()
	out, err := pipeline.Apply(m, ds)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := dataset.Rows(t.Context(), out, col)
	if err != nil {
		t.Fatal(err)
	}
	flat := []float64{}
	for _, row := range rows {
		flat = append(flat, row...)
	}
	return flat
}

func TestPCAAnomaly(t *testing.T) {
	// Along the first axis the rows vary most; mean (0, 10), deviations 2 and 1 by hand:
	// the squares add up to 16 and 4 over n-1 = 4.
	train := []float64{-2, 10, 2, 10, -2, 10, 2, 10, 0, 10}
	cross := []float64{-2, 10, 2, 10, 0, 9, 0, 11, 0, 10}
	off := new(0.0)
	tests := []struct {
		name         string
		p            anomaly.PCAAnomaly
		train, score []float64
		size         int
		want         []float64
	}{{
		// z = (x/2, (x-10)/.5^.5); both variances are 1, so the component is an axis, or
		// any other: without scaling it is the first.
		name: "notebook, not centred", size: 2, train: cross, score: []float64{0, 10, 7, 0, 5, 3},
		p:    anomaly.PCAAnomaly{K: 1, Compat: anomaly.SparkNotebook},
		want: []float64{100, 0, 9},
	}, {
		// The second dimension is constant: it is 0.01 wide by the floor, and 1 off is
		// 100 deviations, clipped to 5. The first is explained.
		name: "floor and clip", size: 2, train: train, score: []float64{0, 10, 9, 10, 0, 11, 0, 10.02},
		p:    anomaly.PCAAnomaly{K: 1},
		want: []float64{0, 0, 25, 4},
	}, {
		name: "without clip", size: 2, train: train, score: []float64{0, 11}, p: anomaly.PCAAnomaly{K: 1, Clip: off},
		want: []float64{1e4},
	}, {
		name: "without floor", size: 2, train: train, score: []float64{0, 11}, p: anomaly.PCAAnomaly{K: 1, Floor: off},
		want: []float64{0},
	}, {
		name: "another clip and floor", size: 2, train: train, score: []float64{0, 11, 0, 12},
		p:    anomaly.PCAAnomaly{K: 1, Clip: new(3.0), Floor: new(.5)},
		want: []float64{4, 9},
	}, {
		// No variance: components of 0 explain nothing, and 5 deviations each count.
		name: "constant rows", size: 2, train: []float64{1, 1, 1, 1, 1, 1}, score: []float64{1, 1, 2, 1, 2, 0},
		want: []float64{0, 25, 50},
	}, {
		name: "missing and infinite", size: 2, train: train, score: []float64{nan, 10, 0, inf, 0, -inf, inf, nan},
		p:    anomaly.PCAAnomaly{K: 1},
		want: []float64{nan, 25, 25, nan},
	}, {
		name: "infinite without clip", size: 2, train: train, score: []float64{inf, 10, 0, -inf, 0, 1e200, inf, nan},
		p:    anomaly.PCAAnomaly{K: 1, Clip: off},
		want: []float64{inf, inf, inf, nan},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := model(t, tt.p, dataset.Vec("features", tt.size, tt.train...))
			got := numbers(t, m, dataset.Vec("features", tt.size, tt.score...), "anomaly_score")
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-9, 1e-20)); diff != "" {
				t.Errorf("scores (-want +got):\n%s", diff)
			}
		})
	}
}

// Only rows with label 0 count: not 1, not -1, not a missing label.
func TestPCAAnomalyLabels(t *testing.T) {
	values := []float64{-2, 0, 2, 0, 0, 1, 0, -1, 50, 50, 60, 9, 7, 7}
	labels := []float64{0, 0, 0, 0, 1, nan, -1}
	m := model(t, anomaly.PCAAnomaly{LabelCol: "label"}, labelled(t, 2, values, labels))
	if m.Rows != 4 || m.Mean[0] != 0 || m.Mean[1] != 0 {
		t.Errorf("learned from %d rows with mean %v, want 4 and 0", m.Rows, m.Mean)
	}
	// Scoring needs no label.
	numbers(t, m, dataset.Vec("features", 2, 1, 2), "anomaly_score")
	if m := model(t, anomaly.PCAAnomaly{}, labelled(t, 2, values, labels)); m.Rows != 7 {
		t.Errorf("learned from %d rows, want all 7", m.Rows)
	}
}

// By hand: rows on the axes, so the covariance is diagonal: 18, 8 and 2, over 5.
var axes = []float64{3, 0, 0, -3, 0, 0, 0, 2, 0, 0, -2, 0, 0, 0, 1, 0, 0, -1}

func TestVarianceShare(t *testing.T) {
	for share, want := range map[float64]int{.6: 1, .64: 1, .65: 2, .92: 2, .93: 3, .999999: 3} {
		m := model(t, anomaly.PCAAnomaly{Compat: anomaly.SparkNotebook, VarianceShare: share}, dataset.Vec("features", 3, axes...))
		if got := len(m.Eigenvalues); got != want {
			t.Errorf("share %v: have %d components, want %d", share, got, want)
		}
	}
	m := model(t, anomaly.PCAAnomaly{Compat: anomaly.SparkNotebook, K: 3}, dataset.Vec("features", 3, axes...))
	if diff := cmp.Diff([]float64{18. / 5, 8. / 5, 2. / 5}, m.Eigenvalues, cmpopts.EquateApprox(1e-14, 0)); diff != "" {
		t.Errorf("eigenvalues (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}, m.Components, cmpopts.EquateApprox(0, 1e-14)); diff != "" {
		t.Errorf("components (-want +got):\n%s", diff)
	}
}

func TestPCAAnomalyColumns(t *testing.T) {
	p := anomaly.PCAAnomaly{Compat: anomaly.SparkNotebook, ProjectionCol: "pca_features", RawScoreCol: "raw", OutputCol: "score"}
	train := dataset.Vec("features", 3, axes...)
	promised, err := p.Schema(train.Schema())
	if err != nil {
		t.Fatal(err)
	}
	m := model(t, p, train)
	if diff := cmp.Diff([]string{"features", "pca_features", "raw", "score"}, promised.Names()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	score := dataset.Vec("features", 3, 3, 4, 5)
	for col, want := range map[string][]float64{"pca_features": {3, 4}, "raw": {25}, "score": {25}} {
		if diff := cmp.Diff(want, numbers(t, m, score, col), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", col, diff)
		}
	}
}

func TestPCAAnomalyErrors(t *testing.T) {
	vectors := []float64{1, 2, 3, 4, 5, 7}
	labels := []float64{0, 0, 0}
	tests := []struct {
		name string
		p    anomaly.PCAAnomaly
		ds   dataset.Dataset
		want string
	}{
		{"input", anomaly.PCAAnomaly{InputCol: "x"}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: column "x": is not there (columns: features, label), want vector`},
		{"label", anomaly.PCAAnomaly{LabelCol: "y"}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: column "y": is not there (columns: features, label), want float or float32 or int or bool`},
		{"label type", anomaly.PCAAnomaly{LabelCol: "features"}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: column "features": have vector, want float or float32 or int or bool`},
		{"output", anomaly.PCAAnomaly{OutputCol: "label"}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: column "label": exists already, want a new name`},
		{"k", anomaly.PCAAnomaly{K: 3}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: K is 3, want at most 2, the dimension of column "features"`},
		{"several", anomaly.PCAAnomaly{K: -1, Clip: new(-1.0), Floor: new(nan), VarianceShare: 2, FalseAlarmRate: 1, CalibrationShare: 1, Compat: 9}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: Compat is Compat(9), want one of [Corrected SparkNotebook]
anomaly.PCAAnomaly: Clip is -1, want at least 0
anomaly.PCAAnomaly: Floor is NaN, want at least 0
anomaly.PCAAnomaly: CalibrationShare is 1, want above 0 and below 1
anomaly.PCAAnomaly: FalseAlarmRate is 1, want above 0 and below 1
anomaly.PCAAnomaly: VarianceShare is 2, want above 0 and below 1
anomaly.PCAAnomaly: K is -1, want 0 with VarianceShare`},
		{"notebook", anomaly.PCAAnomaly{Compat: anomaly.SparkNotebook, Clip: new(5.0)}, labelled(t, 2, vectors, labels),
			`anomaly.PCAAnomaly: Clip is 5 and Floor 0, want neither with SparkNotebook`},
		{"no normal rows", anomaly.PCAAnomaly{LabelCol: "label"}, labelled(t, 2, vectors, []float64{1, 1, nan}),
			`anomaly.PCAAnomaly: column "features": have 0 rows whose "label" is 0 to learn from, want at least 2`},
		{"one row", anomaly.PCAAnomaly{}, labelled(t, 2, vectors[:2], labels[:1]),
			`anomaly.PCAAnomaly: column "features": have 1 rows to learn from, want at least 2`},
		{"no rows", anomaly.PCAAnomaly{}, labelled(t, 2, nil, nil),
			`anomaly.PCAAnomaly: column "features": have 0 rows to learn from, want at least 2`},
		{"nan", anomaly.PCAAnomaly{}, labelled(t, 2, []float64{1, 2, 3, nan}, labels[:2]),
			`anomaly.PCAAnomaly: column "features": dimension 1: have a variance of NaN in the rows to learn from, want finite numbers, with squares that are finite`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := pipeline.Fit(t.Context(), tt.p, tt.ds)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
	none, err := dataset.NewVectors()
	if err != nil {
		t.Fatal(err)
	}
	flat, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "features", Type: dataset.Vector}), none)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pipeline.Fit(t.Context(), anomaly.PCAAnomaly{VarianceShare: .5}, flat); err == nil {
		t.Error("vectors of no dimension: no error")
	}
	few := labelled(t, 1, slices.Repeat([]float64{1, 2}, 20), make([]float64, 40))
	_, err = pipeline.Fit(t.Context(), anomaly.PCAAnomaly{K: 1, FalseAlarmRate: .01, CalibrationShare: .5}, few)
	if err == nil || !strings.HasSuffix(err.Error(), "rows to calibrate with, want at least 99") {
		t.Errorf("too few rows to calibrate with: got %v", err)
	}
	_, err = pipeline.Fit(t.Context(), anomaly.PCAAnomaly{LabelCol: "y"}, labelled(t, 2, vectors, labels))
	if col, ok := errors.AsType[*dataset.ColumnError](err); !ok || col.Column != "y" {
		t.Errorf("a missing label: got %v, want a ColumnError", err)
	}
}

// gaussian returns rows of size numbers that share two factors.
func gaussian(r *rand.Rand, rows, size int) []float64 {
	var out []float64
	for range rows {
		a, b := r.NormFloat64(), r.NormFloat64()
		for j := range size {
			out = append(out, a*math.Sin(float64(j+1))+b*math.Cos(float64(3*j))+.3*r.NormFloat64())
		}
	}
	return out
}

// reference/reliability.md, section 5: 1e8 added to every row keeps the components to
// 1e-6, with every kind of scaling.
func TestPCAAnomalyKeepsDigits(t *testing.T) {
	near := gaussian(rand.New(rand.NewPCG(1, 1)), 500, 5)
	far := slices.Clone(near)
	for i := range far {
		far[i] += 1e8
	}
	for _, p := range []anomaly.PCAAnomaly{{}, {Clip: new(0.0), Floor: new(0.0)}, {Compat: anomaly.SparkNotebook}} {
		a, b := model(t, p, dataset.Vec("features", 5, near...)), model(t, p, dataset.Vec("features", 5, far...))
		if diff := cmp.Diff(a.Components, b.Components, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Errorf("%v: components (-near +far):\n%s", p.Compat, diff)
		}
	}
}

// A row that the components explain but for a part in 10^13 of its square: by hand the
// component is (1, 2)/sqrt(5), and the rest 1e-3 long. The difference of the squares,
// 5e6, would leave three digits.
func TestSmallResidual(t *testing.T) {
	var line []float64
	for i := -50; i <= 50; i++ {
		line = append(line, float64(i), 2*float64(i))
	}
	m := model(t, anomaly.PCAAnomaly{Compat: anomaly.SparkNotebook, K: 1}, dataset.Vec("features", 2, line...))
	h := 1e-3 / math.Sqrt(5)
	got := numbers(t, m, dataset.Vec("features", 2, 1000+2*h, 2000-h, 3, 6), "anomaly_score")
	if math.Abs(got[0]-1e-6) > 1e-14 {
		t.Errorf("got %v, want 1e-6", got[0])
	}
	if !(got[1] >= 0 && got[1] < 1e-28) {
		t.Errorf("a row on the line: got %v, want 0", got[1])
	}
}

// Constant dimensions change nothing, but their number decides whether the covariance
// is decomposed whole or by random subspaces: both must agree.
func TestPCAAnomalyManyDimensions(t *testing.T) {
	const few, many, rows = 8, 1200, 300
	dense := gaussian(rand.New(rand.NewPCG(5, 6)), rows, few)
	sparse := &dataset.Sparse{Width: many, Starts: []int{0}}
	for i := range rows {
		for j := range few {
			sparse.Index = append(sparse.Index, int32(j*150))
			sparse.Values = append(sparse.Values, dense[i*few+j])
		}
		sparse.Starts = append(sparse.Starts, len(sparse.Index))
	}
	v, err := dataset.NewVectors(sparse)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "features", Type: dataset.Vector, Size: many}), v)
	if err != nil {
		t.Fatal(err)
	}
	narrow := dataset.Vec("features", few, dense...)
	for _, p := range []anomaly.PCAAnomaly{{K: 2}, {K: 5, Clip: new(1.0)}, {Compat: anomaly.SparkNotebook}} {
		a, b := model(t, p, narrow), model(t, p, wide)
		approx := cmpopts.EquateApprox(1e-7, 1e-9)
		if diff := cmp.Diff(a.Eigenvalues, b.Eigenvalues, approx); diff != "" {
			t.Errorf("eigenvalues (-exact +randomised):\n%s", diff)
		}
		if diff := cmp.Diff(a.Variance, b.Variance, approx); diff != "" {
			t.Errorf("variance (-exact +randomised):\n%s", diff)
		}
		if diff := cmp.Diff(numbers(t, a, narrow, "anomaly_score"), numbers(t, b, wide, "anomaly_score"), approx); diff != "" {
			t.Errorf("scores (-exact +randomised):\n%s", diff)
		}
		if again := model(t, p, wide); !slices.Equal(again.Components, b.Components) {
			t.Error("fitted again: other bits")
		}
	}
	_, err = pipeline.Fit(t.Context(), anomaly.PCAAnomaly{VarianceShare: .9}, wide)
	if err == nil {
		t.Error("VarianceShare with 1,200 dimensions: no error")
	}
}

// mixed is a column of every kind of block, seen through lines, of 11 dimensions.
func mixed(t testing.TB, rows int) *dataset.Table {
	t.Helper()
	r := rand.New(rand.NewPCG(8, 9))
	scalar, codes := make(dataset.Floats, rows), make([]int32, rows)
	dense := &dataset.Dense{Width: 2, Values: make([]float64, 2*rows)}
	sparse := &dataset.Sparse{Width: 4, Starts: []int{0}}
	for i := range rows {
		scalar[i] = r.ExpFloat64()
		codes[i] = int32(r.IntN(5)) - 1
		dense.Values[2*i], dense.Values[2*i+1] = scalar[i]+r.NormFloat64(), 1e3+r.NormFloat64()
		for j := range 4 {
			if r.IntN(3) == 0 {
				sparse.Index, sparse.Values = append(sparse.Index, int32(j)), append(sparse.Values, r.NormFloat64())
			}
		}
		sparse.Starts = append(sparse.Starts, len(sparse.Index))
	}
	v, err := dataset.NewVectors(&dataset.Scalar{Values: scalar}, &dataset.OneHot{Codes: codes, Width: 4}, dense, sparse)
	if err != nil {
		t.Fatal(err)
	}
	lines := dataset.NewAffine(11)
	for j := range 11 {
		lines.Centre[j], lines.Scale[j], lines.Offset[j] = float64(j%3), 1+float64(j)/10, float64(j%2)
	}
	size := dataset.Field{Type: dataset.Vector, Size: 11}
	plain, mapped := size, size
	plain.Name, mapped.Name = "plain", "features"
	table, err := dataset.FromColumns(dataset.NewSchema(plain, mapped), v, v.Mapped(lines).Mapped(lines))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// Every kind of block against the definition of the score, computed here from dense
// rows and the model's published numbers.
func TestScoreByDefinition(t *testing.T) {
	table := mixed(t, 300)
	for _, in := range []string{"plain", "features"} {
		for k := 1; k <= 11; k++ {
			p := anomaly.PCAAnomaly{InputCol: in, K: k, Clip: new(2.0)}
			m := model(t, p, table)
			rows, err := dataset.Rows(t.Context(), table, in)
			if err != nil {
				t.Fatal(err)
			}
			got := numbers(t, m, table, "anomaly_score")
			for i, row := range rows {
				if want := byDefinition(m, row); math.Abs(got[i]-want) > 1e-10*want+1e-20 {
					t.Errorf("%s, k = %d, row %d: got %v, want %v", in, k, i, got[i], want)
				}
			}
		}
	}
}

func byDefinition(m *anomaly.PCAAnomalyModel, row []float64) float64 {
	dim := len(row)
	d := make([]float64, dim)
	for j, x := range row {
		z := (x - m.Mean[j]) / max(m.Std[j], *m.Params.Floor)
		d[j] = max(min(z, *m.Params.Clip), -*m.Params.Clip) - m.Centre[j]
	}
	for range 2 { // the second time takes out what rounding left
		for c := range m.Eigenvalues {
			v := m.Components[c*dim : (c+1)*dim]
			var along float64
			for j, x := range d {
				along += x * v[j]
			}
			for j := range d {
				d[j] -= along * v[j]
			}
		}
	}
	var sum float64
	for _, x := range d {
		sum += x * x
	}
	return sum
}

func TestPCAAnomalyWorkers(t *testing.T) {
	train := labelled(t, 6, gaussian(rand.New(rand.NewPCG(2, 3)), 200_000, 6), make([]float64, 200_000))
	p := anomaly.PCAAnomaly{LabelCol: "label", FalseAlarmRate: .05}
	want := model(t, p, train)
	for _, n := range []int{1, 2, 3, 8} {
		m, err := p.Fit(fold.WithWorkers(t.Context(), n), train)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, m, cmpopts.IgnoreUnexported(anomaly.PCAAnomalyModel{})); diff != "" {
			t.Errorf("%d workers:\n%s", n, diff)
		}
	}
}
