package kdd

import "testing"

// Every table of a kind has values for each level, rising, or one, or two ends.
func TestKinds(t *testing.T) {
	names := Numeric()
	for _, p := range []*profile{training, later} {
		for i, k := range p.kinds {
			for j, d := range k.values {
				if n := len(d); n > 2 && n != len(levels) {
					t.Errorf("kind %d, %s: have %d values, want 0, 1, 2 or %d", i, names[j], n, len(levels))
				}
				for l := 1; l < len(d); l++ {
					if d[l] < d[l-1] {
						t.Errorf("kind %d, %s: have %v after %v, want rising values", i, names[j], d[l], d[l-1])
					}
				}
			}
		}
	}
}

// First output of SplitMix64 started at 1234567: the vector in its author's file
// splitmix64.c is quoted by Rosetta Code, "Pseudo-random numbers/Splitmix64".
func TestRandom(t *testing.T) {
	r := random(1234567)
	if got, want := r.next(), uint64(6457827717110365317); got != want {
		t.Errorf("have %d, want %d", got, want)
	}
}
