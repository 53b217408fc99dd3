package freshness_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// TestACheckThatFoundNoRowsSpeaksOfItsOwnMoment proves that a table that is empty today was as fresh
// on the days before as its checks said then, also if they were of another clock.
func TestACheckThatFoundNoRowsSpeaksOfItsOwnMoment(t *testing.T) {
	for name, before := range map[string]sources.Clock{
		"the same clock":                     sources.Loaded,
		"a clock that was never read before": sources.DML,
	} {
		var scrapes []sources.Scrape
		for day := 40; day >= 1; day-- {
			at := now.AddDate(0, 0, -day)
			o := table("table:T")
			o.Readings = []sources.Reading{{Clock: before, At: at.Add(-time.Hour), CheckedAt: at}}
			scrapes = append(scrapes, visit(at, o))
		}
		o := table("table:T")
		o.Readings = []sources.Reading{{Clock: sources.Loaded, At: sources.Never, CheckedAt: now}}
		n := derive(rules(), append(scrapes, visit(now, o))...).Node("table:T")
		if want := strings.Repeat("f", 39) + "s"; n.Status != freshness.Stale || !strings.HasSuffix(n.Strip, want) {
			t.Errorf("table:T, found empty today by %s: got %v and strip %s, want stale and %s at its end",
				name, n.Status, n.Strip, want)
		}
	}
}

// TestAnEmptiedTableIsNotNeverLoaded has a table that had rows, and one of which none were ever known.
func TestAnEmptiedTableIsNotNeverLoaded(t *testing.T) {
	var scrapes []sources.Scrape
	for day := 5; day >= 0; day-- {
		at := now.AddDate(0, 0, -day)
		emptied, never := table("table:RAW.S.EMPTIED"), table("table:RAW.S.NEVER")
		emptied.Readings = []sources.Reading{{Clock: sources.Loaded, At: at.Add(-time.Hour), CheckedAt: at}}
		if day < 2 {
			emptied.Readings[0].At = sources.Never
		}
		never.Readings = []sources.Reading{{Clock: sources.Loaded, At: sources.Never, CheckedAt: at}}
		scrapes = append(scrapes, visit(at, emptied, never))
	}
	r := derive(rules(), scrapes...)
	for id, want := range map[sources.ID]string{
		"table:RAW.S.EMPTIED": "Empty since the check of yesterday 06:00; before that it was last loaded 20 Aug 05:00 " +
			"(last checked today 06:00).",
		"table:RAW.S.NEVER": "Never loaded: the table exists and has no rows (last checked today 06:00).",
	} {
		if got := words.DescribeCause(r, r.Node(id).Causes[0]); !strings.HasPrefix(got, want) {
			t.Errorf("sentence of %s:\ngot  %s\nwant it to begin with %s", id, got, want)
		}
	}
}
