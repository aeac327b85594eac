package feature

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
	"github.com/millrace-ml/millrace/internal/check"
	"github.com/millrace-ml/millrace/internal/summary"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	pipeline.Register[StringIndexer]("feature.StringIndexer")
	pipeline.Register[*StringIndexerModel]("feature.StringIndexerModel", pipeline.Ready((*StringIndexerModel).ready))
}

// Order says which text gets the index 0, 1, ... Texts are compared byte by byte.
type Order uint8

const (
	FrequencyDesc Order = iota // the most frequent first; equally frequent ones by text, ascending
	FrequencyAsc               // the least frequent first; equally frequent ones by text, ascending
	AlphabetDesc               // by text, descending
	AlphabetAsc                // by text, ascending
)

var orderNames = []string{"frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"}

// String returns Spark's name.
func (o Order) String() string { return check.Name(orderNames, o) }

// MarshalText gives Spark's name, as saved models hold it.
func (o Order) MarshalText() ([]byte, error) { return check.MarshalName(orderNames, o) }

// UnmarshalText reads what MarshalText gives.
func (o *Order) UnmarshalText(text []byte) (err error) {
	*o, err = check.ParseName[Order](orderNames, text)
	return err
}

// Unknown is the label that stands for missing and unseen texts with Keep.
const Unknown = "__unknown"

// StringIndexer learns the texts of columns and replaces each by its index in an
// order, a number 0, 1, ..., n-1. Numbers count as the text that Spark SQL casts
// them to, such as 1.0 or 1.0E-5; NaN is missing. Missing values are not learned.
//
// A value that is missing or was not seen while fitting is invalid. Error fails,
// Skip takes the row out, and Keep gives it the index n. An invalid value in any of
// the columns decides.
//
// Fitting is one pass, which holds every distinct text.
//
// Source: Spark ML 4.1, org.apache.spark.ml.feature.StringIndexer.
type StringIndexer struct {
	InputCols     []string // columns of text, float or int; at least one
	OutputCols    []string // index columns to add, one for each input; default InputCols with "_index"
	Order         Order    // default FrequencyDesc
	HandleInvalid Handling // default Error; Skip or Keep
}

func (p StringIndexer) defaults() StringIndexer {
	p.InputCols, p.OutputCols = slices.Clone(p.InputCols), slices.Clone(p.OutputCols)
	if len(p.OutputCols) == 0 {
		p.OutputCols = renamed(p.InputCols, "_index")
	}
	return p
}

func (p StringIndexer) check() error {
	return errors.Join(
		check.Pairs("InputCols", p.InputCols, "OutputCols", p.OutputCols),
		check.OneOf("Order", p.Order, FrequencyDesc, FrequencyAsc, AlphabetDesc, AlphabetAsc),
		check.OneOf("HandleInvalid", p.HandleInvalid, Error, Skip, Keep))
}

// Schema adds OutputCols, nominal columns. Their labels are known after fitting.
func (p StringIndexer) Schema(in dataset.Schema) (dataset.Schema, error) {
	p = p.defaults()
	if err := p.check(); err != nil {
		return dataset.Schema{}, err
	}
	return p.with(in, make([]dataset.Attr, len(p.InputCols)))
}

// with adds the output columns, of which attrs says what is known.
func (p StringIndexer) with(in dataset.Schema, attrs []dataset.Attr) (dataset.Schema, error) {
	var errs []error
	fields := make([]dataset.Field, len(p.InputCols))
	for k, name := range p.InputCols {
		_, err := in.Want(name, dataset.String, dataset.Float, dataset.Float32, dataset.Int)
		errs = append(errs, err)
		fields[k] = indexField(p.OutputCols[k], name, attrs[k])
	}
	out, err := in.With(fields...)
	return out, errors.Join(append(errs, err)...)
}

func indexField(name, source string, attr dataset.Attr) dataset.Field {
	attr.Scale, attr.Source = dataset.Nominal, source
	return dataset.Field{Name: name, Type: dataset.Float, Attr: attr}
}

// Fit returns a *StringIndexerModel. A column without any value has no labels.
func (p StringIndexer) Fit(ctx context.Context, ds dataset.Dataset) (pipeline.Transformer, error) {
	p = p.defaults()
	if err := p.check(); err != nil {
		return nil, err
	}
	counts, err := fold.Run(ctx, ds, textCounts{p.InputCols})
	if err != nil {
		return nil, err
	}
	m := &StringIndexerModel{Params: p, Labels: make([][]string, len(counts))}
	for k, c := range counts {
		m.Labels[k] = p.Order.sorted(c)
	}
	if err := m.ready(); err != nil {
		return nil, err
	}
	return m, nil
}

