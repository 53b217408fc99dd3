package freshness_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/freshness/judgetest"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
)

// The rules of the real dbt world, as in worldConfig of cmd/freshet. Each is the end of an id.
const (
	staticTable  = ".raw_shop.price_list"
	mondaysTable = ".raw_web.campaigns"
)

// dbtKinds holds the judge's word for each kind of asset that dbt lists. The judge knows no folders, and no exposures
// other than dashboards: they are left out. It is told of no test, no missing reference and no job either.
var dbtKinds = map[sources.Kind]string{
	sources.DBTSource: "table",
	sources.Seed:      "table",
	sources.Snapshot:  "model",
	sources.Model:     "model",
	sources.Tile:      "tile",
	sources.Dashboard: "dashboard",
}

// A dbtDay is what a real dbt had told by a moment, for the product and for the judge.
type dbtDay struct {
	past  *sources.Past
	world judgetest.World
}

// TestWorldByTheIndependentJudge compares the verdicts on every asset of the real dbt world with those of the judge that
// was written from the contract alone, on every day, those on which nothing ran included.
func TestWorldByTheIndependentJudge(t *testing.T) {
	folder := os.Getenv("FRESHET_WORLD")
	if folder == "" {
		t.Skip("FRESHET_WORLD is not set: it names a folder in which a real dbt lived")
	}
	days := readDBTDays(t, filepath.Join(folder, "artifacts"))
	c := &comparison{rules: dbtRules(t)}
	var all sync.WaitGroup
	for _, day := range days {
		all.Go(func() { c.compareDay(t, day) })
	}
	all.Wait()
	t.Logf("%d days: compared %d verdicts (%d with waiting, %d not proved), %d causes and %d cells of strips (%d with a status)",
		len(days), c.verdicts.Load(), c.waiting.Load(), c.unproved.Load(), c.causes.Load(), c.cells.Load(), c.known.Load())
	if c.verdicts.Load() == 0 {
		t.Error("verdicts: got none to compare, want some")
	}
}

// readDBTDays returns each day from the first to the last that dbt left artifacts of, at 13:00 UTC.
func readDBTDays(t *testing.T, artifacts string) (days []dbtDay) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(artifacts, "????-??-??"))
	if err != nil || len(left) == 0 {
		t.Fatalf("artifacts in %s: got none and error %v, want a folder for each day", artifacts, err)
	}
	world := judgetest.World{Zone: time.UTC, Rules: make(map[string]judgetest.Rule)}
	day := dbtDay{past: new(sources.Past), world: world}
	last := findReportMoment(t, left[len(left)-1])
	for at := findReportMoment(t, left[0]); !at.After(last); at = at.AddDate(0, 0, 1) {
		day.world.At = at
		folder := filepath.Join(artifacts, at.Format(time.DateOnly))
		if slices.Contains(left, folder) {
			day = day.addScrape(t, readDBTFolder(folder, at))
		}
		days = append(days, day)
	}
	return days
}

// findReportMoment returns 13:00 UTC of the day that a folder is named after.
func findReportMoment(t *testing.T, folder string) time.Time {
	t.Helper()
	day, err := time.Parse(time.DateOnly, filepath.Base(folder))
	if err != nil {
		t.Fatal(err)
	}
	return day.Add(13 * time.Hour)
}

// readDBTFolder returns the scrape at a moment of what dbt left in a folder.
func readDBTFolder(folder string, at time.Time) sources.Scrape {
	config := dbt.Config{Artifacts: []string{folder, filepath.Join(folder, "steps", "*")}}
	target := sources.VisitTarget{
		Source:   config.Open(sources.Setting{Name: "dbt", Zone: time.UTC}),
		Type:     "dbt",
		Deadline: time.Hour,
	}
	now := func() time.Time { return at }
	return sources.VisitAll(context.Background(), at, now, []sources.VisitTarget{target}, nil)[0]
}

