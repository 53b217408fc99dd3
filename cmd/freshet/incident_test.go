package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	platform "github.com/freshet-status/freshet/sources/dbt/standin"
	looker "github.com/freshet-status/freshet/sources/looker/standin"
	snowflake "github.com/freshet-status/freshet/sources/snowflake/standin"
)

// The incident bench: a company of 100 chains of three tables each, 40
// dashboards and 400 tiles, in a Snowflake, a dbt platform and a Looker. Chain k
// is RAW.SRC.T<k>, which is loaded; ANALYTICS.STG.STG_<k>, a view for k below 50
// and else a table; and ANALYTICS.MARTS.MART_<k>, a table. Tile i of dashboard d
// reads MART_<10d+i modulo 100>, so four tiles read each. Snowflake tells of RAW
// alone. Everything is fresh on the first day; the second has an incident.
//
// What is expected stands in each incident, and nothing of it is computed by
// freshet.

const chains = 100

// A chain is how one of them stands on a day.
type chain struct {
	loaded  time.Time // of its raw table; zero is never
	skew    time.Duration
	noCheck bool // sources.json has no row
	noRows  bool // Snowflake does not list the raw table
	ddl     bool // somebody commented on it today
	merged  bool // a MERGE touched the raw table today, and changed no row

	checkError string // of its freshness check; "" if there is none
	testFails  string // message of the test of its mart; "" if there is no test
	stg        string
	mart       string // "success", "error", "skipped"; "" is not in the run
	built      time.Time
}

type company struct {
	day    time.Time // midnight
	chain  [chains]chain
	looker *looker.Looker
	snow   *snowflake.Account
	cloud  *platform.Account
	job    int    // status of the run; 0 is that none began
	failed string // the step at which the run failed before it built anything
	tables [][]any
	rows   [][]any         // of TABLE_DML_HISTORY, beside those of the chains
	down   map[string]bool // sources that cannot be reached

	noChanges bool // TABLE_DML_HISTORY is refused
}

func (c *company) at(hour int) time.Time { return c.day.Add(time.Duration(hour) * time.Hour) }

// dawn is a good night before a day.
func (c *company) dawn(day time.Time) {
	c.day = day
	c.job = 10
	c.failed = ""
	c.tables = nil
	c.rows = nil
	c.noChanges = false
	c.down = make(map[string]bool)
	for k := range c.chain {
		c.chain[k] = chain{loaded: c.at(3), stg: "success", mart: "success", built: c.at(5)}
	}
}

// schema is where a raw table is: the last five are in one of their own.
func schema(k int) string {
	if k >= 95 {
		return "OLD"
	}
	return "SRC"
}

func raw(k int) string  { return fmt.Sprintf("table:RAW.%s.T%d", schema(k), k) }
func stg(k int) string  { return fmt.Sprintf("table:ANALYTICS.STG.STG_%d", k) }
func mart(k int) string { return fmt.Sprintf("table:ANALYTICS.MARTS.MART_%d", k) }

// tilesOf returns the tiles that read a mart.
func tilesOf(k int) (ids []string) {
	for d := range 40 {
		for i := range 10 {
			if (10*d+i)%chains == k {
				ids = append(ids, fmt.Sprintf("tile:looker/%d/%d", 100+d, 10000+10*d+i))
			}
		}
	}
	return ids
}

// publish lets the three systems say what is so.
func (c *company) publish() {
	c.snow.Now = func() time.Time { return c.at(12) }
	var tables, dml [][]any
	old := c.day.AddDate(-2, 0, 0)
	for k, ch := range c.chain {
		if ch.noRows {
			continue
		}
		altered := ch.loaded
		ddl := old
		if altered.IsZero() {
			altered = old
		}
		if ch.ddl || ch.merged {
			altered = c.at(9)
		}
		if ch.ddl {
			ddl = c.at(9)
		}
		tables = append(
			tables,
			snowflake.TableRow("RAW", schema(k), fmt.Sprint("T", k), "BASE TABLE", int(ch.loaded.Unix()/60), old, altered, ddl),
		)
		if !ch.loaded.IsZero() && c.day.Sub(ch.loaded) < 90*24*time.Hour {
			dml = append(dml, snowflake.DMLRow("RAW", schema(k), fmt.Sprint("T", k), ch.loaded, c.at(6)))
		}
	}
	views := map[string]snowflake.Answer{
		"ACCOUNT_USAGE.TABLES":  {Columns: snowflake.TableColumns, Rows: append(tables, c.tables...)},
		"TABLE_DML_HISTORY":     {Columns: snowflake.DMLColumns, Rows: append(dml, c.rows...)},
		"OBJECT_DEPENDENCIES":   {Columns: snowflake.DependencyColumns},
		"TABLE_STORAGE_METRICS": {Columns: snowflake.CloneColumns},
	}
	if c.noChanges {
		views["TABLE_DML_HISTORY"] = snowflake.Answer{Code: "002003", Says: "does not exist or not authorized"}
	}
	c.snow.SetViews(views)
	if c.down["snowflake"] {
		c.snow.SetViews(
			map[string]snowflake.Answer{
				"ACCOUNT_USAGE.TABLES": {Code: "000606", Says: "No active warehouse selected in the current session."},
			},
		)
	}
	c.cloud.SetRuns([]platform.Job{{ID: 1, Name: "nightly", Environment: 1, Cron: "0 4 * * *"}}, c.runs())
	fail := func(name string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if c.down[name] {
				w.WriteHeader(http.StatusForbidden)
			}
			return c.down[name]
		}
	}
	c.cloud.Intercept = fail("dbt")
	c.looker.Intercept = fail("looker")
}

