package attack

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// A File is a model file taken apart. It is written from the description of the
// format alone, so that it does not share the faults of package persist.
type File struct {
	Card, Model string // JSON
	Tensors     []Tensor
}

// A Tensor is a list of numbers in a [File].
type Tensor struct {
	Name, Type string
	Data       []byte
}

var sizes = map[string]int{
	"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "I16": 2, "U16": 2, "I8": 1, "U8": 1, "BOOL": 1,
}

// Parse takes a good file apart.
func Parse(b []byte) (File, error) {
	n := 8 + int(binary.LittleEndian.Uint64(b))
	var header map[string]json.RawMessage
	if err := json.Unmarshal(b[8:n], &header); err != nil {
		return File{}, err
	}
	var meta struct{ Card, Model string }
	if err := json.Unmarshal(header["__metadata__"], &meta); err != nil {
		return File{}, err
	}
	delete(header, "__metadata__")
	f := File{Card: meta.Card, Model: meta.Model}
	starts := map[string]int{}
	for name, entry := range header {
		var e struct {
			Type    string `json:"dtype"`
			Offsets [2]int `json:"data_offsets"`
		}
		if err := json.Unmarshal(entry, &e); err != nil {
			return File{}, err
		}
		starts[name] = e.Offsets[0]
		f.Tensors = append(f.Tensors, Tensor{name, e.Type, b[n+e.Offsets[0] : n+e.Offsets[1]]})
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int {
		// An empty tensor begins where its neighbour does.
		if d := starts[a.Name] - starts[b.Name]; d != 0 {
			return d
		}
		return len(a.Data) - len(b.Data)
	})
	return f, nil
}

// Bytes puts a file together, with the right digest.
func (f File) Bytes() []byte {
	h := fmt.Appendf(nil, `{"__metadata__":{%s,"card":%s,"model":%s}`, Fixed, quote(f.Card), quote(f.Model))
	var data []byte
	for _, t := range f.Tensors {
		from := len(data)
		data = append(data, t.Data...)
		h = fmt.Appendf(h, `,%s:{"dtype":%s,"shape":[%d],"data_offsets":[%d,%d]}`,
			quote(t.Name), quote(t.Type), len(t.Data)/max(sizes[t.Type], 1), from, len(data))
	}
	return Forge(append(h, '}'), data)
}

// quote makes JSON of a text, and leaves bytes that are not UTF-8 as they are.
func quote(s string) []byte {
	b := []byte{'"'}
	for _, c := range []byte(s) {
		switch {
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// Fixed is how the metadata of a file without a signature begin, the digest open.
var Fixed = fmt.Sprintf(`"millrace":"1","sha256":"%064d","ed25519":"%0128d"`, 0, 0)

// Forge makes a file of a header and data, with the right length and digest.
func Forge(header, data []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(append(b, header...), data...)
	Reseal(b)
	return b
}

// Reseal puts the right digest into a changed file, if it still has its place.
func Reseal(b []byte) {
	key := []byte(`"sha256":"`)
	at := bytes.Index(b, key) + len(key)
	if at < len(key) || at+64 > len(b) {
		return
	}
	copy(b[at:], bytes.Repeat([]byte{'0'}, 64))
	sum := sha256.Sum256(b)
	hex.Encode(b[at:], sum[:])
}
