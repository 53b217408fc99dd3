package looker_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/looker/standin"
)

// after is the same source so many days later.
func after(src sources.Source, days int) sources.Source {
	return looker.At(src, now.AddDate(0, 0, days))
}

// exploreTile returns a tile with a query of one field of an explore.
func exploreTile(id, model, view string) standin.Tile {
	return standin.Tile{
		ID:    id,
		Title: "T" + id,
		Query: &standin.Query{ID: "q" + id, Model: model, Explore: view, Fields: []string{view + ".x"}},
	}
}

// newBareLooker returns a Looker with one dashboard, whose explores show no table.
func newBareLooker(tiles ...standin.Tile) *standin.Looker {
	l := &standin.Looker{
		HasActivity: true,
		Folders:     []standin.Folder{{ID: "7", Name: "Finance"}},
		Dashboards:  []standin.Dashboard{{ID: "42", Title: "Revenue", Folder: "7", Tiles: tiles}},
		Explores:    make(map[string]standin.Explore),
		SQL:         make(map[string]string),
	}
	for _, t := range tiles {
		l.Explores[t.Query.Model+"::"+t.Query.Explore] = standin.Explore{View: t.Query.Explore, Connection: "snow"}
	}
	return l
}

// buildingSQL returns the SQL of a query that first builds the derived table key from sql, and
// then reads it.
func buildingSQL(key, name, sql string) string {
	_, view, _ := strings.Cut(key, "::")
	return fmt.Sprintf(
		"-- generate derived table %s\n-- Building persistent derived table %s on instance 1\n"+
			"CREATE TABLE %s AS (\n%s)\n-- finished %[1]s => %[3]s\nSELECT * FROM %[3]s",
		view,
		key,
		name,
		sql,
	)
}

func TestATableThatHappensToBeCalledLCIsNoScratchTable(t *testing.T) {
	for name, tt := range map[string]struct{ table, want string }{
		"letters of credit":                     {"RAW.SHOP.LC_BALANCES", "sql table:RAW.SHOP.LC_BALANCES"},
		"a word with a number":                  {"RAW.SHOP.LR_2026", "sql table:RAW.SHOP.LR_2026"},
		"what Looker built":                     {"SCRATCH.LR$ZKWYB1763531790092_x", "sql pdt:looker/shop::x"},
		"what Looker built where $ is no name":  {"SCRATCH.LR_ZKWYB1763531790092_x", "sql pdt:looker/shop::x"},
		"what Looker built on a user's request": {"SCRATCH.LC$ZKWYB1763531790092_x", "sql pdt:looker/shop::x"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newBareLooker(exploreTile("1", "shop", "x"))
			l.SQL["q1"] = "SELECT * FROM " + tt.table
			if seen, _ := observeSource(t, open(t, l, nil)); describeReads(seen["tile:looker/42/1"]) != tt.want {
				t.Errorf("tile 1: got %q, want %q", describeReads(seen["tile:looker/42/1"]), tt.want)
			}
		})
	}
}

func TestViewsOfOneNameInTwoModelsAreTwo(t *testing.T) {
	for name, tt := range map[string]struct{ table, want string }{
		"of another build": {"SCRATCH.LR$OTHER1763531790092_x", "sql pdt:looker/b::x"},
		"of the same":      {"SCRATCH.LR$ZKWYB1763531790092_x", "sql pdt:looker/a::x"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newBareLooker(exploreTile("1", "a", "x"), exploreTile("2", "b", "x"))
			l.SQL["q1"] = buildingSQL("a::x", "SCRATCH.LR$ZKWYB1763531790092_x", "SELECT * FROM RAW.SHOP.LEDGER")
			l.SQL["q2"] = "SELECT * FROM " + tt.table
			if seen, _ := observeSource(t, open(t, l, nil)); describeReads(seen["tile:looker/42/2"]) != tt.want {
				t.Errorf("tile 2: got %q, want %q", describeReads(seen["tile:looker/42/2"]), tt.want)
			}
		})
	}
}

// retryInterval is how long a failure or a broken reference is taken as unchanged before the
// call is made again, because somebody may have repaired it.
func retryInterval(t *testing.T, src sources.Source) sources.Observation {
	t.Helper()
	seen, _ := observeSource(t, src)
	if _, there := seen["pdt:looker/shop::daily"]; !there {
		t.Fatal("shop::daily: got no observation, want one")
	}
	return seen["pdt:looker/shop::daily"]
}

