package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
)

// made writes rows made up to a file.
func made(t *testing.T, rows int) string {
	t.Helper()
	ds := kdd.Generate(rows, 1)
	path := filepath.Join(t.TempDir(), "data.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := dataset.WriteCSV(f, ds.Schema(), dataset.Chunks(t.Context(), ds), dataset.CSVWriter{NoHeader: true}); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every work of ours does what it says, on few rows.
func TestWorks(t *testing.T) {
	const rows = 10_000
	dir := t.TempDir()
	j := job{Data: made(t, rows), Workers: 1, Enough: time.Millisecond}
	for _, name := range []string{"prepare", "fit_cached", "fit_streaming", "score_csv", "transform", "scorer_row", "load_model"} {
		for _, w := range works {
			if w.name != name {
				continue
			}
			j.Model = filepath.Join(dir, "prepared")
			if !w.model && !w.hidden {
				j.Model = filepath.Join(dir, name)
			}
			f, err := w.run(t.Context(), j)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if whole := wholeFile(result{figures: f}); whole && f.Rows != rows || f.Rows == 0 {
				t.Errorf("%s: have %+v, want %d rows", name, f, rows)
			}
		}
	}
	cached, err := os.ReadFile(filepath.Join(dir, "fit_cached"))
	if err != nil {
		t.Fatal(err)
	}
	if streaming, err := os.ReadFile(filepath.Join(dir, "fit_streaming")); err != nil || !bytes.Equal(cached, streaming) {
		t.Errorf("fit_cached and fit_streaming save different models (%v)", err)
	}
}

func TestRepeated(t *testing.T) {
	dir := t.TempDir()
	plain, zipped := filepath.Join(dir, "a"), filepath.Join(dir, "a.gz")
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write([]byte("1,2\n"))
	w.Close()
	for path, content := range map[string][]byte{plain: []byte("1,2\n"), zipped: z.Bytes()} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		path string
		n    int
	}{{plain, 1}, {plain, 3}, {zipped, 1}, {zipped, 2}} {
		path, err := repeated(tt.path, t.TempDir(), tt.n)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != strings.Repeat("1,2\n", tt.n) {
			t.Errorf("%s, %d times: have %q", tt.path, tt.n, got)
		}
	}
	if _, err := repeated(plain, dir, 0); err == nil {
		t.Error("-repeat 0: have no error")
	}
}

func TestPlan(t *testing.T) {
	count := func(o options) map[string]int {
		jobs, err := plan(o, "data", "dir")
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for _, j := range jobs {
			n[j.Work+" "+j.System]++
		}
		return n
	}
	n := count(options{workers: "1,2", peers: true})
	for name, want := range map[string]int{
		"summary duckdb": 1, "fit_cached millrace": 2, "fit_cached sklearn": 1, "fit_streaming sklearn": 0,
		"transform millrace": 1, "load_model sklearn": 1, "prepare millrace": 0,
	} {
		if n[name] != want {
			t.Errorf("%s: have %d jobs, want %d", name, n[name], want)
		}
	}
	if n := count(options{workers: "2", works: "load_model"}); len(n) != 1 || n["load_model millrace"] != 1 {
		t.Errorf("-works load_model: have %v", n)
	}
	for _, o := range []options{{workers: "0"}, {workers: "x"}, {workers: "1", works: "nothing"}} {
		if _, err := plan(o, "data", "dir"); err == nil {
			t.Errorf("%+v: have no error", o)
		}
	}
}

// By hand: the medians of 4, 2, 3 s and of 8, 6 s are 3 and 7; 7/20 is 2.33 times 3/20.
func TestTable(t *testing.T) {
	of := func(work, system string, cpu ...float64) (runs []result) {
		for _, s := range cpu {
			runs = append(runs, result{Work: work, System: system, CPU: s, figures: figures{Rows: 20}})
		}
		return runs
	}
	var out bytes.Buffer
	if err := printTable(&out, [][]result{of("summary", "duckdb", 4, 2, 3), of("fit_cached", "millrace", 8, 6)}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3.00", "7.00", "1.00", "2.33"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("have no %s in\n%s", want, out.String())
		}
	}
}
