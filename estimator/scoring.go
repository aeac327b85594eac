package estimator

import (
	"errors"

	"github.com/millrace-ml/millrace/dataset"
)

// A scoring fills the columns that a model has added, for the rows from to to-1.
type scoring func(from, to int)

// whole scores all rows of a chunk. It takes what a bind returns: the chunk with the
// columns added, and what fills them.
func whole(c dataset.Chunk, score scoring, err error) (dataset.Chunk, error) {
	if err == nil {
		score(0, c.Rows())
	}
	return c, err
}

// byRow makes the row form of a model.
func byRow(c dataset.Chunk, score scoring, err error) (dataset.Chunk, func() error, error) {
	if err != nil {
		return c, nil, err
	}
	return c, func() error { score(0, 1); return nil }, nil
}

// classColumns are the columns that a classifier adds, before they are filled.
type classColumns struct {
	classes          int
	raw, probability []float64 // row by row, a number for each class
	prediction       dataset.Floats
}

// addClasses adds the columns of a classifier to a chunk: the first three fields.
func addClasses(c dataset.Chunk, fields []dataset.Field, classes int) (dataset.Chunk, *classColumns, error) {
	n := c.Rows()
	out := &classColumns{classes, make([]float64, n*classes), make([]float64, n*classes), make(dataset.Floats, n)}
	raw, errRaw := dataset.NewDense(classes, out.raw)
	probability, errProbability := dataset.NewDense(classes, out.probability)
	err := errors.Join(errRaw, errProbability)
	for i, col := range []dataset.Column{raw, probability, out.prediction} {
		if err == nil {
			c, err = c.With(fields[i], col)
		}
	}
	return c, out, err
}

// decide sets the predictions of the rows from to to-1.
func (o *classColumns) decide(from, to int, thresholds []float64) {
	k := o.classes
	for i := from; i < to; i++ {
		o.prediction[i] = decide(o.raw[i*k:(i+1)*k], o.probability[i*k:(i+1)*k], thresholds)
	}
}
