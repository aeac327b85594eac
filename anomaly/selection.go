package anomaly

import (
	"context"
	"fmt"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/rng"
)

// A selection picks the rows that a detector learns from, and those held out to set
// its threshold: the rows whose label is 0, a share of them held out by a hash of the
// row's number in the whole dataset, whatever its parts and chunks.
type selection struct {
	Input, Label string
	Seed         uint64
	Share        float64 // of the rows that are held out; 0 = none
	Before       []int64 // rows of the source before each part, where Share is not 0
}

func newSelection(ctx context.Context, p PCAAnomaly, ds dataset.Dataset) (selection, error) {
	s := selection{Input: p.InputCol, Label: p.LabelCol}
	if p.FalseAlarmRate == 0 {
		return s, nil
	}
	s.Seed, s.Share = p.Seed, p.CalibrationShare
	counts, err := dataset.PartRows(ctx, ds)
	if err != nil {
		return s, err
	}
	var before int64
	for _, n := range counts {
		s.Before = append(s.Before, before)
		before += n
	}
	return s, nil
}

// named says which rows are meant, for messages.
func (s selection) named() string {
	if s.Label == "" {
		return ""
	}
	return fmt.Sprintf(" whose %q is 0", s.Label)
}

// pick returns the vectors of c, and which rows to learn from and which to hold out.
// A nil learn means all rows.
func (s selection) pick(c dataset.Chunk) (v *dataset.Vectors, learn, held []int32, err error) {
	v, err = dataset.Get[*dataset.Vectors](c, s.Input)
	if err != nil || s.Label == "" && s.Share == 0 {
		return v, nil, nil, err
	}
	var labels dataset.Floats
	if s.Label != "" {
		if labels, err = dataset.Numbers(c, s.Label); err != nil {
			return v, nil, nil, err
		}
	}
	origin := c.Origin()
	if s.Share > 0 && (origin.Part < 0 || origin.Part >= len(s.Before)) {
		return v, nil, nil, fmt.Errorf("have a chunk of part %d, want one of the %d parts", origin.Part, len(s.Before))
	}
	learn = make([]int32, 0, c.Rows())
	for i := range c.Rows() {
		switch {
		case labels != nil && labels[i] != 0:
		case s.Share > 0 && uniform(s.Seed, s.Before[origin.Part]+origin.Row(i)) < s.Share:
			held = append(held, int32(i))
		default:
			learn = append(learn, int32(i))
		}
	}
	return v, learn, held, nil
}

// uniform returns a number in [0, 1) for a row. It starts from the mixed seed, so that it
// is independent of a split of the rows by the same seed.
func uniform(seed uint64, row int64) float64 { return rng.Uniform(rng.At(seed, 0), uint64(row)) }
