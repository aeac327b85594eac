package persist_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/attack"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

func TestTruncated(t *testing.T) {
	b := encode(t, model())
	for n := range b {
		if _, err := persist.Decode(b[:n:n]); err == nil {
			t.Fatalf("the first %d of %d bytes load, want an error", n, len(b))
		}
	}
	if _, err := persist.Decode(append(bytes.Clone(b), 0)); !errors.Is(err, persist.ErrChecksum) {
		t.Errorf("one byte more: got %v, want ErrChecksum", err)
	}
}

func TestChangedByte(t *testing.T) {
	good := encode(t, model())
	b := bytes.Clone(good)
	for i, was := range good {
		for _, c := range []byte{was ^ 1, was ^ 0x20, was ^ 0x80, ^was, 0, ' ', '0', 'F'} {
			if c == was {
				continue
			}
			b[i] = c
			if _, err := persist.Decode(b); err == nil {
				t.Fatalf("byte %d changed from %#x to %#x: loads, want an error", i, was, c)
			}
		}
		b[i] = was
	}
}

func TestLyingLengths(t *testing.T) {
	good := encode(t, centreModel())
	for _, n := range []uint64{0, 1, 100_000_000, uint64(len(good)) - 8, uint64(len(good)) - 7, 1 << 32, math.MaxInt64, 1 << 63, math.MaxUint64} {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint64(b, n)
		attack.Reseal(b)
		if _, err := persist.Decode(b); err == nil {
			t.Errorf("header of %d bytes: loads, want an error", n)
		}
	}
	b := bytes.Clone(good)
	binary.LittleEndian.PutUint64(b, 100_000_001)
	if limit, ok := errors.AsType[*persist.LimitError](load(b)); !ok || limit.Max != 100_000_000 {
		t.Errorf("one byte of header too much: got %v, want a LimitError", load(b))
	}
}

func load(b []byte) error {
	_, err := persist.DecodeStage(b)
	return err
}

