package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// inDBT is a relation as a project of dbt lists it.
func inDBT(project string, kind sources.Kind, unique, name, table string) sources.Observation {
	o := asset(sources.ID("table:"+table), kind, false)
	o.Name = name
	o.Scope = sources.NewScopeName("project", project)
	o.Aliases = []string{unique}
	return o
}

// shown is a dashboard, and its tiles.
func shown(id string, tiles ...sources.Observation) []sources.Observation {
	board := asset(sources.ID("dashboard:looker/"+id), sources.Dashboard, true)
	board.URL = "https://bi.example/dashboards/" + id
	board.Scope = sources.ScopeName("tiles:looker/" + id)
	for i := range tiles {
		tiles[i].Parent = board.ID
		tiles[i].Scope = sources.ScopeName("tiles:looker/" + id)
		if len(tiles[i].Upstream) > 0 {
			tiles[i].Traced = "sql"
		}
	}
	return append([]sources.Observation{board}, tiles...)
}

func TestADashboardIsDescribedByWhatItsTilesRead(t *testing.T) {
	private := inDBT("shop", sources.Model, "model.shop.margin", "margin", "P.M.MARGIN")
	private.Private = true
	dbt := []sources.Observation{
		inDBT("shop", sources.Model, "model.shop.orders.v2", "orders", "P.M.ORDERS_V2"),
		inDBT("shop", sources.Model, "model.shop.a.view", "a.view", "P.M.A_VIEW"),
		inDBT("shop", sources.Model, "model.parts.lines", "lines", "P.M.LINES"),
		inDBT("shop", sources.DBTSource, "source.shop.raw.events", "raw.events", "RAW.X.EVENTS_7"),
		private,
	}
	finance := []sources.Observation{
		inDBT("finance", sources.DBTSource, "source.finance.shop.orders", "shop.orders", "P.M.ORDERS_V2"),
		inDBT("finance", sources.Model, "model.finance.close", "close", "F.M.CLOSE"),
	}
	pdt := asset("pdt:looker/shop::facts", sources.Derived, false)
	pdt.Scope = "derived:looker"
	pdt.Upstream = []sources.ID{"table:RAW.X.EVENTS_7"}
	tiles := shown("42",
		tile("tile:looker/42/1", "table:P.M.ORDERS_V2", "table:P.M.A_VIEW", "table:P.M.LINES", "table:P.M.MARGIN"),
		tile("tile:looker/42/2", "pdt:looker/shop::facts", "table:P.M.ORDERS_V2", "table:F.M.CLOSE", "table:RAW.Y.NOBODYS"),
		tile("tile:looker/42/3"), tile("tile:looker/42/4", "table:P.M.A_VIEW", "explore:looker/shop::wide"))
	tiles = append(append(tiles, shown("43", tile("tile:looker/43/1", "table:RAW.Y.NOBODYS"))...), pdt)
	r := derive(
		rules(),
		visitOf("dbt", ago(1), dbt...),
		visitOf("finance", ago(1), finance...),
		visitOf("looker", ago(1), tiles...),
	)

	if got := exposures.Projects(r); !slices.Equal(got, []string{"finance", "shop"}) {
		t.Fatalf("projects of dbt: got %q, want finance and shop", got)
	}
	d := described(t, r, "shop")
	want := []exposures.ProjectNode{
		{UniqueID: "model.parts.lines", Kind: "model", Package: "parts", Name: "lines"},
		{UniqueID: "model.shop.a.view", Kind: "model", Package: "shop", Name: "a.view"},
		{UniqueID: "model.shop.orders.v2", Kind: "model", Package: "shop", Name: "orders", Version: "2"},
		{UniqueID: "source.shop.raw.events", Kind: "source", Package: "shop", Name: "events", Source: "raw"},
	}
	if !slices.Equal(d.DependsOn, want) {
		t.Errorf("nodes of shop that the dashboard reads:\ngot  %+v\nwant %+v", d.DependsOn, want)
	}
	if len(d.PrivateNodes) != 1 || d.PrivateNodes[0].UniqueID != "model.shop.margin" {
		t.Errorf("private nodes that the dashboard reads: got %+v, want model.shop.margin alone", d.PrivateNodes)
	}
	if !slices.Equal(d.InOtherProjects, []sources.ID{"table:F.M.CLOSE"}) ||
		!slices.Equal(d.NotInDBT, []sources.ID{"table:RAW.Y.NOBODYS"}) {
		t.Errorf("tables in other projects and not in dbt: got %q, %q, want table:F.M.CLOSE, table:RAW.Y.NOBODYS",
			d.InOtherProjects, d.NotInDBT)
	}
	if len(d.Untraced) != 1 || d.Untraced[0].ID != "tile:looker/42/3" || len(d.PartlyTraced) != 1 ||
		d.PartlyTraced[0].ID != "tile:looker/42/4" {
		t.Errorf("tiles without and with partial lineage: got %d, %d, want tile:looker/42/3, tile:looker/42/4",
			len(d.Untraced), len(d.PartlyTraced))
	}
	if d := described(t, r, "finance"); len(d.DependsOn) != 2 || d.DependsOn[0].UniqueID != "model.finance.close" ||
		d.DependsOn[1].UniqueID != "source.finance.shop.orders" {
		t.Errorf("nodes of finance that the dashboard reads: got %+v, want the model close and the source shop.orders",
			d.DependsOn)
	}
	if all := exposures.UnmatchedDashboards(r, r.CanonicalLink); len(all) != 2 {
		t.Errorf("dashboards without an exposure: got %d, want 2", len(all))
	}
}

