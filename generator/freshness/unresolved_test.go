package freshness_test

import (
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// TestATableWithoutAStoredNameIsTheOnlyListedOneOfThatName judges a mart that reads a table whose name a
// manifest writes in lower case, and that a warehouse lists in upper case.
func TestATableWithoutAStoredNameIsTheOnlyListedOneOfThatName(t *testing.T) {
	const verbatim = sources.ID(`table:"raw"."erp"."gl"`)
	unresolved := table(verbatim)
	unresolved.NameUnresolved = true
	listed := func(id sources.ID, hours float64) sources.Observation {
		o := tells(table(id), sources.DML, hours, 1)
		o.Scope = "schema:RAW.ERP"
		return o
	}
	dbt := visit(ago(1), unresolved, built("table:MART", 2, verbatim))
	for name, test := range map[string]struct {
		warehouse []sources.Observation
		id        sources.ID // of the upstream of table:MART
		status    freshness.Status
	}{
		"one table differs in case alone": {
			warehouse: []sources.Observation{listed("table:RAW.ERP.GL", 24*200), listed("table:RAW.ERP.GLX", 2)},
			id:        "table:RAW.ERP.GL",
			status:    freshness.Stale,
		},
		"two tables differ in case alone": {
			warehouse: []sources.Observation{listed("table:RAW.ERP.GL", 24*200), listed(`table:RAW.ERP."Gl"`, 2)},
			id:        verbatim,
			status:    freshness.Unverified,
		},
		"no table has the name": {
			warehouse: []sources.Observation{listed("table:RAW.ERP.GLX", 2)},
			id:        verbatim,
			status:    freshness.Unverified,
		},
	} {
		t.Run(name, func(t *testing.T) {
			warehouse := visitOf("snowflake", ago(1), test.warehouse...)
			warehouse.Type = "snowflake"
			warehouse.Scopes = nil
			mart := derive(rules(), dbt, warehouse).Node("table:MART")
			if len(mart.Up) != 1 || mart.Up[0].ID != test.id || mart.Status != test.status {
				t.Errorf("table:MART: got %v by %v, want %v by %s", mart.Status, mart.Up[0].ID, test.status, test.id)
			}
		})
	}
}
