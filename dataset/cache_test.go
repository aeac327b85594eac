package dataset_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/millrace-ml/millrace/dataset"
)

// everything makes a table of every type of column and of numbers that are hard to
// keep, in parts of uneven chunks, with dropped and filtered rows.
func everything(t testing.TB) *dataset.Table {
	t.Helper()
	schema := dataset.NewSchema(
		dataset.Field{Name: "constant", Type: dataset.Float},
		dataset.Field{Name: "byte", Type: dataset.Float},
		dataset.Field{Name: "short", Type: dataset.Float},
		dataset.Field{Name: "int", Type: dataset.Float},
		dataset.Field{Name: "rate", Type: dataset.Float},
		dataset.Field{Name: "price", Type: dataset.Float},
		dataset.Field{Name: "float32", Type: dataset.Float32},
		dataset.Field{Name: "raw", Type: dataset.Float},
		dataset.Field{Name: "odd", Type: dataset.Float},
		dataset.Field{Name: "holes", Type: dataset.Float},
		dataset.Field{Name: "i", Type: dataset.Int},
		dataset.Field{Name: "b", Type: dataset.Bool},
		dataset.Field{Name: "time", Type: dataset.Time},
		dataset.Field{Name: "word", Type: dataset.String},
		dataset.Field{Name: "id", Type: dataset.String},
		dataset.Field{Name: "v", Type: dataset.Vector, Size: 9},
		dataset.Field{Name: "scaled", Type: dataset.Vector, Size: 9})
	rng := rand.New(rand.NewPCG(3, 4))
	odd := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.Float64frombits(0x7FF0000000000001), 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 60, -1 << 63}
	words := []string{"tcp", "udp", "", "\xff\x00"}
	var parts [][]dataset.Chunk
	for p, sizes := range [][]int{{300, 1, 0, 40}, {}, {700}} {
		var part []dataset.Chunk
		first := 0
		for _, n := range sizes {
			if n == 40 {
				words = append(words, "icmp") // a dictionary that grows within a part
			}
			f := func(value func() float64) dataset.Floats {
				col := make(dataset.Floats, n)
				for i := range col {
					col[i] = value()
				}
				return col
			}
			var ints, bools, times dataset.Ints
			word, id := dataset.Strings{Dict: words}, dataset.Strings{}
			codes := make([]int32, n)
			sparse := &dataset.Sparse{Starts: []int{0}, Width: 4}
			for i := range n {
				ints.Values = append(ints.Values, int64(rng.Uint64()))
				bools.Values = append(bools.Values, rng.Int64N(2))
				times.Values = append(times.Values, 1700000000000000+rng.Int64N(1e9))
				if rng.IntN(9) == 0 {
					times.Values[i] = 0
					times.Absent.Set(i, n)
				}
				word.Codes = append(word.Codes, int32(rng.IntN(len(words)+1))-1)
				id.Codes = append(id.Codes, int32(i))
				id.Dict = append(id.Dict, fmt.Sprint("A", p, "-", first+i))
				codes[i] = int32(rng.IntN(3)) - 1
				for j := range 4 {
					if rng.IntN(3) == 0 {
						sparse.Index = append(sparse.Index, int32(j))
						sparse.Values = append(sparse.Values, rng.Float64())
					}
				}
				sparse.Starts = append(sparse.Starts, len(sparse.Index))
			}
			rate := f(func() float64 { return float64(rng.IntN(101)) / 100 })
			v := must(dataset.NewVectors(
				&dataset.Scalar{Values: rate},
				&dataset.OneHot{Codes: codes, Width: 2},
				&dataset.Dense{Values: append(f(rng.NormFloat64), f(rng.Float64)...), Width: 2},
				sparse))(t)
			lines := dataset.NewAffine(9)
			for j := range lines.Scale {
				lines.Centre[j], lines.Scale[j] = rng.Float64(), 1/float64(j)
			}
			hole := func(x float64) float64 {
				if rng.IntN(5) == 0 {
					return math.NaN()
				}
				return x
			}
			c := must(dataset.NewChunk(schema, dataset.Origin{Source: fmt.Sprint("file", p), Part: p, First: int64(first), Bytes: int64(10 * n)},
				f(func() float64 { return -7 }),
				f(func() float64 { return float64(rng.IntN(256)) }),
				f(func() float64 { return float64(rng.IntN(60000) - 30000) }),
				f(func() float64 { return float64(rng.Int32()) }),
				rate,
				f(func() float64 { return float64(rng.IntN(1e6)-100) / 100 }),
				f(func() float64 { return float64(rng.Float32()) }),
				f(rng.Float64),
				f(func() float64 { return odd[rng.IntN(len(odd))] }),
				f(func() float64 { return hole(float64(rng.IntN(1000))) }),
				ints, bools, times, word, id,
				v, v.Mapped(lines).Mapped(dataset.Affine{Centre: make([]float64, 9)})))(t)
			if n > 100 {
				c = c.Drop([]dataset.Reject{{Row: 3, Column: "rate", Value: "x", Reason: "want a number", Raw: []byte("a,b")}, {Row: 90}})
				c = c.Filter([]int32{0, 5, 7, 80, 81})
			}
			part = append(part, c)
			first += n
		}
		parts = append(parts, part)
	}
	return must(dataset.NewTable(schema, parts))(t)
}

