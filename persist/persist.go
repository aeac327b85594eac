package persist

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"github.com/millrace-ml/millrace/pipeline"
)

// An Option changes how a file is read.
type Option func(*options)

type options struct {
	maxBytes int64
	signers  []ed25519.PublicKey
	signed   bool
}

func newOptions(opts []Option) options {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// MaxBytes limits the memory that a loader may take, the file itself included: by
// default 4 GiB, and in any case 8 times the size of the file and 16 MiB. More is
// a [*LimitError].
func MaxBytes(n int64) Option { return func(o *options) { o.maxBytes = n } }

// Save writes a fitted model, or any other registered stage, to a file. It writes
// beside the file first and then takes its place, so that whoever loads it finds
// the old file or the new one, whole; on an error the old one stays. A field that
// cannot be saved is an error that names it.
func Save(path string, s pipeline.Stage, card Card) error {
	b, err := encode(s, card)
	if err != nil {
		return err
	}
	return replaceFile(path, b)
}

// Encode writes the bytes that [Save] puts into a file.
func Encode(w io.Writer, s pipeline.Stage, card Card) error {
	b, err := encode(s, card)
	if err != nil {
		return err
	}
	_, err = bytes.NewReader(b).WriteTo(w)
	return err
}

func encode(s pipeline.Stage, card Card) ([]byte, error) {
	if s == nil {
		return nil, errors.New("have no stage, want one to save")
	}
	var c encoder
	if err := c.card(card); err != nil {
		return nil, err
	}
	m := encoder{tensors: c.tensors}
	if err := m.stage("", reflect.ValueOf(s)); err != nil {
		return nil, err
	}
	return pack(c.json, m.json, m.tensors)
}

// Load reads a fitted model from a file, whoever made it: see the package
// documentation for what is checked. The program must import the packages of the
// model's stages; otherwise the error is a [*TypeError].
func Load(path string, opts ...Option) (pipeline.Transformer, error) {
	s, err := LoadStage(path, opts...)
	if err != nil {
		return nil, err
	}
	t, err := fitted(s)
	return t, inFile(path, err)
}

// LoadStage is [Load] for any stage: a pipeline that is not fitted too.
func LoadStage(path string, opts ...Option) (pipeline.Stage, error) {
	b, err := readFile(path, newOptions(opts))
	if err != nil {
		return nil, err
	}
	s, err := DecodeStage(b, opts...)
	return s, inFile(path, err)
}

// Decode is [Load] for the bytes of a file. The model keeps nothing of b.
func Decode(b []byte, opts ...Option) (pipeline.Transformer, error) {
	s, err := DecodeStage(b, opts...)
	if err != nil {
		return nil, err
	}
	return fitted(s)
}

// DecodeStage is [LoadStage] for the bytes of a file.
func DecodeStage(b []byte, opts ...Option) (pipeline.Stage, error) {
	c, mem, err := open(b, newOptions(opts))
	if err != nil {
		return nil, err
	}
	if _, err := readCard(c, mem); err != nil {
		return nil, err
	}
	var s pipeline.Stage
	d := &decoder{parser: &parser{text: c.model}, from: c, mem: mem, stages: new(int)}
	if err := d.whole(reflect.ValueOf(&s).Elem()); err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errors.New("have no model")
	}
	return s, c.allTaken()
}

func fitted(s pipeline.Stage) (pipeline.Transformer, error) {
	if t, ok := s.(pipeline.Transformer); ok {
		return t, nil
	}
	return nil, fmt.Errorf("have a %s, which is not fitted, want a Transformer (or LoadStage)", pipeline.NameOf(s))
}

// open checks the bytes of a file in this order: size, structure, digest,
// signature; then it reads the header.
func open(b []byte, o options) (*container, *memory, error) {
	mem, err := newMemory(int64(len(b)), o.maxBytes)
	if err != nil {
		return nil, nil, err
	}
	header, data, err := verify(b)
	if err != nil {
		return nil, nil, err
	}
	if o.signed {
		if err := verifySignature(b, o.signers); err != nil {
			return nil, nil, err
		}
	}
	c, err := unpack(header, data, mem)
	return c, mem, err
}

// readFile reads a file of at most the bytes that the options allow.
func readFile(path string, o options) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait
		return nil, fmt.Errorf("%s: is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if _, err := newMemory(info.Size(), o.maxBytes); err != nil {
		return nil, inFile(path, err)
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, inFile(path, err)
	}
	return b, nil
}

func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}
