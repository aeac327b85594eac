package persist

import "fmt"

// Limits that Encode and Decode hold alike, so that what one writes the other reads.
const (
	maxHeader                 = 100_000_000 // bytes of the header
	maxDepth                  = 64          // levels of JSON
	maxKeys                   = 1 << 20     // keys of one JSON object, and so tensors
	maxStages                 = 10_000      // stages of a model, those inside others counted
	maxNesting                = 16          // stages inside each other
	maxMemory                 = 4 << 30     // default of MaxBytes
	memoryFactor, memorySlack = 8, 16 << 20
)

// A LimitError says that a model is beyond a limit of this package.
type LimitError struct {
	What string // what there is too much of
	Have int64  // 0 = not counted to the end
	Max  int64
}

func (e *LimitError) Error() string {
	if e.Have == 0 {
		return fmt.Sprintf("have more than %d %s, want at most that", e.Max, e.What)
	}
	return fmt.Sprintf("have %d %s, want at most %d", e.Have, e.What, e.Max)
}

// A TypeError says that a file holds a stage that this program cannot read.
type TypeError struct {
	Name    string // registered name of the stage's type
	Version int    // that the file has
	Known   int    // newest version that the program reads; 0 = the name is not registered
}

func (e *TypeError) Error() string {
	if e.Known == 0 {
		return fmt.Sprintf("type %q: is not registered, want an import of the package that has it "+
			"(for the stages of this library: import _ %q)", shorten(e.Name), library)
	}
	return fmt.Sprintf("type %q: have version %d, want at most %d: the file is from a newer release, upgrade to it",
		e.Name, e.Version, e.Known)
}

// memory counts down what a loader may still take.
type memory struct{ left, max int64 }

// newMemory is the allowance for a file of the given size, which it holds too.
func newMemory(size, max int64) (*memory, error) {
	if max <= 0 {
		max = maxMemory
	}
	if size <= (max-memorySlack)/memoryFactor {
		max = memoryFactor*size + memorySlack
	}
	m := &memory{left: max, max: max}
	return m, m.take(size, 1)
}

// take is called before n things of size bytes each are allocated.
func (m *memory) take(n, size int64) error {
	if size > 0 && n > m.left/size {
		return &LimitError{What: "bytes of memory for this file", Max: m.max}
	}
	m.left -= n * size
	return nil
}
