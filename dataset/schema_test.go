package dataset_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
)

func TestSchema(t *testing.T) {
	s := dataset.NewSchema(
		dataset.Field{Name: "a", Type: dataset.Float},
		dataset.Field{Name: "b", Type: dataset.String},
		dataset.Field{Name: "v", Type: dataset.Vector, Size: 3},
		dataset.Field{Name: "w", Type: dataset.Vector})
	fail := func(_ any, err error) error { return err }
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"want", fail(s.Want("a")), ""},
		{"want type", fail(s.Want("a", dataset.Numeric...)), ""},
		{"want other", fail(s.Want("b", dataset.Float, dataset.Int)), `column "b": have string, want float or int`},
		{"want absent", fail(s.Want("c", dataset.Float)), `column "c": is not there (columns: a, b, v, w), want float`},
		{"vector", fail(s.WantVector("v", 3)), ""},
		{"vector of unknown size", fail(s.WantVector("w", 3)), ""},
		{"vector of any size", fail(s.WantVector("v", 0)), ""},
		{"vector of another size", fail(s.WantVector("v", 4)), `column "v": have a vector of size 3, want size 4`},
		{"no vector", fail(s.WantVector("a", 4)), `column "a": have float, want vector`},
		{"with", fail(s.With(dataset.Field{Name: "c"})), ""},
		{"with twice", fail(s.With(dataset.Field{Name: "a"}, dataset.Field{Name: "c"}, dataset.Field{})),
			"column \"a\": exists already, want a new name\ncolumn \"\": have an empty name, want a name"},
		{"select", fail(s.Select("v", "a")), ""},
		{"select twice", fail(s.Select("a", "a")), `column "a": exists already, want a new name`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fmt.Sprint(errors.Join(tt.err)); got != tt.want && (tt.err != nil || tt.want != "") {
				t.Errorf("have the error %s, want %s", got, tt.want)
			}
		})
	}
	if diff := cmp.Diff([]string{"a", "b", "v", "w"}, s.Names()); diff != "" {
		t.Errorf("the schema itself has changed (-want +got):\n%s", diff)
	}
	if i := s.Index("c"); i != -1 {
		t.Errorf("a column that is not there has index %d, want -1", i)
	}
	defer func() {
		if recover() == nil {
			t.Error("two columns of one name did not panic")
		}
	}()
	dataset.NewSchema(dataset.Field{Name: "a"}, dataset.Field{Name: "a"})
}
