package looker_test

import (
	"context"
	"fmt"
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
	"github.com/freshet-status/freshet/sources/sourcetest"
	"github.com/freshet-status/freshet/sources/sourcetest/described"
)

// secret must not come out anywhere.
const secret = "canary-3e19"

var now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// open is a Looker whose answers are held against the description of the API, and
// the source that visits it.
func open(t testing.TB, l *standin.Looker, change func(*looker.Config)) sources.Source {
	t.Helper()
	return openIn(t, l, change, filepath.Join(t.TempDir(), "state"))
}

// openIn returns a source that reads l, with a state folder.
func openIn(t testing.TB, l *standin.Looker, change func(*looker.Config), state string) sources.Source {
	t.Helper()
	l.ID = "id"
	l.Secret = secret
	server := httptest.NewServer(
		http.StripPrefix(
			"/api/4.0",
			described.WrapHandler(t, "FRESHET_LOOKER_OPENAPI", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.URL.Path = "/api/4.0" + r.URL.Path
				l.ServeHTTP(w, r)
			})),
		),
	)
	t.Cleanup(server.Close)
	c := &looker.Config{URL: server.URL, ClientID: "id", SecretEnv: "SECRET"}
	if change != nil {
		change(c)
	}
	if faults := c.Faults(); len(faults) > 0 {
		t.Fatalf("Faults: got %v, want none", faults)
	}
	return c.Open(
		sources.Setting{
			Name:  "looker",
			Dir:   t.TempDir(),
			State: state,
			Now:   func() time.Time { return now },
			Env:   func(name string) string { return map[string]string{"SECRET": secret}[name] },
		},
	)
}

// observeSource observes src and returns its observations by id. An error fails the test.
func observeSource(t testing.TB, src sources.Source) (map[sources.ID]sources.Observation, sources.Answer) {
	t.Helper()
	answer, err := src.Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[sources.ID]sources.Observation)
	for _, o := range answer.Observations {
		all[o.ID] = o
	}
	return all, answer
}

// orders asks the explore orders of the model shop.
func orders(id string, fields ...string) *standin.Query {
	return &standin.Query{ID: id, Model: "shop", Explore: "orders", Fields: fields}
}

// shop is a Looker with two folders, a dashboard of each kind, and every kind of
// tile.
func shop() *standin.Looker {
	return &standin.Looker{
		HasActivity: true,
		Folders: []standin.Folder{
			{ID: "1", Name: "Shared"},
			{ID: "7", Name: "Finance", Parent: "1"},
			{ID: "9", Name: "Robin", Personal: true},
		},
		Dashboards: []standin.Dashboard{
			{
				ID:      "42",
				Title:   "Revenue",
				Folder:  "7",
				Views:   1234,
				Updated: now.AddDate(0, 0, -9),
				Viewed:  now.Add(-time.Hour),
				Tiles: []standin.Tile{
					{ID: "101", Title: "Orders", Query: orders("5", "orders.count")},
					{ID: "102", Title: "By customer", Query: orders("6", "orders.count", "customers.name")},
					{ID: "103", Title: "A look", Look: orders("5", "orders.count")},
					{
						ID:    "104",
						Title: "Merged",
						Merged: []standin.Query{
							*orders("31", "orders.count"),
							{ID: "32", Model: "shop", Explore: "returns", Fields: []string{"returns.count"}},
						},
					},
					{ID: "105", Title: "Words", Type: "text"},
					{
						ID:    "106",
						Title: "Derived",
						Query: &standin.Query{ID: "8", Model: "shop", Explore: "daily", Fields: []string{"daily.total"}},
					},
				},
			},
			{
				ID:    "shop::board",
				Title: "From LookML",
				Tiles: []standin.Tile{{ID: "201", Title: "L", ResultMaker: orders("5", "orders.count")}},
			},
			{
				ID:     "50",
				Title:  "Mine",
				Folder: "9",
				Tiles:  []standin.Tile{{ID: "301", Title: "M", Query: orders("5", "orders.count")}},
			},
		},
		Explores: map[string]standin.Explore{
			"shop::orders": {View: "orders", Table: "RAW.SHOP.ORDERS AS orders", Connection: "snow", Joins: []standin.Join{
				{Name: "customers", Table: "raw.shop.customers", DependentFields: []string{"orders.customer_id", "regions.id"}},
				{Name: "regions", Table: `RAW."Geo".regions`}, {Name: "stock", Table: "RAW.SHOP.STOCK"}}},
			"shop::returns": {View: "returns", Table: "returns", Connection: "snow"},
			"shop::daily":   {View: "daily", Connection: "snow"},
		},
		SQL: map[string]string{
			"5":  "SELECT count(*) FROM RAW.SHOP.ORDERS AS orders",
			"31": "SELECT count(*) FROM RAW.SHOP.ORDERS AS orders",
			"6":  "SELECT * FROM RAW.SHOP.ORDERS AS orders LEFT JOIN raw.shop.customers ON true",
			"8":  "WITH daily AS (SELECT * FROM RAW.SHOP.LEDGER) SELECT sum(total) FROM daily",
		},
	}
}