// runs are the run of the day, and the good one of the day before it.
func (c *company) runs() (all []platform.Run) {
	good := new(company)
	good.dawn(c.day.AddDate(0, 0, -1))
	all = append(all, good.run())
	if c.job != 0 {
		all = append(all, c.run())
	}
	return all
}

func (c *company) run() platform.Run {
	r := platform.Run{ID: c.day.Unix() / 60, Job: 1, Status: c.job, Created: c.at(4), Finished: c.at(6)}
	if c.failed != "" {
		r.Message = "the network is unreachable"
		r.Steps = []platform.Step{{Command: c.failed, Status: c.job}}
		return r
	}
	manifest := c.manifest()
	r.Steps = []platform.Step{
		{
			Command:   "dbt source freshness",
			Status:    10,
			Artifacts: map[string]string{"sources.json": c.checks(), "manifest.json": manifest},
		},
		{
			Command:   "dbt build",
			Status:    10,
			Artifacts: map[string]string{"run_results.json": c.results(), "manifest.json": manifest},
		},
	}
	return r
}

func (c *company) metadata(kind string, version, hour int) string {
	return fmt.Sprintf(
		`"metadata":{"dbt_schema_version":"https://schemas.getdbt.com/dbt/%s/v%d.json","generated_at":%q,`+
			`"project_name":"shop","adapter_type":"snowflake"}`,
		kind,
		version,
		c.at(hour).Format(time.RFC3339),
	)
}

func (c *company) manifest() string {
	var nodes, srcs []string
	for k := range chains {
		view := "table"
		if k < 50 {
			view = "view"
		}
		srcs = append(
			srcs,
			fmt.Sprintf(
				`"source.shop.src.t%[1]d":{"resource_type":"source","package_name":"shop","source_name":"src",`+
					`"name":"t%[1]d","relation_name":"raw.%[2]s.t%[1]d","loaded_at_field":"at",`+
					`"freshness":{"warn_after":{"count":30,"period":"hour"}}}`,
				k,
				strings.ToLower(schema(k)),
			),
		)
		nodes = append(
			nodes,
			fmt.Sprintf(
				`"model.shop.stg_%[1]d":{"resource_type":"model","package_name":"shop","name":"stg_%[1]d",`+
					`"relation_name":"analytics.stg.stg_%[1]d","config":{"materialized":%[2]q},`+
					`"depends_on":{"nodes":["source.shop.src.t%[1]d"]}}`,
				k,
				view,
			),
			fmt.Sprintf(
				`"model.shop.mart_%[1]d":{"resource_type":"model","package_name":"shop","name":"mart_%[1]d",`+
					`"relation_name":"analytics.marts.mart_%[1]d","config":{"materialized":"table"},`+
					`"depends_on":{"nodes":["model.shop.stg_%[1]d"]}}`,
				k,
			),
		)
		if c.chain[k].testFails != "" {
			nodes = append(nodes, fmt.Sprintf(`"test.shop.positive.%[1]d":{"resource_type":"test","name":"positive",`+
				`"attached_node":"model.shop.mart_%[1]d"}`, k))
		}
	}
	return "{" + c.metadata(
		"manifest",
		12,
		5,
	) + `,"nodes":{` + strings.Join(
		nodes,
		",",
	) + `},"sources":{` + strings.Join(
		srcs,
		",",
	) + `}}`
}

