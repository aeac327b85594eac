package millrace_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinksAllStages wants this package to import every package of the module that
// registers a stage, so that a program with one blank import can load any model.
func TestLinksAllStages(t *testing.T) {
	module := os.DirFS(".")
	registering := map[string]bool{}
	err := fs.WalkDir(module, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, nested := fs.Stat(module, name+"/go.mod")
			if name != "." && (nested == nil || strings.HasPrefix(d.Name(), ".") || name == "examples" || d.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := fs.ReadFile(module, name)
		if bytes.Contains(source, []byte("\tpipeline.Register[")) || name == "pipeline/pipeline.go" {
			registering[path.Dir(name)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "millrace.go", nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var have, want []string
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		have = append(have, strings.TrimPrefix(name, "github.com/millrace-ml/millrace/"))
	}
	for dir := range registering {
		want = append(want, dir)
	}
	slices.Sort(have)
	slices.Sort(want)
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("packages that register stages, and those that millrace.go imports (-want +got):\n%s", d)
	}
}
