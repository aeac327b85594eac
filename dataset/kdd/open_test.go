package kdd_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/internal/reference"
)

// What is made up can be written and read again: the same bits in every column.
func TestWriteAndOpen(t *testing.T) {
	want := kdd.Generate(9_000, 2)
	var text bytes.Buffer
	rows, err := dataset.WriteCSV(&text, want.Schema(), dataset.Chunks(t.Context(), want), dataset.CSVWriter{NoHeader: true})
	if err != nil || rows != 9_000 {
		t.Fatalf("have %d rows, %v, want 9000", rows, err)
	}
	path := filepath.Join(t.TempDir(), "made-up.csv")
	write(t, path, text.Bytes())
	got, err := kdd.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range kdd.Numeric() {
		if diff := cmp.Diff(numbers(t, want, name), numbers(t, got, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, name := range append(kdd.Categorical(), kdd.Label) {
		if diff := cmp.Diff(texts(t, want, name), texts(t, got, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// 0.17 becomes 0.17000000178 as a 32-bit number: reference accuracy, section 1.1.
func TestNotebookSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.csv")
	row := "0,tcp,http,SF,181,5450,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,8,8,0.17,0,0,0,1,0,0,9,9,1,0,0.11,0,0,0,0,0,normal.\n"
	if err := os.WriteFile(path, []byte(row), 0o644); err != nil {
		t.Fatal(err)
	}
	csv := kdd.CSV(path)
	csv.Schema = kdd.NotebookSchema()
	ds, err := dataset.OpenCSV(csv)
	if err != nil {
		t.Fatal(err)
	}
	if got := numbers(t, ds, "serror_rate")[0]; got != 0.17000000178813934 {
		t.Errorf("serror_rate: have %v, want 0.17 to 32 bits", got)
	}
	if got := numbers(t, ds, "logged_in")[0]; got != 1 {
		t.Errorf("logged_in: have %v, want 1", got)
	}
}

func TestRealFilesOpen(t *testing.T) {
	for _, f := range []kdd.File{kdd.TenPercent, kdd.Corrected} {
		path, err := f.Find(reference.Path(t, "data", "kdd"))
		if err != nil {
			t.Fatal(err)
		}
		source, err := kdd.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		ds, err := kdd.WithAnomaly(source)
		if err != nil {
			t.Fatal(err)
		}
		rows, normal := 0, 0
		for _, attack := range numbers(t, ds, kdd.Anomaly) {
			rows++
			if attack == 0 {
				normal++
			}
		}
		if rows != f.Rows || normal != f.Normal {
			t.Errorf("%s: have %d rows, %d normal, want %d, %d", f.Name, rows, normal, f.Rows, f.Normal)
		}
		for _, label := range texts(t, source, kdd.Label) {
			if _, ok := kdd.CategoryOf(label); !ok {
				t.Fatalf("%s: label %q has no category", f.Name, label)
			}
		}
	}
}
