package dataset

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// A store keeps records: in memory up to a limit, above it in one temporary file.
type store struct {
	limit  int64 // bytes in memory; 0 = no limit
	create func() (spillFile, error)
	memory atomic.Int64
	closed atomic.Bool

	mu   sync.Mutex
	file spillFile // nil until a record is above the limit
	end  int64     // of the file
	free []extent  // places in the file that aborted reads left
}

// A spillFile is the temporary file of a store. Close removes it.
type spillFile interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

type extent struct{ at, size int64 }

// A record is the place of a chunk in a store.
type record struct {
	bytes   []byte // nil = in the file
	at      int64
	size    int
	dataEnd int
}

// put stores a copy of b.
func (s *store) put(b []byte, dataEnd int) (record, error) {
	r := record{size: len(b), dataEnd: dataEnd}
	if s.memory.Add(int64(r.size)) <= s.limit || s.limit == 0 {
		r.bytes = make([]byte, r.size)
		copy(r.bytes, b)
		return r, nil
	}
	s.memory.Add(-int64(r.size))
	file, at, err := s.place(int64(r.size))
	if err != nil {
		return record{}, err
	}
	r.at = at
	if _, err := file.WriteAt(b, at); err != nil {
		s.release([]record{r})
		return record{}, fmt.Errorf("cache: %w", err)
	}
	return r, nil
}

// place finds room in the file.
func (s *store) place(size int64) (spillFile, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return nil, 0, errClosed
	}
	if s.file == nil {
		var err error
		if s.file, err = s.create(); err != nil {
			return nil, 0, fmt.Errorf("cache: %w", err)
		}
	}
	for i, e := range s.free {
		if e.size >= size {
			s.free[i] = extent{e.at + size, e.size - size}
			if e.size == size {
				s.free = slices.Delete(s.free, i, i+1)
			}
			return s.file, e.at, nil
		}
	}
	at := s.end
	s.end += size
	return s.file, at, nil
}

// get returns the bytes of a record, which must not be changed.
func (s *store) get(r record) ([]byte, error) {
	if s.closed.Load() {
		return nil, errClosed
	}
	if r.bytes != nil {
		return r.bytes, nil
	}
	s.mu.Lock()
	file := s.file
	s.mu.Unlock()
	if file == nil {
		return nil, errClosed
	}
	b := make([]byte, r.size)
	if _, err := file.ReadAt(b, r.at); err != nil {
		if s.closed.Load() {
			return nil, errClosed
		}
		return nil, fmt.Errorf("cache: %w", err)
	}
	return b, nil
}

// release gives the room of records back.
func (s *store) release(records []record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		if r.bytes != nil {
			s.memory.Add(-int64(r.size))
		} else {
			s.free = append(s.free, extent{r.at, int64(r.size)})
		}
	}
}

func (s *store) close() error {
	s.closed.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	file := s.file
	s.file, s.free = nil, nil
	if file == nil {
		return nil
	}
	return file.Close()
}

// tempFile is a file that is gone when it is closed, and, where the system allows,
// has no name from the start.
type tempFile struct {
	*os.File
	name string // to be removed; "" = has none any more
}

func newTempFile(dir string) (spillFile, error) {
	f, err := os.CreateTemp(dir, "millrace-cache-*")
	if err != nil {
		return nil, err
	}
	t := &tempFile{f, f.Name()}
	if os.Remove(t.name) == nil {
		t.name = ""
	}
	return t, nil
}

func (t *tempFile) Close() error {
	err := t.File.Close()
	if t.name != "" {
		if e := os.Remove(t.name); err == nil {
			err = e
		}
	}
	return err
}
