package words

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// DescribeCause returns the sentences for a page that say what to repair, as
// [Phrasing.DescribeCause] does.
func DescribeCause(r *freshness.Report, c *freshness.Cause) string {
	return ForPage(r).DescribeCause(c)
}

// DescribeCause returns the sentences that say what to repair: what happened and when, the last
// good time, what was expected, and the usual schedule.
func (p Phrasing) DescribeCause(c *freshness.Cause) string {
	switch {
	case c.Source != nil:
		return p.describeSource(c.Source)
	case c.Checks != nil:
		return p.describeStoppedChecks(c.Checks)
	case c.Scope != nil:
		return p.describeLostScope(c)
	case c.Missing != nil:
		return endSentence(c.Missing.Says)
	case c.Job != nil:
		return p.describeJob(c.Job)
	case c.OnlyTests && c.Node.Status == freshness.Fresh:
		return joinSentences(p.describeTests(c.Node), "Its data is fresh.")
	case c.OnlyTests:
		return p.describeTests(c.Node)
	case c.Waiting:
		return joinSentences(p.describeTests(c.Node), p.describeNode(c.Node))
	default:
		return joinSentences(p.describeNode(c.Node), p.describeTests(c.Node))
	}
}

// describeSource says why a source is a root cause: its visits fail or, if they succeed, its newest
// results are too old.
func (p Phrasing) describeSource(s *freshness.SourceStatus) string {
	newest := newestCheck(s)
	switch {
	case !s.OK:
		text := fmt.Sprintf("Source %s could not be read since %s: %s", s.Source, p.Time(s.FailingSince), endSentence(firstLine(s.Error)))
		if !s.LastSuccess.IsZero() {
			text += fmt.Sprintf(" Last read %s.", p.Time(s.LastSuccess))
		}
		return text
	case newest.IsZero():
		return fmt.Sprintf("Source %s has no results before %s.", s.Source, p.Time(p.report.At))
	default:
		return fmt.Sprintf("Source %s can be read, but its newest results are from %s. Check that its job still runs.",
			s.Source, p.Time(newest))
	}
}

// describeStoppedChecks says since when the checks of a project do not come, and what to look at.
func (p Phrasing) describeStoppedChecks(s *freshness.StoppedChecks) string {
	of := ""
	if s.Project != "" {
		of = " of project " + s.Project
	}
	switch {
	case s.Last.IsZero():
		return fmt.Sprintf("No freshness check%s is recorded, although limits are set. "+
			"Run dbt source freshness, and let freshet read its sources.json.", of)
	case s.Clock == sources.Loaded:
		return fmt.Sprintf("No freshness check%s since %s. Check that dbt source freshness still runs.", of, p.Time(s.Last))
	case s.Clock == sources.Built:
		return fmt.Sprintf("No build%s is recorded since %s. Check that its job still runs.", of, p.Time(s.Last))
	default:
		return fmt.Sprintf("Source %s can be read, but its newest results are from %s. Check that its job still runs.",
			s.Source.Source, p.Time(s.Last))
	}
}

// describeLostScope says since when a schema or database is gone, and how many assets of it are read; or
// since when, and how far, it is no longer listed.
func (p Phrasing) describeLostScope(c *freshness.Cause) string {
	scope := c.Scope
	switch {
	case scope.Says != "":
		return fmt.Sprintf("Source %s could not list %s %s since %s: %s",
			scope.Source, scope.Name.Kind(), scope.Name.Place(), p.Time(scope.Since), endSentence(scope.Says))
	case !scope.Dropped:
		return fmt.Sprintf("%s of %s in %s %s %s no longer listed by %s since %s. %s dropped, or its role lost access.",
			Number(scope.Lost), Count(scope.Total, "asset"), scope.Name.Kind(), scope.Name.Place(), Verb(scope.Lost, "is", "are"),
			scope.Source, p.Time(scope.Since), Verb(scope.Lost, "It was", "They were"))
	}
	kind := Capitalize(c.Scope.Name.Kind())
	return fmt.Sprintf("%s dropped or renamed: %s has listed nothing in it since %s. %s that read it %s affected.",
		kind, c.Scope.Source, p.Time(c.Scope.Since), Count(len(c.Affected), "asset"), Verb(len(c.Affected), "is", "are"))
}

// firstLine returns the text before the first newline.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// jobFailure splits what a source says of a failed run: "failed at step 2, dbt build: message".
var jobFailure = regexp.MustCompile(`^(failed|was cancelled)(?: at step (\d+)(?:, ([^:]+))?)?(?:: (.*))?$`)

