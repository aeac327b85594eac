package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// repeated returns the path of a plain file in dir that holds the rows of data n
// times; of data itself where nothing has to be done.
func repeated(data, dir string, n int) (string, error) {
	if n < 1 {
		return "", fmt.Errorf("-repeat is %d, want at least 1", n)
	}
	if n == 1 && !strings.HasSuffix(data, ".gz") {
		return data, nil
	}
	path := filepath.Join(dir, "data.csv")
	out, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer out.Close()
	for range n {
		if err := appendFile(out, data); err != nil {
			return "", err
		}
	}
	return path, out.Close()
}

func appendFile(out io.Writer, data string) error {
	f, err := os.Open(data)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(data, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", data, err)
		}
	}
	_, err = io.Copy(out, in)
	return err
}