func TestPromisesOfEverySource(t *testing.T) {
	sourcetest.RunSuite(t, func(state string) sources.Source { return openIn(t, shop(), nil, state) })
}

func TestEachTileIsTracedToItsTables(t *testing.T) {
	seen, answer := observeSource(
		t,
		open(t, shop(), func(c *looker.Config) { c.Connections = map[string]string{"snow": "RAW.SHOP"} }),
	)
	for id, want := range map[sources.ID]string{
		"tile:looker/42/101":          "sql table:RAW.SHOP.ORDERS",
		"tile:looker/42/102":          "sql table:RAW.SHOP.CUSTOMERS table:RAW.SHOP.ORDERS",
		"tile:looker/42/103":          "sql table:RAW.SHOP.ORDERS",
		"tile:looker/42/104":          "explore table:RAW.SHOP.ORDERS table:RAW.SHOP.RETURNS",
		"tile:looker/42/106":          "sql table:RAW.SHOP.LEDGER",
		"tile:looker/shop::board/201": "sql table:RAW.SHOP.ORDERS",
	} {
		o := seen[id]
		got := o.Traced
		for _, up := range o.Upstream {
			got += " " + string(up)
		}
		if got != want || o.MissingRef != "" {
			t.Errorf("%s: got %q, missing %q; want %q and nothing missing", id, got, o.MissingRef, want)
		}
	}
	if _, there := seen["tile:looker/42/105"]; there {
		t.Error("tile 105, a text: got an observation, want none")
	}
	if _, there := seen["dashboard:looker/50"]; there || seen["folder:looker/9"].Name != "" {
		t.Errorf(
			"personal folders: got dashboard 50 listed %t, folder 9 as %q; want neither",
			there,
			seen["folder:looker/9"].Name,
		)
	}
	board := seen["dashboard:looker/42"]
	if r := board.Readings; len(r) != 1 || r[0].Clock != sources.Queried || !r[0].At.Equal(now.Add(-time.Hour)) ||
		board.Views != 1200 ||
		board.Parent != "folder:looker/7" {
		t.Errorf("dashboard 42: got %+v, want 1200 views, folder 7, and a query an hour ago", board)
	}
	if seen["folder:looker/7"].Parent != "folder:looker/1" ||
		seen["dashboard:looker/shop::board"].Parent != "folder:looker/lookml" {
		t.Errorf(
			"parents: got %q of folder 7, %q of shop::board; want folder:looker/1, folder:looker/lookml",
			seen["folder:looker/7"].Parent,
			seen["dashboard:looker/shop::board"].Parent,
		)
	}
	if len(answer.Notes) != 0 {
		t.Errorf("notes: got %q, want none", answer.Notes)
	}
}

