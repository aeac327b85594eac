package dataset_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset"
)

// blocks makes five vectors of a block of each kind.
func blocks(t testing.TB) *dataset.Vectors {
	t.Helper()
	return must(dataset.NewVectors(
		&dataset.Scalar{Values: dataset.Floats{0, 10, 20, 30, 40}},
		&dataset.OneHot{Codes: []int32{1, -1, 0, 1, 0}, Width: 2},
		&dataset.Dense{Values: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, Width: 2},
		&dataset.Sparse{Starts: []int{0, 1, 1, 3, 4, 6}, Index: []int32{2, 0, 1, 1, 0, 2}, Values: []float64{.1, .2, .3, .4, .5, .6}, Width: 3}))(t)
}

// dense are the rows of blocks, written out.
var dense = [][]float64{
	{0, 0, 1, 1, 2, 0, 0, .1},
	{10, 0, 0, 3, 4, 0, 0, 0},
	{20, 1, 0, 5, 6, .2, .3, 0},
	{30, 0, 1, 7, 8, 0, .4, 0},
	{40, 1, 0, 9, 10, .5, 0, .6},
}

func rowsOfVectors(v *dataset.Vectors) [][]float64 {
	rows := [][]float64{}
	for i := range v.Len() {
		row := make([]float64, v.Dim())
		v.Row(i, row)
		rows = append(rows, row)
	}
	return rows
}

func TestVectors(t *testing.T) {
	// (x - centre) * scale, then + offset, step by step, as the two maps are listed.
	first := dataset.Affine{Centre: []float64{1, 2, 3, 4, 5, 6, 7, 8}, Scale: []float64{.1, .2, .3, .4, .5, .6, .7, .8}}
	second := dataset.Affine{Offset: []float64{9, 8, 7, 6, 5, 4, 3, 2}}
	var mapped [][]float64
	for _, row := range dense {
		var out []float64
		for j, x := range row {
			y := (x - first.Centre[j]) * first.Scale[j]
			out = append(out, y+second.Offset[j])
		}
		mapped = append(mapped, out)
	}
	plain := blocks(t)
	scaled := plain.Mapped(first).Mapped(second).Mapped(dataset.Affine{})
	chunk := must(dataset.NewChunk(dataset.NewSchema(dataset.Field{Name: "plain", Type: dataset.Vector}, dataset.Field{Name: "scaled", Type: dataset.Vector}),
		dataset.Origin{}, plain, scaled))(t)
	tests := []struct {
		name  string
		chunk dataset.Chunk
		rows  []int
	}{
		{"whole", chunk, []int{0, 1, 2, 3, 4}},
		{"slice", chunk.Slice(1, 4), []int{1, 2, 3}},
		{"slice of a slice", chunk.Slice(1, 5).Slice(1, 3), []int{2, 3}},
		{"empty slice", chunk.Slice(2, 2), nil},
		{"take", chunk.Filter([]int32{4, 0, 2}), []int{4, 0, 2}},
		{"take of a slice", chunk.Slice(1, 5).Filter([]int32{0, 3}), []int{1, 4}},
		{"take nothing", chunk.Filter(nil), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for name, all := range map[string][][]float64{"plain": dense, "scaled": mapped} {
				want := [][]float64{}
				for _, i := range tt.rows {
					want = append(want, all[i])
				}
				v := must(dataset.Get[*dataset.Vectors](tt.chunk, name))(t)
				if diff := cmp.Diff(want, rowsOfVectors(v), bits); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
	if diff := cmp.Diff(dense, rowsOfVectors(plain)); diff != "" {
		t.Errorf("the vectors themselves have changed (-want +got):\n%s", diff)
	}
}

// A branch of maps must not see those of another branch of the same vectors.
func TestMappedBranches(t *testing.T) {
	base := blocks(t).Mapped(dataset.NewAffine(8))
	a := base.Mapped(dataset.Affine{Offset: []float64{1, 1, 1, 1, 1, 1, 1, 1}})
	base.Mapped(dataset.Affine{Offset: []float64{2, 2, 2, 2, 2, 2, 2, 2}})
	if diff := cmp.Diff([]float64{1, 1, 1, 1, 1, 1, 1, 1}, rowsOfVectors(a)[0]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

func TestNewVectorsErrors(t *testing.T) {
	sparse := func(starts []int, index []int32, values int) *dataset.Sparse {
		return &dataset.Sparse{Starts: starts, Index: index, Values: make([]float64, values), Width: 3}
	}
	tests := []struct {
		name   string
		blocks []dataset.Block
	}{
		{"lengths", []dataset.Block{&dataset.Scalar{Values: dataset.Floats{1}}, &dataset.Scalar{}}},
		{"code too high", []dataset.Block{&dataset.OneHot{Codes: []int32{2}, Width: 2}}},
		{"code too low", []dataset.Block{&dataset.OneHot{Codes: []int32{-2}, Width: 2}}},
		{"dense width 0", []dataset.Block{&dataset.Dense{Values: []float64{1}}}},
		{"dense rows cut", []dataset.Block{&dataset.Dense{Values: []float64{1, 2, 3}, Width: 2}}},
		{"no starts", []dataset.Block{sparse(nil, nil, 0)}},
		{"first start", []dataset.Block{sparse([]int{1, 1}, []int32{0}, 1)}},
		{"last start", []dataset.Block{sparse([]int{0, 2}, []int32{0}, 1)}},
		{"values", []dataset.Block{sparse([]int{0, 1}, []int32{0}, 2)}},
		{"falling starts", []dataset.Block{sparse([]int{0, 2, 1}, []int32{0}, 1)}},
		{"start beyond", []dataset.Block{sparse([]int{0, 5, -1, 1}, []int32{0}, 1)}},
		{"index too high", []dataset.Block{sparse([]int{0, 1}, []int32{3}, 1)}},
		{"index negative", []dataset.Block{sparse([]int{0, 1}, []int32{-1}, 1)}},
		{"index twice", []dataset.Block{sparse([]int{0, 2}, []int32{1, 1}, 2)}},
		{"lines", []dataset.Block{&dataset.Scalar{Values: dataset.Floats{1}, Lines: dataset.Lines{dataset.NewAffine(2)}}}},
		{"uneven lines", []dataset.Block{&dataset.OneHot{Codes: []int32{0}, Width: 2, Lines: dataset.Lines{{Centre: []float64{1, 2}, Scale: []float64{1}}}}}},
		{"negative width", []dataset.Block{&dataset.OneHot{Codes: []int32{-1}, Width: -2}}},
		{"nil", []dataset.Block{nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v, err := dataset.NewVectors(tt.blocks...); err == nil {
				t.Errorf("have %d vectors, want an error", v.Len())
			}
		})
	}
}

func TestVectorsPanics(t *testing.T) {
	v := blocks(t)
	for name, call := range map[string]func(){
		"room":   func() { v.Row(0, make([]float64, 7)) },
		"affine": func() { v.Mapped(dataset.NewAffine(7)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: did not panic", name)
				}
			}()
			call()
		}()
	}
}

func TestFinite(t *testing.T) {
	v := must(dataset.NewDense(2, []float64{1, 2, 3, nan}))(t)
	if row, dim, ok := v.Finite(); row != 1 || dim != 1 || ok {
		t.Errorf("have row %d, dimension %d, %v, want 1, 1, false", row, dim, ok)
	}
	if _, _, ok := blocks(t).Finite(); !ok {
		t.Error("finite vectors are said not to be")
	}
}
