package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	looker "github.com/freshet-status/freshet/sources/looker/standin"
	snowflake "github.com/freshet-status/freshet/sources/snowflake/standin"
)

// The steady company: every table is loaded between four and six in the morning of New York, on every
// day or from Monday to Friday, and then dbt builds its models. Nothing ever goes wrong. Snowflake shows
// each load with the delay of its views.

// A steadyTable is a table or a view of the steady company.
type steadyTable struct {
	schema, name string
	kind         loadKind
	clock        string // earliest time of day of its loads, such as "04:10"; "" for a view
	isWeekdays   bool   // whether it has no loads on Saturday and Sunday
	model        string // how dbt materializes it; "" if dbt does not build it
	reads        string // name of the table that it reads; "" if there is none
}

// A loadKind is what a load does to the rows of a table.
type loadKind string

// Kinds of loads.
const (
	appended    loadKind = "rows are added"
	overwritten loadKind = "all rows are replaced by as many rows of as many bytes"
	recreated   loadKind = "the table is replaced by another one of as many rows and bytes"
	merged      loadKind = "rows are updated, in more bytes on one day of three"
	notStored   loadKind = "it is a view"
)

// steadyTables has a table for each kind of load, with and without dbt.
var steadyTables = []steadyTable{
	{schema: "RAW", name: "ORDERS", kind: appended, clock: "04:00"},
	{schema: "RAW", name: "RATES", kind: overwritten, clock: "04:20"},
	{schema: "RAW", name: "STORES", kind: recreated, clock: "04:40"},
	{schema: "RAW", name: "CUSTOMERS", kind: merged, clock: "04:50"},
	{schema: "RAW", name: "LEDGER", kind: appended, clock: "05:00", isWeekdays: true},
	{schema: "RAW", name: "BUDGET", kind: overwritten, clock: "05:10", isWeekdays: true},
	{schema: "STG", name: "STG_ORDERS", kind: notStored, reads: "ORDERS"},
	{schema: "STG", name: "STG_RATES", kind: notStored, model: "view", reads: "RATES"},
	{schema: "MARTS", name: "FCT_ORDERS", kind: recreated, clock: "05:40", model: "table", reads: "STG_ORDERS"},
	{schema: "MARTS", name: "FCT_LINES", kind: appended, clock: "05:40", model: "incremental", reads: "ORDERS"},
	{schema: "MARTS", name: "DIM_CUSTOMERS", kind: merged, clock: "05:40", model: "incremental", reads: "CUSTOMERS"},
	{schema: "MARTS", name: "FCT_LEDGER", kind: recreated, clock: "05:40", model: "table", reads: "LEDGER"},
	{schema: "MARTS", name: "FCT_ENTRIES", kind: appended, clock: "05:40", isWeekdays: true, model: "incremental", reads: "LEDGER"},
}

// findSteadyTable returns the table of a name.
func findSteadyTable(name string) steadyTable {
	i := slices.IndexFunc(steadyTables, func(t steadyTable) bool { return t.name == name })
	return steadyTables[i]
}

// restsOnWeekdays reports whether t, or what it reads, has no loads on Saturday and Sunday.
func (t steadyTable) restsOnWeekdays() bool {
	return t.isWeekdays || t.reads != "" && findSteadyTable(t.reads).restsOnWeekdays()
}

// uniqueID returns the name of t in dbt.
func (t steadyTable) uniqueID() string {
	if t.model == "" {
		return "source.shop.raw." + t.name
	}
	return "model.shop." + t.name
}

// Delays of the views of ACCOUNT_USAGE.
const (
	dmlDelay    = 6 * time.Hour    // of TABLE_DML_HISTORY
	tablesDelay = 90 * time.Minute // of TABLES
)

// A steadyCompany is the steady company at a moment, with the freshet that reads it.
type steadyCompany struct {
	now    time.Time
	zone   *time.Location
	dir    string // of site.toml
	snow   *snowflake.Account
	reader *invocation
}

const steadyConfig = `
timezone = "America/New_York"
[[source]]
type = "dbt"
artifacts = "target"
[[source]]
type = "looker"
url = %q
client_id = "secret"
client_secret_env = "SECRET"
[[source]]
type = "snowflake"
account = "acme"
user = "U"
password_env = "PW"
host = "127.0.0.1"
port = %d
protocol = "http"
`

// newSteadyCompany starts the systems of the company, and opens its site.toml.
func newSteadyCompany(t *testing.T) *steadyCompany {
	t.Helper()
	c := &steadyCompany{dir: t.TempDir()}
	var errs [3]error
	var address string
	c.zone, errs[0] = time.LoadLocation("America/New_York")
	c.snow, errs[1] = snowflake.Start(nil)
	address, errs[2] = newSteadyLooker().Start()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(c.snow.Close)
	c.snow.Now = func() time.Time { return c.now }
	c.writeFile(t, "site.toml", fmt.Sprintf(steadyConfig, address, c.snow.Port()))
	c.openReader(t)
	return c
}

