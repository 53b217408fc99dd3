package dbt_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// files are artifacts by name. A name without a folder is in "target".
type files map[string]string

// open writes files and returns the source that reads them.
func open(t *testing.T, fs files, artifacts string) sources.Source {
	t.Helper()
	return openIn(t, nil, fs, artifacts)
}

// openIn returns a source as open does. Times in its files without a zone are of zone.
func openIn(t *testing.T, zone *time.Location, fs files, artifacts string) sources.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range fs {
		if !strings.Contains(name, "/") {
			name = "target/" + name
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := new(dbt.Config)
	if _, err := toml.Decode("artifacts = "+artifacts, c); err != nil {
		t.Fatal(err)
	}
	return c.Open(sources.Setting{Name: "dbt", Dir: dir, Zone: zone})
}

// observe reads files, and returns what was seen by id.
func observe(t *testing.T, fs files) (map[sources.ID]sources.Observation, sources.Answer) {
	t.Helper()
	answer, err := open(t, fs, `"target"`).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return dbttest.ByID(answer), answer
}

const (
	orders = sources.ID("table:RAW.SHOP.ORDERS")
	stg    = sources.ID("table:PROD.STG.STG")
	fct    = sources.ID("table:PROD.MART.FCT")
	agg    = sources.ID("table:PROD.MART.AGG")
	snap   = sources.ID("table:PROD.SNAP.SNAP")
)

func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2026-08-22T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

func TestPromisesOfEverySource(t *testing.T) {
	artifacts := files{
		"manifest.json": dbttest.Shop,
		"run_results.json": dbttest.RunResults(
			"build",
			"2026-08-22T05:10:00Z",
			"",
			"model.shop.stg success",
			"model.shop.fct success",
			"model.shop.agg error",
		),
		"sources.json": dbttest.Checks("2026-08-22T05:01:00Z", "2026-08-22T03:00:00.123456+00:00 2026-08-22T05:00:30.654321Z"),
	}
	sourcetest.RunSuite(t, func(string) sources.Source { return open(t, artifacts, `"target"`) })
}

func TestWhatAManifestSays(t *testing.T) {
	seen, answer := observe(t, files{"manifest.json": dbttest.Shop})
	if o := seen[orders]; o.Name != "raw.orders" || o.WarnAfter != 12*3600 || o.ErrorAfter != 86400 ||
		o.Aliases[0] != "source.shop.raw.orders" {
		t.Errorf(
			"source table: got %+v, want raw.orders with limits of 12 and 24 hours and its dbt name as alias",
			o.Asset,
		)
	}
	if o := seen[fct]; len(o.Upstream) != 2 || o.Upstream[0] != "model:shop.mid" || o.Upstream[1] != "table:PROD.SEEDS.CODES" {
		t.Errorf("upstream of fct: got %v, want [model:shop.mid table:PROD.SEEDS.CODES]", o.Upstream)
	}
	if !seen[stg].Virtual || !seen["model:shop.mid"].Virtual || seen[fct].Virtual || seen[agg].Virtual {
		t.Errorf(
			"virtual: got stg %t, mid %t, fct %t, agg %t; want true, true, false, false",
			seen[stg].Virtual,
			seen["model:shop.mid"].Virtual,
			seen[fct].Virtual,
			seen[agg].Virtual,
		)
	}
	board := seen["dashboard:dbt/shop.board"]
	if board.Name != "The board" || board.Owner != "a@corp.example" || board.Parent != "folder:dbt/shop" ||
		board.URL != "https://bi.example/1" {
		t.Errorf(
			"dashboard: got %+v, want The board of a@corp.example in folder:dbt/shop at https://bi.example/1",
			board.Asset,
		)
	}
	if tile := seen["tile:dbt/shop.board/PROD.MART.AGG"]; len(tile.Upstream) != 1 || tile.Upstream[0] != agg ||
		tile.Traced != "exposure" {
		t.Errorf("tile: got %+v, want it to read only %s, traced by its exposure", tile.Asset, agg)
	}
	if len(answer.Scopes) != 1 || answer.Scopes[0].Name != "project:shop" || !answer.Scopes[0].CheckedAt.Equal(at("05:00:00")) {
		t.Errorf("scopes: got %v, want only project:shop, checked at 05:00", answer.Scopes)
	}
}

// TestCommandsAreNotTakenForMoreThanTheyAre has a test for every command that
// leaves run_results.json behind (B.11).
func TestCommandsAreNotTakenForMoreThanTheyAre(t *testing.T) {
	const success = "model.shop.fct success"
	for name, tt := range map[string]struct {
		run   string
		built bool // the table was built
		look  bool // and others were looked at
	}{
		"run builds models":   {dbttest.RunResults("run", "2026-08-22T05:10:00Z", "", success), true, true},
		"build builds models": {dbttest.RunResults("build", "2026-08-22T05:10:00Z", "", success), true, true},
		"compile calls every model a success and builds none": {
			run:   dbttest.RunResults("compile", "2026-08-22T05:10:00Z", "", success),
			built: false,
			look:  false,
		},
		"docs generate calls every model a success and builds none": {
			run:   dbttest.RunResults("generate", "2026-08-22T05:10:00Z", "", success),
			built: false,
			look:  false,
		},
		"show is like compile": {
			run:   dbttest.RunResults("show", "2026-08-22T05:10:00Z", "", success),
			built: false,
			look:  false,
		},
		"test overwrites the results with tests": {
			run:   dbttest.RunResults("test", "2026-08-22T05:10:00Z", "", "test.shop.not_null pass"),
			built: false,
			look:  false,
		},
		"clone moves no data": {
			run:   dbttest.RunResults("clone", "2026-08-22T05:10:00Z", "", success),
			built: false,
			look:  true,
		},
		"run with empty makes tables without rows": {
			run:   dbttest.RunResults("run", "2026-08-22T05:10:00Z", `,"empty":true`, success),
			built: false,
			look:  true,
		},
		"retry holds only what failed before": {dbttest.RunResults("retry", "2026-08-22T05:10:00Z", "", success), true, true},
		"retry of tests alone could have built nothing": {
			run:   dbttest.RunResults("retry", "2026-08-22T05:10:00Z", "", "test.shop.not_null fail"),
			built: false,
			look:  false,
		},
		"seed builds no model": {
			run:   dbttest.RunResults("seed", "2026-08-22T05:10:00Z", "", "seed.shop.codes success"),
			built: false,
			look:  false,
		},
		"snapshot builds no model": {
			run:   dbttest.RunResults("snapshot", "2026-08-22T05:10:00Z", "", "snapshot.shop.snap success"),
			built: false,
			look:  false,
		},
		"a command that is not known is no look": {
			run:   dbttest.RunResults("run-operation", "2026-08-22T05:10:00Z", "", success),
			built: false,
			look:  false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, _ := observe(t, files{"manifest.json": dbttest.Shop, "run_results.json": tt.run})
			r, _ := dbttest.ReadingOf(seen[fct], sources.Built)
			if built := !r.At.IsZero(); built != tt.built {
				t.Errorf("fct is built: got %t, want %t", built, tt.built)
			}
			other, look := dbttest.ReadingOf(seen[agg], sources.Built)
			if look != tt.look || look && (!other.At.IsZero() || !other.CheckedAt.Equal(at("05:11:00"))) {
				t.Errorf(
					"reading of agg, not selected: got %v, present %t; want no build, checked at 05:11, present %t",
					other,
					look,
					tt.look,
				)
			}
		})
	}
}

