package feature

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() { pipeline.Register[IndexToString]("feature.IndexToString") }

// IndexToString replaces indices by their labels: the reverse of [StringIndexer].
// The fraction of an index is cut off. An index that is missing, or beyond the
// labels, is an error.
//
// Source: Spark ML 4.1, org.apache.spark.ml.feature.IndexToString.
type IndexToString struct {
	InputCol  string   // numeric column of indices; default "prediction"
	OutputCol string   // text column to add; default InputCol + "_label"
	Labels    []string // by index; default those that the schema has for InputCol
}

func (p IndexToString) defaults() IndexToString {
	p.InputCol = cmp.Or(p.InputCol, "prediction")
	p.OutputCol = cmp.Or(p.OutputCol, p.InputCol+"_label")
	return p
}

// labels finds the labels of an input column.
func (p IndexToString) labels(in dataset.Schema) ([]string, error) {
	f, err := in.Want(p.InputCol, dataset.Float, dataset.Float32, dataset.Int)
	switch {
	case err != nil || len(p.Labels) > 0:
		return p.Labels, err
	case f.Attr.Labels != nil || f.Attr.Scale == dataset.Nominal && f.Attr.Levels == 0:
		return f.Attr.Labels, nil // that of an indexer is Nominal before it is fitted
	}
	return nil, &dataset.ColumnError{Column: p.InputCol, Have: f.Type,
		Fact: "have " + f.Type.String() + " without labels", Want: "labels, in the schema or in Labels"}
}

// Schema adds OutputCol.
func (p IndexToString) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	_, errIn := p.labels(in)
	out, errOut := in.With(dataset.Field{Name: p.OutputCol, Type: dataset.String})
	return out, errors.Join(errIn, errOut)
}

// Transform adds the text column. Its dictionary is the labels.
func (p IndexToString) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	p = p.defaults()
	labels, err := p.labels(c.Schema())
	if err != nil {
		return c, err
	}
	x, err := dataset.Numbers(c, p.InputCol)
	if err != nil {
		return c, err
	}
	out := dataset.Strings{Codes: make([]int32, len(x)), Dict: labels}
	for i, x := range x {
		if !(x > -1 && x < float64(len(labels))) {
			return c, p.fault(x, len(labels)).in(c, i)
		}
		out.Codes[i] = int32(x)
	}
	return c.With(dataset.Field{Name: p.OutputCol, Type: dataset.String}, out)
}

func (p IndexToString) fault(x float64, labels int) *fault {
	if x != x {
		return &fault{column: p.InputCol, reason: "is missing"}
	}
	return &fault{column: p.InputCol, value: strconv.FormatFloat(x, 'g', -1, 64),
		reason: fmt.Sprintf("want the index of one of the %d labels", labels)}
}

// BindRow turns one index into a code.
func (p IndexToString) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	p = p.defaults()
	labels, err := p.labels(c.Schema())
	if err != nil {
		return c, nil, err
	}
	in := number(c.Column(c.Schema().Index(p.InputCol)))
	code := []int32{-1}
	out, err := c.With(dataset.Field{Name: p.OutputCol, Type: dataset.String}, dataset.Strings{Codes: code, Dict: labels})
	return out, func() error {
		x := in()
		if !(x > -1 && x < float64(len(labels))) {
			return p.fault(x, len(labels))
		}
		code[0] = int32(x)
		return nil
	}, err
}
