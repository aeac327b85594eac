package kdd

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A File is one of the published files.
type File struct {
	Name   string // without .gz
	SHA256 string // of the content, not of its compressed form, in hexadecimal
	Rows   int    // all
	Normal int    // those with the label "normal."
}

// The labelled files that this package knows. The full file of 1999 is read in the
// same way.
var (
	TenPercent = File{
		Name:   "kddcup.data_10_percent",
		SHA256: "f8c8267ebcd9c0ed1fd7d6277fe5bfff8732e9b7db8e61b873542b2a534b6f9a",
		Rows:   494_021, Normal: 97_278,
	}
	Corrected = File{
		Name:   "corrected",
		SHA256: "547dfb9c0f0dc1d9944219ec79e851191faebaeb8acbfa1cd171c418397052a4",
		Rows:   311_029, Normal: 60_593,
	}
)

// Find returns the path of f in the directory: plain if it is there, else with .gz.
func (f File) Find(dir string) (string, error) {
	for _, name := range []string{f.Name, f.Name + ".gz"} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, err
		}
	}
	return "", fmt.Errorf("%s: have neither %s nor %s.gz: %w", dir, f.Name, f.Name, fs.ErrNotExist)
}

// ErrChecksum says that a file is not the published one.
var ErrChecksum = errors.New("the content is not that of the published file")

// Verify reads the file at path, plain or compressed, and returns an error that is
// [ErrChecksum] unless its content is that of f.
func (f File) Verify(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	content, err := inflated(in)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if have := hex.EncodeToString(sum.Sum(nil)); have != f.SHA256 {
		return fmt.Errorf("%s: have SHA-256 %s, want %s as of %s: %w", path, have, f.SHA256, f.Name, ErrChecksum)
	}
	return nil
}

// inflated reads what r holds, uncompressed where it begins as gzip does.
func inflated(r io.Reader) (io.Reader, error) {
	buf := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := buf.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buf, nil
	}
	return gzip.NewReader(buf)
}
