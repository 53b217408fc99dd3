package freshness_test

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/freshness/judgetest"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// worldTypes holds the type of each source of a world.
var worldTypes = map[string]string{"dbt": "dbt", "snowflake": "snowflake", "looker": "looker"}

// buildWorldRules returns the rules of a world as site.toml would give them.
func buildWorldRules(w judgetest.World) freshness.Rules {
	r := rules()
	r.Zone = w.Zone
	r.CheckedWithin = w.CheckedWithin
	r.Warehouses = map[string]bool{"snowflake": true}
	for _, a := range w.Assets {
		rule, isRuled := w.Rules[a.ID]
		if !isRuled || rule == (judgetest.Rule{}) {
			continue
		}
		r.Rules = append(r.Rules, expect.Rule{Match: a.ID, Expect: buildExpectation(rule)})
	}
	return r
}

// buildExpectation returns what a rule of a world expects.
func buildExpectation(rule judgetest.Rule) expect.Expectation {
	e := expect.Expectation{Static: rule.Static, SetBy: "rule"}
	switch {
	case rule.Static:
	case rule.Due != [7]bool{}:
		e.Cadence = buildCadence(rule.Due)
	default:
		e.FreshWithin = expect.ElapsedLimit(rule.FreshWithin)
		e.StaleAfter = expect.ElapsedLimit(rule.StaleAfter)
	}
	return e
}

// buildCadence returns the cadence of data that is due on weekdays, Sunday first.
func buildCadence(due [7]bool) *expect.Cadence {
	var names []string
	for day, isDue := range due {
		if isDue {
			names = append(names, time.Weekday(day).String())
		}
	}
	cadence, err := expect.ParseEvery(strings.Join(names, ", "))
	if err != nil {
		panic(err)
	}
	return cadence
}

// worldAsset returns an asset of a world as a source lists it.
func worldAsset(a judgetest.Asset, source string) sources.Asset {
	out := sources.Asset{ID: sources.ID(a.ID), Name: a.ID, Virtual: a.Virtual, Parent: sources.ID(a.Parent)}
	for _, up := range a.Upstream {
		out.Upstream = append(out.Upstream, sources.ID(up))
	}
	slices.Sort(out.Upstream)
	out.Kind = sources.Kind(a.Kind)
	switch {
	case source == "dbt" && a.Kind == "table":
		out.Kind = sources.DBTSource
	case source == "dbt":
		out.Kind = sources.Model
	case source == "snowflake" && a.Kind == "model":
		out.Kind = sources.Table
	}
	out.Scope = worldScope(out.ID, source)
	return out
}

// worldScope returns the scope whose complete listing by a source must include an asset.
func worldScope(id sources.ID, source string) sources.ScopeName {
	if source == "snowflake" {
		return sources.NewScopeName(sources.SchemaScope, id.Schema())
	}
	return sources.NewScopeName("project", source)
}

