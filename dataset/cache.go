package dataset

import (
	"context"
	"fmt"
	"iter"
	"os"
	"sync/atomic"
)

// CacheOptions say where [Cache] keeps what it has read.
type CacheOptions struct {
	Memory int64  // bytes kept in memory at most; default 0 = no limit; below 0 = none
	Dir    string // directory of the temporary file for the rest; default os.TempDir()
}

// Cache returns ds, stored while it is first read: a later read of a part comes
// from the store, with the same bits, chunks, origins and rejects. A part is stored
// by the first read that goes through to its end; one that is aborted stores
// nothing, and a read beside one that is storing goes to ds.
//
// The store is compact: a column of a chunk takes 0, 1, 2, 4 or 8 bytes a value, as
// few as hold it without loss (a constant, whole numbers, hundredths, up to 256
// distinct numbers, 32-bit floats), text takes such codes and its dictionary.
// Columns are unpacked when they are first looked at, so that a pass pays for those
// that it uses. Above the limit of memory chunks go to one temporary file, which
// has no name where the system allows that.
//
// Close it when it is not needed any more; chunks that were read from it stay valid.
func Cache(ds Dataset, o CacheOptions) *Cached {
	return &Cached{
		over:  over{ds},
		parts: make([]cachedPart, ds.Parts()),
		store: store{limit: o.Memory, create: func() (spillFile, error) { return newTempFile(o.Dir) }},
	}
}

// A Cached is a Dataset that is stored while it is first read.
type Cached struct {
	over
	parts []cachedPart
	store store
}

type cachedPart struct {
	filling atomic.Bool              // a read is storing the part
	records atomic.Pointer[[]record] // nil until the part is stored
}

var errClosed = fmt.Errorf("cache: %w", os.ErrClosed)

// PartRows returns how many records each part of the source holds.
func (c *Cached) PartRows(ctx context.Context) ([]int64, error) {
	if source, ok := c.Dataset.(Counter); ok {
		return source.PartRows(ctx)
	}
	return countRows(ctx, c)
}

// Read gives the chunks of a part. After Close it gives an error that is
// os.ErrClosed.
func (c *Cached) Read(ctx context.Context, part int) iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		p := &c.parts[part]
		stored := p.records.Load()
		switch {
		case c.store.closed.Load():
			yield(Chunk{}, errClosed)
		case stored != nil:
			c.replay(ctx, *stored, yield)
		case !p.filling.CompareAndSwap(false, true):
			c.Dataset.Read(ctx, part)(yield)
		default:
			defer p.filling.Store(false)
			if stored = p.records.Load(); stored != nil { // since the look above
				c.replay(ctx, *stored, yield)
			} else {
				c.fill(ctx, part, yield)
			}
		}
	}
}

func (c *Cached) replay(ctx context.Context, records []record, yield func(Chunk, error) bool) {
	reader := newChunkReader(c.Schema())
	for _, r := range records {
		err := ctx.Err()
		var b []byte
		if err == nil {
			b, err = c.store.get(r)
		}
		var chunk Chunk
		if err == nil {
			chunk, err = reader.chunk(b, r.dataEnd)
		}
		if !yield(chunk, err) || err != nil {
			return
		}
	}
}

// fill reads a part from the source and stores it.
func (c *Cached) fill(ctx context.Context, part int, yield func(Chunk, error) bool) {
	records := []record{}
	stored := false
	defer func() {
		if !stored {
			c.store.release(records)
		}
	}()
	writer := newChunkWriter(c.Schema())
	for chunk, err := range c.Dataset.Read(ctx, part) {
		if err == nil {
			var r record
			if r, err = c.keep(writer, chunk); err == nil {
				records = append(records, r)
			}
		}
		if err != nil {
			yield(Chunk{}, err)
			return
		}
		if !yield(chunk, nil) {
			return
		}
	}
	if stored = ctx.Err() == nil; stored {
		c.parts[part].records.Store(&records)
	}
}

func (c *Cached) keep(w *chunkWriter, chunk Chunk) (record, error) {
	b, dataEnd, err := w.record(chunk)
	if err != nil {
		return record{}, fmt.Errorf("cache: %w", err)
	}
	return c.store.put(b, dataEnd)
}

// Stored returns how many bytes are stored in memory and in the temporary file.
func (c *Cached) Stored() (memory, file int64) {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	return c.store.memory.Load(), c.store.end
}

// Close gives the memory back and removes the temporary file. Closing again does
// nothing.
func (c *Cached) Close() error {
	err := c.store.close()
	for p := range c.parts {
		c.parts[p].records.Store(nil)
	}
	return err
}
