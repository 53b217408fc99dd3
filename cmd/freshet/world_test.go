package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
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
	"Revenue": "", "stg_orders": "", "stg_order_items": "", "stg_customers": "", "stg_products": "", "stg_price_list": "", "stg_returns": "", "stg_events": "",
	"stg_invoices": "", "stg_exchange_rates": "", "int_order_value": "", "int_orders_enriched": "", "int_customer_orders": "", "fct_orders": "", "fct_returns": "",
	"dim_customers": "", "dim_products": "", "mart_revenue_daily": "", "mart_returns": "", "mart_finance": "", "country_codes": "", "snap_customers": "",
}

const worldConfig = `
title = "World"
[[rule]]
match = "table:*.raw_shop.price_list"
expect = "static"
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
}

func TestWorld(t *testing.T) {
	world := os.Getenv("FRESHET_WORLD")
	if world == "" {
		t.Skip("FRESHET_WORLD is not set: it names a folder in which a real dbt lived")
	}
	days := truth(t, world)
	if days[0].Date != "2026-03-01" || len(days) != 60 {
		t.Fatalf("the table of causes is for 60 days from 2026-03-01, and this world has %d from %s", len(days), days[0].Date)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(worldConfig), 0o644); err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, day := range days {
		if len(day.Jobs) > 0 { // nothing ran while the scheduler was down
			runWorld(t, dir, world, day.Date)
			runs++
		}
	}
	assets := worldAssets(t, dir)
	last := days[len(days)-1]
	t.Logf("%d runs; %d sources compared, %d tables, %d causes", runs, compareSources(t, assets, last, world), compareBuilds(t, assets, last), compareCauses(t, assets))
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
	if status := run(context.Background(), args, nil, &stdout, &stderr, func(string) string { return "" }, time.Now); status != good {
		t.Fatalf("%s: exit status %d: %s", date, status, stderr.String())
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
		a, want := assets[id], last.Sources[id].LastLoad
		switch {
		case !strings.Contains(string(data), fmt.Sprintf("%q", id)):
			continue
		case strings.HasSuffix(id, ".consent_log"):
			if a.Updated != nil || a.Status != "unknown" {
				t.Errorf("%s: its clock is at fault, and it is %s of %v", id, a.Status, a.Updated)
			}
		case want == nil:
			if a.Updated != nil || a.Status != "stale" {
				t.Errorf("%s: never loaded, and it is %s of %v", id, a.Status, a.Updated)
			}
		case a.Updated == nil || a.Updated.Sub(*want).Abs() > 2*time.Minute:
			t.Errorf("%s: got %v, want %v", id, a.Updated, want)
		}
		n++
	}
	return n
}

// compareBuilds compares when tables were built with the truth.
func compareBuilds(t *testing.T, assets map[string]worldAsset, last worldDay) (n int) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(last.Models)) {
		a, want := assets[id], last.Models[id].LastBuilt
		if want == nil || *a.Materialized == "view" || *a.Materialized == "ephemeral" {
			continue
		}
		n++
		got := a.Clocks["built"].At
		if got == nil || got.Sub(*want) < 0 || got.Sub(*want) > 15*time.Minute {
			t.Errorf("%s: built %v, want %v", id, got, want)
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
			t.Errorf("%s is %s by %q, want %q", alias, a.Status, got, want)
		}
		n++
	}
	for name := range worldCauses {
		if !met[name] {
			t.Errorf("%s was not seen", name)
		}
	}
	return n
}
