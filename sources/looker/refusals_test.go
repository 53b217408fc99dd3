package looker_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker"
	"github.com/freshet-status/freshet/sources/looker/standin"
)

// shortContext returns a context that ends before a call is retried.
func shortContext(t *testing.T) context.Context {
	t.Helper()
	t.Setenv("FRESHET_LOOKER_OPENAPI", "") // there is no time for it
	ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// traceOnce returns what the tile reads after a visit that has no time to retry a call.
func traceOnce(t *testing.T, src sources.Source, tile sources.ID) string {
	t.Helper()
	answer, err := src.Observe(shortContext(t))
	for _, o := range answer.Observations {
		if o.ID == tile && err == nil {
			return describeReads(o)
		}
	}
	t.Fatalf("%s: got no observation, error %v, notes %q; want one and no error", tile, err, answer.Notes)
	return ""
}

// newRefusingLooker returns a Looker with one good explore and n LookML dashboards that it
// refuses.
func newRefusingLooker(n int) *standin.Looker {
	l := newBareLooker(exploreTile("1", "shop", "good"))
	l.Explores["shop::good"] = standin.Explore{View: "good", Table: "RAW.SHOP.GOOD", Connection: "snow"}
	for i := range n {
		l.Dashboards = append(l.Dashboards, standin.Dashboard{ID: fmt.Sprint("m::d", i), Title: "L"})
	}
	l.Intercept = refusesAll("dashboards/m::")
	return l
}

func TestOneExploreThatFailsDoesNotStarveTheRest(t *testing.T) {
	l := newRefusingLooker(0)
	l.Dashboards[0].Tiles = append([]standin.Tile{exploreTile("0", "shop", "bad")}, l.Dashboards[0].Tiles...)
	l.Explores["shop::bad"] = standin.Explore{View: "bad", Table: "RAW.SHOP.BAD", Connection: "snow"}
	l.Intercept = status("lookml_models/shop/explores/bad", http.StatusInternalServerError, nil)
	if got := traceOnce(t, open(t, l, nil), "tile:looker/42/1"); got != "explore table:RAW.SHOP.GOOD" {
		t.Errorf("tile 1: got %q, want explore table:RAW.SHOP.GOOD", got)
	}
}

func TestThreeDashboardsThatAreRefusedDoNotStarveTheExplores(t *testing.T) {
	seen, answer := observeSource(t, open(t, newRefusingLooker(3), nil))
	if got := describeReads(seen["tile:looker/42/1"]); got != "explore table:RAW.SHOP.GOOD" {
		t.Errorf("tile 1: got %q, notes %q; want explore table:RAW.SHOP.GOOD", got, answer.Notes)
	}
}

func TestWhatWasRefusedLastIsAskedForLast(t *testing.T) {
	l := newRefusingLooker(9)
	good := exploreTile("1", "shop", "good").Query
	l.Dashboards = append(
		l.Dashboards,
		standin.Dashboard{ID: "n::ok", Title: "L", Tiles: []standin.Tile{{ID: "1", ResultMaker: good}}},
	)
	src := open(t, l, nil)
	for d := range 3 {
		observeSource(t, after(src, d))
	}
	if seen, answer := observeSource(t, after(src, 3)); describeReads(
		seen["tile:looker/n::ok/1"],
	) != "explore table:RAW.SHOP.GOOD" {
		t.Errorf("tile n::ok/1 on day 3: got notes %q, want explore table:RAW.SHOP.GOOD", answer.Notes)
	}
}

// refusesAll refuses all calls below a path in a way that tells of nothing.
func refusesAll(path string) hook {
	return func(w http.ResponseWriter, r *http.Request) bool {
		hit := strings.HasPrefix(apiPath(r), path)
		if hit {
			standin.WriteError(w, http.StatusBadRequest, "No.")
		}
		return hit
	}
}

func TestExploresThatAreRefusedTakeTurnsWithTheRest(t *testing.T) {
	l := newRefusingLooker(0)
	for i := range 3 {
		l.Dashboards[0].Tiles = append(l.Dashboards[0].Tiles, exploreTile(fmt.Sprint("0", i), "shop", fmt.Sprint("bad", i)))
	}
	l.Intercept = refusesAll("lookml_models/shop/explores/bad")
	src := open(t, l, nil)
	if seen, _ := observeSource(t, src); describeReads(seen["tile:looker/42/1"]) != "" {
		t.Error("tile 1 on the first day: got a trace, want none, because three refused calls come first")
	}
	if seen, answer := observeSource(t, after(src, 1)); describeReads(
		seen["tile:looker/42/1"],
	) != "explore table:RAW.SHOP.GOOD" {
		t.Errorf("tile 1 on the next day: got notes %q, want explore table:RAW.SHOP.GOOD", answer.Notes)
	}
}

func TestThreeRefusalsOfASortAreEnoughInAVisit(t *testing.T) {
	for name, path := range map[string]string{
		"dashboards of LookML": "dashboards/m::",
		"explores":             "lookml_models/shop/explores/bad",
		"SQL of queries":       "queries/q",
		"SQL of SQL Runner":    "sql_queries/",
	} {
		t.Run(name, func(t *testing.T) {
			l := newRefusingLooker(20)
			for i := range 20 {
				l.Dashboards[0].Tiles = append(
					l.Dashboards[0].Tiles,
					exploreTile(fmt.Sprint("b", i), "shop", fmt.Sprint("bad", i)),
				)
				l.Dashboards[0].Tiles = append(
					l.Dashboards[0].Tiles,
					standin.Tile{ID: fmt.Sprint("r", i), Title: "By hand", RunnerSlug: fmt.Sprint("slug", i)},
				)
				l.Explores[fmt.Sprint("shop::bad", i)] = standin.Explore{View: fmt.Sprint("bad", i), Connection: "snow"}
			}
			l.Intercept = refusesAll(path)
			src := open(t, l, nil)
			for d, want := range []int{3, 6} {
				observeSource(t, after(src, d))
				if asked := slices.DeleteFunc(l.RecordedCalls(), func(c string) bool {
					return !strings.HasPrefix(c, "GET "+path)
				}); len(asked) != want {
					t.Errorf("calls of %s after %d days: got %q, want %d", path, d, asked, want)
				}
			}
		})
	}
}

func TestABusyLookerHidesNoSQLForAWeek(t *testing.T) {
	for _, code := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		l := shop()
		src := open(t, l, nil)
		l.Intercept = status("queries/8/run/sql", code, nil)
		if got := traceOnce(t, src, "tile:looker/42/106"); got != "" {
			t.Errorf("tile 106 at status %d: got %q, want no trace", code, got)
		}
		l.Change(func() { l.Intercept = nil })
		if got := traceOnce(t, after(src, 1), "tile:looker/42/106"); got != "sql table:RAW.SHOP.LEDGER" {
			t.Errorf("tile 106 a day after status %d: got %q, want sql table:RAW.SHOP.LEDGER", code, got)
		}
	}
}

