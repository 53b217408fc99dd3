package changes_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/changes"
	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

var now = time.Date(2026, 8, 22, 6, 0, 0, 0, time.UTC)

// report is of tables by name, each loaded so many hours ago, by a visit that
// failed or did not.
func report(fails string, loaded map[string]int, name func(string) string) *freshness.Report {
	p := &sources.Past{Checks: map[string]*sources.CheckTimes{}}
	p.Visits = []sources.Visit{{Source: "dbt", At: now, Error: fails}}
	for id, hours := range loaded {
		t := &sources.Track{
			Source:   "dbt",
			Asset:    sources.Asset{ID: sources.ID("table:" + id), Kind: sources.Model, Name: name(id)},
			Listings: []sources.Listing{{Came: now}},
		}
		t.AddReading(sources.Reading{Clock: sources.Loaded, At: now.Add(-time.Duration(hours) * time.Hour), CheckedAt: now})
		p.Tracks = append(p.Tracks, t)
	}
	today, _ := expect.ParseLimit("today")
	hundred, _ := expect.ParseLimit("100d")
	return freshness.Derive(
		p,
		freshness.Rules{
			Zone:    time.UTC,
			Default: expect.Expectation{FreshWithin: today, StaleAfter: hundred, SetBy: "default"},
		},
		now,
	)
}

func same(s string) string { return s }

func renamed(s string) string { return "new " + s }

