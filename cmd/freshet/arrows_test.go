package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/freshet-status/freshet/"

// arrows says which of our packages each package may import. A package that is
// not here may import none.
var arrows = map[string][]string{
	"generator":                 {"sources", "generator/history", "generator/freshness", "generator/site", "generator/changes"},
	"generator/site":            {"generator/freshness", "sources", "sources/atomicfile", "templates", "assets"},
	"generator/changes":         {"generator/freshness", "sources"},
	"generator/freshness":       {"sources", "generator/rhythm"},
	"generator/rhythm":          {},
	"generator/history":         {"sources", "sources/atomicfile"},
	"sources/bucket":            {"sources/httpclient"},
	"sources/httpclient":        {"sources"},
	"sources/dbt":               {"sources", "sources/bucket", "sources/httpclient", "sources/state", "sources/atomicfile"},
	"sources/looker":            {"sources", "sources/httpclient", "sources/sqlrefs", "sources/state", "sources/atomicfile"},
	"sources/dbt/standin":       {"sources/standin"},
	"sources/looker/standin":    {"sources/standin"},
	"sources/snowflake/standin": {"sources/standin"},
	"sources/snowflake":         {"sources", "sources/snowflake/quiet"},
	"sources/sourcetest":        {"sources"},
}

// forbidden says which packages of others a package must not import.
var forbidden = map[string][]string{
	"generator/freshness": {"os", "net", "net/http", "io/fs"},
	"generator/rhythm":    {"os", "net", "net/http", "io/fs"},
	"generator/history":   {"net", "net/http"},
	"generator/site":      {"net", "net/http"},
	"sources":             {"net", "net/http", "os"},
}

func TestArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg := strings.TrimPrefix(words[0], module)
		packages++
		if strings.HasPrefix(pkg, "cmd/") {
			continue // connects them all
		}
		for _, imp := range words[1:] {
			name, ours := strings.CutPrefix(imp, module)
			if ours && !slices.Contains(arrows[pkg], name) || slices.Contains(forbidden[pkg], imp) {
				t.Errorf("%s imports %s", pkg, name)
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages were looked at", packages)
	}
}

func TestOnlyCmdReadsTheClock(t *testing.T) {
	everyFile(t, func(path, text string) {
		for _, read := range []string{"time.Now", "time.Since", "time.Until"} {
			if !strings.HasPrefix(path, "cmd/") && strings.Contains(text, read+"(") {
				t.Errorf("%s reads %s", path, read)
			}
		}
	})
}

func TestNothingRunsBeforeMain(t *testing.T) {
	everyFile(t, func(path, text string) {
		if strings.Contains(text, "\nfunc init()") {
			t.Errorf("%s has an init", path)
		}
	})
}

// everyFile calls look with each of our Go files that is no test.
func everyFile(t *testing.T, look func(path, text string)) {
	t.Helper()
	root := os.DirFS(filepath.Join("..", ".."))
	err := fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		look(path, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
