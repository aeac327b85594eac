package persist

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// replaceFile puts a file with the given bytes in the place of any other: through
// a new file in the same directory, so that there is always a whole one.
func replaceFile(path string, b []byte) error {
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()+".tmp")
	if err := writeFile(temp, path, b); err != nil {
		os.Remove(temp)
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeFile makes a new file, with the permissions of the one it will replace, and
// returns when its bytes are on the disk.
func writeFile(name, replaces string, b []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := os.Stat(replaces); err == nil && info.Mode().IsRegular() {
		if err := f.Chmod(info.Mode() & fs.ModePerm); err != nil {
			return err
		}
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}
