package summary

import (
	"fmt"
	"iter"
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// Moments is the mean and the variance of each dimension of a vector column, from
// one pass. Only the values that are not 0 are added one by one; the zeros enter at
// the end, by their number. With w the weight of a row, here always 1, a value x of
// dimension j changes the state as
//
//	d     = x - Mean_j
//	Mean_j = Mean_j + w d / (Weight_j + w)
//	M2_j   = M2_j + w (x - Mean_j) d        with the new mean
//	Weight_j = Weight_j + w
//
// Two states a, b with means m and weights W join by the pairwise rule
//
//	d  = m_b - m_a
//	m  = m_a + d W_b / (W_a + W_b)
//	M2 = M2_a + M2_b + d² W_a W_b / (W_a + W_b)
//
// and with W the weight of all rows and V the sum of the squares of their weights
//
//	mean     = m Weight / W
//	variance = max(0, (M2 + m² Weight (W - Weight) / W) / (W - V/W))
//
// A NaN or an infinity makes the variance of its dimension NaN, a NaN the mean too.
//
// The steps and their order are those of Spark ML's SummarizerBuffer, so that the
// bits are Spark's where all rows are in one part. Sources: Welford, Technometrics
// 4 (1962) 419; Chan, Golub, LeVeque, COMPSTAT 1982, equation 2.1.
type Moments struct {
	Rows   int64     // W and V
	Weight []float64 // of the values that are not 0
	Mean   []float64 // of the values that are not 0
	M2     []float64 // sum of the squared distances of those from Mean
}

// grow makes room for dim dimensions in an empty state.
func (m *Moments) grow(dim int) error {
	if m.Mean == nil {
		all := make([]float64, 3*dim)
		m.Weight, m.Mean, m.M2 = all[:dim:dim], all[dim:2*dim:2*dim], all[2*dim:]
	}
	if len(m.Mean) != dim {
		return fmt.Errorf("have vectors of size %d, want %d as before", dim, len(m.Mean))
	}
	return nil
}

// put adds one value that is not 0.
func (m *Moments) put(j int, x float64) {
	w := m.Weight[j] + 1
	d := x - m.Mean[j]
	mean := m.Mean[j] + d/w
	m.Weight[j], m.Mean[j] = w, mean
	m.M2[j] += float64((x - mean) * d)
}

// Add adds the vectors of the rows in sel, or all where sel is nil.
func (m *Moments) Add(v *dataset.Vectors, sel []int32) error {
	if v.Len() == 0 {
		return nil
	}
	if err := m.grow(v.Dim()); err != nil {
		return err
	}
	if sel != nil {
		m.Rows += int64(len(sel))
	} else {
		m.Rows += int64(v.Len())
	}
	var (
		scalars []scalar
		j       int
	)
	for _, b := range v.Blocks() {
		switch b := b.(type) {
		case *dataset.Scalar:
			scalars = append(scalars, scalar{j, b})
		case *dataset.OneHot:
			if len(b.Lines) > 0 {
				m.addRows(j, b, sel)
			} else {
				m.addOneHot(j, b, sel)
			}
		case *dataset.Sparse:
			if len(b.Lines) > 0 {
				m.addRows(j, b, sel)
			} else {
				m.addSparse(j, b, sel)
			}
		default:
			m.addRows(j, b, sel)
		}
		j += b.Size()
	}
	m.addScalars(scalars, v.Len(), sel)
	return nil
}

// addRows adds a block row by row.
func (m *Moments) addRows(j int, b dataset.Block, sel []int32) {
	v, err := dataset.NewVectors(b)
	if err != nil { // b is a block of a column that was made so
		panic("summary: " + err.Error())
	}
	row := make([]float64, v.Dim())
	for i := range selected(b.Rows(), sel) {
		v.Row(i, row)
		for at, x := range row {
			if x != 0 {
				m.put(j+at, x)
			}
		}
	}
}

func (m *Moments) addSparse(j int, b *dataset.Sparse, sel []int32) {
	for i := range selected(b.Rows(), sel) {
		for e := b.Starts[i]; e < b.Starts[i+1]; e++ {
			if x := b.Values[e]; x != 0 {
				m.put(j+int(b.Index[e]), x)
			}
		}
	}
}

// selected gives the rows in sel, or 0 to n-1 where sel is nil.
func selected(n int, sel []int32) iter.Seq[int] {
	return func(yield func(int) bool) {
		if sel == nil {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		}
		for _, i := range sel {
			if !yield(int(i)) {
				return
			}
		}
	}
}

// addOneHot adds ones. A dimension that has held nothing but ones has a mean of
// exactly 1 and no deviation, and only its count changes.
func (m *Moments) addOneHot(j int, b *dataset.OneHot, sel []int32) {
	ones := make([]int32, b.Width+1) // by code+1; 0 counts the rows without a 1
	for i := range selected(len(b.Codes), sel) {
		ones[b.Codes[i]+1]++
	}
	for at, n := range ones[1:] {
		at += j
		switch {
		case n == 0:
		case m.Weight[at] == 0 || m.Mean[at] == 1 && m.M2[at] == 0:
			m.Weight[at] += float64(n)
			m.Mean[at] = 1
		default:
			for range n {
				m.put(at, 1)
			}
		}
	}
}

// Merge adds the state of other, the rows after those of m.
func (m *Moments) Merge(other *Moments) (*Moments, error) {
	switch {
	case other.Rows == 0:
		return m, nil
	case m.Rows == 0:
		return other, nil
	case len(m.Mean) != len(other.Mean):
		return m, fmt.Errorf("have vectors of size %d, want %d as before", len(other.Mean), len(m.Mean))
	}
	m.Rows += other.Rows
	for j, wb := range other.Weight {
		wa := m.Weight[j]
		w := wa + wb
		if w == 0 {
			continue
		}
		d := other.Mean[j] - m.Mean[j]
		m.Mean[j] += d * wb / w
		m.M2[j] += other.M2[j] + d*d*wa*wb/w
		m.Weight[j] = w
	}
	return m, nil
}

// Means returns the mean of each dimension, NaN where there are no rows.
func (m *Moments) Means() []float64 {
	w := float64(m.Rows)
	out := make([]float64, len(m.Mean))
	for j, mean := range m.Mean {
		out[j] = mean * (m.Weight[j] / w)
	}
	return out
}

// Variances returns the unbiased variance of each dimension, 0 where there are
// fewer than two rows.
func (m *Moments) Variances() []float64 {
	w := float64(m.Rows)
	out := make([]float64, len(m.Mean))
	free := w - w/w
	if !(free > 0) {
		return out
	}
	for j, mean := range m.Mean {
		zeros := mean * mean * m.Weight[j] * (w - m.Weight[j]) / w
		out[j] = max((m.M2[j]+zeros)/free, 0)
	}
	return out
}

// Deviations returns the square roots of Variances.
func (m *Moments) Deviations() []float64 {
	out := m.Variances()
	for j, v := range out {
		out[j] = math.Sqrt(v)
	}
	return out
}
