package dataset

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"
)

// FromStructs makes a Table of a slice of structs. A field with the tag
//
//	millrace:"name"
//
// becomes the column of that name; fields without one are left out, and those of
// an embedded struct count as its own. The types are
//
//	float64                    Float
//	float32                    Float32
//	int, uint of any size      Int
//	bool                       Bool
//	time.Time                  Time, cut to microseconds
//	string                     String
//
// and types made of them. A pointer to one of them may be nil, and a float may be
// NaN: then the value is missing. The values are copied. Errors name the field.
func FromStructs[T any](rows []T) (*Table, error) { return fromStructs(reflect.ValueOf(rows)) }

const structTag = "millrace"

func fromStructs(rows reflect.Value) (*Table, error) {
	row := rows.Type().Elem()
	if row.Kind() != reflect.Struct {
		return nil, fmt.Errorf("have rows of %v, want a struct", row)
	}
	var schema Schema
	var cols []Column
	var errs []error
	for _, f := range reflect.VisibleFields(row) {
		name, ok := f.Tag.Lookup(structTag)
		if !ok {
			continue
		}
		col, typ, err := structColumn(row, rows, f)
		if err == nil {
			schema, err = schema.With(Field{Name: name, Type: typ})
			cols = append(cols, col)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("field %s: %w", f.Name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(cols) == 0 {
		return nil, fmt.Errorf("%v has no field with a tag such as %s:\"name\", want at least one", row, structTag)
	}
	return FromColumns(schema, cols...)
}

var timeType = reflect.TypeFor[time.Time]()

// structColumn copies the values of one field.
func structColumn(row reflect.Type, rows reflect.Value, f reflect.StructField) (Column, Type, error) {
	if !f.IsExported() {
		return nil, Invalid, errors.New("has a tag and is not exported, want a name with a capital letter")
	}
	for k := range f.Index[:len(f.Index)-1] {
		if row.FieldByIndex(f.Index[:k+1]).Type.Kind() == reflect.Pointer {
			return nil, Invalid, errors.New("is of an embedded pointer, want an embedded struct")
		}
	}
	of := f.Type
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	values := structValues{rows, f}
	switch kind := of.Kind(); {
	case of.ConvertibleTo(timeType):
		return values.ints(func(v reflect.Value) (int64, error) {
			return v.Convert(timeType).Interface().(time.Time).UnixMicro(), nil
		}, Time)
	case kind == reflect.Float64:
		return values.floats(), Float, nil
	case kind == reflect.Float32:
		return values.floats(), Float32, nil
	case kind == reflect.String:
		return values.strings(), String, nil
	case kind == reflect.Bool:
		return values.ints(func(v reflect.Value) (int64, error) {
			if v.Bool() {
				return 1, nil
			}
			return 0, nil
		}, Bool)
	case kind >= reflect.Int && kind <= reflect.Int64:
		return values.ints(func(v reflect.Value) (int64, error) { return v.Int(), nil }, Int)
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		return values.ints(func(v reflect.Value) (int64, error) {
			if v.Uint() > math.MaxInt64 {
				return 0, fmt.Errorf("have %d, want at most %d", v.Uint(), int64(math.MaxInt64))
			}
			return int64(v.Uint()), nil
		}, Int)
	}
	return nil, Invalid, fmt.Errorf("have %v, want a number, bool, string or time.Time, or a pointer to one", f.Type)
}

// structValues are the values of one field in all rows.
type structValues struct {
	rows  reflect.Value
	field reflect.StructField
}

func (s structValues) len() int { return s.rows.Len() }

// at returns the value of row i, and whether it is there.
func (s structValues) at(i int) (reflect.Value, bool) {
	v := s.rows.Index(i).FieldByIndex(s.field.Index)
	if v.Kind() != reflect.Pointer {
		return v, true
	}
	return v.Elem(), !v.IsNil()
}

func (s structValues) floats() Floats {
	col := make(Floats, s.len())
	for i := range col {
		if v, ok := s.at(i); ok {
			col[i] = v.Float()
		} else {
			col[i] = math.NaN()
		}
	}
	return col
}

func (s structValues) ints(convert func(reflect.Value) (int64, error), typ Type) (Column, Type, error) {
	col := Ints{Values: make([]int64, s.len())}
	for i := range col.Values {
		v, ok := s.at(i)
		if !ok {
			col.Absent.Set(i, s.len())
			continue
		}
		var err error
		if col.Values[i], err = convert(v); err != nil {
			return nil, Invalid, fmt.Errorf("row %d: %w", i, err)
		}
	}
	return col, typ, nil
}

func (s structValues) strings() Strings {
	col := Strings{Codes: make([]int32, s.len())}
	codes := map[string]int32{}
	for i := range col.Codes {
		v, ok := s.at(i)
		if !ok {
			col.Codes[i] = -1
			continue
		}
		text := v.String()
		code, ok := codes[text]
		if !ok {
			code = int32(len(col.Dict))
			codes[text] = code
			col.Dict = append(col.Dict, text)
		}
		col.Codes[i] = code
	}
	return col
}
