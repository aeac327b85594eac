package persist

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// The parser takes no text that encoding/json refuses, and refuses of those that
// it takes only what the format forbids.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{}`, `[1,-0,1e5,1.5E-3,"\u00e9\ud83d\ude00\n"]`, `{"a":{"b":null},"c":[true,false]}`, `{"a":1,"a":2}`, `"\ud800"`, "\"\xff\"", ` [ ] `, `01`, `1.`, `-`, `nul`, `[,]`, `{"a":1,}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := &parser{text: []byte(s)}
		err := p.deep()
		if err == nil {
			err = p.end()
		}
		if err == nil && !json.Valid([]byte(s)) {
			t.Errorf("%q is taken, want an error", s)
		}
		if err == nil || !json.Valid([]byte(s)) {
			return
		}
		for _, allowed := range []string{"twice", "not UTF-8", "half a surrogate pair", "levels of JSON", "keys in an object"} {
			if strings.Contains(err.Error(), allowed) {
				return
			}
		}
		t.Errorf("%q is valid JSON: %v", s, err)
	})
}

// deep reads a value and every text in it.
func (p *parser) deep() error {
	switch p.peek() {
	case '{':
		return p.object(func(string) error { return p.deep() })
	case '[':
		return p.array(func(int) error { return p.deep() })
	case '"':
		_, err := p.string()
		return err
	}
	return p.skip()
}

func TestStringsReadBack(t *testing.T) {
	for _, s := range []string{"", "a", "\x00\x1f\"\\/\b", "é😀\u2028\ufffd", "<&>"} {
		b := appendString(nil, s)
		var theirs string
		if err := json.Unmarshal(b, &theirs); err != nil || theirs != s {
			t.Errorf("encoding/json reads %s as %q, %v, want %q", b, theirs, err, s)
		}
		if ours, err := (&parser{text: b}).string(); err != nil || ours != s {
			t.Errorf("%s is read as %q, %v, want %q", b, ours, err, s)
		}
	}
}

func TestFloatsReadBack(t *testing.T) {
	for _, x := range []float64{0, math.Copysign(0, -1), 1, -1.5, 1e21, 1e-7, math.Pi, math.MaxFloat64, math.SmallestNonzeroFloat64,
		math.Inf(1), math.Inf(-1), math.NaN(), 1 << 53, 0.1} {
		b := appendFloat(nil, x, 64)
		if !json.Valid(b) {
			t.Errorf("%v is written as %s, which is not JSON", x, b)
		}
		got, err := (&parser{text: b}).float(64)
		if err != nil || math.Float64bits(got) != math.Float64bits(x) {
			t.Errorf("%v is written as %s and read as %v, %v", x, b, got, err)
		}
	}
}

func TestKeyLimit(t *testing.T) {
	var keys keySet
	for i := range maxKeys {
		if err := keys.add(string(rune(i%0xd800)) + string(rune(i/0xd800))); err != nil {
			t.Fatal(err)
		}
	}
	if err := keys.add("one more"); err == nil {
		t.Error("one key above the limit is taken, want an error")
	}
	if err := keys.add("\x00\x00"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("got %v, want that the key is there twice", err)
	}
}
