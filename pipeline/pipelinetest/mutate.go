package pipelinetest

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/millrace-ml/millrace/pipeline"
)

// mutate visits every change of one exported field of a model, the stages inside
// it and their parameters included. A change is made where the visitor calls it.
func mutate(model *pipeline.Transformer, visit func(name string, change func())) {
	mutator{visit}.inside(pipeline.NameOf(*model), reflect.ValueOf(model).Elem())
}

type mutator struct {
	visit func(name string, change func())
}

func (m mutator) value(name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		m.set(name, v, "nil", reflect.Zero(v.Type()))
		if !v.IsNil() {
			m.value(name, v.Elem())
		}
	case reflect.Interface:
		m.set(name, v, "nil", reflect.Zero(v.Type()))
		m.inside(name, v)
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.IsExported() {
				m.value(name+"."+f.Name, field)
			}
		}
	case reflect.Slice:
		m.slice(name, v)
	case reflect.Array:
		m.some(name, v)
	case reflect.Bool:
		m.set(name, v, "flipped", reflect.ValueOf(!v.Bool()))
	case reflect.String:
		m.set(name, v, "empty", reflect.ValueOf(""))
		m.set(name, v, "no text", reflect.ValueOf("\xff\x00"))
	case reflect.Float64, reflect.Float32:
		for _, x := range []float64{math.NaN(), math.Inf(1), 0, -1, math.MaxFloat64} {
			m.set(name, v, fmt.Sprint(x), reflect.ValueOf(x))
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		top := int64(1)<<(v.Type().Bits()-1) - 1
		for _, x := range []int64{0, -1, 1, v.Int() + 1, v.Int() - 1, top, -top - 1} {
			m.set(name, v, fmt.Sprint(x), reflect.ValueOf(x))
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		top := uint64(math.MaxUint64) >> (64 - v.Type().Bits())
		for _, x := range []uint64{0, 1, v.Uint() + 1, top} {
			m.set(name, v, fmt.Sprint(x), reflect.ValueOf(x))
		}
	}
}

// inside changes a copy of what is in an interface, and puts it back.
func (m mutator) inside(name string, v reflect.Value) {
	if v.IsNil() {
		return
	}
	inner := reflect.New(v.Elem().Type()).Elem()
	inner.Set(v.Elem())
	if inner.Kind() == reflect.Pointer {
		m.value(name, inner.Elem())
		return
	}
	mutator{func(name string, change func()) {
		m.visit(name, func() {
			change()
			v.Set(inner)
		})
	}}.value(name, inner)
}

// slice makes a list shorter, longer and empty, and changes some of its elements.
func (m mutator) slice(name string, v reflect.Value) {
	m.set(name, v, "nil", reflect.Zero(v.Type()))
	n := v.Len()
	if n > 0 {
		m.set(name, v, "one shorter", v.Slice(0, n-1))
		m.set(name, v, "in reverse", reversed(v))
	}
	longer := reflect.MakeSlice(v.Type(), n+1, n+1)
	reflect.Copy(longer, v)
	m.set(name, v, "one longer", longer)
	m.some(name, v)
}

// some changes the first, the middle and the last element of a list.
func (m mutator) some(name string, v reflect.Value) {
	if v.Len() == 0 {
		return
	}
	for _, i := range slices.Compact([]int{0, v.Len() / 2, v.Len() - 1}) {
		m.value(fmt.Sprintf("%s[%d]", name, i), v.Index(i))
	}
}

func reversed(v reflect.Value) reflect.Value {
	out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		out.Index(i).Set(v.Index(v.Len() - 1 - i))
	}
	return out
}

func (m mutator) set(name string, v reflect.Value, to string, x reflect.Value) {
	if v.CanSet() {
		m.visit(name+" = "+to, func() { v.Set(x.Convert(v.Type())) })
	}
}

// makeReady runs the Ready of every stage in a model, the inner ones first, as
// loading does.
func makeReady(model pipeline.Transformer) error { return readyIn(reflect.ValueOf(model)) }

func readyIn(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		if err := readyIn(v.Elem()); err != nil {
			return err
		}
	case reflect.Struct:
		for f, field := range v.Fields() {
			if f.IsExported() {
				if err := readyIn(field); err != nil {
					return err
				}
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := readyIn(v.Index(i)); err != nil {
				return err
			}
		}
	}
	if v.Kind() == reflect.Interface {
		return nil // what is in it was seen
	}
	if stage, ok := v.Interface().(pipeline.Stage); ok {
		if r, ok := pipeline.RegistrationOf(stage); ok {
			return r.Ready(stage)
		}
	}
	return nil
}
