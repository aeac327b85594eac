package evaluate

// Confusion counts rows of two classes by what they are and what they are called.
// Counts are sums of weights.
type Confusion struct {
	TruePositive, FalsePositive float64 // called positive
	TrueNegative, FalseNegative float64 // called negative
}

// TruePositiveRate is TP / (TP + FN), also known as recall and detection; NaN without
// positive rows.
func (c Confusion) TruePositiveRate() float64 {
	return c.TruePositive / (c.TruePositive + c.FalseNegative)
}

// FalsePositiveRate is FP / (FP + TN), also known as the false-alarm rate; NaN without
// negative rows.
func (c Confusion) FalsePositiveRate() float64 {
	return c.FalsePositive / (c.FalsePositive + c.TrueNegative)
}

// Precision is TP / (TP + FP), and 1 where no row is called positive.
func (c Confusion) Precision() float64 {
	if c.TruePositive+c.FalsePositive == 0 {
		return 1
	}
	return c.TruePositive / (c.TruePositive + c.FalsePositive)
}

// Accuracy is (TP + TN) / (TP + TN + FP + FN).
func (c Confusion) Accuracy() float64 {
	right := c.TruePositive + c.TrueNegative
	return right / (right + c.FalsePositive + c.FalseNegative)
}

// F1 is 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; NaN without
// positive rows and calls.
func (c Confusion) F1() float64 {
	return 2 * c.TruePositive / (2*c.TruePositive + c.FalsePositive + c.FalseNegative)
}
