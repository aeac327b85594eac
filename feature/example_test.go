package feature_test

import (
	"context"
	"fmt"
	"log"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/pipeline"
)

// textColumn is a table of one text column.
func textColumn(name string, texts ...string) *dataset.Table {
	col := dataset.Strings{Dict: texts}
	for i := range texts {
		col.Codes = append(col.Codes, int32(i))
	}
	t, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: name, Type: dataset.String}), col)
	if err != nil {
		log.Fatal(err)
	}
	return t
}

func apply(model pipeline.Transformer, ds dataset.Dataset) dataset.Dataset {
	out, err := pipeline.Apply(model, ds)
	if err != nil {
		log.Fatal(err)
	}
	return out
}

func ExampleStringIndexer() {
	ctx := context.Background()
	train := textColumn("service", "http", "smtp", "http", "ftp")
	model, err := pipeline.Fit(ctx, feature.StringIndexer{InputCols: []string{"service"}, HandleInvalid: feature.Keep}, train)
	if err != nil {
		log.Fatal(err)
	}
	m, _ := pipeline.Find[*feature.StringIndexerModel](model)
	fmt.Printf("%q\n", m.Labels)

	rows, err := dataset.Rows(ctx, apply(model, textColumn("service", "ftp", "http", "gopher")), "service_index")
	fmt.Println(rows, err)
	// Output:
	// [["http" "ftp" "smtp"]]
	// [[1] [0] [3]] <nil>
}

func ExampleIndexToString() {
	index, err := dataset.FromColumns(
		dataset.NewSchema(dataset.Field{Name: "prediction", Type: dataset.Float}), dataset.Floats{1, 0, 1})
	if err != nil {
		log.Fatal(err)
	}
	for c, err := range dataset.Chunks(context.Background(), apply(feature.IndexToString{Labels: []string{"normal", "attack"}}, index)) {
		if err != nil {
			log.Fatal(err)
		}
		names, _ := dataset.Get[dataset.Strings](c, "prediction_label")
		for i := range names.Len() {
			fmt.Println(names.At(i))
		}
	}
	// Output:
	// attack
	// normal
	// attack
}

func ExampleOneHotEncoder() {
	ctx := context.Background()
	est := pipeline.New(
		feature.StringIndexer{InputCols: []string{"service"}, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: []string{"service_index"}, OutputCols: []string{"v"}},
	)
	model, err := pipeline.Fit(ctx, est, textColumn("service", "http", "smtp", "http"))
	if err != nil {
		log.Fatal(err)
	}
	out := apply(model, textColumn("service", "smtp", "http", "gopher"))
	f, _ := out.Schema().Lookup("v")
	fmt.Println(f.Dims[0].Name, f.Dims[1].Name)
	rows, err := dataset.Rows(ctx, out, "v")
	fmt.Println(rows, err)
	// Output:
	// service=http service=smtp
	// [[0 1] [1 0] [0 0]] <nil>
}

func ExampleVectorAssembler() {
	table, err := dataset.FromColumns(dataset.NewSchema(
		dataset.Field{Name: "duration", Type: dataset.Float},
		dataset.Field{Name: "hosts", Type: dataset.Int},
	), dataset.Floats{0.5, 2}, dataset.Ints{Values: []int64{3, 4}})
	if err != nil {
		log.Fatal(err)
	}
	out := apply(feature.VectorAssembler{InputCols: []string{"hosts", "duration"}}, table)
	rows, err := dataset.Rows(context.Background(), out, "features")
	fmt.Println(rows, err)
	// Output:
	// [[3 0.5] [4 2]] <nil>
}

func ExampleStandardScaler() {
	ctx := context.Background()
	train := dataset.Vec("features", 2, 1, 10, 3, 10, 5, 10) // three rows of two
	model, err := pipeline.Fit(ctx, feature.StandardScaler{WithMean: true}, train)
	if err != nil {
		log.Fatal(err)
	}
	m, _ := pipeline.Find[*feature.StandardScalerModel](model)
	fmt.Println("mean", m.Mean, "deviation", m.Std)

	rows, err := dataset.Rows(ctx, apply(model, dataset.Vec("features", 2, 2, 10, 7, 99)), "features_scaled")
	fmt.Println(rows, err)
	// Output:
	// mean [3 10] deviation [2 0]
	// [[-0.5 0] [2 0]] <nil>
}