func TestHostileHeader(t *testing.T) {
	const card = `"{}"`
	model := `"{\"type\":\"persisttest.Grown\",\"version\":3,\"fields\":{}}"`
	meta := func(more string) string {
		return fmt.Sprintf(`{"__metadata__":{%s,"card":%s,"model":%s}%s`, attack.Fixed, card, model, more)
	}
	tests := []struct{ name, header, data, want string }{
		{"good", meta(`}`), "", ""},
		{"padded", meta("}   \n"), "", ""},
		{"no brace", " " + meta(`}`), "", "not a model file"},
		{"other order", `{"a":{},"__metadata__":{}}`, "", "not a model file"},
		{"newer format", strings.Replace(meta(`}`), `"millrace":"1"`, `"millrace":"2"`, 1), "", "have format version 2, want 1"},
		{"no format", strings.Replace(meta(`}`), `"millrace":"1"`, `"millrace":"x"`, 1), "", "have no format version"},
		{"no digest", `{"__metadata__":{"millrace":"1","card":"{}","model":"{}"}}`, "", "have no SHA-256"},
		{"unfinished", meta(``), "", "want ','"},
		{"rest", meta(`}{`), "", "want the end"},
		{"no card", fmt.Sprintf(`{"__metadata__":{%s,"model":%s}}`, attack.Fixed, model), "", "no card or no model"},
		{"card twice", fmt.Sprintf(`{"__metadata__":{%s,"card":%s,"card":%[2]s,"model":%s}}`, attack.Fixed, card, model), "", `have the key "card" twice`},
		{"digest twice", strings.Replace(meta(`}`), `"card"`, `"sha256":"","card"`, 1), "", `have the key "sha256" twice`},
		{"metadata twice", meta(`,"__metadata__":{}}`), "", `have the key "__metadata__" twice`},
		{"unknown metadata", strings.Replace(meta(`}`), `"card"`, `"more":"","card"`, 1), "", `have the key "more", which is not known`},
		{"metadata no text", strings.Replace(meta(`}`), `"card":"{}"`, `"card":{}`, 1), "", `want '"'`},
		{"data without tensor", meta(`}`), "12345678", "have 8 bytes of data, want the 0"},
		{"unused tensor", meta(`,"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`), "12345678", `tensor "t": belongs to no field`},
		{"tensor twice", meta(`,"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"t":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`), "12", `have the key "t" twice`},
		{"tensor twice, escaped", meta(`,"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0074":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`), "12", `have the key "t" twice`},
		{"unknown dtype", meta(`,"t":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`), "12", `have the dtype "F16"`},
		{"no dtype", meta(`,"t":{"shape":[1],"data_offsets":[0,2]}}`), "12", `have the dtype ""`},
		{"no shape", meta(`,"t":{"dtype":"U8","data_offsets":[0,2]}}`), "12", "have no shape"},
		{"unknown key", meta(`,"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"x":1}}`), "12", `have the key "x"`},
		{"key twice", meta(`,"t":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}`), "12", `have the key "dtype" twice`},
		{"hole", meta(`,"t":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`), "12", "want from 0"},
		{"overlap", meta(`,"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"u":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`), "12", "want from 2"},
		{"beyond", meta(`,"t":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`), "12", "have data to byte 3"},
		{"backwards", meta(`,"t":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"u":{"dtype":"U8","shape":[0],"data_offsets":[2,1]}}`), "12", "have data to byte 1"},
		{"trailing", meta(`,"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`), "12", "have 2 bytes of data, want the 1"},
		{"wrong shape", meta(`,"t":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}`), "12345678", "want 2 numbers of 8 bytes"},
		{"shape overflows", meta(`,"t":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}}`), "12345678", "want 2305843009213693953 numbers"},
		{"two dimensions", meta(`,"t":{"dtype":"U8","shape":[1,2],"data_offsets":[0,2]}}`), "12", "want an array of 1 integers"},
		{"no dimension", meta(`,"t":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`), "1", "have 0 integers, want 1"},
		{"negative", meta(`,"t":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`), "1", "have -1"},
		{"fraction", meta(`,"t":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`), "1", "have 1.0"},
		{"too large", meta(`,"t":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551616]}}`), "1", "have 18446744073709551616"},
		{"tensor no object", meta(`,"t":[]}`), "", "want '{'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantError(t, attack.Forge([]byte(tt.header), []byte(tt.data)), tt.want) })
	}
}

func wantError(t *testing.T, b []byte, want string) {
	t.Helper()
	err := load(b)
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

func kindsWith(fields string) string {
	return `{"type":"persisttest.Kinds","version":1,"fields":{` + fields + `}}`
}

func TestHostileModel(t *testing.T) {
	word := attack.Tensor{Name: "t", Type: "F64", Data: make([]byte, 8)}
	truth := attack.Tensor{Name: "t", Type: "BOOL", Data: []byte{2}}
	list := func(data, ends string) []attack.Tensor {
		return []attack.Tensor{{Name: "t", Type: "U8", Data: []byte(data)}, {Name: "t.ends", Type: "I64", Data: []byte(ends)}}
	}
	centre := `{"type":"persisttest.CentreModel","version":1,"fields":{"Out":{"Size":2,"Type":"vector"},"Mean":{"tensor":"t"}}}`
	nest := func(n int) string {
		return strings.Repeat(`{"type":"pipeline.Model","version":1,"fields":{"Stages":[`, n) + strings.Repeat(`]}}`, n)
	}
	tests := []struct {
		name, model string
		tensors     []attack.Tensor
		want        string
	}{
		{"good", kindsWith(`"I":-7,"F64":"NaN","Type":"vector","PF":null`), nil, ""},
		{"spaces", " " + kindsWith(" \"I\" : 1 , \"Rows\" : [ null ]\n") + "\t", nil, ""},
		{"enum as number", kindsWith(`"Type":7,"Types":[1,"time"]`), nil, ""},
		{"null", `null`, nil, "have no model"},
		{"empty", ``, nil, "have the end of the text"},
		{"number", `1`, nil, "want '{'"},
		{"rest", kindsWith("") + "{}", nil, "want the end"},
		{"no type", `{"version":1,"type":"persisttest.Kinds","fields":{}}`, nil, `have the key "version", want "type"`},
		{"no version", `{"type":"persisttest.Kinds","fields":{}}`, nil, `have the key "fields", want "version"`},
		{"no fields", `{"type":"persisttest.Kinds","version":1}`, nil, "want ','"},
		{"more keys", `{"type":"persisttest.Kinds","version":1,"fields":{},"more":1}`, nil, "want '}'"},
		{"version 0", `{"type":"persisttest.Kinds","version":0,"fields":{}}`, nil, "have version 0"},
		{"version 1.5", `{"type":"persisttest.Kinds","version":1.5,"fields":{}}`, nil, "have version 1.5"},
		{"newer", `{"type":"persisttest.Kinds","version":2,"fields":{}}`, nil, `type "persisttest.Kinds": have version 2, want at most 1`},
		{"unknown type", `{"type":"alien.Stage","version":1,"fields":{}}`, nil, `type "alien.Stage": is not registered, want an import`},
		{"unknown field", kindsWith(`"Nothing":1`), nil, `have the field "Nothing"`},
		{"promoted field", kindsWith(`"Note":"x"`), nil, `have the field "Note"`},
		{"embedded", kindsWith(`"Shared":{"Note":"x"}`), nil, ""},
		{"unexported field", `{"type":"persisttest.CentreModel","version":1,"fields":{"lines":{}}}`, nil, `have the field "lines"`},
		{"field twice", kindsWith(`"I":1,"I":1`), nil, `have the key "I" twice`},
		{"inner field twice", kindsWith(`"Inner":{"Left":1,"Left":1}`), nil, `Inner: have the key "Left" twice`},
		{"bool", kindsWith(`"Yes":1`), nil, "Yes: at byte"},
		{"int8", kindsWith(`"I8":128`), nil, "I8: at byte 58: have 128, want an integer of 8 bits"},
		{"int as fraction", kindsWith(`"I":1.0`), nil, "have 1.0"},
		{"int as exponent", kindsWith(`"I":1e3`), nil, "have 1e3"},
		{"leading zero", kindsWith(`"I":01`), nil, "want ','"},
		{"plus", kindsWith(`"I":+1`), nil, "want a number"},
		{"no digits", kindsWith(`"F64":1.`), nil, "want a number"},
		{"negative uint", kindsWith(`"U64":-1`), nil, "not negative"},
		{"float too large", kindsWith(`"F64":1e999`), nil, "want a number of 64 bits"},
		{"float32 too large", kindsWith(`"F32":1e39`), nil, "want a number of 32 bits"},
		{"other text for a float", kindsWith(`"F64":"nan"`), nil, `have "nan"`},
		{"bare NaN", kindsWith(`"F64":NaN`), nil, "want a number"},
		{"text", kindsWith(`"Text":1`), nil, `want '"'`},
		{"control character", kindsWith("\"Text\":\"\n\""), nil, "want a string without control characters"},
		{"not UTF-8", kindsWith("\"Text\":\"\xff\""), nil, "not UTF-8"},
		{"half pair", kindsWith(`"Text":"\ud800"`), nil, "half a surrogate pair"},
		{"two halves", kindsWith(`"Text":"\ud800\ud800"`), nil, "half a surrogate pair"},
		{"parted pair", kindsWith(`"Text":"\ud83d \ude00"`), nil, "half a surrogate pair"},
		{"bad escape", kindsWith(`"Text":"\x41"`), nil, "escape"},
		{"short escape", kindsWith(`"Text":"\u12"`), nil, "four hexadecimal digits"},
		{"base64", kindsWith(`"Text":{"base64":"Y2Fm6Q=="}`), nil, ""},
		{"bad base64", kindsWith(`"Text":{"base64":"Y2Fm6R=="}`), nil, "illegal base64"},
		{"other object for text", kindsWith(`"Text":{"base32":""}`), nil, `want "base64"`},
		{"empty object for text", kindsWith(`"Text":{}`), nil, "have an empty object"},
		{"enum", kindsWith(`"Type":"nonsense"`), nil, "Type: have \"nonsense\", want one of"},
		{"enum range", kindsWith(`"Type":256`), nil, "have 256, want an integer of 8 bits"},
		{"enum without a name", kindsWith(`"Types":["float",8]`), nil, "Types.1: have the number 8, want below 8"},
		{"time", kindsWith(`"When":"yesterday"`), nil, "When: parsing time"},
		{"array too short", kindsWith(`"Words":["a"]`), nil, "Words: have 1 elements, want 2"},
		{"array null", kindsWith(`"Words":null`), nil, "want '['"},
		{"null int", kindsWith(`"I":null`), nil, "want a number"},
		{"trailing comma", kindsWith(`"Labels":["a",]`), nil, `Labels`},
		{"colon", kindsWith(`"Labels":["a":1]`), nil, `Labels`},
		{"list as text", kindsWith(`"Labels":"a"`), nil, "want '['"},
		{"unclosed", `{"type":"persisttest.Kinds","version":1,"fields":{"Rows":[[`, nil, "have the end of the text"},
		{"tensor inline", kindsWith(`"F64s":[1]`), nil, "want '{'"},
		{"no tensor", kindsWith(`"F64s":{"tensor":"t"}`), nil, `F64s: have no tensor "t"`},
		{"tensor of another type", kindsWith(`"I32s":{"tensor":"t"}`), []attack.Tensor{word}, `tensor "t": have F64, want I32`},
		{"tensor for two", kindsWith(`"F64s":{"tensor":"t"},"Rows":[{"tensor":"t"}]`), []attack.Tensor{word}, `Rows.0: tensor "t": belongs to another field`},
		{"tensor for an array", kindsWith(`"Four":{"tensor":"t"}`), []attack.Tensor{word}, "Four: have 1 elements, want 4"},
		{"truth value", kindsWith(`"Bools":{"tensor":"t"}`), []attack.Tensor{truth}, "have the truth value 2"},
		{"tensor, key twice", kindsWith(`"F64s":{"tensor":"t","tensor":"t"}`), []attack.Tensor{word}, "twice"},
		{"texts", kindsWith(`"Labels":{"texts":"t"}`), list("abc", "\x01\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00"), ""},
		{"texts beyond", kindsWith(`"Labels":{"texts":"t"}`), list("abc", "\x04\x00\x00\x00\x00\x00\x00\x00"), "text 0: have an end at byte 4"},
		{"texts backwards", kindsWith(`"Labels":{"texts":"t"}`), list("abc", "\x03\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"), "text 1: have an end at byte 2"},
		{"texts negative", kindsWith(`"Labels":{"texts":"t"}`), list("abc", "\xff\xff\xff\xff\xff\xff\xff\xff"), "text 0"},
		{"texts left", kindsWith(`"Labels":{"texts":"t"}`), list("abc", "\x01\x00\x00\x00\x00\x00\x00\x00"), "have 3 bytes of text, want the 1"},
		{"texts without ends", kindsWith(`"Labels":{"texts":"t"}`), list("abc", "")[:1], `have no tensor "t.ends"`},
		{"texts for nodes", kindsWith(`"Nodes":{"texts":"t"}`), list("", ""), "have texts"},
		{"not ready", centre, []attack.Tensor{word}, "persisttest.CentreModel: have 1 means, want 2"},
		{"not ready, inside", `{"type":"pipeline.Model","version":1,"fields":{"Stages":[` + kindsWith("") + `,` + centre + `]}}`, []attack.Tensor{word},
			"Stages.1: persisttest.CentreModel: have 1 means, want 2"},
		{"nothing as a stage", `{"type":"pipeline.Model","version":1,"fields":{"Stages":[null]}}`, nil, "pipeline.Model: stage 0: have <nil> nil, want a stage"},
		{"nothing to train", `{"type":"pipeline.TrainOnly","version":1,"fields":{}}`, nil, "pipeline.TrainOnly: have <nil> nil, want a stage"},
		{"nothing in a pipeline", `{"type":"pipeline.Pipeline","version":1,"fields":{"Stages":[null]}}`, nil, "pipeline.Pipeline: stage 0: have <nil> nil, want a stage"},
		{"estimator as a model", `{"type":"pipeline.Model","version":1,"fields":{"Stages":[{"type":"persisttest.Centre","version":1,"fields":{}}]}}`, nil,
			"Stages.0: have a persisttest.Centre, want a pipeline.Transformer"},
		{"stage of another type", `{"type":"persisttest.Holder","version":1,"fields":{"Params":` + kindsWith("") + `}}`, nil, "Params: have a persisttest.Kinds, want a persist_test.Centre"},
		{"params without type", `{"type":"persisttest.Holder","version":1,"fields":{"Params":{"InputCol":"x"}}}`, nil, `have the key "InputCol", want "type"`},
		{"params null", `{"type":"persisttest.Holder","version":1,"fields":{"Params":null}}`, nil, "want '{'"},
		{"16 deep", nest(16), nil, ""},
		{"17 deep", nest(17), nil, "have more than 16 stages inside each other"},
		{"any", `{"type":"persisttest.Odd","version":1,"fields":{"Value":{"a":1}}}`, nil, `have the key "a", want "type"`},
		{"deep lists", kindsWith(`"Rows":` + strings.Repeat("[", 1_000_000)), nil, "have more than 64 levels of JSON"},
		{"deep objects", strings.Repeat(`{"type":`, 100), nil, `want '"'`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, attack.File{Card: "{}", Model: tt.model, Tensors: tt.tensors}.Bytes(), tt.want)
		})
	}
	for name, card := range map[string]string{
		`have the field "Owner"`: `{"Owner":1}`, `have the key "Rows" twice`: `{"Rows":1,"Rows":1}`, "card: at byte": `[]`,
		`card.Input.Fields.0.Type: have "x"`: `{"Input":{"Fields":[{"Type":"x"}]}}`,
	} {
		wantError(t, attack.File{Card: card, Model: kindsWith("")}.Bytes(), name)
	}
}

