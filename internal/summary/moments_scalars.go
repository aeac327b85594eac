package summary

import (
	"math"

	"github.com/millrace-ml/millrace/dataset"
)

// A scalar is a block of one dimension and its place in the vector.
type scalar struct {
	dim   int
	block *dataset.Scalar
}

// A value's update waits for the division of the one before it, for some twenty
// cycles, so the columns are added side by side: laneRows values of up to laneCols
// columns are packed without their zeros into a buffer that stays in the first
// cache, and four lanes run through it. Each column keeps its own order, and so
// its bits.
const (
	laneRows = 256
	laneCols = 16
)

// A lane is the state of one dimension and the values to add to it.
type lane struct {
	x           []float64
	w, mean, m2 float64
	dim         int
}

// addScalars adds columns of numbers.
func (m *Moments) addScalars(cols []scalar, rows int, sel []int32) {
	if sel != nil {
		rows = len(sel)
	}
	if len(cols) == 0 {
		return
	}
	var buf [laneCols][laneRows]float64
	var lanes [laneCols]lane
	for len(cols) > 0 {
		group := cols[:min(laneCols, len(cols))]
		cols = cols[len(group):]
		for from := 0; from < rows; from += laneRows {
			to := min(from+laneRows, rows)
			n := 0
			for k, col := range group {
				var x []float64
				if sel != nil {
					x = packSelected(&buf[k], col.block.Values, sel[from:to], col.block.Lines)
				} else {
					x = pack(&buf[k], col.block.Values[from:to], col.block.Lines)
				}
				if len(x) > 0 {
					j := col.dim
					lanes[n] = lane{x: x, w: m.Weight[j], mean: m.Mean[j], m2: m.M2[j], dim: j}
					n++
				}
			}
			m.run(lanes[:n])
		}
	}
}

// pack writes the values that are not 0 to dst.
func pack(dst *[laneRows]float64, values []float64, lines dataset.Lines) []float64 {
	if len(lines) > 0 {
		for i, x := range values {
			dst[i] = lines.At(0, x)
		}
		values = dst[:len(values)]
	}
	n := 0
	for ; len(values) >= 8; values = values[8:] {
		v := values[:8]
		if zeros(v[0], v[1], v[2], v[3]) && zeros(v[4], v[5], v[6], v[7]) {
			continue // long runs of zeros are common, and cost little so
		}
		for _, x := range v {
			dst[n&(laneRows-1)] = x
			n += nonzero(x)
		}
	}
	for _, x := range values {
		dst[n&(laneRows-1)] = x
		n += nonzero(x)
	}
	return dst[:n]
}

// zeros reports whether all four are 0 or -0.
func zeros(a, b, c, d float64) bool {
	return (math.Float64bits(a)|math.Float64bits(b)|math.Float64bits(c)|math.Float64bits(d))<<1 == 0
}

func packSelected(dst *[laneRows]float64, values []float64, sel []int32, lines dataset.Lines) []float64 {
	n := 0
	for _, i := range sel {
		x := lines.At(0, values[i])
		dst[n&(laneRows-1)] = x
		n += nonzero(x)
	}
	return dst[:n]
}

// nonzero returns 1 unless x is 0 or -0, without a branch.
func nonzero(x float64) int {
	u := math.Float64bits(x) << 1
	return int((u | -u) >> 63)
}

// run adds the values of every lane and stores the states.
func (m *Moments) run(lanes []lane) {
	for len(lanes) >= 4 {
		a, b, c, d := &lanes[0], &lanes[1], &lanes[2], &lanes[3]
		n := min(len(a.x), len(b.x), len(c.x), len(d.x))
		step4(a, b, c, d, n)
		live := lanes[:0]
		for k := range lanes {
			if k < 4 && len(lanes[k].x) == 0 {
				m.store(&lanes[k])
				continue
			}
			live = append(live, lanes[k])
		}
		lanes = live
	}
	for k := range lanes {
		lanes[k].step(len(lanes[k].x))
		m.store(&lanes[k])
	}
}

func (m *Moments) store(l *lane) { m.Weight[l.dim], m.Mean[l.dim], m.M2[l.dim] = l.w, l.mean, l.m2 }

// step adds the first n values; see put.
func (l *lane) step(n int) {
	w, mean, m2 := l.w, l.mean, l.m2
	for _, x := range l.x[:n] {
		w++
		d := x - mean
		mean += d / w
		m2 += float64((x - mean) * d)
	}
	l.x, l.w, l.mean, l.m2 = l.x[n:], w, mean, m2
}

// step4 is step for four lanes at a time.
func step4(a, b, c, d *lane, n int) {
	aw, am, as := a.w, a.mean, a.m2
	bw, bm, bs := b.w, b.mean, b.m2
	cw, cm, cs := c.w, c.mean, c.m2
	dw, dm, ds := d.w, d.mean, d.m2
	ax, bx, cx, dx := a.x[:n], b.x[:n], c.x[:n], d.x[:n]
	for i := range ax {
		aw, bw, cw, dw = aw+1, bw+1, cw+1, dw+1
		ad, bd, cd, dd := ax[i]-am, bx[i]-bm, cx[i]-cm, dx[i]-dm
		am, bm, cm, dm = am+ad/aw, bm+bd/bw, cm+cd/cw, dm+dd/dw
		as += float64((ax[i] - am) * ad)
		bs += float64((bx[i] - bm) * bd)
		cs += float64((cx[i] - cm) * cd)
		ds += float64((dx[i] - dm) * dd)
	}
	a.x, a.w, a.mean, a.m2 = a.x[n:], aw, am, as
	b.x, b.w, b.mean, b.m2 = b.x[n:], bw, bm, bs
	c.x, c.w, c.mean, c.m2 = c.x[n:], cw, cm, cs
	d.x, d.w, d.mean, d.m2 = d.x[n:], dw, dm, ds
}
