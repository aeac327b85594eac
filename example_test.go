package millrace_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/feature"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// Learn from a table, save the model, load it, and score another table.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "detector.millrace")
	connections, err := kdd.WithAnomaly(kdd.Generate(20_000, 1))
	if err != nil {
		log.Fatal(err)
	}
	tonight := dataset.Head(kdd.Generate(20_000, 2), 5)

	detector := pipeline.New(
		feature.StringIndexer{InputCols: []string{"service"}, OutputCols: []string{"service_index"}, HandleInvalid: feature.Keep},
		feature.OneHotEncoder{InputCols: []string{"service_index"}, OutputCols: []string{"service_vec"}},
		feature.VectorAssembler{InputCols: []string{"src_bytes", "count", "serror_rate", "service_vec"}, OutputCol: "features"},
		anomaly.PCAAnomaly{InputCol: "features", LabelCol: "is_anomaly", FalseAlarmRate: 0.01},
	)
	model, err := pipeline.Fit(ctx, detector, connections)
	if err != nil {
		log.Fatal(err)
	}
	err = persist.Save(path, model, persist.Card{Input: connections.Schema()})
	if err != nil {
		log.Fatal(err)
	}

	loaded, err := persist.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	scored, err := pipeline.Apply(loaded, tonight)
	if err != nil {
		log.Fatal(err)
	}
	columns, err := dataset.Select(scored, "label", "service", "prediction")
	if err != nil {
		log.Fatal(err)
	}
	rows, err := dataset.WriteCSV(os.Stdout, columns.Schema(), fold.Chunks(ctx, columns), dataset.CSVWriter{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rows, "rows")
	// Output:
	// label,service,prediction
	// smurf.,ecr_i,1
	// normal.,http,0
	// smurf.,ecr_i,1
	// smurf.,ecr_i,1
	// normal.,http,0
	// 5 rows
}

// TestReadme wants each line of the README's Go code in the example above, so that
// it compiles and runs.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(readme), "```go\n")
	code, _, found := strings.Cut(code, "```")
	if !found {
		t.Fatal("have no Go code in README.md, want some")
	}
	for line := range strings.Lines(code) {
		if line = strings.TrimSpace(line); !strings.Contains(string(source), line) {
			t.Errorf("README.md has the line %q, want one of the example", line)
		}
	}
}
