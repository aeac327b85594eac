package kdd

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/internal/rng"
)

// partRows is how many generated rows make a part.
const partRows = 2 * dataset.ChunkRows

// Generate returns rows of made-up connections with the columns of [Schema] and,
// in shares and values, the look of the 10 % file: 80 % attacks, 57 % smurf alone,
// all 23 labels. Row i is a function of seed and i alone, so parts are made
// independently and the first rows do not change when more are asked for.
//
// It panics where rows is negative.
func Generate(rows int, seed uint64) dataset.Dataset {
	return newGenerator(training, rows, seed)
}

// GenerateLater returns rows in the look of the corrected file: other shares, and
// attacks that [Generate] never makes.
func GenerateLater(rows int, seed uint64) dataset.Dataset {
	return newGenerator(later, rows, ^seed)
}

type generator struct {
	profile *profile
	rows    int
	seed    uint64
	schema  dataset.Schema
}

func newGenerator(p *profile, rows int, seed uint64) *generator {
	if rows < 0 {
		panic(fmt.Sprintf("kdd.Generate: have %d rows, want at least 0", rows))
	}
	return &generator{profile: p, rows: rows, seed: seed, schema: Schema()}
}

func (g *generator) Schema() dataset.Schema { return g.schema }

func (g *generator) Parts() int { return (g.rows + partRows - 1) / partRows }

// Size returns the number of rows.
func (g *generator) Size() (rows, bytes int64) { return int64(g.rows), 0 }

// PartRows returns the number of rows of each part.
func (g *generator) PartRows(context.Context) ([]int64, error) {
	counts := make([]int64, g.Parts())
	for p := range counts {
		counts[p] = int64(min(partRows, g.rows-p*partRows))
	}
	return counts, nil
}

// Read makes the rows of a part.
func (g *generator) Read(ctx context.Context, part int) iter.Seq2[dataset.Chunk, error] {
	return func(yield func(dataset.Chunk, error) bool) {
		end := min((part+1)*partRows, g.rows)
		for from := part * partRows; from < end; from += dataset.ChunkRows {
			if err := ctx.Err(); err != nil {
				yield(dataset.Chunk{}, err)
				return
			}
			c, err := g.chunk(part, from, min(from+dataset.ChunkRows, end))
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func (g *generator) chunk(part, from, to int) (dataset.Chunk, error) {
	var numbers [numColumns]dataset.Floats
	for j := range numbers {
		numbers[j] = make(dataset.Floats, to-from)
	}
	text := make(map[string]dataset.Strings, len(categorical)+1)
	for name, dict := range g.profile.dicts {
		text[name] = dataset.Strings{Codes: make([]int32, to-from), Dict: dict}
	}
	protocol, service, flag, label := text["protocol_type"].Codes, text["service"].Codes, text["flag"].Codes, text[Label].Codes
	for i := range to - from {
		r := newRandom(g.seed, uint64(from+i))
		k := g.profile.pick(&r)
		protocol[i], service[i], flag[i], label[i] = k.protocol, k.services[r.below(len(k.services))], k.flag, k.label
		k.draw(&r, func(j int, x float64) { numbers[j][i] = x })
	}
	cols := make([]dataset.Column, len(columns))
	next := 0
	for i, name := range columns {
		if col, ok := text[name]; ok {
			cols[i] = col
			continue
		}
		cols[i] = numbers[next]
		next++
	}
	return dataset.NewChunk(g.schema, dataset.Origin{Part: part, First: int64(from - part*partRows)}, cols...)
}

// A profile is a mixture of kinds of connections, compiled for drawing.
type profile struct {
	kinds []compiled
	upTo  []int               // rows of the kinds up to and with each
	dicts map[string][]string // entries of each text column
}

type compiled struct {
	protocol, flag, label int32
	services              []int32
	values                [numColumns]dist
}

func newProfile(kinds ...[]kind) *profile {
	p := &profile{dicts: map[string][]string{}}
	total := 0
	for _, k := range slices.Concat(kinds...) {
		total += k.rows
		p.upTo = append(p.upTo, total)
		c := compiled{
			protocol: p.code("protocol_type", k.protocol),
			flag:     p.code("flag", k.flag),
			label:    p.code(Label, k.label),
			values:   k.values,
		}
		for _, s := range k.services {
			c.services = append(c.services, p.code("service", s))
		}
		p.kinds = append(p.kinds, c)
	}
	return p
}

// code returns the code of a text in the dictionary of the column.
func (p *profile) code(column, text string) int32 {
	dict := p.dicts[column]
	i := slices.Index(dict, text)
	if i < 0 {
		i = len(dict)
		p.dicts[column] = append(dict, text)
	}
	return int32(i)
}

func (p *profile) pick(r *random) *compiled {
	row := r.below(p.upTo[len(p.upTo)-1])
	i, _ := slices.BinarySearch(p.upTo, row+1)
	return &p.kinds[i]
}

// draw sets the numbers of one connection; those it does not set are 0. Columns of
// one factor rise and fall together: the errors of a host with those of its
// service, say.
func (k *compiled) draw(r *random, set func(column int, x float64)) {
	var factors [numColumns]float64
	for j := range factors {
		factors[j] = r.float()
	}
	for j := range k.values {
		d := k.values[j]
		if len(d) == 0 {
			continue
		}
		x := d.at(factors[factorOf[j]])
		if isRate[j] {
			x = math.Floor(float64(x*100)+.5) / 100
		} else {
			x = math.Floor(x + .5)
		}
		set(j, x)
	}
}

// A dist is a distribution: one value, or the two ends of an even spread, or the
// values at each of the levels. Before they are rounded, values between two levels
// are spread evenly, and those above the last level but one lean towards it, so
// that the largest are rare.
type dist []float64

var levels = [...]float64{0, .05, .25, .5, .75, .95, .99, 1}

// at returns the value below which a share u of the values lies.
func (d dist) at(u float64) float64 {
	switch len(d) {
	case 1:
		return d[0]
	case 2:
		return d[0] + float64(u*(d[1]-d[0]))
	}
	i := 0
	for u >= levels[i+1] {
		i++
	}
	t := (u - levels[i]) / (levels[i+1] - levels[i])
	if i == len(levels)-2 {
		t *= t
		t *= t
		t *= t
	}
	return d[i] + float64(t*(d[i+1]-d[i]))
}

// random is the generator of package rng, with a stream of its own for each row.
type random uint64

func newRandom(seed, row uint64) random {
	r := random(seed + row*0xD1342543DE82EF95)
	return random(r.next() ^ row)
}

func (r *random) next() uint64 {
	*r += rng.Golden
	return rng.Mix(uint64(*r))
}

func (r *random) float() float64 { return rng.Unit(r.next()) }

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.float() * float64(n)) }
