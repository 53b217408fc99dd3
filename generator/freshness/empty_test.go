package freshness_test

import (
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// TestACheckThatFoundNoRowsSpeaksOfItsOwnMoment proves that a table that is empty today was as fresh
// on the days before as its checks said then.
func TestACheckThatFoundNoRowsSpeaksOfItsOwnMoment(t *testing.T) {
	var scrapes []sources.Scrape
	for day := 40; day >= 1; day-- {
		at := now.AddDate(0, 0, -day)
		o := table("table:T")
		o.Readings = []sources.Reading{{Clock: sources.Loaded, At: at.Add(-time.Hour), CheckedAt: at}}
		scrapes = append(scrapes, visit(at, o))
	}
	o := table("table:T")
	o.Readings = []sources.Reading{{Clock: sources.Loaded, At: sources.Never, CheckedAt: now}}
	n := derive(rules(), append(scrapes, visit(now, o))...).Node("table:T")
	if want := strings.Repeat("f", 39) + "s"; n.Status != freshness.Stale || !strings.HasSuffix(n.Strip, want) {
		t.Errorf("table:T, empty since today: got %v and strip %s, want stale and %s at its end", n.Status, n.Strip, want)
	}
}

// TestTheFirstCheckThatFindsNoRowsChangesNoDayBeforeIt proves the same of a clock that was never read
// before: on the days before, what another clock said counts.
func TestTheFirstCheckThatFindsNoRowsChangesNoDayBeforeIt(t *testing.T) {
	var scrapes []sources.Scrape
	for day := 40; day >= 1; day-- {
		at := now.AddDate(0, 0, -day)
		o := table("table:T")
		o.Readings = []sources.Reading{{Clock: sources.DML, At: at.Add(-time.Hour), CheckedAt: at}}
		scrapes = append(scrapes, visit(at, o))
	}
	o := table("table:T")
	o.Readings = []sources.Reading{{Clock: sources.Loaded, At: sources.Never, CheckedAt: now}}
	n := derive(rules(), append(scrapes, visit(now, o))...).Node("table:T")
	if want := strings.Repeat("f", 39) + "s"; n.Status != freshness.Stale || !strings.HasSuffix(n.Strip, want) {
		t.Errorf("table:T, found empty today: got %v and strip %s, want stale and %s at its end", n.Status, n.Strip, want)
	}
}
