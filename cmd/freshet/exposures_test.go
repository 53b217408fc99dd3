package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
	looker "github.com/freshet-status/freshet/sources/looker/standin"
)

func TestWhatAnExposureIsCalled(t *testing.T) {
	var all []exposures.Draft
	for _, id := range []sources.ID{
		"dashboard:looker/42",
		"dashboard:looker/shop::Board",
		"dashboard:2nd looker/7",
		"dashboard:looker/a-b",
		"dashboard:looker/a_b",
		"dashboard:Looker/é",
	} {
		all = append(all, exposures.Draft{Node: &freshness.Node{Node: &lineage.Node{Asset: sources.Asset{ID: id}}}})
	}
	want := []string{
		"looker_42",
		"looker_shop__board",
		"dashboard_2nd_looker_7",
		"looker_a_b_d7034cd3",
		"looker_a_b_b13a099f",
		"looker__",
	}
	if got := uniqueNames(all); !slices.Equal(got, want) {
		t.Errorf("unique names: got %q, want %q", got, want)
	}
}

func TestAnExposureKeepsItsNameWhenItsNeighborIsDescribed(t *testing.T) {
	draft := func(id sources.ID, described bool) exposures.Draft {
		asset := sources.Asset{ID: id, Name: "Board"}
		return exposures.Draft{Node: &freshness.Node{Node: &lineage.Node{Asset: asset}}, IsDescribed: described}
	}
	for name, described := range map[string]bool{"before": false, "once dbt describes the other": true} {
		t.Run(name, func(t *testing.T) {
			drafts := []exposures.Draft{draft("dashboard:looker/a-b", described), draft("dashboard:looker/a_b", false)}
			all := buildExposures(drafts, "shop")
			if got := all[len(all)-1].Name; got != "looker_a_b_b13a099f" {
				t.Errorf("name of dashboard:looker/a_b: got %s, want looker_a_b_b13a099f", got)
			}
			want := 2
			if described {
				want = 1
			}
			if len(all) != want {
				t.Errorf("exposures: got %d, want %d", len(all), want)
			}
		})
	}
}