// addScrape returns d with one more scrape. Rules and lineage are then those of the scrape. d is not changed.
func (d dbtDay) addScrape(t *testing.T, s sources.Scrape) dbtDay {
	t.Helper()
	if s.Error != "" || len(s.Scopes) != 1 {
		t.Fatalf("scrape of %s: got error %q and scopes %v, want no error and one project", s.At, s.Error, s.Scopes)
	}
	past, err := history.Fold(d.past, []sources.Scrape{s})
	if err != nil {
		t.Fatal(err)
	}
	world := d.world
	world.Rules = maps.Clone(d.world.Rules)
	for _, o := range s.Observations {
		if dbtKinds[o.Kind] != "" {
			world.Assets = replaceAsset(world.Assets, describeAsset(o.Asset))
			world.Rules[string(o.ID)] = describeRule(t, o.Asset)
		}
	}
	world.Visits = append(slices.Clip(world.Visits), describeScrape(t, s))
	return dbtDay{past: past, world: world}
}

// replaceAsset returns assets with a in the place of the one with its id, or at the end. assets is not changed.
func replaceAsset(assets []judgetest.Asset, a judgetest.Asset) []judgetest.Asset {
	others := slices.Clone(assets)
	i := slices.IndexFunc(others, func(other judgetest.Asset) bool { return other.ID == a.ID })
	if i < 0 {
		return append(others, a)
	}
	others[i] = a
	return others
}

// describeAsset returns an asset of dbt in the judge's words.
func describeAsset(a sources.Asset) judgetest.Asset {
	out := judgetest.Asset{ID: string(a.ID), Kind: dbtKinds[a.Kind], Virtual: a.Virtual}
	if out.Kind == "model" && a.Virtual {
		out.Kind = "view"
	}
	if a.Kind == sources.Tile {
		out.Parent = string(a.Parent)
	}
	if a.Scope.Kind() == sources.ProjectScope {
		out.Project = a.Scope.Place()
	}
	for _, up := range a.Upstream {
		out.Upstream = append(out.Upstream, string(up))
	}
	return out
}

// describeRule returns what is expected of an asset of dbt: by a rule, else as of every seed ("Seeds are static unless
// ruled"), else by its limits in dbt, which the judge knows in pairs only.
func describeRule(t *testing.T, a sources.Asset) judgetest.Rule {
	t.Helper()
	switch {
	case strings.HasSuffix(string(a.ID), mondaysTable):
		return judgetest.Rule{Due: [7]bool{time.Monday: true}}
	case strings.HasSuffix(string(a.ID), staticTable) || a.Kind == sources.Seed:
		return judgetest.Rule{Static: true}
	case (a.WarnAfter == 0) != (a.ErrorAfter == 0):
		t.Fatalf("limits of %s: got one, want both or none", a.ID)
	}
	return judgetest.Rule{
		FreshWithin: time.Duration(a.WarnAfter) * time.Second,
		StaleAfter:  time.Duration(a.ErrorAfter) * time.Second,
	}
}

// describeScrape returns a scrape of dbt as the judge is told of it.
func describeScrape(t *testing.T, s sources.Scrape) judgetest.Visit {
	t.Helper()
	v := judgetest.Visit{Source: s.Source, At: s.At, ListedAt: s.Scopes[0].CheckedAt}
	for _, o := range s.Observations {
		if dbtKinds[o.Kind] == "" {
			continue
		}
		v.Listed = append(v.Listed, string(o.ID))
		for _, r := range o.Readings {
			addReading(&v, string(o.ID), r)
		}
		addAttempt(t, &v, string(o.ID), o.Attempt)
	}
	return v
}

// addAttempt adds an attempt to build an asset to a visit. Neither this dbt nor its adapter tells of a freshness check
// that ended in an error, or of a build that changed no row.
func addAttempt(t *testing.T, v *judgetest.Visit, asset string, a sources.Attempt) {
	t.Helper()
	switch a.Outcome {
	case "":
	case sources.Failed, sources.Skipped:
		attempt := judgetest.Attempt{Asset: asset, At: a.At, Failed: a.Outcome == sources.Failed}
		v.Attempts = append(v.Attempts, attempt)
	default:
		t.Fatalf("build of %s: got %s, want one that failed or was skipped", asset, a.Outcome)
	}
}

// addReading adds a reading of an asset to a visit. When a build began, and how many rows it changed, the source keeps
// only of builds that changed none; this adapter counts no rows. A build of a view tells that it did not fail.
func addReading(v *judgetest.Visit, asset string, r sources.Reading) {
	if r.Clock == sources.Built || r.Clock == sources.DDL {
		build := judgetest.Build{Asset: asset, Ended: r.At, CheckedAt: r.CheckedAt, RowsAffected: -1}
		v.Builds = append(v.Builds, build)
		return
	}
	reading := judgetest.Reading{Asset: asset, Clock: r.Clock.String(), CheckedAt: r.CheckedAt, At: r.At}
	if r.At.Equal(sources.Never) {
		reading.At = time.Time{}
		reading.Empty = true
	}
	v.Readings = append(v.Readings, reading)
}

