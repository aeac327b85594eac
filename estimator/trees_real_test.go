package estimator_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/estimator/evaluate"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/internal/reference"
	"github.com/millrace-ml/millrace/pipeline"
)

// realKDD are the real files with the original's features: train and test are the 80 %
// split of the 10 % file, later is the file "corrected".
type realKDD struct{ train, test, later dataset.Dataset }

var loadKDD = sync.OnceValues(func() (*realKDD, error) { return openKDD(kddPaths[0], kddPaths[1]) })

var kddPaths [2]string

func realData(t testing.TB) *realKDD {
	t.Helper()
	kddPaths[0] = reference.Path(t, "data", "kdd", "kddcup.data_10_percent.gz")
	kddPaths[1] = reference.Path(t, "data", "kdd", "corrected.gz")
	k, err := loadKDD()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func openKDD(training, later string) (*realKDD, error) {
	ctx := context.Background()
	var tables [2]dataset.Dataset
	for i, path := range []string{training, later} {
		csv, err := kdd.Open(path)
		if err != nil {
			return nil, err
		}
		labelled, err := kdd.WithAnomaly(csv)
		if err != nil {
			return nil, err
		}
		if tables[i], err = dataset.Collect(ctx, labelled); err != nil {
			return nil, err
		}
	}
	pieces, err := dataset.Split(tables[0], 123, .8, .2)
	if err != nil {
		return nil, err
	}
	var index, hot []string
	for _, name := range kdd.Categorical() {
		index = append(index, name+"_index")
		hot = append(hot, name+"_vec")
	}
	features := pipeline.New(
		feature.StringIndexer{InputCols: kdd.Categorical(), OutputCols: index, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: index, OutputCols: hot},
		feature.VectorAssembler{InputCols: append(kdd.Numeric(), hot...), OutputCol: "assembled"},
		feature.StandardScaler{InputCol: "assembled", OutputCol: "features", WithMean: true},
	)
	train, err := dataset.Collect(ctx, pieces[0])
	if err != nil {
		return nil, err
	}
	model, err := pipeline.Fit(ctx, features, train)
	if err != nil {
		return nil, err
	}
	labels, err := pipeline.Fit(ctx, feature.StringIndexer{InputCols: []string{kdd.Label}, OutputCols: []string{"class"}, HandleInvalid: feature.Keep}, tables[0])
	if err != nil {
		return nil, err
	}
	var out [3]dataset.Dataset
	for i, ds := range []dataset.Dataset{train, pieces[1], tables[1]} {
		for _, m := range []pipeline.Transformer{model, labels} {
			if ds, err = pipeline.Apply(m, ds); err != nil {
				return nil, err
			}
		}
		if ds, err = dataset.Select(ds, "features", "class", kdd.Anomaly); err != nil {
			return nil, err
		}
		if out[i], err = cutInParts(ctx, ds); err != nil {
			return nil, err
		}
	}
	return &realKDD{out[0], out[1], out[2]}, nil
}

// cutInParts reads ds into parts of 16 chunks, as a plain file has them; a compressed
// one is of one part.
func cutInParts(ctx context.Context, ds dataset.Dataset) (*dataset.Table, error) {
	table, err := dataset.Collect(ctx, ds)
	if err != nil {
		return nil, err
	}
	var chunks []dataset.Chunk
	for c, err := range dataset.Chunks(ctx, table) {
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, c)
	}
	return dataset.NewTable(table.Schema(), slices.Collect(slices.Chunk(chunks, 16)))
}

// accuracy is the share of rows whose prediction is the label.
func accuracy(t *testing.T, m pipeline.Transformer, ds dataset.Dataset, label string) float64 {
	t.Helper()
	scored, err := pipeline.Apply(m, ds)
	if err != nil {
		t.Fatal(err)
	}
	right, rows := 0, 0
	for c, err := range fold.Chunks(t.Context(), scored) {
		if err != nil {
			t.Fatal(err)
		}
		want, errLabel := dataset.Numbers(c, label)
		have, errPrediction := dataset.Numbers(c, "prediction")
		if errLabel != nil || errPrediction != nil {
			t.Fatal(errLabel, errPrediction)
		}
		for i := range want {
			rows++
			if want[i] == have[i] {
				right++
			}
		}
	}
	return float64(right) / float64(rows)
}

func areaUnderROC(t *testing.T, m pipeline.Transformer, ds dataset.Dataset) float64 {
	t.Helper()
	scored, err := pipeline.Apply(m, ds)
	if err != nil {
		t.Fatal(err)
	}
	area, err := evaluate.Binary{LabelCol: kdd.Anomaly}.Evaluate(t.Context(), scored)
	if err != nil {
		t.Fatal(err)
	}
	return area
}

func within(t *testing.T, what string, have, low, high float64) {
	t.Helper()
	t.Logf("%s %.6f", what, have)
	if !(have >= low && have <= high) {
		t.Errorf("%s is %.6f, want %v to %v", what, have, low, high)
	}
}

// The bands are those of reference/accuracy.md, section 4.
func TestTreesOnRealData(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	k := realData(t)
	fit := func(t *testing.T, est pipeline.Estimator) pipeline.Transformer {
		t.Helper()
		m, err := pipeline.Fit(t.Context(), est, k.train)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	t.Run("gbt as spark", func(t *testing.T) {
		m := fit(t, estimator.GBTClassifier{LabelCol: kdd.Anomaly, MaxIter: 10})
		within(t, "accuracy", accuracy(t, m, k.test, kdd.Anomaly), .997, 1)
		within(t, "area", areaUnderROC(t, m, k.test), .9998, 1)
		within(t, "corrected", accuracy(t, m, k.later, kdd.Anomaly), .90, .935)
		// .148954 there, with thresholds from all rows.
		within(t, "training loss", m.(*estimator.GBTClassifierModel).TrainLoss, .140, .152)
	})
	t.Run("gbt of leaves", func(t *testing.T) {
		m := fit(t, estimator.GBTClassifier{LabelCol: kdd.Anomaly, MaxIter: 100, MaxLeaves: 31, MaxBins: 255, MinInstancesPerNode: 20, Newton: true})
		within(t, "accuracy", accuracy(t, m, k.test, kdd.Anomaly), .9997, 1)
		within(t, "area", areaUnderROC(t, m, k.test), .99999, 1)
		within(t, "corrected", accuracy(t, m, k.later, kdd.Anomaly), .90, .935)
	})
	t.Run("forest as spark", func(t *testing.T) {
		mean := 0.0
		for seed := range uint64(5) {
			m := fit(t, estimator.RandomForestClassifier{LabelCol: "class", NumTrees: 10, Seed: seed})
			a := accuracy(t, m, k.test, "class")
			within(t, fmt.Sprintf("seed %d: accuracy", seed), a, .986, .995)
			mean += a / 5
		}
		within(t, "mean accuracy", mean, .990, 1)
	})
	t.Run("forest of full depth", func(t *testing.T) {
		m := fit(t, estimator.RandomForestClassifier{LabelCol: "class", NumTrees: 10, MaxDepth: new(30), MaxBins: 255})
		within(t, "accuracy", accuracy(t, m, k.test, "class"), .999, 1)
	})
	t.Run("tree", func(t *testing.T) {
		m := fit(t, estimator.DecisionTreeClassifier{LabelCol: "class"})
		within(t, "accuracy", accuracy(t, m, k.test, "class"), .99, 1)
	})
}
