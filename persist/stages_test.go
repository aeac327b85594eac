package persist_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[Centre]("persisttest.Centre")
	pipeline.Register[*CentreModel]("persisttest.CentreModel", pipeline.Ready((*CentreModel).ready))
	pipeline.Register[*Kinds]("persisttest.Kinds")
	pipeline.Register[Holder]("persisttest.Holder")
	pipeline.Register[*Grown]("persisttest.Grown", pipeline.Upgrades(grownTo2, grownTo3))
	pipeline.Register[Odd]("persisttest.Odd")
}

// Centre takes the means from a vector column.
type Centre struct {
	InputCol string
	Shrink   *float64
}

func (p Centre) Schema(in dataset.Schema) (dataset.Schema, error) {
	f, err := in.Want(p.InputCol, dataset.Vector)
	if err != nil {
		return in, err
	}
	f.Name = p.InputCol + "_centred"
	return in.With(f)
}

func (p Centre) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	rows, err := dataset.Rows(ctx, ds, p.InputCol)
	if err != nil {
		return nil, err
	}
	out, err := p.Schema(ds.Schema())
	if err != nil {
		return nil, err
	}
	m := &CentreModel{Params: p, Out: out.Fields[len(out.Fields)-1], Mean: make([]float64, len(rows[0]))}
	for _, row := range rows {
		for j, x := range row {
			m.Mean[j] += x / float64(len(rows))
		}
	}
	return m, m.ready()
}

type CentreModel struct {
	Params Centre
	Out    dataset.Field
	Mean   []float64

	lines dataset.Affine
}

func (m *CentreModel) ready() error {
	if len(m.Mean) != m.Out.Size || m.Out.Size == 0 {
		return fmt.Errorf("have %d means, want %d", len(m.Mean), m.Out.Size)
	}
	m.lines = dataset.Affine{Centre: m.Mean}
	return nil
}

func (m *CentreModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	_, errIn := in.WantVector(m.Params.InputCol, m.Out.Size)
	out, errOut := in.With(m.Out)
	return out, errors.Join(errIn, errOut)
}

func (m *CentreModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	v, err := dataset.Get[*dataset.Vectors](c, m.Params.InputCol)
	if err != nil {
		return c, err
	}
	if v.Dim() != len(m.Mean) {
		return c, fmt.Errorf("have a vector of size %d, want %d", v.Dim(), len(m.Mean))
	}
	return c.With(m.Out, v.Mapped(m.lines))
}

// plain makes a type a Transformer that changes nothing.
type plain struct{}

func (plain) Schema(in dataset.Schema) (dataset.Schema, error)    { return in, nil }
func (plain) Transform(c dataset.Chunk) (dataset.Chunk, error)    { return c, nil }
func (p *Kinds) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }
func (p *Kinds) Transform(c dataset.Chunk) (dataset.Chunk, error) { return c, nil }
func (Holder) Schema(in dataset.Schema) (dataset.Schema, error)   { return in, nil }
func (Holder) Transform(c dataset.Chunk) (dataset.Chunk, error)   { return c, nil }
func (p *Grown) Schema(in dataset.Schema) (dataset.Schema, error) { return in, nil }
func (p *Grown) Transform(c dataset.Chunk) (dataset.Chunk, error) { return c, nil }
func (Odd) Schema(in dataset.Schema) (dataset.Schema, error)      { return in, nil }
func (Odd) Transform(c dataset.Chunk) (dataset.Chunk, error)      { return c, nil }

type (
	kind  uint8
	float float32
	names []string
	Node  struct {
		Left, Right int32
		Value       float64
		Path        []int
	}
	Shared struct{ Note string }
	tree   []tree
)

// Kinds has a field of every kind that can be saved.
type Kinds struct {
	Yes       bool
	I         int
	I8        int8
	I64       int64
	U64       uint64
	K         kind
	F32       float32
	F64       float64
	Named     float
	Text      string
	Type      dataset.Type
	When      time.Time
	PF        *float64
	PI        *int
	PS        *string
	PN        *Node
	Ints      []int
	Uints     []uint
	I16s      []int16
	I32s      []int32
	U16s      []uint16
	U32s      []uint32
	U64s      []uint64
	Bytes     []byte
	Bools     []bool
	F32s      []float32
	F64s      []float64
	Kinds     []kind
	NamedList []float
	Four      [4]float64
	Words     [2]string
	Types     []dataset.Type
	Labels    []string
	More      names
	Long      []string
	Rows      [][]float64
	Groups    [][]string
	Nodes     []Node
	Inner     Node
	Field     dataset.Field
	Tree      tree
	Shared
}

