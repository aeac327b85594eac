// Package attack makes hostile model files: seeded mutants of good ones whose
// digest is right, so that what lies behind the checksum is attacked too, the
// decoding of every field and the Ready function of every stage.
package attack

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// Load loads n mutants of a good file. A mutant that loads is given to use, which
// should transform something with it. It is an error of the test if loading or
// using panics, or if loading takes more memory than it promises. Load returns how
// many mutants were loaded: where there are none, nothing behind the decoder was
// attacked.
func Load(t testing.TB, good []byte, n int, use func(pipeline.Transformer)) (loaded int) {
	t.Helper()
	f, err := Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	m := &mutator{good: good, file: f, rand: rand.New(rand.NewPCG(1, uint64(len(good))))}
	m.tokens = token.FindAllStringIndex(f.Model, -1)
	m.spans = nested(f.Model, m.tokens)
	for range n {
		if tryOne(t, m.next(), use) {
			loaded++
		}
	}
	return loaded
}

func tryOne(t testing.TB, b []byte, use func(pipeline.Transformer)) (loaded bool) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			path := filepath.Join(os.TempDir(), "crasher.millrace")
			os.WriteFile(path, b, 0o600)
			t.Errorf("panic: %v (file kept as %s)\n%s", p, path, debug.Stack())
		}
	}()
	var model pipeline.Transformer
	took, err := Allocated(func() (err error) {
		model, err = persist.Decode(b)
		return err
	})
	if most := uint64(8*len(b) + 16<<20); took > most {
		t.Errorf("loading %d bytes took %d bytes of memory, want at most %d", len(b), took, most)
	}
	if err != nil {
		return false
	}
	use(model)
	return true
}

// Allocated returns how many bytes f allocates, whether it keeps them or not.
func Allocated(f func() error) (uint64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, err
}

type mutator struct {
	good   []byte
	file   File
	tokens [][]int  // of the model's JSON
	spans  [][2]int // of its lists and objects
	rand   *rand.Rand
}

// next returns a mutant. One in eight is changed anywhere, the others in a place
// where a change is likely to survive the decoder.
func (m *mutator) next() []byte {
	if m.rand.IntN(8) == 0 {
		return m.anywhere()
	}
	f := File{Card: m.file.Card, Model: m.file.Model, Tensors: slices.Clone(m.file.Tensors)}
	for range 1 + m.rand.IntN(3) {
		switch k := m.rand.IntN(4); {
		case k == 0 && len(f.Tensors) > 0:
			m.resize(&f.Tensors[m.rand.IntN(len(f.Tensors))])
		case k == 1 && len(f.Tensors) > 0:
			m.renumber(&f.Tensors[m.rand.IntN(len(f.Tensors))])
		case k == 2 && len(m.spans) > 0:
			f.Model = m.splice()
		case len(m.tokens) > 0:
			f.Model = m.replace()
		}
	}
	return f.Bytes()
}

// anywhere changes one to four bytes, half of the time in the last quarter.
func (m *mutator) anywhere() []byte {
	b := bytes.Clone(m.good)
	for range 1 + m.rand.IntN(4) {
		from := 0
		if m.rand.IntN(2) == 0 {
			from = len(b) * 3 / 4
		}
		b[from+m.rand.IntN(len(b)-from)] = byte(m.rand.Uint32())
	}
	Reseal(b)
	return b
}

// resize makes a tensor shorter, longer or empty.
func (m *mutator) resize(t *Tensor) {
	size := sizes[t.Type]
	switch n := len(t.Data) / size; m.rand.IntN(4) {
	case 0:
		t.Data = nil
	case 1:
		t.Data = t.Data[:size*m.rand.IntN(n+1)]
	case 2:
		t.Data = append(slices.Clip(t.Data), make([]byte, size)...)
	default:
		t.Data = append(slices.Clip(t.Data), t.Data...)
	}
}

// renumber changes one number of a tensor.
func (m *mutator) renumber(t *Tensor) {
	size := sizes[t.Type]
	if len(t.Data) == 0 {
		return
	}
	words := []uint64{0, 1, 2, 1<<7 - 1, 1<<15 - 1, 1<<31 - 1, 1 << 31, 1<<63 - 1, 1 << 63, 1<<64 - 1,
		0x3ff0000000000000, 0x7ff0000000000000, 0x7ff8000000000001, 0xfff0000000000000, m.rand.Uint64()}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], words[m.rand.IntN(len(words))])
	t.Data = bytes.Clone(t.Data)
	copy(t.Data[size*m.rand.IntN(len(t.Data)/size):], word[:size])
}

var token = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?[0-9][-+.eE0-9]*|null|true|false`)

// replace puts another value in the place of one number, text or word.
func (m *mutator) replace() string {
	text := m.file.Model
	values := []string{"0", "-0", "1", "-1", "2", "3", "17", "1e308", "2147483647", "4294967296", "9223372036854775807",
		"-9223372036854775808", "18446744073709551615", `"NaN"`, `"Infinity"`, `""`, `"x"`, "null", "true", "false", "[]", "{}"}
	at := m.tokens[m.rand.IntN(len(m.tokens))]
	with := values[m.rand.IntN(len(values))]
	if m.rand.IntN(3) == 0 {
		from := m.tokens[m.rand.IntN(len(m.tokens))]
		with = text[from[0]:from[1]]
	}
	return text[:at[0]] + with + text[at[1]:]
}

// splice takes a list or an object out, doubles it, empties it or puts another in
// its place.
func (m *mutator) splice() string {
	text := m.file.Model
	at, from := m.spans[m.rand.IntN(len(m.spans))], m.spans[m.rand.IntN(len(m.spans))]
	old := text[at[0]:at[1]]
	with := []string{"null", old[:1] + old[len(old)-1:], old + "," + old, text[from[0]:from[1]]}[m.rand.IntN(4)]
	return text[:at[0]] + with + text[at[1]:]
}

// nested finds the lists and objects of a JSON text, whose tokens are given.
func nested(text string, tokens [][]int) (spans [][2]int) {
	var open []int
	for i := 0; i < len(text); i++ {
		if len(tokens) > 0 && tokens[0][0] == i {
			i = tokens[0][1] - 1
			tokens = tokens[1:]
			continue
		}
		switch text[i] {
		case '[', '{':
			open = append(open, i)
		case ']', '}':
			if len(open) > 0 {
				spans = append(spans, [2]int{open[len(open)-1], i + 1})
				open = open[:len(open)-1]
			}
		}
	}
	return spans
}
