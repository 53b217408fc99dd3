package demo

import (
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources/snowflake/standin"
)

// Views are what the company's Snowflake would have answered on a day, at the
// moment now.
func (c *Company) Views(d Day, now time.Time) map[string]standin.Answer {
	var w warehouse
	for _, t := range c.Tables {
		if t.Loads != "" && t.Relation == "" {
			w.loaded(t, d, now)
		}
	}
	for _, p := range c.Projects {
		for _, m := range c.Models {
			if m.Project == p.Name && m.there(d) && m.As != "ephemeral" {
				w.built(c, p, m, d, now)
			}
		}
	}
	return map[string]standin.Answer{
		"ACCOUNT_USAGE.TABLES": {Columns: standin.TableColumns, Rows: w.tables},
		"TABLE_DML_HISTORY":    {Columns: standin.DMLColumns, Rows: w.dml},
		"OBJECT_DEPENDENCIES":  {Columns: standin.DependColumns, Rows: w.depends},
	}
}

// A warehouse is the rows of its views.
type warehouse struct{ tables, dml, depends [][]any }

// loaded adds a table that is loaded from elsewhere. A comment on it is a
// definition, and no data.
func (w *warehouse) loaded(t Table, d Day, now time.Time) {
	schema, name, _ := strings.Cut(strings.ToUpper(t.Name), ".")
	created := d.Begins.AddDate(-2, 0, 0)
	at, ever := t.lastLoad(d)
	altered, ddl := at, created
	if !ever {
		altered = created
	}
	if t.Commented > 0 && d.Ago <= t.Commented {
		ddl = d.before(t.Commented - d.Ago).At("15:20")
		altered = ddl
	}
	w.tables = append(w.tables, standin.Table("RAW", schema, name, "BASE TABLE", int(at.Unix()/3600), created, altered, ddl))
	w.moved("RAW", schema, name, at, now)
}

// moved adds the hour in which rows of a table changed last, if the view holds
// it still.
func (w *warehouse) moved(database, schema, name string, at, now time.Time) {
	if now.Sub(at) < 100*24*time.Hour {
		w.dml = append(w.dml, []any{database, schema, name, at.Truncate(time.Hour), now})
	}
}

// built adds what dbt makes: a table anew each day, if its build went well.
func (w *warehouse) built(c *Company, p Project, m Model, d Day, now time.Time) {
	name := strings.ToUpper(m.Name)
	long := d.Begins.AddDate(-1, 0, 0)
	if m.As == "view" {
		w.tables = append(w.tables, standin.Table(p.Database, m.schema(), name, "VIEW", 0, long, long, long))
		w.reads(c, p, m)
		return
	}
	at := d.At(p.Builds).Add(time.Minute)
	if m.fails(d) {
		at = d.before(m.Failing - d.Ago).At(p.Builds)
	}
	created := at
	if m.As != "table" {
		created = long
	}
	w.tables = append(w.tables, standin.Table(p.Database, m.schema(), name, "BASE TABLE", int(at.Unix()/3600), created, at, created))
	if m.As != "seed" {
		w.moved(p.Database, m.schema(), name, at, now)
	}
}

// reads adds what a view reads.
func (w *warehouse) reads(c *Company, p Project, m Model) {
	for _, up := range m.Reads {
		for _, t := range c.Tables {
			if t.Project == p.Name && t.Name == up {
				schema, name, _ := strings.Cut(strings.ToUpper(t.Name), ".")
				w.depends = append(w.depends, []any{p.Database, m.schema(), strings.ToUpper(m.Name), "RAW", schema, name})
			}
		}
	}
}