func TestChanges(t *testing.T) {
	type tables = map[string]int
	stale := "Stale. Not loaded since 19 Apr 2026 06:00 UTC (last checked 22 Aug 2026 06:00 UTC). " +
		"Expected: updated every day; stale after 100 days (default)."
	for name, tt := range map[string]struct {
		old, new *freshness.Report
		want     []changes.Change
	}{
		"nothing changed": {report("", tables{"A": 2}, same), report("", tables{"A": 2}, same), nil},
		"the first run is one line": {
			old:  nil,
			new:  report("", tables{"A": 2, "B": 2}, same),
			want: []changes.Change{{What: "came", Says: "First run: 2 assets found."}},
		},
		"a new cause": {
			old:  report("", tables{"A": 2}, same),
			new:  report("", tables{"A": 3000}, same),
			want: []changes.Change{{What: "new cause", ID: "table:A", Says: stale}},
		},
		"a cause that is merely waiting is none": {report("", tables{"A": 2}, same), report("", tables{"A": 30}, same), nil},
		"a cause that ended": {
			old:  report("", tables{"A": 3000}, same),
			new:  report("", tables{"A": 2}, same),
			want: []changes.Change{{What: "ended cause", ID: "table:A", Says: "Fresh again."}},
		},
		"recovery is told of what is fresh alone": {
			old:  report("", tables{"A": 3000}, same),
			new:  report("", tables{"A": 30}, same),
			want: []changes.Change{{What: "ended cause", ID: "table:A", Says: "Still aging; no action needed."}},
		},
		"an asset came and another went": {
			old: report("", tables{"A": 2}, same),
			new: report("", tables{"B": 2}, same),
			want: []changes.Change{
				{What: "came", ID: "table:B", Says: "Added: B."},
				{What: "went", ID: "table:A", Says: "No longer listed: A."},
			},
		},
		"an asset was renamed": {
			old:  report("", tables{"A": 2}, same),
			new:  report("", tables{"A": 2}, renamed),
			want: []changes.Change{{What: "renamed", ID: "table:A", Says: "Renamed from A to new A."}},
		},
		"a source failed": {
			old:  report("", tables{"A": 2}, same),
			new:  report("401", tables{"A": 2}, same),
			want: []changes.Change{{What: "failed", ID: "visit:dbt", Says: "Could not be read: 401"}},
		},
		"a source still fails": {
			old:  report("401", tables{"A": 2}, same),
			new:  report("401", tables{"A": 2}, same),
			want: nil,
		},
		"a source recovered": {
			old:  report("401", tables{"A": 2}, same),
			new:  report("", tables{"A": 2}, same),
			want: []changes.Change{{What: "recovered", ID: "visit:dbt", Says: "Read again."}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := changes.Compare(tt.old, tt.new); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("changes between two reports:\ngot  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// testedReport returns the report of a table that was loaded so many hours ago, and a test of which fails or
// passes.
func testedReport(hours int, outcome sources.TestOutcome) *freshness.Report {
	track := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "table:A", Kind: sources.Model, Name: "A"},
		Listings: []sources.Listing{{Came: now}},
		Tests:    []sources.TestResult{{Name: "unique_id", Outcome: outcome, At: now, Since: now}},
	}
	track.AddReading(sources.Reading{Clock: sources.Loaded, At: now.Add(-time.Duration(hours) * time.Hour), CheckedAt: now})
	today, _ := expect.ParseLimit("today")
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", At: now}},
		Tracks: []*sources.Track{track},
	}
	rules := freshness.Rules{Zone: time.UTC, Default: expect.Expectation{FreshWithin: today, SetBy: "default"}}
	return freshness.Derive(p, rules, now)
}

// TestAFailingTestIsAChangeBesideOldData compares reports in which data and a test fail and recover.
func TestAFailingTestIsAChangeBesideOldData(t *testing.T) {
	const old = 24 * 5
	starts := "Test unique_id failed 22 Aug 2026 06:00 UTC. Its data is fresh."
	stale := "Stale. Not loaded since 17 Aug 2026 06:00 UTC (last checked 22 Aug 2026 06:00 UTC). " +
		"Expected: updated every day; stale after today (default)."
	for name, test := range map[string]struct {
		before, after *freshness.Report
		want          []changes.Change
	}{
		"a test begins to fail": {
			before: testedReport(1, sources.TestPassed),
			after:  testedReport(1, sources.TestFailed),
			want:   []changes.Change{{What: "new cause", ID: "table:A", Says: starts}},
		},
		"a test passes again": {
			before: testedReport(1, sources.TestFailed),
			after:  testedReport(1, sources.TestPassed),
			want:   []changes.Change{{What: "ended cause", ID: "table:A", Says: "No test of it fails any more."}},
		},
		"data gets old while a test fails": {
			before: testedReport(1, sources.TestFailed),
			after:  testedReport(old, sources.TestFailed),
			want:   []changes.Change{{What: "new cause", ID: "table:A", Says: stale + " Test unique_id failed 22 Aug 2026 06:00 UTC."}},
		},
		"data comes again while a test fails": {
			before: testedReport(old, sources.TestFailed),
			after:  testedReport(1, sources.TestFailed),
			want: []changes.Change{
				{What: "new cause", ID: "table:A", Says: starts},
				{What: "ended cause", ID: "table:A", Says: "Fresh again."},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := changes.Compare(test.before, test.after); !reflect.DeepEqual(got, test.want) {
				t.Errorf("changes:\ngot  %q\nwant %q", got, test.want)
			}
		})
	}
}

// tileReport returns the report of a tile that reads a table, or of which nothing tells what it reads.
func tileReport(isTraced bool, loaded sources.Reading) *freshness.Report {
	listing := []sources.Listing{{Came: now}}
	table := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "table:A", Kind: sources.Model, Name: "A"},
		Listings: listing,
	}
	table.AddReading(sources.Reading{Clock: sources.Loaded, At: now.Add(-time.Hour), CheckedAt: now.Add(-time.Hour)})
	table.AddReading(loaded)
	tile := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "tile:looker/1/2", Kind: sources.Tile, Name: "Sales", Virtual: true},
		Listings: listing,
	}
	if isTraced {
		tile.Asset.Upstream = []sources.ID{"table:A"}
	}
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", At: now}},
		Tracks: []*sources.Track{table, tile},
	}
	today, _ := expect.ParseLimit("today")
	rules := freshness.Rules{Zone: time.UTC, Default: expect.Expectation{FreshWithin: today, SetBy: "default"}}
	return freshness.Derive(p, rules, now)
}

