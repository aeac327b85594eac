package tree

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/millrace-ml/millrace/dataset"
)

func TestSmoke(t *testing.T) {
	n := 1000
	x := make([]float64, 0, 3*n)
	y := make(dataset.Floats, n)
	for i := range n {
		a, b, c := float64(i%17), float64(i%5), math.Sin(float64(i))
		x = append(x, a, b, c)
		if a > 8 && b < 3 || c > .7 {
			y[i] = 1
		}
	}
	v, _ := dataset.NewDense(3, x)
	ds, _ := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "features", Type: dataset.Vector, Size: 3}, dataset.Field{Name: "label", Type: dataset.Float}), v, y)
	t0 := time.Now()
	d, err := Load(context.Background(), ds, Columns{Features: "features", Label: "label"}, Options{MaxBins: 32})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(d.Bins, len(d.Labels), d.Rows, time.Since(t0))
	for _, p := range []Params{{Criterion: Gini, Classes: 2, MaxDepth: 5, MinRows: 1, Prune: true}, {Criterion: Variance, MaxDepth: 5, MinRows: 1}, {Criterion: Gini, Classes: 2, MaxDepth: 5, MinRows: 1, Subset: 2}, {Criterion: Variance, MaxDepth: 30, MinRows: 1, MaxLeaves: 6}} {
		g, err := NewGrower(d, p)
		if err != nil {
			t.Fatal(err)
		}
		if p.Criterion == Variance {
			g.Fill(d.Labels, d.All())
		} else {
			cl := make([]int32, len(d.Labels))
			for i, l := range d.Labels {
				cl[i] = int32(l)
			}
			g.FillClasses(cl, d.All())
		}
		if err := g.Grow(context.Background()); err != nil {
			t.Fatal(err)
		}
		e, leaves := g.Harvest()
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		s := NewScorer(e)
		wrong := 0
		for i := range n {
			l := s.Leaf(0, x[3*i:3*i+3])
			v := e.Values[int(l)*e.Width : (int(l)+1)*e.Width]
			pred := 0.0
			if e.Width == 2 && v[1] > v[0] || e.Width == 1 && v[0] > .5 {
				pred = 1
			}
			if pred != y[i] {
				wrong++
			}
		}
		fmt.Println(p.Criterion, len(e.Dims), len(leaves), e.Depth(0), "wrong", wrong, e.GainImportance(true))
	}
}
