package rng_test

import (
	"testing"

	"github.com/millrace-ml/millrace/internal/rng"
)

// The first outputs of SplitMix64 from 123: reference accuracy, section 1.3.
func TestAt(t *testing.T) {
	for i, want := range []uint64{0xb4dc9bd462de412b, 0xfa023ce9f06fb77c, 0xdc12d311d371cbe8} {
		if have := rng.At(123, uint64(i)); have != want {
			t.Errorf("output %d: have %#x, want %#x", i, have, want)
		}
	}
	// 0xfa02... is above .8 of 2^64, so row 1 is the first that is held out.
	if have := rng.Uniform(123, 1); !(have > .97 && have < .98) {
		t.Errorf("have %v, want .9766", have)
	}
	if have := rng.Unit(^uint64(0)); have != 1-0x1p-53 {
		t.Errorf("the largest number: have %v, want just below 1", have)
	}
}
