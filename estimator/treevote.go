package estimator

import (
	"errors"
	"fmt"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/tree"
)

// voting scores rows by trees whose leaves hold a number for each class.
type voting struct {
	scorer     *tree.Scorer
	dim        int
	classes    int
	votes      *tree.Votes // of each leaf, for each class
	first      []int32     // place of the first leaf of each tree
	thresholds []float64
}

func newVoting(e *tree.Ensemble, votes, thresholds []float64) (*voting, error) {
	if len(thresholds) > 0 && len(thresholds) != e.Width {
		return nil, fmt.Errorf("have %d Thresholds, want one for each of %d classes", len(thresholds), e.Width)
	}
	return &voting{tree.NewScorer(e), e.Dim, e.Width, tree.NewVotes(e.Width, votes), firstLeaves(e), thresholds}, nil
}

// bind adds the columns that score fills for a run of rows.
func (m *voting) bind(c dataset.Chunk, col string, fields []dataset.Field) (_ dataset.Chunk, score func(from, to int), _ error) {
	v, err := treeVectors(c, col, m.dim)
	if err != nil {
		return c, nil, err
	}
	batch, k := tree.NewBatch(m.scorer, v), m.classes
	return bindClasses(c, fields, k, m.first, batch, func(from, to int, raw, probability []float64) {
		clear(raw)
		batch.Vote(from, to, m.votes, raw)
		for at := 0; at < len(raw); at += k {
			normalized(raw[at:at+k], probability[at:at+k])
		}
	}, m.thresholds)
}

// bindClasses adds the columns of a classifier of k classes that score fills for a run of
// rows: raw and probability by margins, then prediction and, where fields has it, leaves.
func bindClasses(c dataset.Chunk, fields []dataset.Field, k int, first []int32, batch *tree.Batch,
	margins func(from, to int, raw, probability []float64), thresholds []float64) (_ dataset.Chunk, score func(from, to int), _ error) {
	n := c.Rows()
	raw, probability, prediction := make([]float64, n*k), make([]float64, n*k), make(dataset.Floats, n)
	rawCol, errRaw := dataset.NewDense(k, raw)
	probabilityCol, errProbability := dataset.NewDense(k, probability)
	leaves, leafCol, err := newLeaves(fields[3:], n, first)
	if err = errors.Join(errRaw, errProbability, err); err != nil {
		return c, nil, err
	}
	columns := []dataset.Column{rawCol, probabilityCol, prediction, leafCol}
	for i, f := range fields {
		if c, err = c.With(f, columns[i]); err != nil {
			return c, nil, err
		}
	}
	return c, func(from, to int) {
		margins(from, to, raw[from*k:to*k], probability[from*k:to*k])
		for i := from; i < to; i++ {
			prediction[i] = decide(raw[i*k:(i+1)*k], probability[i*k:(i+1)*k], thresholds)
		}
		leaves.fill(batch, from, to)
	}, nil
}

// leafNumbers is a column of the leaf that each tree leads to.
type leafNumbers struct {
	numbers []float64
	first   []int32
}

// newLeaves makes the column where fields has it.
func newLeaves(fields []dataset.Field, rows int, first []int32) (*leafNumbers, dataset.Column, error) {
	if len(fields) == 0 {
		return nil, nil, nil
	}
	l := &leafNumbers{make([]float64, rows*len(first)), first}
	if fields[0].Type == dataset.Float {
		return l, dataset.Floats(l.numbers), nil
	}
	v, err := dataset.NewDense(len(first), l.numbers)
	return l, v, err
}

func (l *leafNumbers) fill(b *tree.Batch, from, to int) {
	if l == nil {
		return
	}
	b.Each(from, to, func(row, t int, leaf int32) { l.numbers[row*len(l.first)+t] = float64(leaf - l.first[t]) })
}

// leafFields describes the column of leaves, before it is known how many there are.
func leafFields(name string, forest bool) []dataset.Field {
	switch {
	case name == "":
		return nil
	case forest:
		return []dataset.Field{{Name: name, Type: dataset.Vector}}
	}
	return []dataset.Field{{Name: name, Type: dataset.Float, Attr: dataset.Attr{Scale: dataset.Nominal}}}
}

// withLeaves completes the last of the fields where it is the column of leaves.
func withLeaves(fields []dataset.Field, name string, e *tree.Ensemble) []dataset.Field {
	f := &fields[len(fields)-1]
	if name == "" || f.Name != name {
		return fields
	}
	leaves := make([]dataset.Attr, e.Trees())
	for t := range leaves {
		leaves[t].Scale = dataset.Nominal
		for _, dim := range e.Dims[e.Starts[t]:e.Starts[t+1]] {
			if dim < 0 {
				leaves[t].Levels++
			}
		}
	}
	if f.Type == dataset.Vector {
		f.Size, f.Dims = len(leaves), leaves
	} else {
		f.Attr = leaves[0]
	}
	return fields
}
