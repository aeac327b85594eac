package check

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Name returns the name of a value of an enumeration, and its number where it has
// none.
func Name[T ~uint8](names []string, value T) string {
	if int(value) < len(names) {
		return names[value]
	}
	return fmt.Sprintf("%s(%d)", reflect.TypeFor[T]().Name(), uint8(value))
}

// MarshalName returns the name of a value of an enumeration, as saved models hold it.
func MarshalName[T ~uint8](names []string, value T) ([]byte, error) {
	if int(value) < len(names) {
		return []byte(names[value]), nil
	}
	return nil, fmt.Errorf("have the number %d, want below %d", uint8(value), len(names))
}

// ParseName returns the value that has the name.
func ParseName[T ~uint8](names []string, text []byte) (T, error) {
	if i := slices.Index(names, string(text)); i >= 0 {
		return T(i), nil
	}
	return 0, fmt.Errorf("have %q, want one of %s", text, strings.Join(names, ", "))
}