func (c *company) checks() string {
	var rows []string
	for k, ch := range c.chain {
		if ch.noCheck {
			continue
		}
		if ch.checkError != "" {
			rows = append(rows, fmt.Sprintf(`{"unique_id":"source.shop.src.t%d","error":%q,"status":"runtime error"}`, k, ch.checkError))
			continue
		}
		loaded := "0001-01-01T00:00:00+00:00"
		if !ch.loaded.IsZero() {
			loaded = ch.loaded.Add(ch.skew).Format(time.RFC3339)
		}
		rows = append(
			rows,
			fmt.Sprintf(
				`{"unique_id":"source.shop.src.t%d","max_loaded_at":%q,"snapshotted_at":%q}`,
				k,
				loaded,
				c.at(4).Format(time.RFC3339),
			),
		)
	}
	return "{" + c.metadata("sources", 3, 4) + `,"results":[` + strings.Join(rows, ",") + `]}`
}

func (c *company) results() string {
	var rows []string
	for k, ch := range c.chain {
		if ch.testFails != "" {
			rows = append(rows, fmt.Sprintf(`{"unique_id":"test.shop.positive.%d","status":"fail","message":%q}`, k, ch.testFails))
		}
		for name, status := range map[string]string{"stg": ch.stg, "mart": ch.mart} {
			if status == "" {
				continue
			}
			timing := fmt.Sprintf(`[{"name":"execute","completed_at":%q}]`, ch.built.Format(time.RFC3339))
			if status == "skipped" {
				timing = "[]"
			}
			rows = append(
				rows,
				fmt.Sprintf(
					`{"unique_id":"model.shop.%s_%d","status":%q,"timing":%s,"message":"Database Error in `+
						`model x\n  column y is gone"}`,
					name,
					k,
					status,
					timing,
				),
			)
		}
	}
	return "{" + c.metadata("run-results", 6, 5) + `,"args":{"which":"build"},"results":[` + strings.Join(rows, ",") + `]}`
}

// open makes the Looker of the company: an explore a mart, and one that joins
// many.
func (c *company) open(t *testing.T) {
	c.looker = &looker.Looker{
		ID:          "id",
		Secret:      "secret",
		HasActivity: true,
		Folders:     []looker.Folder{{ID: "1", Name: "Shared"}},
		Explores:    make(map[string]looker.Explore),
		SQL:         make(map[string]string),
		SQLErrors:   make(map[string]string),
	}
	for k := range chains {
		c.looker.Explores[fmt.Sprint("shop::mart_", k)] = looker.Explore{
			View:       fmt.Sprint("mart_", k),
			Table:      fmt.Sprint("analytics.marts.mart_", k),
			Connection: "snow",
		}
	}
	for d := range 40 {
		board := looker.Dashboard{ID: fmt.Sprint(100 + d), Title: fmt.Sprint("Board ", d), Folder: "1", Updated: c.day}
		for i := range 10 {
			n := 10000 + 10*d + i
			k := (10*d + i) % chains
			board.Tiles = append(
				board.Tiles,
				looker.Tile{
					ID:    fmt.Sprint(n),
					Title: fmt.Sprint("Tile ", n),
					Query: &looker.Query{
						ID:      fmt.Sprint(n),
						Model:   "shop",
						Explore: fmt.Sprint("mart_", k),
						Fields:  []string{fmt.Sprintf("mart_%d.total", k)},
					},
				},
			)
		}
		c.looker.Dashboards = append(c.looker.Dashboards, board)
	}
	var err error
	c.snow, err = snowflake.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.snow.Close)
	c.cloud = &platform.Account{ID: 7, Token: "token"}
}

// tile is one of the company's, to be changed.
func (c *company) tile(n int) *looker.Tile {
	for d := range c.looker.Dashboards {
		for i := range c.looker.Dashboards[d].Tiles {
			if c.looker.Dashboards[d].Tiles[i].ID == fmt.Sprint(n) {
				c.looker.Dashboards[d].Updated = c.at(9)
				return &c.looker.Dashboards[d].Tiles[i]
			}
		}
	}
	return nil
}

// An incident is what happens, and what must be said of it.
type incident struct {
	name   string
	change func(c *company)
	rules  string              // of site.toml
	status map[string][]string // what is not fresh, by status
	causes []string            // the ids of what must be repaired, sorted
	says   string              // stands on the first screen of home
	exit   int
	tiles  int // that are left; 0 is all, or all but one
}

// chainOf are the assets of a chain from one of its tables on, and its tiles.
func chainOf(k int, from ...string) []string { return append(from, tilesOf(k)...) }

