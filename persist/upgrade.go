package persist

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/millrace-ml/millrace/pipeline"
)

// older reads the fields of an older version by way of the type's upgrades: as a
// tree, which is changed, written anew and read as the present version.
func (d *decoder) older(reg *pipeline.Registration, version int, v reflect.Value) error {
	tree, err := d.tree()
	if err != nil {
		return err
	}
	fields, ok := tree.(map[string]any)
	if !ok {
		return d.errorf("have %T, want an object of fields", tree)
	}
	if err := reg.Upgrade(version, fields); err != nil {
		return err
	}
	e := &encoder{depth: d.depth}
	if err := e.tree("", fields); err != nil {
		return fmt.Errorf("%s: upgraded from version %d: %w", reg.Name, version, err)
	}
	upgraded := &container{tensors: map[string]*tensor{}}
	for _, t := range e.tensors {
		t.data = appendNumbers(nil, t.values)
		if err := d.mem.take(1, int64(len(t.data))); err != nil {
			return err
		}
		upgraded.tensors[t.name] = t
		upgraded.order = append(upgraded.order, t)
	}
	if err := d.mem.take(1, int64(len(e.json))); err != nil {
		return err
	}
	inner := &decoder{&parser{text: e.json, depth: d.depth}, upgraded, d.mem, d.stages, d.nesting}
	if err := inner.fields(v); err != nil {
		return err
	}
	return upgraded.allTaken()
}

// tree reads any value as an Upgrade sees it.
func (d *decoder) tree() (any, error) {
	const node = 64 // bytes that a value takes, at most, besides its text
	if err := d.mem.take(1, node); err != nil {
		return nil, err
	}
	switch d.peek() {
	case '"':
		return d.string()
	case '{':
		return d.treeObject()
	case '[':
		list := []any{}
		err := d.array(func(i int) error {
			x, err := d.tree()
			list = append(list, x)
			return at(strconv.Itoa(i), err)
		})
		return list, err
	}
	switch {
	case d.word("null"):
		return nil, nil
	case d.word("true"):
		return true, nil
	case d.word("false"):
		return false, nil
	}
	text, err := d.number()
	return json.Number(text), err
}

// treeObject reads an object. One that stands for a list kept as tensors becomes
// that list.
func (d *decoder) treeObject() (any, error) {
	fields := map[string]any{}
	var list any
	err := d.object(func(key string) (err error) {
		if key == "tensor" || key == "texts" {
			list, err = d.treeList(key)
		} else {
			fields[key], err = d.tree()
		}
		return at(key, err)
	})
	if err != nil || list == nil {
		return fields, err
	}
	if len(fields) > 0 {
		return nil, errors.New("have a list with other keys beside it, want one key")
	}
	return list, nil
}

func (d *decoder) treeList(key string) (any, error) {
	t := reflect.TypeFor[[]string]()
	read := d.texts
	if key == "tensor" {
		ahead := *d.parser
		name, err := ahead.string()
		if err != nil {
			return nil, err
		}
		named := d.from.tensors[name]
		if named == nil {
			return nil, fmt.Errorf("have no tensor %q", shorten(name))
		}
		t, read = reflect.SliceOf(named.dtype.elem), d.tensor
	}
	v := reflect.New(t).Elem()
	err := read(v)
	return v.Interface(), err
}

// tree writes what an upgrade left of a stage's fields.
func (e *encoder) tree(path string, x any) error {
	switch x := x.(type) {
	case nil:
		e.json = append(e.json, "null"...)
	case json.Number:
		p := &parser{text: []byte(x)}
		if _, err := p.number(); err != nil || p.pos != len(x) {
			return fail(path, "have %q, want a number", shorten(string(x)))
		}
		e.json = append(e.json, x...)
	case map[string]any:
		return e.nest("{}", func() error {
			for i, key := range slices.SortedFunc(maps.Keys(x), compareKeys) {
				e.key(i, key)
				if err := e.tree(join(path, key), x[key]); err != nil {
					return err
				}
			}
			return nil
		})
	case []any:
		return e.nest("[]", func() error {
			for i, elem := range x {
				if i > 0 {
					e.json = append(e.json, ',')
				}
				if err := e.tree(join(path, strconv.Itoa(i)), elem); err != nil {
					return err
				}
			}
			return nil
		})
	default:
		return e.value(path, reflect.ValueOf(x))
	}
	return nil
}

// compareKeys puts "fields" last, for a stage's object begins with its type; no
// field of a struct begins with a small letter.
func compareKeys(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "fields":
		return 1
	case b == "fields":
		return -1
	}
	return cmp.Compare(a, b)
}
