package dbt_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// TestWhatCannotBeReadIsToldAndTheRestIsRead expects every message byte for
// byte.
func TestWhatCannotBeReadIsToldAndTheRestIsRead(t *testing.T) {
	for name, tt := range map[string]struct {
		files files
		seen  int // how many assets are seen all the same
		error string
	}{
		"a missing folder": {
			files: files{"other/manifest.json": dbttest.Shop},
			seen:  0,
			error: "target: no such file or directory\n" +
				"hint: check artifacts (\"target\"), a path relative to the folder of site.toml",
		},
		"an empty folder": {
			files: files{"readme.md": "hello"},
			seen:  0,
			error: "target: no manifest.json\n" +
				"hint: run dbt build or dbt parse, or set artifacts to dbt's target folder",
		},
		"a manifest that was cut": {
			files: files{"manifest.json": dbttest.Shop[:700]},
			seen:  0,
			error: "target/manifest.json: cut off at byte 700\n" +
				"hint: run dbt again, or repeat the copy",
		},
		"an empty manifest": {
			files: files{"manifest.json": ""},
			seen:  0,
			error: "target/manifest.json: empty\nhint: run dbt again; it may have been stopped while writing",
		},
		"a manifest of another tool": {
			files: files{"manifest.json": `{"name":"app","icons":[]}`},
			seen:  0,
			error: `target/manifest.json: not a dbt artifact: metadata.dbt_schema_version is ""`,
		},
		"no JSON at all": {
			files: files{"manifest.json": "<html>"},
			seen:  0,
			error: "target/manifest.json: byte 0: invalid character '<' looking for beginning of value\n" +
				"hint: the file may hold an unresolved merge conflict of git, or be a web page",
		},
		"a catalog in its place": {
			files: files{"manifest.json": `{` + dbttest.Metadata("catalog", 1, "2026-08-22T05:00:00Z") + `}`},
			seen:  0,
			error: "target/manifest.json: wrong artifact: metadata.dbt_schema_version names catalog",
		},
		"results that were cut": {
			files: files{"manifest.json": dbttest.Shop, "run_results.json": dbttest.RunResults("run", "2026-08-22T05:00:00Z", "")[:160]},
			seen:  11,
			error: "target/run_results.json: cut off at byte 160\n" +
				"hint: run dbt again, or repeat the copy",
		},
		"a check that is no object": {
			files: files{"manifest.json": dbttest.Shop, "sources.json": "[]"},
			seen:  11,
			error: "target/sources.json: byte 1: expected an object, got [",
		},
	} {
		t.Run(name, func(t *testing.T) {
			src := open(t, tt.files, `"target"`)
			answer, err := src.Observe(context.Background())
			if err == nil {
				t.Fatalf("Observe: got no error, want %s", tt.error)
			}
			if got := hideDir(err.Error()); got != tt.error {
				t.Errorf("error of Observe:\ngot  %s\nwant %s", got, tt.error)
			}
			if len(answer.Observations) != tt.seen {
				t.Errorf("observations: got %d, want %d", len(answer.Observations), tt.seen)
			}
		})
	}
}

// hideDir takes the folder of the test out of a message.
func hideDir(s string) string {
	begin := strings.Index(s, os.TempDir())
	end := strings.Index(s, "/target")
	if begin < 0 || end < begin {
		return s
	}
	return s[:begin] + "DIR" + s[end:]
}

func TestANodeThatDoesNotReadIsLeftOutAndTold(t *testing.T) {
	m := dbttest.Manifest(
		`"nodes":{"model.shop.a":{"resource_type":"model","name":["a"]},` +
			`"model.shop.b":{"resource_type":"model","package_name":"shop","name":"b","relation_name":"p.m.b"}}`,
	)
	seen, answer := observe(t, files{"manifest.json": m})
	if len(seen) != 1 || len(answer.Notes) != 1 ||
		!strings.HasSuffix(answer.Notes[0], "model.shop.a skipped: its name is a JSON array") {
		t.Errorf(
			"Observe: got %d observations, notes %q; want 1 and a note that model.shop.a is left out",
			len(seen),
			answer.Notes,
		)
	}
}

func TestANewerSchemaIsReadAndTold(t *testing.T) {
	_, answer := observe(t, files{"manifest.json": strings.Replace(dbttest.Shop, "manifest/v12", "manifest/v99", 1)})
	if len(answer.Observations) != 11 || len(answer.Notes) != 1 ||
		answer.Notes[0] != "target/manifest.json: newer schema (manifest v99, known: v20); "+
			"reading the fields that are known" {
		t.Errorf(
			"Observe: got %d observations, notes %q; want 11 and a note about manifest v99",
			len(answer.Observations),
			answer.Notes,
		)
	}
}

// TestCorpus reads real artifacts, from dbt 0.19 to 1.12.
func TestCorpus(t *testing.T) {
	for _, dir := range sourcetest.CorpusFolders(t, "dbt") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			src := (&dbt.Config{Artifacts: []string{dir}}).Open(sources.Setting{Name: "dbt", Dir: dir})
			answer, err := src.Observe(context.Background())
			t.Logf("%d assets, %d bytes, notes %q, %v", len(answer.Observations), answer.Bytes, answer.Notes, err)
			if err != nil && !strings.Contains(err.Error(), filepath.Base(dir)) && !strings.Contains(err.Error(), ".json") {
				t.Errorf("Observe: got %v, want an error that names the file", err)
			}
			if err == nil && len(answer.Observations) == 0 {
				t.Error("Observe: got no observations and no error, want one of both")
			}
		})
	}
}

func FuzzArtifacts(f *testing.F) {
	run := dbttest.RunResults("run", "2026-08-22T05:00:00Z", "", "model.shop.fct success")
	f.Add(dbttest.Shop, run, dbttest.Checks("2026-08-22T05:00:00Z"))
	f.Fuzz(func(t *testing.T, manifest, run, check string) {
		src := open(t, files{"manifest.json": manifest, "run_results.json": run, "sources.json": check}, `"target"`)
		_, _ = src.Observe(context.Background())
	})
}