// openReader sets the freshet that reads the company at its moment.
func (c *steadyCompany) openReader(t *testing.T) {
	t.Helper()
	c.reader = &invocation{
		stdout:     io.Discard,
		stderr:     io.Discard,
		quiet:      true,
		configFile: filepath.Join(c.dir, "site.toml"),
		env:        func(string) string { return "secret" },
		clock:      func() time.Time { return c.now },
	}
	err := c.reader.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
}

// newSteadyLooker returns a Looker with one dashboard, which has a tile for each table.
func newSteadyLooker() *looker.Looker {
	board := looker.Dashboard{ID: "1", Title: "Everything", Folder: "1"}
	explores := make(map[string]looker.Explore)
	for i, t := range steadyTables {
		view := strings.ToLower(t.name)
		explores["shop::"+view] = looker.Explore{View: view, Table: "DB." + t.schema + "." + t.name, Connection: "snow"}
		query := &looker.Query{ID: fmt.Sprint(i), Model: "shop", Explore: view, Fields: []string{view + ".total"}}
		board.Tiles = append(board.Tiles, looker.Tile{ID: fmt.Sprint(100 + i), Title: t.name, Query: query})
	}
	return &looker.Looker{
		ID:          "secret",
		Secret:      "secret",
		HasActivity: true,
		Folders:     []looker.Folder{{ID: "1", Name: "Shared"}},
		Dashboards:  []looker.Dashboard{board},
		Explores:    explores,
	}
}

