package freshness_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/sources"
)

const drawn = "https://bi.example/dashboards/42"

// exposure is a dashboard that dbt describes, and what it says that it reads.
func exposure(n int, reads ...sources.ID) []sources.Observation {
	board := asset(sources.ID(fmt.Sprint("dashboard:dbt/p.e", n)), sources.Dashboard, true)
	board.URL = drawn
	all := []sources.Observation{board}
	for _, id := range reads {
		t := tile(sources.ID(fmt.Sprintf("tile:dbt/p.e%d/%s", n, id)), id)
		t.Parent = board.ID
		t.Traced = "exposure"
		all = append(all, t)
	}
	return all
}

// seen is a visit of the dashboard that was described: of a tile that reads some
// tables, and of what else there is.
func seen(reads sources.ID, also ...sources.Observation) sources.Scrape {
	board := asset("dashboard:looker/42", sources.Dashboard, true)
	board.URL = drawn
	t := tile("tile:looker/42/1", reads)
	t.Parent = board.ID
	t.Traced = "sql"
	return visitOf("looker", ago(1), append(also, board, t)...)
}

func derived(id sources.ID, up ...sources.ID) sources.Observation {
	return asset(id, sources.Derived, false, up...)
}

func TestWhatMayStandForATableIsNoDrift(t *testing.T) {
	const a, b = "pdt:looker/m::a", "pdt:looker/m::b"
	for name, tt := range map[string]struct {
		looker sources.Scrape
		want   string
	}{
		"the table itself": {seen("table:RAW.SHOP.LEDGER"), "[]"},
		"another table": {
			looker: seen("table:RAW.SHOP.GL"),
			want:   "[{dashboard:dbt/p.e1 [table:RAW.SHOP.LEDGER] [table:RAW.SHOP.GL]}]",
		},
		"a name without a database":         {seen("table:LEDGER"), "[]"},
		"a derived table that nobody lists": {seen("pdt:looker/::daily"), "[]"},
		"a derived table of it":             {seen(a, derived(a, "table:RAW.SHOP.LEDGER")), "[]"},
		"a derived table of a derived table of it": {
			looker: seen(a, derived(a, b), derived(b, "table:RAW.SHOP.LEDGER")),
			want:   "[]",
		},
		"a derived table of one that is dark":          {seen(a, derived(a, b), derived(b)), "[]"},
		"a derived table of a name without a database": {seen(a, derived(a, "table:LEDGER")), "[]"},
		"derived tables in a circle, one of which reads it": {
			looker: seen(a, derived(a, b), derived(b, a, "table:RAW.SHOP.LEDGER")),
			want:   "[]",
		},
		"a derived table of a derived table of another table": {
			looker: seen(a, derived(a, b), derived(b, "table:RAW.SHOP.GL")),
			want:   "[{dashboard:dbt/p.e1 [table:RAW.SHOP.LEDGER] [table:RAW.SHOP.GL]}]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := derive(
				rules(),
				visit(
					ago(1),
					append(
						exposure(1, "table:RAW.SHOP.LEDGER"),
						table("table:RAW.SHOP.LEDGER"),
						table("table:RAW.SHOP.GL"),
					)...),
				tt.looker,
			)
			if got := fmt.Sprint(exposures.DriftsOf(r, r.Node("dashboard:looker/42"))); got != tt.want {
				t.Errorf("drift of dashboard:looker/42: got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAnExposureThatTwoSourcesTellOfDriftsOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		platform []sources.Observation
		want     []sources.ID
	}{
		"the same exposure": {exposure(1, "table:RAW.SHOP.LEDGER"), []sources.ID{"dashboard:dbt/p.e1"}},
		"another one":       {exposure(2, "table:RAW.SHOP.LEDGER"), []sources.ID{"dashboard:dbt/p.e1", "dashboard:dbt/p.e2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []sources.ID
			r := derive(
				rules(),
				visit(ago(1), exposure(1, "table:RAW.SHOP.LEDGER")...),
				visitOf("platform", ago(1), tt.platform...),
				seen("table:RAW.SHOP.GL"),
			)
			for _, d := range exposures.DriftsOf(r, r.Node("dashboard:looker/42")) {
				got = append(got, d.Exposure)
				if !slices.Equal(d.Unread, []sources.ID{"table:RAW.SHOP.LEDGER"}) {
					t.Errorf("tables that only %s lists: got %v, want table:RAW.SHOP.LEDGER once", d.Exposure, d.Unread)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("exposures that drift: got %v, want %v", got, tt.want)
			}
		})
	}
}

// exposedBy returns a past of many dashboards, each listed by a BI tool and declared by a dbt
// exposure at the same address.
func exposedBy(n int, same bool) *sources.Past {
	p := &sources.Past{Checks: map[string]*sources.CheckTimes{}}
	long := strings.Repeat("x", 10_000)
	add := func(source string, a sources.Asset) {
		a.Virtual = true
		p.Tracks = append(p.Tracks, &sources.Track{Source: source, Asset: a, Listings: []sources.Listing{{Came: ago(1)}}})
	}
	for i := range n {
		board := sources.ID(fmt.Sprint("dashboard:looker/", i))
		wrote := sources.ID(fmt.Sprintf("dashboard:dbt/%s%06d", long, i))
		url := fmt.Sprint("https://bi.example/dashboards/", i)
		add("looker", sources.Asset{ID: board, Kind: sources.Dashboard, URL: url})
		add(
			"looker",
			sources.Asset{
				ID:       sources.ID(fmt.Sprintf("tile:looker/%d/1", i)),
				Kind:     sources.Tile,
				Parent:   board,
				Traced:   "sql",
				Upstream: []sources.ID{"table:A.B.C"},
			},
		)
		if !same {
			url = ""
		}
		add("dbt", sources.Asset{ID: wrote, Kind: sources.Dashboard, URL: url})
		add(
			"dbt",
			sources.Asset{
				ID:       sources.ID(fmt.Sprint("tile:dbt/", i)),
				Kind:     sources.Tile,
				Traced:   "exposure",
				Parent:   wrote,
				Upstream: []sources.ID{"table:A.B.C"},
			},
		)
	}
	return p
}

func TestManyExposuresAreHeldAgainstTheSQLInTheTimeOfTheirNumber(t *testing.T) {
	took := func(same bool) time.Duration {
		p := exposedBy(1500, same)
		began := time.Now()
		deriveAt(p, rules(), now)
		return time.Since(began)
	}
	took(false) // the first is slow
	apart := took(false)
	same := took(true)
	if same > 3*apart+200*time.Millisecond {
		t.Errorf("time for 1,500 exposures: got %s, want little over 3 times the %s without matching addresses",
			same, apart)
	}
}