// describeJob says how a job failed or when it should have run, and when it last succeeded.
func (p Phrasing) describeJob(j *freshness.Job) string {
	last := ""
	if !j.LastSuccess.IsZero() {
		last = fmt.Sprintf("Last successful run %s.", p.Time(j.LastSuccess))
	}
	if j.Attempt.Outcome == sources.NotRun {
		return joinSentences(fmt.Sprintf("Job did not run: scheduled for %s.", p.Time(j.Attempt.At)), last)
	}
	parts := jobFailure.FindStringSubmatch(j.Attempt.Says)
	if parts == nil {
		return joinSentences(fmt.Sprintf("Job failed %s%s.", p.Time(j.Attempt.At), quoteMessage(j.Attempt.Says)), last)
	}
	outcome := "failed"
	if parts[1] == "was cancelled" {
		outcome = "canceled"
	}
	text := fmt.Sprintf("Job %s %s", outcome, p.Time(j.Attempt.At))
	if parts[2] != "" {
		text += " at step " + parts[2]
	}
	if parts[3] != "" {
		text += fmt.Sprintf(" (%s)", parts[3])
	}
	return joinSentences(text+quoteMessage(parts[4])+".", last)
}

// describeNode says what to repair in an asset.
func (p Phrasing) describeNode(n *freshness.Node) string {
	switch {
	case n.OwnStatus == freshness.Broken:
		return p.describeBroken(n)
	case n.IsFailing():
		return p.describeFailedBuild(n)
	case n.Never:
		return joinSentences(p.describeEmpty(n), describeExpected(n))
	case n.OwnStatus == freshness.Unknown || n.OwnStatus == freshness.None:
		return p.describeUnknown(n)
	case n.OwnStatus == freshness.Fresh:
		return p.describeLate(n)
	default:
		return p.describeOldData(n)
	}
}

// describeBroken says what an asset lacks or, if it is missing itself, which source no longer lists
// it and what still reads it.
func (p Phrasing) describeBroken(n *freshness.Node) string {
	if n.MissingRef != "" {
		return endSentence(n.MissingRef)
	}
	went, gone := n.GoneSince(p.report.At)
	if !gone {
		return joinSentences("Not found: its whole schema was listed without it.", describeReaders(n))
	}
	dropped := fmt.Sprintf("Dropped or renamed: %s has not listed it since %s.", n.LastLister(), p.Time(went))
	return joinSentences(dropped, describeReaders(n))
}

// describeReaders says what still reads an asset: the first reader by name, others as a number.
func describeReaders(n *freshness.Node) string {
	switch others := len(n.Down) - 1; {
	case len(n.Down) == 0:
		return "Nothing reads it."
	case others == 0:
		return n.Down[0].Label() + " still reads it."
	default:
		return fmt.Sprintf("%s and %s more still read it.", n.Down[0].Label(), Number(others))
	}
}

// describeFailedBuild says when and how the build of an asset failed, when it was last built, and
// how its upstream is; or when and how the freshness check of it failed, and what the last one told.
func (p Phrasing) describeFailedBuild(n *freshness.Node) string {
	if n.Attempt.Outcome == sources.CheckFailed {
		return joinSentences(
			fmt.Sprintf("Freshness check failed %s%s.", p.Time(n.Attempt.At), quoteMessage(n.Attempt.Says)),
			p.describeLastReading(lastClockState(n)),
			p.describeFreshStill(n))
	}
	if n.Attempt.Outcome == freshness.TookNoRows {
		return joinSentences(
			fmt.Sprintf("Its last %d builds took no rows, since %s, although %s gained rows before each of them.",
				freshness.StuckBuilds, p.Time(n.Attempt.Began), n.Attempt.Says),
			p.describeLastReading(lastClockState(n)),
			p.describeFreshStill(n))
	}
	built := ""
	if last := timeline.LastBuiltAt(n.Node); !last.IsZero() {
		built = fmt.Sprintf("Last built %s.", p.Time(last))
	}
	failed := fmt.Sprintf("Build failed %s%s.", p.Time(n.Attempt.At), quoteMessage(n.Attempt.Says))
	return joinSentences(failed, built, p.describeFreshStill(n), describeUpstream(n))
}

// describeFreshStill says of an asset whose build failed that its data is within its limit still, and
// when the next is due; "" if it is not.
func (p Phrasing) describeFreshStill(n *freshness.Node) string {
	switch {
	case !n.Status.IsOnTime():
		return ""
	case n.Due.After(p.report.At):
		return fmt.Sprintf("Its data is still fresh; new data is due %s.", p.Time(n.Due))
	default:
		return "Its data is still fresh."
	}
}

