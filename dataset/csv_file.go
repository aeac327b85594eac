package dataset

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A csvFile is one file of a source.
type csvFile struct {
	path    string
	size    int64
	changed time.Time
	gzip    bool
	parts   int
	fields  int   // of a record
	index   []int // field of each column of the source's full schema
	plan    csvPlan
}

// csvPaths lists the files that a path stands for, by name.
func csvPaths(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return filesOf(path)
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(path, "*?["):
		paths, err := filepath.Glob(path)
		if err == nil && len(paths) == 0 {
			err = errors.New("have no such file, want at least one")
		}
		if err != nil {
			return nil, fmt.Errorf("glob %q: %w", path, err)
		}
		return paths, nil
	}
	return []string{path}, err
}

// filesOf lists the files of a directory that are not hidden: what a job wrote
// besides its rows is named with _ or . in front.
func filesOf(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") && !e.IsDir() {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("directory %q: have no files, want at least one", dir)
	}
	return paths, nil
}

// statCSV looks at a file before it is read.
func statCSV(path string, partSize int64) (*csvFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		what := "something that is not a file"
		if info.IsDir() {
			what = "a directory"
		}
		return nil, fmt.Errorf("%s: have %s, want a file", path, what)
	}
	f := &csvFile{path: path, size: info.Size(), changed: info.ModTime()}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var magic [2]byte
	n, _ := io.ReadFull(in, magic[:])
	f.gzip = n == 2 && magic == [2]byte{0x1f, 0x8b}
	f.parts = 1
	if !f.gzip && f.size > partSize {
		f.parts = int((f.size + partSize - 1) / partSize)
	}
	return f, nil
}

// at gives an error its place.
func (f *csvFile) at(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("%s: %w", f.path, err)
}

// A csvInput reads a file from an offset on, inflated where it is compressed.
type csvInput struct {
	io.Reader
	file *os.File
	took int64 // compressed bytes; -1 = the file is not compressed
}

// open begins to read at the offset. It fails where the file is not the one that
// was looked at.
func (f *csvFile) open(offset int64) (*csvInput, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	in := &csvInput{Reader: file, file: file, took: -1}
	if err := f.begin(in, offset); err != nil {
		file.Close()
		return nil, f.at(err)
	}
	return in, nil
}

func (f *csvFile) begin(in *csvInput, offset int64) error {
	info, err := in.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != f.size || !info.ModTime().Equal(f.changed) {
		return fmt.Errorf("have %d bytes changed at %s, want %d bytes changed at %s as when it was opened",
			info.Size(), info.ModTime().Format(time.RFC3339Nano), f.size, f.changed.Format(time.RFC3339Nano))
	}
	if !f.gzip {
		_, err = in.file.Seek(offset, io.SeekStart)
		return err
	}
	in.took = 0
	inflated, err := gzip.NewReader(bufio.NewReaderSize(countingReader{in}, 64<<10))
	if err != nil {
		return err
	}
	in.Reader = inflated
	_, err = io.CopyN(io.Discard, inflated, offset)
	return err
}

func (in *csvInput) close() error { return in.file.Close() }

// A countingReader counts what is read from the file of an input.
type countingReader struct{ in *csvInput }

func (c countingReader) Read(b []byte) (int, error) {
	n, err := c.in.file.Read(b)
	c.in.took += int64(n)
	return n, err
}
