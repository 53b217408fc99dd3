package freshness_test

import (
	"slices"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// listing is a visit of a warehouse that lists the given tables of a schema each, as far as its role may see
// them.
func listing(at time.Time, ids ...sources.ID) sources.Scrape {
	var all []sources.Observation
	for _, id := range ids {
		o := table(id)
		o.Scope = sources.NewScopeName(sources.SchemaScope, id.Schema())
		o.Readings = []sources.Reading{{Clock: sources.DML, At: at.Add(-time.Hour), CheckedAt: at}}
		all = append(all, o)
	}
	s := visitOf("snowflake", at, all...)
	s.Type = "snowflake"
	s.Scopes = nil
	s.Covers = func(scope sources.ScopeName) bool { return scope.Place() != "RAW.EXCLUDED" }
	return s
}

// TestLostAccessIsOneRowASchemaAtOnce judges a warehouse whose role lists less than the day before.
func TestLostAccessIsOneRowASchemaAtOnce(t *testing.T) {
	const (
		gl    = sources.ID("table:RAW.ERP.GL")
		ar    = sources.ID("table:RAW.ERP.AR")
		sales = sources.ID("table:RAW.POS.SALES")
		other = sources.ID("table:CORE.X.Y")
	)
	mart := visit(ago(1), built("table:MART", 2, gl), tile("tile:X", "table:MART"))
	erp := "2 of 2 assets in schema RAW.ERP are no longer listed by snowflake since today 05:00. They were dropped, or its role lost access."
	for name, test := range map[string]struct {
		before, after []sources.ID
		ids           []sources.ID // of the rows
		says          string       // of the first row
		affected      int
	}{
		"nothing is lost": {before: []sources.ID{gl, sales}, after: []sources.ID{gl, sales}},
		"a schema is lost": {
			before:   []sources.ID{gl, ar, sales},
			after:    []sources.ID{sales},
			ids:      []sources.ID{"scope:snowflake/RAW.ERP"},
			says:     erp,
			affected: 4,
		},
		"one of the tables of a schema is lost": {
			before: []sources.ID{gl, ar, sales},
			after:  []sources.ID{gl, sales},
			ids:    []sources.ID{"scope:snowflake/RAW.ERP"},
			says: "1 of 2 assets in schema RAW.ERP is no longer listed by snowflake since today 05:00. " +
				"It was dropped, or its role lost access.",
			affected: 1,
		},
		"a database is lost": {
			before: []sources.ID{gl, ar, sales, other},
			after:  []sources.ID{other},
			ids:    []sources.ID{"scope:snowflake/RAW"},
			says: "3 of 3 assets in database RAW are no longer listed by snowflake since today 05:00. " +
				"They were dropped, or its role lost access.",
			affected: 5,
		},
		"a schema that site.toml excludes now": {
			before: []sources.ID{gl, "table:RAW.EXCLUDED.A"},
			after:  []sources.ID{gl},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := derive(rules(), listing(ago(25), test.before...), listing(ago(1), test.after...), mart)
			var ids []sources.ID
			for _, c := range r.Causes {
				if c.Attention {
					ids = append(ids, c.ID)
				}
			}
			if !slices.Equal(ids, test.ids) {
				t.Fatalf("rows: got %v, want %v", ids, test.ids)
			}
			if len(ids) == 0 {
				return
			}
			if got := firstSentence(r); got != test.says || len(r.Causes[0].Affected) != test.affected {
				t.Errorf("first row:\ngot  %q, %d assets\nwant %q, %d assets", got, len(r.Causes[0].Affected), test.says, test.affected)
			}
		})
	}
}

// TestWhatIsLostKeepsItsStatusUntilItsCheckIsTooOld judges a lost table a day and a week later.
func TestWhatIsLostKeepsItsStatusUntilItsCheckIsTooOld(t *testing.T) {
	const gl = sources.ID("table:RAW.ERP.GL")
	all := []sources.ID{gl, "table:RAW.POS.SALES"}
	for days, want := range map[float64]freshness.Status{1: freshness.Aging, 7: freshness.Unknown} {
		visits := []sources.Scrape{listing(ago(24*days+1), all...)}
		for left := days - 1; left >= 0; left-- {
			visits = append(visits, listing(ago(24*left+1), "table:RAW.POS.SALES"))
		}
		r := derive(rules(), visits...)
		n := r.Node(gl)
		if n.Status != want {
			t.Errorf("%s after %v days: got %v, want %v", gl, days, n.Status, want)
		}
		if want == freshness.Unknown && !slices.Equal(causes(n), []sources.ID{"scope:snowflake/RAW.ERP"}) {
			t.Errorf("%s after %v days: got causes %v, want the schema", gl, days, causes(n))
		}
	}
}

// TestADatabaseThatCannotBeListedIsARow judges a database that site.toml names and that is not there.
func TestADatabaseThatCannotBeListedIsARow(t *testing.T) {
	s := listing(ago(1), "table:RAW.ERP.GL")
	s.Unlisted = []sources.UnlistedScope{{Name: "database:OLD", Says: "TABLES of OLD: database does not exist"}}
	const want = "Source snowflake could not list database OLD since today 05:00: TABLES of OLD: database does not exist."
	if got := firstSentence(derive(rules(), s)); got != want {
		t.Errorf("first row: got %q, want %q", got, want)
	}
}
