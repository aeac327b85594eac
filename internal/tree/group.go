package tree

import (
	"context"
	"math"
)

const (
	trialRows  = 1 << 15 // rows that tell whether grouping pays
	groupShare = 0.5     // groups a row above which it does not
)

// group joins the rows that have the same codes, the same label and the same side of
// the hold-out, in the order of their first rows. It does nothing where few are alike.
func (d *Data) group(ctx context.Context) error {
	hashes := make([]uint64, d.Rows)
	if trial := min(d.Rows, trialRows); d.Rows > trialRows {
		stride := d.Rows / trial
		d.hash(hashes, 0, d.Rows, stride)
		seen := make(map[uint64]struct{}, trial)
		for i := 0; i < d.Rows; i += stride {
			seen[hashes[i]] = struct{}{}
		}
		if float64(len(seen)) > groupShare*float64((d.Rows+stride-1)/stride) {
			return nil
		}
	}
	if err := inBlocks(ctx, d.Rows, func(_, from, to int) { d.hash(hashes, from, to, 1) }); err != nil {
		return err
	}
	first, err := d.firsts(ctx, hashes)
	if err != nil {
		return err
	}
	return d.compact(ctx, first)
}

// hash mixes the codes of the rows from to to-1, every stride-th of them.
func (d *Data) hash(hashes []uint64, from, to, stride int) {
	for i := from; i < to; i += stride {
		h := math.Float64bits(d.Labels[i])
		if d.Held != nil {
			h += uint64(btoi(d.Held[i]))
		}
		hashes[i] = mix(h)
	}
	for c := range d.Bins {
		if col := d.narrow[c]; col != nil {
			for i := from; i < to; i += stride {
				hashes[i] = mix(hashes[i] ^ uint64(col[i]))
			}
		} else {
			col := d.wide[c]
			for i := from; i < to; i += stride {
				hashes[i] = mix(hashes[i] ^ uint64(col[i]))
			}
		}
	}
}

func mix(h uint64) uint64 {
	h *= 0x9E3779B97F4A7C15
	return h ^ h>>29
}

// firsts finds the first row that is like each row. Rows of the same hash that are not
// alike stay apart from all others but the first of that hash.
func (d *Data) firsts(ctx context.Context, hashes []uint64) ([]int32, error) {
	size := 1
	for size < 2*d.Rows {
		size <<= 1
	}
	slots := make([]int32, size) // 1 + first row of a hash
	first := make([]int32, d.Rows)
	for i, h := range hashes {
		if i%blockRows == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at := (h * 0x9E3779B97F4A7C15) >> 20 & uint64(size-1)
		for slots[at] != 0 && hashes[slots[at]-1] != h {
			at = (at + 1) & uint64(size-1)
		}
		if slots[at] == 0 {
			slots[at] = int32(i) + 1
		}
		first[i] = slots[at] - 1
	}
	return first, inBlocks(ctx, d.Rows, func(_, from, to int) { d.verify(first, from, to) })
}

// verify makes each row of from to to-1 that is not like its first row a first itself.
func (d *Data) verify(first []int32, from, to int) {
	alike := make([]bool, to-from)
	for i := range alike {
		f := first[from+i]
		alike[i] = d.Labels[f] == d.Labels[from+i] && (d.Held == nil || d.Held[f] == d.Held[from+i])
	}
	for c := range d.Bins {
		if col := d.narrow[c]; col != nil {
			for i := range alike {
				alike[i] = alike[i] && col[first[from+i]] == col[from+i]
			}
		} else {
			col := d.wide[c]
			for i := range alike {
				alike[i] = alike[i] && col[first[from+i]] == col[from+i]
			}
		}
	}
	for i, ok := range alike {
		if !ok {
			first[from+i] = int32(from + i)
		}
	}
}

// compact keeps one row of each group.
func (d *Data) compact(ctx context.Context, first []int32) error {
	d.groups = make([]int32, d.Rows)
	var keep []int32
	counts, weights := []int32{}, []int64{}
	for i, f := range first {
		if int(f) == i {
			d.groups[i] = int32(len(keep))
			keep = append(keep, int32(i))
			counts, weights = append(counts, 0), append(weights, 0)
		} else {
			d.groups[i] = d.groups[f]
		}
		g := d.groups[i]
		counts[g]++
		weights[g] += d.Weights[i]
	}
	d.Counts, d.Weights = counts, weights
	d.Labels = pick(d.Labels, keep)
	if d.Held != nil {
		d.Held = pick(d.Held, keep)
	}
	return InParallel(ctx, len(d.Bins), func(c int) error {
		if d.narrow[c] != nil {
			d.narrow[c] = pick(d.narrow[c], keep)
		} else {
			d.wide[c] = pick(d.wide[c], keep)
		}
		return nil
	})
}

func pick[T any](values []T, rows []int32) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = values[i]
	}
	return out
}
