package evaluate

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
)

// A group is a value of GroupCol. Without one there is one group, the zero value.
type group struct {
	Value   string
	Missing bool
}

func (s *scoresState) at(g group) *points {
	p, ok := s.Groups[g]
	if !ok {
		p = &points{}
		s.Groups[g] = p
	}
	return p
}

// grouping returns a function that gives the points of a row's group. It looks a
// group up once a chunk where the column is text.
func (s *scoresState) grouping(c dataset.Chunk, name string) (func(row int) *points, error) {
	if name == "" {
		all := s.at(group{})
		return func(int) *points { return all }, nil
	}
	switch col := c.Column(c.Schema().Index(name)).(type) {
	case dataset.Strings:
		known := make([]*points, len(col.Dict)+1) // the last is that of missing text
		return func(row int) *points {
			code := int(col.Codes[row])
			if code < 0 {
				code = len(col.Dict)
			}
			if known[code] == nil {
				known[code] = s.at(group{col.At(row), col.Missing(row)})
			}
			return known[code]
		}, nil
	case dataset.Ints:
		return func(row int) *points {
			if col.Missing(row) {
				return s.at(group{Missing: true})
			}
			return s.at(group{Value: strconv.FormatInt(col.Values[row], 10)})
		}, nil
	default:
		return nil, &dataset.ColumnError{Column: name, Fact: "have no text or integers", Want: "a string, bool or int"}
	}
}

// sorted returns the groups in the order of their values, a missing one first.
func (s *scoresState) sorted() []group {
	return slices.SortedFunc(maps.Keys(s.Groups), func(a, b group) int {
		if a.Missing {
			return -1
		}
		if b.Missing {
			return 1
		}
		return cmp.Compare(a.Value, b.Value)
	})
}
