package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/internal/reference"
)

// runs runs the program and returns what it printed.
func runs(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), args, &out); err != nil {
		t.Fatalf("kdd %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	return out.String()
}

// summarised runs the flow and reads the JSON object at the end.
func summarised(t *testing.T, args ...string) summary {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(runs(t, append(args, "-json")...)), "\n")
	var s summary
	d := json.NewDecoder(strings.NewReader(lines[len(lines)-1]))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFlow(t *testing.T) {
	one := summarised(t, "-rows", "30000", "-workers", "1")
	if one.Rows != 30_000 || one.Train+one.Test != one.Rows || one.CorrectedRows != 18_000 || one.Rejected != 0 {
		t.Errorf("have rows that do not add up: %+v", one)
	}
	// The shares of the 10 % file, and a split of 80 to 20; three standard deviations.
	if share := float64(one.Normal) / 30_000; math.Abs(share-.197) > .007 {
		t.Errorf("share of normal rows: have %.4f, want about .197", share)
	}
	if share := float64(one.Train) / 30_000; math.Abs(share-.8) > .007 {
		t.Errorf("share of training rows: have %.4f, want about .8", share)
	}
	// The made-up data must show what the real files show: reference accuracy, section 3.
	if d := one.Default; d.AUCHoldout < .99 || d.AUCCorrected < .97 || d.Detection < .8 {
		t.Errorf("default detector: have %+v, want at least .99, .97, .8", d)
	}
	if d := one.Compat; d.AUCHoldout > .4 || d.AUCCorrected > .4 {
		t.Errorf("compat detector: have %+v, want worse than a coin", d)
	}
	if d := one.Calibrated; d.AUCHoldout < .99 {
		t.Errorf("calibrated detector: have %+v, want at least .99", d)
	}
	if one.Seconds["total"] <= 0 {
		t.Errorf("have no total time in %v", one.Seconds)
	}

	three := summarised(t, "-rows", "30000", "-workers", "3")
	one.Seconds, three.Seconds = nil, nil
	if diff := cmp.Diff(one, three); diff != "" {
		t.Errorf("the result depends on the workers (-1 +3):\n%s", diff)
	}
}

// The names that programs read.
func TestSummaryFields(t *testing.T) {
	text, err := json.Marshal(summary{})
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rows", "rejected", "normal", "train", "test", "default", "compat", "seconds"} {
		if _, ok := fields[name]; !ok {
			t.Errorf("have no field %q in %s", name, text)
		}
	}
	for _, detector := range []string{"default", "compat"} {
		for _, name := range []string{"auc_holdout", "auc_corrected", "detection_corrected_at_1pct"} {
			if _, ok := fields[detector].(map[string]any)[name]; !ok {
				t.Errorf("have no field %q in %q", name, detector)
			}
		}
	}
}

// Train on a file, evaluate on it, and score it; a broken record is left out, and the
// rows after it keep their numbers.
func TestCommands(t *testing.T) {
	dir := t.TempDir()
	data, model, scored := filepath.Join(dir, "data.csv"), filepath.Join(dir, "model"), filepath.Join(dir, "scores.csv")
	var text bytes.Buffer
	if _, err := dataset.WriteCSV(&text, kdd.Schema(), dataset.Chunks(t.Context(), kdd.Generate(20_000, 5)), dataset.CSVWriter{NoHeader: true}); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(text.String(), "\n")
	lines[1] = "x" + lines[1]
	if err := os.WriteFile(data, []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := runs(t, "train", "-data", data, "-out", model); !strings.Contains(out, "of 19999;") {
		t.Errorf("train: have %q, want 19999 rows", out)
	}
	var m struct{ AUC float64 }
	if err := json.Unmarshal([]byte(runs(t, "evaluate", "-data", data, "-model", model, "-json")), &m); err != nil || m.AUC < .99 {
		t.Errorf("evaluate: have %+v, %v, want an AUC of at least .99", m, err)
	}
	runs(t, "score", "-data", data, "-model", model, "-out", scored)
	got, err := os.ReadFile(scored)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(got)), "\n")
	if len(rows) != 20_000 || rows[0] != "id,anomaly_score,prediction" || !strings.HasPrefix(rows[1], "0,") || !strings.HasPrefix(rows[2], "2,") {
		t.Errorf("score: have %d lines that begin with %q, want a header and rows 0, 2, ...", len(rows), rows[:3])
	}
	if out := runs(t, "score", "-data", data, "-model", model, "-workers", "1"); out != string(got) {
		t.Error("score: standard output with one worker differs from the file")
	}
}

