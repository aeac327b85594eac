package house

import (
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/millrace-ml/millrace"

// layers is the import table: each package of the root module with the packages of
// the module that it may import. What tests import is free.
var layers = map[string][]string{
	".":                     {"anomaly", "estimator", "feature", "pipeline"},
	"anomaly":               {"dataset", "dataset/fold", "internal/check", "internal/linalg", "internal/rng", "internal/summary", "pipeline"},
	"dataset":               {"internal/check", "internal/rng"},
	"dataset/fold":          {"dataset"},
	"dataset/kdd":           {"dataset", "internal/rng"},
	"estimator":             {"dataset", "dataset/fold", "internal/check", "internal/optimize", "internal/rng", "internal/summary", "internal/tree", "pipeline"},
	"estimator/evaluate":    {"dataset", "dataset/fold", "internal/check"},
	"examples/customstage":  {"dataset", "dataset/fold", "pipeline"},
	"examples/kdd":          {"anomaly", "dataset", "dataset/fold", "dataset/kdd", "estimator", "estimator/evaluate", "feature", "persist", "pipeline"},
	"feature":               {"dataset", "dataset/fold", "internal/check", "internal/summary", "pipeline"},
	"internal/attack":       {"persist", "pipeline"},
	"internal/check":        {},
	"internal/house":        {},
	"internal/linalg":       {},
	"internal/optimize":     {},
	"internal/reference":    {},
	"internal/rng":          {},
	"internal/sparkcase":    {"dataset", "internal/reference"},
	"internal/summary":      {"dataset"},
	"internal/tree":         {"dataset", "dataset/fold", "internal/rng"},
	"persist":               {"dataset", "pipeline"},
	"pipeline":              {"dataset"},
	"pipeline/pipelinetest": {"dataset", "dataset/fold", "persist", "pipeline"},
}

// outside is what the root module may import from elsewhere, tests included. A path
// that ends in a slash stands for all below it.
var outside = []string{"github.com/google/go-cmp/", "go.uber.org/goleak", "golang.org/x/", "gonum.org/v1/gonum/"}

// testOnly is what only tests may import.
var testOnly = []string{"github.com/google/go-cmp/", "go.uber.org/goleak", "testing"}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, line := range golist(t, "{{.ImportPath}} {{join .Imports \" \"}}") {
		words := strings.Fields(line)
		pkg := relative(words[0])
		seen[pkg] = true
		allowed, ok := layers[pkg]
		if !ok {
			t.Errorf("%s: have no line in the import table, want one", pkg)
			continue
		}
		for _, path := range words[1:] {
			switch {
			case path == module || strings.HasPrefix(path, module+"/"):
				if !slices.Contains(allowed, relative(path)) {
					t.Errorf("%s imports %s, want only %q", pkg, relative(path), allowed)
				}
			case path == "C":
				t.Errorf("%s imports C, want no cgo in the root module", pkg)
			case within(path, testOnly) && !testSupport[pkg]:
				t.Errorf("%s imports %s, want that in tests only", pkg, path)
			}
		}
	}
	for pkg := range maps.Keys(layers) {
		if !seen[pkg] {
			t.Errorf("the import table has %s, which is no package", pkg)
		}
	}
}

// testSupport are the packages that tests import.
var testSupport = map[string]bool{"pipeline/pipelinetest": true, "internal/attack": true, "internal/reference": true, "internal/sparkcase": true}

func TestDependencies(t *testing.T) {
	format := "{{join .Imports \"\\n\"}}\n{{join .TestImports \"\\n\"}}\n{{join .XTestImports \"\\n\"}}"
	for _, path := range golist(t, format) {
		first, _, _ := strings.Cut(path, "/")
		if strings.Contains(first, ".") && !strings.HasPrefix(path, module) && !within(path, outside) {
			t.Errorf("the root module imports %s, want only %q", path, outside)
		}
	}
}

func within(path string, of []string) bool {
	return slices.ContainsFunc(of, func(p string) bool {
		return path == p || strings.HasSuffix(p, "/") && strings.HasPrefix(path+"/", p)
	})
}

func relative(path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// golist returns the lines that are not empty of go list over the root module.
func golist(t *testing.T, format string) []string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", format, "./...")
	cmd.Dir = filepath.Join("..", "..")
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	return slices.DeleteFunc(strings.Split(string(b), "\n"), func(s string) bool { return s == "" })
}
