package dataset

import (
	"fmt"
	"io"
)

// infer reads records and says what types their fields have. It returns the names of
// the fields too; nil = there is no record and no header.
func (r *csvRecords) infer(csv CSV, names []string) ([]string, Schema, error) {
	var guesses []csvGuess
	b := newCSVBuilder(csv, Schema{}, nil)
	for range csv.InferRows {
		r.scan.blank = len(names) == 1
		rec, err := r.record()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, Schema{}, err
		}
		if rec.fault.reason != "" {
			continue
		}
		fields := r.split(rec.raw)
		if names == nil {
			for i := range fields {
				names = append(names, fmt.Sprintf("_c%d", i))
			}
		}
		if guesses == nil {
			guesses = make([]csvGuess, len(names))
		}
		if len(fields) != len(names) {
			continue
		}
		for i, f := range fields {
			guesses[i].see(b, f)
		}
	}
	var schema Schema
	for i, name := range names {
		var g csvGuess
		if guesses != nil {
			g = guesses[i]
		}
		if k := schema.Index(name); k >= 0 {
			return nil, Schema{}, fmt.Errorf("header: column %q is there twice, as fields %d and %d, want different names, or NoHeader and a Schema", name, k+1, i+1)
		}
		schema.Fields = append(schema.Fields, Field{Name: name, Type: g.result()})
	}
	return names, schema, nil
}

// A csvGuess is what the values of a field can be.
type csvGuess struct {
	seen bool
	not  [String + 1]bool // by type
}

func (g *csvGuess) see(b *csvBuilder, f csvField) {
	value := trimmed(f.value)
	if b.null(value) {
		return
	}
	g.seen = true
	_, whole := parseInt(value)
	_, number := parseFloat(value, 64)
	_, truth := parseBool(value)
	_, when := parseTime(value, b.layouts)
	key := isKey(value)
	g.not[Int] = g.not[Int] || whole != good || key
	g.not[Float] = g.not[Float] || number != good || whole == tooFar || key
	g.not[Bool] = g.not[Bool] || truth != good || len(value) == 1
	g.not[Time] = g.not[Time] || when != good
}

// isKey reports whether a value is a whole number with a leading zero.
func isKey(value []byte) bool {
	if len(value) > 0 && (value[0] == '-' || value[0] == '+') {
		value = value[1:]
	}
	_, v := parseInt(value)
	return v == good && len(value) > 1 && value[0] == '0'
}

func (g *csvGuess) result() Type {
	for _, t := range []Type{Int, Float, Bool, Time} {
		if g.seen && !g.not[t] {
			return t
		}
	}
	return String
}
