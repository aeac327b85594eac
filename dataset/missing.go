package dataset

import (
	"maps"
	"slices"
)

// DropMissing returns the rows of ds in which none of the columns is missing, by
// default none of all. Each other row is a [Reject] that names the first column to
// blame, in the order given. It fails where a column is not there.
func DropMissing(ds Dataset, cols ...string) (Dataset, error) {
	if len(cols) == 0 {
		cols = ds.Schema().Names()
	}
	if _, err := ds.Schema().Select(cols...); err != nil {
		return nil, err
	}
	return Map(ds, ds.Schema(), func(c Chunk) (Chunk, error) {
		blame := map[int]string{}
		for _, name := range cols {
			if err := blameMissing(blame, c, name); err != nil {
				return c, err
			}
		}
		rejects := make([]Reject, 0, len(blame))
		for _, i := range slices.Sorted(maps.Keys(blame)) {
			rejects = append(rejects, Reject{Row: int64(i), Stage: "dataset.DropMissing", Column: blame[i], Reason: "missing, want a value"})
		}
		return c.Drop(rejects), nil
	}), nil
}

// blameMissing puts name on the rows whose value is missing, unless another
// column is to blame already.
func blameMissing(blame map[int]string, c Chunk, name string) error {
	col, err := Get[Column](c, name)
	if err != nil {
		return err
	}
	mark := func(i int) {
		if _, ok := blame[i]; !ok {
			blame[i] = name
		}
	}
	switch col := col.(type) {
	case Floats:
		for i, x := range col {
			if x != x {
				mark(i)
			}
		}
	case Ints:
		for i := range col.Values {
			if col.Absent == nil {
				break
			}
			if col.Absent.Has(i) {
				mark(i)
			}
		}
	case Strings:
		for i, code := range col.Codes {
			if code < 0 {
				mark(i)
			}
		}
	}
	return nil
}
