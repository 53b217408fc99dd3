package dbt_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
)

func TestABuildOfNoRowsIsNoUpdate(t *testing.T) {
	unchanged := sources.Attempt{At: at("05:10:00"), Began: at("05:09:00"), Outcome: sources.Unchanged}
	for name, tt := range map[string]struct {
		rows    string
		node    string
		id      sources.ID
		built   time.Time
		attempt sources.Attempt
	}{
		"an incremental model that changed no row": {rows: "0", node: "model.shop.agg", id: agg, attempt: unchanged},
		"a snapshot that changed no row":           {rows: "0", node: "snapshot.shop.snap", id: snap, attempt: unchanged},
		"an incremental model that changed rows":   {rows: "3", node: "model.shop.agg", id: agg, built: at("05:10:00")},
		"rows that the adapter does not tell":      {rows: "-1", node: "model.shop.agg", id: agg, built: at("05:10:00")},
		"no rows at all":                           {rows: "null", node: "model.shop.agg", id: agg, built: at("05:10:00")},
		"a table is made anew":                     {rows: "0", node: "model.shop.fct", id: fct, built: at("05:10:00")},
	} {
		t.Run(name, func(t *testing.T) {
			seen, _ := observe(t, files{
				"manifest.json":    dbttest.Shop,
				"run_results.json": dbttest.RunWithRows(tt.rows, "2026-08-22T05:10:00Z", tt.node+" success"),
			})
			o := seen[tt.id]
			if len(o.Readings) != 1 || !o.Readings[0].At.Equal(tt.built) || !o.Readings[0].CheckedAt.Equal(at("05:11:00")) {
				t.Errorf("readings of %s: got %v, want one of %v, checked 05:11", tt.id, o.Readings, tt.built)
			}
			if o.Attempt != tt.attempt {
				t.Errorf("attempt of %s: got %+v, want %+v", tt.id, o.Attempt, tt.attempt)
			}
		})
	}
}

func TestACheckThatEndedInAnErrorIsAnAttempt(t *testing.T) {
	checks := strings.Replace(
		dbttest.Checks("2026-08-22T05:01:00Z", "x y"),
		`"max_loaded_at":"x","snapshotted_at":"y"`,
		`"error":"Database Error\n  001003 (42000): SQL compilation error:\n  invalid identifier '_AT'"`,
		1,
	)
	seen, _ := observe(t, files{"manifest.json": dbttest.Shop, "sources.json": checks})
	want := sources.Attempt{
		At:      at("05:01:00"),
		Outcome: sources.CheckFailed,
		Says:    "001003 (42000): SQL compilation error: invalid identifier '_AT'",
	}
	if got := seen[orders].Attempt; got != want {
		t.Errorf("attempt of orders: got %+v, want %+v", got, want)
	}
}

func TestRunResultsThatBuildNothingAreNoted(t *testing.T) {
	run := dbttest.RunResults("run", "2026-08-22T05:10:00Z", "", "model.shop.fct success")
	test := dbttest.RunResults("test", "2026-08-22T05:20:00Z", "", "test.shop.not_null pass")
	for name, tt := range map[string]struct {
		artifacts files
		notes     int
	}{
		"dbt test wrote over what dbt run wrote": {files{"manifest.json": dbttest.Shop, "run_results.json": test}, 1},
		"both are there": {files{
			"manifest.json": dbttest.Shop, "run_results.json": test, "target/run/run_results.json": run,
		}, 0},
		"nothing was run": {files{"manifest.json": dbttest.Shop}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			src := open(t, tt.artifacts, `["target", "target/run*"]`)
			answer, err := src.Observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, note := range answer.Notes {
				if strings.Contains(note, "is of dbt test, which builds nothing") {
					found++
				}
			}
			if found != tt.notes {
				t.Errorf("notes: got %q, want %d about dbt test", answer.Notes, tt.notes)
			}
		})
	}
}
