package summary_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/summary"
)

func TestCounts(t *testing.T) {
	wide := make([]string, 100)
	for i := range wide {
		wide[i] = "unused"
	}
	wide[3], wide[70], wide[71] = "a", "b", "a"
	tests := []struct {
		name string
		col  dataset.Strings
		want summary.Counts
	}{
		{"no rows", dataset.Strings{Dict: []string{"a"}}, summary.Counts{}},
		{"all missing", dataset.Strings{Codes: []int32{-1, -1}}, summary.Counts{}},
		{"an entry twice", dataset.Strings{Codes: []int32{0, 2, -1, 1, 2}, Dict: []string{"a", "", "a", "unused"}}, summary.Counts{"a": 3, "": 1}},
		{"a dictionary larger than the column", dataset.Strings{Codes: []int32{3, 71, 70, -1}, Dict: wide}, summary.Counts{"a": 2, "b": 1}},
	}
	for _, tt := range tests {
		got := summary.Counts{}
		got.Add(tt.col)
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
	a, b := summary.Counts{"x": 1, "y": 2}, summary.Counts{"y": 3, "z": 4}
	a.Merge(b)
	if d := cmp.Diff(summary.Counts{"x": 1, "y": 5, "z": 4}, a); d != "" {
		t.Errorf("merged (-want +got):\n%s", d)
	}
}