// buildWorldScrape returns a visit of a world as the scrape of its source.
func buildWorldScrape(w judgetest.World, v judgetest.Visit) sources.Scrape {
	s := sources.Scrape{Source: v.Source, Type: worldTypes[v.Source], At: v.At}
	if v.Failed {
		s.Error = "could not be read"
		return s
	}
	scopes := make(map[sources.ScopeName]bool)
	for _, a := range w.Assets {
		id := sources.ID(a.ID)
		if v.Source != "snowflake" || id.Schema() != "" {
			scope := worldScope(id, v.Source)
			if v.Source == "snowflake" {
				scope = scope.Enclosing()
			}
			scopes[scope] = true
		}
		if slices.Contains(v.Listed, a.ID) {
			s.Observations = append(s.Observations, worldObservation(a, v))
		}
	}
	for name := range scopes {
		s.Scopes = append(s.Scopes, sources.Scope{Name: name, CheckedAt: v.At})
	}
	slices.SortFunc(s.Observations, func(a, b sources.Observation) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return s
}

// worldObservation returns what a visit of a world tells of one asset.
func worldObservation(a judgetest.Asset, v judgetest.Visit) sources.Observation {
	o := sources.Observation{Asset: worldAsset(a, v.Source)}
	for _, r := range v.Readings {
		if r.Asset == a.ID {
			o.Readings = append(o.Readings, worldReading(r))
		}
	}
	for _, b := range v.Builds {
		if b.Asset != a.ID {
			continue
		}
		r := sources.Reading{Clock: sources.Built, At: b.Ended, CheckedAt: b.CheckedAt}
		switch {
		case a.Virtual:
			r.Clock = sources.DDL
		case !b.Ended.IsZero() && b.Incremental && b.RowsAffected == 0:
			r.At = time.Time{}
			o.Attempt = sources.Attempt{At: b.Ended, Began: b.Began, Outcome: sources.Unchanged}
		}
		o.Readings = append(o.Readings, r)
	}
	for _, at := range v.Attempts {
		if at.Asset == a.ID && at.At.After(o.Attempt.At) {
			o.Attempt = sources.Attempt{At: at.At, Outcome: sources.Skipped}
			if at.Failed {
				o.Attempt.Outcome = sources.Failed
			}
		}
	}
	return o
}

// worldReading returns a reading of a world.
func worldReading(r judgetest.Reading) sources.Reading {
	var c sources.Clock
	if err := c.UnmarshalText([]byte(r.Clock)); err != nil {
		panic(err)
	}
	out := sources.Reading{Clock: c, At: r.At, CheckedAt: r.CheckedAt, Unconfirmed: r.Unconfirmed}
	switch {
	case r.Empty:
		out.At = sources.Never
	case r.At.IsZero() && !r.NotAfter.IsZero():
		out.At = r.NotAfter
		out.Bound = true
	}
	out.Confirmed = c == sources.Altered && !r.Unconfirmed && !out.At.IsZero()
	return out
}

// judgeWorld returns the report on a world.
func judgeWorld(t *rapid.T, w judgetest.World) *freshness.Report {
	past := new(sources.Past)
	for _, v := range w.Visits {
		var err error
		past, err = history.Fold(past, []sources.Scrape{buildWorldScrape(w, v)})
		if err != nil {
			t.Fatal(err)
		}
	}
	return freshness.Derive(past, buildWorldRules(w), w.At)
}

// describeVerdict returns the verdict on n in the judge's words, without what is not compared.
func describeVerdict(n *freshness.Node) judgetest.Verdict {
	v := judgetest.Verdict{
		Status:        n.Status.String(),
		OwnStatus:     n.OwnStatus.String(),
		Updated:       n.Updated,
		UpdatedBefore: n.UpdatedBefore,
		Waiting:       n.Waiting,
		Failing:       n.IsFailing(),
		Unproved:      n.Unproved,
		Strip:         n.Strip,
	}
	if n.Clock != nil {
		v.Clock = n.Clock.Clock.String()
	}
	roots := n.CountRoots()
	v.CheckedRoots = roots.Checked
	v.UncheckedRoots = roots.Unchecked
	for _, c := range n.Causes {
		v.Causes = append(v.Causes, string(c.ID))
	}
	slices.Sort(v.Causes)
	return v
}

// checkWorlds is the number of random worlds that are compared, unless FRESHET_WORLDS says another.
const checkWorlds = "50"

// TestTheIndependentJudgeAgrees compares the verdicts with those of a judge that was written from the
// contract alone, on random worlds, and with when rows really came: nothing is fresh without them.
func TestTheIndependentJudgeAgrees(t *testing.T) {
	worlds := os.Getenv("FRESHET_WORLDS")
	if worlds == "" {
		worlds = checkWorlds
	}
	setRapid(t, "rapid.checks", worlds)
	setRapid(t, "rapid.seed", cmp.Or(os.Getenv("FRESHET_WORLDS_SEED"), "1"))
	rapid.Check(t, func(t *rapid.T) {
		w, truth := judgetest.DrawWorld(t)
		if hasUnlisted(w) || beginsUnchanged(w) {
			t.Skip("the history does not keep what this world is about")
		}
		dropSilentAlterations(w)
		r := judgeWorld(t, w)
		verdicts := make(map[string]judgetest.Verdict)
		for _, n := range r.Nodes {
			verdicts[string(n.ID)] = describeVerdict(n)
		}
		if wrong := judgetest.FindWrongGreens(w, truth, verdicts); len(wrong) > 0 {
			t.Fatalf("wrong greens: got %v, want none", wrong)
		}
		for id, want := range judgetest.Judge(w) {
			if !readsForgotten(w, r, id) {
				compareVerdict(t, w, r, id, want)
			}
		}
	})
}

// setRapid sets a flag of rapid for the time of a test.
func setRapid(t *testing.T, name, value string) {
	t.Helper()
	before := flag.Lookup(name).Value.String()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set(name, before) })
}

