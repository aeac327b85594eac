package kdd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// Source is where the files are published.
const Source = "http://kdd.ics.uci.edu/databases/kddcup99/"

// A Downloader fetches published files. The zero value is ready to use.
type Downloader struct {
	URL      string                  // folder of the .gz files; default [Source]
	Client   *http.Client            // default http.DefaultClient
	Progress func(done, total int64) // called as bytes arrive; total is 0 where it is not known; default none
}

// partSuffix marks a download that is not complete.
const partSuffix = ".part"

// Fetch puts f, compressed, into the directory and returns its path. A file that is
// there already, plain or compressed, is kept. What an earlier call could not
// complete is continued from where it ended. The content is verified before
// the file gets its name; content that is not that of f is deleted, and the error is
// [ErrChecksum].
func (d Downloader) Fetch(ctx context.Context, dir string, f File) (string, error) {
	if path, err := f.Find(dir); err == nil {
		return path, f.Verify(path)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, f.Name+".gz")
	if err := d.fetch(ctx, cmp.Or(d.URL, Source)+f.Name+".gz", path+partSuffix); err != nil {
		return "", err
	}
	if err := f.Verify(path + partSuffix); err != nil {
		return "", errors.Join(err, os.Remove(path+partSuffix))
	}
	return path, os.Rename(path+partSuffix, path)
}

// fetch completes the file at path with what url holds.
func (d Downloader) fetch(ctx context.Context, url, path string) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	done, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if done > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", done))
	}
	resp, err := cmp.Or(d.Client, http.DefaultClient).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusPartialContent:
	case http.StatusRequestedRangeNotSatisfiable: // complete already, or not ours: Verify tells
		return nil
	case http.StatusOK: // from the beginning: a server without ranges
		if err := out.Truncate(0); err != nil {
			return err
		}
		done = 0
	default:
		return fmt.Errorf("%s: have status %s, want 200 OK", url, resp.Status)
	}
	total := int64(0)
	if resp.ContentLength >= 0 {
		total = done + resp.ContentLength
	}
	_, err = io.Copy(&counted{out, d.Progress, done, total}, resp.Body)
	return err
}

// counted reports the bytes that pass.
type counted struct {
	io.Writer
	report      func(done, total int64)
	done, total int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.done += int64(n)
	if c.report != nil {
		c.report(c.done, c.total)
	}
	return n, err
}
