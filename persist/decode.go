package persist

import (
	"encoding"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"

	"github.com/millrace-ml/millrace/pipeline"
)

// A decoder fills values from JSON and tensors. It is the mirror of an encoder.
type decoder struct {
	*parser
	from    *container
	mem     *memory
	stages  *int // so far
	nesting int  // stages around the value
}

// A placeError says where in a model something is wrong.
type placeError struct {
	path string
	err  error
}

func (e *placeError) Error() string { return e.path + ": " + e.err.Error() }
func (e *placeError) Unwrap() error { return e.err }

// at puts a name in front of an error's place.
func at(name string, err error) error {
	if err == nil || name == "" {
		return err
	}
	if e, ok := err.(*placeError); ok {
		return &placeError{name + "." + e.path, e.err}
	}
	return &placeError{name, err}
}

// value fills v, which can be set and is zero.
func (d *decoder) value(v reflect.Value) error {
	t := v.Type()
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
		if d.word("null") {
			return nil
		}
	}
	if _, ok := pipeline.RegisteredType(t); ok || v.Kind() == reflect.Interface {
		return d.stage(v)
	}
	if isText(t) {
		return d.byText(v)
	}
	switch v.Kind() {
	case reflect.Bool:
		if d.word("true") {
			v.SetBool(true)
		} else if !d.word("false") {
			return d.unexpected("true or false")
		}
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return d.integer(v)
	case reflect.Float32, reflect.Float64:
		x, err := d.float(t.Bits())
		v.SetFloat(x)
		return err
	case reflect.String:
		s, err := d.bytes()
		v.SetString(s)
		return err
	case reflect.Slice, reflect.Array:
		return d.list(v)
	case reflect.Struct:
		return d.fields(v)
	case reflect.Pointer:
		if err := d.mem.take(1, int64(t.Elem().Size())); err != nil {
			return err
		}
		v.Set(reflect.New(t.Elem()))
		return d.value(v.Elem())
	}
	return fmt.Errorf("have a field of type %v, which cannot be loaded", t)
}

// whole fills v from the whole text.
func (d *decoder) whole(v reflect.Value) error {
	if err := d.value(v); err != nil {
		return err
	}
	return d.end()
}

func (d *decoder) integer(v reflect.Value) error {
	text, err := d.number()
	if err != nil {
		return err
	}
	if v.CanInt() {
		x, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if err != nil {
			return d.errorf("have %s, want an integer of %d bits", shorten(text), v.Type().Bits())
		}
		v.SetInt(x)
		return nil
	}
	x, err := strconv.ParseUint(text, 10, v.Type().Bits())
	if err != nil {
		return d.errorf("have %s, want an integer of %d bits, not negative", shorten(text), v.Type().Bits())
	}
	v.SetUint(x)
	return nil
}

// bytes reads a text that need not be UTF-8.
func (d *decoder) bytes() (s string, err error) {
	if d.peek() != '{' {
		s, err = d.string()
	} else {
		err = d.only("base64", func() error {
			text, err := d.string()
			if err != nil {
				return err
			}
			raw, err := base64.StdEncoding.Strict().DecodeString(text)
			s = string(raw)
			return err
		})
	}
	if err != nil {
		return "", err
	}
	return s, d.mem.take(1, int64(len(s)))
}

// only reads an object that has one key.
func (d *decoder) only(want string, value func() error) error {
	n := 0
	err := d.object(func(key string) error {
		n++
		if key != want {
			return fmt.Errorf("have the key %q, want %q", shorten(key), want)
		}
		return value()
	})
	if err == nil && n != 1 {
		err = fmt.Errorf("have an empty object, want the key %q", want)
	}
	return err
}

// byText reads a value by its own text form. A number is read too, so that a type of
// integers may be given names later.
func (d *decoder) byText(v reflect.Value) error {
	if c := d.peek(); (v.CanInt() || v.CanUint()) && (c == '-' || '0' <= c && c <= '9') {
		if err := d.integer(v); err != nil {
			return err
		}
		_, err := v.Interface().(encoding.TextMarshaler).MarshalText() // fails on a number without a name
		return err
	}
	s, err := d.bytes()
	if err != nil {
		return err
	}
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
}

// stage reads a registered type into v, makes it ready and checks that v takes it.
func (d *decoder) stage(v reflect.Value) error {
	reg, fields, err := d.stageHead()
	if err != nil {
		return err
	}
	if !reg.Type.AssignableTo(v.Type()) {
		return fmt.Errorf("have a %s, want a %v", reg.Name, v.Type())
	}
	if err := d.mem.take(1, int64(fields.Type().Size())); err != nil {
		return err
	}
	version, err := d.version(reg)
	if err != nil {
		return err
	}
	if version < reg.Version {
		err = d.older(reg, version, fields)
	} else {
		err = d.fields(fields)
	}
	if err != nil {
		return err
	}
	if err := d.stageTail(); err != nil {
		return err
	}
	s := fields
	if reg.Type.Kind() == reflect.Pointer {
		s = fields.Addr()
	}
	if err := reg.Ready(s.Interface().(pipeline.Stage)); err != nil {
		return fmt.Errorf("%s: %w", reg.Name, err)
	}
	v.Set(s)
	return nil
}

