package tree_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/internal/tree"
	"github.com/millrace-ml/millrace/pipeline"
)

func realTrain(t testing.TB) dataset.Dataset {
	if _, err := os.Stat("/tmp/kdd10.csv"); err != nil {
		t.Skip()
	}
	ctx := context.Background()
	var ds dataset.Dataset
	ds, err := kdd.Open("/tmp/kdd10.csv")
	if err == nil {
		ds, err = kdd.WithAnomaly(ds)
	}
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := dataset.Split(ds, 123, .8, .2)
	if err != nil {
		t.Fatal(err)
	}
	train, err := dataset.Collect(ctx, pieces[0])
	if err != nil {
		t.Fatal(err)
	}
	var index, hot []string
	for _, name := range kdd.Categorical() {
		index = append(index, name+"_index")
		hot = append(hot, name+"_vec")
	}
	m, err := pipeline.Fit(ctx, pipeline.New(
		feature.StringIndexer{InputCols: kdd.Categorical(), OutputCols: index, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: index, OutputCols: hot},
		feature.VectorAssembler{InputCols: append(kdd.Numeric(), hot...), OutputCol: "raw"},
		feature.StandardScaler{InputCol: "raw", OutputCol: "features", WithMean: true},
		feature.StringIndexer{InputCols: []string{"label"}, OutputCols: []string{"class"}},
	), train)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pipeline.Apply(m, train)
	if err != nil {
		t.Fatal(err)
	}
	out, err = dataset.Select(out, "features", "is_anomaly", "class")
	if err != nil {
		t.Fatal(err)
	}
	all, err := dataset.Collect(ctx, out)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestReal(t *testing.T) {
	ds := realTrain(t)
	for _, workers := range []int{1, 2} {
		ctx := fold.WithWorkers(context.Background(), workers)
		for _, bins := range []int{32, 255} {
			t0 := time.Now()
			d, err := tree.Load(ctx, ds, tree.Columns{Features: "features", Label: "is_anomaly"}, tree.Options{MaxBins: bins})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Println(workers, "load", bins, len(d.Labels), d.Rows, len(d.Bins), time.Since(t0))
		}
		d, err := tree.Load(ctx, ds, tree.Columns{Features: "features", Label: "is_anomaly"}, tree.Options{MaxBins: 32})
		if err != nil {
			t.Fatal(err)
		}
		t0 := time.Now()
		g, _ := tree.NewGrower(d, tree.Params{Criterion: tree.Variance, MaxDepth: 5, MinRows: 1, Prune: true})
		f := make([]float64, len(d.Labels))
		r := make([]float64, len(d.Labels))
		for m := range 10 {
			step := .1
			for i := range f {
				y := 2*d.Labels[i] - 1
				r[i] = 4 * y / (1 + math.Exp(2*y*f[i]))
				if m == 0 {
					r[i], step = y, 1
				}
			}
			g.Fill(r, d.All())
			if err := g.Grow(ctx); err != nil {
				t.Fatal(err)
			}
			_, leaves := g.Harvest()
			for _, l := range leaves {
				for _, i := range l.Groups {
					f[i] += step * l.Values[0]
				}
			}
		}
		loss, w := 0.0, 0.0
		for i := range f {
			y := 2*d.Labels[i] - 1
			loss += float64(d.Counts[i]) * 2 * math.Log1p(math.Exp(-2*y*f[i]))
			w += float64(d.Counts[i])
		}
		fmt.Println("gbt", time.Since(t0), "loss", loss/w, "want .148954")
	}
}
