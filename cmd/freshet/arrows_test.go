package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/freshet-status/freshet/"

// arrows holds, for each package, which of our packages it may import. A package that is not here
// may import none.
var arrows = map[string][]string{
	"generator": {
		"sources", "generator/history", "generator/exposures", "generator/freshness", "generator/changes",
		"generator/words", "generator/site",
	},
	"generator/site": {
		"sources", "sources/atomicfile", "generator/lineage", "generator/expect", "generator/timeline",
		"generator/freshness", "generator/exposures", "generator/words", "templates", "assets",
		"generator/site/api", "generator/site/chart", "generator/site/outputdir",
	},
	"generator/site/outputdir": {"sources/atomicfile"},
	"generator/site/api":       {"sources", "generator/freshness", "generator/words", "assets"},
	"generator/site/chart": {
		"generator/expect", "generator/timeline", "generator/freshness", "generator/words",
	},
	"generator/changes": {"sources", "generator/freshness", "generator/words"},
	"generator/words": {
		"sources", "generator/lineage", "generator/expect", "generator/rhythm", "generator/timeline",
		"generator/freshness",
	},
	"generator/exposures": {"sources", "generator/freshness"},
	"generator/freshness": {
		"sources", "generator/lineage", "generator/expect", "generator/rhythm", "generator/timeline",
	},
	"generator/freshness/freshnesstest": {
		"sources", "sources/sourcetest", "generator/expect", "generator/freshness", "generator/history",
	},
	"generator/timeline": {"sources", "generator/lineage"},
	"generator/expect":   {"sources", "generator/lineage", "generator/rhythm"},
	"generator/lineage":  {"sources"},
	"generator/rhythm":   {},
	"generator/history":  {"sources", "sources/atomicfile"},

	"sources/command":    {"sources"},
	"sources/bucket":     {"sources/httpclient"},
	"sources/httpclient": {"sources"},
	"sources/dbt":        {"sources", "sources/bucket", "sources/httpclient", "sources/state", "sources/atomicfile"},
	"sources/looker": {
		"sources", "sources/httpclient", "sources/state", "sources/atomicfile",
		"sources/looker/client", "sources/looker/model", "sources/looker/quota", "sources/looker/trace",
	},
	"sources/looker/client":     {"sources", "sources/httpclient"},
	"sources/looker/model":      {},
	"sources/looker/quota":      {"sources", "sources/httpclient"},
	"sources/looker/trace":      {"sources", "sources/sqlrefs", "sources/looker/model"},
	"sources/dbt/platform":      {"sources", "sources/dbt", "sources/httpclient", "sources/state"},
	"sources/dbt/dbttest":       {"sources", "sources/sourcetest"},
	"sources/snowflake":         {"sources", "sources/httpclient", "sources/snowflake/quiet"},
	"sources/sourcetest":        {"sources"},
	"sources/dbt/standin":       {"sources/standin"},
	"sources/looker/standin":    {"sources/standin"},
	"sources/snowflake/standin": {"sources/standin"},
}

// pure holds the packages that judge. They may open no file and no connection.
var pure = []string{
	"generator/lineage", "generator/expect", "generator/rhythm", "generator/timeline", "generator/freshness",
	"generator/exposures", "generator/words", "generator/changes", "sources/looker/trace", "sources/looker/model",
}

// isForbidden reports whether a package must not import a package of others.
func isForbidden(pkg, imported string) bool {
	isNetwork := imported == "net" || imported == "net/http"
	isDisk := imported == "os" || imported == "io/fs"
	switch {
	case slices.Contains(pure, pkg):
		return isNetwork || isDisk
	case pkg == "sources":
		return isNetwork || imported == "os"
	case strings.HasPrefix(pkg, "generator"):
		return isNetwork
	default:
		return false
	}
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
			if ours && !slices.Contains(arrows[pkg], name) || isForbidden(pkg, imp) {
				t.Errorf("imports of %s: got %s, want only those that arrows allows", pkg, name)
			}
		}
	}
	if packages < 10 {
		t.Errorf("packages: got %d, want at least 10", packages)
	}
}

// TestNoPackageOfTheGeneratorNamesASystem proves that what a source can do is declared by the
// source: nothing that judges or renders asks for its name.
func TestNoPackageOfTheGeneratorNamesASystem(t *testing.T) {
	names := regexp.MustCompile(`^"(snowflake|looker|dbt)"$|^"(dashboard|folder|tile):dbt/`)
	everyFile(t, func(path, text string) {
		if !strings.HasPrefix(path, "generator/") || strings.HasPrefix(path, "generator/freshness/judgetest/") {
			return // the worlds of judgetest have sources, as tests have
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && names.MatchString(literal.Value) {
				t.Errorf("%s holds %s, want no name of a system", path, literal.Value)
			}
			return true
		})
	})
}

func TestOnlyCmdReadsTheClock(t *testing.T) {
	everyFile(t, func(path, text string) {
		for _, read := range []string{"time.Now", "time.Since", "time.Until"} {
			if !strings.HasPrefix(path, "cmd/") && strings.Contains(text, read+"(") {
				t.Errorf("%s: got a call of %s, want none outside cmd", path, read)
			}
		}
	})
}

func TestNothingRunsBeforeMain(t *testing.T) {
	everyFile(t, func(path, text string) {
		if strings.Contains(text, "\nfunc init()") {
			t.Errorf("%s: got a func init, want none", path)
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
