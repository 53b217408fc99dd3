package sources_test

import (
	"testing"

	"github.com/freshet-status/freshet/sources"
)

func TestRelationsHaveOneID(t *testing.T) {
	for name, tt := range map[string]struct{ warehouse, relation, want string }{
		"unquoted names fold up on Snowflake":      {"snowflake", `raw.erp.gl`, `table:RAW.ERP.GL`},
		"unquoted names fold down on Postgres":     {"postgres", `Raw.Erp.Gl`, `table:raw.erp.gl`},
		"and on DuckDB":                            {"duckdb", `Raw.Erp.Gl`, `table:raw.erp.gl`},
		"and on Redshift":                          {"redshift", `Raw.Erp.Gl`, `table:raw.erp.gl`},
		"other warehouses keep what is written":    {"bigquery", `Raw.Erp.Gl`, `table:Raw.Erp.Gl`},
		"a quoted name stays as it was stored":     {"snowflake", `raw."Erp".gl`, `table:RAW."Erp".GL`},
		"quotes that change nothing are left out":  {"snowflake", `"RAW"."ERP"."GL"`, `table:RAW.ERP.GL`},
		"a name of other letters is quoted":        {"duckdb", `"raw"."Größe"`, `table:raw."Größe"`},
		"a dot inside quotes is part of the name":  {"duckdb", `raw."a.b".gl`, `table:raw."a.b".gl`},
		"a quote inside quotes stays doubled":      {"snowflake", `raw."a""b".gl`, `table:RAW."a""b".GL`},
		"backticks quote too":                      {"bigquery", "`my-project`.`d`.`t`", `table:"my-project".d.t`},
		"brackets quote too":                       {"sqlserver", `[db].[dbo].[my table]`, `table:db.dbo."my table"`},
		"a dollar is plain on Snowflake alone":     {"snowflake", `raw.erp.gl$1`, `table:RAW.ERP.GL$1`},
		"elsewhere it is not":                      {"postgres", `raw.erp.gl$1`, `table:raw.erp."gl$1"`},
		"a mixed-case name is plain off Snowflake": {"postgres", `raw."Erp".gl`, `table:raw.Erp.gl`},
		"a call of a function is no relation":      {"duckdb", `read_csv('gl.csv', header = true)`, ``},
		"nothing is no relation":                   {"duckdb", ``, ``},
		"a relation does not end with a dot":       {"duckdb", `raw.erp.`, ``},
		"an open quote is no relation":             {"duckdb", `raw."erp`, ``},
		"a subquery is no relation":                {"duckdb", `(select 1)`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			d := sources.DialectOf(tt.warehouse)
			got := ""
			if names := d.ParseRelation(tt.relation); names != nil {
				got = string(d.TableID("", names...))
			}
			if got != tt.want {
				t.Errorf("id of %s: got %q, want %q", tt.relation, got, tt.want)
			}
		})
	}
}

func TestTwoAccountsCanHoldTheSameNames(t *testing.T) {
	if got := sources.DialectOf("snowflake").TableID("azure", "RAW", "ERP", "GL"); got != "table:azure/RAW.ERP.GL" {
		t.Errorf("id in the account azure: got %s, want table:azure/RAW.ERP.GL", got)
	}
}