// EmptyWord returns "emptied" of an asset that has no rows any more, and "never loaded" of one of which
// none were ever known.
func EmptyWord(n *freshness.Node) string {
	if n.HadRowsAt.IsZero() {
		return "never loaded"
	}
	return "emptied"
}

// describeEmpty says that a table has no rows, and until when it had some.
func (p Phrasing) describeEmpty(n *freshness.Node) string {
	if !n.HadRowsAt.IsZero() {
		checked := p.lastChecked(n)
		if n.Clock != nil && n.Clock.CheckedAt.Equal(n.EmptySince) {
			checked = ""
		}
		return fmt.Sprintf("Empty since the check of %s; before that it was last loaded %s%s.",
			p.Time(n.EmptySince), p.Time(n.HadRowsAt), checked)
	}
	return fmt.Sprintf("Never loaded: the table exists and has no rows%s.", p.lastChecked(n))
}

// lastChecked returns the last check of the clock that judges n, in parentheses with a space
// before; "" if no clock does.
func (p Phrasing) lastChecked(n *freshness.Node) string {
	if n.Clock == nil || n.Clock.CheckedAt.IsZero() {
		return ""
	}
	return fmt.Sprintf(" (last checked %s)", p.Time(n.Clock.CheckedAt))
}

// describeUpstream says whether everything upstream is fresh, or how far that is not checked; ""
// if there is no checked upstream or some of it is not fresh.
func describeUpstream(n *freshness.Node) string {
	fresh := len(n.Up) - n.UncheckedUpstream
	switch {
	case fresh <= 0 || n.HasNonFreshUpstream():
		return ""
	case n.UncheckedUpstream == 0 && n.HasUncheckedRoot():
		return "Everything directly upstream is fresh, but not every source is checked."
	case n.UncheckedUpstream == 0:
		return "Everything upstream is fresh."
	default:
		return fmt.Sprintf("Upstream: %s fresh, %s not checked.", Number(fresh), Number(n.UncheckedUpstream))
	}
}

// describeUnknown says why an asset could not be judged: it was never checked, its timestamps are in
// the future, a check left it out, or the last check is too old.
func (p Phrasing) describeUnknown(n *freshness.Node) string {
	if n.Unchecked {
		return fmt.Sprintf("Never checked, although a limit is set: %s. Either the check fails or it is not run.",
			Expectation(n.Expect))
	}
	last := lastClockState(n)
	switch {
	case last != nil && !last.FutureAt.IsZero():
		return p.describeFuture(n, last)
	case !n.Missed.IsZero():
		return joinSentences(
			fmt.Sprintf("The check of %s returned no result for it: it failed or did not include this table.", p.Time(n.Missed)),
			p.describeLastReading(last))
	case last != nil && !last.CheckedAt.IsZero():
		return fmt.Sprintf("Last checked %s; its data was from %s then.", p.Time(last.CheckedAt), p.Time(last.At))
	default:
		return "No check result yet."
	}
}

// ExplainUnknown returns a sentence that says why the age of n is unknown although no root cause
// explains it: no time is recorded for n, and perhaps for nothing upstream of it.
func ExplainUnknown(n *freshness.Node) string {
	switch {
	case n.UpstreamUpdated().Unix() == 0:
		return "Age unknown: no load or build time is recorded for it or for anything upstream."
	case n.Virtual:
		return "Age unknown: not everything upstream is checked."
	default:
		return "Age unknown: no load or build time is recorded for it."
	}
}

// DescribeFutureTime says that a check of n returned a time in the future, which is not used; "" if none
// did, or if a later check returned a valid time.
func (p Phrasing) DescribeFutureTime(n *freshness.Node) string {
	for i, state := range n.Clocks {
		if state.Clock.CanDecideStatus() && !state.FutureAt.IsZero() {
			return p.describeFuture(n, &n.Clocks[i])
		}
	}
	return ""
}

// describeFuture says that the newest timestamp of an asset lies in the future, and names the last
// valid one if there is any.
func (p Phrasing) describeFuture(n *freshness.Node, last *timeline.ClockState) string {
	future := p.Time(last.FutureAt)
	checked := p.Time(timeline.LastFutureCheck(n.Node))
	if last.CheckedAt.IsZero() {
		return fmt.Sprintf("Newest timestamp %s is in the future (checked %s) and is ignored. "+
			"Check the sender's clock and time zone.", future, checked)
	}
	return fmt.Sprintf("Ignored a timestamp in the future (%s, checked %s). Last valid: %s, checked %s. "+
		"Check the sender's clock and time zone.", future, checked, p.Time(last.At), p.Time(last.CheckedAt))
}