// TestWhatBecomesUnknownIsAChange compares reports in which the lineage of a tile is lost, or a table
// returns a time in the future.
func TestWhatBecomesUnknownIsAChange(t *testing.T) {
	valid := sources.Reading{Clock: sources.Loaded, At: now.Add(-time.Hour), CheckedAt: now}
	ahead := sources.Reading{Clock: sources.Loaded, At: now.Add(17 * time.Hour), CheckedAt: now}
	unknown := "Age unknown: no load or build time is recorded for it or for anything upstream."
	future := "Ignored a timestamp in the future (22 Aug 2026 23:00 UTC, checked 22 Aug 2026 06:00 UTC). " +
		"Last valid: 22 Aug 2026 05:00 UTC, checked 22 Aug 2026 05:00 UTC. Check the sender's clock and time zone."
	for name, test := range map[string]struct {
		before, after *freshness.Report
		want          []changes.Change
	}{
		"the lineage of a tile is lost": {
			before: tileReport(true, valid),
			after:  tileReport(false, valid),
			want:   []changes.Change{{What: "unknown", ID: "tile:looker/1/2", Says: unknown}},
		},
		"the lineage of a tile is found again": {
			before: tileReport(false, valid),
			after:  tileReport(true, valid),
			want:   []changes.Change{{What: "known", ID: "tile:looker/1/2", Says: "Its age is known again: fresh."}},
		},
		"a time in the future": {
			before: tileReport(true, valid),
			after:  tileReport(true, ahead),
			want:   []changes.Change{{What: "future time", ID: "table:A", Says: future}},
		},
		"a time that is still in the future": {before: tileReport(true, ahead), after: tileReport(true, ahead)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := changes.Compare(test.before, test.after); !reflect.DeepEqual(got, test.want) {
				t.Errorf("changes:\ngot  %q\nwant %q", got, test.want)
			}
		})
	}
}

// failing is the report of a table that was built two hours ago and, if fails is set, whose build
// failed an hour ago.
func failing(fails bool) *freshness.Report {
	track := &sources.Track{
		Source:   "dbt",
		Asset:    sources.Asset{ID: "table:A", Kind: sources.Model, Name: "A"},
		Listings: []sources.Listing{{Came: now}},
	}
	track.AddReading(sources.Reading{Clock: sources.Built, At: now.Add(-2 * time.Hour), CheckedAt: now})
	if fails {
		track.AddAttempt(sources.Attempt{At: now.Add(-time.Hour), Outcome: sources.Failed, Says: "no such column"})
	}
	today, _ := expect.ParseLimit("today")
	p := &sources.Past{
		Checks: map[string]*sources.CheckTimes{},
		Visits: []sources.Visit{{Source: "dbt", At: now}},
		Tracks: []*sources.Track{track},
	}
	rules := freshness.Rules{Zone: time.UTC, Default: expect.Expectation{FreshWithin: today, SetBy: "default"}}
	return freshness.Derive(p, rules, now)
}

func TestAFailedBuildOfFreshDataIsACause(t *testing.T) {
	want := []changes.Change{{
		What: "new cause",
		ID:   "table:A",
		Says: "Build failed 22 Aug 2026 05:00 UTC: “no such column”. Last built 22 Aug 2026 04:00 UTC. Its data is still fresh.",
	}}
	if got := changes.Compare(failing(false), failing(true)); !reflect.DeepEqual(got, want) {
		t.Errorf("changes: got %+v, want %+v", got, want)
	}
	want = []changes.Change{{What: "ended cause", ID: "table:A", Says: "Built again."}}
	if got := changes.Compare(failing(true), failing(false)); !reflect.DeepEqual(got, want) {
		t.Errorf("changes: got %+v, want %+v", got, want)
	}
}
