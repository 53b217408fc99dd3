package looker_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/looker/standin"
)

// describeReads returns what a tile or derived table reads, its readings and its last attempt,
// in one line.
func describeReads(o sources.Observation) string {
	s := o.Traced
	for _, up := range o.Upstream {
		s += " " + string(up)
	}
	for _, r := range o.Readings {
		s += fmt.Sprintf(" %s %s", r.Clock, r.At.Format("01-02 15:04"))
	}
	if o.Attempt.Outcome != "" {
		s += fmt.Sprintf(" %s: %s", o.Attempt.Outcome, o.Attempt.Says)
	}
	return strings.TrimSpace(s)
}

func hasNote(a sources.Answer, part string) bool {
	return strings.Contains(strings.Join(a.Notes, "\n"), part)
}

// newDailyShop returns the shop in which the query of the explore daily has the given SQL and
// reads a derived table.
func newDailyShop(sql string) *standin.Looker {
	l := shop()
	l.SQL["8"] = sql
	l.Builds = []standin.Build{
		{Model: "shop", View: "daily", At: now.Add(-6 * time.Hour)},
		{Model: "shop", View: "daily", At: now.Add(-30 * time.Hour)},
	}
	return l
}

const (
	fromPDT = "SELECT sum(total) FROM SCRATCH.LR$ZKWYB1763531790092_daily AS daily"
	makes   = "-- generate derived table daily\n" +
		"-- Building persistent derived table shop::daily on instance 1\n" +
		"CREATE TABLE SCRATCH.LR$ZKWYB1763531790092_daily AS (\n" +
		"SELECT * FROM RAW.SHOP.LEDGER l JOIN RAW.SHOP.DAYS d ON true)\n" +
		"-- finished daily => SCRATCH.LR$ZKWYB1763531790092_daily\n" + fromPDT
)

func TestADerivedTableHasABuildAndAnUpstream(t *testing.T) {
	l := newDailyShop(makes)
	src := open(t, l, nil)
	seen, _ := observeSource(t, src)
	if got := describeReads(seen["tile:looker/42/106"]); got != "sql pdt:looker/shop::daily" {
		t.Errorf("tile 106: got %s, want sql pdt:looker/shop::daily", got)
	}
	if got := describeReads(seen["pdt:looker/shop::daily"]); got != "table:RAW.SHOP.DAYS table:RAW.SHOP.LEDGER "+
		"built 08-22 06:00" {
		t.Errorf("daily: got %s, want its two tables upstream and the build of 06:00", got)
	}
	l.Change(func() {
		l.SQL["8"] = strings.ReplaceAll(fromPDT, "ZKWYB1763531790092", "ZKOFX1763534613040")
		l.Builds = append(
			l.Builds,
			standin.Build{Model: "shop", View: "daily", At: now.Add(-time.Hour), Status: "create sql error"},
		)
	})
	later := now.Add(8 * 24 * time.Hour)
	seen, _ = observeSource(t, looker.At(src, later))
	if got := describeReads(seen["pdt:looker/shop::daily"]); got != "table:RAW.SHOP.DAYS table:RAW.SHOP.LEDGER "+
		"built 08-22 06:00 failed: Looker: "+
		"create sql error" {
		t.Errorf("daily built under another name: got %s, want the same upstream and build, and the failure", got)
	}
}

func TestABuildOfWhatNobodyKnowsProvesNothing(t *testing.T) {
	seen, answer := observeSource(t, open(t, newDailyShop(fromPDT), nil))
	if got := describeReads(seen["pdt:looker/shop::daily"]); got != "ddl 08-22 06:00" {
		t.Errorf("daily of unknown upstream: got %s, want ddl 08-22 06:00", got)
	}
	if !hasNote(
		answer,
		`builds of shop::daily are not used: upstream unknown; set derived in [[source]], `+
			`such as "shop::daily" = ["DATABASE.SCHEMA.TABLE"]`,
	) {
		t.Errorf("notes: got %q, want one that derived in [[source]] may name the upstream", answer.Notes)
	}
	seen, answer = observeSource(
		t,
		open(
			t,
			newDailyShop(fromPDT),
			func(c *looker.Config) { c.Derived = map[string][]string{"shop::daily": {"RAW.SHOP.LEDGER"}} },
		),
	)
	if got := describeReads(seen["pdt:looker/shop::daily"]); got != "table:RAW.SHOP.LEDGER built 08-22 06:00" ||
		hasNote(answer, "derived in") {
		t.Errorf("daily with the upstream in site.toml: got %s, want table:RAW.SHOP.LEDGER, its build and no note", got)
	}
}

