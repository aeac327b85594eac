package fold

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/millrace-ml/millrace/dataset"
)

// An Aggregator learns a state of type S from chunks; see the package's law.
type Aggregator[S any] interface {
	Zero() S
	Add(S, dataset.Chunk) (S, error)
	Merge(a, b S) (S, error)
}

type workersKey struct{}

// WithWorkers returns a context under which [Run] and [Chunks] use n goroutines.
// It panics unless n is at least 1.
func WithWorkers(ctx context.Context, n int) context.Context {
	if n < 1 {
		panic(fmt.Sprintf("fold: have %d workers, want at least 1", n))
	}
	return context.WithValue(ctx, workersKey{}, n)
}

// Workers returns the number of goroutines that ctx allows: that of [WithWorkers],
// by default GOMAXPROCS.
func Workers(ctx context.Context) int {
	if n, ok := ctx.Value(workersKey{}).(int); ok {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// Run folds every part of ds and merges the parts' states in part order. A
// dataset without parts or rows gives Zero.
func Run[S any](ctx context.Context, ds dataset.Dataset, agg Aggregator[S]) (S, error) {
	r := &run[S]{ds: ds, agg: agg, parts: ds.Parts(), waiting: map[node]S{}}
	var none S
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if r.parts == 0 {
		return agg.Zero(), nil
	}
	r.failed.Store(int64(r.parts))
	var wg sync.WaitGroup
	for range min(Workers(ctx), r.parts) {
		wg.Go(func() { r.worker(ctx) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if r.err != nil {
		return none, r.err
	}
	return r.result, nil
}

// run is one call of Run.
type run[S any] struct {
	ds     dataset.Dataset
	agg    Aggregator[S]
	parts  int
	next   atomic.Int64 // the part that the next free worker takes
	failed atomic.Int64 // lowest part that failed; parts if none has

	mu      sync.Mutex
	waiting map[node]S // states whose neighbour is not there yet
	result  S
	err     error // of the part failed
}

// A node of the merge tree covers the parts index<<level to (index+1)<<level - 1.
type node struct{ level, index int }

func (r *run[S]) worker(ctx context.Context) {
	for ctx.Err() == nil {
		part := int(r.next.Add(1)) - 1
		if part >= r.parts {
			return
		}
		if err := r.fold(ctx, part); err != nil {
			r.fail(part, err)
		}
	}
}

// fail records the error of a part and stops the parts after it. Parts before it
// were all taken earlier and go on, so that the lowest failure is the one returned.
func (r *run[S]) fail(part int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if int64(part) < r.failed.Load() {
		r.failed.Store(int64(part))
		r.err = err
	}
	r.next.Store(int64(r.parts))
}

func (r *run[S]) fold(ctx context.Context, part int) (err error) {
	defer recovered(&err)
	state := r.agg.Zero()
	for c, err := range r.ds.Read(ctx, part) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			state, err = r.agg.Add(state, c)
		}
		if err != nil {
			return err
		}
		if int64(part) > r.failed.Load() {
			return nil
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.climb(node{0, part}, state)
}

// climb merges the state with its neighbours for as long as they are there.
func (r *run[S]) climb(n node, state S) error {
	for 1<<n.level < r.parts {
		left := n.index&1 == 0
		beside := node{n.level, n.index ^ 1}
		if beside.index<<n.level < r.parts {
			r.mu.Lock()
			other, ok := r.waiting[beside]
			if !ok {
				r.waiting[n] = state
			}
			delete(r.waiting, beside)
			r.mu.Unlock()
			if !ok {
				return nil
			}
			var err error
			if left {
				state, err = r.agg.Merge(state, other)
			} else {
				state, err = r.agg.Merge(other, state)
			}
			if err != nil {
				return err
			}
		}
		n = node{n.level + 1, n.index >> 1}
	}
	r.mu.Lock()
	r.result = state
	r.mu.Unlock()
	return nil
}

// recovered turns a panic of a stage or a source into an error, so that it reaches
// the caller instead of ending the program from another goroutine.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// Chunks reads ds in part order, as [dataset.Chunks] does, while workers read the
// parts ahead: each worker is at most one part ahead of the reader, so memory
// stays bounded. Every goroutine ends before the sequence does.
func Chunks(ctx context.Context, ds dataset.Dataset) iter.Seq2[dataset.Chunk, error] {
	workers := min(Workers(ctx), ds.Parts())
	if workers <= 1 {
		return dataset.Chunks(ctx, ds)
	}
	return func(yield func(dataset.Chunk, error) bool) {
		work, cancel := context.WithCancel(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel()
		parts := make([]chan result, ds.Parts())
		for p := range parts {
			parts[p] = make(chan result, ahead)
		}
		var next atomic.Int64
		window := make(chan struct{}, workers+1) // parts begun and not yet consumed
		for range workers {
			wg.Go(func() {
				for {
					select {
					case window <- struct{}{}:
					case <-work.Done():
						return
					}
					part := int(next.Add(1)) - 1
					if part >= len(parts) {
						return
					}
					read(work, ds, part, parts[part])
				}
			})
		}
		for _, results := range parts {
			for more := true; more; {
				select {
				case r, ok := <-results:
					if ok && (!yield(r.chunk, r.err) || r.err != nil) {
						return
					}
					more = ok
				case <-ctx.Done():
					yield(dataset.Chunk{}, ctx.Err())
					return
				}
			}
			<-window
		}
	}
}

// ahead is how many chunks of a part wait for their turn.
const ahead = 64

type result struct {
	chunk dataset.Chunk
	err   error
}

func read(ctx context.Context, ds dataset.Dataset, part int, out chan<- result) {
	defer close(out)
	send := func(r result) bool {
		select {
		case out <- r:
			return true
		case <-ctx.Done():
			return false
		}
	}
	var err error
	defer func() {
		if err != nil {
			send(result{err: err})
		}
	}()
	defer recovered(&err)
	for c, err := range ds.Read(ctx, part) {
		if !send(result{c, err}) || err != nil {
			return
		}
	}
}
