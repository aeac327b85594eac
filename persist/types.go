package persist

import (
	"encoding"
	"fmt"
	"reflect"

	"github.com/millrace-ml/millrace/pipeline"
)

// checkStage refuses a stage's struct with a field that cannot be saved whatever it
// holds, so that its author learns of it from the first model and not from the
// first that uses the field.
func (e *encoder) checkStage(path string, t reflect.Type) error {
	if e.checked[t] {
		return nil
	}
	if e.checked == nil {
		e.checked = map[reflect.Type]bool{}
	}
	e.checked[t] = true
	for f := range t.Fields() {
		if f.IsExported() {
			if err := e.checkType(join(path, f.Name), f.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *encoder) checkType(path string, t reflect.Type) error {
	if _, ok := pipeline.RegisteredType(t); ok || isText(t) || e.checked[t] {
		return nil
	}
	e.checked[t] = true // from here on: a type may hold itself
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Interface, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return nil
	case reflect.Slice, reflect.Array:
		return e.checkType(path, t.Elem())
	case reflect.Pointer:
		switch t.Elem().Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Slice: // null would have two meanings
		default:
			return e.checkType(path, t.Elem())
		}
	case reflect.Struct: // of no stage: what is not saved would be lost
		for f := range t.Fields() {
			if !f.IsExported() {
				return fail(join(path, f.Name), "have an unexported field of %v, want exported fields only", t)
			}
			if err := e.checkType(join(path, f.Name), f.Type); err != nil {
				return err
			}
		}
		return nil
	}
	return fail(path, "have a field of type %v, which cannot be saved", t)
}

// isText reports whether values of t are saved as the text that they make of
// themselves.
func isText(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) &&
		reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// isNumbers reports whether a list type is kept as a tensor.
func isNumbers(t reflect.Type) bool {
	elem := t.Elem()
	if _, ok := pipeline.RegisteredType(elem); ok || isText(elem) {
		return false
	}
	_, ok := dtypeOf(elem.Kind())
	return ok
}

func fail(path, format string, args ...any) error {
	return at(path, fmt.Errorf(format, args...))
}
