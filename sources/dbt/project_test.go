package dbt_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
)

// fin is the project of dbttest.Shop under another name.
var fin = strings.Replace(
	strings.NewReplacer(
		"model.shop.", "model.fin.",
		"source.shop.", "source.fin.",
		"prod.", "fin.",
		"seed.shop", "seed.fin",
		"snapshot.shop", "snapshot.fin",
		"exposure.shop", "exposure.fin",
		"test.shop", "test.fin",
		`"package_name":"shop"`, `"package_name":"fin"`,
	).
		Replace(dbttest.Shop),
	`"project_name":"shop"`,
	`"project_name":"fin"`,
	1,
)

// TestARunIsALookAtItsOwnProject has the ways in which a run of fin was taken
// for a look at shop.
func TestARunIsALookAtItsOwnProject(t *testing.T) {
	foreign := strings.Replace(
		fin,
		`"model.fin.stg"`,
		`"model.shop.fct":{"resource_type":"model","package_name":"shop","name":"fct",`+
			`"relation_name":"prod.mart.fct","config":{"materialized":"table"}},"model.fin.stg"`,
		1,
	)
	for name, fs := range map[string]files{
		"its rows are tests alone": {
			"a/manifest.json":    dbttest.Shop,
			"b/manifest.json":    fin,
			"b/run_results.json": dbttest.RunResults("build", "2026-08-22T05:10:00Z", "", "test.fin.not_null pass"),
		},
		"it has no row": {
			"a/manifest.json":    dbttest.Shop,
			"b/manifest.json":    fin,
			"b/run_results.json": dbttest.RunResults("build", "2026-08-22T05:10:00Z", ""),
		},
		"nobody knows its rows": {
			"a/manifest.json":      dbttest.Shop,
			"b/manifest.json":      fin,
			"b/1/run_results.json": dbttest.RunResults("build", "2026-08-22T05:10:00Z", "", "model.other.x success"),
		},
		"its manifest lists a model of shop": {
			"a/manifest.json":    dbttest.Shop,
			"b/manifest.json":    foreign,
			"b/run_results.json": dbttest.RunResults("build", "2026-08-22T05:10:00Z", "", "model.fin.fct success"),
		},
		"a check without rows": {
			"a/manifest.json": dbttest.Shop,
			"b/manifest.json": fin,
			"b/sources.json":  dbttest.Checks("2026-08-22T05:00:00Z"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := open(t, fs, `["a", "b", "b/*"]`).Observe(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			seen := dbttest.ByID(answer)
			if r, looked := dbttest.ReadingOf(seen[fct], sources.Built); looked {
				t.Errorf("fct of shop: got build %v, want no reading from a run of another project", r)
			}
			if o := seen[orders]; strings.Contains(name, "check") && !strings.Contains(strings.Join(o.Aliases, " "), "fin") &&
				!o.Missed.IsZero() {
				t.Errorf("source table of shop: got %+v, want no missed check", o)
			}
		})
	}
}

func TestFreshnessThatIsNoRuleIsNothingSaid(t *testing.T) {
	for _, odd := range []string{`"daily"`, `7`, `{"warn_after":"soon"}`, `{"warn_after":{"count":"many","period":3}}`, `[]`} {
		m := strings.Replace(
			dbttest.Shop,
			`"config":{"materialized":"table"}`,
			`"config":{"materialized":"table","freshness":`+odd+`}`,
			1,
		)
		seen, answer := observe(t, files{"manifest.json": m})
		if o, there := seen[fct]; !there || o.WarnAfter != 0 || len(answer.Notes) != 0 || len(answer.Scopes) != 1 {
			t.Errorf(
				"fct with freshness %s: got %+v, notes %q, scopes %v; want no limit, no notes, 1 scope",
				odd,
				o.Asset,
				answer.Notes,
				answer.Scopes,
			)
		}
	}
}

func TestANodeThatIsLeftOutIsNotGoneAndStillFeedsWhatReadsIt(t *testing.T) {
	m := strings.Replace(dbttest.Shop, `"name":"stg"`, `"name":["stg"]`, 1)
	seen, answer := observe(t, files{"manifest.json": m})
	if len(answer.Scopes) != 0 {
		t.Errorf("scopes: got %v, want none, because a node was left out", answer.Scopes)
	}
	if up := seen["model:shop.mid"].Upstream; len(up) != 1 || up[0] != "model:shop.stg" {
		t.Errorf("upstream of mid: got %v, want [model:shop.stg]", up)
	}
}

func TestADashboardOnAModelThatIsNotDescribedHasATileAllTheSame(t *testing.T) {
	m := dbttest.Manifest(
		`"nodes":{},"exposures":{"exposure.shop.e":{"name":"e","package_name":"shop","type":"dashboard",` +
			`"depends_on":{"nodes":["model.core.orders"]}}}`,
	)
	seen, _ := observe(t, files{"manifest.json": m})
	if o, there := seen["tile:dbt/shop.e/core.orders"]; !there || o.Name != "orders" || o.Upstream[0] != "model:core.orders" {
		t.Errorf("observations: got %v, want the tile orders, which reads model:core.orders", seen)
	}
}

func TestLimitsAreAtMostAHundredYears(t *testing.T) {
	m := strings.Replace(dbttest.Shop, `{"count":12,"period":"hour"}`, `{"count":110000,"period":"day"}`, 1)
	seen, _ := observe(t, files{"manifest.json": m})
	if w := time.Duration(seen[orders].WarnAfter) * time.Second; w <= 0 || w > 101*366*24*time.Hour {
		t.Errorf("warn limit of orders: got %v, want more than 0 and at most 101 years", w)
	}
}

func TestOfTwoLimitsForOneTableTheStricterCounts(t *testing.T) {
	other := strings.NewReplacer(`"count":12,"period":"hour"`, `"count":2,"period":"hour"`, "fin.shop.orders", "raw.shop.orders").
		Replace(fin)
	later := strings.Replace(other, `"generated_at":"2026-08-22T05:00:00Z"`, `"generated_at":"2026-08-22T09:00:00Z"`, 1)
	for _, b := range []string{other, later} {
		answer, err := open(
			t,
			files{"a/manifest.json": dbttest.Shop, "b/manifest.json": b},
			`["a", "b"]`,
		).Observe(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if o := dbttest.ByID(answer)[orders]; o.WarnAfter != 2*3600 || o.Scope != "project:fin" {
			t.Errorf("orders: got a warn limit of %d seconds in %s, want 7200 in project:fin", o.WarnAfter, o.Scope)
		}
	}
}

func TestTimesThatCannotBeRecordedAreNothingSaid(t *testing.T) {
	for _, odd := range []string{"9999-12-31T23:59:59-05:00", "0000-00-00T00:00:00Z", "99999-01-01T00:00:00Z"} {
		seen, _ := observe(
			t,
			files{
				"manifest.json": dbttest.Shop,
				"sources.json":  dbttest.Checks("2026-08-22T05:00:00Z", odd+" 2026-08-22T05:00:00Z"),
			},
		)
		if r, told := dbttest.ReadingOf(seen[orders], sources.Loaded); told {
			t.Errorf("last loaded of orders for %s: got %v, want no reading", odd, r)
		}
	}
	seen, _ := observe(
		t,
		files{
			"manifest.json": dbttest.Shop,
			"sources.json":  dbttest.Checks("2026-08-22T05:00:00Z", "0001-01-01T00:00:00+05:00 2026-08-22T05:00:00Z"),
		},
	)
	if r, _ := dbttest.ReadingOf(seen[orders], sources.Loaded); !r.At.Equal(sources.Never) {
		t.Errorf("last loaded of orders for year 1 east of Greenwich: got %v, want Never", r)
	}
}

func TestAGlobThatMatchesNothingIsTold(t *testing.T) {
	answer, err := open(t, files{"manifest.json": dbttest.Shop}, `["target", "stpes/*"]`).Observe(context.Background())
	if err != nil || len(answer.Notes) != 1 || answer.Notes[0] != `artifacts: no match for "stpes/*"` {
		t.Errorf("Observe: got %v, notes %q; want no error and a note about stpes/*", err, answer.Notes)
	}
}
