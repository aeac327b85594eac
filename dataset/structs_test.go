package dataset_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
)

type cents int64

type sample struct {
	untagged
	Base
	F     float64    `millrace:"f"`
	F32   float32    `millrace:"f32"`
	I     *int       `millrace:"i"`
	Price cents      `millrace:"price"`
	OK    *bool      `millrace:"ok"`
	Word  *string    `millrace:"word"`
	At    *time.Time `millrace:"at"`
	Other []int      // has no tag
}

type Base struct {
	ID uint16 `millrace:"id"`
}

type untagged struct{ Other2 int }

func TestFromStructs(t *testing.T) {
	nan := math.NaN()
	at := time.Date(2024, 2, 29, 12, 0, 0, 1500, time.FixedZone("", 3600))
	rows := []sample{
		{Base: Base{7}, F: 1.5, F32: .1, I: new(-3), Price: 250, OK: new(true), Word: new("tcp"), At: &at},
		{F: nan, Word: new("udp")},
		{Word: new("tcp"), OK: new(false)},
	}
	table := must(dataset.FromStructs(rows))(t)
	*rows[0].I = 99 // the table has its own copy

	var types []string
	for _, f := range table.Schema().Fields {
		types = append(types, f.Name+" "+f.Type.String())
	}
	want := []string{"id int", "f float", "f32 float32", "i int", "price int", "ok bool", "word string", "at time"}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	c := collect(t, table)[0][0]
	var absent dataset.Bits = []uint64{0b110}
	for i, want := range []dataset.Column{
		dataset.Ints{Values: []int64{7, 0, 0}},
		dataset.Floats{1.5, nan, 0},
		dataset.Floats{float64(float32(.1)), 0, 0},
		dataset.Ints{Values: []int64{-3, 0, 0}, Absent: absent},
		dataset.Ints{Values: []int64{250, 0, 0}},
		dataset.Ints{Values: []int64{1, 0, 0}, Absent: []uint64{0b010}},
		dataset.Strings{Codes: []int32{0, 1, 0}, Dict: []string{"tcp", "udp"}},
		dataset.Ints{Values: []int64{at.UnixMicro(), 0, 0}, Absent: absent},
	} {
		if diff := cmp.Diff(want, c.Column(i), bits); diff != "" {
			t.Errorf("column %s (-want +got):\n%s", table.Schema().Fields[i].Name, diff)
		}
	}
	empty := must(dataset.FromStructs([]sample{}))(t)
	if empty.Rows() != 0 || len(empty.Schema().Fields) != 8 {
		t.Errorf("no rows: have %d rows of %d columns", empty.Rows(), len(empty.Schema().Fields))
	}
}

func message[T any](rows ...T) string {
	if _, err := dataset.FromStructs(rows); err != nil {
		return err.Error()
	}
	return "no error"
}

func TestFromStructsErrors(t *testing.T) {
	type twice struct {
		A int `millrace:"x"`
		B int `millrace:"x"`
	}
	tests := []struct{ name, got, want string }{
		{"type", message(struct {
			A []int `millrace:"a"`
		}{}), "field A: have []int, want a number, bool, string or time.Time, or a pointer to one"},
		{"not exported", message(struct {
			a int `millrace:"a"`
		}{}), "field a: has a tag and is not exported, want a name with a capital letter"},
		{"twice", message(twice{}), `field B: column "x": exists already, want a new name`},
		{"empty", message(struct {
			A int `millrace:""`
		}{}), `field A: column "": have an empty name, want a name`},
		{"no tags", message(untagged{}), `dataset_test.untagged has no field with a tag such as millrace:"name", want at least one`},
		{"not a struct", message(1), "have rows of int, want a struct"},
		{"large", message(struct {
			A uint64 `millrace:"a"`
		}{math.MaxUint64}), "field A: row 0: have 18446744073709551615, want at most 9223372036854775807"},
		{"embedded pointer", message(struct{ *Base }{}), "field ID: is of an embedded pointer, want an embedded struct"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}