// sorted lists the texts by their index.
func (o Order) sorted(counts summary.Counts) []string {
	labels := make([]string, 0, len(counts))
	for text := range counts {
		labels = append(labels, text)
	}
	slices.SortFunc(labels, func(a, b string) int {
		switch o {
		case FrequencyAsc:
			return cmp.Or(cmp.Compare(counts[a], counts[b]), strings.Compare(a, b))
		case AlphabetDesc:
			return strings.Compare(b, a)
		case AlphabetAsc:
			return strings.Compare(a, b)
		}
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	return labels
}

// A StringIndexerModel is a fitted StringIndexer.
type StringIndexerModel struct {
	Params StringIndexer // as resolved by Fit
	Labels [][]string    // of each column, by index

	index  []map[string]int32 // of each column: text to index
	fields []dataset.Field    // of the columns that Transform adds
}

// ready derives index and fields. It fails on a model that Fit cannot have made.
func (m *StringIndexerModel) ready() error {
	p := m.Params
	if err := p.check(); err != nil {
		return err
	}
	if len(m.Labels) != len(p.InputCols) {
		return fmt.Errorf("have labels of %d columns, want %d", len(m.Labels), len(p.InputCols))
	}
	m.index, m.fields = nil, nil
	for k, labels := range m.Labels {
		index := make(map[string]int32, len(labels))
		for i, label := range labels {
			index[label] = int32(i)
		}
		if len(index) != len(labels) {
			return fmt.Errorf("column %q: have %d labels, of which %d differ", p.InputCols[k], len(labels), len(index))
		}
		if p.HandleInvalid == Keep {
			labels = append(slices.Clip(labels), Unknown)
		}
		m.index = append(m.index, index)
		m.fields = append(m.fields, indexField(p.OutputCols[k], p.InputCols[k], dataset.NominalAttr(labels)))
	}
	return nil
}

// Schema is that of the estimator, with the labels known.
func (m *StringIndexerModel) Schema(in dataset.Schema) (dataset.Schema, error) {
	attrs := make([]dataset.Attr, len(m.fields))
	for k, f := range m.fields {
		attrs[k] = f.Attr
	}
	return m.Params.with(in, attrs)
}

// Transform adds the index columns.
func (m *StringIndexerModel) Transform(c dataset.Chunk) (dataset.Chunk, error) {
	in := make([]dataset.Strings, len(m.fields))
	added := make([]dataset.Floats, len(m.fields))
	valid, out := true, c
	for k, name := range m.Params.InputCols {
		var err error
		if in[k], err = texts(c, name); err != nil {
			return c, err
		}
		var ok bool
		added[k], ok = m.indices(k, in[k])
		valid = valid && ok
		if out, err = out.With(m.fields[k], added[k]); err != nil {
			return c, err
		}
	}
	if valid {
		return out, nil
	}
	var rejects []dataset.Reject
	for i := range c.Rows() {
		for k := range added {
			if added[k][i] >= 0 {
				continue
			}
			f := m.fault(k, in[k].At(i), !in[k].Missing(i))
			if m.Params.HandleInvalid == Error {
				return c, f.in(c, i)
			}
			rejects = append(rejects, f.reject(i))
			break
		}
	}
	return out.Drop(rejects), nil
}

// invalid is the index of a missing or unseen text: the one after the labels with
// Keep, else -1.
func (m *StringIndexerModel) invalid(k int) float64 {
	if m.Params.HandleInvalid == Keep {
		return float64(len(m.Labels[k]))
	}
	return -1
}

// indices looks up each entry of the dictionary once, or each row where the
// dictionary is much larger. It returns false where an index is -1.
func (m *StringIndexerModel) indices(k int, col dataset.Strings) (dataset.Floats, bool) {
	out := make(dataset.Floats, len(col.Codes))
	invalid := m.invalid(k)
	look := func(text string) float64 {
		if i, ok := m.index[k][text]; ok {
			return float64(i)
		}
		return invalid
	}
	least := 0.0
	if len(col.Dict) > 2*len(col.Codes) {
		for i, code := range col.Codes {
			out[i] = invalid
			if code >= 0 {
				out[i] = look(col.Dict[code])
			}
			least = min(least, out[i])
		}
		return out, least >= 0
	}
	table := make([]float64, len(col.Dict)+1) // by code+1
	table[0] = invalid
	for code, text := range col.Dict {
		table[code+1] = look(text)
	}
	for i, code := range col.Codes {
		x := table[code+1]
		out[i] = x
		if x < 0 {
			least = x
		}
	}
	return out, least >= 0
}

func (m *StringIndexerModel) fault(k int, text string, there bool) *fault {
	f := &fault{column: m.Params.InputCols[k], value: text}
	switch {
	case !there:
		f.value, f.reason = "", "is missing"
	case text == "":
		f.reason = fmt.Sprintf("have an empty text, want one of the %d that were fitted", len(m.Labels[k]))
	default:
		f.reason = fmt.Sprintf("want one of the %d texts that were fitted", len(m.Labels[k]))
	}
	return f
}

// BindRow looks up one text a column.
func (m *StringIndexerModel) BindRow(c dataset.Chunk) (dataset.Chunk, func() error, error) {
	cells, added, out := make([]*textCell, len(m.fields)), make([]dataset.Floats, len(m.fields)), c
	for k, name := range m.Params.InputCols {
		f, err := c.Schema().Want(name)
		if err != nil {
			return c, nil, err
		}
		cells[k], added[k] = newTextCell(f, c.Column(c.Schema().Index(name))), dataset.Floats{0}
		if out, err = out.With(m.fields[k], added[k]); err != nil {
			return c, nil, err
		}
	}
	return out, func() error {
		for k, cell := range cells {
			i, ok := cell.find(m.index[k])
			switch {
			case ok:
				added[k][0] = float64(i)
			case m.Params.HandleInvalid == Keep:
				added[k][0] = m.invalid(k)
			default:
				text, there := cell.read()
				return m.fault(k, text, there).step(m.Params.HandleInvalid)
			}
		}
		return nil
	}, nil
}

// textCounts folds columns into how often each text occurs.
type textCounts struct{ Cols []string }

func (a textCounts) Zero() []summary.Counts {
	all := make([]summary.Counts, len(a.Cols))
	for k := range all {
		all[k] = summary.Counts{}
	}
	return all
}

func (a textCounts) Add(all []summary.Counts, c dataset.Chunk) ([]summary.Counts, error) {
	for k, name := range a.Cols {
		col, err := texts(c, name)
		if err != nil {
			return all, err
		}
		all[k].Add(col)
	}
	return all, nil
}

func (textCounts) Merge(a, b []summary.Counts) ([]summary.Counts, error) {
	for k := range a {
		a[k].Merge(b[k])
	}
	return a, nil
}
