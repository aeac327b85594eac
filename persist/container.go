package persist

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// The beginning of every header: the digest and the signature are at fixed places.
const (
	formatVersion = "1"
	opening       = `{"__metadata__":{"millrace":"`
	beforeDigest  = `","sha256":"`
	beforeSign    = `","ed25519":"`
	afterSign     = `",`

	headerAt = 8
	digestAt = headerAt + len(opening) + len(formatVersion) + len(beforeDigest)
	digestTo = digestAt + 2*sha256.Size
	signAt   = digestTo + len(beforeSign)
	signTo   = signAt + 2*64
	restAt   = signTo + len(afterSign)
)

// ErrChecksum says that a file is not as it was saved.
var ErrChecksum = errors.New("the SHA-256 does not fit: the file is damaged or was changed")

// A container is an open file: checked as a whole, not decoded.
type container struct {
	card, model []byte // JSON
	tensors     map[string]*tensor
	order       []*tensor // as they lie in the file
}

// pack makes the bytes of a file.
func pack(card, model []byte, tensors []*tensor) ([]byte, error) {
	// Wide numbers come first, so that every number is aligned.
	slices.SortStableFunc(tensors, func(a, b *tensor) int {
		return b.dtype.size - a.dtype.size
	})
	if len(tensors) >= maxKeys {
		return nil, &LimitError{What: "tensors", Have: int64(len(tensors)), Max: maxKeys - 1}
	}
	b := make([]byte, headerAt)
	b = append(b, opening+formatVersion+beforeDigest...)
	b = append(b, bytes.Repeat([]byte{'0'}, 2*sha256.Size)...)
	b = append(b, beforeSign...)
	b = append(b, bytes.Repeat([]byte{'0'}, signTo-signAt)...)
	b = append(b, afterSign+`"card":`...)
	b = appendString(b, card)
	b = append(b, `,"model":`...)
	b = appendString(b, model)
	b = append(b, '}')
	end := 0
	for _, t := range tensors {
		size := t.n * t.dtype.size
		b = append(b, ',')
		b = appendString(b, t.name)
		b = fmt.Appendf(b, `:{"dtype":"%s","shape":[%d],"data_offsets":[%d,%d]}`, t.dtype.name, t.n, end, end+size)
		end += size
	}
	b = append(b, '}')
	for len(b)%8 != 0 {
		b = append(b, ' ')
	}
	if n := len(b) - headerAt; n > maxHeader {
		return nil, &LimitError{What: "bytes of header", Have: int64(n), Max: maxHeader}
	}
	binary.LittleEndian.PutUint64(b, uint64(len(b)-headerAt))
	b = slices.Grow(b, end)
	for _, t := range tensors {
		b = appendNumbers(b, t.values)
	}
	seal(b)
	return b, nil
}

// seal writes the digest into its place.
func seal(b []byte) { hex.Encode(b[digestAt:digestTo], digest(b, false)) }

// digest is the SHA-256 of a file in which the places of the digest itself, and of
// the signature where unsigned is set, hold the character 0.
func digest(b []byte, unsigned bool) []byte {
	h := sha256.New()
	h.Write(b[:digestAt])
	h.Write(bytes.Repeat([]byte{'0'}, digestTo-digestAt))
	rest := b[digestTo:]
	if unsigned {
		h.Write(b[digestTo:signAt])
		h.Write(bytes.Repeat([]byte{'0'}, signTo-signAt))
		rest = b[signTo:]
	}
	h.Write(rest)
	return h.Sum(nil)
}

// verify checks the structure of a file and then its digest, and decodes nothing.
// It returns the header and the data.
func verify(b []byte) (header, data []byte, err error) {
	if len(b) < headerAt {
		return nil, nil, fmt.Errorf("have a file of %d bytes, want a length of 8 bytes at its beginning", len(b))
	}
	n := binary.LittleEndian.Uint64(b)
	switch {
	case n > maxHeader:
		return nil, nil, &LimitError{What: "bytes of header", Have: int64(min(n, 1<<63-1)), Max: maxHeader}
	case n > uint64(len(b)-headerAt):
		return nil, nil, fmt.Errorf("have a header of %d bytes, want at most the %d that follow", n, len(b)-headerAt)
	}
	header, data = b[headerAt:headerAt+n], b[headerAt+n:]
	rest, ok := bytes.CutPrefix(header, []byte(opening))
	if !ok {
		return nil, nil, fmt.Errorf("have no header that begins with %s: not a model file of this library", opening)
	}
	version, _, ok := bytes.Cut(rest[:min(len(rest), 12)], []byte(`"`))
	if _, err := strconv.ParseUint(string(version), 10, 32); !ok || err != nil {
		return nil, nil, errors.New("have no format version, want a number")
	}
	if string(version) != formatVersion {
		return nil, nil, fmt.Errorf("have format version %s, want %s: the file is from a newer release, upgrade to it", version, formatVersion)
	}
	if len(header) < restAt-headerAt || string(b[digestAt-len(beforeDigest):digestAt]) != beforeDigest ||
		string(b[digestTo:signAt]) != beforeSign || string(b[signTo:restAt]) != afterSign {
		return nil, nil, errors.New("have no SHA-256 at its place")
	}
	if want := hex.AppendEncode(nil, digest(b, false)); !bytes.Equal(b[digestAt:digestTo], want) {
		return nil, nil, ErrChecksum
	}
	return header, data, nil
}

