package sparkcase

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/millrace-ml/millrace/dataset"
)

// Params are the parameters of a stage by Spark's names. A parameter that is not
// set reads as the given default, or as the zero value.
type Params map[string]json.RawMessage

// Text returns a text parameter.
func (p Params) Text(name string) string { return read[string](p, name, "") }

// Texts returns a list of texts; where it is not set, the single text named one.
func (p Params) Texts(name, one string) []string {
	if _, ok := p[name]; !ok && p[one] != nil {
		return []string{p.Text(one)}
	}
	return read[[]string](p, name, nil)
}

// Bool returns a truth value.
func (p Params) Bool(name string, def bool) bool { return read(p, name, def) }

// Int returns an integer.
func (p Params) Int(name string, def int) int { return read(p, name, def) }

// Float returns a number.
func (p Params) Float(name string, def float64) float64 { return float64(read(p, name, Number(def))) }

// read panics on a parameter of another type: the caller does not know the case.
func read[T any](p Params, name string, def T) T {
	if raw, ok := p[name]; ok {
		if err := json.Unmarshal(raw, &def); err != nil {
			panic(fmt.Sprintf("sparkcase: parameter %s: %v", name, err))
		}
	}
	return def
}

// A Number is a float64 whose JSON form may be "NaN", "Infinity" or "-Infinity".
type Number float64

// UnmarshalJSON reads a number or its name.
func (n *Number) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	*n = Number(x)
	return err
}

// A Vector is a vector in Spark's dense or sparse form, read as all its values.
type Vector []float64

// UnmarshalJSON reads {"dense":[...]} or {"sparse":[size,[indices],[values]]}.
func (v *Vector) UnmarshalJSON(b []byte) error {
	var form struct {
		Dense  []Number          `json:"dense"`
		Sparse []json.RawMessage `json:"sparse"`
	}
	if err := json.Unmarshal(b, &form); err != nil {
		return err
	}
	*v = Vector{}
	if form.Sparse == nil {
		for _, x := range form.Dense {
			*v = append(*v, float64(x))
		}
		return nil
	}
	var (
		size   int
		index  []int
		values []Number
	)
	if len(form.Sparse) != 3 {
		return fmt.Errorf("have a sparse vector of %d parts, want 3", len(form.Sparse))
	}
	for k, dst := range []any{&size, &index, &values} {
		if err := json.Unmarshal(form.Sparse[k], dst); err != nil {
			return err
		}
	}
	*v = make(Vector, size)
	for k, j := range index {
		(*v)[j] = float64(values[k])
	}
	return nil
}

// A Matrix is a matrix in Spark's dense form, column by column unless Transposed.
type Matrix struct {
	Rows       int      `json:"numRows"`
	Cols       int      `json:"numCols"`
	Transposed bool     `json:"isTransposed"`
	Values     []Number `json:"values"`
}

// At returns the value of row i and column j.
func (m Matrix) At(i, j int) float64 {
	if m.Transposed {
		return float64(m.Values[i*m.Cols+j])
	}
	return float64(m.Values[j*m.Rows+i])
}

type columnFile struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Metadata struct {
		Attr attrFile `json:"ml_attr"`
	} `json:"metadata"`
}

type attrFile struct {
	Type     string   `json:"type"`
	Name     string   `json:"name"`
	Index    int      `json:"idx"`
	Values   []string `json:"vals"`
	NumVals  int      `json:"num_vals"`
	NumAttrs int      `json:"num_attrs"`
	Attrs    struct {
		Numeric []attrFile `json:"numeric"`
		Nominal []attrFile `json:"nominal"`
		Binary  []attrFile `json:"binary"`
	} `json:"attrs"`
}

func (a attrFile) attr(kind string) dataset.Attr {
	out := dataset.Attr{Name: a.Name, Labels: a.Values, Levels: max(len(a.Values), a.NumVals)}
	switch kind {
	case "numeric":
		out.Scale = dataset.Continuous
	case "nominal":
		out.Scale = dataset.Nominal
	case "binary":
		out.Scale = dataset.Binary
	}
	return out
}

func (f columnFile) column() Column {
	a := f.Metadata.Attr
	c := Column{Name: f.Name, Type: f.Type, Size: a.NumAttrs}
	if f.Type != "vector" {
		c.Attr = a.attr(a.Type)
		return c
	}
	attrs := map[string][]attrFile{"numeric": a.Attrs.Numeric, "nominal": a.Attrs.Nominal, "binary": a.Attrs.Binary}
	for kind, list := range attrs {
		for _, d := range list {
			if c.Dims == nil {
				c.Dims = make([]dataset.Attr, c.Size)
			}
			c.Dims[d.Index] = d.attr(kind)
		}
	}
	return c
}