func TestTheExploreIsPrunedToWhatATileNeeds(t *testing.T) {
	l := shop()
	l.DeniesSQL = true
	seen, answer := observeSource(t, open(t, l, nil))
	if got := seen["tile:looker/42/102"]; fmt.Sprint(
		got.Upstream,
	) != `[explore:looker/shop::orders table:RAW."Geo".REGIONS table:RAW.SHOP.CUSTOMERS table:RAW.SHOP.ORDERS]` ||
		got.Traced != "explore" {
		t.Errorf("tile 102: got %v by %q, want regions, customers, orders and the explore by explore", got.Upstream, got.Traced)
	}
	if got := seen["tile:looker/42/106"]; len(got.Upstream) != 0 || got.Traced != "" || got.MissingRef != "" {
		t.Errorf("tile 106, a derived table without visible SQL: got %+v, want it not traced", got)
	}
	if !slices.Contains(
		answer.Notes,
		`table names without a database: set connections in [[source]], such as "snow" `+
			`= "DATABASE.SCHEMA"`,
	) {
		t.Errorf("notes: got %q, want one about connections in [[source]]", answer.Notes)
	}
}

func TestADailyVisitCostsTheLists(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	_, first := observeSource(t, src)
	lists, details, queries := 4+1+2, 3+1, 1+4+3 // queries: in full, System Activity, and those of tiles
	if first.Calls["non_query"] != lists+details || first.Calls["db_query"] != queries {
		t.Errorf("first Observe: got %v by calls %q, want 11 non_query and 8 db_query", first.Calls, l.RecordedCalls())
	}
	calls := len(l.RecordedCalls())
	_, again := observeSource(t, src)
	if len(again.Calls) != 0 ||
		!strings.HasPrefix(again.Notes[0], "dashboards and tiles were last listed ") {
		t.Errorf(
			"a minute later: got calls %v, notes %q; want no calls, and a note that the lists are kept",
			again.Calls,
			again.Notes,
		)
	}
	_, second := observeSource(t, looker.At(src, now.AddDate(0, 0, 1)))
	if second.Calls["non_query"] != 4 || second.Calls["db_query"] != 1 {
		t.Errorf(
			"a day later: got %v by calls %q, want 4 non_query and 1 db_query",
			second.Calls,
			l.RecordedCalls()[calls:],
		)
	}
}

// TestNoMonthCostsMoreThanIsAllowed lives a month of daily visits of 1,000
// dashboards with 10,000 tiles over 200 explores, of which a tenth is made by SQL
// alone, within the quota of the smallest plan: 1,000 calls of each kind.
func TestNoMonthCostsMoreThanIsAllowed(t *testing.T) {
	t.Setenv("FRESHET_LOOKER_OPENAPI", "") // it would take minutes
	l := &standin.Looker{
		HasActivity: true,
		Folders:     []standin.Folder{{ID: "1", Name: "Shared"}},
		Explores:    make(map[string]standin.Explore),
		SQL:         make(map[string]string),
	}
	for e := range 200 {
		explore := standin.Explore{View: fmt.Sprint("v", e), Table: fmt.Sprint("RAW.BIG.T", e)}
		if e%10 == 0 {
			explore.Table = ""
		}
		l.Explores[fmt.Sprint("big::v", e)] = explore
	}
	for d := range 1000 {
		board := standin.Dashboard{ID: fmt.Sprint(d), Title: "Board", Folder: "1", Views: d}
		for i := range 10 {
			n := 10*d + i
			e := (10*d + i) % 200
			query := fmt.Sprint(e) // tiles share queries, as copies of dashboards do
			l.SQL[query] = fmt.Sprint("SELECT * FROM RAW.BIG.T", e)
			board.Tiles = append(
				board.Tiles,
				standin.Tile{
					ID:    fmt.Sprint(n),
					Title: "Tile",
					Query: &standin.Query{
						ID:      query,
						Model:   "big",
						Explore: fmt.Sprint("v", e),
						Fields:  []string{fmt.Sprintf("v%d.x", e)},
					},
				},
			)
		}
		l.Dashboards = append(l.Dashboards, board)
	}
	spent := make(map[string]int)
	worst := 0
	oldest := "nothing is older than it should be"
	src := open(t, l, nil)
	for d := range 30 {
		visit := looker.At(src, time.Date(2026, 9, 1+d, 6, 0, 0, 0, time.UTC))
		visit.(sources.MeteredSource).SetCallsInMonth(spent)
		_, answer := observeSource(t, visit)
		for kind, n := range answer.Calls {
			spent[kind] += n
		}
		if d > 0 && answer.Calls["non_query"]+answer.Calls["db_query"] < 5 {
			t.Errorf("day %d: got calls %v, want at least 5, for the lists", d, answer.Calls)
		}
		untraced := 0
		for _, o := range answer.Observations {
			if o.Kind == sources.Tile && o.Traced == "" {
				untraced++
			}
		}
		worst = max(worst, untraced)
		for _, n := range answer.Notes {
			if strings.HasPrefix(n, "what explores and queries read is known") {
				oldest = n
			}
		}
	}
	if spent["non_query"] > 1000 || spent["db_query"] > 1000 || worst > 0 {
		t.Errorf("month: got calls %v, up to %d tiles not traced; want at most 1000 of each kind, and 0", spent, worst)
	}
	t.Logf("a month of 10,000 tiles over 200 explores cost %v; %s", spent, oldest)
}

