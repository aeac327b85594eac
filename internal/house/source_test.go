package house

import (
	"bytes"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A source is one Go file of the root module.
type source struct {
	name   string // slash-separated, from the root of the repository
	text   []byte
	syntax *ast.File
}

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// sources reads every Go file below the root, of nested modules too.
func sources(t *testing.T) (*token.FileSet, []source) {
	t.Helper()
	root, fset := os.DirFS("../.."), token.NewFileSet()
	var all []source
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != ".") {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		all = append(all, source{name, text, syntax})
		return err
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("have %d files and error %v, want the repository", len(all), err)
	}
	return fset, all
}

func TestFilesAreShort(t *testing.T) {
	const most = 450
	_, all := sources(t)
	for _, s := range all {
		if n := bytes.Count(s.text, []byte("\n")); n > most && !s.isTest() {
			t.Errorf("%s: have %d lines, want at most %d", s.name, n, most)
		}
	}
}

// Work that is left belongs into an issue, and a test that sleeps is wrong on a slow
// machine and slow on a fast one.
func TestNothingIsLeftOver(t *testing.T) {
	unfinished := regexp.MustCompile(`(?i)\b(todo|fixme|xxx|unimplemented)\b|not implemented`)
	_, all := sources(t)
	for _, s := range all {
		if strings.HasPrefix(s.name, "internal/house/") {
			continue
		}
		if at := unfinished.FindIndex(s.text); at != nil {
			t.Errorf("%s:%d: have %q, want finished work", s.name, 1+bytes.Count(s.text[:at[0]], []byte("\n")), s.text[at[0]:at[1]])
		}
		if s.isTest() && bytes.Contains(s.text, []byte("time.Sleep(")) {
			t.Errorf("%s: have time.Sleep, want a test that waits for what it needs", s.name)
		}
	}
}

// startsGoroutines are the packages that may: the fold, which is the one place that
// starts goroutines over data, and what tests concurrent use.
var startsGoroutines = []string{"dataset/fold", "pipeline/pipelinetest"}

func TestGoroutines(t *testing.T) {
	fset, all := sources(t)
	for _, s := range all {
		if s.isTest() || slices.Contains(startsGoroutines, path.Dir(s.name)) {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			starts := false
			switch n := n.(type) {
			case *ast.GoStmt:
				starts = true
			case *ast.CallExpr:
				sel, ok := n.Fun.(*ast.SelectorExpr)
				starts = ok && sel.Sel.Name == "Go" && len(n.Args) == 1
			}
			if starts {
				t.Errorf("%v: starts a goroutine, want that only in %q", fset.Position(n.Pos()), startsGoroutines)
			}
			return true
		})
	}
}

// Public packages are documented as a whole and name by name, and stages have an
// example each.
func TestDocumentation(t *testing.T) {
	fset, all := sources(t)
	dirs := map[string][]*ast.File{}
	for _, s := range all {
		if dir := path.Dir(s.name); !strings.Contains("/"+dir+"/", "/internal/") && s.syntax.Name.Name != "main" {
			dirs[dir] = append(dirs[dir], s.syntax)
		}
	}
	for dir, files := range dirs {
		pkg, err := doc.NewFromFiles(fset, files, path.Join(module, dir))
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		if !strings.HasPrefix(pkg.Doc, "Package "+pkg.Name+" ") || !slices.ContainsFunc(pkg.Filenames, func(f string) bool { return path.Base(f) == "doc.go" }) {
			t.Errorf("%s: have no doc.go with a comment %q, want one", dir, "Package "+pkg.Name+" ...")
		}
		undocumented(t, pkg)
		stagesHaveExamples(t, pkg)
	}
}

// undocumented wants a comment for every exported name, except for methods that an
// interface of the package or of the standard library documents.
func undocumented(t *testing.T, pkg *doc.Package) {
	t.Helper()
	known := []string{"Error", "Unwrap", "String", "MarshalText", "UnmarshalText", "MarshalJSON", "UnmarshalJSON"}
	for _, typ := range pkg.Types {
		ast.Inspect(typ.Decl, func(n ast.Node) bool {
			if i, ok := n.(*ast.InterfaceType); ok {
				for _, f := range i.Methods.List {
					for _, name := range f.Names {
						known = append(known, name.Name)
					}
				}
			}
			return true
		})
	}
	want := func(name, text string) {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s.%s: have no comment, want one", pkg.Name, name)
		}
	}
	for _, f := range pkg.Funcs {
		want(f.Name, f.Doc)
	}
	for _, typ := range pkg.Types {
		want(typ.Name, typ.Doc)
		for _, f := range typ.Funcs {
			want(f.Name, f.Doc)
		}
		for _, m := range typ.Methods {
			if !slices.Contains(known, m.Name) {
				want(typ.Name+"."+m.Name, m.Doc)
			}
		}
	}
}

func stagesHaveExamples(t *testing.T, pkg *doc.Package) {
	t.Helper()
	for _, typ := range pkg.Types {
		has := func(name string) bool {
			return slices.ContainsFunc(typ.Methods, func(m *doc.Func) bool { return m.Name == name })
		}
		isModel := strings.HasSuffix(typ.Name, "Model") // shown by its estimator's
		if !has("Schema") || !has("Fit") && !has("Transform") || isModel || pkg.Name == "pipelinetest" {
			continue
		}
		examples := typ.Examples
		for _, f := range typ.Funcs {
			examples = append(examples, f.Examples...)
		}
		if !slices.ContainsFunc(examples, func(e *doc.Example) bool { return e.Output != "" }) {
			t.Errorf("%s.%s: have no Example%s with checked output, want one", pkg.Name, typ.Name, typ.Name)
		}
	}
}