func incidents() []incident {
	ago := func(c *company, days int) time.Time { return c.at(3).AddDate(0, 0, -days) }
	return []incident{
		{name: "nothing happened", change: func(*company) {}},
		{name: "a source stopped three days ago", change: func(c *company) { c.chain[7].loaded = ago(c, 3) },
			status: map[string][]string{
				"aging": chainOf(7, raw(7), stg(7), mart(7)),
			}, causes: []string{raw(7)}, says: "Not loaded since 19 Aug 03:00"},
		{
			name:   "a source stopped long ago, and rebuilt tables hide it",
			change: func(c *company) { c.chain[60].loaded = ago(c, 120) },
			rules:  "[[rule]]\nmatch = \"table:RAW.*\"\nfresh_within = \"today\"\nstale_after = \"100d\"\n",
			status: map[string][]string{
				"stale": chainOf(60, raw(60), stg(60), mart(60)),
			},
			causes: []string{raw(60)},
			says:   "Not loaded since 24 Apr 03:00",
		},
		{name: "a table was emptied", change: func(c *company) { c.chain[8].loaded = time.Time{} },
			status: map[string][]string{
				"stale": chainOf(8, raw(8), stg(8), mart(8)),
			}, causes: []string{raw(8)}, says: "Empty since the check of today 04:00; before that it was last loaded yesterday 03:00"},
		{name: "a build failed at the end of its chain", change: func(c *company) {
			c.chain[9].mart = "error"
			c.job = 20
		},
			status: map[string][]string{
				"aging": chainOf(9, mart(9)),
			}, causes: []string{mart(9)}, says: "Build failed today 05:00: “column y is gone”."},
		{name: "a build failed in mid-graph, and what reads it was skipped", change: func(c *company) {
			c.chain[61].stg = "error"
			c.chain[61].mart = "skipped"
			c.job = 20
		},
			status: map[string][]string{
				"aging": chainOf(61, stg(61), mart(61)),
			}, causes: []string{stg(61)}, says: "Build failed today 05:00: “column y is gone”."},
		{name: "a model is not selected any more", change: func(c *company) { c.chain[10].mart = "" },
			status: map[string][]string{
				"aging": chainOf(10, mart(10)),
			}, causes: []string{mart(10)}, says: "Last built yesterday 05:00; no later build is recorded."},
		{name: "the job failed before it built anything", change: func(c *company) {
			c.failed = "dbt deps"
			c.job = 20
		},
			status: map[string][]string{
				"aging": allBuilt(),
			}, causes: []string{"job:dbt/1"}, says: "Job failed today 06:00 at step 1 (dbt deps): “the network is unreachable”."},
		{name: "the job was cancelled", change: func(c *company) {
			c.failed = "dbt deps"
			c.job = 30
		},
			status: map[string][]string{
				"aging": allBuilt(),
			}, causes: []string{"job:dbt/1"}, says: "Job canceled today 06:00 at step 1 (dbt deps)"},
		{name: "the job did not run", change: func(c *company) { c.job = 0 },
			status: map[string][]string{
				"aging": allBuilt(),
			}, causes: []string{"job:dbt/1"}, says: "Job did not run: scheduled for today 04:00."},
		{name: "a test failed after everything was built", change: func(c *company) { c.job = 20 }},
		{name: "a test of a table fails, whose data is new", change: func(c *company) {
			c.job = 20
			c.chain[20].testFails = "Got 3 results, configured to fail if != 0"
		}, causes: []string{mart(20)}, says: "Test positive failed today 05:00: “Got 3 results, configured to fail if != 0”."},
		{name: "a table was renamed", change: func(c *company) {
			c.chain[11].noRows = true
			c.chain[11].noCheck = true
		},
			status: map[string][]string{
				"broken": chainOf(11, raw(11), stg(11), mart(11)),
			}, causes: []string{raw(11)}, says: "Dropped or renamed: snowflake has not listed it since today 12:00."},
		{name: "a schema was moved",
			change: func(c *company) {
				for k := 95; k < 100; k++ {
					c.chain[k].noRows = true
					c.chain[k].noCheck = true
				}
			},
			status: map[string][]string{
				"broken": slices.Concat(
					chainOf(95, raw(95), stg(95), mart(95)),
					chainOf(96, raw(96), stg(96), mart(96)),
					chainOf(97, raw(97), stg(97), mart(97)),
					chainOf(98, raw(98), stg(98), mart(98)),
					chainOf(99, raw(99), stg(99), mart(99)),
				),
			},
			causes: []string{"scope:snowflake/RAW.OLD"},
			says:   "Schema dropped or renamed: snowflake has listed nothing in it since today 12:00."},
		{name: "a dead table is touched each day by a MERGE of no rows",
			change: func(c *company) {
				c.chain[25].loaded = ago(c, 6)
				c.chain[25].merged = true
			},
			status: map[string][]string{"aging": chainOf(25, raw(25), stg(25), mart(25))},
			causes: []string{raw(25)},
			says:   "Not loaded since 16 Aug 03:00"},
		{name: "the history of row changes cannot be read for a day", change: func(c *company) { c.noChanges = true }},
		{name: "the checks of one table end in an error, and its rows come",
			change: func(c *company) { c.chain[26].checkError = "invalid identifier 'AT'" },
			causes: []string{raw(26)},
			says:   "Freshness check failed today 04:00: “invalid identifier"},
		{name: "an explore was removed",
			change: func(c *company) {
				delete(c.looker.Explores, "shop::mart_12")
			},
			status: map[string][]string{"broken": tilesOf(12)},
			causes: []string{"explore:looker/shop::mart_12"},
			says:   "Explore shop::mart_12 no longer exists in Looker."},
		{name: "a derived table reads a dead one",
			change: func(c *company) {
				c.chain[13].loaded = ago(c, 5)
				c.tile(10020).Query = &looker.Query{ID: "77", Model: "shop", Explore: "derived", Fields: []string{"derived.x"}}
				c.looker.Explores["shop::derived"] = looker.Explore{View: "derived", Connection: "snow"}
				c.looker.SQL["77"] = "WITH derived AS (SELECT * FROM raw.src.t13) SELECT x FROM derived"
			},
			status: map[string][]string{"aging": append(chainOf(13, raw(13), stg(13), mart(13)), "tile:looker/102/10020")},
			causes: []string{raw(13)},
			says:   "Not loaded since 17 Aug 03:00"},
		{name: "a persistent derived table is built each day from a dead one",
			change: func(c *company) {
				c.chain[13].loaded = ago(c, 5)
				c.derive(
					"-- generate derived table facts\n" +
						"-- Building persistent derived table shop::facts on instance 1\n" +
						"CREATE TABLE SCRATCH.LR$AB1_facts AS (SELECT * FROM raw.src.t13)\n" +
						"-- finished facts => SCRATCH.LR$AB1_facts\nSELECT * FROM SCRATCH.LR$AB1_facts",
				)
			},
			status: map[string][]string{
				"aging": append(chainOf(13, raw(13), stg(13), mart(13)), "pdt:looker/shop::facts", "tile:looker/102/10020"),
			},
			causes: []string{raw(13)},
			says:   "Not loaded since 17 Aug 03:00"},
		{
			name:   "a derived table is built each day, of what nobody knows",
			change: func(c *company) { c.derive("SELECT * FROM SCRATCH.LR$AB1_facts") },
			status: map[string][]string{"unknown": {"pdt:looker/shop::facts", "tile:looker/102/10020"}},
		},
		{name: "a tile of SQL Runner reads a dead table",
			change: func(c *company) {
				c.chain[24].loaded = ago(c, 3)
				t := c.tile(10020)
				t.Query = nil
				t.RunnerSlug = "slug"
				c.looker.SQL["slug"] = "select * from raw.src.t24"
			},
			status: map[string][]string{"aging": append(chainOf(24, raw(24), stg(24), mart(24)), "tile:looker/102/10020")},
			causes: []string{raw(24)},
			says:   "Not loaded since 19 Aug 03:00"},
		{name: "a dashboard was deleted", tiles: 390, change: func(c *company) {
			gone := c.looker.Dashboards[0]
			gone.Updated = c.at(9)
			c.looker.Dashboards = c.looker.Dashboards[1:]
			c.looker.Trash = []looker.Dashboard{gone}
		}},
		{name: "a weekly table, with its rule", change: func(c *company) { c.chain[14].loaded = ago(c, 5) },
			rules: "[[rule]]\nmatch = \"" + raw(14) + "\"\nfresh_within = \"8d\"\nstale_after = \"15d\"\n"},
		{name: "a table that is meant to stay", change: func(c *company) { c.chain[15].loaded = ago(c, 400) },
			rules: "[[rule]]\nmatch = \"" + raw(15) + "\"\nexpect = \"static\"\n"},
		{name: "two causes at once", change: func(c *company) {
			c.chain[62].loaded = ago(c, 4)
			c.chain[62].mart = "error"
			c.job = 20
		},
			status: map[string][]string{
				"aging": chainOf(62, raw(62), stg(62), mart(62)),
			}, causes: []string{mart(62), raw(62)}, says: "Not loaded since 18 Aug 03:00"},
		{
			name:   "Looker cannot be reached",
			change: func(c *company) { c.down["looker"] = true },
			exit:   exitPartial,
			says:   "ould not be read since today 12:00",
		},
		{
			name:   "Snowflake cannot be reached",
			change: func(c *company) { c.down["snowflake"] = true },
			exit:   exitPartial,
			says:   "No active warehouse selected",
		},
		{name: "dbt cannot be reached for a day", change: func(c *company) { c.down["dbt"] = true }, exit: exitPartial,
			status: map[string][]string{"aging": allBuilt()}, causes: allMarts(), says: "ould not be read since today 12:00"},
		{
			name:   "the clock of a sender is ahead, and Snowflake knows better",
			change: func(c *company) { c.chain[16].skew = 17 * time.Hour },
		},
		{name: "a check was removed, and Snowflake tells", change: func(c *company) { c.chain[17].noCheck = true }},
		{name: "a comment on a dead table is no data", change: func(c *company) {
			c.chain[18].loaded = ago(c, 6)
			c.chain[18].ddl = true
		},
			status: map[string][]string{
				"aging": chainOf(18, raw(18), stg(18), mart(18)),
			}, causes: []string{raw(18)}, says: "Not loaded since 16 Aug 03:00"},
		{name: "a table of the same name in another schema is fresh",
			change: func(c *company) {
				c.chain[19].loaded = ago(c, 6)
				c.tables = [][]any{
					snowflake.TableRow(
						"RAW",
						"COPY",
						"T19",
						"BASE TABLE",
						1,
						c.at(0).AddDate(-1, 0, 0),
						c.at(5),
						c.at(0).AddDate(-1, 0, 0),
					),
				}
				c.rows = [][]any{snowflake.DMLRow("RAW", "COPY", "T19", c.at(5), c.at(6))}
			},
			status: map[string][]string{"aging": chainOf(19, raw(19), stg(19), mart(19))},
			causes: []string{raw(19)},
			says:   "Not loaded since 16 Aug 03:00"},
		{name: "merged results, one of which is dead",
			change: func(c *company) {
				c.chain[20].loaded = ago(c, 3)
				t := c.tile(10030)
				t.Query = nil
				t.Merged = []looker.Query{{Model: "shop", Explore: "mart_20"}, {Model: "shop", Explore: "mart_30"}}
			},
			status: map[string][]string{"aging": append(chainOf(20, raw(20), stg(20), mart(20)), "tile:looker/103/10030")},
			causes: []string{raw(20)},
			says:   "Not loaded since 19 Aug 03:00"},
		{name: "a wide explore, of which the tile needs no dead part",
			change: func(c *company) {
				c.chain[21].loaded = ago(c, 3)
				c.looker.Explores["shop::wide"] = looker.Explore{
					View:       "mart_40",
					Table:      "analytics.marts.mart_40",
					Connection: "snow",
					Joins: []looker.Join{
						{Name: "mart_21", Table: "analytics.marts.mart_21", DependentFields: []string{"mart_40.id"}},
					},
				}
				c.tile(10040).Query = &looker.Query{ID: "78", Model: "shop", Explore: "wide", Fields: []string{"mart_40.total"}}
				c.tile(10041).Query = &looker.Query{
					ID:      "79",
					Model:   "shop",
					Explore: "wide",
					Fields:  []string{"mart_40.total", "mart_21.total"},
				}
				c.looker.SQL["78"] = "SELECT sum(total) FROM analytics.marts.mart_40"
			},
			status: map[string][]string{"aging": append(chainOf(21, raw(21), stg(21), mart(21)), "tile:looker/104/10041")},
			causes: []string{raw(21)},
			says:   "Not loaded since 19 Aug 03:00"},
		{name: "the SQL says otherwise than the explore",
			change: func(c *company) {
				c.chain[22].loaded = ago(c, 3)
				c.looker.Explores["shop::wide"] = looker.Explore{
					View:       "mart_41",
					Table:      "analytics.marts.mart_41",
					Connection: "snow",
					Joins:      []looker.Join{{Name: "mart_22", Table: "analytics.marts.mart_22"}},
				}
				c.tile(10050).Query = &looker.Query{
					ID:      "80",
					Model:   "shop",
					Explore: "wide",
					Fields:  []string{"mart_41.total", "mart_22.total"},
				}
				c.looker.SQL["80"] = "SELECT * FROM analytics.marts.mart_41" // an aggregate table answers
			},
			status: map[string][]string{"aging": chainOf(22, raw(22), stg(22), mart(22))},
			causes: []string{raw(22)},
			says:   "Not loaded since 19 Aug 03:00"},
		{name: "a filter expression joins a dead table, as only SQL shows",
			change: func(c *company) {
				c.chain[27].loaded = ago(c, 3)
				c.looker.Explores["shop::wide"] = looker.Explore{
					View:       "mart_42",
					Table:      "analytics.marts.mart_42",
					Connection: "snow",
					Joins:      []looker.Join{{Name: "mart_27", Table: "analytics.marts.mart_27"}},
				}
				c.tile(10070).Query = &looker.Query{ID: "82", Model: "shop", Explore: "wide", Fields: []string{"mart_42.total"}}
				c.looker.SQL["82"] = "SELECT * FROM analytics.marts.mart_42 " +
					"LEFT JOIN analytics.marts.mart_27 ON true WHERE mart_27.total > 0"
			},
			status: map[string][]string{"aging": append(chainOf(27, raw(27), stg(27), mart(27)), "tile:looker/107/10070")},
			causes: []string{raw(27)},
			says:   "Not loaded since 19 Aug 03:00"},
		{name: "the SQL of a tile with joins may not be seen",
			change: func(c *company) {
				c.looker.DeniesSQL = true
				c.looker.Explores["shop::wide"] = looker.Explore{
					View:       "mart_43",
					Table:      "analytics.marts.mart_43",
					Connection: "snow",
					Joins:      []looker.Join{{Name: "mart_28", Table: "analytics.marts.mart_28"}},
				}
				c.tile(10080).Query = &looker.Query{ID: "83", Model: "shop", Explore: "wide", Fields: []string{"mart_43.total"}}
			},
			status: map[string][]string{"unverified": {"tile:looker/108/10080"}, "unknown": {"explore:looker/shop::wide"}}},
		{name: "a field of a tile is gone",
			change: func(c *company) {
				c.looker.Explores["shop::odd"] = looker.Explore{View: "odd", Connection: "snow"}
				c.tile(10060).Query = &looker.Query{ID: "81", Model: "shop", Explore: "odd", Fields: []string{"odd.x"}}
				c.looker.SQLErrors["81"] = `Unknown field "odd.x"`
			},
			status: map[string][]string{"broken": {"tile:looker/106/10060"}},
			causes: []string{"tile:looker/106/10060"},
			says:   `Looker cannot run the query of this tile: “Unknown field`},
		{name: "the right to see an explore was never there", change: func(c *company) {
			c.tile(10070).Query = &looker.Query{ID: "82", Model: "secret", Explore: "x", Fields: []string{"x.x"}}
		}, status: map[string][]string{"unknown": {"tile:looker/107/10070"}}},
		{name: "a tile was deleted", change: func(c *company) {
			b := &c.looker.Dashboards[8]
			b.Tiles = b.Tiles[1:]
			b.Updated = c.at(9)
		}},
		{name: "a tile is a view of a view of a dead table",
			change: func(c *company) {
				c.chain[23].loaded = ago(c, 3)
				c.looker.Explores["shop::stg_23"] = looker.Explore{
					View:       "stg_23",
					Table:      "ANALYTICS.STG.STG_23",
					Connection: "snow",
				}
				c.tile(10090).Query = &looker.Query{ID: "83", Model: "shop", Explore: "stg_23", Fields: []string{"stg_23.x"}}
			},
			status: map[string][]string{"aging": append(chainOf(23, raw(23), stg(23), mart(23)), "tile:looker/109/10090")},
			causes: []string{raw(23)},
			says:   "Not loaded since 19 Aug 03:00"},
	}
}