func TestWhatIsBrokenAndWhatIsNotVisible(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() {
		delete(l.Explores, "shop::orders")
		l.SQLErrors = map[string]string{"9": `View Not Found: "gone"`}
		l.Explores["shop::odd"] = standin.Explore{View: "odd"}
		l.Dashboards[0].Updated = now
		l.Dashboards[0].Tiles = append(
			l.Dashboards[0].Tiles,
			standin.Tile{
				ID:    "107",
				Title: "Odd",
				Query: &standin.Query{ID: "9", Model: "shop", Explore: "odd", Fields: []string{"odd.x"}},
			},
			standin.Tile{
				ID:    "108",
				Title: "Hidden",
				Query: &standin.Query{ID: "10", Model: "secret", Explore: "x", Fields: []string{"x.x"}},
			},
		)
	})
	seen, answer := observeSource(t, looker.At(src, now.AddDate(0, 0, 1)))
	orders := seen["tile:looker/42/101"]
	if orders.MissingRef != "Explore shop::orders no longer exists in Looker" ||
		orders.MissingID != "explore:looker/shop::orders" {
		t.Errorf("tile 101 of a deleted explore: got %+v, want explore:looker/shop::orders as missing", orders)
	}
	if odd := seen["tile:looker/42/107"]; odd.MissingRef != `Looker cannot run the query of this tile: “View Not Found: "gone"”` ||
		odd.MissingID != "" {
		t.Errorf("tile 107 of a deleted view: got %+v, want the message of Looker as missing, without an id", odd)
	}
	if hidden := seen["tile:looker/42/108"]; hidden.MissingRef != "" || hidden.Traced != "" {
		t.Errorf("tile 108 of an explore that was never visible: got %+v, want it not traced, nothing missing", hidden)
	}
	if !slices.ContainsFunc(answer.Notes, func(n string) bool {
		return strings.HasPrefix(
			n,
			"SQL of query 10: permission denied or not found: queries/10/run/sql: 404 Not Found (Not found)",
		)
	}) {
		t.Errorf("notes: got %q, want one that the SQL of query 10 is not visible", answer.Notes)
	}
}

func TestWhatWasBrokenIsAskedAgainAndMendsItself(t *testing.T) {
	l := shop()
	l.SQLErrors = map[string]string{"8": `View Not Found: "daily"`}
	src := open(t, l, nil)
	if seen, _ := observeSource(t, src); seen["tile:looker/42/106"].MissingRef == "" {
		t.Fatal("tile 106: got nothing missing, want a missing reference")
	}
	l.Change(func() { l.SQLErrors = nil })
	if seen, _ := observeSource(t, looker.At(src, now.AddDate(0, 0, 1))); seen["tile:looker/42/106"].MissingRef != "" ||
		len(seen["tile:looker/42/106"].Upstream) != 1 {
		t.Errorf("tile 106 after the repair: got %+v, want one table and nothing missing", seen["tile:looker/42/106"])
	}
}

func TestWithoutSystemActivityElementsAreSearched(t *testing.T) {
	l := shop()
	l.HasActivity = false
	seen, answer := observeSource(t, open(t, l, nil))
	if len(seen["tile:looker/42/104"].Upstream) != 2 || seen["tile:looker/42/103"].Name != "A look" {
		t.Errorf("observations: got %v, want two tables of tile 104, and tile 103 called A look", seen)
	}
	if want := "System Activity: could not be read, so dashboard elements were searched instead: queries/run/json: 404 Not Found (Not " +
		"found)"; !slices.Contains(
		answer.Notes,
		want,
	) {
		t.Errorf("notes: got %q, want %q among them", answer.Notes, want)
	}
}

