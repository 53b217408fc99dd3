package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The world is a small dbt project that a real dbt lived in for 60 days from
// 2026-03-01, with what was true on each of them. FRESHET_WORLD names the
// folder; .ci/full makes it.
//
// The table below was written by hand from the schedule of the world: what must
// be repaired on its last day, a Wednesday, before each model and exposure is
// fresh.
var worldCauses = map[string]string{
	"stg_sessions":          "raw_web.sessions",                               // stopped 5 days before
	"stg_campaigns":         "raw_web.campaigns",                              // stopped 40 days before
	"stg_consent":           "raw_web.consent_log",                            // its clock is a day ahead
	"stg_suppliers":         "raw_erp.suppliers",                              // an empty table
	"stg_gl_entries":        "main_staging.stg_gl_entries raw_erp.gl_entries", // the table was dropped, so the view fails
	"int_campaign_touch":    "raw_web.campaigns raw_web.sessions",
	"fct_sessions":          "raw_web.campaigns raw_web.sessions", // rebuilt each day from old data
	"mart_marketing":        "raw_web.campaigns raw_web.sessions",
	"mart_ledger":           "main_staging.stg_gl_entries raw_erp.gl_entries", // skipped, which is no fault of its own
	"mart_suppliers":        "raw_erp.suppliers",
	"Marketing – Überblick": "raw_web.campaigns raw_web.sessions",

	// Everything else is fresh.
	"Revenue": "", "stg_orders": "", "stg_order_items": "", "stg_customers": "",
	"stg_products": "", "stg_price_list": "", "stg_returns": "", "stg_events": "",
	"stg_invoices": "", "stg_exchange_rates": "", "int_order_value": "", "int_orders_enriched": "",
	"int_customer_orders": "", "fct_orders": "", "fct_returns": "",
	"dim_customers": "", "dim_products": "", "mart_revenue_daily": "", "mart_returns": "",
	"mart_finance": "", "country_codes": "", "snap_customers": "",
}

const worldConfig = `
title = "World"
[[rule]]
match = "table:*.raw_shop.price_list"
expect = "static"
[[rule]]
match = "table:*.raw_web.campaigns"
every = "monday"
[[source]]
type = "dbt"
artifacts = ["target", "target/steps/*"]
`

// worldDay is a day of truth.json.
type worldDay struct {
	Date    string
	Jobs    []any
	Sources map[string]struct {
		LastLoad *time.Time `json:"last_load"`
	}
	Models map[string]struct {
		LastBuilt *time.Time `json:"last_built"`
	}
}

// worldAsset is a line of assets.jsonl.
type worldAsset struct {
	ID, Kind, Name, Status string
	Materialized           *string
	Aliases                []string
	Updated                *time.Time
	Clock                  *string
	Clocks                 map[string]struct{ At, Look *time.Time }
	Causes                 []string
	Late, Failing          bool
	Tests                  worldTests
}

// worldTests is the number of tests by their last result.
type worldTests struct{ Fail, Warn, Pass int }