func TestARollupStandsForItsExplore(t *testing.T) {
	l := shop()
	l.SQL["6"] = "SELECT * FROM SCRATCH.LR$ZKWYB1763531790092_orders$rollup__name"
	src := open(t, l, nil)
	seen, _ := observeSource(t, src)
	if got := describeReads(seen["tile:looker/42/102"]); got != "sql pdt:looker/shop::orders$rollup__name" {
		t.Errorf("tile 102: got %s, want sql pdt:looker/shop::orders$rollup__name", got)
	}
	if got := describeReads(seen["pdt:looker/shop::orders$rollup__name"]); got != `explore:looker/shop::orders `+
		`table:RAW."Geo".REGIONS table:RAW.SHOP.CUSTOMERS table:RAW.SHOP.ORDERS` {
		t.Errorf("rollup: got %s, want the explore, which has more joins, and its three tables", got)
	}
	l.Change(func() { l.SQL["6"] = "SELECT * FROM RAW.SHOP.ORDERS" })
	seen, _ = observeSource(t, looker.At(src, now.Add(8*24*time.Hour)))
	if got := describeReads(seen["tile:looker/42/102"]); got != "sql pdt:looker/shop::orders$rollup__name "+
		"table:RAW.SHOP.ORDERS" {
		t.Errorf("tile 102 after a second check: got %s, want the rollup and table:RAW.SHOP.ORDERS", got)
	}
}

func TestATemporaryDerivedTableIsPartOfTheQuery(t *testing.T) {
	l := newDailyShop(
		"-- generate derived table daily\n" +
			"-- Building temporary derived table shop::daily on instance 1\n" +
			"CREATE TEMPORARY TABLE tmp.daily AS SELECT * FROM RAW.SHOP.LEDGER\n-- finished daily => tmp.daily\n" +
			"SELECT * FROM tmp.daily JOIN RAW.SHOP.DAYS",
	)
	seen, _ := observeSource(t, open(t, l, nil))
	if got := describeReads(seen["tile:looker/42/106"]); got != "sql table:RAW.SHOP.DAYS table:RAW.SHOP.LEDGER" {
		t.Errorf("tile 106: got %s, want sql table:RAW.SHOP.DAYS table:RAW.SHOP.LEDGER", got)
	}
}

func TestATileOfSQLRunnerReadsWhatSomebodyWrote(t *testing.T) {
	l := shop()
	l.Dashboards[0].Tiles = append(
		l.Dashboards[0].Tiles,
		standin.Tile{ID: "107", Title: "By hand", RunnerSlug: "slug1"},
		standin.Tile{ID: "108", Title: "Not ours", RunnerSlug: "slug2"},
	)
	l.SQL["slug1"] = "select * from ledger join RAW.ERP.GL"
	src := open(t, l, func(c *looker.Config) { c.Connections = map[string]string{"snow": "RAW.SHOP"} })
	seen, answer := observeSource(t, src)
	if got := describeReads(seen["tile:looker/42/107"]); got != "sql table:RAW.ERP.GL table:RAW.SHOP.LEDGER" {
		t.Errorf("tile 107: got %s, want sql table:RAW.ERP.GL table:RAW.SHOP.LEDGER", got)
	}
	if o := seen["tile:looker/42/108"]; o.Traced != "" || o.MissingRef != "" ||
		!hasNote(answer, "SQL of tile 108: permission denied or not found") {
		t.Errorf(
			"tile 108: got %+v, notes %q; want it not traced, and a note that its SQL is not visible",
			o,
			answer.Notes,
		)
	}
}

func TestADashboardThatWasDeletedLeaves(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	observeSource(t, src)
	revenue := l.Dashboards[0]
	l.Change(func() { l.Dashboards = l.Dashboards[1:] })
	_, answer := observeSource(t, looker.At(src, now.Add(time.Hour)))
	if !hasNote(answer, "1 dashboard no longer listed since 22 Aug 2026 13:00 UTC and not in the trash: Revenue") ||
		hasScope(answer, "tiles:looker/42") {
		t.Errorf(
			"dashboard not listed: got notes %q, want one that names Revenue, and no scope of its tiles",
			answer.Notes,
		)
	}
	revenue.Updated = now
	l.Change(func() { l.Trash = []standin.Dashboard{revenue} })
	_, answer = observeSource(t, looker.At(src, now.Add(2*time.Hour)))
	if !hasScope(answer, "tiles:looker/42") || hasNote(answer, "lost sight") {
		t.Errorf("dashboard in the trash: got notes %q, want a scope of its tiles and no note about it", answer.Notes)
	}
	l.Change(func() {
		l.Dashboards = append(l.Dashboards, revenue)
		l.Trash = nil
	})
	observeSource(t, looker.At(src, now.Add(3*time.Hour)))
	l.Change(func() { l.Dashboards[len(l.Dashboards)-1].Folder = "9" })
	_, answer = observeSource(t, looker.At(src, now.Add(4*time.Hour)))
	if !hasScope(answer, "tiles:looker/42") || hasNote(answer, "lost sight") {
		t.Errorf(
			"dashboard in a personal folder: got notes %q, want a scope of its tiles and no note about it",
			answer.Notes,
		)
	}
}

// hasScope reports whether the answer lists the scope completely.
func hasScope(a sources.Answer, scope string) bool {
	for _, s := range a.Scopes {
		if s.Name == sources.ScopeName(scope) {
			return true
		}
	}
	return false
}
