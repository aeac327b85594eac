package dataset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace-ml/millrace/internal/check"
)

// A Type says what the values of a column are. It decides which [Column] holds
// them.
type Type uint8

const (
	Invalid Type = iota // no type; the type of a column that is not there
	Float               // 64-bit numbers, in [Floats]
	Float32             // numbers rounded to 32 bits, in [Floats]
	Int                 // 64-bit integers, in [Ints]
	Bool                // 0 and 1, in [Ints]
	Time                // microseconds since 1970-01-01 UTC, in [Ints]
	String              // text, in [Strings]
	Vector              // vectors of one dimension, in [*Vectors]
)

var typeNames = []string{"nothing", "float", "float32", "int", "bool", "time", "string", "vector"}

// String returns the name of t in lower case, as errors show it.
func (t Type) String() string { return check.Name(typeNames, t) }

// MarshalText gives the name of t, as saved models hold it.
func (t Type) MarshalText() ([]byte, error) { return check.MarshalName(typeNames, t) }

// UnmarshalText reads what MarshalText gives.
func (t *Type) UnmarshalText(text []byte) (err error) {
	*t, err = check.ParseName[Type](typeNames, text)
	return err
}

// Numeric lists the types that [Numbers] reads.
var Numeric = []Type{Float, Float32, Int, Bool}

// A Scale is the measurement scale of a number: what may be done with it.
type Scale uint8

const (
	Unknown    Scale = iota // nothing is said
	Continuous              // differences have a meaning
	Nominal                 // one of the categories 0, 1, ..., Levels-1
	Binary                  // 0 or 1
)

var scaleNames = []string{"unknown", "continuous", "nominal", "binary"}

// MarshalText gives the name of s in lower case, as saved models hold it.
func (s Scale) MarshalText() ([]byte, error) { return check.MarshalName(scaleNames, s) }

// UnmarshalText reads what MarshalText gives.
func (s *Scale) UnmarshalText(text []byte) (err error) {
	*s, err = check.ParseName[Scale](scaleNames, text)
	return err
}

// An Attr says what a number means: the values of a column, or of one dimension
// of a vector. It is Spark's ml_attr metadata. The zero Attr says nothing.
type Attr struct {
	Name   string   // of a dimension, such as "service=http"
	Source string   // column of the table that a dimension was made from
	Scale  Scale    // default Unknown
	Levels int      // number of categories of a Nominal; 0 = not known
	Labels []string // names of the categories; nil, or Levels of them
}

// NominalAttr describes a number that is an index into labels.
func NominalAttr(labels []string) Attr {
	return Attr{Scale: Nominal, Levels: len(labels), Labels: labels}
}

// A Field describes a column.
type Field struct {
	Name string
	Type Type
	Attr Attr   // of the values of a numeric column
	Size int    // dimension of a Vector; 0 = known only after fitting
	Dims []Attr // of the dimensions of a Vector; nil, or Size of them
}

// A Schema is the list of a table's columns, in order. It is immutable: its
// methods return new schemas.
type Schema struct{ Fields []Field }

// NewSchema makes a Schema. It panics where two fields have the same name.
func NewSchema(fields ...Field) Schema {
	s := Schema{Fields: fields}
	for i, f := range fields {
		if s.Index(f.Name) != i {
			panic(fmt.Sprintf("dataset: two columns are named %q", f.Name))
		}
	}
	return s
}

// Index returns the position of the named column, or -1.
func (s Schema) Index(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// Lookup returns the named field and whether it exists.
func (s Schema) Lookup(name string) (Field, bool) {
	if i := s.Index(name); i >= 0 {
		return s.Fields[i], true
	}
	return Field{}, false
}

// Names returns the names of all columns, in order.
func (s Schema) Names() []string {
	names := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		names[i] = f.Name
	}
	return names
}

// Want returns the named field. Unless its type is one of types (any type where
// none is given) the error is a [*ColumnError].
func (s Schema) Want(name string, types ...Type) (Field, error) {
	f, ok := s.Lookup(name)
	if !ok {
		return Field{}, &ColumnError{Column: name, Fact: "is not there" + s.near(name), Want: wantTypes(types)}
	}
	if len(types) > 0 && !slices.Contains(types, f.Type) {
		return f, &ColumnError{Column: name, Have: f.Type, Fact: "have " + f.Type.String(), Want: wantTypes(types)}
	}
	return f, nil
}

// WantVector is Want for a vector column of the given size. A size that is not
// known yet, on either side, fits.
func (s Schema) WantVector(name string, size int) (Field, error) {
	f, err := s.Want(name, Vector)
	if err == nil && f.Size != 0 && size != 0 && f.Size != size {
		err = &ColumnError{Column: name, Have: Vector,
			Fact: fmt.Sprintf("have a vector of size %d", f.Size), Want: fmt.Sprintf("size %d", size)}
	}
	return f, err
}

// With returns s with fields added at its end. A name that exists already is a
// [*ColumnError].
func (s Schema) With(fields ...Field) (Schema, error) {
	out := Schema{Fields: append(make([]Field, 0, len(s.Fields)+len(fields)), s.Fields...)}
	var errs []error
	for _, f := range fields {
		if f.Name == "" {
			errs = append(errs, &ColumnError{Fact: "have an empty name", Want: "a name"})
			continue
		}
		if have, ok := out.Lookup(f.Name); ok {
			errs = append(errs, &ColumnError{Column: f.Name, Have: have.Type, Fact: "exists already", Want: "a new name"})
			continue
		}
		out.Fields = append(out.Fields, f)
	}
	return out, errors.Join(errs...)
}

// Select returns the named columns in the order given.
func (s Schema) Select(names ...string) (Schema, error) {
	var out Schema
	var errs []error
	for _, name := range names {
		f, err := s.Want(name)
		if err == nil {
			out, err = out.With(f)
		}
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// near lists the columns that there are, so that a misspelt name is seen.
func (s Schema) near(string) string {
	const most = 12
	names := s.Names()
	if len(names) == 0 {
		return " (the table has no columns)"
	}
	if len(names) > most {
		return fmt.Sprintf(" (columns: %s, and %d more)", strings.Join(names[:most], ", "), len(names)-most)
	}
	return " (columns: " + strings.Join(names, ", ") + ")"
}

func wantTypes(types []Type) string {
	if len(types) == 0 {
		return "a column of that name"
	}
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t.String()
	}
	return strings.Join(words, " or ")
}

// A ColumnError says what is wrong with a column: found in the schema, before
// any data is read.
type ColumnError struct {
	Column string
	Have   Type   // Invalid where the column is not there
	Fact   string // what was found
	Want   string // what was wanted
}

func (e *ColumnError) Error() string {
	return fmt.Sprintf("column %q: %s, want %s", e.Column, e.Fact, e.Want)
}
