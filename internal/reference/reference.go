// Package reference finds the reference data that lies beside a checkout and is
// never part of it: the real KDD files and the numbers to test against.
package reference

import (
	"os"
	"path/filepath"
	"testing"
)

// Path returns the path of a file or directory below the reference folder: that
// of the environment variable MILLRACE_SHARED, by default ../shared beside the
// repository. Where it is absent the test is skipped.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{root()}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no reference data: %v (set MILLRACE_SHARED to its folder)", err)
	}
	return path
}

func root() string {
	if dir := os.Getenv("MILLRACE_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return "shared"
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
		dir = filepath.Dir(dir)
	}
	return "shared"
}
