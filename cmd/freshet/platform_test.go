package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources/dbt/standin"
)

const ordersManifest = `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/manifest/v12.json",
  "generated_at":%q,"project_name":"shop","adapter_type":"snowflake"},
"nodes":{"model.shop.orders":{"resource_type":"model","package_name":"shop","name":"orders",
  "relation_name":"prod.mart.orders","config":{"materialized":"table"}},
"model.shop.margins":{"resource_type":"model","package_name":"shop","name":"margins",
  "relation_name":"prod.mart.margins","config":{"materialized":"table"},"depends_on":{"nodes":["model.shop.orders"]}}},
"exposures":{"exposure.shop.board":{"name":"board","package_name":"shop","label":"Margins","type":"dashboard",
  "depends_on":{"nodes":["model.shop.margins"]}}}}`

const ordersRun = `{"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/run-results/v6.json",
  "generated_at":%[1]q},"args":{"which":"build"},
"results":[{"unique_id":"model.shop.orders","status":"success","timing":[{"name":"execute","completed_at":%[1]q}]},
  {"unique_id":"model.shop.margins","status":"success","timing":[{"name":"execute","completed_at":%[1]q}]}]}`

// buildOf is a run of the job "nightly" that went well on a day of August.
func buildOf(id int64, day int) standin.Run {
	at := time.Date(2026, 8, day, 3, 0, 0, 0, time.UTC)
	stamp := at.Add(10 * time.Minute).Format(time.RFC3339)
	return standin.Run{ID: id, Job: 42, Status: 10, Created: at, Finished: at.Add(12 * time.Minute), Steps: []standin.Step{
		{Command: "dbt deps", Status: 10},
		{
			Command: "dbt build",
			Status:  10,
			Artifacts: map[string]string{
				"manifest.json":    fmt.Sprintf(ordersManifest, stamp),
				"run_results.json": fmt.Sprintf(ordersRun, stamp),
			},
		},
	}}
}

// TestAJobThatFailedIsTheCauseOnThePage runs freshet on an account whose job
// failed before it built anything: one cause, with the way to its run. The last
// weeks come by an import, and no secret comes out.
func TestAJobThatFailedIsTheCauseOnThePage(t *testing.T) {
	const canary = "canary-91d4"
	var runs []standin.Run
	for day := 1; day < 20; day++ {
		runs = append(runs, buildOf(int64(day), day))
	}
	failed := time.Date(2026, 8, 22, 3, 0, 0, 0, time.UTC)
	runs = append(
		runs,
		standin.Run{
			ID:       22,
			Job:      42,
			Status:   20,
			Created:  failed,
			Finished: failed.Add(12 * time.Minute),
			Message:  "no such package",
			Steps:    []standin.Step{{Command: "dbt deps", Status: 20}},
		},
	)
	account := &standin.Account{ID: 7, Token: canary}
	account.SetRuns([]standin.Job{{ID: 42, Name: "nightly", Environment: 1, Cron: "0 3 * * *"}}, runs)
	address, err := account.Start()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf(
		"[[source]]\ntype = \"dbt-platform\"\nname = \"cloud\"\nurl = %q\naccount = 7\ntoken_env = \"TOKEN\"\n",
		address,
	)
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	freshet := func(args ...string) int {
		args = append(
			[]string{args[0], "--config", filepath.Join(dir, "site.toml"), "--now", "2026-08-22T12:00:00Z"},
			args[1:]...)
		return runMain(
			context.Background(),
			args,
			nil,
			&said,
			&said,
			func(name string) string { return map[string]string{"TOKEN": canary}[name] },
			time.Now,
		)
	}
	if freshet("import") != exitOK || freshet("run") != exitOK || freshet("check", "--connect") != exitOK {
		t.Fatalf("import, run and check: got a failure, want exit status %d: %s", exitOK, said.String())
	}
	for _, want := range []string{
		"cloud: 19 entries from 1 Aug 2026 to 19 Aug 2026, 19 new\n",
		"1 root cause affects the only tile.\n",
		"nightly: Job failed today 03:12 at step 1 (dbt deps): “no such package”. Last successful run 19 Aug 03:12.\n",
		"job \"nightly\": readable",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("output: got %s, want %q in it", said.String(), want)
		}
	}
	home, err := os.ReadFile(filepath.Join(dir, "public", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `<a ` +
		`href="https://platform.tidewater.example/deploy/7/projects/1/runs/22/"><code>nightly</code></a> ` +
		`<small>job</small>`; !bytes.Contains(home, []byte(want)) {
		t.Errorf("home page: got %s, want the job nightly with its link", home)
	}
	for id, strip := range worldStrips(t, dir) {
		if got := strings.TrimLeft(strip, "."); got != "fffffffffffffffffff..u" && !strings.HasPrefix(id, "folder:") {
			t.Errorf("history of %s: got %q, want 19 imported fresh days, 2 days without data and 1 unknown", id, strip)
		}
	}
	account.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, "http://127.0.0.1:1/x?sig="+canary, http.StatusFound)
		return true
	}
	if freshet("run") != exitPartial {
		t.Errorf("run without the platform: got %s, want exit status %d", said.String(), exitPartial)
	}
	if strings.Contains(said.String(), canary) {
		t.Errorf("output: got %s, want no secret in it", said.String())
	}
	nowhere(t, dir, canary)
}