// Holder has a stage in every place where one can be.
type Holder struct {
	Any     pipeline.Stage
	Fitted  pipeline.Transformer
	List    []pipeline.Stage
	Params  Centre
	Pointer *CentreModel
	Also    *Centre
}

// Grown is at version 3: version 1 had Width as text, and Values as whole numbers
// under the name of Old.
type Grown struct {
	Width  int
	Values []float64
	Inner  pipeline.Stage
	Labels []string
}

func grownTo2(fields map[string]any) error {
	old, ok := fields["Old"].([]int64)
	if !ok {
		return fmt.Errorf("Old: have %T, want []int64", fields["Old"])
	}
	values := make([]float64, len(old))
	for i, x := range old {
		values[i] = float64(x)
	}
	delete(fields, "Old")
	fields["Values"] = values
	return nil
}

func grownTo3(fields map[string]any) error {
	text, ok := fields["Width"].(string)
	if !ok {
		return fmt.Errorf("Width: have %T, want a string", fields["Width"])
	}
	fields["Width"] = len(text)
	return nil
}

// Odd holds what cannot be saved, in turns.
type Odd struct{ Value any }

func kinds() *Kinds {
	return &Kinds{
		Yes: true, I: -1 << 30, I8: -128, I64: math.MinInt64, U64: math.MaxUint64, K: 7,
		F32: math.SmallestNonzeroFloat32, F64: math.Copysign(0, -1), Named: 1.1,
		Text: "quote \" backslash \\ newline \n nul \x00 é 😀 \u2028 <&>", Type: dataset.Vector,
		When: time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC),
		PF:   new(math.Inf(-1)), PI: new(0), PS: new(""), PN: &Node{Left: 1},
		Ints: []int{1, -2, math.MaxInt}, Uints: []uint{0, math.MaxUint}, I16s: []int16{-1, 1}, I32s: []int32{math.MinInt32, 3},
		U16s: []uint16{math.MaxUint16}, U32s: []uint32{math.MaxUint32}, U64s: []uint64{math.MaxUint64},
		Bytes: []byte("bytes"), Bools: []bool{true, false, true},
		F32s:  []float32{math.Float32frombits(0x7f800001), 1.5}, // a signalling NaN
		F64s:  []float64{math.Inf(1), math.Copysign(0, -1), math.Float64frombits(0x7ff8dead00000001), math.SmallestNonzeroFloat64},
		Kinds: []kind{1, 2}, NamedList: []float{.1}, Four: [4]float64{1, 2, 3, 4}, Words: [2]string{"a", "b"},
		Types: []dataset.Type{dataset.Float, dataset.Time}, Labels: []string{"", "caf\xe9", "ok"}, More: names{"x"},
		Rows: [][]float64{{1}, nil, {}, {2, 3}}, Groups: [][]string{nil, {}, {"a"}},
		Nodes: []Node{{1, 2, math.NaN(), nil}, {0, 0, -1.5e-300, []int{}}}, Inner: Node{Path: []int{4}},
		Field:  dataset.Field{Name: "f", Type: dataset.Vector, Size: 1, Dims: []dataset.Attr{dataset.NominalAttr([]string{"l"})}},
		Tree:   tree{{}, nil, {{}}},
		Shared: Shared{"embedded"},
	}
}

func bits64(x float64) uint64 { return math.Float64bits(x) }
func bits32(x float32) uint32 { return math.Float32bits(x) }

func encode(t testing.TB, s pipeline.Stage) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := persist.Encode(&b, s, persist.Card{Library: "v0.0.0-test"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func centreModel() *CentreModel {
	m := &CentreModel{
		Params: Centre{InputCol: "x", Shrink: new(.25)},
		Out:    dataset.Field{Name: "y", Type: dataset.Vector, Size: 3},
		Mean:   []float64{1, math.Pi, -1e300},
	}
	if err := m.ready(); err != nil {
		panic(err)
	}
	return m
}

func model() *pipeline.Model {
	return &pipeline.Model{Stages: []pipeline.Transformer{
		centreModel(),
		&pipeline.Model{Stages: []pipeline.Transformer{kinds(), Holder{Any: Centre{}, List: []pipeline.Stage{nil, centreModel()}, Pointer: centreModel()}}},
	}}
}
