package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/freshet-status/freshet/assets"
)

var update = flag.Bool("update", false, "rewrite the expected files in testdata")

// The scripts expect the same pages wherever ECharts was bundled and where not.
func TestMain(m *testing.M) {
	assets.Vendor = fstest.MapFS{}
	testscript.Main(m, map[string]func(){"freshet": main})
}

func TestScripts(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("ROOT", root)
			e.Setenv("CORPUS", os.Getenv("FRESHET_CORPUS"))
			return nil
		},
	})
}
