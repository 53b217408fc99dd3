package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// stored is a table as a warehouse lists it.
func stored(id sources.ID) sources.Observation {
	o := asset(id, sources.Table, false)
	o.Scope = "schema:RAW.ERP"
	return o
}

// warehouse is a complete look of a warehouse at one schema.
func warehouse(hours float64, obs ...sources.Observation) sources.Scrape {
	s := visitOf("snowflake", ago(hours), obs...)
	s.Type = "snowflake"
	s.Scopes = []sources.Scope{{Name: "schema:RAW.ERP", CheckedAt: ago(hours)}}
	return s
}

// whole is a complete look of a warehouse at one database.
func whole(hours float64, obs ...sources.Observation) sources.Scrape {
	s := warehouse(hours, obs...)
	s.Scopes[0].Name = "database:RAW"
	return s
}

func TestAlteredAfterTheHorizonNeedsMoreThanAWord(t *testing.T) {
	doubtful := func(size uint32) sources.Observation {
		o := stored("table:RAW.ERP.GL")
		o.SizeHash = size
		o.Readings = []sources.Reading{
			{Clock: sources.DML, At: ago(50), CheckedAt: ago(7)},
			{Clock: sources.Altered, At: ago(2), CheckedAt: ago(1), Unconfirmed: true},
		}
		o.Readings[0].CheckedAt = ago(50) // so old that altered has the word
		return o
	}
	before := doubtful(7)
	before.Readings = []sources.Reading{{Clock: sources.Altered, At: ago(60), CheckedAt: ago(30)}}
	for name, tt := range map[string]struct {
		size uint32
		want freshness.Status
	}{
		"rows and bytes are as they were: changed, not confirmed": {7, freshness.Aging},
		"rows or bytes changed since the look before":             {8, freshness.Fresh},
	} {
		t.Run(name, func(t *testing.T) {
			n := derive(rules(), warehouse(30, before), warehouse(1, doubtful(tt.size))).Node("table:RAW.ERP.GL")
			if n.OwnStatus != tt.want {
				t.Errorf("got %v by %+v", n.OwnStatus, n.Clocks)
			}
			confirmed := slices.ContainsFunc(
				n.Clocks,
				func(c freshness.ClockState) bool { return c.Clock == sources.Altered && c.UnconfirmedAt.IsZero() },
			)
			if confirmed != (tt.want == freshness.Fresh) {
				t.Errorf("what is not confirmed is told: %+v", n.Clocks)
			}
		})
	}
}

func TestTheWarehouseDecidesWhichRelationsThereAre(t *testing.T) {
	model := built("table:RAW.ERP.GL", 2)
	x := tile("tile:X", "table:RAW.ERP.GL")
	for name, tt := range map[string]struct {
		scrapes []sources.Scrape
		want    freshness.Status
	}{
		"dbt and the warehouse list it": {
			scrapes: []sources.Scrape{visit(ago(3), model, x), warehouse(1, stored("table:RAW.ERP.GL"))},
			want:    freshness.Fresh,
		},
		"dbt lists it, and the warehouse does not any more": {
			scrapes: []sources.Scrape{
				warehouse(9, stored("table:RAW.ERP.GL"), stored("table:RAW.ERP.B")),
				visit(ago(3), model, x),
				warehouse(1, stored("table:RAW.ERP.B")),
			},
			want: freshness.Broken,
		},
		"dbt lists it, and a look at its whole schema does not": {
			scrapes: []sources.Scrape{visit(ago(3), model, x), warehouse(1, stored("table:RAW.ERP.B"))},
			want:    freshness.Broken,
		},
		"its schema was dropped, by a look at its database": {
			scrapes: []sources.Scrape{
				warehouse(9, stored("table:RAW.ERP.GL")),
				visit(ago(3), model, x),
				whole(1, stored("table:RAW.CRM.B")),
			},
			want: freshness.Broken,
		},
		"nobody else listed its schema, nor does its database": {
			scrapes: []sources.Scrape{visit(ago(3), model, x), whole(1, stored("table:RAW.CRM.B"))},
			want:    freshness.Broken,
		},
		"the look was before dbt made it": {
			scrapes: []sources.Scrape{warehouse(5, stored("table:RAW.ERP.B")), visit(ago(3), model, x)},
			want:    freshness.Fresh,
		},
		"dbt dropped it from its project, and it is still there": {
			scrapes: []sources.Scrape{
				visit(ago(9), model),
				visit(ago(3), x),
				warehouse(1, tells(stored("table:RAW.ERP.GL"), sources.DML, 2, 1)),
			},
			want: freshness.Fresh,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := derive(rules(), tt.scrapes...).Node("tile:X"); n.Status != tt.want {
				t.Errorf("got %v by %v", n.Status, causes(n))
			}
		})
	}
}

