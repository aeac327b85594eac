package fold_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/millrace-ml/millrace/dataset"
	"github.com/millrace-ml/millrace/dataset/fold"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A source has parts of chunks of one row each; hook runs before a chunk is given.
type source struct {
	parts, chunks int
	hook          func(ctx context.Context, part, chunk int) error
}

var schema = dataset.NewSchema(dataset.Field{Name: "x", Type: dataset.Float})

func (s source) Schema() dataset.Schema { return schema }
func (s source) Parts() int             { return s.parts }

func (s source) Read(ctx context.Context, part int) iter.Seq2[dataset.Chunk, error] {
	return func(yield func(dataset.Chunk, error) bool) {
		for k := range s.chunks {
			if s.hook != nil {
				if err := s.hook(ctx, part, k); err != nil {
					yield(dataset.Chunk{}, err)
					return
				}
			}
			c, err := dataset.NewChunk(schema, dataset.Origin{Part: part, First: int64(k)}, dataset.Floats{value(part, k)})
			if !yield(c, err) {
				return
			}
		}
	}
}

func value(part, chunk int) float64 { return math.Sin(float64(100*part + chunk)) }

// tree writes down how states were merged, so that no two shapes are alike.
type tree struct{}

func (tree) Zero() string { return "" }

func (tree) Add(s string, c dataset.Chunk) (string, error) {
	return fmt.Sprintf("%s%d.%d ", s, c.Origin().Part, c.Origin().First), nil
}

func (tree) Merge(a, b string) (string, error) { return "(" + a + "| " + b + ")", nil }

// sum adds floats, in which the order shows.
type sum struct{}

func (sum) Zero() float64 { return 0 }

func (sum) Add(s float64, c dataset.Chunk) (float64, error) {
	x, err := dataset.Get[dataset.Floats](c, "x")
	for _, v := range x {
		s += v
	}
	return s, err
}

func (sum) Merge(a, b float64) (float64, error) { return a + b, nil }

func TestRunMergesAlongOneTree(t *testing.T) {
	// By hand from the package's law: 2i with 2i+1, then their neighbours.
	want := map[int]string{
		0: "",
		1: "0.0 ",
		2: "(0.0 | 1.0 )",
		3: "((0.0 | 1.0 )| 2.0 )",
		5: "(((0.0 | 1.0 )| (2.0 | 3.0 ))| 4.0 )",
		6: "(((0.0 | 1.0 )| (2.0 | 3.0 ))| (4.0 | 5.0 ))",
	}
	for parts, want := range want {
		for _, workers := range []int{1, 2, 3, 8} {
			got, err := fold.Run(fold.WithWorkers(t.Context(), workers), source{parts: parts, chunks: 1}, tree{})
			if err != nil || got != want {
				t.Errorf("%d parts, %d workers: have %q (%v), want %q", parts, workers, got, err, want)
			}
		}
	}
}

func TestRunGivesTheSameBits(t *testing.T) {
	for _, parts := range []int{1, 2, 7, 16, 33, 100} {
		// Parts are held up at random, so that they end in another order each time.
		slow := func(_ context.Context, part, _ int) error {
			for range part * 7 % 5 {
				runtime.Gosched()
			}
			return nil
		}
		var sums []float64
		var trees []string
		for _, workers := range []int{1, 2, 3, 8, 8, 8} {
			ctx := fold.WithWorkers(t.Context(), workers)
			s, err := fold.Run(ctx, source{parts, 5, slow}, sum{})
			if err != nil {
				t.Fatal(err)
			}
			shape, err := fold.Run(ctx, source{parts, 2, slow}, tree{})
			if err != nil {
				t.Fatal(err)
			}
			sums, trees = append(sums, s), append(trees, shape)
		}
		if len(slices.Compact(sums)) != 1 || len(slices.Compact(trees)) != 1 {
			t.Errorf("%d parts: results differ with the workers: %v", parts, sums)
		}
	}
}

func TestRunUsesTheWorkers(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var now, most atomic.Int64
		var all sync.WaitGroup
		all.Add(workers)
		ds := source{parts: 9, chunks: 1, hook: func(_ context.Context, part, _ int) error {
			most.Store(max(most.Load(), now.Add(1)))
			if part < workers {
				all.Done() // the first parts wait for one another
				all.Wait()
			}
			now.Add(-1)
			return nil
		}}
		if _, err := fold.Run(fold.WithWorkers(t.Context(), workers), ds, sum{}); err != nil {
			t.Fatal(err)
		}
		if int(most.Load()) > workers {
			t.Errorf("%d parts were read at once, want at most %d", most.Load(), workers)
		}
	}
	if got := fold.Workers(t.Context()); got != runtime.GOMAXPROCS(0) {
		t.Errorf("have %d workers, want GOMAXPROCS", got)
	}
}

func TestWithWorkersPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("0 workers did not panic")
		}
	}()
	fold.WithWorkers(t.Context(), 0)
}

func TestRunReturnsTheLowestFailure(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		// Part 3 fails only after part 5 has, where both are read at once.
		five := make(chan struct{})
		ds := source{parts: 40, chunks: 2, hook: func(_ context.Context, part, _ int) error {
			switch {
			case part == 5:
				defer close(five)
				return errors.New("part 5")
			case part == 3 && workers >= 4:
				<-five
				return errors.New("part 3")
			case part == 3:
				return errors.New("part 3")
			case part > 3 && workers == 1:
				t.Errorf("part %d is read after a failure", part)
			}
			return nil
		}}
		_, err := fold.Run(fold.WithWorkers(t.Context(), workers), ds, tree{})
		if err == nil || err.Error() != "part 3" {
			t.Errorf("%d workers: have the error %v, want that of part 3", workers, err)
		}
	}
}

// bad fails or panics on one part, in Add or in Merge.
type bad struct {
	tree
	add, merge func() error
}

func (b bad) Add(s string, c dataset.Chunk) (string, error) {
	if b.add != nil && c.Origin().Part == 1 {
		return s, b.add()
	}
	return b.tree.Add(s, c)
}

func (b bad) Merge(x, y string) (string, error) {
	if b.merge != nil {
		return x, b.merge()
	}
	return b.tree.Merge(x, y)
}

func TestRunTurnsPanicsIntoErrors(t *testing.T) {
	boom := func() error { panic("boom") }
	failed := func() error { return errors.New("failed") }
	plain := source{parts: 4, chunks: 2}
	tests := []struct {
		name string
		ds   dataset.Dataset
		agg  bad
		want string
	}{
		{"error in Add", plain, bad{add: failed}, "failed"},
		{"error in Merge", plain, bad{merge: failed}, "failed"},
		{"panic in Add", plain, bad{add: boom}, "panic: boom"},
		{"panic in Merge", plain, bad{merge: boom}, "panic: boom"},
		{"panic in Read", source{4, 2, func(context.Context, int, int) error { panic("boom") }}, bad{}, "panic: boom"},
	}
	for _, tt := range tests {
		for _, workers := range []int{1, 3} {
			_, err := fold.Run(fold.WithWorkers(t.Context(), workers), tt.ds, tt.agg)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s, %d workers: have the error %v, want %s", tt.name, workers, err, tt.want)
			}
		}
	}
}

func TestRunCancelled(t *testing.T) {
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(fold.WithWorkers(t.Context(), workers))
		var read atomic.Int64
		ds := source{parts: 100, chunks: 100, hook: func(_ context.Context, part, chunk int) error {
			if part == 1 && chunk == 2 {
				cancel()
			}
			read.Add(1)
			return nil
		}}
		if _, err := fold.Run(ctx, ds, sum{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%d workers: have the error %v, want context.Canceled", workers, err)
		}
		if read.Load() > 9000 {
			t.Errorf("%d workers: %d of 10000 chunks were read", workers, read.Load())
		}
		if _, err := fold.Run(ctx, source{}, sum{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: have the error %v, want context.Canceled", err)
		}
	}
}

func order(t *testing.T, ctx context.Context, ds dataset.Dataset) (got []string, err error) {
	t.Helper()
	for c, err := range fold.Chunks(ctx, ds) {
		if err != nil {
			return got, err
		}
		got = append(got, fmt.Sprintf("%d.%d", c.Origin().Part, c.Origin().First))
	}
	return got, nil
}

func TestChunksKeepTheirOrder(t *testing.T) {
	for _, parts := range []int{0, 1, 2, 5, 30} {
		want, err := order(t, fold.WithWorkers(t.Context(), 1), source{parts: parts, chunks: 3})
		if err != nil || len(want) != 3*parts {
			t.Fatalf("one worker: have %d chunks, error %v", len(want), err)
		}
		for _, workers := range []int{2, 3, 8} {
			got, err := order(t, fold.WithWorkers(t.Context(), workers), source{parts: parts, chunks: 3})
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%d parts, %d workers: error %v (-want +got):\n%s", parts, workers, err, diff)
			}
		}
	}
}

// A part of more chunks than may wait must not hold up the others for ever.
func TestChunksOfLongParts(t *testing.T) {
	got, err := order(t, fold.WithWorkers(t.Context(), 3), source{parts: 7, chunks: 500})
	if err != nil || len(got) != 3500 {
		t.Errorf("have %d chunks, error %v, want 3500", len(got), err)
	}
}

