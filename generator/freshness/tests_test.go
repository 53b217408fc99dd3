package freshness_test

import (
	"slices"
	"testing"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// tested adds the result of a test that ran so many hours ago and ended so since the first of the given
// number of hours.
func tested(o sources.Observation, name string, outcome sources.TestOutcome, since, at float64) sources.Observation {
	result := sources.TestResult{Name: name, Outcome: outcome, At: ago(at)}
	if outcome != sources.TestPassed {
		result.Since = ago(since)
		result.Says = "Got 3 results"
	}
	o.Tests = append(slices.Clone(o.Tests), result)
	return o
}

// TestAFailingTestIsARowOfItsTableAndChangesNoStatus judges tables with tests in several states.
func TestAFailingTestIsARowOfItsTableAndChangesNoStatus(t *testing.T) {
	fails := func(o sources.Observation) sources.Observation {
		return tested(o, "unique_id", sources.TestFailed, 2, 2)
	}
	for name, test := range map[string]struct {
		fct    sources.Observation
		status freshness.Status
		says   string // first row under attention; "" for no row
	}{
		"a failing test of fresh data": {
			fct:    fails(built("table:FCT", 3, "table:RAW")),
			status: freshness.Fresh,
			says:   "Test unique_id failed today 04:00: “Got 3 results”. Its data is fresh.",
		},
		"a test that fails since yesterday": {
			fct:    tested(built("table:FCT", 3, "table:RAW"), "unique_id", sources.TestFailed, 30, 2),
			status: freshness.Fresh,
			says:   "Test unique_id failed today 04:00, and has not passed since yesterday 00:00: “Got 3 results”. Its data is fresh.",
		},
		"a test that could not be run": {
			fct:    tested(built("table:FCT", 3, "table:RAW"), "unique_id", sources.TestErrored, 2, 2),
			status: freshness.Fresh,
			says:   "Test unique_id could not be run today 04:00: “Got 3 results”. Its data is fresh.",
		},
		"several failing tests": {
			fct:    tested(fails(built("table:FCT", 3, "table:RAW")), "positive", sources.TestFailed, 3, 3),
			status: freshness.Fresh,
			says:   "2 tests fail, the first since today 03:00: positive, unique_id. Its data is fresh.",
		},
		"a failing test of a table whose build failed": {
			fct:    fails(failed(built("table:FCT", 3, "table:RAW"), 1)),
			status: freshness.Fresh,
			says: "Build failed today 05:00: “no such column”. Last built today 03:00. Its data is still fresh. " +
				"Everything upstream is fresh. Test unique_id failed today 04:00: “Got 3 results”.",
		},
		"a warning": {
			fct:    tested(built("table:FCT", 3, "table:RAW"), "unique_id", sources.TestWarned, 2, 2),
			status: freshness.Fresh,
		},
		"a test that passes": {
			fct:    tested(built("table:FCT", 3, "table:RAW"), "unique_id", sources.TestPassed, 2, 2),
			status: freshness.Fresh,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := see(loaded("table:RAW", 4), test.fct, tile("tile:X", "table:FCT"))
			if got := r.Node("table:FCT").Status; got != test.status {
				t.Errorf("status of table:FCT: got %v, want %v", got, test.status)
			}
			if got := firstSentence(r); got != test.says {
				t.Errorf("first row:\ngot  %q\nwant %q", got, test.says)
			}
			x := r.Node("tile:X")
			if x.Status != test.status || len(x.Causes) > 0 || x.Attention {
				t.Errorf("tile:X: got %v by %v, attention %v; want %v without a cause", x.Status, causes(x), x.Attention, test.status)
			}
			if want := r.Node("table:FCT").CountTests().Fail; x.FailingTestsUpstream != want {
				t.Errorf("tests that fail upstream of tile:X: got %d, want %d", x.FailingTestsUpstream, want)
			}
		})
	}
}

// TestAFailingTestDownstreamOfDeadDataIsARowOfItsOwn judges a table that is not fresh because of another,
// and whose test fails.
func TestAFailingTestDownstreamOfDeadDataIsARowOfItsOwn(t *testing.T) {
	r := see(
		loaded("table:RAW", 24*120),
		tested(built("table:FCT", 3, "table:RAW"), "unique_id", sources.TestFailed, 2, 2),
		tile("tile:X", "table:FCT"),
	)
	var ids []sources.ID
	for _, c := range r.Causes {
		ids = append(ids, c.ID)
		if !c.Attention || c.Tiles != 1 {
			t.Errorf("cause %s: got attention %v and %d tiles, want attention and 1 tile", c.ID, c.Attention, c.Tiles)
		}
	}
	if want := []sources.ID{"table:RAW", "table:FCT"}; !slices.Equal(ids, want) {
		t.Errorf("causes: got %v, want %v", ids, want)
	}
	for _, id := range []sources.ID{"table:FCT", "tile:X"} {
		if got := causes(r.Node(id)); !slices.Equal(got, []sources.ID{"table:RAW"}) {
			t.Errorf("causes of %s: got %v, want table:RAW alone", id, got)
		}
	}
}

// TestTheHeadlineNamesTablesWhoseTestsFail reads the headline of fresh data with a failing test.
func TestTheHeadlineNamesTablesWhoseTestsFail(t *testing.T) {
	r := see(
		loaded("table:RAW", 4),
		tested(built("table:FCT", 3, "table:RAW"), "unique_id", sources.TestFailed, 2, 2),
		tile("tile:X", "table:FCT"),
	)
	const want = "1 of 1 tile is fresh. Tests of 1 table fail."
	if got := words.Headline(r); got != want {
		t.Errorf("headline: got %q, want %q", got, want)
	}
}