// dropSilentAlterations removes the readings of the clock altered that found nothing newer: LAST_ALTERED
// is always told as it is, and nothing of the checks between two possible updates is kept.
func dropSilentAlterations(w judgetest.World) {
	for i, v := range w.Visits {
		w.Visits[i].Readings = slices.DeleteFunc(slices.Clone(v.Readings), func(r judgetest.Reading) bool {
			return r.Clock == "altered" && r.At.IsZero() && !r.Empty
		})
	}
}

// beginsUnchanged reports whether the first build of an asset of a world changed no row. Until a build
// changes some, only the newest check is kept.
func beginsUnchanged(w judgetest.World) bool {
	met := make(map[string]bool)
	for _, v := range w.Visits {
		for _, b := range v.Builds {
			if !b.Ended.IsZero() && !met[b.Asset] {
				met[b.Asset] = true
				if b.Incremental && b.RowsAffected == 0 {
					return true
				}
			}
		}
	}
	return false
}

// hasUnlisted reports whether an asset of a world was in no listing, so that nobody told what it reads.
func hasUnlisted(w judgetest.World) bool {
	return slices.ContainsFunc(w.Assets, func(a judgetest.Asset) bool {
		return !slices.ContainsFunc(w.Visits, func(v judgetest.Visit) bool { return slices.Contains(v.Listed, a.ID) })
	})
}

// readsForgotten reports whether an asset of a world is one that left the report, or reads one, directly
// or not: what is gone, and only read by what is gone, is in no report.
func readsForgotten(w judgetest.World, r *freshness.Report, id string) bool {
	about := map[string]bool{id: true}
	for range w.Assets {
		for _, a := range w.Assets {
			if about[a.ID] {
				for _, up := range a.Upstream {
					about[up] = true
				}
			}
			about[a.ID] = about[a.ID] || a.Parent == id
		}
	}
	for other := range about {
		if about[other] && r.Node(sources.ID(other)) == nil {
			return true
		}
	}
	return false
}

// compareVerdict fails the test if the report says another thing of an asset than the judge.
func compareVerdict(t *rapid.T, w judgetest.World, r *freshness.Report, id string, want judgetest.Verdict) {
	n := r.Node(sources.ID(id))
	if n == nil {
		t.Fatalf("%s: got no asset, want %+v", id, want)
	}
	got := describeVerdict(n)
	if n.Kind.IsContainer() || n.Status == freshness.Broken {
		want.CheckedRoots = got.CheckedRoots // of a dashboard they are not counted, and of what is gone nobody tells what it read
		want.UncheckedRoots = got.UncheckedRoots
	}
	isLate := slices.ContainsFunc(n.Causes, func(c *freshness.Cause) bool { return c.Late }) // by a learned schedule
	isComparable := !slices.ContainsFunc(n.Causes, hasStoppedChecks) && !readsUnknownStatic(n) && !isLate && !readsCycle(n)
	want.Causes = nameScopes(r, want.Causes)
	if !isComparable {
		want.Causes = got.Causes
	}
	if !isComparable || n.Status == freshness.Unknown || !judgetest.CanCompareWaiting(w, id) {
		want.Waiting = got.Waiting
	}
	if slices.Equal(got.Causes, want.Causes) {
		got.Causes = nil
		want.Causes = nil
	}
	if got, want := formatVerdict(got), formatVerdict(want); got != want {
		upstream := describeUpstreamVerdicts(n, judgetest.Judge(w), make(map[sources.ID]bool))
		t.Fatalf("%s:\ngot  %s\nwant %s\n%s%s", id, got, want, upstream, describeWorld(w, id))
	}
}

