package dataset

import (
	"cmp"
	"context"
	"slices"
)

// A Tally accounts for the records of a dataset:
//
//	records of the source = Rows + Filtered + Rejected
//
// It is a sum over chunks, and so may be the state of a fold.
type Tally struct {
	Rows     int64         // rows that are there
	Filtered int64         // rows that a Filter or a Split left out
	Rejected int64         // rows that were dropped with a reason
	Reasons  []ReasonCount // of those, by stage, column and reason; sorted
}

// A ReasonCount is how many rows were rejected by a stage for a reason.
type ReasonCount struct {
	Stage  string // "" = the source
	Column string // "" = the row as a whole
	Reason string
	Rows   int64
}

func (a ReasonCount) compare(b ReasonCount) int {
	return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
}

// Add counts a chunk.
func (t *Tally) Add(c Chunk) {
	t.Rows += int64(c.rows)
	t.Filtered += c.skipped
	t.Rejected += int64(len(c.dropped))
	for _, r := range c.dropped {
		t.count(ReasonCount{r.Stage, r.Column, r.Reason, 1})
	}
}

// Merge adds the counts of another Tally.
func (t *Tally) Merge(other *Tally) {
	t.Rows += other.Rows
	t.Filtered += other.Filtered
	t.Rejected += other.Rejected
	for _, r := range other.Reasons {
		t.count(r)
	}
}

func (t *Tally) count(r ReasonCount) {
	i, found := slices.BinarySearchFunc(t.Reasons, r, ReasonCount.compare)
	if found {
		t.Reasons[i].Rows += r.Rows
		return
	}
	t.Reasons = slices.Insert(t.Reasons, i, r)
}

// Count reads ds and accounts for its records.
func Count(ctx context.Context, ds Dataset) (*Tally, error) {
	t := new(Tally)
	for c, err := range Chunks(ctx, ds) {
		if err != nil {
			return nil, err
		}
		t.Add(c)
	}
	return t, nil
}