// derive lets a tile read a derived table that Looker built this morning.
func (c *company) derive(sql string) {
	c.tile(10020).Query = &looker.Query{ID: "77", Model: "shop", Explore: "derived", Fields: []string{"derived.x"}}
	c.looker.Explores["shop::derived"] = looker.Explore{View: "facts", Connection: "snow"}
	c.looker.SQL["77"] = sql
	c.looker.Builds = []looker.Build{{Model: "shop", View: "facts", At: c.at(6)}}
}

func allMarts() (ids []string) {
	for k := range chains {
		if k >= 50 {
			ids = append(ids, stg(k))
		} else {
			ids = append(ids, mart(k))
		}
	}
	slices.Sort(ids)
	return ids
}

// allBuilt is what dbt builds, and what reads it.
func allBuilt() (ids []string) {
	for k := range chains {
		if k >= 50 {
			ids = append(ids, stg(k))
		}
		ids = append(ids, chainOf(k, mart(k))...)
	}
	return ids
}

func TestIncidents(t *testing.T) {
	table := ""
	for _, in := range incidents() {
		t.Run(in.name, func(t *testing.T) {
			dir := t.TempDir()
			c := new(company)
			c.dawn(time.Date(2026, 8, 21, 0, 0, 0, 0, time.UTC))
			c.open(t)
			c.configure(t, dir, in.rules)
			if exit, said := c.visit(dir); exit != exitOK {
				t.Fatalf("run of the day before: got exit status %d, want %d: %s", exit, exitOK, said)
			}
			c.dawn(time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC))
			in.change(c)
			exit, said := c.visit(dir)
			if exit != in.exit {
				t.Errorf("exit status: got %d, want %d: %s", exit, in.exit, said)
			}
			compareIncident(t, dir, in)
			table += fmt.Sprintf(
				"%-58s %s\n%58s %s\n",
				in.name,
				cmp.Or(strings.Join(in.causes[:min(3, len(in.causes))], " "), "nothing to repair"),
				"",
				readFirstSentence(t, dir),
			)
		})
	}
	t.Logf("%d incidents over 300 tables, 40 dashboards, 400 tiles:\n%s", len(incidents()), table)
}