// describeLastReading returns the last reading of a clock as a sentence; "" for none.
func (p Phrasing) describeLastReading(last *timeline.ClockState) string {
	if last == nil || last.CheckedAt.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s, checked %s.", LastUpdated(last.Clock, p.Time(last.At)), p.Time(last.CheckedAt))
}

// lastClockState returns the best of the clocks that may judge n, one with a check if there is
// any; nil if n has no such clock.
func lastClockState(n *freshness.Node) (last *timeline.ClockState) {
	for i, state := range n.Clocks {
		if timeline.CanJudge(n.Node, state.Clock) && (last == nil || last.CheckedAt.IsZero()) {
			last = &n.Clocks[i]
		}
	}
	return last
}

// describeLate says that an asset is late although it is still fresh.
func (p Phrasing) describeLate(n *freshness.Node) string {
	verb := "loaded"
	if n.Clock.Clock == sources.Built {
		verb = "built"
	}
	late := fmt.Sprintf("Late: due %s, not %s by the check of %s.", p.Time(n.Due), verb, p.Time(n.Clock.CheckedAt))
	return joinSentences(late, p.LastUpdate(n), p.describeRhythm(n))
}

// describeOldData says when an asset was last updated, what was expected, and what is known of its
// schedule, its build and its upstream.
func (p Phrasing) describeOldData(n *freshness.Node) string {
	expected := ""
	if !n.Expect.IsAgingByDefault() || n.OwnStatus == freshness.Stale {
		expected = describeExpected(n)
	}
	return joinSentences(
		p.describeLastUpdate(n),
		p.describePossibleUpdate(n),
		expected,
		p.describeRhythm(n),
		p.describeDue(n),
		p.describeReason(n),
	)
}

// describePossibleUpdate says when the data of an asset may have changed; "" if nothing tells so.
func (p Phrasing) describePossibleUpdate(n *freshness.Node) string {
	if n.PossibleUpdate.IsZero() {
		return ""
	}
	return fmt.Sprintf("Possibly updated %s, not confirmed yet.", p.Time(n.PossibleUpdate))
}

// LastUpdate returns as a sentence when the data of n was updated, by the clock that judges it.
func (p Phrasing) LastUpdate(n *freshness.Node) string {
	if n.Updated.IsZero() {
		return fmt.Sprintf("No rows changed since at least %s.", p.Time(n.UpdatedBefore))
	}
	return LastUpdated(n.Clock.Clock, p.Time(n.Updated)) + "."
}

// describeLastUpdate says since when an asset has no new data. That it was not loaded since is said
// only if a check after the limit found nothing.
func (p Phrasing) describeLastUpdate(n *freshness.Node) string {
	at := p.Time(n.LastUpdate())
	if n.Updated.IsZero() {
		return fmt.Sprintf("No rows changed since at least %s%s.", at, p.lastChecked(n))
	}
	if n.Clock.Clock == sources.Built {
		return fmt.Sprintf("Last built %s; no later build is recorded.", at)
	}
	if !p.report.WasCheckedPastLimit(n) {
		return fmt.Sprintf("Last checked %s; its data was from %s then.", p.Time(n.Clock.CheckedAt), at)
	}
	checked := p.lastChecked(n)
	switch n.Clock.Clock {
	case sources.DML:
		return fmt.Sprintf("No rows changed since %s%s.", at, checked)
	case sources.Refreshed:
		return fmt.Sprintf("Data not refreshed past %s%s.", at, checked)
	case sources.Altered:
		return fmt.Sprintf("Not altered since %s%s.", at, checked)
	default:
		return fmt.Sprintf("Not loaded since %s%s.", at, checked)
	}
}

// describeReason says what is known of the build and the upstream of an asset with old data.
func (p Phrasing) describeReason(n *freshness.Node) string {
	switch {
	case n.Attempt.Outcome == sources.Skipped:
		return joinSentences(
			fmt.Sprintf("Build skipped %s because an upstream model was not built.", p.Time(n.Attempt.At)),
			describeUpstream(n))
	case n.IsBehind():
		return fmt.Sprintf("Upstream data changed %s, after its last build.", p.Time(n.UpstreamUpdated()))
	case !n.Missed.IsZero():
		return joinSentences(
			fmt.Sprintf("The check of %s returned no result for it.", p.Time(n.Missed)),
			describeUpstream(n))
	default:
		return describeUpstream(n)
	}
}