// value decodes a cell: a float64, a string, a []float64, or nil for null.
func (c Column) value(raw json.RawMessage) (any, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	switch c.Type {
	case "string":
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case "boolean":
		if string(raw) == "true" {
			return 1.0, nil
		}
		return 0.0, nil
	case "vector":
		var v Vector
		err := json.Unmarshal(raw, &v)
		return []float64(v), err
	case "double", "float", "int", "long":
		var n Number
		err := json.Unmarshal(raw, &n)
		if c.Type == "float" {
			n = Number(float32(n))
		}
		return float64(n), err
	}
	return string(raw), nil
}

// table builds a table of one part and lists the rows that it leaves out for a null
// vector. Vectors whose size Spark does not say have that of the first row.
func table(cols []Column, lines [][]byte) (_ *dataset.Table, null []int, _ error) {
	var (
		rows []map[string]json.RawMessage
		held []int32
	)
	for i, line := range lines {
		var row map[string]json.RawMessage
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, nil, err
		}
		isNull := func(col Column) bool { return col.Type == "vector" && string(row[col.Name]) == "null" }
		if slices.ContainsFunc(cols, isNull) {
			null = append(null, i)
			continue
		}
		held = append(held, int32(i))
		rows = append(rows, row)
	}
	var schema dataset.Schema
	data := make([]dataset.Column, len(cols))
	for k, col := range cols {
		f := dataset.Field{Name: col.Name, Attr: col.Attr, Size: col.Size, Dims: col.Dims}
		f.Attr.Name = ""
		cells := make([]json.RawMessage, len(rows))
		for i := range rows {
			cells[i] = rows[i][col.Name]
		}
		var err error
		if data[k], err = col.build(&f, cells); err != nil {
			return nil, nil, fmt.Errorf("column %q: %w", col.Name, err)
		}
		if schema, err = schema.With(f); err != nil {
			return nil, nil, err
		}
	}
	chunk, err := dataset.NewChunk(schema, dataset.Origin{Rows: held}, data...)
	if err != nil {
		return nil, nil, err
	}
	t, err := dataset.NewTable(schema, [][]dataset.Chunk{{chunk}})
	return t, null, err
}

func (c Column) build(f *dataset.Field, cells []json.RawMessage) (dataset.Column, error) {
	var (
		floats  = make(dataset.Floats, len(cells))
		ints    = dataset.Ints{Values: make([]int64, len(cells))}
		texts   = dataset.Strings{Codes: make([]int32, len(cells))}
		vectors []float64
	)
	for i, raw := range cells {
		value, err := c.value(raw)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		floats[i] = math.NaN()
		switch value := value.(type) {
		case nil:
			ints.Absent.Set(i, len(cells))
			texts.Codes[i] = -1
		case float64:
			floats[i] = value
			if c.Type == "boolean" {
				ints.Values[i] = int64(value)
			} else if ints.Values[i], err = strconv.ParseInt(string(raw), 10, 64); err != nil && c.Type != "double" && c.Type != "float" {
				return nil, err
			}
		case string:
			texts.Codes[i] = int32(len(texts.Dict))
			texts.Dict = append(texts.Dict, value)
		case []float64:
			if f.Size == 0 {
				f.Size = len(value)
			}
			if len(value) != f.Size {
				return nil, fmt.Errorf("row %d: have a vector of size %d, want %d", i, len(value), f.Size)
			}
			vectors = append(vectors, value...)
		}
	}
	switch c.Type {
	case "double":
		f.Type = dataset.Float
		return floats, nil
	case "float":
		f.Type = dataset.Float32
		return floats, nil
	case "int", "long":
		f.Type = dataset.Int
		return ints, nil
	case "boolean":
		f.Type = dataset.Bool
		return ints, nil
	case "string":
		f.Type = dataset.String
		return texts, nil
	case "vector":
		f.Type = dataset.Vector
		return dataset.NewVectors(&dataset.Dense{Values: vectors, Width: max(f.Size, 1)})
	}
	return nil, fmt.Errorf("have Spark's type %s, want one that a table holds", c.Type)
}

func rows(root, dir, shared, own string) ([][]byte, error) {
	if shared != "" {
		return readLines(filepath.Join(root, shared))
	}
	return readLines(filepath.Join(dir, own))
}

func readLines(path string) ([][]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lines [][]byte
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, len(b)+1)
	for sc.Scan() {
		if len(sc.Bytes()) > 0 {
			lines = append(lines, bytes.Clone(sc.Bytes()))
		}
	}
	return lines, sc.Err()
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