func TestTypeError(t *testing.T) {
	b := attack.File{Card: "{}", Model: `{"type":"persisttest.Grown","version":9,"fields":{}}`}.Bytes()
	if err, ok := errors.AsType[*persist.TypeError](load(b)); !ok || *err != (persist.TypeError{Name: "persisttest.Grown", Version: 9, Known: 3}) {
		t.Errorf("got %+v, want a TypeError that says all", err)
	}
}

// A list of 3 bytes an element must not become one of 40 bytes an element without
// a limit.
func TestMemoryLimit(t *testing.T) {
	const n = 2_000_000
	for name, model := range map[string]string{
		"structs":  kindsWith(`"Nodes":[{}` + strings.Repeat(",{}", n) + `]`),
		"lists":    kindsWith(`"Groups":[[]` + strings.Repeat(",[]", n) + `]`),
		"upgrades": `{"type":"persisttest.Grown","version":1,"fields":{"Old":[[]` + strings.Repeat(",[]", n) + `]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			err := load(attack.File{Card: "{}", Model: model}.Bytes())
			if _, ok := errors.AsType[*persist.LimitError](err); !ok {
				t.Errorf("got %v, want a LimitError", err)
			}
		})
	}
	b := encode(t, model())
	if _, err := persist.Decode(b, persist.MaxBytes(int64(len(b))-1)); err == nil {
		t.Error("a file larger than MaxBytes loads, want an error")
	}
	if _, err := persist.Decode(b, persist.MaxBytes(8*int64(len(b)))); err != nil {
		t.Error(err)
	}
}

// What a loader takes, all garbage counted, is what it may hold at once: models
// whose files are mostly header are the worst.
func TestMemoryTaken(t *testing.T) {
	words := make([][]string, 100_000)
	rows := make([][]float64, 40_000)
	for i := range words {
		words[i] = []string{"", ""}
	}
	for i := range rows {
		rows[i] = []float64{1}
	}
	for name, k := range map[string]*Kinds{
		"numbers": {F64s: make([]float64, 2_000_000)}, "texts": {Groups: words}, "long texts": {Long: make([]string, 500_000)},
		"tensors": {Rows: rows}, "structs": {Nodes: make([]Node, 150_000)},
	} {
		b := encode(t, k)
		file := write(t, b)
		for what, read := range map[string]func() error{
			"Decode":  func() error { return load(b) },
			"Inspect": func() error { _, err := persist.Inspect(file); return err },
		} {
			took, err := attack.Allocated(read)
			if most := 8*len(b) + 16<<20; err != nil || took > uint64(most) {
				t.Errorf("%s of %s: %v, %d bytes of memory for a file of %d, want at most %d", what, name, err, took, len(b), most)
			}
			t.Logf("%s of %s: %d bytes of memory for a file of %d", what, name, took, len(b))
		}
	}
}

func TestMutants(t *testing.T) {
	mutants := 4_000
	if testing.Short() {
		mutants = 1_000
	}
	input := dataset.Vec("x", 3, 1, 2, 3)
	loaded := attack.Load(t, encode(t, model()), mutants, func(m pipeline.Transformer) {
		ds, err := pipeline.Apply(m, input)
		if err != nil {
			return
		}
		for _, err := range dataset.Chunks(t.Context(), ds) {
			if err != nil {
				return
			}
		}
	})
	if loaded < mutants/50 {
		t.Errorf("%d of %d mutants load, want enough to attack what lies behind the decoder", loaded, mutants)
	}
	t.Logf("%d of %d mutants load", loaded, mutants)
}

func FuzzLoad(f *testing.F) {
	for _, s := range []pipeline.Stage{model(), kinds(), centreModel(), pipeline.New(Centre{}), &Grown{Inner: Centre{}}} {
		f.Add(encode(f, s))
	}
	for _, m := range []string{`null`, kindsWith(`"I":1`), `{"type":"persisttest.Grown","version":1,"fields":{"Width":"","Old":{"tensor":"t"}}}`} {
		f.Add(attack.File{Card: "{}", Model: m}.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		load(b)
		b = bytes.Clone(b)
		attack.Reseal(b)
		s, err := persist.DecodeStage(b)
		if err != nil {
			return
		}
		// What loads can be saved, and is a fixed point from then on.
		once := encode(t, s)
		again, err := persist.DecodeStage(once)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(once, encode(t, again)) {
			t.Error("saving twice gives other bytes")
		}
	})
}