// TestAFilterNeedsItsJoinToo has a tile whose fields are of the base alone, and
// whose filter is of a joined view.
func TestAFilterNeedsItsJoinToo(t *testing.T) {
	l := shop()
	l.DeniesSQL = true
	q := orders("11", "orders.count")
	q.Filters = map[string]string{"customers.name": "x"}
	l.Dashboards[0].Tiles = append(l.Dashboards[0].Tiles, standin.Tile{ID: "109", Title: "Filtered", Query: q})
	seen, _ := observeSource(t, open(t, l, nil))
	if got := fmt.Sprint(seen["tile:looker/42/109"].Upstream); got != `[explore:looker/shop::orders table:RAW."Geo".REGIONS `+
		`table:RAW.SHOP.CUSTOMERS `+
		`table:RAW.SHOP.ORDERS]` {
		t.Errorf("tile 109 with a filter on customers: got %s, want regions, customers, orders and the explore", got)
	}
}

// TestOnlySQLShowsWhichJoinsATileNeeds has a tile whose fields are of the base alone, but whose
// query joins customers all the same, as it does for a filter expression, a custom dimension, a
// field whose SQL refers to customers, or sql_always_where.
func TestOnlySQLShowsWhichJoinsATileNeeds(t *testing.T) {
	l := shop()
	l.SQL["5"] = "SELECT count(*) FROM RAW.SHOP.ORDERS AS orders LEFT JOIN raw.shop.customers ON true WHERE customers.vip"
	seen, _ := observeSource(t, open(t, l, nil))
	if got := describeReads(seen["tile:looker/42/101"]); got != "sql table:RAW.SHOP.CUSTOMERS table:RAW.SHOP.ORDERS" {
		t.Errorf("tile 101: got %s, want customers and orders by sql", got)
	}
	l = shop()
	l.DeniesSQL = true
	seen, answer := observeSource(t, open(t, l, nil))
	if got := describeReads(seen["tile:looker/42/101"]); got != "explore explore:looker/shop::orders table:RAW.SHOP.ORDERS" {
		t.Errorf("tile 101 without see_sql: got %s, want orders, and the explore as an upstream that nobody checks", got)
	}
	if want := "lineage of 5 tiles is not certain, because their SQL is denied: grant see_sql"; !slices.Contains(answer.Notes, want) {
		t.Errorf("notes without see_sql: got %q, want %q among them", answer.Notes, want)
	}
}

func TestATileWithAFieldThatIsGoneIsBroken(t *testing.T) {
	l := shop()
	l.SQL["6"] = "-- Unknown field: orders.total\nSELECT count(*) FROM RAW.SHOP.ORDERS AS orders"
	seen, _ := observeSource(t, open(t, l, nil))
	want := "Looker cannot run the query of this tile: “Unknown field: orders.total”"
	if got := seen["tile:looker/42/102"].MissingRef; got != want {
		t.Errorf("tile 102, whose SQL says that a field is unknown: got missing %q, want %q", got, want)
	}
}

func TestAnExploreThatMayReadMoreIsSaidToo(t *testing.T) {
	l := shop()
	l.DeniesSQL = true
	e := l.Explores["shop::orders"]
	e.Joins[0].Table = "" // made by SQL
	l.Explores["shop::orders"] = e
	seen, _ := observeSource(t, open(t, l, nil))
	if got := fmt.Sprint(seen["tile:looker/42/102"].Upstream); got != `[explore:looker/shop::orders `+
		`table:RAW."Geo".REGIONS `+
		`table:RAW.SHOP.ORDERS]` {
		t.Errorf("tile 102 with a join made by SQL: got %s, want the explore, regions and orders", got)
	}
}