// stageHead reads the beginning of a stage's object, and makes an empty struct for
// its fields.
func (d *decoder) stageHead() (reg *pipeline.Registration, fields reflect.Value, err error) {
	name, err := d.stageName()
	if err != nil {
		return nil, fields, err
	}
	reg, ok := pipeline.Registered(name)
	if !ok {
		return nil, fields, &TypeError{Name: name}
	}
	t := reg.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, fields, fmt.Errorf("%s: is a %v, want a struct", reg.Name, reg.Type)
	}
	return reg, reflect.New(t).Elem(), nil
}

func (d *decoder) stageName() (string, error) {
	if *d.stages++; *d.stages > maxStages {
		return "", &LimitError{What: "stages", Max: maxStages}
	}
	if d.nesting++; d.nesting > maxNesting {
		return "", &LimitError{What: "stages inside each other", Max: maxNesting}
	}
	if err := d.want('{'); err != nil {
		return "", err
	}
	if err := d.enter(); err != nil {
		return "", err
	}
	if err := d.wantKey("type"); err != nil {
		return "", err
	}
	return d.string()
}

func (d *decoder) wantKey(key string) error {
	have, err := d.string()
	if err != nil {
		return err
	}
	if have != key {
		return d.errorf("have the key %q, want %q", shorten(have), key)
	}
	return d.want(':')
}

func (d *decoder) nextKey(key string) error {
	if err := d.want(','); err != nil {
		return err
	}
	return d.wantKey(key)
}

// version reads the version of a stage, which the program must know.
func (d *decoder) version(reg *pipeline.Registration) (int, error) {
	version, err := d.anyVersion()
	if err == nil && version > reg.Version {
		err = &TypeError{Name: reg.Name, Version: version, Known: reg.Version}
	}
	return version, err
}

// anyVersion reads the version of a stage, and the key of its fields.
func (d *decoder) anyVersion() (int, error) {
	if err := d.nextKey("version"); err != nil {
		return 0, err
	}
	text, err := d.number()
	if err != nil {
		return 0, err
	}
	version, err := strconv.ParseInt(text, 10, 32)
	if err != nil || version < 1 {
		return 0, d.errorf("have version %s, want a number from 1", shorten(text))
	}
	return int(version), d.nextKey("fields")
}

// stageTail reads the end of a stage's object.
func (d *decoder) stageTail() error {
	d.depth--
	d.nesting--
	return d.want('}')
}

// fields reads a struct. A field that the file does not have keeps its zero value,
// which is the default; one that the struct does not have is an error.
func (d *decoder) fields(v reflect.Value) error {
	return d.object(func(name string) error {
		f, ok := v.Type().FieldByName(name)
		if !ok || !f.IsExported() || len(f.Index) != 1 {
			return fmt.Errorf("have the field %q, which %v does not have", shorten(name), v.Type())
		}
		return at(name, d.value(v.Field(f.Index[0])))
	})
}

func (d *decoder) list(v reflect.Value) error {
	if isNumbers(v.Type()) {
		return d.only("tensor", func() error { return d.tensor(v) })
	}
	if d.peek() == '{' {
		return d.only("texts", func() error { return d.texts(v) })
	}
	n, err := d.count()
	if err != nil {
		return err
	}
	if err := d.resize(v, n); err != nil {
		return err
	}
	return d.array(func(i int) error { return at(strconv.Itoa(i), d.value(v.Index(i))) })
}

// resize makes room for n elements, which an array must have.
func (d *decoder) resize(v reflect.Value, n int) error {
	if v.Kind() == reflect.Array {
		if n != v.Len() {
			return fmt.Errorf("have %d elements, want %d", n, v.Len())
		}
		return nil
	}
	if err := d.mem.take(int64(n), int64(v.Type().Elem().Size())); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	return nil
}

func (d *decoder) tensor(v reflect.Value) error {
	name, err := d.string()
	if err != nil {
		return err
	}
	t, err := d.from.take(name, v.Type())
	if err != nil {
		return err
	}
	if err := d.resize(v, t.n); err != nil {
		return err
	}
	return readNumbers(v, t.data)
}

// texts reads a long list of texts.
func (d *decoder) texts(v reflect.Value) error {
	name, err := d.string()
	if err != nil {
		return err
	}
	if v.Type().Elem().Kind() != reflect.String {
		return fmt.Errorf("have texts, want a %v", v.Type())
	}
	all, err := d.from.take(name, reflect.TypeFor[[]byte]())
	if err != nil {
		return err
	}
	ends, err := d.from.take(name+".ends", reflect.TypeFor[[]int64]())
	if err != nil {
		return err
	}
	if err := d.mem.take(1, int64(len(all.data))); err != nil {
		return err
	}
	if err := d.resize(v, ends.n); err != nil {
		return err
	}
	from := uint64(0)
	for i := range ends.n {
		to := binary.LittleEndian.Uint64(ends.data[8*i:])
		if to < from || to > uint64(len(all.data)) {
			return fmt.Errorf("text %d: have an end at byte %d, want %d to %d", i, to, from, len(all.data))
		}
		v.Index(i).SetString(string(all.data[from:to]))
		from = to
	}
	if from != uint64(len(all.data)) {
		return fmt.Errorf("have %d bytes of text, want the %d of the list", len(all.data), from)
	}
	return nil
}
