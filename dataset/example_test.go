package dataset_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"strings"

	"github.com/millrace-ml/millrace/dataset"
)

// A Connection is a row of the examples.
type Connection struct {
	Service  string   `millrace:"service"`
	Bytes    float64  `millrace:"bytes"`
	Duration *float64 `millrace:"duration"` // nil = missing
	Label    string   `millrace:"label"`
}

var connections = []Connection{
	{"http", 181, new(0.5), "normal."},
	{"smtp", 1022, nil, "normal."},
	{"ecr_i", 1032, new(0.0), "smurf."},
	{"http", 54540, new(3.5), "back."},
}

func table() *dataset.Table {
	t, err := dataset.FromStructs(connections)
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// show prints a column row by row.
func show(ds dataset.Dataset, name string) {
	var row []string
	for c, err := range dataset.Chunks(context.Background(), ds) {
		if err != nil {
			log.Fatal(err)
		}
		col, _ := dataset.Get[dataset.Column](c, name)
		for i := range c.Rows() {
			switch col := col.(type) {
			case dataset.Strings:
				row = append(row, col.At(i))
			case dataset.Floats:
				row = append(row, fmt.Sprint(col[i]))
			case dataset.Ints:
				row = append(row, fmt.Sprint(col.Values[i]))
			}
		}
	}
	fmt.Println(name+":", strings.Join(row, " "))
}

func ExampleFromStructs() {
	t := table()
	fmt.Println(t.Rows(), "rows of", strings.Join(t.Schema().Names(), ", "))
	show(t, "duration")
	// Output:
	// 4 rows of service, bytes, duration, label
	// duration: 0.5 NaN 0 3.5
}

func ExampleFilter() {
	web := dataset.Filter(table(), func(c dataset.Chunk) (func(row int) bool, error) {
		service, err := dataset.Get[dataset.Strings](c, "service")
		return func(row int) bool { return service.At(row) == "http" }, err
	})
	show(web, "bytes")
	// Output: bytes: 181 54540
}

func ExampleDerive() {
	ds, err := dataset.Derive(table(), dataset.Field{Name: "log_bytes", Type: dataset.Float},
		func(c dataset.Chunk) (dataset.Column, error) {
			bytes, err := dataset.Get[dataset.Floats](c, "bytes")
			out := make(dataset.Floats, len(bytes))
			for i, x := range bytes {
				out[i] = math.Floor(math.Log10(x))
			}
			return out, err
		})
	if err != nil {
		log.Fatal(err)
	}
	show(ds, "log_bytes")
	// Output: log_bytes: 2 3 3 4
}

func ExampleFlag() {
	ds, err := dataset.Flag(table(), "is_anomaly", "label", func(label string) bool { return label != "normal." })
	if err != nil {
		log.Fatal(err)
	}
	show(ds, "is_anomaly")
	// Output: is_anomaly: 0 0 1 1
}

func ExampleDropMissing() {
	ds, err := dataset.DropMissing(table(), "duration", "bytes")
	if err != nil {
		log.Fatal(err)
	}
	for c, err := range dataset.Chunks(context.Background(), ds) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Rows(), "rows are left")
		for _, r := range c.Rejects() {
			fmt.Println(r.Error())
		}
	}
	// Output:
	// 3 rows are left
	// part 0, row 1: dataset.DropMissing: column "duration": missing, want a value
}

func ExampleCount() {
	web := dataset.Filter(table(), func(c dataset.Chunk) (func(row int) bool, error) {
		service, err := dataset.Get[dataset.Strings](c, "service")
		return func(row int) bool { return service.At(row) != "ecr_i" }, err
	})
	ds, err := dataset.DropMissing(web)
	if err != nil {
		log.Fatal(err)
	}
	tally, err := dataset.Count(context.Background(), ds)
	fmt.Println(tally.Rows, "+", tally.Filtered, "+", tally.Rejected, err)
	for _, r := range tally.Reasons {
		fmt.Println(r.Rows, r.Stage, r.Column, r.Reason)
	}
	// Output:
	// 2 + 1 + 1 <nil>
	// 1 dataset.DropMissing duration missing, want a value
}

func ExampleSelect() {
	ds, err := dataset.Select(table(), "label", "bytes")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ds.Schema().Names())
	_, err = dataset.Select(ds, "srv")
	fmt.Println(err)
	// Output:
	// [label bytes]
	// column "srv": is not there (columns: label, bytes), want a column of that name
}

func ExampleWithRowID() {
	ds, err := dataset.DropMissing(table())
	if err != nil {
		log.Fatal(err)
	}
	ds, err = dataset.WithRowID(ds, "id", "A")
	if err != nil {
		log.Fatal(err)
	}
	show(ds, "id")
	// Output: id: A0 A2 A3
}

func ExampleConcat() {
	ds, err := dataset.Concat(table(), dataset.Head(table(), 1))
	if err != nil {
		log.Fatal(err)
	}
	show(ds, "service")
	// Output: service: http smtp ecr_i http http
}

func ExampleHead() {
	show(dataset.Head(table(), 2), "service")
	// Output: service: http smtp
}

// Rows 1 and 2 are test rows under the seed 123, as any first rows are: the rule
// looks at a row's number and at nothing else.
func ExampleSplit() {
	pieces, err := dataset.Split(table(), 123, 0.8, 0.2)
	if err != nil {
		log.Fatal(err)
	}
	train, test := pieces[0], pieces[1]
	show(train, "label")
	show(test, "label")
	// Output:
	// label: normal. back.
	// label: normal. smurf.
}

func ExampleCache() {
	data := dataset.Cache(table(), dataset.CacheOptions{
		Memory: 64 << 20,     // the rest goes to a temporary file
		Dir:    os.TempDir(), // as by default
	})
	defer data.Close()
	show(data, "bytes") // reads the table and stores it
	show(data, "bytes") // reads the store
	// Output:
	// bytes: 181 1022 1032 54540
	// bytes: 181 1022 1032 54540
}

func ExampleOnProgress() {
	ds := dataset.OnProgress(table(), func(p dataset.Progress) {
		fmt.Printf("pass %d: %d of %d rows\n", p.Pass, p.Rows, p.TotalRows)
	})
	if _, err := dataset.Collect(context.Background(), ds); err != nil {
		log.Fatal(err)
	}
	// Output: pass 1: 4 of 4 rows
}