func TestTroubleIsTakenForNoMissingRight(t *testing.T) {
	for _, code := range []int{http.StatusTooManyRequests, http.StatusInternalServerError} {
		for _, path := range []string{"lookml_models", "queries/run/json"} {
			l := shop()
			src := open(t, l, nil)
			l.Intercept = status(path, code, nil)
			works, missing := src.(sources.Connector).Connect(shortContext(t))
			if len(missing) != 1 || !strings.HasPrefix(missing[0].Error(), fmt.Sprintf("%s: %d ", path, code)) ||
				strings.Contains(strings.Join(works, "\n"), path+":") {
				t.Errorf(
					"%s at status %d: got works %q, missing %q; want it only as missing",
					path,
					code,
					works,
					missing,
				)
			}
		}
	}
}

func TestTheLastVisitOfAMonthCostsNoMoreThanIsAllowed(t *testing.T) {
	src := open(t, shop(), func(c *looker.Config) { c.CallsAMonth = 4 })
	if _, answer := observeSource(t, looker.At(src, time.Date(2026, 8, 31, 12, 0, 0, 0, time.UTC))); answer.Calls["non_query"] != 4 {
		t.Errorf("calls: got %v, want 4 non_query", answer.Calls)
	}
}

func TestHowOftenADashboardWasOpenedIsRemembered(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() { l.Intercept = refusing("/dashboards/search") })
	for d := 1; d < 3; d++ {
		if seen, _ := observeSource(t, after(src, d)); seen["dashboard:looker/42"].Views != 1200 ||
			len(seen["dashboard:looker/42"].Readings) != 1 {
			t.Errorf(
				"dashboard 42 after %d days: got %+v, want 1200 views and one reading",
				d,
				seen["dashboard:looker/42"],
			)
		}
	}
}

