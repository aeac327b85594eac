package persist_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace-ml/millrace/persist"
)

func TestSaveKeepsPermissions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.millrace")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := persist.Save(path, centreModel(), persist.Card{}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("got %v, %v, want the permissions of the file before, -rw-r-----", info.Mode(), err)
	}
}

func TestFailedSaveLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "m.millrace") // a directory cannot be replaced
	if err := os.Mkdir(taken, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := persist.Save(taken, centreModel(), persist.Card{}); err == nil {
		t.Error("Save over a directory succeeds, want an error")
	}
	if err := persist.Save(filepath.Join(dir, "none", "m.millrace"), centreModel(), persist.Card{}); err == nil {
		t.Error("Save into a directory that is not there succeeds, want an error")
	}
	onlyFile(t, dir, "m.millrace")
}

func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("the directory holds %v, want %s alone", entries, name)
	}
}

func TestLoadWantsAFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := persist.Load(dir); err == nil {
		t.Error("a directory loads, want an error")
	}
	if _, err := persist.Load(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Errorf("got %v, want that there is no such file", err)
	}
	path := filepath.Join(dir, "large.millrace")
	if err := os.WriteFile(path, encode(t, model()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil { // no bytes on the disk
		t.Skip(err)
	}
	if _, err := persist.Load(path); err == nil {
		t.Error("a file of 1 TiB loads, want a limit")
	}
}

func TestSaveIsEncode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.millrace")
	if err := persist.Save(path, model(), persist.Card{Library: "v0.0.0-test"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, encode(t, model())) {
		t.Errorf("%v: Save and Encode give other bytes", err)
	}
}
