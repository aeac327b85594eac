package kdd_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
)

// texts returns a text column.
func texts(t *testing.T, ds dataset.Dataset, name string) []string {
	t.Helper()
	var out []string
	for c, err := range dataset.Chunks(t.Context(), ds) {
		if err != nil {
			t.Fatal(err)
		}
		col, err := dataset.Get[dataset.Strings](c, name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range col.Len() {
			out = append(out, col.At(i))
		}
	}
	return out
}

// numbers returns a number column.
func numbers(t *testing.T, ds dataset.Dataset, name string) []float64 {
	t.Helper()
	rows, err := dataset.Rows(t.Context(), ds, name)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(rows...)
}

func TestGenerateIsAFunctionOfTheRow(t *testing.T) {
	few, many := kdd.Generate(9_000, 7), kdd.Generate(20_000, 7)
	if got, want := [2]int{few.Parts(), many.Parts()}, [2]int{2, 3}; got != want {
		t.Errorf("parts: have %v, want %v", got, want)
	}
	for _, name := range []string{"src_bytes", "dst_host_srv_count", "same_srv_rate"} {
		a, b := numbers(t, few, name), numbers(t, many, name)
		if len(a) != 9_000 || len(b) != 20_000 {
			t.Fatalf("have %d and %d rows, want 9000 and 20000", len(a), len(b))
		}
		if diff := cmp.Diff(a, b[:len(a)]); diff != "" {
			t.Errorf("%s: the first rows of more differ (-few +many):\n%s", name, diff)
		}
	}
	if cmp.Equal(numbers(t, few, "src_bytes"), numbers(t, kdd.Generate(9_000, 8), "src_bytes")) {
		t.Error("two seeds give the same rows")
	}
	if cmp.Equal(texts(t, few, kdd.Label), texts(t, kdd.GenerateLater(9_000, 7), kdd.Label)) {
		t.Error("both profiles give the same rows")
	}
}

func TestGenerateSizes(t *testing.T) {
	for _, rows := range []int{0, 1, dataset.ChunkRows, 2*dataset.ChunkRows + 1} {
		ds := kdd.Generate(rows, 1)
		if n := len(texts(t, ds, kdd.Label)); n != rows {
			t.Errorf("have %d rows, want %d", n, rows)
		}
		var total int64
		counts, err := dataset.PartRows(t.Context(), ds)
		for _, n := range counts {
			total += n
		}
		if err != nil || total != int64(rows) {
			t.Errorf("PartRows: have %d, %v, want %d", total, err, rows)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("have no panic, want one for -1 rows")
		}
	}()
	kdd.Generate(-1, 1)
}

// The shares of the 10 % file: reference accuracy, section 1 (97,278 of 494,021
// rows are normal), and 280,790 are smurf. Three standard deviations of a share at
// 50,000 rows are below .007.
func TestGenerateShares(t *testing.T) {
	tests := []struct {
		name   string
		data   dataset.Dataset
		shares map[string]float64
	}{
		{"training", kdd.Generate(50_000, 1), map[string]float64{"normal.": 97_278. / 494_021, "smurf.": 280_790. / 494_021, "neptune.": 107_201. / 494_021, "mscan.": 0}},
		{"later", kdd.GenerateLater(50_000, 1), map[string]float64{"normal.": 60_593. / 311_029, "smurf.": 164_091. / 311_029, "neptune.": 58_001. / 311_029, "snmpgetattack.": 7_741. / 311_029}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			counts := map[string]int{}
			for _, label := range texts(t, tt.data, kdd.Label) {
				if _, ok := kdd.CategoryOf(label); !ok {
					t.Fatalf("label %q has no category", label)
				}
				counts[label]++
			}
			for label, want := range tt.shares {
				if got := float64(counts[label]) / 50_000; math.Abs(got-want) > .007 {
					t.Errorf("share of %s: have %.4f, want %.4f", label, got, want)
				}
			}
		})
	}
}

// The ranges of the documented features: Stolfo, Fan, Lee, Prodromidis and Chan, the
// task description of the contest.
func TestGenerateRanges(t *testing.T) {
	for _, ds := range []dataset.Dataset{kdd.Generate(30_000, 3), kdd.GenerateLater(30_000, 3)} {
		for _, name := range kdd.Numeric() {
			least, most := math.Inf(1), math.Inf(-1)
			whole, cents := true, true
			for _, x := range numbers(t, ds, name) {
				least, most = min(least, x), max(most, x)
				whole = whole && x == math.Trunc(x)
				cents = cents && x == math.Round(x*100)/100
			}
			limit, ok := map[string]float64{
				"num_outbound_cmds": 0, "is_host_login": 0, "land": 1, "logged_in": 1, "root_shell": 1, "is_guest_login": 1,
				"count": 511, "srv_count": 511, "dst_host_count": 255, "dst_host_srv_count": 255,
			}[name]
			if isRate := len(name) > 5 && name[len(name)-5:] == "_rate"; isRate {
				limit, ok, whole = 1, true, cents
			}
			if least < 0 || ok && most > limit || !whole {
				t.Errorf("%s: have %v to %v, whole or two decimals: %v", name, least, most, whole)
			}
		}
	}
}

func ExampleGenerate() {
	data, err := kdd.WithAnomaly(kdd.Generate(20_000, 1))
	if err != nil {
		log.Fatal(err)
	}
	attacks, rows := 0, 0
	for c, err := range dataset.Chunks(context.Background(), data) {
		if err != nil {
			log.Fatal(err)
		}
		flags, _ := dataset.Numbers(c, kdd.Anomaly)
		for _, flag := range flags {
			rows++
			attacks += int(flag)
		}
	}
	fmt.Printf("%d rows of %d columns, %.0f %% attacks\n", rows, len(data.Schema().Fields), 100*float64(attacks)/float64(rows))
	// Output: 20000 rows of 43 columns, 80 % attacks
}

func BenchmarkGenerate(b *testing.B) {
	const rows = 20_000
	ds := kdd.Generate(rows, 1)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range dataset.Chunks(b.Context(), ds) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
