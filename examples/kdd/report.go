package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/millrace-ml/millrace/anomaly"
)

// A summary is what the flow found, for programs.
type summary struct {
	Rows          int64              `json:"rows"`     // of the file that models learn from
	Rejected      int64              `json:"rejected"` // of these, records that could not be read
	Normal        int64              `json:"normal"`   // of these, no attacks
	Train         int64              `json:"train"`
	Test          int64              `json:"test"`
	CorrectedRows int64              `json:"corrected_rows"`
	Default       detectorResult     `json:"default"`
	Compat        detectorResult     `json:"compat"`
	Calibrated    detectorResult     `json:"calibrated"`
	Seconds       map[string]float64 `json:"seconds"` // of each step
}

type detectorResult struct {
	AUCHoldout   float64 `json:"auc_holdout"`
	AUCCorrected float64 `json:"auc_corrected"`
	Detection    float64 `json:"detection_corrected_at_1pct"`
}

// A report prints lines as they come, and keeps the summary.
type report struct {
	summary summary
	out     io.Writer
	json    bool
	begun   time.Time
}

func newReport(out io.Writer, asJSON bool) *report {
	return &report{summary: summary{Seconds: map[string]float64{}}, out: out, json: asJSON, begun: time.Now()}
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.out, format, args...) }

// timed begins a step; the function that it returns ends it.
func (r *report) timed(step string) (end func()) {
	begun := time.Now()
	return func() { r.summary.Seconds[step] = time.Since(begun).Seconds() }
}

// finish prints the time that everything took, and the summary.
func (r *report) finish() error {
	r.summary.Seconds["total"] = time.Since(r.begun).Seconds()
	r.printf("done       in %.1f s\n", r.summary.Seconds["total"])
	if !r.json {
		return nil
	}
	return json.NewEncoder(r.out).Encode(r.summary)
}

type part struct {
	column string
	share  float64
}

// largest returns the n columns with the largest shares in the score of a row.
func largest(e anomaly.Explanation, row, n int) []part {
	parts := make([]part, len(e.Columns))
	for k, column := range e.Columns {
		parts[k] = part{column, e.Shares[row][k]}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(b.share, a.share) })
	return parts[:min(n, len(parts))]
}
