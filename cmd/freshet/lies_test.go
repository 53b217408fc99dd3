package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/cmd/freshet/config"
)

// TestEverySourceHasATableOfLies proves that the tests of each source that site.toml can name hold it
// against the lies. Which lies those are, sourcetest.RunLies knows.
func TestEverySourceHasATableOfLies(t *testing.T) {
	for name, newConfig := range config.SourceTypes {
		pkg := strings.TrimPrefix(reflect.TypeOf(newConfig()).Elem().PkgPath(), module)
		tests, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pkg), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		tables := 0
		for _, file := range tests {
			tables += strings.Count(readText(t, file), "sourcetest.RunLies(")
		}
		if tables != 1 {
			t.Errorf("tests of %s in %s: got %d calls of sourcetest.RunLies, want 1", name, pkg, tables)
		}
	}
}
