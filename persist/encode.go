package persist

import (
	"encoding"
	"encoding/base64"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/millrace-ml/millrace/pipeline"
)

// longTexts is the size from which a list of texts is kept as tensors: its bytes,
// and 4 for each text.
const longTexts = 64 << 10

// An encoder writes values as JSON, and sets lists of numbers aside as tensors.
type encoder struct {
	json    []byte
	tensors []*tensor
	checked map[reflect.Type]bool // stages and structs whose fields can be saved
	depth   int                   // of JSON
	stages  int
	nesting int // stages around the value
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// nest writes what is inside brackets.
func (e *encoder) nest(brackets string, inside func() error) error {
	if e.depth++; e.depth > maxDepth {
		return &LimitError{What: "levels of JSON", Max: maxDepth}
	}
	e.json = append(e.json, brackets[0])
	err := inside()
	e.json = append(e.json, brackets[1])
	e.depth--
	return err
}

// key writes the key of an object's i-th value.
func (e *encoder) key(i int, name string) {
	if i > 0 {
		e.json = append(e.json, ',')
	}
	e.json = append(appendString(e.json, name), ':')
}

// value writes any value that can be saved; the path names it in errors and names
// its tensor.
func (e *encoder) value(path string, v reflect.Value) error {
	t := v.Type()
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			e.json = append(e.json, "null"...)
			return nil
		}
		if v.Kind() == reflect.Interface {
			return e.stage(path, v.Elem())
		}
	}
	if _, ok := pipeline.RegisteredType(t); ok {
		return e.stage(path, v)
	}
	if isText(t) {
		return e.text(path, v)
	}
	switch v.Kind() {
	case reflect.Bool:
		e.json = strconv.AppendBool(e.json, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.json = strconv.AppendInt(e.json, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		e.json = strconv.AppendUint(e.json, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		e.json = appendFloat(e.json, v.Float(), t.Bits())
	case reflect.String:
		e.string(v.String())
	case reflect.Slice, reflect.Array:
		return e.list(path, v)
	case reflect.Struct:
		return e.fields(path, v)
	case reflect.Pointer:
		return e.value(path, v.Elem())
	default:
		return fail(path, "have a field of type %v, which cannot be saved", t)
	}
	return nil
}

func (e *encoder) text(path string, v reflect.Value) error {
	text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return at(path, err)
	}
	e.string(string(text))
	return nil
}

// string writes a text; bytes that are not UTF-8 go as {"base64": ...}.
func (e *encoder) string(s string) {
	if utf8.ValidString(s) {
		e.json = appendString(e.json, s)
		return
	}
	e.json = append(e.json, `{"base64":"`...)
	e.json = base64.StdEncoding.AppendEncode(e.json, []byte(s))
	e.json = append(e.json, `"}`...)
}

// stage writes a registered type as {"type": ..., "version": ..., "fields": ...}.
func (e *encoder) stage(path string, v reflect.Value) error {
	reg, ok := pipeline.RegisteredType(v.Type())
	if !ok && v.Kind() == reflect.Pointer && !v.IsNil() { // &Estimator{} for Estimator{}
		reg, ok = pipeline.RegisteredType(v.Type().Elem())
		v = v.Elem()
	}
	if !ok {
		return fail(path, "have a %v, want a registered stage (see pipeline.Register)", v.Type())
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return fail(path, "have a stage %s that is no struct (or nil), want a struct", reg.Name)
	}
	if e.stages++; e.stages > maxStages {
		return &LimitError{What: "stages", Max: maxStages}
	}
	if e.nesting++; e.nesting > maxNesting {
		return &LimitError{What: "stages inside each other", Max: maxNesting}
	}
	if err := e.checkStage(path, v.Type()); err != nil {
		return err
	}
	err := e.nest("{}", func() error {
		e.key(0, "type")
		e.json = appendString(e.json, reg.Name)
		e.key(1, "version")
		e.json = strconv.AppendInt(e.json, int64(reg.Version), 10)
		e.key(2, "fields")
		return e.fields(path, v)
	})
	e.nesting--
	return err
}

// fields writes the exported fields of a struct.
func (e *encoder) fields(path string, v reflect.Value) error {
	return e.nest("{}", func() error {
		n := 0
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				e.key(n, f.Name)
				n++
				if err := e.value(join(path, f.Name), v.Field(i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (e *encoder) list(path string, v reflect.Value) error {
	elem := v.Type().Elem()
	if v.Kind() == reflect.Slice && v.IsNil() {
		e.json = append(e.json, "null"...)
		return nil
	}
	if isNumbers(v.Type()) {
		e.tensor("tensor", path, v)
		return nil
	}
	if elem.Kind() == reflect.String && !isText(elem) && isLong(v) {
		return e.texts(path, v)
	}
	return e.nest("[]", func() error {
		for i := range v.Len() {
			if i > 0 {
				e.json = append(e.json, ',')
			}
			if err := e.value(join(path, strconv.Itoa(i)), v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// tensor sets v aside and writes the reference to it.
func (e *encoder) tensor(kind, name string, v reflect.Value) {
	e.tensors = append(e.tensors, newTensor(name, v))
	e.json = append(e.json, `{"`+kind+`":`...)
	e.json = append(appendString(e.json, name), '}')
}

func isLong(v reflect.Value) bool {
	size := 0
	for i := range v.Len() {
		size += 4 + v.Index(i).Len()
	}
	return size > longTexts
}

// texts keeps a long list of texts as the bytes of all of them and the place where
// each ends.
func (e *encoder) texts(path string, v reflect.Value) error {
	var all []byte
	ends := make([]int64, v.Len())
	for i := range ends {
		all = append(all, v.Index(i).String()...)
		ends[i] = int64(len(all))
	}
	e.tensor("texts", path, reflect.ValueOf(all))
	e.tensors = append(e.tensors, newTensor(path+".ends", reflect.ValueOf(ends)))
	return nil
}