func TestWorld(t *testing.T) {
	world := os.Getenv("FRESHET_WORLD")
	if world == "" {
		t.Skip("FRESHET_WORLD is not set: it names a folder in which a real dbt lived")
	}
	days := truth(t, world)
	if days[0].Date != "2026-03-01" || len(days) != 60 {
		t.Fatalf("world: got %d days from %s, want 60 from 2026-03-01", len(days), days[0].Date)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(worldConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	runs := 0
	tardy := make(tardiness)
	results := &worldResults{status: make(map[string]string)}
	for _, day := range days {
		if len(day.Jobs) > 0 { // nothing ran while the scheduler was down
			runWorld(t, dir, world, day.Date)
			runs++
			tardy.day(dir, t, day.Date)
			results.readDay(t, world, day.Date)
			results.compareDay(t, worldAssets(t, dir), day.Date)
		}
	}
	tardy.judge(t)
	assets := worldAssets(t, dir)
	last := days[len(days)-1]
	t.Logf(
		"%d runs; %d sources compared, %d tables, %d causes; on %d days %d results of tests, %d of them or of builds failed",
		runs,
		compareSources(t, assets, last, world),
		compareBuilds(t, assets, last),
		compareCauses(t, assets),
		results.days,
		results.tested,
		results.failed,
	)
}

func truth(t *testing.T, world string) []worldDay {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(world, "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Days []worldDay }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all.Days
}

// runWorld runs freshet at 13:00 UTC of a day, on what dbt left that day.
func runWorld(t *testing.T, dir, world, date string) {
	t.Helper()
	target := filepath.Join(dir, "target")
	if err := os.RemoveAll(target); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(target, os.DirFS(filepath.Join(world, "artifacts", date))); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	args := []string{"run", "--config", filepath.Join(dir, "site.toml"), "--now", date + "T13:00:00Z"}
	if status := runMain(context.Background(), args, nil, &stdout, &stderr, func(string) string {
		return ""
	}, time.Now); status != exitOK {
		t.Fatalf("run of %s: got exit status %d, want %d: %s", date, status, exitOK, stderr.String())
	}
}

func worldAssets(t *testing.T, dir string) map[string]worldAsset {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "public", "api", "v1", "assets.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]worldAsset)
	for line := range bytes.Lines(data) {
		var a worldAsset
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		for _, alias := range a.Aliases {
			all[alias] = a
		}
	}
	return all
}

// compareSources compares what was loaded with the truth, for each source that
// the last check has a row of.
func compareSources(t *testing.T, assets map[string]worldAsset, last worldDay, world string) (n int) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(world, "artifacts", last.Date, "sources.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(last.Sources)) {
		a := assets[id]
		want := last.Sources[id].LastLoad
		switch {
		case !strings.Contains(string(data), fmt.Sprintf("%q", id)):
			continue
		case strings.HasSuffix(id, ".consent_log"):
			if a.Updated != nil || a.Status != "unknown" {
				t.Errorf(
					"%s with a faulty clock: got %s, last updated %v; want unknown without a time",
					id,
					a.Status,
					a.Updated,
				)
			}
		case want == nil:
			if a.Updated != nil || a.Status != "stale" {
				t.Errorf(
					"%s, never loaded: got %s, last updated %v; want stale without a time",
					id,
					a.Status,
					a.Updated,
				)
			}
		case a.Updated == nil || a.Updated.Sub(*want).Abs() > 2*time.Minute:
			t.Errorf("last updated of %s: got %v, want %v", id, a.Updated, want)
		}
		n++
	}
	return n
}

// compareBuilds compares when tables were built with the truth.
func compareBuilds(t *testing.T, assets map[string]worldAsset, last worldDay) (n int) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(last.Models)) {
		a := assets[id]
		want := last.Models[id].LastBuilt
		if want == nil || *a.Materialized == "view" || *a.Materialized == "ephemeral" {
			continue
		}
		n++
		got := a.Clocks["built"].At
		if got == nil || got.Sub(*want) < 0 || got.Sub(*want) > 15*time.Minute {
			t.Errorf("last built of %s: got %v, want %v", id, got, want)
		}
	}
	return n
}

// compareCauses compares the causes of every model and exposure with the table.
func compareCauses(t *testing.T, assets map[string]worldAsset) (n int) {
	t.Helper()
	met := make(map[string]bool)
	for alias, a := range assets {
		if a.Kind == "source" {
			continue
		}
		met[a.Name] = true
		want, known := worldCauses[a.Name]
		var got []string
		for _, c := range a.Causes {
			got = append(got, strings.TrimPrefix(c, "table:warehouse."))
		}
		if !known || strings.Join(got, " ") != want {
			t.Errorf("root causes of %s (%s): got %q, want %q", alias, a.Status, got, want)
		}
		n++
	}
	for name := range worldCauses {
		if !met[name] {
			t.Errorf("assets: got no %s, want it among those with root causes", name)
		}
	}
	return n
}

// TestWorldImported runs freshet on the last day alone, after an import of all
// days before it, and compares every strip with the one that daily runs drew:
// from folders that kept what each command left, and from the commits of a
// target folder, in which a later command of a day overwrites what an earlier
// one wrote. Days that differ by that are listed.
func TestWorldImported(t *testing.T) {
	world := os.Getenv("FRESHET_WORLD")
	if world == "" {
		t.Skip("FRESHET_WORLD is not set: it names a folder in which a real dbt lived")
	}
	days := truth(t, world)
	daily := worldSite(t)
	for _, day := range days {
		if len(day.Jobs) > 0 {
			runWorld(t, daily, world, day.Date)
		}
	}
	want := worldStrips(t, daily)
	last := days[len(days)-1].Date
	repo, overwritten := worldRepo(t, world, days)
	for name, tt := range map[string]struct {
		args        []string
		overwritten map[string]bool
	}{
		"folders that keep every step": {[]string{filepath.Join(world, "artifacts")}, nil},
		"commits of a target folder":   {[]string{"--git", repo, "--path", "target"}, overwritten},
	} {
		t.Run(name, func(t *testing.T) {
			dir := worldSite(t)
			args := append([]string{"import", "--now", last + "T13:00:00Z"}, tt.args...)
			said := freshetIn(t, dir, args...)
			runWorld(t, dir, world, last)
			if again := freshetIn(t, dir, args...); !strings.HasSuffix(again, ", 0 new\n") {
				t.Errorf("same import again: got %s, want 0 new moments", again)
			}
			freshetIn(t, dir, "build")
			t.Logf("%s%s", said, compareStrips(t, want, worldStrips(t, dir), last, tt.overwritten))
		})
	}
}