func TestADerivedTableWhoseUpstreamIsLostIsNotJudgedByItsBuild(t *testing.T) {
	l := newDailyShop(makes)
	if o := retryInterval(t, open(t, l, nil)); o.Virtual ||
		describeReads(o) != "table:RAW.SHOP.DAYS table:RAW.SHOP.LEDGER built 08-22 06:00" {
		t.Errorf("daily with a known upstream: got %+v, want it to have data, two tables upstream and a build", o)
	}
	l.Change(func() { l.SQL["8"] = fromPDT })
	if o := retryInterval(t, open(t, l, nil)); !o.Virtual ||
		describeReads(o) != "ddl 08-22 06:00" { // a state that knows of nothing
		t.Errorf("daily with a lost upstream: got %+v, want it virtual, with a definition change", o)
	}
}

func TestADerivedTableThatIsBuiltFromOneThatIsDarkIsDark(t *testing.T) {
	l := newDailyShop(
		buildingSQL("shop::daily", "SCRATCH.LR$ZKWYB1763531790092_daily", "SELECT * FROM SCRATCH.LR$AAAAB1763531790092_inner"),
	)
	if o := retryInterval(t, open(t, l, nil)); !o.Virtual || describeReads(o) != "pdt:looker/shop::inner ddl 08-22 06:00" {
		t.Errorf("daily built from a table of unknown upstream: got %+v, want it virtual, with a definition change", o)
	}
	said := func(c *looker.Config) { c.Derived = map[string][]string{"shop::inner": {"RAW.SHOP.LEDGER"}} }
	if o := retryInterval(t, open(t, l, said)); o.Virtual || describeReads(o) != "pdt:looker/shop::inner built 08-22 06:00" {
		t.Errorf("daily with the upstream in site.toml: got %+v, want it to have data and a build", o)
	}
}

func TestADarkDerivedTableThatFailedIsMendedByABuild(t *testing.T) {
	l := newDailyShop(fromPDT)
	l.Builds = []standin.Build{{Model: "shop", View: "daily", At: now.Add(-3 * time.Hour), Status: "create sql error"}}
	src := open(t, l, nil)
	if o := retryInterval(t, src); !o.Virtual || o.Attempt.Outcome != sources.Failed {
		t.Errorf("daily after a failed build: got %+v, want it virtual, with a failed attempt", o)
	}
	l.Change(func() {
		l.Builds = append(l.Builds, standin.Build{Model: "shop", View: "daily", At: now.Add(3 * time.Hour)})
	})
	if o := retryInterval(t, after(src, 1)); !o.Virtual ||
		describeReads(o) != "ddl 08-22 15:00" { // what is virtual is not held to an earlier failure
		t.Errorf("daily after a later build: got %+v, want it virtual, with a definition change at 15:00", o)
	}
}

func TestHowABuildFailedIsShort(t *testing.T) {
	l := newDailyShop(makes)
	l.Builds = []standin.Build{
		{Model: "shop", View: "daily", At: now.Add(-time.Hour), Status: strings.Repeat("x", 5000) + " error"},
	}
	if o := retryInterval(t, open(t, l, nil)); len(o.Attempt.Says) > 250 ||
		!strings.HasPrefix(o.Attempt.Says, "Looker: xxx") {
		t.Errorf(
			"message of the failed build: got %d bytes, %.300s; want at most 250 that begin with Looker's message",
			len(o.Attempt.Says),
			o.Attempt.Says,
		)
	}
}

func TestADerivedTableOfWhichTheSQLIsNotToldIsNotGone(t *testing.T) {
	l := newDailyShop(makes)
	if _, answer := observeSource(t, open(t, l, nil)); !hasScope(answer, "derived:looker") {
		t.Error("scopes while all SQL is visible: got no derived:looker, want it listed")
	}
	l.Change(func() { l.DeniesSQL = true })
	if _, answer := observeSource(t, open(t, l, nil)); hasScope(answer, "derived:looker") {
		t.Error("scopes while SQL is denied: got derived:looker, want it left out")
	}
}

func TestADerivedTableThatOnlySQLRunnerReadsIsThere(t *testing.T) {
	l := newDailyShop(makes)
	l.Dashboards[0].Tiles = append(l.Dashboards[0].Tiles, standin.Tile{ID: "107", Title: "By hand", RunnerSlug: "slug"})
	l.SQL["slug"] = "select * from SCRATCH.LR$ZKWYB1763531790092_daily"
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() { l.Dashboards[0].Tiles = slices.Delete(l.Dashboards[0].Tiles, 5, 6) })
	if got := describeReads(retryInterval(t, after(src, 1))); got != "table:RAW.SHOP.DAYS table:RAW.SHOP.LEDGER "+
		"built 08-22 06:00" {
		t.Errorf("daily read by SQL Runner: got %s, want its two tables upstream and its build", got)
	}
}

