package anomaly

import "github.com/millrace-ml/millrace/dataset"

// An Explanation says how much each column of the table has to do with the scores of
// some rows.
type Explanation struct {
	Columns []string    // columns of the table, in the order of their first dimension
	Shares  [][]float64 // for each row, the part of its score that belongs to each column
}

// Explain takes the scores of c apart. The residual of a row is the vector
// r = d - V V'd, and its score is the sum of r_j² over the dimensions j. The share
// of a column is that sum over its dimensions: over all of them where it was encoded
// one-hot. It is never negative, and the shares of a row add up to its score, up to
// rounding. A row whose score is NaN has shares of NaN; where it is +Inf, those that
// are not +Inf may be NaN.
//
// Columns are told apart by the Source of the dimensions in the schema that the model
// was fitted on.
func (m *PCAAnomalyModel) Explain(c dataset.Chunk) (Explanation, error) {
	v, err := m.input(c)
	if err != nil {
		return Explanation{}, err
	}
	var e Explanation
	place, at := map[string]int{}, make([]int, len(m.Sources))
	for j, name := range m.Sources {
		if _, ok := place[name]; !ok {
			place[name] = len(e.Columns)
			e.Columns = append(e.Columns, name)
		}
		at[j] = place[name]
	}
	p := m.distance.plan(v)
	n := len(e.Columns)
	all := make([]float64, n*v.Len())
	for i := range v.Len() {
		shares := all[i*n : (i+1)*n : (i+1)*n]
		p.score(i)
		p.residuals(i)
		for j, r := range p.row {
			shares[at[j]] += float64(r * r)
		}
		e.Shares = append(e.Shares, shares)
	}
	return e, nil
}

// Largest returns the column with the largest share in the score of a row, and that
// share; the first of these where several are equal.
func (e Explanation) Largest(row int) (column string, share float64) {
	most := 0
	for k, s := range e.Shares[row] {
		if s > e.Shares[row][most] {
			most = k
		}
	}
	return e.Columns[most], e.Shares[row][most]
}
