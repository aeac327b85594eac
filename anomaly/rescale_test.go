package anomaly_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/anomaly"
	"github.com/millrace-ml/millrace/dataset"
)

func scores(t testing.TB, x ...float64) *dataset.Table {
	t.Helper()
	table, err := dataset.FromColumns(dataset.NewSchema(dataset.Field{Name: "score", Type: dataset.Float}), dataset.Floats(x))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestRescale(t *testing.T) {
	tests := []struct {
		name       string
		have, want []float64
	}{
		{"two ends", []float64{2, 6, 3}, []float64{0, 1, .25}}, // by hand: (x-2)/4
		{"missing", []float64{nan, 1, 3}, []float64{nan, 0, 1}},
		{"one row: 0/0 is 0", []float64{7}, []float64{0}},
		{"equal rows: 0/0 is 0", []float64{7, nan, 7}, []float64{0, nan, 0}},
		{"nothing but missing", []float64{nan}, []float64{nan}},
		{"no rows", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ds, err := anomaly.Rescale(t.Context(), scores(t, tt.have...), "score", "scaled")
			if err != nil {
				t.Fatal(err)
			}
			rows, err := dataset.Rows(t.Context(), ds, "scaled")
			if err != nil {
				t.Fatal(err)
			}
			var got []float64
			for _, row := range rows {
				got = append(got, row...)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateNaNs()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRescaleErrors(t *testing.T) {
	tests := []struct{ in, out, want string }{
		{"x", "y", `column "x": is not there (columns: score), want float or float32 or int or bool`},
		{"score", "score", `column "score": exists already, want a new name`},
	}
	for _, tt := range tests {
		_, err := anomaly.Rescale(t.Context(), scores(t, 1, 2), tt.in, tt.out)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s to %s: got %v, want %s", tt.in, tt.out, err, tt.want)
		}
	}
}
