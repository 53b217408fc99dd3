package history_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// goldenMoment is the moment of the last visits of testdata/golden-v1: two days of the demo's company, as version 0.1
// wrote them before lines had results of tests, lost assets, confirmed times, numbers of rows and ids of tables.
var goldenMoment = time.Date(2026, 8, 2, 12, 0, 0, 0, time.UTC)

// copyGolden returns the golden history in a folder of its own.
func copyGolden(t *testing.T) *history.Log {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "golden-v1"))); err != nil {
		t.Fatal(err)
	}
	return history.Open(dir)
}

// TestAHistoryOfAnOlderVersionIsReadWhole loads the golden history and counts what it holds.
func TestAHistoryOfAnOlderVersionIsReadWhole(t *testing.T) {
	l := copyGolden(t)
	result, err := l.Verify()
	if err != nil || len(result.Faults) > 0 || result.Days != 2 || result.Visits != 8 {
		t.Errorf("verify: got %+v, error %v; want 8 visits on 2 days and no faults", result, err)
	}
	past := load(t, l, goldenMoment)
	type count struct{ tracks, listed, readings, attempts, missed, future, sized int }
	got := make(map[string]count)
	for _, track := range past.Tracks {
		c := got[track.Source]
		c.tracks++
		if track.IsListed() {
			c.listed++
		}
		for clock := range sources.ClockCount {
			c.readings += len(track.Clocks[clock])
		}
		c.attempts += len(track.Attempts)
		if !track.Missed.IsZero() {
			c.missed++
		}
		c.future += len(track.FutureReadings)
		if track.Storage.Hash != 0 {
			c.sized++
		}
		got[track.Source] = c
	}
	want := map[string]count{
		"finance":   {tracks: 12, listed: 12, readings: 7},
		"looker":    {tracks: 34, listed: 34, readings: 19},
		"roastery":  {tracks: 73, listed: 72, readings: 72, attempts: 4, missed: 1, future: 1},
		"snowflake": {tracks: 42, listed: 41, readings: 111, sized: 41},
	}
	if !maps.Equal(got, want) {
		t.Errorf("facts by source:\ngot  %+v\nwant %+v", got, want)
	}
}

// TestAHistoryOfAnOlderVersionIsContinued appends a visit with facts that the older version did not have.
func TestAHistoryOfAnOlderVersionIsContinued(t *testing.T) {
	l := copyGolden(t)
	const sales = sources.ID("table:RAW.POS.SALES")
	at := goldenMoment.Add(time.Hour)
	before := load(t, l, goldenMoment)
	var o sources.Observation
	for _, track := range before.Tracks {
		if track.Source == "snowflake" && track.Asset.ID == sales {
			o.Asset = track.Asset
		}
	}
	o.Readings = []sources.Reading{{Clock: sources.DML, At: at.Add(-30 * time.Minute), CheckedAt: at}}
	o.Tests = []sources.TestResult{{Name: "unique_id", Outcome: sources.TestFailed, At: at, Since: at}}
	answer := sources.Answer{Observations: []sources.Observation{o}, Covers: func(sources.ScopeName) bool { return true }}
	appendAll(t, l, sources.Scrape{Source: "snowflake", Type: "snowflake", At: at, Answer: answer})
	lost := 0
	for _, track := range load(t, l, at).Tracks {
		if track.Source != "snowflake" {
			continue
		}
		if track.LostSince.Equal(at) {
			lost++
		}
		newest, _ := track.Clocks[sources.DML].LastReading()
		if track.Asset.ID == sales && (len(track.Tests) != 1 || !newest.Equal(o.Readings[0].At)) {
			t.Errorf("%s: got tests %+v, rows of %v; want one test, and rows of %v", sales, track.Tests, newest, o.Readings[0].At)
		}
	}
	if lost == 0 {
		t.Errorf("tables that the visit did not observe: got none that is lost, want all")
	}
	if result, err := l.Verify(); err != nil || len(result.Faults) > 0 {
		t.Errorf("verify: got faults %v, error %v; want none", result.Faults, err)
	}
}