func TestResultsOfARun(t *testing.T) {
	seen, _ := observe(t, files{"manifest.json": dbttest.Shop, "run_results.json": dbttest.RunResults(
		"build",
		"2026-08-22T05:10:00Z",
		"",
		"model.shop.stg success",
		"model.shop.fct error",
		"model.shop.agg skipped",
		"model.shop.mid skipped",
		"snapshot.shop.snap partial success",
	)})
	if r, ok := dbttest.ReadingOf(seen[stg], sources.DDL); !ok || !r.At.Equal(at("05:10:00")) {
		t.Errorf("readings of the view stg: got %v, want a definition change at 05:10", seen[stg].Readings)
	}
	if _, built := dbttest.ReadingOf(seen[stg], sources.Built); built {
		t.Errorf("readings of the view stg: got %v, want no build", seen[stg].Readings)
	}
	if a := seen[fct].Attempt; a.Outcome != sources.Failed || !a.At.Equal(at("05:10:00")) ||
		a.Says != "Catalog Error: no such table" {
		t.Errorf("attempt of fct: got %+v, want a failure at 05:10 with the message of dbt", a)
	}
	if a := seen[agg].Attempt; a.Outcome != sources.Skipped || !a.At.Equal(at("05:11:00")) {
		t.Errorf("attempt of agg, which has no timing: got %+v, want it skipped at the time of the run, 05:11", a)
	}
	if a := seen["model:shop.mid"].Attempt; a.Outcome != "" {
		t.Errorf("attempt of the ephemeral model mid: got %+v, want none", a)
	}
	if a := seen[snap].Attempt; a.Outcome != sources.Failed {
		t.Errorf("attempt of the snapshot with a partial success: got %+v, want a failure", a)
	}
}

