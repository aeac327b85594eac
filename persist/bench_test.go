package persist_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// large is of the shape of the whole KDD pipeline: five stages, an output field
// with the names of 118 dimensions in three of them, and 20 components of 118.
func large() *pipeline.Model {
	dims := make([]dataset.Attr, 118)
	for j := range dims {
		dims[j] = dataset.Attr{Name: fmt.Sprintf("service=name_%d", j), Source: "service", Scale: dataset.Binary}
	}
	m := &pipeline.Model{}
	for i := range 5 {
		k := kinds()
		k.Field = dataset.Field{Name: "features", Type: dataset.Vector, Size: 118}
		if i > 1 {
			k.Field.Dims = dims
			k.F64s = make([]float64, 118*20)
		}
		m.Stages = append(m.Stages, k)
	}
	return m
}

func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "m.millrace")
	if err := persist.Save(path, large(), persist.Card{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := persist.Load(path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	m := large()
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := persist.Encode(&out, m, persist.Card{}); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(out.Len()))
}

// Numbers decode at the speed of the hash: 80 MB of them.
func BenchmarkDecodeNumbers(b *testing.B) {
	k := new(Kinds)
	k.F64s = make([]float64, 10_000_000)
	file := encode(b, k)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := persist.Decode(file); err != nil {
			b.Fatal(err)
		}
	}
}
