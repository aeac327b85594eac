package kdd_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/millrace-ml/millrace/dataset/kdd"
	"github.com/millrace-ml/millrace/internal/reference"
)

// published makes a file of the given content, as [kdd.File] describes it, and its
// compressed form.
func published(t *testing.T, content string) (kdd.File, []byte) {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(content))
	return kdd.File{Name: "some", SHA256: hex.EncodeToString(sum[:])}, z.Bytes()
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFindAndVerify(t *testing.T) {
	file, z := published(t, "0,tcp\n")
	dir := t.TempDir()
	if _, err := file.Find(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty directory: have %v, want fs.ErrNotExist", err)
	}
	zipped, plain := filepath.Join(dir, "some.gz"), filepath.Join(dir, "some")
	write(t, zipped, z)
	if path, err := file.Find(dir); path != zipped || err != nil {
		t.Errorf("have %q, %v, want %q", path, err, zipped)
	}
	write(t, plain, []byte("0,tcp\n"))
	if path, err := file.Find(dir); path != plain || err != nil {
		t.Errorf("have %q, %v, want the plain file %q", path, err, plain)
	}
	for _, path := range []string{zipped, plain} {
		if err := file.Verify(path); err != nil {
			t.Error(err)
		}
	}
	write(t, plain, []byte("0,udp\n"))
	if err := file.Verify(plain); !errors.Is(err, kdd.ErrChecksum) {
		t.Errorf("changed: have %v, want ErrChecksum", err)
	}
	write(t, zipped, z[:len(z)-9])
	if err := file.Verify(zipped); err == nil {
		t.Error("cut off: have no error, want one")
	}
}

func TestVerifyRealFiles(t *testing.T) {
	for _, f := range []kdd.File{kdd.TenPercent, kdd.Corrected} {
		path, err := f.Find(reference.Path(t, "data", "kdd"))
		if err == nil {
			err = f.Verify(path)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

func TestFetch(t *testing.T) {
	file, z := published(t, "0,tcp,http\n1,udp,private\n")
	ranged := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "some.gz", time.Time{}, bytes.NewReader(z))
	}
	whole := func(w http.ResponseWriter, _ *http.Request) { w.Write(z) }
	tests := []struct {
		name   string
		serve  http.HandlerFunc
		before []byte // of the part that is there already
		first  int64  // of the bytes that Progress tells
	}{
		{"new", ranged, nil, 0},
		{"resumed", ranged, z[:10], 10},
		{"complete but not renamed", ranged, z, -1},
		{"server without ranges", whole, z[:10], 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			dir := t.TempDir()
			if tt.before != nil {
				write(t, filepath.Join(dir, "some.gz.part"), tt.before)
			}
			var told [][2]int64
			d := kdd.Downloader{URL: server.URL + "/", Client: server.Client(), Progress: func(done, total int64) { told = append(told, [2]int64{done, total}) }}
			path, err := d.Fetch(t.Context(), dir, file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, z) {
				t.Errorf("have %d bytes, %v, want the %d served", len(got), err, len(z))
			}
			var want [][2]int64
			if tt.first >= 0 {
				want = [][2]int64{{int64(len(z)), int64(len(z))}}
			}
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
			server.Close()
			if again, err := d.Fetch(t.Context(), dir, file); again != path || err != nil {
				t.Errorf("again: have %q, %v, want %q without a server", again, err, path)
			}
		})
	}
}

func TestFetchFails(t *testing.T) {
	file, _ := published(t, "right\n")
	_, wrong := published(t, "wrong\n")
	tests := []struct {
		name  string
		serve http.HandlerFunc
		is    error
	}{
		{"not there", http.NotFound, nil},
		{"another content", func(w http.ResponseWriter, _ *http.Request) { w.Write(wrong) }, kdd.ErrChecksum},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(wrong[:5])
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			dir := t.TempDir()
			_, err := kdd.Downloader{URL: server.URL + "/"}.Fetch(t.Context(), dir, file)
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("have %v, want %v", err, tt.is)
			}
			if _, err := file.Find(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("have a file under its name: %v", err)
			}
		})
	}
}
