package evaluate

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/internal/check"
)

// A BinaryReport says how the scores of a dataset separate two classes. Counts are
// sums of weights.
type BinaryReport struct {
	Positive, Negative float64       // rows of label 1, of label 0
	Groups             []BinaryGroup // in the order of their values, missing first; nil without GroupCol

	points []point // distinct scores, from high to low
}

// A BinaryGroup is the part of a report on the rows with one value of GroupCol.
type BinaryGroup struct {
	Value              string  // "1" and "0" of a bool column
	Missing            bool    // the rows have no value
	Positive, Negative float64 // rows of label 1, of label 0
	AreaUnderROC       float64 // of its positive rows among the negative rows of all groups; NaN without positive rows

	points []point
}

// report joins the groups. It fails unless both classes have weight.
func (p Binary) report(s *scoresState) (*BinaryReport, error) {
	r := &BinaryReport{}
	all := &points{}
	for _, g := range s.sorted() {
		of := s.Groups[g]
		of.settle()
		all.Pending = append(all.Pending, of.Sorted...)
		group := BinaryGroup{Value: g.Value, Missing: g.Missing, points: of.Sorted}
		group.Positive, group.Negative = totals(of.Sorted)
		r.Groups = append(r.Groups, group)
	}
	all.settle()
	r.points = binned(all.Sorted, p.NumBins)
	r.Positive, r.Negative = totals(r.points)
	switch {
	case len(r.points) == 0:
		return nil, errors.New("have no rows, want rows of both classes")
	case r.Positive == 0 || r.Negative == 0:
		return nil, fmt.Errorf("have one class only: column %q has weight %v at 1 and %v at 0, want both above 0", p.LabelCol, r.Positive, r.Negative)
	}
	if p.GroupCol == "" {
		r.Groups = nil
	}
	for k := range r.Groups {
		g := &r.Groups[k]
		g.AreaUnderROC = area(g.points, r.points) / g.Positive / r.Negative
	}
	return r, nil
}

func totals(sorted []point) (positive, negative float64) {
	var all point
	for _, at := range sorted {
		all.plus(at)
	}
	return all.Positive, all.Negative
}

// area sums the weights of all pairs of a positive row of one list and a negative row
// of the other that has a lower score; where the scores are equal, half.
func area(positives, negatives []point) float64 {
	sum, above, k := 0., 0., 0
	_, all := totals(negatives)
	for _, at := range positives {
		for ; k < len(negatives) && negatives[k].Score > at.Score; k++ {
			above += negatives[k].Negative
		}
		below := all - above
		if k < len(negatives) && negatives[k].Score == at.Score {
			below -= negatives[k].Negative / 2
		}
		sum += float64(at.Positive * below)
	}
	return sum
}

// AreaUnderROC is the chance that a positive row has a higher score than a negative
// one, where equal scores count one half: U / (n1 n0) of Mann and Whitney (1947). It
// is the area below the lines between the points of [BinaryReport.ROC].
func (r *BinaryReport) AreaUnderROC() float64 {
	return area(r.points, r.points) / r.Positive / r.Negative
}

// AreaUnderPR is Spark's areaUnderPR: the area below the lines between the points of
// [BinaryReport.PR], the first of which is drawn back to recall 0. Straight lines are
// too kind between points far apart (Davis and Goadrich 2006, section 3).
func (r *BinaryReport) AreaUnderPR() float64 {
	curve := r.PR()
	sum := curve[0].Recall * curve[0].Precision
	for k, to := range curve[1:] {
		from := curve[k]
		sum += float64((to.Recall - from.Recall) * (to.Precision + from.Precision) / 2)
	}
	return sum
}

// AveragePrecision is the mean of the precision over the positive rows, each taken at
// its own score: the sum of (recall - recall before) * precision over the points of
// [BinaryReport.PR]. It is the step rule of scikit-learn's average_precision_score.
func (r *BinaryReport) AveragePrecision() float64 {
	sum, before := 0., 0.
	for _, at := range r.PR() {
		sum += float64((at.Recall - before) * at.Precision)
		before = at.Recall
	}
	return sum
}

// A ROCPoint is what comes of calling rows positive from a score on.
type ROCPoint struct {
	Threshold         float64 // lowest score that is called positive
	FalsePositiveRate float64 // share of the negative rows called positive
	TruePositiveRate  float64 // share of the positive rows called positive
}

// ROC returns a point for each distinct score, from high to low, behind the point 0, 0
// at +Inf. The last point is 1, 1.
func (r *BinaryReport) ROC() []ROCPoint {
	out := []ROCPoint{{Threshold: math.Inf(1)}}
	for at, c := range r.thresholds() {
		out = append(out, ROCPoint{at, c.FalsePositiveRate(), c.TruePositiveRate()})
	}
	return out
}

// A PRPoint is what comes of calling rows positive from a score on.
type PRPoint struct {
	Threshold float64 // lowest score that is called positive
	Recall    float64 // share of the positive rows called positive
	Precision float64 // share of the rows called positive that are
}

// PR returns a point for each distinct score, from high to low.
func (r *BinaryReport) PR() []PRPoint {
	var out []PRPoint
	for at, c := range r.thresholds() {
		out = append(out, PRPoint{at, c.TruePositiveRate(), c.Precision()})
	}
	return out
}

// thresholds gives the counts of calling positive each score and all above it.
func (r *BinaryReport) thresholds() iter.Seq2[float64, Confusion] {
	return func(yield func(float64, Confusion) bool) {
		var called point
		for _, at := range r.points {
			called.plus(at)
			if !yield(at.Score, called.of(r.Positive, r.Negative)) {
				return
			}
		}
	}
}

// At counts what comes of calling positive the rows with a score above the threshold.
func (r *BinaryReport) At(threshold float64) Confusion {
	return confusion(r.points, threshold, r.Positive, r.Negative)
}

// At counts what comes of calling positive the group's rows with a score above the
// threshold.
func (g *BinaryGroup) At(threshold float64) Confusion {
	return confusion(g.points, threshold, g.Positive, g.Negative)
}

func confusion(sorted []point, threshold, positive, negative float64) Confusion {
	var called point
	for _, at := range sorted {
		if at.Score <= threshold {
			break
		}
		called.plus(at)
	}
	return called.of(positive, negative)
}

// of says what comes of calling these rows positive, of so many.
func (p point) of(positive, negative float64) Confusion {
	return Confusion{TruePositive: p.Positive, FalsePositive: p.Negative,
		TrueNegative: negative - p.Negative, FalseNegative: positive - p.Positive}
}

// Threshold returns the threshold at which [BinaryReport.At] calls at most the given
// share of the negative rows positive: the quantile 1 - rate of their scores, by linear
// interpolation between the neighbours of position (n-1)(1-rate) as numpy does it. The
// rate must be above 0 and below 1.
func (r *BinaryReport) Threshold(falsePositiveRate float64) (float64, error) {
	if err := check.Share("falsePositiveRate", falsePositiveRate); err != nil {
		return 0, err
	}
	position := max(0, (r.Negative-1)*(1-falsePositiveRate))
	whole := math.Floor(position)
	low, high := r.negative(whole), r.negative(min(whole+1, r.Negative-1))
	if low == high { // also where both are infinite
		return low, nil
	}
	return low + (position-whole)*(high-low), nil
}

// negative returns the score at a position among the negative rows, from low to high.
func (r *BinaryReport) negative(position float64) float64 {
	below := 0.
	for _, at := range slices.Backward(r.points) {
		if below += at.Negative; below > position {
			return at.Score
		}
	}
	return r.points[0].Score
}