func TestTheNewestResultOfEachNodeStands(t *testing.T) {
	answer, err := open(t, files{
		"manifest.json": dbttest.Shop,
		"target/1-run/run_results.json": dbttest.RunResults(
			"run",
			"2026-08-22T05:10:00Z",
			"",
			"model.shop.fct error",
			"model.shop.agg success",
		),
		"target/2-retry/run_results.json": dbttest.RunResults("retry", "2026-08-22T06:10:00Z", "", "model.shop.fct success"),
		"target/run_results.json":         dbttest.RunResults("test", "2026-08-22T07:10:00Z", "", "test.shop.not_null pass"),
	}, `["target", "target/*"]`).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seen := dbttest.ByID(answer)
	if r, _ := dbttest.ReadingOf(seen[fct], sources.Built); !r.At.Equal(at("06:10:00")) || seen[fct].Attempt.Outcome != "" {
		t.Errorf(
			"fct after the retry: got build %v and attempt %v, want a build at 06:10 and no attempt",
			r,
			seen[fct].Attempt,
		)
	}
	if r, _ := dbttest.ReadingOf(seen[agg], sources.Built); !r.At.Equal(at("05:10:00")) || !r.CheckedAt.Equal(at("06:11:00")) {
		t.Errorf("agg after the retry: got build %v, want 05:10, checked at 06:11", r)
	}
}

