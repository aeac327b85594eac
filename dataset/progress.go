package dataset

import (
	"context"
	"iter"
	"sync"
)

// Progress says how far the reading of a dataset is. Numbers are those of the
// source: rows that were rejected or filtered out on the way count too.
type Progress struct {
	Pass                  int   // how often the data has been begun, from 1
	Rows, Bytes           int64 // read in this pass; Bytes is 0 where the source does not say
	TotalRows, TotalBytes int64 // what there is to read; 0 = not known
}

// OnProgress returns ds and calls fn after each chunk that is read. Parts may be
// read in parallel; fn is called by one goroutine at a time and should return
// soon. A pass begins when a part is read once more than any part was before; what
// an older pass still reads is not counted.
func OnProgress(ds Dataset, fn func(Progress)) Dataset {
	return &watched{over{ds}, &progress{fn: fn, begun: make([]int, ds.Parts())}}
}

type watched struct {
	over
	progress *progress
}

type progress struct {
	fn    func(Progress)
	mu    sync.Mutex
	begun []int // how often each part was begun
	now   Progress
}

func (w *watched) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		rows, bytes := w.Size()
		n := w.progress.begin(part, rows, bytes)
		pass(ctx, w.Dataset, part, func(c Chunk) (Chunk, error) {
			w.progress.add(n, c)
			return c, nil
		})(yield)
	}
}

// Select selects from the source.
func (w *watched) Select(names ...string) (Dataset, error) {
	ds, err := Select(w.Dataset, names...)
	if err != nil {
		return nil, err
	}
	return &watched{over{ds}, w.progress}, nil
}

func (p *progress) begin(part int, rows, bytes int64) (pass int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begun[part]++
	if p.begun[part] > p.now.Pass {
		p.now = Progress{Pass: p.begun[part], TotalRows: rows, TotalBytes: bytes}
	}
	return p.begun[part]
}

func (p *progress) add(pass int, c Chunk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pass != p.now.Pass {
		return
	}
	p.now.Rows += c.records()
	p.now.Bytes += c.origin.Bytes
	p.fn(p.now)
}
