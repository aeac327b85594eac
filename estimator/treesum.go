package estimator

import (
	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/tree"
)

// numberFields describes the columns that a regressor of trees adds.
func numberFields(prediction, variance, leaf string, forest bool) []dataset.Field {
	number := dataset.Attr{Scale: dataset.Continuous}
	out := []dataset.Field{{Name: prediction, Type: dataset.Float, Attr: number}}
	if variance != "" {
		out = append(out, dataset.Field{Name: variance, Type: dataset.Float, Attr: number})
	}
	return append(out, leafFields(leaf, forest)...)
}

// summing scores rows by trees whose leaves hold one number: (bias + sum) / over.
type summing struct {
	scorer     *tree.Scorer
	dim        int
	values     []float64 // of each leaf
	variances  []float64 // of each leaf; nil = not asked for
	first      []int32   // place of the first leaf of each tree
	bias, over float64
}

func newSumming(e *tree.Ensemble, values []float64, bias, over float64) *summing {
	return &summing{scorer: tree.NewScorer(e), dim: e.Dim, values: values, first: firstLeaves(e), bias: bias, over: over}
}

// weighted multiplies the leaves of each tree by its weight.
func weighted(e *tree.Ensemble, weights []float64) []float64 {
	out := make([]float64, len(e.Values))
	for t, w := range weights {
		for i := e.Starts[t]; i < e.Starts[t+1]; i++ {
			if e.Dims[i] < 0 {
				at := e.Rights[i]
				out[at] = w * e.Values[at]
			}
		}
	}
	return out
}

// score sets out to the sums of the rows from to to-1.
func (m *summing) score(b *tree.Batch, from, to int, out []float64) {
	for i := range out {
		out[i] = m.bias
	}
	b.Sum(from, to, m.values, out)
	if m.over != 1 {
		for i := range out {
			out[i] /= m.over
		}
	}
}

// bind adds the columns that score fills for a run of rows.
func (m *summing) bind(c dataset.Chunk, col string, fields []dataset.Field) (dataset.Chunk, scoring, error) {
	v, err := vectors(c, col, m.dim)
	if err != nil {
		return c, nil, err
	}
	prediction := make(dataset.Floats, c.Rows())
	out, err := c.With(fields[0], prediction)
	fields = fields[1:]
	var variance dataset.Floats
	if m.variances != nil && err == nil {
		variance = make(dataset.Floats, c.Rows())
		out, err = out.With(fields[0], variance)
		fields = fields[1:]
	}
	if err != nil {
		return c, nil, err
	}
	out, leaves, err := addLeaves(out, fields, m.first)
	if err != nil {
		return c, nil, err
	}
	batch := tree.NewBatch(m.scorer, v)
	return out, func(from, to int) {
		m.score(batch, from, to, prediction[from:to])
		if variance != nil {
			batch.Each(from, to, func(row, _ int, leaf int32) { variance[row] = m.variances[leaf] })
		}
		leaves.fill(batch, from, to)
	}, nil
}
