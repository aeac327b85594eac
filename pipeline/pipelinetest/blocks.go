package pipelinetest

import (
	"context"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
)

// blocks checks that the layout of a vector column does not matter.
func (s *suite) blocks(t tester) {
	vectors := slices.DeleteFunc(s.inputFields(), func(f dataset.Field) bool { return f.Type != dataset.Vector || f.Size == 0 })
	for _, field := range vectors {
		v := must(dataset.Get[*dataset.Vectors](s.data.Chunk, field.Name))
		for _, l := range layouts(v) {
			s.sameInBlocks(t, l.name, s.data, s.data.with(field, l.col))
		}
		hot, wide := oneHot(s.data.rows(), v.Dim())
		s.sameInBlocks(t, "one-hot", s.data.with(field, wide), s.data.with(field, hot))
	}
	if s.data.given != nil && len(vectors) > 0 {
		s.sameInBlocks(t, "layout given", s.data, frame{Chunk: *s.data.given})
	}
}

// sameInBlocks compares the same numbers in two layouts.
func (s *suite) sameInBlocks(t tester, what string, plain, other frame) {
	t.Helper()
	models := []struct {
		name         string
		plain, other func() ([]outcome, error)
	}{{
		"one model",
		func() ([]outcome, error) { return apply(s.model, plain.table()) },
		func() ([]outcome, error) { return apply(s.model, other.table()) },
	}, {
		"a model each",
		func() ([]outcome, error) { return s.fitApply(plain) },
		func() ([]outcome, error) { return s.fitApply(other) },
	}}
	for _, m := range models {
		want, errWant := m.plain()
		got, err := m.other()
		if (err == nil) != (errWant == nil) || isPanic(err) {
			t.Errorf("%s, %s: have error %v, and %v where the blocks are dense", what, m.name, err, errWant)
			continue
		}
		if err != nil {
			continue
		}
		if d := differ(s.outSchema(), want, got, s.tolerance); d != "" {
			t.Errorf("%s, %s: differs from dense blocks: %s", what, m.name, d)
		}
	}
}

func (s *suite) fitApply(data frame) ([]outcome, error) {
	if s.est == nil {
		return nil, nil
	}
	model, err := s.fit(context.Background(), data.table())
	if err != nil {
		return nil, err
	}
	return apply(model, data.table())
}

type layout struct {
	name string
	col  *dataset.Vectors
}

// layouts returns the vectors of v in other blocks.
func layouts(v *dataset.Vectors) []layout {
	dim := v.Dim()
	scalars := make([]dataset.Block, dim)
	for j := range scalars {
		scalars[j] = &dataset.Scalar{Values: dimension(v, j)}
	}
	out := []layout{
		{"scalars", must(dataset.NewVectors(scalars...))},
		{"sparse", must(dataset.NewVectors(sparse(v, 0, dim)))},
	}
	if mapped, ok := halved(v); ok {
		out = append(out, layout{"seen through lines", mapped})
	}
	if dim > 1 {
		mixed := []dataset.Block{scalars[0], sparse(v, 1, dim)}
		if dim > 3 {
			mixed = []dataset.Block{sparse(v, 0, 1), scalars[1], sparse(v, 2, dim-1), scalars[dim-1]}
		}
		out = append(out, layout{"mixed", must(dataset.NewVectors(mixed...))})
	}
	return out
}

func dimension(v *dataset.Vectors, j int) dataset.Floats {
	row := make([]float64, v.Dim())
	return floats(v.Len(), func(i int) float64 {
		v.Row(i, row)
		return row[j]
	})
}

// sparse holds the dimensions from to to-1; -0 is stored, as it is not 0 in bits.
func sparse(v *dataset.Vectors, from, to int) *dataset.Sparse {
	b := &dataset.Sparse{Starts: []int{0}, Width: to - from}
	row := make([]float64, v.Dim())
	for i := range v.Len() {
		v.Row(i, row)
		for j, x := range row[from:to] {
			if math.Float64bits(x) != 0 {
				b.Index, b.Values = append(b.Index, int32(j)), append(b.Values, x)
			}
		}
		b.Starts = append(b.Starts, len(b.Index))
	}
	return b
}

// halved stores twice each number and a line that halves it, where that is exact.
func halved(v *dataset.Vectors) (*dataset.Vectors, bool) {
	dim := v.Dim()
	values := make([]float64, v.Len()*dim)
	half := dataset.Affine{Scale: make([]float64, dim)}
	for j := range half.Scale {
		half.Scale[j] = 0.5
	}
	for i := range v.Len() {
		v.Row(i, values[i*dim:(i+1)*dim])
	}
	for k, x := range values {
		if values[k] = 2 * x; !same(values[k]*0.5, x, 0) {
			return nil, false
		}
	}
	return dense(dim, values).Mapped(half), true
}

// oneHot returns n vectors with at most a single 1, as codes and dense.
func oneHot(n, dim int) (hot, wide *dataset.Vectors) {
	codes := make([]int32, n)
	values := make([]float64, n*dim)
	for i := range codes {
		codes[i] = int32((i+1)%(dim+1)) - 1
		if codes[i] >= 0 {
			values[i*dim+int(codes[i])] = 1
		}
	}
	return must(dataset.NewVectors(&dataset.OneHot{Codes: codes, Width: dim})), dense(dim, values)
}