// nameScopes returns the sorted causes with each asset of a dropped schema or database replaced by the
// cause that stands for it. The judge, which is told of no schemas, names each asset.
func nameScopes(r *freshness.Report, causes []string) (named []string) {
	for _, id := range causes {
		n := r.Node(sources.ID(id))
		if n != nil {
			for _, c := range n.Causes {
				_, gone := n.GoneSince(r.At)
				if gone && c.Scope != nil && strings.HasPrefix(id, "table:"+c.Scope.Name.Place()+".") {
					id = string(c.ID)
				}
			}
		}
		named = append(named, id)
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// hasStoppedChecks reports whether a cause is a source that is read and makes no checks any more. The
// judge is not told of the checks of a project, so it names each asset instead.
func hasStoppedChecks(c *freshness.Cause) bool {
	return c.Checks != nil || c.Source != nil && c.Source.OK
}

// readsUnknownStatic reports whether something that n reads, or shows, is static and not listed recently.
// The judge names no cause for what rests on it, because nothing of a static asset reaches downstream.
func readsUnknownStatic(n *freshness.Node) (found bool) {
	for _, part := range append(slices.Clone(n.Shown), n) {
		part.WalkNearest(false, func(up *freshness.Node, _ int) bool {
			found = found || up.Expect.Static && up.OwnStatus == freshness.Unknown
			return !found
		})
	}
	return found
}

// readsCycle reports whether n, or something that it reads or shows, is in a cycle of several assets.
// Which of them is the cause is a choice.
func readsCycle(n *freshness.Node) (found bool) {
	isInCycle := func(m *freshness.Node) (is bool) {
		m.WalkNearest(false, func(up *freshness.Node, _ int) bool {
			is = is || slices.Contains(up.Up, m)
			return !is
		})
		return is
	}
	for _, part := range append(slices.Clone(n.Shown), n) {
		found = found || isInCycle(part)
		part.WalkNearest(false, func(up *freshness.Node, _ int) bool {
			found = found || isInCycle(up)
			return !found
		})
	}
	return found
}

// formatVerdict returns a verdict on one line.
func formatVerdict(v judgetest.Verdict) string {
	v.Updated = v.Updated.UTC()
	v.UpdatedBefore = v.UpdatedBefore.UTC()
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// describeWorld returns what a world tells of an asset and of what it reads.
func describeWorld(w judgetest.World, id string) string {
	about := map[string]bool{id: true}
	for range w.Assets {
		for _, a := range w.Assets {
			for _, up := range a.Upstream {
				about[up] = about[up] || about[a.ID]
			}
			about[a.ID] = about[a.ID] || a.Parent != "" && about[a.Parent]
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "at %s in %s\n", w.At.UTC().Format(time.RFC3339), w.Zone)
	for _, a := range w.Assets {
		if slices.Contains(a.Upstream, id) {
			fmt.Fprintf(&b, "read by %s", a.ID)
			for _, v := range w.Visits {
				if !v.Failed {
					fmt.Fprintf(&b, " %s %s %t", v.Source, v.At.UTC().Format("02 15:04"), slices.Contains(v.Listed, a.ID))
				}
			}
			fmt.Fprintln(&b)
		}
		if about[a.ID] {
			fmt.Fprintf(&b, "%+v rule %+v\n", a, w.Rules[a.ID])
		}
	}
	for _, v := range w.Visits {
		lines := describeWorldVisit(v, about)
		if len(lines) > 0 || v.Failed {
			fmt.Fprintf(&b, "%s %s failed %t\n%s", v.At.UTC().Format("02 15:04:05"), v.Source, v.Failed, lines)
		}
	}
	return b.String()
}

// describeUpstreamVerdicts returns what both judges say of the upstream of n.
func describeUpstreamVerdicts(n *freshness.Node, all map[string]judgetest.Verdict, met map[sources.ID]bool) (text string) {
	for _, up := range append(slices.Clone(n.Up), n.Shown...) {
		if !met[up.ID] {
			met[up.ID] = true
			text += fmt.Sprintf("up %s\n got  %s\n want %s\n", up.ID, formatVerdict(describeVerdict(up)), formatVerdict(all[string(up.ID)]))
			text += describeUpstreamVerdicts(up, all, met)
		}
	}
	return text
}

// describeWorldVisit returns what a visit tells of some assets.
func describeWorldVisit(v judgetest.Visit, about map[string]bool) string {
	var b strings.Builder
	at := func(t time.Time) string { return t.UTC().Format("02 15:04:05") }
	for _, r := range v.Readings {
		if about[r.Asset] {
			fmt.Fprintf(&b, "  %s %s at %s by %s empty %t not after %s unconfirmed %t\n",
				r.Asset, r.Clock, at(r.At), at(r.CheckedAt), r.Empty, at(r.NotAfter), r.Unconfirmed)
		}
	}
	for _, r := range v.Builds {
		if about[r.Asset] {
			fmt.Fprintf(&b, "  %s built %s-%s by %s incremental %t rows %d\n",
				r.Asset, at(r.Began), at(r.Ended), at(r.CheckedAt), r.Incremental, r.RowsAffected)
		}
	}
	for _, r := range v.Attempts {
		if about[r.Asset] {
			fmt.Fprintf(&b, "  %s attempt %s failed %t\n", r.Asset, at(r.At), r.Failed)
		}
	}
	return b.String()
}