func TestCachedSQLHidesNoExploreThatIsGone(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() { delete(l.Explores, "shop::orders") })
	seen, _ := observeSource(t, looker.At(src, now.AddDate(0, 0, 1)))
	if o := seen["tile:looker/42/102"]; o.MissingID != "explore:looker/shop::orders" || o.Traced != "" {
		t.Errorf("tile 102: got %+v, want explore:looker/shop::orders as missing, and no trace", o)
	}
}

func TestAModelThatIsNotVisibleAnyMoreIsNotGone(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() { clear(l.Explores); l.Explores["other::x"] = standin.Explore{View: "x", Table: "A.B.C"} })
	for _, days := range []int{1, 9} {
		for id, o := range first(observeSource(t, looker.At(src, now.AddDate(0, 0, days)))) {
			if o.MissingRef != "" {
				t.Errorf("%s after %d days: got missing %q, want nothing missing", id, days, o.MissingRef)
			}
		}
	}
}

func first(seen map[sources.ID]sources.Observation, _ sources.Answer) map[sources.ID]sources.Observation {
	return seen
}

func TestADashboardWhoseTilesCannotBeListedHasOneThatIsUnknown(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	l.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		hit := strings.HasSuffix(r.URL.Path, "/dashboard_elements/search") || strings.HasSuffix(r.URL.Path, "/run/json") ||
			strings.HasSuffix(r.URL.Path, "/dashboards/shop::board")
		if hit {
			standin.WriteError(w, http.StatusForbidden, "No.")
		}
		return hit
	}
	for range 2 {
		answer, err := src.Observe(context.Background())
		if err == nil || !strings.HasPrefix(err.Error(), "tiles: dashboard_elements/search: 403 Forbidden") {
			t.Errorf("Observe: got %v, want the 403 of dashboard_elements/search", err)
		}
		unlisted := 0
		for _, o := range answer.Observations {
			if o.Name == "Tiles could not be listed" && len(o.Upstream) == 0 && o.Scope == "" {
				unlisted++
			}
		}
		if unlisted != 2 {
			t.Errorf("dashboards whose tiles could not be listed: got %d, want 2", unlisted)
		}
	}
}

func TestEveryCallCountsAlsoOneThatIsMadeAgain(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	failed := 0
	l.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/folders") && failed < 1 {
			failed++
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		return false
	}
	_, answer := observeSource(t, src)
	if answer.Calls["non_query"] != 4+1+2+3+1+1 {
		t.Errorf("calls: got %v, want 12 non_query", answer.Calls)
	}
}

func TestASessionThatEndedIsBegunAgain(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	ended := false
	l.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/dashboards/search") && !ended {
			ended = true
			l.EndSessions()
		}
		return false
	}
	if seen, answer := observeSource(t, src); len(seen) < 10 || len(answer.Notes) > 1 {
		t.Errorf(
			"Observe with an ended session: got %d assets, notes %q; want at least 10, and at most 1 note",
			len(seen),
			answer.Notes,
		)
	}
}

// TestFaults expects every message byte for byte, and no secret in any.
func TestFaults(t *testing.T) {
	write := func(on, text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			hit := strings.HasSuffix(r.URL.Path, on)
			if hit {
				_, _ = w.Write([]byte(text))
			}
			return hit
		}
	}
	for name, tt := range map[string]struct {
		before func(http.ResponseWriter, *http.Request) bool
		change func(*looker.Config)
		want   string
	}{
		"wrong credentials": {
			change: func(c *looker.Config) { c.ClientID = "other" },
			want:   "login: 404 Not Found (Not found)\nhint: check that url is the address of the API, whose port may be 19999",
		},
		"no secret": {
			change: func(c *looker.Config) { c.SecretEnv = "NONE" },
			want:   "client id or client secret: empty",
		},
		"a page at sign-in": {
			before: write("/login", "<html>"),
			want: "login: response is HTML, not JSON\n" +
				"hint: check for a proxy or sign-in page",
		},
		"a page at a list": {
			before: write("/folders", "<html>"),
			want: "folders: response is HTML, not JSON\n" +
				"hint: check for a proxy or sign-in page",
		},
		"a cut list": {
			before: write("/dashboards", `[{"id":`),
			want:   "dashboards: invalid response: unexpected end of JSON input",
		},
		"no dashboard to see": {
			before: write("/dashboards", `[]`),
			want: "no dashboards visible\n" +
				"hint: give the API user View access to the folders, and the permissions access_data, see_user_dashboards, " +
				"see_lookml_dashboards, see_looks, see_lookml, see_sql, see_system_activity",
		},
		"a list of other type": {
			before: write("/folders", `{"message":"x"}`),
			want:   "folders: invalid response: byte 1: expected array, got object",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("FRESHET_LOOKER_OPENAPI", "")
			l := shop()
			src := open(t, l, tt.change)
			l.Intercept = tt.before
			_, err := src.Observe(context.Background())
			if err == nil || err.Error() != tt.want {
				t.Errorf("error of Observe:\ngot  %v\nwant %s", err, tt.want)
			}
			if strings.Contains(fmt.Sprint(err), secret) {
				t.Error("error of Observe: got one that holds the secret, want one without it")
			}
		})
	}
}

