// Package check holds the small checks of parameters that stages share. Each
// returns nil or an error of the form "Name is value, want requirement".
package check

import (
	"errors"
	"fmt"
	"slices"
)

// Or returns a copy of *p, or of def where p is nil.
func Or[T any](p *T, def T) *T {
	if p != nil {
		def = *p
	}
	return &def
}

// Less wants lo below hi.
func Less(loName string, lo float64, hiName string, hi float64) error {
	if lo < hi {
		return nil
	}
	return fmt.Errorf("%s is %v, want less than %s (%v)", loName, lo, hiName, hi)
}

// AtLeast wants value to be at least least.
func AtLeast[T int | float64](name string, value, least T) error {
	if value >= least {
		return nil
	}
	return fmt.Errorf("%s is %v, want at least %v", name, value, least)
}

// Above wants value above bound.
func Above[T int | float64](name string, value, bound T) error {
	if value > bound {
		return nil
	}
	return fmt.Errorf("%s is %v, want above %v", name, value, bound)
}

// Share wants a number above 0 and below 1.
func Share(name string, value float64) error {
	if value > 0 && value < 1 {
		return nil
	}
	return fmt.Errorf("%s is %v, want above 0 and below 1", name, value)
}

// OneOf wants one of the listed values.
func OneOf[T comparable](name string, value T, want ...T) error {
	if slices.Contains(want, value) {
		return nil
	}
	return fmt.Errorf("%s is %v, want one of %v", name, value, want)
}

// Pairs wants lists of input and output columns of the same length, at least one.
func Pairs(inName string, in []string, outName string, out []string) error {
	switch {
	case len(in) == 0:
		return errors.New(inName + " is empty, want at least one column")
	case len(in) != len(out):
		return fmt.Errorf("%s has %d columns, want %d as in %s", outName, len(out), len(in), inName)
	}
	return nil
}