// bits makes numbers comparable by their bits.
var bits = cmp.Options{
	cmp.Transformer("bits", math.Float64bits),
	cmp.Transformer("chunk", func(c dataset.Chunk) []any {
		all := []any{c.Rows(), c.Origin(), c.Rejects(), c.Filtered(), c.Schema()}
		for i := range c.Schema().Fields {
			switch col := c.Column(i).(type) {
			case dataset.Strings:
				text := make([]*string, col.Len())
				for i := range text {
					if !col.Missing(i) {
						text[i] = new(col.At(i))
					}
				}
				all = append(all, text)
			case *dataset.Vectors:
				all = append(all, col.Len(), col.Dim(), col.Blocks())
			default:
				all = append(all, col)
			}
		}
		return all
	}),
	cmpopts.EquateEmpty(),
}

func collect(t testing.TB, ds dataset.Dataset) [][]dataset.Chunk {
	t.Helper()
	parts := make([][]dataset.Chunk, ds.Parts())
	for p := range parts {
		for c, err := range ds.Read(t.Context(), p) {
			if err != nil {
				t.Fatal(err)
			}
			parts[p] = append(parts[p], c)
		}
	}
	return parts
}

func TestCacheGivesTheSameBits(t *testing.T) {
	table := everything(t)
	want := collect(t, table)
	for _, memory := range []int64{0, -1, 3000} {
		t.Run(fmt.Sprint("memory=", memory), func(t *testing.T) {
			dir := t.TempDir()
			begun := 0
			c := dataset.Cache(counted{table, &begun}, dataset.CacheOptions{Memory: memory, Dir: dir})
			for _, reading := range []string{"first", "second", "third"} {
				if diff := cmp.Diff(want, collect(t, c), bits); diff != "" {
					t.Fatalf("%s read (-want +got):\n%s", reading, diff)
				}
			}
			if begun != table.Parts() {
				t.Errorf("%d parts of the source were read, want %d", begun, table.Parts())
			}
			inMemory, file := c.Stored()
			if memory > 0 && inMemory > memory || memory < 0 && inMemory > 0 {
				t.Errorf("%d bytes are in memory, want at most %d", inMemory, memory)
			}
			if (file > 0) != (memory != 0) {
				t.Errorf("%d bytes are in the file with the limit %d", file, memory)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if err := c.Close(); err != nil {
				t.Errorf("closing again: %v", err)
			}
			if left := must(os.ReadDir(dir))(t); len(left) > 0 {
				t.Errorf("the temporary file %s is left", left[0].Name())
			}
			for part := range c.Parts() {
				for _, err := range c.Read(t.Context(), part) {
					if !errors.Is(err, os.ErrClosed) {
						t.Errorf("after Close: have the error %v, want os.ErrClosed", err)
					}
				}
			}
		})
	}
}

// Columns that share their values before they are stored share them after.
func TestCacheSharesValues(t *testing.T) {
	c := dataset.Cache(everything(t), dataset.CacheOptions{})
	defer c.Close()
	collect(t, c)
	chunk := collect(t, c)[0][3]
	rate := must(dataset.Get[dataset.Floats](chunk, "rate"))(t)
	for _, name := range []string{"v", "scaled"} {
		v := must(dataset.Get[*dataset.Vectors](chunk, name))(t)
		if s := v.Blocks()[0].(*dataset.Scalar); &s.Values[0] != &rate[0] {
			t.Errorf("column %q holds a copy of the numbers of column \"rate\"", name)
		}
	}
}

func TestCacheIsCompact(t *testing.T) {
	const rows = 4 * dataset.ChunkRows
	c := dataset.Cache(kddLike(t, rows), dataset.CacheOptions{})
	defer c.Close()
	readAll(t, c, 0)
	// By hand: 4 + 5 + 13 columns of one byte, 2 of two, 2 of four, and little else.
	if memory, _ := c.Stored(); memory > 35*rows {
		t.Errorf("takes %.1f bytes a row, want at most 35", float64(memory)/rows)
	}
}

func TestCacheOfAnAbortedRead(t *testing.T) {
	for _, memory := range []int64{0, -1} {
		table, begun := everything(t), 0
		c := dataset.Cache(counted{table, &begun}, dataset.CacheOptions{Memory: memory, Dir: t.TempDir()})
		defer c.Close()
		var file int64
		for range 3 {
			for range c.Read(t.Context(), 0) {
				break
			}
			if inMemory, _ := c.Stored(); inMemory != 0 {
				t.Errorf("an aborted read left %d bytes in memory", inMemory)
			}
			if _, now := c.Stored(); file != 0 && now != file {
				t.Errorf("the file grew from %d to %d bytes by an aborted read", file, now)
			} else {
				file = now
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, err := range c.Read(ctx, 0) {
			cancel()
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(collect(t, table), collect(t, c), bits); diff != "" {
			t.Errorf("after aborted reads (-want +got):\n%s", diff)
		}
		if begun != 4+table.Parts() {
			t.Errorf("%d reads of the source, want %d", begun, 4+table.Parts())
		}
		if diff := cmp.Diff(collect(t, table), collect(t, c), bits); diff != "" {
			t.Errorf("from the store (-want +got):\n%s", diff)
		}
	}
}

// failing gives an error after the first chunk, until fixed.
type failing struct {
	dataset.Dataset
	fixed *bool
}

func (f failing) Read(ctx context.Context, part int) iter.Seq2[dataset.Chunk, error] {
	return func(yield func(dataset.Chunk, error) bool) {
		for c, err := range f.Dataset.Read(ctx, part) {
			if !yield(c, err) {
				return
			}
			if !*f.fixed {
				yield(dataset.Chunk{}, errors.New("line lost"))
				return
			}
		}
	}
}

func TestCacheOfAFailedRead(t *testing.T) {
	fixed := false
	table := everything(t)
	c := dataset.Cache(failing{table, &fixed}, dataset.CacheOptions{})
	defer c.Close()
	if _, err := dataset.Collect(t.Context(), c); err == nil || err.Error() != "line lost" {
		t.Errorf("have the error %v, want that of the source", err)
	}
	fixed = true
	for range 2 {
		if diff := cmp.Diff(collect(t, table), collect(t, c), bits); diff != "" {
			t.Errorf("after a failed read (-want +got):\n%s", diff)
		}
	}
}

// TestCacheInParallel reads from several goroutines at once, so that first reads
// meet. It is worth running under -race.
func TestCacheInParallel(t *testing.T) {
	table := everything(t)
	want := collect(t, table)
	for _, memory := range []int64{0, 20_000} {
		c := dataset.Cache(table, dataset.CacheOptions{Memory: memory, Dir: t.TempDir()})
		defer c.Close()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 2 {
					if diff := cmp.Diff(want, collect(t, c), bits); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				}
			})
		}
		wg.Wait()
	}
}

// One part may be read by two at once, each in steps of the other.
func TestCacheOfTwoFirstReads(t *testing.T) {
	table := everything(t)
	c := dataset.Cache(table, dataset.CacheOptions{})
	defer c.Close()
	a, stopA := iter.Pull2(c.Read(t.Context(), 0))
	b, stopB := iter.Pull2(c.Read(t.Context(), 0))
	defer stopA()
	defer stopB()
	for _, want := range collect(t, table)[0] {
		for _, next := range []func() (dataset.Chunk, error, bool){a, b} {
			got, err, ok := next()
			if diff := cmp.Diff(want, got, bits); diff != "" || err != nil || !ok {
				t.Fatalf("error %v (-want +got):\n%s", err, diff)
			}
		}
	}
}

func TestCacheDirectoryMissing(t *testing.T) {
	c := dataset.Cache(everything(t), dataset.CacheOptions{Memory: -1, Dir: t.TempDir() + "/none"})
	defer c.Close()
	if _, err := dataset.Collect(t.Context(), c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("have the error %v, want one that names the directory", err)
	}
}

func TestCacheCountsAsItsSource(t *testing.T) {
	c := dataset.Cache(dataset.Filter(numbers(t, 5, 9), even), dataset.CacheOptions{})
	defer c.Close()
	for range 2 {
		if diff := cmp.Diff([]int64{5, 9}, must(c.PartRows(t.Context()))(t)); diff != "" {
			t.Errorf("rows of the parts (-want +got):\n%s", diff)
		}
	}
	begun := 0
	c = dataset.Cache(counted{numbers(t, 5, 9), &begun}, dataset.CacheOptions{})
	defer c.Close()
	must(c.PartRows(t.Context()))(t)
	collect(t, c)
	if begun != 2 {
		t.Errorf("the source was read %d times, want twice", begun)
	}
}