// worldSite is a folder with a site.toml and no history.
func worldSite(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(worldConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// worldRepo commits what dbt's target folder held at the end of each day. It
// says on which days a command had overwritten what an earlier one left.
func worldRepo(t *testing.T, world string, days []worldDay) (repo string, overwritten map[string]bool) {
	t.Helper()
	repo = t.TempDir()
	overwritten = make(map[string]bool)
	target := filepath.Join(repo, "target")
	gitIn(t, repo, "init", "-q")
	for _, day := range days {
		if len(day.Jobs) == 0 {
			continue
		}
		from := filepath.Join(world, "artifacts", day.Date)
		if err := errors.Join(
			os.RemoveAll(target),
			os.CopyFS(target, os.DirFS(from)),
			os.RemoveAll(filepath.Join(target, "steps")),
		); err != nil {
			t.Fatal(err)
		}
		runs, _ := filepath.Glob(filepath.Join(from, "steps", "*", "run_results.json"))
		overwritten[day.Date] = len(runs) > 1
		gitIn(t, repo, "add", "-A")
		gitIn(t, repo, "commit", "-q", "--date", day.Date+"T12:00:00Z", "-m", day.Date)
	}
	return repo, overwritten
}

func gitIn(t *testing.T, repo string, args ...string) {
	t.Helper()
	args = append([]string{"-C", repo, "-c", "user.name=world", "-c", "user.email=world@tidewater.example"}, args...)
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: got %v, want no error: %s", args, err, out)
	}
}

// compareStrips compares strips day by day, and says what it found. A day may
// differ where something was overwritten on it, or on a day before it since
// which no run told of the asset; nothing becomes fresh by it.
func compareStrips(t *testing.T, want, got map[string]string, last string, overwritten map[string]bool) string {
	t.Helper()
	end, err := time.Parse(time.DateOnly, last)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	differ := make(map[string]int)
	for id, strip := range want {
		for day := range strip {
			if letter(got[id], day) == strip[day:day+1] {
				same++
				continue
			}
			date := end.AddDate(0, 0, day-len(strip)+1)
			differ[date.Format(time.DateOnly)]++
			excused := false
			for ago := range 2 {
				excused = excused || overwritten[date.AddDate(0, 0, -ago).Format(time.DateOnly)]
			}
			if !excused || letter(got[id], day) == "f" {
				t.Errorf(
					"%s on %s: got %s after the import, want %c",
					id,
					date.Format(time.DateOnly),
					letter(got[id], day),
					strip[day],
				)
			}
		}
	}
	says := fmt.Sprintf("%d days of %d strips are the same", same, len(want))
	for _, date := range slices.Sorted(maps.Keys(differ)) {
		says += fmt.Sprintf("\n%s: %d strips differ", date, differ[date])
	}
	return says
}

func letter(strip string, day int) string {
	if strip == "" {
		return "nothing"
	}
	return strip[day : day+1]
}

// freshetIn runs freshet by the site.toml of a folder, and returns its answer.
func freshetIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{args[0], "--config", filepath.Join(dir, "site.toml")}, args[1:]...)
	if status := runMain(context.Background(), args, nil, &stdout, &stderr, func(string) string {
		return ""
	}, time.Now); status != exitOK {
		t.Fatalf("%v: got exit status %d, want %d: %s", args, status, exitOK, stderr.String())
	}
	return stdout.String()
}

func worldStrips(t *testing.T, dir string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "public", "api", "v1", "assets.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	strips := make(map[string]string)
	for line := range bytes.Lines(data) {
		var a struct{ ID, Strip string }
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		strips[a.ID] = a.Strip
	}
	return strips
}
