package pipeline

import (
	"fmt"
	"reflect"
	"sync"
)

// A Registration is what the library knows of a stage's type. It links the type
// to the name that model files and errors use, and never changes once made.
type Registration struct {
	Name    string
	Type    reflect.Type
	Version int // of the type's saved form, from 1

	ready    func(Stage) error
	upgrades []Upgrade
}

// An Upgrade changes the saved fields of one version of a type into those of the
// next. A list of numbers or truth values is a slice of the saved type, such as
// []float64; everything else is as package encoding/json decodes it with
// UseNumber: json.Number, string, bool, nil, []any, map[string]any. The values
// come from a file, so an Upgrade takes none of them for granted.
type Upgrade func(fields map[string]any) error

// An Option completes a [Register].
type Option func(*Registration)

// Ready gives the function that checks a model's exported fields and derives the
// unexported ones. It runs after Load, and Fit must call it too; it returns an
// error for fields that Fit cannot have made, so that a hostile file cannot make
// Transform panic.
func Ready[T Stage](ready func(T) error) Option {
	return func(r *Registration) {
		if r.Type != reflect.TypeFor[T]() {
			panic(fmt.Sprintf("pipeline.Register: %s is a %v, and its Ready takes a %v", r.Name, r.Type, reflect.TypeFor[T]()))
		}
		r.ready = func(s Stage) error { return ready(s.(T)) }
	}
}

// Upgrades says that the saved form of the type has changed: by upgrades[0] from
// version 1 to 2, by upgrades[1] from 2 to 3, and so on.
func Upgrades(upgrades ...Upgrade) Option {
	return func(r *Registration) {
		r.upgrades = upgrades
		r.Version = 1 + len(upgrades)
	}
}

var registry = struct {
	sync.RWMutex
	byName map[string]*Registration
	byType map[reflect.Type]*Registration
}{byName: map[string]*Registration{}, byType: map[reflect.Type]*Registration{}}

// Register links a stage's type to the name that model files use for it for ever,
// by convention "package.Type". Call it from init. T is the value type of an
// estimator or the pointer type of a model. It panics without a name, on a name or
// type that is taken, and on a type with unexported fields and no [Ready].
func Register[T Stage](name string, opts ...Option) {
	if name == "" {
		panic(fmt.Sprintf("pipeline.Register: have no name for %v", reflect.TypeFor[T]()))
	}
	r := &Registration{Name: name, Type: reflect.TypeFor[T](), Version: 1}
	for _, opt := range opts {
		opt(r)
	}
	if r.ready == nil && derives(r.Type) {
		panic(fmt.Sprintf("pipeline.Register: %v has unexported fields, want a Ready that derives them", r.Type))
	}
	registry.Lock()
	defer registry.Unlock()
	if old := registry.byName[name]; old != nil {
		panic(fmt.Sprintf("pipeline.Register: the name %q is taken by %v", name, old.Type))
	}
	if old := registry.byType[r.Type]; old != nil {
		panic(fmt.Sprintf("pipeline.Register: the type %v is registered as %q", r.Type, old.Name))
	}
	registry.byName[name], registry.byType[r.Type] = r, r
}

func derives(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for f := range t.Fields() {
		if !f.IsExported() {
			return true
		}
	}
	return false
}

// Registered returns the registration of a name.
func Registered(name string) (*Registration, bool) {
	registry.RLock()
	defer registry.RUnlock()
	r, ok := registry.byName[name]
	return r, ok
}

// RegistrationOf returns the registration of a stage's type.
func RegistrationOf(s Stage) (*Registration, bool) { return RegisteredType(reflect.TypeOf(s)) }

// RegisteredType returns the registration of a Go type.
func RegisteredType(t reflect.Type) (*Registration, bool) {
	registry.RLock()
	defer registry.RUnlock()
	r, ok := registry.byType[t]
	return r, ok
}

// Ready checks s and derives its unexported fields.
func (r *Registration) Ready(s Stage) error {
	if r.ready == nil {
		return nil
	}
	return r.ready(s)
}

// Upgrade brings the saved fields of an older version to the present one. It fails
// for a version that there has not been.
func (r *Registration) Upgrade(version int, fields map[string]any) error {
	if version < 1 || version > r.Version {
		return fmt.Errorf("%s: have version %d, want 1 to %d", r.Name, version, r.Version)
	}
	for v := version; v < r.Version; v++ {
		if err := r.upgrades[v-1](fields); err != nil {
			return fmt.Errorf("%s: from version %d to %d: %w", r.Name, v, v+1, err)
		}
	}
	return nil
}

// NameOf returns the registered name of a stage, or its Go type where it has none.
func NameOf(s Stage) string {
	if r, ok := RegistrationOf(valueOf(s)); ok {
		return r.Name
	}
	return fmt.Sprintf("%T", s)
}

// valueOf returns the value behind a pointer where that is a stage of the same
// kind, so that no caller keeps a handle on a stage inside a pipeline. Other stages
// are returned as they are.
func valueOf(s Stage) Stage {
	v := reflect.ValueOf(s)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return s
	}
	value := v.Elem().Interface()
	switch s.(type) {
	case Estimator:
		if e, ok := value.(Estimator); ok {
			return e
		}
	case Transformer:
		if t, ok := value.(Transformer); ok {
			return t
		}
	}
	return s
}
