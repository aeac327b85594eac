package evaluate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// A MulticlassReport says which classes are taken for which. Counts are sums of weights.
type MulticlassReport struct {
	Classes   []Class     // labels that rows have, rising
	Labels    []float64   // labels and predictions, rising: rows and columns of Confusion
	Confusion [][]float64 // rows of a label, by prediction
	Rows      float64     // of all
	LogLoss   float64     // mean of -log of the chance that the true class was given; NaN where there are none
}

// A Class says how well one class is told from all others.
type Class struct {
	Label float64
	Confusion
}

// Precision is TP / (TP + FP), and 0 where no row is predicted to be of the class.
func (c Class) Precision() float64 { return ratio(c.TruePositive, c.TruePositive+c.FalsePositive) }

// Recall is TP / (TP + FN).
func (c Class) Recall() float64 { return c.TruePositiveRate() }

// FMeasure is the harmonic mean of precision and recall, which counts beta² as much:
// (1 + beta²) PR / (beta² P + R), and 0 where both are 0.
func (c Class) FMeasure(beta float64) float64 {
	p, r := c.Precision(), c.Recall()
	return ratio((1+beta*beta)*p*r, beta*beta*p+r)
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func (c Class) metric(m MulticlassMetric, beta float64) float64 {
	switch m {
	case WeightedPrecision, PrecisionByLabel:
		return c.Precision()
	case WeightedRecall, WeightedTruePositiveRate, RecallByLabel, TruePositiveRateByLabel:
		return c.Recall()
	case WeightedFalsePositiveRate, FalsePositiveRateByLabel:
		return ratio(c.FalsePositive, c.FalsePositive+c.TrueNegative)
	case WeightedFMeasure, FMeasureByLabel:
		return c.FMeasure(beta)
	}
	return c.FMeasure(1)
}

func (s *pairsState) report(p Multiclass) (*MulticlassReport, error) {
	seen := map[float64]bool{}
	for at := range s.Weights {
		seen[at.Label], seen[at.Prediction] = true, true
	}
	r := &MulticlassReport{Labels: slices.Sorted(maps.Keys(seen)), LogLoss: math.NaN()}
	for _, label := range r.Labels {
		row := make([]float64, len(r.Labels))
		for k, prediction := range r.Labels {
			row[k] = s.Weights[pair{label, prediction}]
			r.Rows += row[k]
		}
		r.Confusion = append(r.Confusion, row)
	}
	if r.Rows == 0 {
		return nil, fmt.Errorf("column %q: have no rows of a weight above 0, want some", p.LabelCol)
	}
	for k, label := range r.Labels {
		c := Class{Label: label}
		for l, row := range r.Confusion {
			switch {
			case l == k:
				c.TruePositive = row[k]
			default:
				c.FalsePositive += row[k]
				c.FalseNegative += r.Confusion[k][l]
			}
		}
		c.TrueNegative = r.Rows - c.TruePositive - c.FalsePositive - c.FalseNegative
		if c.TruePositive+c.FalseNegative > 0 {
			r.Classes = append(r.Classes, c)
		}
	}
	if p.ProbabilityCol != "" {
		r.LogLoss = s.Loss / r.Rows
	}
	return r, nil
}

// Class returns the class of a label, if rows have it.
func (r *MulticlassReport) Class(label float64) (c Class, ok bool) {
	k := slices.IndexFunc(r.Classes, func(c Class) bool { return c.Label == label })
	if k < 0 {
		return Class{}, false
	}
	return r.Classes[k], true
}

// Accuracy is the share of the rows that are predicted right.
func (r *MulticlassReport) Accuracy() float64 {
	right := 0.
	for k, row := range r.Confusion {
		right += row[k]
	}
	return right / r.Rows
}

// weighted is the mean of a figure of the classes by their rows.
func (r *MulticlassReport) weighted(figure func(Class) float64) float64 {
	sum := 0.
	for _, c := range r.Classes {
		sum += float64(figure(c) * (c.TruePositive + c.FalseNegative))
	}
	return sum / r.Rows
}

// F1 is the mean of the classes' F-measures, by their rows.
func (r *MulticlassReport) F1() float64 {
	return r.weighted(func(c Class) float64 { return c.FMeasure(1) })
}

// Matthews is the correlation of labels and predictions as indicators of classes, from -1
// to 1, and 0 where all labels or all predictions are one: R_K of Gorodkin, Computational
// Biology and Chemistry 28 (2004) 367, equation 8.
func (r *MulticlassReport) Matthews() float64 {
	right, product, labels, predictions := 0., 0., 0., 0.
	for k, row := range r.Confusion {
		of, as := 0., 0.
		for l := range row {
			of += row[l]
			as += r.Confusion[l][k]
		}
		right += row[k]
		product += of * as
		labels += of * of
		predictions += as * as
	}
	all := r.Rows * r.Rows
	return ratio(right*r.Rows-product, math.Sqrt((all-labels)*(all-predictions)))
}

// String returns a table of the classes.
func (r *MulticlassReport) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "label\trows\tprecision\trecall\tF1\t")
	for _, c := range r.Classes {
		fmt.Fprintf(w, "%v\t%v\t%.4f\t%.4f\t%.4f\t\n", c.Label, c.TruePositive+c.FalseNegative, c.Precision(), c.Recall(), c.FMeasure(1))
	}
	fmt.Fprintf(w, "all\t%v\t%.4f\t%.4f\t%.4f\t\n", r.Rows, r.weighted(Class.Precision), r.weighted(Class.Recall), r.F1())
	w.Flush() // to a strings.Builder, which does not fail
	return b.String()
}
