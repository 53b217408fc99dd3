package freshness_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/generator/words"
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
		o.Storage = sources.Storage{Hash: size, Rows: 10}
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
				t.Errorf("own status of table:RAW.ERP.GL: got %v by %+v, want %v", n.OwnStatus, n.Clocks, tt.want)
			}
			confirmed := slices.ContainsFunc(
				n.Clocks,
				func(c timeline.ClockState) bool { return c.Clock == sources.Altered && c.UnconfirmedAt.IsZero() },
			)
			if confirmed != (tt.want == freshness.Fresh) {
				t.Errorf("altered is confirmed: got %v in %+v, want %v",
					confirmed, n.Clocks, tt.want == freshness.Fresh)
			}
		})
	}
}

func TestALaterChangeSpeaksOfNoDayBeforeIt(t *testing.T) {
	altered := func(at, look float64, isConfirmed bool) sources.Scrape {
		o := stored("table:M")
		r := sources.Reading{Clock: sources.Altered, At: ago(at), CheckedAt: ago(look)}
		r.Confirmed = isConfirmed
		r.Unconfirmed = !isConfirmed
		o.Readings = []sources.Reading{r}
		return warehouse(look, o)
	}
	model := table("table:M")
	model.Readings = []sources.Reading{{Clock: sources.Built, At: ago(97), CheckedAt: ago(96)}}
	nothing := sources.Scrape{Source: "erp", Type: "dbt", At: ago(48)}
	n := derive(rules(), visit(ago(96), model), altered(97, 95, false), nothing, altered(1, 0, true)).Node("table:M")
	if want := ".f.u.f"; !strings.HasSuffix(n.Strip, want) {
		t.Errorf("strip of table:M, not looked at for four days: got ...%s, want ...%s", n.Strip[80:], want)
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
				t.Errorf("status of tile:X: got %v by %v, want %v", n.Status, causes(n), tt.want)
			}
		})
	}
}

func TestUpstreamThatNobodyListsIsBrokenIfALookAtItsSchemaDoesNotListIt(t *testing.T) {
	x := tile("tile:X", "table:RAW.ERP.NOWHERE")
	r := derive(rules(), visit(ago(3), x), warehouse(1, stored("table:RAW.ERP.B")))
	n := r.Node("tile:X")
	if n.Status != freshness.Broken ||
		words.DescribeCause(r, n.Causes[0]) != "Not found: its whole schema was listed without it. tile:X still reads it." {
		t.Errorf("tile:X over a table not listed in its schema: got %v by %v, want broken, and why in the sentence",
			n.Status, causes(n))
	}
	noWhere := visit(ago(3), tile("tile:X", "table:RAW.CRM.NOWHERE"))
	if n := derive(rules(), noWhere, warehouse(1, stored("table:RAW.ERP.B"))).Node("tile:X"); n.Status != freshness.Unknown {
		t.Errorf("tile:X over a schema that nothing lists: got %v, want unknown", n.Status)
	}
}

func TestACommentIsNoBuild(t *testing.T) {
	o := failed(built("table:M", 49), 20)
	commented := tells(stored("table:M"), sources.DDL, 2, 1)
	if n := derive(rules(), visit(ago(3), o), warehouse(1, commented)).Node("table:M"); n.Attempt.Outcome != sources.Failed {
		t.Errorf("last attempt of table:M after a comment: got %+v, want the failed build", n.Attempt)
	}
}

func TestATableThatBecameAViewIsJudgedByWhatItReads(t *testing.T) {
	r := derive(
		rules(),
		visit(ago(30), built("table:M", 31, "table:R"), loaded("table:R", 31)),
		visit(ago(1), view("table:M", "table:R"), loaded("table:R", 2)),
	)
	if n := r.Node("table:M"); n.Status != freshness.Fresh || n.OwnStatus != freshness.None {
		t.Errorf("table:M, now a view: got own status %v, %v by %v, want none, fresh", n.OwnStatus, n.Status, causes(n))
	}
}

func TestAViewThatComesInFromElsewhereIsNotWatched(t *testing.T) {
	w := view("table:W")
	w.Kind = sources.DBTSource
	r := see(view("table:V", "table:O", "table:W"), loaded("table:O", 2), w)
	if n := r.Node("table:V"); n.Status != freshness.Fresh || n.UncheckedUpstream != 1 || r.Coverage.Unchecked != 1 {
		t.Errorf("table:V over an unchecked view: got %v, %d unchecked upstream, %d in all, want fresh, 1, 1",
			n.Status, n.UncheckedUpstream, r.Coverage.Unchecked)
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
		t.Errorf("data time of dashboard:D, whose worst table was never loaded: got %v, want none", n.DataAsOf)
	}
}