// readFirstSentence returns the sentence of the first row under attention, or the number of fresh tiles if
// there is none.
func readFirstSentence(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "public", "api", "v1", "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var summary struct {
		Attention []struct{ Says string }
		Tiles     map[string]int
	}
	if err := json.Unmarshal(data, &summary); err != nil {
		t.Fatal(err)
	}
	if len(summary.Attention) == 0 {
		return fmt.Sprintf("(no row; %d tiles are fresh)", summary.Tiles["fresh"])
	}
	return summary.Attention[0].Says
}

// configure starts the three systems and writes the site.toml that names them.
func (c *company) configure(t *testing.T, dir, rules string) {
	t.Helper()
	cloud, err := c.cloud.Start()
	dashboards, err2 := c.looker.Start()
	if err != nil || err2 != nil {
		t.Fatalf("start of the stand-ins: got %v and %v, want no errors", err, err2)
	}
	config := rules + fmt.Sprintf(
		"[[source]]\ntype = \"dbt-platform\"\nname = \"dbt\"\nurl = %q\naccount = 7\n"+
			"token_env = \"TOKEN\"\n[[source]]\ntype = \"looker\"\nurl = %q\nclient_id = \"id\"\n"+
			"client_secret_env = \"SECRET\"\n[[source]]\ntype = \"snowflake\"\naccount = \"acme\"\n"+
			"user = \"U\"\npassword_env = \"PW\"\nhost = \"127.0.0.1\"\nport = %d\nprotocol = \"http\"\n",
		cloud,
		dashboards,
		c.snow.Port(),
	)
	if err := os.WriteFile(filepath.Join(dir, "site.toml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
}

// visit runs freshet at noon.
func (c *company) visit(dir string) (int, string) {
	c.publish()
	var said bytes.Buffer
	env := func(name string) string {
		return map[string]string{"TOKEN": "token", "SECRET": "secret", "PW": "pw"}[name]
	}
	exit := runMain(
		context.Background(),
		[]string{"run", "--quiet", "--config", filepath.Join(dir, "site.toml"), "--now", c.at(12).Format(time.RFC3339)},
		nil,
		&said,
		&said,
		env,
		time.Now,
	)
	return exit, said.String()
}

// compareIncident compares the status of every table and tile, every cause, and
// what home says.
func compareIncident(t *testing.T, dir string, in incident) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "public", "api", "v1", "assets.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for status, ids := range in.status {
		for _, id := range ids {
			want[id] = status
		}
	}
	causes := make(map[string]bool)
	wrong := 0
	tables := 0
	tiles := 0
	for line := range bytes.Lines(data) {
		var a worldAsset
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		if a.Kind == "folder" || a.Kind == "dashboard" {
			continue
		}
		tables = tables + b2i(a.Kind != "tile")
		tiles = tiles + b2i(a.Kind == "tile")
		for _, id := range a.Causes {
			causes[id] = true
		}
		if expected := cmp.Or(want[a.ID], "fresh"); a.Status != expected {
			wrong++
			if wrong < 4 {
				t.Errorf("status of %s: got %s, want %s; root causes %q", a.ID, a.Status, expected, a.Causes)
			}
		}
	}
	if got := slices.Sorted(maps.Keys(causes)); !slices.Equal(got, append([]string{}, in.causes...)) &&
		(len(got) != 0 || len(in.causes) != 0) {
		t.Errorf("root causes: got %.6q, want %.6q", got, in.causes)
	}
	if least := cmp.Or(in.tiles, 399); tables < 300 || tiles < least || tiles > least+1 {
		t.Errorf(
			"assets compared: got %d tables and %d tiles, want at least 300 and %d or %d",
			tables,
			tiles,
			least,
			least+1,
		)
	}
	home, err := os.ReadFile(filepath.Join(dir, "public", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	screen, _, _ := bytes.Cut(home, []byte(`id="folders"`))
	if strings.Contains(in.says, "ould not be read") || strings.Contains(in.says, "warehouse") {
		screen = home
	}
	if !bytes.Contains(screen, []byte(in.says)) {
		t.Errorf("first screen of the home page: got none of %q, want it there", in.says)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