func TestChunksStopEarly(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		for _, after := range []int{1, 4, 299} {
			n := 0
			for range fold.Chunks(fold.WithWorkers(t.Context(), workers), source{parts: 100, chunks: 3}) {
				if n++; n == after {
					break
				}
			}
			if n != after {
				t.Errorf("%d workers: stopped after %d chunks, want %d", workers, n, after)
			}
		}
	}
}

func TestChunksErrors(t *testing.T) {
	tests := []struct {
		name string
		hook func(context.Context, int, int) error
		want string
	}{
		{"error", func(_ context.Context, part, chunk int) error {
			if part >= 2 && chunk == 1 {
				return fmt.Errorf("part %d", part)
			}
			return nil
		}, "part 2"},
		{"panic", func(_ context.Context, part, chunk int) error {
			if part == 2 && chunk == 1 {
				panic("boom")
			}
			return nil
		}, "panic: boom"},
	}
	for _, tt := range tests {
		for _, workers := range []int{2, 8} {
			got, err := order(t, fold.WithWorkers(t.Context(), workers), source{9, 3, tt.hook})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s, %d workers: have the error %v, want %s", tt.name, workers, err, tt.want)
			}
			if diff := cmp.Diff([]string{"0.0", "0.1", "0.2", "1.0", "1.1", "1.2", "2.0"}, got); diff != "" {
				t.Errorf("%s, %d workers: chunks before the error (-want +got):\n%s", tt.name, workers, diff)
			}
		}
	}
}

func TestChunksCancelled(t *testing.T) {
	for _, workers := range []int{2, 8} {
		ctx, cancel := context.WithCancel(fold.WithWorkers(t.Context(), workers))
		ds := source{parts: 9, chunks: 3, hook: func(ctx context.Context, part, _ int) error {
			if part == 4 {
				cancel()
				<-ctx.Done()
			}
			return ctx.Err()
		}}
		if _, err := order(t, ctx, ds); !errors.Is(err, context.Canceled) {
			t.Errorf("%d workers: have the error %v, want context.Canceled", workers, err)
		}
	}
}

// A panic of the reader must not leave a goroutine behind.
func TestChunksReaderPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
	}()
	for range fold.Chunks(fold.WithWorkers(t.Context(), 3), source{parts: 50, chunks: 3}) {
		panic("boom")
	}
}

// While the reader holds part 0, workers + 1 parts may be begun and no more.
func TestChunksWindow(t *testing.T) {
	const workers = 3
	var begun atomic.Int64
	ds := source{parts: 50, chunks: 1, hook: func(_ context.Context, part, _ int) error {
		begun.Store(max(begun.Load(), int64(part)+1))
		return nil
	}}
	done := int64(0)
	for c, err := range fold.Chunks(fold.WithWorkers(t.Context(), workers), ds) {
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			runtime.Gosched() // gives the workers the time to go too far
		}
		if got := begun.Load(); got > done+workers+1 {
			t.Errorf("in part %d: %d parts were begun, want at most %d", c.Origin().Part, got, done+workers+1)
		}
		done++
	}
}

func TestRunOverACache(t *testing.T) {
	plain := source{parts: 20, chunks: 4}
	want, err := fold.Run(t.Context(), plain, tree{})
	if err != nil {
		t.Fatal(err)
	}
	c := dataset.Cache(plain, dataset.CacheOptions{Memory: 2000, Dir: t.TempDir()})
	defer c.Close()
	for range 3 {
		got, err := fold.Run(fold.WithWorkers(t.Context(), 4), c, tree{})
		if err != nil || got != want {
			t.Errorf("have %s (%v), want %s", got, err, want)
		}
	}
	// Several folds may split the cache's rows in parallel; the rows are counted once.
	pieces, err := dataset.Split(c, 1, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	var wg sync.WaitGroup
	for _, piece := range pieces {
		wg.Go(func() {
			s, err := fold.Run(fold.WithWorkers(t.Context(), 4), piece, tally{})
			if err != nil {
				t.Error(err)
				return
			}
			n.Add(s.Rows)
		})
	}
	wg.Wait()
	if n.Load() != 80 {
		t.Errorf("the pieces have %d rows, want 80", n.Load())
	}
}

// tally counts rows in parallel.
type tally struct{}

func (tally) Zero() *dataset.Tally { return new(dataset.Tally) }

func (tally) Add(t *dataset.Tally, c dataset.Chunk) (*dataset.Tally, error) {
	t.Add(c)
	return t, nil
}

func (tally) Merge(a, b *dataset.Tally) (*dataset.Tally, error) {
	a.Merge(b)
	return a, nil
}
