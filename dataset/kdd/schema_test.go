package kdd_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
)

func count(s dataset.Schema) map[dataset.Type]int {
	n := map[dataset.Type]int{}
	for _, f := range s.Fields {
		n[f.Type]++
	}
	return n
}

func TestSchema(t *testing.T) {
	names := kdd.Schema().Names()
	// The order of columns: kddcup.names, as published with the data.
	want := map[int]string{0: "duration", 1: "protocol_type", 2: "service", 3: "flag", 4: "src_bytes", 22: "count", 40: "dst_host_srv_rerror_rate", 41: "label"}
	for i, name := range want {
		if names[i] != name {
			t.Errorf("column %d: have %q, want %q", i, names[i], name)
		}
	}
	if diff := cmp.Diff(map[dataset.Type]int{dataset.Float: 38, dataset.String: 4}, count(kdd.Schema())); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	// The original's table has 34 FLOAT and 4 SHORT.
	if diff := cmp.Diff(map[dataset.Type]int{dataset.Float32: 34, dataset.Int: 4, dataset.String: 4}, count(kdd.NotebookSchema())); diff != "" {
		t.Errorf("types of the notebook (-want +got):\n%s", diff)
	}
	if got := slices.Sorted(slices.Values(append(kdd.Numeric(), kdd.Categorical()...))); len(got) != 41 {
		t.Errorf("have %d features, want 41", len(got))
	}
}

// Counts of labels by category: the task description of the contest lists 22 attacks
// for training; the corrected file has 17 more, and lacks spy and warezclient.
func TestCategories(t *testing.T) {
	total := 0
	for c := kdd.Normal; c <= kdd.R2L; c++ {
		for _, label := range kdd.Labels(c) {
			total++
			if got, ok := kdd.CategoryOf(label); got != c || !ok {
				t.Errorf("%s: have %v, %v, want %v", label, got, ok, c)
			}
		}
	}
	if total != 1+22+17 {
		t.Errorf("have %d labels, want 40", total)
	}
	for label, want := range map[string]kdd.Category{"smurf": kdd.DoS, "httptunnel.": kdd.U2R, "snmpguess.": kdd.R2L, "mscan.": kdd.Probe} {
		if got, _ := kdd.CategoryOf(label); got != want {
			t.Errorf("%s: have %v, want %v", label, got, want)
		}
	}
	if _, ok := kdd.CategoryOf("nonsense."); ok {
		t.Error("nonsense. has a category")
	}
}