// described is the one dashboard that a project's file has.
func described(t *testing.T, r *freshness.Report, project string) exposures.Draft {
	t.Helper()
	all := exposures.Drafts(r, project)
	if len(all) != 1 || all[0].ID != "dashboard:looker/42" {
		t.Fatalf("dashboards in the exposures of %s: got %d, want dashboard:looker/42 alone", project, len(all))
	}
	return all[0]
}

// declaredAt is a dbt exposure of a project with an address.
func declaredAt(id sources.ID, kind sources.Kind, project, url string) sources.Observation {
	o := asset(id, kind, true)
	o.URL = url
	o.Scope = sources.NewScopeName("project", project)
	return o
}

func TestADashboardIsDescribedByAnExposureWithItsAddress(t *testing.T) {
	const address = "https://bi.example/dashboards/42"
	const other = "https://bi.example/dashboards/7"
	for name, tt := range map[string]struct {
		url     string // of the dashboard
		exposed []sources.Observation
		want    bool
	}{
		"no exposure": {url: address},
		"an exposure of the project": {
			url:     address,
			exposed: []sources.Observation{declaredAt("dashboard:dbt/shop.board", sources.Dashboard, "shop", address)},
			want:    true,
		},
		"an exposure of another project, with another form of the address": {
			url:     address,
			exposed: []sources.Observation{declaredAt("dashboard:dbt/finance.board", sources.Dashboard, "finance", address+"?filter=x")},
			want:    true,
		},
		"an exposure that is not of type dashboard": {
			url:     address,
			exposed: []sources.Observation{declaredAt("exposure:shop.notes", sources.Exposure, "shop", address)},
			want:    true,
		},
		"an exposure with the same address, of a form that no source knows": {
			url:     "https://bi.example/42",
			exposed: []sources.Observation{declaredAt("dashboard:dbt/shop.board", sources.Dashboard, "shop", "https://bi.example/42")},
			want:    true,
		},
		"an exposure of another dashboard": {
			url:     address,
			exposed: []sources.Observation{declaredAt("dashboard:dbt/shop.board", sources.Dashboard, "shop", other)},
		},
		"neither has an address": {
			exposed: []sources.Observation{declaredAt("dashboard:dbt/shop.board", sources.Dashboard, "shop", "")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			boards := shown("42", tile("tile:looker/42/1", "table:P.M.ORDERS"))
			boards[0].URL = tt.url
			r := derive(
				rules(),
				visitOf("dbt", ago(1), append(tt.exposed, inDBT("shop", sources.Model, "model.shop.orders", "orders", "P.M.ORDERS"))...),
				visitOf("looker", ago(1), boards...),
			)
			if got := described(t, r, "shop").IsDescribed; got != tt.want {
				t.Errorf("dashboard:looker/42 is described: got %v, want %v", got, tt.want)
			}
			if got := len(exposures.UnmatchedDashboards(r, r.CanonicalLink)) == 0; got != tt.want {
				t.Errorf("dashboard:looker/42 has an exposure: got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWhatDBTDoesNotListAnyMoreIsNoneOfItsNames(t *testing.T) {
	there := func(n float64, all ...sources.Observation) sources.Scrape {
		s := visitOf("dbt", ago(n), all...)
		s.Scopes = []sources.Scope{{Name: "project:shop", CheckedAt: ago(n)}}
		return s
	}
	a := inDBT("shop", sources.Model, "model.shop.a", "a", "P.M.A")
	b := inDBT("shop", sources.Model, "model.shop.b", "b", "P.M.B")
	r := derive(
		rules(),
		there(3, a, b),
		there(1, a),
		visitOf("looker", ago(1), shown("42", tile("tile:looker/42/1", "table:P.M.A", "table:P.M.B"))...),
	)
	d := described(t, r, "shop")
	if len(d.DependsOn) != 1 || d.DependsOn[0].UniqueID != "model.shop.a" ||
		!slices.Equal(d.NotInDBT, []sources.ID{"table:P.M.B"}) {
		t.Errorf("nodes that the dashboard reads and tables not in dbt: got %+v, %q, want model.shop.a, table:P.M.B",
			d.DependsOn, d.NotInDBT)
	}
}

func TestAnExposureIsAstrayWhereNoDashboardHasItsAddress(t *testing.T) {
	wrote := func(name, url string) sources.Observation {
		o := asset(sources.ID("dashboard:dbt/shop."+name), sources.Dashboard, true)
		o.URL = url
		o.Scope = "project:shop"
		return o
	}
	dark := tile("tile:looker/42/1")
	r := derive(
		rules(),
		visitOf(
			"dbt",
			ago(1),
			wrote("dark", "https://bi.example/embed/dashboards/42?x=1"),
			wrote("gone", "https://bi.example/dashboards/7"),
			wrote("none", ""),
		),
		visitOf("looker", ago(1), append(shown("42", dark), shown("43")...)...),
	)
	var got []sources.ID
	for _, n := range exposures.UnmatchedExposures(r, r.CanonicalLink) {
		got = append(got, n.ID)
	}
	if !slices.Equal(got, []sources.ID{"dashboard:dbt/shop.gone", "dashboard:dbt/shop.none"}) {
		t.Errorf("exposures without a dashboard: got %q, want those named gone and none", got)
	}
	if all := exposures.UnmatchedDashboards(r, r.CanonicalLink); len(all) != 0 {
		t.Errorf("dashboards without an exposure: got %d, want 0: one has it by its address, one shows nothing",
			len(all))
	}
}

func TestAnExposureIsBlamedOnlyWhereDashboardsOfItsHostWereSeen(t *testing.T) {
	const seen = "https://bi.example/dashboards/42"
	for name, tt := range map[string]struct {
		boards []sources.Observation
		url    string // of the exposure
		want   bool
	}{
		"no dashboard was ever seen":                      {url: "https://bi.example/dashboards/7"},
		"no dashboard was ever seen, and it has no url":   {},
		"a dashboard of its host was seen":                {boards: shown("42"), url: "https://bi.example/dashboards/7", want: true},
		"a dashboard was seen, and it has no url":         {boards: shown("42"), want: true},
		"its own dashboard was seen":                      {boards: shown("42"), url: seen},
		"only dashboards of another host were seen":       {boards: shown("42"), url: "https://other.example/dashboards/7"},
		"its url is no link to a dashboard of any source": {boards: shown("42"), url: "https://bi.example/views/7"},
	} {
		t.Run(name, func(t *testing.T) {
			r := derive(
				rules(),
				visitOf("dbt", ago(1), declaredAt("dashboard:dbt/shop.board", sources.Dashboard, "shop", tt.url)),
				visitOf("looker", ago(1), tt.boards...),
			)
			if got := len(exposures.UnmatchedExposures(r, r.CanonicalLink)) > 0; got != tt.want {
				t.Errorf("exposure without a dashboard: got %v, want %v", got, tt.want)
			}
		})
	}
}
