package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// Days of a company that is read for the first time.
const (
	healthyDays = 90
	fortnight   = 14 // until then nothing is expected of a report
	// fourWeekends is the first day on which the usual schedule of a table without loads on Saturday and
	// Sunday can be known: "a weekday is left out of a rhythm only if four such days in a row had no load".
	fourWeekends = 28
)

// A healthyCase is one visit a day for 90 days.
type healthyCase struct {
	hour, minute int
	isImported   bool // whether the past was imported before the first visit
	// From these days on, what has no loads on Saturday and Sunday needs no attention, and its tiles are
	// fresh or waiting. All else is so from the fifteenth day on.
	quietFrom, clearFrom int
}

// TestNothingNeedsAttentionOnNinetyHealthyDays visits the steady company once a day, through the real
// sources and the history, over a change of the clocks. After the first fortnight no row is under
// attention. At nine in the morning and later, when every load is over, every tile is fresh or waiting.
func TestNothingNeedsAttentionOnNinetyHealthyDays(t *testing.T) {
	for name, tt := range map[string]healthyCase{
		"at 01:00": {hour: 1, quietFrom: fortnight},
		// On Monday the newest check is of 00:30. It finds no load since Friday, which is three days.
		"at 06:30": {hour: 6, minute: 30, quietFrom: fourWeekends},
		"at 09:00": {hour: 9, quietFrom: fortnight, clearFrom: fourWeekends},
		"at 14:00": {hour: 14, quietFrom: fortnight, clearFrom: fourWeekends},
		"at 23:59": {hour: 23, minute: 59, quietFrom: fortnight, clearFrom: fourWeekends},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.visitDays(t)
		})
	}
}

// TestAnImportedPastTeachesWeekdays visits the steady company after its past was imported. What has no
// loads on Saturday and Sunday is quiet from the first fortnight on, too.
func TestAnImportedPastTeachesWeekdays(t *testing.T) {
	for name, tt := range map[string]healthyCase{
		"at 06:30": {hour: 6, minute: 30, isImported: true, quietFrom: fortnight},
		"at 09:00": {hour: 9, isImported: true, quietFrom: fortnight, clearFrom: fortnight},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.visitDays(t)
		})
	}
}

// visitDays visits a new company once a day, compares each report after the first fortnight, and logs what
// they show.
func (tt healthyCase) visitDays(t *testing.T) {
	t.Helper()
	c := newSteadyCompany(t)
	moment := func(day int) time.Time {
		return time.Date(2026, time.August, 10+day, tt.hour, tt.minute, 0, 0, c.zone) // the first is a Monday
	}
	if tt.isImported {
		c.importPast(t, moment(0).Add(-time.Hour))
	}
	counts := make(healthyCounts)
	for day := range healthyDays {
		r := c.visit(t, moment(day))
		if day >= fortnight {
			counts.addReport(r)
			tt.compareRows(t, r, day)
			tt.compareTiles(t, r, day)
		}
	}
	t.Log(counts)
}

// healthyCounts counts rows under attention, and tiles by what they show.
type healthyCounts map[string]int

// addReport adds the rows and tiles of r.
func (h healthyCounts) addReport(r *freshness.Report) {
	h["reports"]++
	for _, cause := range r.Causes {
		if cause.Attention {
			h["rows"]++
		}
	}
	for _, n := range r.Nodes {
		if n.Kind == sources.Tile {
			h[describeTile(n)]++
		}
	}
}

// String returns the counts as a sentence.
func (h healthyCounts) String() string {
	return fmt.Sprintf("%d reports after the first fortnight: %d rows under attention; tiles: %d fresh, %d waiting, %d neither",
		h["reports"], h["rows"], h["fresh"], h["waiting"], h["neither"])
}

// describeTile returns whether a tile is "fresh", "waiting" or "neither".
func describeTile(n *freshness.Node) string {
	switch {
	case n.Status == freshness.Fresh:
		return "fresh"
	case n.Waiting:
		return "waiting"
	default:
		return "neither"
	}
}

// compareRows reports the rows under attention that must not be there.
func (tt healthyCase) compareRows(t *testing.T, r *freshness.Report, day int) {
	t.Helper()
	for _, cause := range r.Causes {
		isEarly := cause.Node != nil && restsOnWeekdays(cause.Node.ID.RelationName()) && day < tt.quietFrom
		if cause.Attention && !isEarly {
			t.Errorf("%s, day %d: got the root cause %s, which is %v; want none", r.At, day, cause.ID, cause.Status)
		}
	}
}

// compareTiles reports the tiles that must be fresh or waiting and are not. Before nine it reports none.
func (tt healthyCase) compareTiles(t *testing.T, r *freshness.Report, day int) {
	t.Helper()
	if tt.clearFrom == 0 {
		return
	}
	for _, n := range r.Nodes {
		if n.Kind != sources.Tile || describeTile(n) != "neither" {
			continue
		}
		if day >= tt.clearFrom || !restsOnWeekdays(n.Name) {
			t.Errorf("%s, day %d: got the tile %s, which is %v; want it fresh or waiting", r.At, day, n.Name, n.Status)
		}
	}
}

// restsOnWeekdays reports whether the table of a name, or what it reads, has no loads on Saturday and
// Sunday.
func restsOnWeekdays(name string) bool { return findSteadyTable(name).restsOnWeekdays() }