func TestWhyThereIsNothingToPropose(t *testing.T) {
	for name, tt := range map[string]struct {
		hasDashboards bool
		drafts        int
		want          string
	}{
		"no BI source lists a dashboard": {want: "no dashboard of a BI source is known"},
		"no dashboard reads a dbt table": {hasDashboards: true, want: "no tile is traced to a dbt table"},
		"dbt describes all that do": {
			hasDashboards: true,
			drafts:        2,
			want:          "every dashboard that reads a dbt table is already described by an exposure",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := explainNothing(tt.hasDashboards, tt.drafts); got != tt.want {
				t.Errorf("reason: got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHowAnExposureRefers(t *testing.T) {
	for want, k := range map[string]exposures.ProjectNode{
		"ref('orders')":                  {Kind: "model", Package: "shop", Name: "orders"},
		"ref('orders', v=2)":             {Kind: "model", Package: "shop", Name: "orders", Version: "2"},
		"ref('parts', 'lines', v='new')": {Kind: "model", Package: "parts", Name: "lines", Version: "new"},
		"ref('codes')":                   {Kind: "seed", Package: "shop", Name: "codes"},
		`source('o\'raw', 'a\\b.c')`:     {Kind: "source", Package: "parts", Source: "o'raw", Name: `a\b.c`},
	} {
		if got := formatReference(k, "shop"); got != want {
			t.Errorf("reference: got %s, want %s", got, want)
		}
	}
}

func TestWhoOwnsAnExposure(t *testing.T) {
	for says, want := range map[string]owner{
		"":                       {Name: "unowned"},
		" \n ":                   {Name: "unowned"},
		"Finance":                {Name: "Finance"},
		"ann@corp.example":       {Email: "ann@corp.example"},
		"Ann <ann@corp.example>": {Name: "Ann", Email: "ann@corp.example"},
		"a@corp.example, b@c.d":  {Name: "a@corp.example, b@c.d"},
		"#data-team":             {Name: "#data-team"},
	} {
		if got := parseOwner(says); got != want {
			t.Errorf("owner %q: got %+v, want %+v", says, got, want)
		}
	}
}

// The project of dbt that a real dbt parses: a model in two versions, one that
// nothing outside of its group may refer to, a seed, a snapshot, a source of which
// the table has another name, and a package with a model.
var realProject = map[string]string{
	"dbt_project.yml":        "name: shop\nversion: '1.0.0'\nprofile: shop\n",
	"profiles.yml":           "shop: {target: t, outputs: {t: {type: duckdb, path: wh.duckdb}}}\n",
	"packages.yml":           "packages: [{local: parts}]\n",
	"parts/dbt_project.yml":  "name: parts\nversion: '1.0.0'\n",
	"parts/models/lines.sql": "select 1 as id\n",
	"models/orders.sql":      "select 1 as id\n",
	"models/revenue_v1.sql":  "select 1 as id\n",
	"models/revenue_v2.sql":  "select 1 as id\n",
	"models/margin.sql":      "select 1 as id\n",
	"seeds/codes.csv":        "id\n1\n",
	"snapshots/kept_orders.yml": "snapshots: [{name: kept_orders, relation: ref('orders'), config: " +
		"{unique_key: id, strategy: check, check_cols: all}}]\n",
	"models/models.yml": "groups: [{name: finance, owner: {name: Finance}}]\n" +
		"sources: [{name: raw, schema: landing, tables: [{name: events, identifier: " +
		"events_v7}]}]\nmodels:\n" +
		"- {name: revenue, latest_version: 2, versions: [{v: 1}, {v: 2}]}\n" +
		"- {name: margin, config: {group: finance, access: private}}\n",
}

// hostile are titles, as people may write them.
var hostile = []string{
	`Revenue "net": 'EU' & more`, "Two\nlines\r\n\tand a tab", "🎉 {{ jinja }} {% if %} {# note #} }} %} #}",
	"{{{% ref('x') %}}}", "yes", "2026-11-24", "1_000", "null", "- item # no comment",
	"C1 \u0085 \u2028 \ufeff end", "{ 'a': 1 }", `back\slash`, "*alias &anchor !tag", "%YAML", "---",
}

// realLooker shows a dashboard that reads everything, one that is not traced, and
// one for each of the titles.
func realLooker() *looker.Looker {
	l := &looker.Looker{
		ID:        "id",
		Secret:    "secret",
		Folders:   []looker.Folder{{ID: "1", Name: "Shared"}},
		Explores:  make(map[string]looker.Explore),
		SQL:       make(map[string]string),
		SQLErrors: make(map[string]string),
	}
	number := 0
	tile := func(table string) looker.Tile {
		number++
		name := fmt.Sprint("e", number)
		l.Explores["shop::"+name] = looker.Explore{View: name, Table: table, Connection: "wh"}
		return looker.Tile{
			ID:    fmt.Sprint(number),
			Title: "Tile {{ " + name + " }}\nof it",
			Query: &looker.Query{ID: fmt.Sprint(number), Model: "shop", Explore: name, Fields: []string{name + ".x"}},
		}
	}
	all := looker.Dashboard{ID: "42", Title: "Everything", Folder: "1"}
	for _, table := range []string{
		"wh.main.orders",
		"wh.main.revenue_v1",
		"wh.main.revenue_v2",
		"wh.main.margin",
		"wh.main.codes",
		"wh.main.kept_orders",
		"wh.landing.events_v7",
		"wh.main.lines",
		"wh.landing.nobodys",
	} {
		all.Tiles = append(all.Tiles, tile(table))
	}
	dark := tile("")
	dark.Query.Model = "secret"
	all.Tiles = append(all.Tiles, dark)
	l.Dashboards = []looker.Dashboard{all, {ID: "43", Title: "Dark", Folder: "1", Tiles: []looker.Tile{dark}}}
	for i, title := range hostile {
		l.Dashboards = append(
			l.Dashboards,
			looker.Dashboard{
				ID:          fmt.Sprint("shop::Board-", i),
				Title:       title,
				Description: title,
				Folder:      "1",
				Tiles:       []looker.Tile{tile("wh.main.orders")},
			},
		)
	}
	return l
}

// A realDBT is a project of dbt in a folder, beside a site.
type realDBT struct {
	t        *testing.T
	bin, dir string
}

func (d *realDBT) write(name, text string) {
	d.t.Helper()
	file := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func (d *realDBT) dbt(command string) {
	d.t.Helper()
	c := exec.Command(d.bin, command, "--profiles-dir", ".")
	c.Dir = d.dir
	c.Env = append(os.Environ(), "DBT_SEND_ANONYMOUS_USAGE_STATS=false", "NO_COLOR=1")
	if out, err := c.CombinedOutput(); err != nil {
		d.t.Fatalf("dbt %s: %v\n%s", command, err, out)
	}
}

func (d *realDBT) freshet(args ...string) string {
	d.t.Helper()
	var out, says bytes.Buffer
	args = append(args, "--quiet", "--config", filepath.Join(d.dir, "site.toml"))
	if exit := runMain(context.Background(), args, nil, &out, &says, func(string) string {
		return "secret"
	}, time.Now); exit != exitOK {
		d.t.Fatalf("freshet %q: exit status %d\n%s", args, exit, says.String())
	}
	return out.String()
}

// exposures are those of the manifest, by name.
func (d *realDBT) exposures() map[string]realExposure {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, "target", "manifest.json"))
	if err != nil {
		d.t.Fatal(err)
	}
	var m struct{ Exposures map[string]realExposure }
	if err := json.Unmarshal(data, &m); err != nil {
		d.t.Fatal(err)
	}
	by := make(map[string]realExposure)
	for _, e := range m.Exposures {
		by[e.Name] = e
	}
	return by
}

type realExposure struct {
	Name, Label, Type, URL, Description string
	Owner                               struct{ Name, Email string }
	DependsOn                           struct{ Nodes []string } `json:"depends_on"`
}

// TestRealDBTParsesTheExposures lets a real dbt, which FRESHET_DBT names, parse
// what freshet prints, and freshet read what that dbt made of it.
func TestRealDBTParsesTheExposures(t *testing.T) {
	bin := os.Getenv("FRESHET_DBT")
	if bin == "" {
		t.Skip("FRESHET_DBT names no dbt")
	}
	d := &realDBT{t: t, bin: bin, dir: t.TempDir()}
	for name, text := range realProject {
		d.write(name, text)
	}
	dashboards := realLooker()
	address, err := dashboards.Start()
	if err != nil {
		t.Fatal(err)
	}
	d.write(
		"site.toml",
		fmt.Sprintf(
			"[[rule]]\nmatch = \"dashboard:looker/43\"\nowner = \"Ann <ann@corp.example>\"\n[[source]]\n"+
				"type = \"dbt\"\nartifacts = \"target\"\n[[source]]\ntype = \"looker\"\nurl = %q\n"+
				"web = \"https://bi.example\"\nclient_id = \"id\"\nclient_secret_env = \"SECRET\"\n"+
				"warehouse = \"duckdb\"\n",
			address,
		),
	)
	d.dbt("deps")
	d.dbt("parse")
	d.freshet("run")
	if says := d.freshet("exposures", "--drift"); strings.Count(says, "\n") != len(hostile)+2 ||
		!strings.Contains(says, "dashboard:looker/42 \"Everything\": no exposure\n") {
		t.Errorf("drift before dbt has exposures: got %s, want a line for each dashboard", says)
	}

	printed := d.freshet("exposures")
	file := filepath.Join(d.dir, "models", "exposures.yml")
	d.freshet("exposures", "--write", file)
	if got := readText(t, file); got != printed {
		t.Errorf("models/exposures.yml: got\n%s\nwant\n%s", got, printed)
	}
	d.dbt("parse")
	compareExposures(t, d.exposures())
	for _, want := range []string{
		"# also reads (not in dbt): wh.landing.nobodys\n",
		"# also reads (private in dbt): model.shop.margin\n",
		"# lineage unknown: \"Tile {{ e10 }} of it\"\n",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("exposures: got\n%s\nwant %q in them", printed, want)
		}
	}

	d.freshet("run")
	if again := d.freshet("exposures"); again != "" {
		t.Errorf("exposures once dbt has them: got\n%s\nwant nothing", again)
	}
	d.write(
		"models/exposures.yml",
		strings.Replace(
			strings.Replace(printed, "      - ref('codes')\n", "", 1),
			"dashboards/shop::Board-0",
			"dashboards/gone",
			1,
		),
	)
	d.dbt("parse")
	d.freshet("run")
	if got := d.freshet("exposures", "--drift"); got != wantDrift {
		t.Errorf("drift: got\n%s\nwant\n%s", got, wantDrift)
	}
}

// wantDrift is what is said once a line was taken out of the file, and an address
// changed.
const wantDrift = `dashboard:looker/42 "Everything": exposure.shop.looker_42 misses wh.main.codes; ` +
	`cannot list wh.main.margin: private in dbt; cannot list wh.landing.nobodys: not in dbt
dashboard:looker/43 "Dark": no exposure; none can be generated because no tile is traced to a dbt table
dashboard:looker/shop::Board-0 "Revenue \"net\": 'EU' & more": no exposure
dashboard:dbt/shop.looker_shop__board_0 "Revenue \"net\": 'EU' & more": exposure.shop.looker_shop__board_0 ` +
	`has url https://bi.example/dashboards/gone: no such dashboard was found
`

// compareExposures compares what dbt understood with what people wrote.
func compareExposures(t *testing.T, got map[string]realExposure) {
	t.Helper()
	want := []string{
		"model.parts.lines",
		"model.shop.orders",
		"model.shop.revenue.v1",
		"model.shop.revenue.v2",
		"seed.shop.codes",
		"snapshot.shop.kept_orders",
		"source.shop.raw.events",
	}
	e := got["looker_42"]
	slices.Sort(e.DependsOn.Nodes)
	if !slices.Equal(e.DependsOn.Nodes, want) {
		t.Errorf("nodes of looker_42: got %q, want %q", e.DependsOn.Nodes, want)
	}
	if len(got) != len(hostile)+1 || e.Label != "Everything" || e.Type != "dashboard" ||
		e.URL != "https://bi.example/dashboards/42" ||
		e.Owner.Name != "unowned" {
		t.Errorf(
			"exposures: got %d, looker_42 %+v; want %d, and the dashboard Everything, unowned",
			len(got),
			e,
			len(hostile)+1,
		)
	}
	for i, title := range hostile {
		e := got[fmt.Sprint("looker_shop__board_", i)]
		lines := strings.NewReplacer("\r\n", "\n", "\u0085", "\n").Replace(title) // as they are kept of each source
		if e.Label != singleLine(title) || e.Description != strings.TrimSpace(lines) ||
			!slices.Equal(e.DependsOn.Nodes, []string{"model.shop.orders"}) {
			t.Errorf(
				"exposure of %q: got %+v, want the title as label and description, and only model.shop.orders",
				title,
				e,
			)
		}
	}
}