func TestAPlaceholderLeavesWhenTheTilesAreListed(t *testing.T) {
	l := shop()
	l.Intercept = refusing("/dashboards/shop::board")
	src := open(t, l, nil)
	seen, _ := observeSource(t, src)
	in := seen["tile:looker/shop::board/unlisted"].Scope
	l.Change(func() { l.Intercept = nil })
	seen, answer := observeSource(t, after(src, 1))
	if _, there := seen["tile:looker/shop::board/unlisted"]; there || in == "" || !hasScope(answer, string(in)) {
		t.Errorf("placeholder: got its scope %q, scopes %v; want its scope listed and it removed", in, answer.Scopes)
	}
}

// trashFirst moves the first dashboard to the trash.
func trashFirst(l *standin.Looker) {
	l.Dashboards[0].Updated = now
	l.Trash = append(l.Trash, l.Dashboards[0])
	l.Dashboards = l.Dashboards[1:]
}

func TestWhatIsGoneIsToldForAWeek(t *testing.T) {
	l := shop()
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() { trashFirst(l) })
	for d := 1; d < 10; d++ {
		if _, answer := observeSource(t, after(src, d)); hasScope(answer, "tiles:looker/42") != (d < 8) ||
			strings.Contains(strings.Join(answer.Notes, "\n"), "no longer listed since") {
			t.Errorf(
				"after %d days: got scopes %v, notes %q; want tiles:looker/42 for 7 days, and no note",
				d,
				answer.Scopes,
				answer.Notes,
			)
		}
	}
}

func TestTheTrashOfALargeLookerIsNotToldWhole(t *testing.T) {
	l := shop()
	for i := range 5000 {
		l.Trash = append(l.Trash, standin.Dashboard{ID: fmt.Sprint(100000 + i), Updated: now.AddDate(0, 0, -100)})
	}
	src := open(t, l, nil)
	observeSource(t, src)
	l.Change(func() { trashFirst(l) })
	if _, answer := observeSource(t, after(src, 1)); len(answer.Scopes) > 10 || !hasScope(answer, "tiles:looker/42") {
		t.Errorf("scopes: got %d, want at most 10, with tiles:looker/42", len(answer.Scopes))
	}
}

func TestADashboardOfLookMLIsGoneWhereOthersOfItsModelAreListed(t *testing.T) {
	for name, tt := range map[string]struct {
		id   string
		gone bool
	}{
		"others are listed":     {"shop::old", true},
		"none is seen any more": {"other::old", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := shop()
			l.Dashboards = append(
				l.Dashboards,
				standin.Dashboard{
					ID:    tt.id,
					Title: "Old",
					Tiles: []standin.Tile{{ID: "1", ResultMaker: orders("5", "orders.count")}},
				},
			)
			src := open(t, l, nil)
			observeSource(t, src)
			l.Change(func() { l.Dashboards = l.Dashboards[:len(l.Dashboards)-1] })
			_, answer := observeSource(t, after(src, 1))
			if asked := answer.Calls["non_query"] > 4; hasScope(answer, "tiles:looker/"+tt.id) != tt.gone ||
				strings.Contains(strings.Join(answer.Notes, "\n"), "no longer listed since") == tt.gone ||
				asked == tt.gone {
				t.Errorf(
					"dashboard %s: got scopes %v, notes %q, calls %v; want it removed: %t",
					tt.id,
					answer.Scopes,
					answer.Notes,
					answer.Calls,
					tt.gone,
				)
			}
		})
	}
}