// TestRowsOfACheck has a test for every way in which a check tells of a source,
// or does not (B.4, B.11).
func TestRowsOfACheck(t *testing.T) {
	for name, tt := range map[string]struct {
		check  string
		at     time.Time // zero: nothing was told
		missed bool
	}{
		"six digits and an offset": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00.123456+00:00 2026-08-22T05:00:00.1Z"),
			at:     at("03:00:00"),
			missed: false,
		},
		"nine digits and Z, as in dbt 2": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00.123456789Z 2026-08-22T05:00:00Z"),
			at:     at("03:00:00"),
			missed: false,
		},
		"another offset": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T05:00:00+02:00 2026-08-22T05:00:00Z"),
			at:     at("03:00:00"),
			missed: false,
		},
		"no zone is UTC where nothing else is said": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00 2026-08-22T05:00:00Z"),
			at:     at("03:00:00"),
			missed: false,
		},
		"an empty table is year 1": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "0001-01-01T00:00:00+00:00 2026-08-22T05:00:00Z"),
			at:     sources.Never,
			missed: false,
		},
		"an empty table is 1970 in dbt 2": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "1970-01-01T00:00:00Z 2026-08-22T05:00:00Z"),
			at:     sources.Never,
			missed: false,
		},
		"a row is missing": {dbttest.Checks("2026-08-22T05:00:00Z"), time.Time{}, true},
		"a row without times failed (dbt before 1.8)": {
			check: strings.Replace(
				dbttest.Checks("2026-08-22T05:00:00Z", "x y"),
				`"max_loaded_at":"x","snapshotted_at":"y"`,
				`"error":"no such table"`,
				1,
			),
			at:     time.Time{},
			missed: true,
		},
		"a time that does not read is no time": {
			check:  dbttest.Checks("2026-08-22T05:00:00Z", "yesterday 2026-08-22T05:00:00Z"),
			at:     time.Time{},
			missed: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, _ := observe(t, files{"manifest.json": dbttest.Shop, "sources.json": tt.check})
			o := seen[orders]
			if r, told := dbttest.ReadingOf(o, sources.Loaded); told == tt.at.IsZero() || !r.At.Equal(tt.at) {
				t.Errorf("readings of orders: got %v, want last loaded at %v (no reading if zero)", o.Readings, tt.at)
			}
			if missed := !o.Missed.IsZero(); missed != tt.missed {
				t.Errorf("missed check of orders: got %v, want one: %t", o.Missed, tt.missed)
			}
		})
	}
}

func TestDBT2WritesItsStatusWithACapital(t *testing.T) {
	text := strings.Replace(
		dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00Z 2026-08-22T05:00:00Z"),
		`"pass"`,
		`"Error"`,
		1,
	)
	seen, _ := observe(t, files{"manifest.json": dbttest.Shop, "sources.json": text})
	if r, _ := dbttest.ReadingOf(seen[orders], sources.Loaded); !r.At.Equal(at("03:00:00")) {
		t.Errorf("last loaded of orders with status Error: got %v, want 03:00", r)
	}
}

func TestACheckOfOneSourceErasesNoOther(t *testing.T) {
	answer, err := open(t, files{
		"manifest.json":         dbttest.Shop,
		"target/1/sources.json": dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00Z 2026-08-22T05:00:00Z"),
		"target/2/sources.json": dbttest.Checks("2026-08-22T06:00:00Z"),
	}, `["target", "target/*"]`).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	o := dbttest.ByID(answer)[orders]
	if r, _ := dbttest.ReadingOf(o, sources.Loaded); !r.At.Equal(at("03:00:00")) || !r.CheckedAt.Equal(at("05:00:00")) ||
		!o.Missed.Equal(at("06:00:00")) {
		t.Errorf(
			"orders: got last loaded %v, missed %v; want 03:00, checked at 05:00, and a missed check at 06:00",
			r,
			o.Missed,
		)
	}
}

func TestNaiveTimesAreOfTheZoneThatSiteTomlSays(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	src := openIn(t, zone, files{
		"manifest.json": dbttest.Shop,
		"sources.json":  dbttest.Checks("2026-08-22T09:00:00Z", "2026-08-22T03:00:00 2026-08-22T09:00:00Z"),
	}, `"target"`)
	answer, err := src.Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := dbttest.ReadingOf(dbttest.ByID(answer)[orders], sources.Loaded); !r.At.Equal(at("07:00:00")) {
		t.Errorf("last loaded of orders: got %v, want 03:00 in New York", r.At)
	}
}