func TestASubqueryOverADerivedTableIsNoRollup(t *testing.T) {
	l := shop()
	l.SQL["6"] = "SELECT * FROM RAW.SHOP.ORDERS JOIN RAW.SHOP.CUSTOMERS ON true WHERE id IN (SELECT id FROM " +
		"SCRATCH.LR$ZKWYB1763531790092_vip)"
	seen, _ := observeSource(t, open(t, l, nil))
	if o := seen["pdt:looker/shop::vip"]; len(o.Upstream) > 0 || !o.Virtual {
		t.Errorf("vip, read in a subquery: got %+v, want it virtual, without an upstream", o)
	}
}

func TestARollupReadsWhatItsExploreReadsToday(t *testing.T) {
	l := shop()
	l.SQL["6"] = "SELECT * FROM SCRATCH.LR$ZKWYB1763531790092_orders$rollup__name"
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() {
		e := l.Explores["shop::orders"]
		e.Table = "RAW.SHOP.ORDERS_V2 AS orders"
		l.Explores["shop::orders"] = e
	})
	seen, _ := observeSource(t, after(src, 8))
	if got := describeReads(seen["pdt:looker/shop::orders$rollup__name"]); got != `explore:looker/shop::orders `+
		`table:RAW."Geo".REGIONS table:RAW.SHOP.CUSTOMERS table:RAW.SHOP.ORDERS_V2` {
		t.Errorf("rollup after its explore changed: got %s, want RAW.SHOP.ORDERS_V2 upstream", got)
	}
}

func TestAnOutageOfDaysMissesNoBuild(t *testing.T) {
	for days, want := range map[int]string{1: "3 days", 9: "11 days", 200: "90 days"} {
		l := newDailyShop(makes)
		asked := ""
		src := open(t, l, nil)
		observeSource(t, src)
		l.Intercept = func(_ http.ResponseWriter, r *http.Request) bool {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			if _, window, builds := strings.Cut(string(body), `"pdt_builds.end_date":"`); builds {
				asked, _, _ = strings.Cut(window, `"`)
			}
			return false
		}
		observeSource(t, after(src, days))
		if asked != want {
			t.Errorf("builds asked for after %d days: got those of %q, want %q", days, asked, want)
		}
	}
}

func TestBuildsAreNotAskedForWithoutTheLists(t *testing.T) {
	src := open(t, newDailyShop(makes), nil)
	observeSource(t, src)
	if _, again := observeSource(t, looker.At(src, now.Add(time.Minute))); len(again.Calls) != 0 {
		t.Errorf("calls a minute later: got %v, want none", again.Calls)
	}
}

// TestTheSQLOfManyTilesDoesNotStarveTheBuilds lives all but the last day of a
// month of sixty tiles, each of a derived table whose SQL is asked for each day.
func TestTheSQLOfManyTilesDoesNotStarveTheBuilds(t *testing.T) {
	t.Setenv("FRESHET_LOOKER_OPENAPI", "") // it would take long
	var tiles []standin.Tile
	for i := range 60 {
		tiles = append(tiles, exploreTile(fmt.Sprint(i), "shop", fmt.Sprint("v", i)))
	}
	l := newBareLooker(tiles...)
	for i := range 60 {
		l.SQL[fmt.Sprint("q", i)] = fmt.Sprintf("SELECT * FROM SCRATCH.LR$ZKWYB1763531790092_v%d", i)
		l.Builds = append(l.Builds, standin.Build{Model: "shop", View: fmt.Sprint("v", i), At: now.AddDate(0, 0, -1)})
	}
	src := open(t, l, nil)
	for d := range 29 {
		at := time.Date(2026, 9, 1+d, 6, 0, 0, 0, time.UTC)
		seen, _ := observeSource(t, looker.At(src, at))
		if r := seen["pdt:looker/shop::v0"].Readings; len(r) != 1 || !r[0].CheckedAt.Equal(at) {
			t.Errorf("readings of v0 on day %d: got %v, want one, checked at %v", d+1, r, at)
		}
	}
}

func TestStateThatIsHalfTellsOfDerivedTablesAndRefusalsToo(t *testing.T) {
	for _, key := range []string{"derived", "refused"} {
		t.Run(key, func(t *testing.T) {
			l := newDailyShop(makes)
			dir := t.TempDir()
			l.ID = "id"
			l.Secret = secret
			l.Dashboards = append(l.Dashboards, standin.Dashboard{ID: "shop::late", Title: "Late"})
			server := httptest.NewServer(l)
			defer server.Close()
			c := &looker.Config{URL: server.URL, ClientID: "id", SecretEnv: "SECRET"}
			src := c.Open(
				sources.Setting{
					Name:  "looker",
					State: dir,
					Now:   func() time.Time { return now },
					Env:   func(string) string { return secret },
				},
			)
			observeSource(t, src)
			file := filepath.Join(dir, "looker", "looker.json")
			text, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, damageState(t, text, key), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			l.Intercept = refusing("/dashboards/shop::late")
			observeSource(t, after(src, 8)) // and does not panic
		})
	}
}