func TestUpstreamThatNobodyListsIsBrokenIfALookAtItsSchemaDoesNotListIt(t *testing.T) {
	x := tile("tile:X", "table:RAW.ERP.NOWHERE")
	n := derive(rules(), visit(ago(3), x), warehouse(1, stored("table:RAW.ERP.B"))).Node("tile:X")
	if n.Status != freshness.Broken ||
		n.Causes[0].Says != "It is not there: a complete look at its schema does not list it, and tile:X still reads it." {
		t.Errorf("got %v, %+v", n.Status, n.Causes)
	}
	if n := derive(rules(), visit(ago(3), tile("tile:X", "table:RAW.CRM.NOWHERE")), warehouse(1, stored("table:RAW.ERP.B"))).Node("tile:X"); n.Status != freshness.Unknown {
		t.Errorf("nobody looked at that schema: got %v", n.Status)
	}
}

func TestACommentIsNoBuild(t *testing.T) {
	o := failed(built("table:M", 49), 20)
	commented := tells(stored("table:M"), sources.DDL, 2, 1)
	if n := derive(rules(), visit(ago(3), o), warehouse(1, commented)).Node("table:M"); n.Attempt.Outcome != sources.Failed {
		t.Errorf("the build that failed is forgotten: %+v", n.Attempt)
	}
}

func TestATableThatBecameAViewIsJudgedByWhatItReads(t *testing.T) {
	r := derive(
		rules(),
		visit(ago(30), built("table:M", 31, "table:R"), loaded("table:R", 31)),
		visit(ago(1), view("table:M", "table:R"), loaded("table:R", 2)),
	)
	if n := r.Node("table:M"); n.Status != freshness.Fresh || n.OwnStatus != freshness.None {
		t.Errorf("got %v, %v by %v", n.OwnStatus, n.Status, causes(n))
	}
}

func TestAViewThatComesInFromElsewhereIsNotWatched(t *testing.T) {
	w := view("table:W")
	w.Kind = sources.DBTSource
	r := see(view("table:V", "table:O", "table:W"), loaded("table:O", 2), w)
	if n := r.Node("table:V"); n.Status != freshness.Fresh || n.UncheckedUpstream != 1 || r.Coverage.Unchecked != 1 {
		t.Errorf("what rests on it says so: %v, %d, coverage %d", n.Status, n.UncheckedUpstream, r.Coverage.Unchecked)
	}
}

func TestADashboardIsOfTheMomentOfItsWorstCause(t *testing.T) {
	board := asset("dashboard:D", sources.Dashboard, true)
	a := tile("tile:A", "table:A")
	b := tile("tile:B", "table:B")
	a.Parent = board.ID
	b.Parent = board.ID
	never := tells(table("table:B"), sources.Loaded, now.Sub(sources.Never).Hours(), 1)
	if n := see(board, a, b, loaded("table:A", 2), never).Node("dashboard:D"); !n.DataAsOf.IsZero() {
		t.Errorf("never loaded has no moment, got %v", n.DataAsOf)
	}
}
