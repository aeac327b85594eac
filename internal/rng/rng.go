// Package rng draws numbers by place: what is drawn for a row depends on the seed and
// the row's number alone, so the same for any parts, chunks and workers.
//
// The generator is SplitMix64: Steele, Lea and Flood, Fast Splittable Pseudorandom
// Number Generators, OOPSLA 2014, figure 14; its finalizer is variant 13 of Stafford.
package rng

// Golden is the step of the generator's state.
const Golden = 0x9E3779B97F4A7C15

// Mix is the generator's finalizer, a one-to-one map of 64 bits.
func Mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// At is output i, from 0, of the generator started at seed.
func At(seed, i uint64) uint64 { return Mix(seed + (i+1)*Golden) }

// Uniform is [At] as a number in [0, 1), by its upper 53 bits.
func Uniform(seed, i uint64) float64 { return Unit(At(seed, i)) }

// Unit makes a number in [0, 1) of the upper 53 bits.
func Unit(z uint64) float64 { return float64(z>>11) * 0x1p-53 }