// writeFile writes a file of the company.
func (c *steadyCompany) writeFile(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(c.dir, name)
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// loadOn returns when a table is loaded on a day of the month: by up to 14 minutes after its earliest time.
func (c *steadyCompany) loadOn(t steadyTable, year int, month time.Month, day int) time.Time {
	earliest, err := time.Parse("15:04", t.clock)
	if err != nil {
		panic(err)
	}
	delay := (day*7 + len(t.name)*5) % 15
	return time.Date(year, month, day, earliest.Hour(), earliest.Minute()+delay, 0, 0, c.zone)
}

// lastLoad returns the last load of a table until a moment.
func (c *steadyCompany) lastLoad(t steadyTable, moment time.Time) time.Time {
	year, month, day := moment.In(c.zone).Date()
	for {
		load := c.loadOn(t, year, month, day)
		isFree := t.isWeekdays && (load.Weekday() == time.Saturday || load.Weekday() == time.Sunday)
		if !load.After(moment) && !isFree {
			return load
		}
		day--
	}
}

// tableID returns the id of the table that a load leaves. A table that is created anew has another one.
func (t steadyTable) tableID(load time.Time) string {
	if t.kind == recreated {
		return snowflake.TableID("DB", t.schema, t.name+load.String())
	}
	return snowflake.TableID("DB", t.schema, t.name)
}

// tableRow returns the row of a table in TABLES.
func (c *steadyCompany) tableRow(t steadyTable) []any {
	created := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if t.kind == notStored {
		return snowflake.TableRow("DB", t.schema, t.name, "VIEW", 0, created, created, created)
	}
	load := c.lastLoad(t, c.now.Add(-tablesDelay))
	day := int(load.Unix() / 86400)
	size := "5000/90000"
	switch t.kind {
	case appended:
		size = fmt.Sprintf("%d/%d", 10*day, 200*day)
	case merged:
		size = fmt.Sprintf("5000/%d", 90000+day%3/2)
	case recreated:
		created = load
	}
	return []any{"DB", t.schema, t.name, "BASE TABLE", size, created, load, created, nil, t.tableID(load)}
}

// hasDML reports whether TABLE_DML_HISTORY has the loads of t: CREATE TABLE AS, by which dbt builds a
// table, is no DML.
func (t steadyTable) hasDML() bool { return t.kind != notStored && t.model != "table" }

// dmlHour returns, as TABLE_DML_HISTORY shows it at a moment, the start of the last hour in which a table
// was loaded, and the id of the table.
func (c *steadyCompany) dmlHour(t steadyTable, moment time.Time) (begin time.Time, id string) {
	load := c.lastLoad(t, moment.Add(-dmlDelay).Truncate(time.Hour).Add(-time.Second))
	return load.Truncate(time.Hour), t.tableID(load)
}

// dmlAnswers returns what TABLE_DML_HISTORY answers to a visit, and to an import of 90 days.
func (c *steadyCompany) dmlAnswers() (newest, daily snowflake.Answer) {
	newest.Columns = snowflake.DMLColumns
	daily.Columns = snowflake.DMLColumns[:2]
	for _, t := range steadyTables {
		if !t.hasDML() {
			continue
		}
		begin, id := c.dmlHour(t, c.now)
		newest.Rows = append(newest.Rows, []any{id, begin, begin.Add(time.Hour)})
		for ago := range 90 {
			begin, id = c.dmlHour(t, c.now.AddDate(0, 0, -ago))
			daily.Rows = append(daily.Rows, []any{id, begin})
		}
	}
	return newest, daily
}

// publish sets what Snowflake and dbt answer at the moment of the company.
func (c *steadyCompany) publish(t *testing.T) {
	t.Helper()
	tables := snowflake.Answer{Columns: snowflake.TableColumns}
	dependencies := snowflake.Answer{Columns: snowflake.DependencyColumns}
	for _, s := range steadyTables {
		tables.Rows = append(tables.Rows, c.tableRow(s))
		if s.kind == notStored {
			up := findSteadyTable(s.reads)
			dependencies.Rows = append(dependencies.Rows, []any{"DB", s.schema, s.name, "DB", up.schema, up.name})
		}
	}
	newest, daily := c.dmlAnswers()
	c.snow.SetViews(map[string]snowflake.Answer{
		"ACCOUNT_USAGE.TABLES":          tables,
		"MAX(end_time) AS known":        newest,
		"DATE_TRUNC('day', start_time)": daily,
		"OBJECT_DEPENDENCIES":           dependencies,
		"TABLE_STORAGE_METRICS":         {Columns: snowflake.CloneColumns},
	})
	c.writeArtifacts(t)
}

// A jsonMap is an object of an artifact.
type jsonMap = map[string]any

// writeArtifacts writes what the last dbt build left. It ends at 05:56.
func (c *steadyCompany) writeArtifacts(t *testing.T) {
	t.Helper()
	end := c.lastLoad(steadyTable{clock: "05:56"}, c.now)
	nodes := make(jsonMap)
	declared := make(jsonMap)
	var results []jsonMap
	for _, s := range steadyTables {
		if s.model == "" {
			declared[s.uniqueID()] = s.dbtNode()
			continue
		}
		nodes[s.uniqueID()] = s.dbtNode()
		results = append(results, c.buildResult(s, end))
	}
	c.writeArtifact(t, "manifest", end, jsonMap{"nodes": nodes, "sources": declared})
	c.writeArtifact(t, "run_results", end, jsonMap{"args": jsonMap{"which": "build"}, "results": results})
}

// writeArtifact writes an artifact of dbt that was generated at a moment.
func (c *steadyCompany) writeArtifact(t *testing.T, name string, at time.Time, members jsonMap) {
	t.Helper()
	schemas := map[string]string{"manifest": "manifest/v12", "run_results": "run-results/v6"}
	members["metadata"] = jsonMap{
		"dbt_schema_version": "https://schemas.getdbt.com/dbt/" + schemas[name] + ".json",
		"generated_at":       at.UTC(),
		"project_name":       "shop",
		"adapter_type":       "snowflake",
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	c.writeFile(t, "target/"+name+".json", string(text))
}

// dbtNode returns t as a source or model of a manifest.
func (t steadyTable) dbtNode() jsonMap {
	node := jsonMap{
		"resource_type": "source",
		"package_name":  "shop",
		"source_name":   "raw",
		"name":          t.name,
		"relation_name": strings.ToLower("db." + t.schema + "." + t.name),
	}
	if t.model != "" {
		node["resource_type"] = "model"
		node["config"] = jsonMap{"materialized": t.model}
		node["depends_on"] = jsonMap{"nodes": []string{findSteadyTable(t.reads).uniqueID()}}
	}
	return node
}

// buildResult returns the result of a model in the build that ended at a moment. An incremental model of
// which the upstream had no load finds no rows.
func (c *steadyCompany) buildResult(t steadyTable, end time.Time) jsonMap {
	built := end
	rows := 1
	if t.kind != notStored {
		built = c.loadOn(t, end.Year(), end.Month(), end.Day())
	}
	if t.isWeekdays && !c.lastLoad(t, end).Equal(built) {
		rows = 0
	}
	step := jsonMap{"name": "execute", "started_at": built.Add(-time.Minute).UTC(), "completed_at": built.UTC()}
	return jsonMap{
		"unique_id":        t.uniqueID(),
		"status":           "success",
		"timing":           []jsonMap{step},
		"adapter_response": jsonMap{"rows_affected": rows},
	}
}

// visit reads the company at a moment.
func (c *steadyCompany) visit(t *testing.T, at time.Time) *freshness.Report {
	t.Helper()
	c.now = at
	c.publish(t)
	r, err := c.reader.gen.Scrape(context.Background())
	if err != nil {
		t.Fatalf("visit of %s: got %v, want no error", at, err)
	}
	return r
}

// importPast adds to the history what Snowflake remembers of the 90 days before a moment.
func (c *steadyCompany) importPast(t *testing.T, at time.Time) {
	t.Helper()
	c.now = at
	c.publish(t)
	clock := func() time.Time { return c.now }
	args := []string{"import", "--quiet", "--config", c.reader.configFile}
	exit := runMain(context.Background(), args, nil, io.Discard, io.Discard, c.reader.env, clock)
	if exit != exitOK {
		t.Fatalf("import: got exit status %d, want %d", exit, exitOK)
	}
}
