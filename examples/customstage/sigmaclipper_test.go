package main

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
	"github.com/millrace-ml/millrace/pipeline/pipelinetest"
)

func table(t *testing.T, values ...float64) *dataset.Table {
	t.Helper()
	ds, err := delays(values...)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func TestSigmaClipperConforms(t *testing.T) {
	pipelinetest.Estimator(t, SigmaClipper{InputCol: "delay", Width: 1}, table(t, 4, 6, math.NaN(), 5, 1e3, math.Inf(-1), -2, 0.1))
}

func TestMomentsKeepTheLaw(t *testing.T) {
	pipelinetest.Aggregator(t, moments{Col: "delay"}, table(t, 4, 6, math.NaN(), 5, 1e3, math.Inf(-1), -2, 0.1))
}

func TestSigmaClipper(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name               string
		clipper            SigmaClipper
		train, score, want []float64
	}{{
		// By hand: mean 5, squared distances 9+1+1+1+0+0+4+16 = 32, deviation 2.
		name: "by hand", clipper: SigmaClipper{Width: 1.5},
		train: []float64{2, 4, 4, 4, 5, 5, 7, 9, nan, inf},
		score: []float64{2.5, 1.9, 8.5, 0, inf, -inf},
		want:  []float64{2.5, 2, 8, 2, 8, 2},
	}, {
		name: "a constant has limits that meet", train: []float64{3, 3}, score: []float64{2, 3, 9}, want: []float64{3, 3, 3},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.clipper.InputCol = "delay"
			model, err := pipeline.Fit(t.Context(), tt.clipper, table(t, tt.train...))
			if err != nil {
				t.Fatal(err)
			}
			scored, err := pipeline.Apply(model, table(t, tt.score...))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := dataset.Rows(t.Context(), scored, "delay_clipped")
			if err != nil {
				t.Fatal(err)
			}
			var got []float64
			for _, r := range rows {
				got = append(got, r...)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("clipped (-want +got):\n%s", d)
			}
		})
	}
}

func TestSigmaClipperErrors(t *testing.T) {
	_, err := pipeline.Fit(t.Context(), SigmaClipper{InputCol: "dealy", Width: -1}, table(t, 1))
	want := `customstage.SigmaClipper: have Width -1, want above 0
customstage.SigmaClipper: column "dealy": is not there (columns: delay), want float or float32`
	if err == nil || err.Error() != want {
		t.Errorf("have error %v, want %s", err, want)
	}
}

// CONTRIBUTING.md shows the stage as it is here.
func TestContributing(t *testing.T) {
	guide, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	stage, err := os.ReadFile("sigmaclipper.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), "```go\n"+string(stage)+"```\n") {
		t.Error("CONTRIBUTING.md does not show sigmaclipper.go as it is")
	}
}

func Example() {
	main()
	// Output:
	// learned  mean 5, limits 2.418 and 7.582
	// a table  [[5.000] [7.582] [2.418]]
	// one row  7.582
}