// The original's three models with labels, on made-up data and, where they are, on the
// real files: the bands of reference accuracy, section 4.
func TestLearners(t *testing.T) {
	out := filepath.Join(t.TempDir(), "model")
	lines := strings.Split(strings.TrimSpace(runs(t, "train", "-model", "all", "-rows", "20000", "-out", out, "-json")), "\n")
	var r map[string]learned
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"gbt", "forest", "logistic"} {
		if r[name].Accuracy < .95 || (r[name].AUC != nil) != (name == "gbt") {
			t.Errorf("%s: have %+v, want an accuracy of at least .95, and an area for gbt", name, r[name])
		}
	}
}

func TestLearnersOnRealFiles(t *testing.T) {
	dir := reference.Path(t, "data", "kdd")
	for _, tt := range []struct {
		name            string
		least, later    float64
		area, areaLater float64
	}{
		{"gbt", .997, .90, .9998, .95},
		{"forest", .988, .85, 0, 0},
	} {
		lines := strings.Split(strings.TrimSpace(runs(t, "train", "-model", tt.name, "-data", dir, "-out", filepath.Join(t.TempDir(), "model"), "-json")), "\n")
		var all map[string]learned
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &all); err != nil {
			t.Fatal(err)
		}
		r := all[tt.name]
		t.Log(lines[0])
		if r.Accuracy < tt.least || r.AccuracyCorrected < tt.later || r.AccuracyCorrected > .95 {
			t.Errorf("%s: have %+v, want at least %+v", tt.name, r, tt)
		}
		if r.AUC != nil && (*r.AUC < tt.area || *r.AUCCorrected < tt.areaLater) {
			t.Errorf("%s: have areas %v, %v, want at least %v, %v", tt.name, *r.AUC, *r.AUCCorrected, tt.area, tt.areaLater)
		}
	}
}

func TestMistakes(t *testing.T) {
	tests := []struct {
		args  []string
		usage bool
		want  string // part of the message
	}{
		{[]string{"learn"}, true, `have command "learn", want train, evaluate, score`},
		{[]string{"-workers", "0"}, true, "-workers is 0, want at least 1"},
		{[]string{"-rows", "-5"}, true, "-rows is -5, want at least 1"},
		{[]string{"score", "-mode", "x"}, true, "-mode"},
		{[]string{"train", "more"}, true, "more"},
		{[]string{"train", "-model", "svm"}, true, `-model is "svm", want detector, gbt, forest, logistic, all`},
		{[]string{"evaluate", "-model", "/nowhere/at/all"}, false, "/nowhere/at/all"},
		{[]string{"-data", "/nowhere/at/all"}, false, "kddcup.data_10_percent"},
	}
	for _, tt := range tests {
		err := run(t.Context(), tt.args, new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: have %v, want %q", tt.args, err, tt.want)
		}
		if _, usage := errors.AsType[usageError](err); usage != tt.usage {
			t.Errorf("%q: usage error %v, want %v", tt.args, usage, tt.usage)
		}
	}
	if err := run(t.Context(), []string{"train", "-data", "/nowhere.csv"}, new(bytes.Buffer)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("have %v, want fs.ErrNotExist", err)
	}
	if out := runs(t, "train", "-h"); !strings.Contains(out, "-model") {
		t.Errorf("-h: have %q, want the flags", out)
	}
}

// Reference accuracy, sections 1.3, 2 (train -> test, train -> corrected, k = 2) and 3.
func TestRealFiles(t *testing.T) {
	s := summarised(t, "-data", reference.Path(t, "data", "kdd"))
	if diff := cmp.Diff([]int64{494_021, 0, 97_278, 395_298, 98_723, 311_029},
		[]int64{s.Rows, s.Rejected, s.Normal, s.Train, s.Test, s.CorrectedRows}); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		name            string
		got, want, most float64
	}{
		{"default, hold-out", s.Default.AUCHoldout, .9963139885, 1e-8},
		{"default, corrected", s.Default.AUCCorrected, .9794528749, 1e-8},
		{"default, detection", s.Default.Detection, .9079685, 1e-6},
		{"compat, hold-out", s.Compat.AUCHoldout, .205529, 5e-7},
		{"compat, corrected", s.Compat.AUCCorrected, .304680, 5e-7},
		{"compat, detection", s.Compat.Detection, .0407, 5e-5},
	} {
		if math.Abs(tt.got-tt.want) > tt.most {
			t.Errorf("%s: have %.10f, want %.10f", tt.name, tt.got, tt.want)
		}
	}
}
