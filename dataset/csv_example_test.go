package dataset_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/millrace-ml/millrace/dataset"
)

func ExampleOpenCSV() {
	dir, err := os.MkdirTemp("", "csv")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(path, []byte("name,age\nAda,36\n\"Hopper, Grace\",85\nBob,old\n"), 0o666); err != nil {
		log.Fatal(err)
	}

	people, err := dataset.OpenCSV(dataset.CSV{
		Path:      path,
		InferRows: 2,
		OnError:   dataset.Drop,
		Rejects:   func(r dataset.Reject) { fmt.Printf("line %d: %s: have %q, %s\n", r.Line, r.Column, r.Value, r.Reason) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for c, err := range dataset.Chunks(context.Background(), people) {
		if err != nil {
			log.Fatal(err)
		}
		names, _ := dataset.Get[dataset.Strings](c, "name")
		ages, _ := dataset.Get[dataset.Ints](c, "age")
		for i := range c.Rows() {
			fmt.Println(names.At(i), ages.Values[i])
		}
	}
	fmt.Printf("%+v\n", people.Report())
	// Output:
	// line 4: age: have "old", want an int
	// Ada 36
	// Hopper, Grace 85
	// {Rows:3 Kept:2 Rejected:1 Reasons:[{Stage: Column:age Reason:want an int Rows:1}]}
}

func ExampleWriteCSV() {
	table, err := dataset.FromColumns(
		dataset.NewSchema(dataset.Field{Name: "name", Type: dataset.String}, dataset.Field{Name: "score", Type: dataset.Float}),
		dataset.Strings{Codes: []int32{0, 1}, Dict: []string{"Ada", "Hopper, Grace"}},
		dataset.Floats{0.1, 1e-9})
	if err != nil {
		log.Fatal(err)
	}
	n, err := dataset.WriteCSV(os.Stdout, table.Schema(), dataset.Chunks(context.Background(), table), dataset.CSVWriter{})
	fmt.Println(n, err)
	// Output:
	// name,score
	// Ada,0.1
	// "Hopper, Grace",1e-09
	// 2 <nil>
}