// unpack reads the header of a file that verify has passed.
func unpack(header, data []byte, mem *memory) (*container, error) {
	c := &container{tensors: map[string]*tensor{}}
	p := &parser{text: header}
	end := 0
	err := p.object(func(key string) error {
		if key == "__metadata__" {
			return p.object(func(key string) error { return c.metadata(p, key, mem) })
		}
		t, err := readEntry(p, &end, data)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", shorten(key), err)
		}
		const entry = 192 // bytes that a tensor takes here, at most
		if err := mem.take(1, entry+int64(len(key))); err != nil {
			return err
		}
		t.name = key
		c.tensors[key] = t
		c.order = append(c.order, t)
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("header: %w", err)
	case p.end() != nil:
		return nil, fmt.Errorf("header: %w", p.end())
	case end != len(data):
		return nil, fmt.Errorf("have %d bytes of data, want the %d that the tensors take", len(data), end)
	case c.card == nil || c.model == nil:
		return nil, errors.New("header: have no card or no model")
	}
	return c, nil
}

func (c *container) metadata(p *parser, key string, mem *memory) error {
	text, err := p.string()
	if err != nil {
		return err
	}
	if err := mem.take(2, int64(len(text))); err != nil {
		return err
	}
	switch key {
	case "millrace", "sha256", "ed25519": // verified already
	case "card":
		c.card = []byte(text)
	case "model":
		c.model = []byte(text)
	default:
		return fmt.Errorf("have the key %q, which is not known", shorten(key))
	}
	return nil
}

// readEntry reads the entry of a tensor that begins in data at *end, and moves
// *end to where the next begins.
func readEntry(p *parser, end *int, data []byte) (*tensor, error) {
	var name string
	var shape, offsets []uint64
	err := p.object(func(key string) (err error) {
		switch key {
		case "dtype":
			name, err = p.string()
		case "shape":
			shape, err = p.numbers(1)
		case "data_offsets":
			offsets, err = p.numbers(2)
		default:
			err = fmt.Errorf("have the key %q, which is not known", shorten(key))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	k := slices.IndexFunc(dtypes, func(d dtype) bool { return d.name == name })
	if k < 0 {
		return nil, fmt.Errorf("have the dtype %q, want one that Go has a type for", shorten(name))
	}
	if len(shape) != 1 || len(offsets) != 2 {
		return nil, errors.New("have no shape or no data_offsets")
	}
	from, to := offsets[0], offsets[1]
	size := dtypes[k].size
	switch left := uint64(len(data) - *end); {
	case from != uint64(*end):
		return nil, fmt.Errorf("have data from byte %d, want from %d, the end of the tensor before", from, *end)
	case to < from || to-from > left:
		return nil, fmt.Errorf("have data to byte %d, want %d to %d", to, from, len(data))
	case shape[0] > left/uint64(size) || shape[0]*uint64(size) != to-from:
		return nil, fmt.Errorf("have %d bytes, want %d numbers of %d bytes", to-from, shape[0], size)
	}
	*end = int(to)
	return &tensor{dtype: dtypes[k], n: int(shape[0]), data: data[from:to:to]}, nil
}

// numbers reads an array of n integers that are not negative.
func (p *parser) numbers(n int) ([]uint64, error) {
	out := make([]uint64, 0, n)
	err := p.array(func(i int) error {
		text, err := p.number()
		if err != nil {
			return err
		}
		x, err := strconv.ParseUint(text, 10, 63)
		if err != nil || i == n {
			return p.errorf("have %s, want an array of %d integers", shorten(text), n)
		}
		out = append(out, x)
		return nil
	})
	if err == nil && len(out) != n {
		err = p.errorf("have %d integers, want %d", len(out), n)
	}
	return out, err
}

// take hands a tensor to the field that it belongs to, once; list is its type.
func (c *container) take(name string, list reflect.Type) (*tensor, error) {
	t := c.tensors[name]
	switch {
	case t == nil:
		return nil, fmt.Errorf("have no tensor %q", shorten(name))
	case t.taken:
		return nil, fmt.Errorf("tensor %q: belongs to another field already", shorten(name))
	case t.dtype != elements(list):
		return nil, fmt.Errorf("tensor %q: have %s, want %s", shorten(name), t.dtype.name, elements(list).name)
	}
	t.taken = true
	return t, nil
}

// allTaken wants every tensor to belong to a field.
func (c *container) allTaken() error {
	for _, t := range c.order {
		if !t.taken {
			return fmt.Errorf("tensor %q: belongs to no field", shorten(t.name))
		}
	}
	return nil
}