// dbtRules returns the rules of the real dbt world as site.toml would give them.
func dbtRules(t *testing.T) freshness.Rules {
	t.Helper()
	monday, err := expect.ParseEvery("monday")
	if err != nil {
		t.Fatal(err)
	}
	return rules(
		expect.Rule{Match: "table:*" + staticTable, Expect: expect.Expectation{Static: true, SetBy: "rule"}},
		expect.Rule{Match: "table:*" + mondaysTable, Expect: expect.Expectation{Cadence: monday, SetBy: "rule"}},
	)
}

// A comparison counts what was compared on all days, which are compared at the same time.
type comparison struct {
	rules             freshness.Rules
	verdicts, causes  atomic.Int64
	waiting, unproved atomic.Int64 // verdicts of which Waiting was compared, and those that are not proved yet
	cells, known      atomic.Int64 // of strips, and those with a status
}

// compareDay compares what both judges say of every asset on a day.
func (c *comparison) compareDay(t *testing.T, day dbtDay) {
	report := freshness.Derive(day.past, c.rules, day.world.At)
	verdicts := judgetest.Judge(day.world)
	for _, n := range report.Nodes {
		want, isJudged := verdicts[string(n.ID)]
		delete(verdicts, string(n.ID))
		switch {
		case isJudged:
			c.compareVerdict(t, day.world, n, want)
		case dbtKinds[n.Kind] != "":
			t.Errorf("%s on %s: got an asset, want none", n.ID, day.world.At)
		}
	}
	for id := range verdicts {
		t.Errorf("%s on %s: got no asset, want one", id, day.world.At)
	}
}

// compareVerdict compares what both judges say of n. Left out are the roots of a dashboard, which are not counted; a cause
// that comes from a static asset, of which the judge passes nothing on ("of a static asset only *broken* reaches
// downstream"); and waiting where a rhythm may be learned.
func (c *comparison) compareVerdict(t *testing.T, w judgetest.World, n *freshness.Node, want judgetest.Verdict) {
	got := describeVerdict(n)
	if n.Kind.IsContainer() {
		want.CheckedRoots = got.CheckedRoots
		want.UncheckedRoots = got.UncheckedRoots
	}
	got.Causes = dropCauses(got.Causes, findStaticCauses(n), want.Causes)
	c.causes.Add(int64(len(got.Causes)))
	if judgetest.CanCompareWaiting(w, string(n.ID)) {
		c.waiting.Add(1)
	} else {
		want.Waiting = got.Waiting
	}
	if got, want := formatVerdict(got), formatVerdict(want); got != want {
		t.Errorf("%s on %s:\ngot  %s\nwant %s", n.ID, w.At, got, want)
	}
	c.countVerdict(n)
}

// countVerdict counts the verdict on n, its cells, and whether it is not proved yet.
func (c *comparison) countVerdict(n *freshness.Node) {
	c.verdicts.Add(1)
	c.cells.Add(int64(len(n.Strip)))
	c.known.Add(int64(len(n.Strip) - strings.Count(n.Strip, ".")))
	if n.Unproved {
		c.unproved.Add(1)
	}
}

// findStaticCauses returns the causes of the static assets that n, or something that it shows, reads and that no recent
// check lists.
func findStaticCauses(n *freshness.Node) (found []string) {
	for _, part := range append(slices.Clone(n.Shown), n) {
		part.WalkNearest(false, func(up *freshness.Node, _ int) bool {
			if up.Expect.Static && up.OwnStatus == freshness.Unknown {
				found = append(found, describeVerdict(up).Causes...)
			}
			return true
		})
	}
	return found
}

// dropCauses returns causes without those of dropped that are not wanted, nil for none.
func dropCauses(causes, dropped, wanted []string) (kept []string) {
	for _, id := range causes {
		if slices.Contains(wanted, id) || !slices.Contains(dropped, id) {
			kept = append(kept, id)
		}
	}
	return kept
}
