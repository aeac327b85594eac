package sparkcase

import (
	"testing"

	"github.com/millrace-ml/millrace/internal/reference"
)

// Every case of the index reads, but for those whose rows a table cannot hold.
func TestLoad(t *testing.T) {
	names := Names(t, "")
	root := reference.Path(t, "reference", "spark", "cases")
	unheld := 0
	for _, name := range names {
		c, err := load(root, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Unheld != nil {
			unheld++
			t.Logf("%s: %v", name, c.Unheld)
		}
	}
	if len(names) != 542 { // README.md of the cases
		t.Errorf("have %d cases, want 542", len(names))
	}
	t.Logf("%d cases, %d of them with rows that a table cannot hold", len(names), unheld)
}
