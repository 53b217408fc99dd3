package demo

import (
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// WarehouseViews returns the rows of each Snowflake view on day d at the moment now, by a text
// of the statement that reads it.
func (c *Company) WarehouseViews(d Day, now time.Time) map[string]standin.Answer {
	var w warehouse
	for _, t := range c.Tables {
		if t.Loads != "" && t.Relation == "" {
			w.addLoadedTable(t, d, now)
		}
	}
	for _, p := range c.Projects {
		for _, m := range c.Models {
			if m.Project == p.Name && m.isInProject(d) && m.Materialized != "ephemeral" {
				w.addModel(c, p, m, d, now)
			}
		}
	}
	return map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES":  {Columns: standin.TableColumns, Rows: w.tables},
		"TABLE_DML_HISTORY":     {Columns: standin.DMLColumns, Rows: w.dml},
		"OBJECT_DEPENDENCIES":   {Columns: standin.DependencyColumns, Rows: w.depends},
		"TABLE_STORAGE_METRICS": {Columns: standin.CloneColumns}, // there are no clones

		"DYNAMIC_TABLE_REFRESH_HISTORY": {Columns: standin.RefreshColumns}, // there are no dynamic tables
	}
}

// A warehouse holds the rows of the Snowflake views.
type warehouse struct{ tables, dml, depends [][]any }

// addLoadedTable adds a table that another system loads. A changed comment sets LAST_ALTERED
// and LAST_DDL, and changes no data.
func (w *warehouse) addLoadedTable(t Table, d Day, now time.Time) {
	schema, name, _ := strings.Cut(strings.ToUpper(t.Name), ".")
	created := d.Midnight.AddDate(-2, 0, 0)
	at, ever := t.lastLoad(d)
	altered := at
	ddl := created
	if !ever {
		altered = created
	}
	if t.CommentedDay > 0 && d.DaysAgo <= t.CommentedDay {
		ddl = d.daysBefore(t.CommentedDay - d.DaysAgo).At("15:20")
		altered = ddl
	}
	w.tables = append(w.tables, standin.TableRow("RAW", schema, name, "BASE TABLE", int(at.Unix()/3600), created, altered, ddl))
	w.addRowChange("RAW", schema, name, at, now)
}

// addRowChange adds the hour of a table's last row change, if it is within the 100 days that a
// visit reads.
func (w *warehouse) addRowChange(database, schema, name string, at, now time.Time) {
	if now.Sub(at) < 100*24*time.Hour {
		w.dml = append(w.dml, standin.DMLRow(database, schema, name, at.Truncate(time.Hour), now))
	}
}

// addModel adds a view or table that dbt builds. A table is new each day on which its build
// succeeds.
func (w *warehouse) addModel(c *Company, p Project, m Model, d Day, now time.Time) {
	name := strings.ToUpper(m.Name)
	long := d.Midnight.AddDate(-1, 0, 0)
	if m.Materialized == "view" {
		w.tables = append(w.tables, standin.TableRow(p.Database, m.schemaName(), name, "VIEW", 0, long, long, long))
		w.addDependencies(c, p, m)
		return
	}
	at := d.At(p.BuildsAt).Add(time.Minute)
	if m.isFailing(d) {
		at = d.daysBefore(m.FailingDays - d.DaysAgo).At(p.BuildsAt)
	}
	created := at
	if m.Materialized != "table" {
		created = long
	}
	w.tables = append(
		w.tables,
		standin.TableRow(p.Database, m.schemaName(), name, "BASE TABLE", int(at.Unix()/3600), created, at, created),
	)
	if m.Materialized != "seed" {
		w.addRowChange(p.Database, m.schemaName(), name, at, now)
	}
}

// addDependencies adds the raw tables that a view reads.
func (w *warehouse) addDependencies(c *Company, p Project, m Model) {
	for _, up := range m.Reads {
		for _, t := range c.Tables {
			if t.Project == p.Name && t.Name == up {
				schema, name, _ := strings.Cut(strings.ToUpper(t.Name), ".")
				w.depends = append(w.depends, []any{p.Database, m.schemaName(), strings.ToUpper(m.Name), "RAW", schema, name})
			}
		}
	}
}
