package fold_test

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

// Mean keeps the number of rows and the sum of a column.
type Mean struct{ Col string }

type MeanState struct{ Rows, Sum float64 }

func (Mean) Zero() MeanState { return MeanState{} }

func (m Mean) Add(s MeanState, c dataset.Chunk) (MeanState, error) {
	x, err := dataset.Get[dataset.Floats](c, m.Col)
	for _, v := range x {
		s.Rows++
		s.Sum += v
	}
	return s, err
}

func (Mean) Merge(a, b MeanState) (MeanState, error) {
	return MeanState{a.Rows + b.Rows, a.Sum + b.Sum}, nil
}

func ExampleRun() {
	schema := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float})
	ds, err := dataset.FromColumns(schema, dataset.Floats{1, 2, 6})
	if err != nil {
		log.Fatal(err)
	}
	s, err := fold.Run(context.Background(), ds, Mean{Col: "x"})
	fmt.Println(s.Sum/s.Rows, err)
	// Output: 3 <nil>
}

// A fold over a cache reads the source in its first pass alone.
func ExampleRun_cache() {
	schema := dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float})
	table, err := dataset.FromColumns(schema, dataset.Floats{1, 2, 6})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	data := dataset.Cache(table, dataset.CacheOptions{Memory: 1 << 30})
	defer data.Close()
	for pass := range 2 {
		s, err := fold.Run(ctx, data, Mean{Col: "x"})
		memory, _ := data.Stored()
		fmt.Println(pass, s.Sum, memory > 0, err)
	}
	// Output:
	// 0 9 true <nil>
	// 1 9 true <nil>
}
