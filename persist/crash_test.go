//go:build unix

package persist_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/millrace-ml/millrace/persist"
)

// TestMain makes the test binary a child of its own tests.
func TestMain(m *testing.M) {
	switch os.Getenv("MILLRACE_CHILD") {
	case "saver":
		saveForEver(os.Getenv("MILLRACE_PATH"))
	case "full":
		saveOnFullDisk(os.Getenv("MILLRACE_PATH"))
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "MILLRACE_CHILD="+role, "MILLRACE_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// models are two models whose files take many writes of a page.
func models() [2]*CentreModel {
	var ms [2]*CentreModel
	for i := range ms {
		ms[i] = centreModel()
		ms[i].Mean = make([]float64, 30_000)
		for j := range ms[i].Mean {
			ms[i].Mean[j] = float64(i)
		}
		ms[i].Out.Size = len(ms[i].Mean)
	}
	return ms
}

// saveForEver saves two models in turns, and tells of each.
func saveForEver(path string) {
	ms := models()
	for i := 0; ; i++ {
		if err := persist.Save(path, ms[i%2], persist.Card{}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(i)
	}
}

// A process that is killed while it saves leaves the old file or the new one. The
// place of the kill is a number of saves, and where the scheduler is then.
func TestKilledWhileSaving(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "m.millrace")
	if err := persist.Save(path, models()[0], persist.Card{}); err != nil {
		t.Fatal(err)
	}
	torn := 0
	for kill := range kills {
		cmd := child(t, "saver", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		saves := bufio.NewScanner(out)
		for range 1 + rand.IntN(4) {
			saves.Scan()
		}
		spin(rand.IntN(1 << 20))
		cmd.Process.Kill()
		cmd.Wait()
		if _, err := persist.Load(path); err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		left, _ := filepath.Glob(filepath.Join(dir, ".*.tmp"))
		torn += len(left)
		for _, name := range left {
			os.Remove(name)
		}
	}
	// The control: some kills must have fallen into a write, or nothing was tested.
	if torn == 0 && kills == 50 {
		t.Errorf("no kill of %d fell into a save, want some", kills)
	}
	t.Logf("%d of %d kills fell into a save", torn, kills)
}

// spin lets a random while pass.
func spin(n int) {
	for range n {
		rand.Uint64()
	}
}

// A disk that is full after k bytes, for many k, leaves the old file and nothing
// else. The limit of the size of files stands for the disk.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.millrace")
	if err := persist.Save(path, models()[0], persist.Card{}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := child(t, "full", path)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out.Bytes())
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("%v: the old file is not whole", err)
	}
	onlyFile(t, filepath.Dir(path), "m.millrace")
}

func saveOnFullDisk(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for size := uint64(0); size < 240_000; size += 6_007 {
		limit.Cur = size
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		if err := persist.Save(path, models()[1], persist.Card{}); !errors.Is(err, syscall.EFBIG) {
			fmt.Printf("room for %d bytes: got %v, want that the file is too large\n", size, err)
			os.Exit(1)
		}
	}
	os.Exit(0)
}