// TestMetadataFreshness is about sources without loaded_at_field: dbt asks the
// warehouse when they were altered (B.7).
func TestMetadataFreshness(t *testing.T) {
	noField := strings.Replace(dbttest.Shop, `"loaded_at_field":"_at",`, "", 1)
	query := strings.Replace(dbttest.Shop, `"loaded_at_field":"_at"`, `"config":{"loaded_at_query":"select max(at)"}`, 1)
	view := `{` + dbttest.Metadata(
		"catalog",
		1,
		"2026-08-22T05:00:00Z",
	) + `,"nodes":{},"sources":{"source.shop.raw.orders":{"metadata":{"type":"VIEW","comment":"as the shop sees it"}}}}`
	row := dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00Z 2026-08-22T05:00:00Z")
	now := dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T05:00:00Z 2026-08-22T05:00:00Z")
	for name, tt := range map[string]struct {
		files files
		clock sources.Clock
		told  bool
	}{
		"a field tells when rows were loaded": {
			files: files{"manifest.json": dbttest.Shop, "sources.json": row},
			clock: sources.Loaded,
			told:  true,
		},
		"a query does too, also in config": {
			files: files{"manifest.json": query, "sources.json": row},
			clock: sources.Loaded,
			told:  true,
		},
		"without them it is when the table was altered": {
			files: files{"manifest.json": noField, "sources.json": row},
			clock: sources.Altered,
			told:  true,
		},
		"and of a view when it was defined": {
			files: files{"manifest.json": noField, "sources.json": row, "catalog.json": view},
			clock: sources.DDL,
			told:  true,
		},
		"dbt 2 says this moment of every view: not a load": {
			files: files{"manifest.json": noField, "sources.json": now},
			clock: sources.Altered,
			told:  false,
		},
		"a view with a field is judged by its rows": {
			files: files{"manifest.json": dbttest.Shop, "sources.json": row, "catalog.json": view},
			clock: sources.Loaded,
			told:  true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, _ := observe(t, tt.files)
			o := seen[orders]
			if _, told := dbttest.ReadingOf(o, tt.clock); told != tt.told || len(o.Readings) != map[bool]int{true: 1}[tt.told] {
				t.Errorf("readings of orders: got %v, want one of the clock %s: %t", o.Readings, tt.clock, tt.told)
			}
		})
	}
}

func TestFreshnessJSONOfDBT2TellsOfModelsToo(t *testing.T) {
	text := `{` + dbttest.Metadata(
		"freshness",
		0,
		"2026-08-22T05:00:00Z",
	) + `,"results":[{"unique_id":"source.shop.raw.orders","resource_type":"source",` +
		`"max_loaded_at":"2026-08-22T03:00:00Z","snapshotted_at":"2026-08-22T05:00:00Z","status":"Pass"}]}`
	seen, _ := observe(t, files{"manifest.json": dbttest.Shop, "freshness.json": text})
	if r, _ := dbttest.ReadingOf(seen[orders], sources.Loaded); !r.At.Equal(at("03:00:00")) {
		t.Errorf("last loaded of orders: got %v, want 03:00 from freshness.json", r)
	}
}

func TestTheManifestKeepsTheStartOfItsFirstParse(t *testing.T) {
	old := strings.Replace(
		dbttest.Shop,
		`"project_name"`,
		`"invocation_started_at":"2026-05-15T05:00:00Z","run_started_at":"2026-05-15T05:00:00Z","project_name"`,
		1,
	)
	_, answer := observe(t, files{"manifest.json": old})
	if !answer.Scopes[0].CheckedAt.Equal(at("05:00:00")) {
		t.Errorf("check of the scope: got %v, want the time in generated_at, 05:00", answer.Scopes[0].CheckedAt)
	}
}

func TestAnAbortedBatchLeavesTheOldCheckWithItsOwnMoment(t *testing.T) {
	// dbt 2 writes no sources.json when one table is missing: the file of the
	// day before stays beside the manifest of today.
	seen, _ := observe(
		t,
		files{
			"manifest.json": dbttest.Shop,
			"sources.json":  dbttest.Checks("2026-08-21T05:00:30Z", "2026-08-21T03:00:00Z 2026-08-21T05:00:00Z"),
		},
	)
	if r, _ := dbttest.ReadingOf(seen[orders], sources.Loaded); !r.CheckedAt.Equal(at("05:00:00").AddDate(0, 0, -1)) {
		t.Errorf("check of orders: got %v, want 05:00 of the day before", r.CheckedAt)
	}
}

