package persist_test

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/internal/attack"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

func int64s(xs ...int64) []byte {
	var b []byte
	for _, x := range xs {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	return b
}

// Files as versions 1 and 2 of Grown wrote them load as version 3, one inside the
// other too.
func TestUpgrade(t *testing.T) {
	const inner = `{"type":"persisttest.Grown","version":2,"fields":{"Width":"ab","Values":{"tensor":"Inner.Values"},"Inner":null,"Labels":null}}`
	f := attack.File{
		Card:  "{}",
		Model: `{"type":"persisttest.Grown","version":1,"fields":{"Width":"abc","Old":{"tensor":"Old"},"Inner":` + inner + `,"Labels":[{"base64":"/w=="},"x"]}}`,
		Tensors: []attack.Tensor{
			{Name: "Old", Type: "I64", Data: int64s(-1, 1<<40)},
			{Name: "Inner.Values", Type: "F64", Data: int64s(0x3ff8000000000000)}, // 1.5
		},
	}
	got, err := persist.Decode(f.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := &Grown{Width: 3, Values: []float64{-1, 1 << 40}, Labels: []string{"\xff", "x"},
		Inner: &Grown{Width: 2, Values: []float64{1.5}}}
	if diff := cmp.Diff(pipeline.Transformer(want), got); diff != "" {
		t.Errorf("upgraded (-want +got):\n%s", diff)
	}
}

func TestUpgradeRefuses(t *testing.T) {
	old := attack.Tensor{Name: "Old", Type: "I64", Data: int64s(1)}
	grown := func(fields string) string {
		return `{"type":"persisttest.Grown","version":1,"fields":{` + fields + `}}`
	}
	tests := []struct{ name, model, want string }{
		{"good", grown(`"Width":"","Old":{"tensor":"Old"}`), ""},
		{"no object", `{"type":"persisttest.Grown","version":1,"fields":[]}`, "want an object of fields"},
		{"first step", grown(`"Width":"","Old":[1]`), "persisttest.Grown: from version 1 to 2: Old: have []interface {}, want []int64"},
		{"second step", grown(`"Width":3,"Old":{"tensor":"Old"}`), "persisttest.Grown: from version 2 to 3: Width: have json.Number, want a string"},
		{"unknown field", grown(`"Width":"","More":1,"Old":{"tensor":"Old"}`), `have the field "More"`},
		{"wrong kind", grown(`"Width":"","Labels":[1],"Old":{"tensor":"Old"}`), "Labels.0"},
		{"twice", grown(`"Width":"","Width":"","Old":{"tensor":"Old"}`), `have the key "Width" twice`},
		{"unused", grown(`"Width":"","Old":{"tensor":"Old"}`), ""},
		{"tensor twice", grown(`"Width":"","Old":{"tensor":"Old"},"Values":{"tensor":"Old"}`), "belongs to another field"},
		{"no tensor", grown(`"Width":"","Old":{"tensor":"Other"}`), `have no tensor "Other"`},
		{"beside", grown(`"Width":"","Old":{"tensor":"Old","more":1}`), "want one key"},
		{"left over", grown(`"Width":"","Old":{"tensor":"Old"},"Inner":{"type":"persisttest.Centre","version":1,"fields":{"InputCol":7}}`), "Inner.InputCol"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, attack.File{Card: "{}", Model: tt.model, Tensors: []attack.Tensor{old}}.Bytes(), tt.want)
		})
	}
}
