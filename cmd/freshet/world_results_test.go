package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// worldResults holds the last result of each model and test of the world, by unique id, as the run results of a
// real dbt have them. It is read beside freshet, and shares nothing with it.
type worldResults struct {
	status map[string]string // of the last run that did not skip it
	tests  map[string]string // the unique id of the model that a test is about, by that of the test
	days   int               // days that were compared
	tested int               // results of tests that were compared
	failed int               // failed builds and tests that were compared
}

// worldRunResults holds the members of run_results.json that the comparison needs.
type worldRunResults struct {
	Metadata struct {
		At string `json:"generated_at"`
	}
	Args    struct{ Which string }
	Results []struct {
		ID     string `json:"unique_id"`
		Status string
	}
}

// readDay adds the results that dbt left on a day, the oldest run first.
func (w *worldResults) readDay(t *testing.T, world, date string) {
	t.Helper()
	w.readTests(t, filepath.Join(world, "artifacts", date, "manifest.json"))
	steps, _ := filepath.Glob(filepath.Join(world, "artifacts", date, "steps", "*", "run_results.json"))
	var runs []worldRunResults
	for _, file := range append(steps, filepath.Join(world, "artifacts", date, "run_results.json")) {
		var run worldRunResults
		readWorldJSON(t, file, &run)
		runs = append(runs, run)
	}
	slices.SortStableFunc(runs, func(a, b worldRunResults) int { return strings.Compare(a.Metadata.At, b.Metadata.At) })
	for _, run := range runs {
		if !slices.Contains([]string{"run", "build", "test", "seed", "snapshot"}, run.Args.Which) {
			continue // docs generate reports success for everything
		}
		for _, result := range run.Results {
			if result.Status != "skipped" && result.Status != "no-op" {
				w.status[result.ID] = result.Status
			}
		}
	}
}

// readTests sets which model each test of a manifest is about. Tests that are gone are left out.
func (w *worldResults) readTests(t *testing.T, file string) {
	t.Helper()
	var manifest struct {
		Nodes map[string]struct {
			Attached  string                   `json:"attached_node"`
			DependsOn struct{ Nodes []string } `json:"depends_on"`
		}
	}
	readWorldJSON(t, file, &manifest)
	w.tests = make(map[string]string)
	for id, node := range manifest.Nodes {
		if !strings.HasPrefix(id, "test.") {
			continue
		}
		w.tests[id] = node.Attached
		if read := node.DependsOn.Nodes; node.Attached == "" && len(read) > 0 {
			w.tests[id] = read[len(read)-1]
		}
	}
}

// readWorldJSON decodes a file that dbt left; one that is not there is left out.
func readWorldJSON(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return
	}
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// compareDay compares the failed builds and the results of tests with those of the site.
func (w *worldResults) compareDay(t *testing.T, assets map[string]worldAsset, date string) {
	t.Helper()
	w.days++
	want := make(map[string]worldTests)
	for test, model := range w.tests {
		count := want[model]
		switch w.status[test] {
		case "pass":
			count.Pass++
		case "warn":
			count.Warn++
		case "fail", "error":
			count.Fail++
			w.failed++
		}
		want[model] = count
	}
	for alias, a := range assets {
		if !strings.HasPrefix(alias, "model.") && !strings.HasPrefix(alias, "source.") {
			continue
		}
		w.tested += want[alias].Pass + want[alias].Warn + want[alias].Fail
		if a.Tests != want[alias] {
			t.Errorf("tests of %s on %s: got %+v, want %+v", alias, date, a.Tests, want[alias])
		}
		failed := w.status[alias] == "error"
		if failed {
			w.failed++
		}
		if strings.HasPrefix(alias, "model.") && a.Failing != failed {
			t.Errorf("%s on %s: got failing %v, want %v", alias, date, a.Failing, failed)
		}
	}
}