func TestASourceWithoutARuleIsNotMissed(t *testing.T) {
	off := strings.Replace(
		dbttest.Shop,
		`"freshness":{"warn_after":{"count":12,"period":"hour"},"error_after":{"count":1,"period":"day"}}`,
		`"freshness":null`,
		1,
	)
	seen, _ := observe(t, files{"manifest.json": off, "sources.json": dbttest.Checks("2026-08-22T05:00:00Z")})
	if o := seen[orders]; !o.Missed.IsZero() || o.WarnAfter != 0 {
		t.Errorf("orders with freshness null: got %+v, want no limit and no missed check", o)
	}
}

func TestTheCheckMayHaveAnotherName(t *testing.T) {
	answer, err := open(
		t,
		files{
			"manifest.json":       dbttest.Shop,
			"checks/morning.json": dbttest.Checks("2026-08-22T05:00:00Z", "2026-08-22T03:00:00Z 2026-08-22T05:00:00Z"),
		},
		`["target", "checks/*.json"]`,
	).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := dbttest.ReadingOf(dbttest.ByID(answer)[orders], sources.Loaded); !r.At.Equal(at("03:00:00")) {
		t.Errorf("last loaded of orders: got %v, want 03:00 from checks/morning.json", r)
	}
}

func TestStatesThatBuildNothingAreNoAttempt(t *testing.T) {
	for _, status := range []string{"no-op", "reused", "warn"} {
		seen, _ := observe(
			t,
			files{
				"manifest.json":    dbttest.Shop,
				"run_results.json": dbttest.RunResults("build", "2026-08-22T05:10:00Z", "", "model.shop.fct "+status),
			},
		)
		if r, _ := dbttest.ReadingOf(seen[fct], sources.Built); !r.At.IsZero() || r.CheckedAt.IsZero() ||
			seen[fct].Attempt.Outcome != "" {
			t.Errorf(
				"fct with status %s: got build %v, attempt %+v; want a check without a build, and no attempt",
				status,
				r,
				seen[fct].Attempt,
			)
		}
	}
}

func TestRowsOfOtherKindsAreNoBuilds(t *testing.T) {
	seen, answer := observe(
		t,
		files{
			"manifest.json": dbttest.Shop,
			"run_results.json": dbttest.RunResults(
				"build",
				"2026-08-22T05:10:00Z",
				"",
				"exposure.shop.board no-op",
				"test.shop.not_null fail",
				"unit_test.shop.u pass",
				"function.shop.f success",
				"model.other.gone success",
			),
		},
	)
	if len(seen) != 11 || len(answer.Notes) != 0 {
		t.Errorf("Observe: got %d observations, notes %q; want 11 and no notes", len(seen), answer.Notes)
	}
}

func TestARunTellsOfItsOwnProjectAlone(t *testing.T) {
	other := strings.Replace(
		strings.NewReplacer(
			"model.shop.", "model.fin.",
			"source.shop.", "source.fin.",
			"prod.", "fin.",
			"seed.shop", "seed.fin",
			"snapshot.shop", "snapshot.fin",
			"exposure.shop", "exposure.fin",
		).
			Replace(dbttest.Shop),
		`"project_name":"shop"`,
		`"project_name":"fin"`,
		1,
	)
	answer, err := open(
		t,
		files{
			"a/manifest.json":    dbttest.Shop,
			"b/manifest.json":    other,
			"b/run_results.json": dbttest.RunResults("build", "2026-08-22T05:10:00Z", "", "model.fin.fct success"),
		},
		`["a", "b"]`,
	).Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	seen := dbttest.ByID(answer)
	if _, looked := dbttest.ReadingOf(seen[fct], sources.Built); looked {
		t.Errorf("readings of fct of shop: got %v, want no build from the run of fin", seen[fct].Readings)
	}
	if r, _ := dbttest.ReadingOf(seen["table:FIN.MART.FCT"], sources.Built); r.At.IsZero() {
		t.Errorf("fct of fin: got %v, want a build from the run of fin", seen["table:FIN.MART.FCT"])
	}
}
