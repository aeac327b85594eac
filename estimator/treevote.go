package estimator

import (
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
func (m *voting) bind(c dataset.Chunk, col string, fields []dataset.Field) (dataset.Chunk, scoring, error) {
	v, err := vectors(c, col, m.dim)
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
	margins func(from, to int, raw, probability []float64), thresholds []float64) (dataset.Chunk, scoring, error) {
	out, columns, err := addClasses(c, fields, k)
	if err != nil {
		return c, nil, err
	}
	out, leaves, err := addLeaves(out, fields[3:], first)
	if err != nil {
		return c, nil, err
	}
	return out, func(from, to int) {
		margins(from, to, columns.raw[from*k:to*k], columns.probability[from*k:to*k])
		columns.decide(from, to, thresholds)
		leaves.fill(batch, from, to)
	}, nil
}

// leafNumbers is a column of the leaf that each tree leads to.
type leafNumbers struct {
	numbers []float64
	first   []int32
}

// addLeaves adds the column where fields has it.
func addLeaves(c dataset.Chunk, fields []dataset.Field, first []int32) (dataset.Chunk, *leafNumbers, error) {
	if len(fields) == 0 {
		return c, nil, nil
	}
	l := &leafNumbers{make([]float64, c.Rows()*len(first)), first}
	var col dataset.Column = dataset.Floats(l.numbers)
	if fields[0].Type == dataset.Vector {
		v, err := dataset.NewDense(len(first), l.numbers)
		if err != nil {
			return c, nil, err
		}
		col = v
	}
	c, err := c.With(fields[0], col)
	return c, l, err
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