func TestAnswersThatLieAboutTypes(t *testing.T) {
	t.Setenv("FRESHET_LOOKER_OPENAPI", "")
	l := shop()
	src := open(t, l, nil)
	l.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		text := map[string]string{
			"/api/4.0/folders": `[{"id":7,"name":null,"parent_id":7},{"id":8,"name":"Loop",` +
				`"parent_id":9},{"id":9,"name":"Loop","parent_id":8}]`,
			"/api/4.0/dashboards": `[{"id":42,"title":null,"folder":null},{"id":"a/b::c","title":"Ü ` +
				`<b>","folder":{"id":8}}]`,
			"/api/4.0/dashboards/search": `[null,{"id":42,"view_count":9223372036854775807},{"id":42,` +
				`"view_count":"12","last_viewed_at":"soon"}]`,
		}[r.URL.Path]
		if text != "" {
			_, _ = w.Write([]byte(text))
		}
		return text != ""
	}
	seen, _ := observeSource(t, src)
	if seen["dashboard:looker/42"].Name != "42" || seen["dashboard:looker/42"].Views != 12 ||
		seen["folder:looker/7"].Name != "7" ||
		seen["folder:looker/7"].Parent != "" ||
		seen["dashboard:looker/a/b::c"].Name != "Ü <b>" ||
		seen["folder:looker/8"].Parent != "" && seen["folder:looker/9"].Parent != "" {
		t.Errorf("observations: got %+v, want ids for missing names, 12 views, and no cycle of folders", seen)
	}
}

// TestPeerOfLooker visits a fake that nobody here wrote. FRESHET_LOOKER is its
// address; it lets everybody in, and holds one dashboard of users and one of
// LookML, whose tiles all read one table.
func TestPeerOfLooker(t *testing.T) {
	peer := os.Getenv("FRESHET_LOOKER")
	if peer == "" {
		t.Skip("FRESHET_LOOKER is not set: it is the address of a fake Looker that somebody else wrote")
	}
	for _, activity := range []bool{true, false} {
		c := &looker.Config{URL: peer, ClientID: "id", SecretEnv: "SECRET", SystemActive: &activity}
		src := c.Open(
			sources.Setting{
				Name:  "looker",
				Dir:   t.TempDir(),
				State: t.TempDir(),
				Now:   func() time.Time { return now },
				Env:   func(string) string { return "secret" },
			},
		)
		seen, answer := observeSource(t, src)
		for _, id := range []sources.ID{"tile:looker/42/101", "tile:looker/42/102", "tile:looker/m::x/201"} {
			if o := seen[id]; fmt.Sprint(o.Upstream) != "[table:RAW.SHOP.ORDERS]" || o.MissingRef != "" {
				t.Errorf("%s: got %+v, want only table:RAW.SHOP.ORDERS, and nothing missing", id, o)
			}
		}
		if seen["tile:looker/42/103"].Name != "" || seen["dashboard:looker/42"].Parent != "folder:looker/7" ||
			seen["folder:looker/7"].Parent != "folder:looker/1" {
			t.Errorf("observations: got %v, want no tile 103, dashboard 42 in folder 7, and folder 7 in 1", seen)
		}
		t.Logf("%d assets by %v calls; %q", len(seen), answer.Calls, answer.Notes)
	}
}
