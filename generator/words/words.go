// Package words writes every sentence that people read about a report: headlines, root causes,
// expectations, schedules, times and ages. Text comes in as values of a report and goes out as
// text; nothing is decided here, and nothing is formatted for a page.
//
// Words are those of the project's copy deck: one word per thing. Sentences that are stored or
// sent carry absolute times; the others may say "today".
package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// FormatTime returns t in the zone of the report, in words that change once a day at most:
// "today 05:02", "yesterday 05:02", "15 Jul 04:12", and "15 Jul 2025 04:12" in another year.
// The zero time is "a moment that is not known".
func FormatTime(r *freshness.Report, t time.Time) string {
	if t.IsZero() {
		return "a moment that is not known"
	}
	local := t.In(r.Zone)
	switch days := r.DaysSince(t); {
	case days == 0:
		return "today " + local.Format("15:04")
	case days == 1:
		return "yesterday " + local.Format("15:04")
	case local.Year() == r.At.In(r.Zone).Year():
		return local.Format("2 Jan 15:04")
	default:
		return local.Format("2 Jan 2006 15:04")
	}
}

// FormatAge returns the age of data of t: "today", "1 d", "130 d"; "" for the zero time.
func FormatAge(r *freshness.Report, t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case r.DaysSince(t) <= 0:
		return "today"
	default:
		return fmt.Sprintf("%d d", r.DaysSince(t))
	}
}

// clockVerbs holds the verb of each clock, as in "Not loaded since".
var clockVerbs = [sources.ClockCount]string{"loaded", "changed", "refreshed", "altered", "built", "defined", "read"}

// DescribeCause returns the sentences that say what to repair.
func DescribeCause(r *freshness.Report, c *freshness.Cause) string {
	switch {
	case c.Source != nil:
		return describeSource(r, c.Source)
	case c.Missing != nil:
		return endSentence(c.Missing.Says)
	case c.Job != nil:
		return describeJob(r, c.Job)
	default:
		return describeNode(r, c.Node)
	}
}

// describeNode returns the sentences that say what to repair in an asset that is a cause.
func describeNode(r *freshness.Report, n *freshness.Node) string {
	switch {
	case n.OwnStatus == freshness.Broken:
		return describeBroken(r, n)
	case n.HasFailedBuild():
		return describeFailedBuild(r, n)
	case n.Never:
		return "Never loaded: the table is there, and has no row." + describeExpectation(n)
	case n.OwnStatus == freshness.Unknown || n.OwnStatus == freshness.None:
		return describeUnknown(r, n)
	default:
		return describeOldData(r, n)
	}
}

// describeBroken says what n lacks or, if n itself is missing, which source no longer lists it
// and what still reads it.
func describeBroken(r *freshness.Report, n *freshness.Node) string {
	if n.MissingRef != "" {
		return endSentence(n.MissingRef)
	}
	went, gone := n.GoneSince(r.At)
	if !gone {
		return fmt.Sprintf("It is not there: a complete look at its schema does not list it, and %s.", describeReaders(n))
	}
	return fmt.Sprintf(
		"%s does not list it any more, since the look of %s, and %s.",
		cmp.Or(n.LastLister(), "Nobody"),
		FormatTime(r, went),
		describeReaders(n),
	)
}

// describeReaders says what still reads n, without a period: the first reader by name, others
// as a number.
func describeReaders(n *freshness.Node) string {
	switch len(n.Down) {
	case 0:
		return "nothing reads it"
	case 1:
		return n.Down[0].Label() + " still reads it"
	default:
		return fmt.Sprintf("%s and %s still read it", n.Down[0].Label(), sources.FormatCount(len(n.Down)-1, "other"))
	}
}

// describeFailedBuild says when and how the build of n failed, when n was last built, and
// whether its upstream is fresh.
func describeFailedBuild(r *freshness.Report, n *freshness.Node) string {
	s := "Its build failed " + FormatTime(r, n.Attempt.At)
	if n.Attempt.Says != "" {
		s += ": “" + strings.TrimSuffix(n.Attempt.Says, ".") + "”"
	}
	s += "."
	if last := timeline.LastBuiltAt(n.Node); !last.IsZero() {
		s += " Last built " + FormatTime(r, last) + "."
	}
	return s + describeUpstream(n)
}

// describeUpstream returns a sentence that the upstream of n is fresh, with a space before it;
// "" if n has no upstream or some of it is not fresh.
func describeUpstream(n *freshness.Node) string {
	if len(n.Up) == 0 || n.HasNonFreshUpstream() {
		return ""
	}
	return " What it reads is fresh."
}

// describeUnknown says why n could not be judged: it was never checked, its timestamps are in
// the future, a check left it out, or the last check is too old.
func describeUnknown(r *freshness.Report, n *freshness.Node) string {
	if n.Unchecked {
		return fmt.Sprintf(
			"No check has ever told of it, though there is a rule: %s. The check fails, or is not run.",
			Expectation(n.Expect),
		)
	}
	s := ""
	last := lastClockState(n)
	if last != nil && !last.FutureAt.IsZero() {
		s = fmt.Sprintf(
			"Its clock is at fault: the look of %s told of %s, which was yet to come. Is it the sender's "+
				"clock, or a missing time zone?",
			FormatTime(r, timeline.LastFutureCheck(n.Node)),
			formatAbsolute(r, last.FutureAt),
		)
	} else if !n.Missed.IsZero() {
		s = fmt.Sprintf("The check of %s told nothing of it: it failed for this one, or left it out.", FormatTime(r, n.Missed))
	}
	if last != nil && !last.CheckedAt.IsZero() {
		s += fmt.Sprintf(
			" Not looked at since %s; it was %s %s then.",
			FormatTime(r, last.CheckedAt),
			clockVerbs[last.Clock],
			FormatTime(r, last.At),
		)
	}
	s = strings.TrimSpace(s)
	if s == "" {
		s = "Nobody has told of it yet."
	}
	return s
}

// lastClockState returns the best of the clocks that may judge n, one with a check if there is
// any; nil if n has no such clock.
func lastClockState(n *freshness.Node) (last *timeline.ClockState) {
	for i, t := range n.Clocks {
		if timeline.CanJudge(n.Node, t.Clock) && (last == nil || last.CheckedAt.IsZero()) {
			last = &n.Clocks[i]
		}
	}
	return last
}

// formatAbsolute returns t in the zone of the report without "today" and "yesterday", for times
// after the report.
func formatAbsolute(r *freshness.Report, t time.Time) string {
	return t.In(r.Zone).Format("2 Jan 15:04")
}

// describeSchedule says when n usually loads, and when its data is or was due if it is waiting
// or late. Each sentence begins with a space.
func describeSchedule(r *freshness.Report, n *freshness.Node) string {
	s := ""
	if n.Rhythm != nil {
		s = " " + endSentence("U"+Rhythm(n.Rhythm)[1:])
	}
	switch {
	case n.Late:
		return s + " It was due " + FormatTime(r, n.Due) + "."
	case n.Waiting:
		return s + " It is due " + FormatTime(r, n.Due) + "."
	default:
		return s
	}
}

// describeOldData says when n was last updated, what was expected, and what is known of its
// schedule, its build and its upstream.
func describeOldData(r *freshness.Report, n *freshness.Node) string {
	if n.OwnStatus == freshness.Fresh {
		return fmt.Sprintf("Late. Last %s %s.", clockVerbs[n.Clock.Clock], FormatTime(r, n.Updated)) + describeSchedule(r, n)
	}
	s := fmt.Sprintf("Not %s since %s.", clockVerbs[n.Clock.Clock], FormatTime(r, n.Updated))
	if !n.Expect.IsAgingByDefault() || n.OwnStatus == freshness.Stale {
		s += describeExpectation(n)
	}
	s += describeSchedule(r, n)
	switch {
	case n.Attempt.Outcome == sources.Skipped:
		s += " Its build was skipped " + FormatTime(r, n.Attempt.At) + "."
	case n.IsBehind():
		return s + fmt.Sprintf(
			" What it reads moved %s, and was not taken over.",
			FormatTime(r, n.UpstreamUpdated()),
		)
	case !n.Missed.IsZero():
		s += fmt.Sprintf(" The check of %s told nothing of it.", FormatTime(r, n.Missed))
	}
	return s + describeUpstream(n)
}

// describeExpectation says what was expected of n, with a space before the sentence.
func describeExpectation(n *freshness.Node) string {
	return fmt.Sprintf(" Expected: %s.", Expectation(n.Expect))
}

// describeSource says why a source is a cause: its visits fail or, if they succeed, its checks
// are too old.
func describeSource(r *freshness.Report, s *freshness.SourceStatus) string {
	if !s.OK {
		since := ""
		if !s.LastSuccess.IsZero() {
			since = ", last seen " + FormatTime(r, s.LastSuccess)
		}
		return fmt.Sprintf(
			"%s cannot be seen since %s%s: %s",
			s.Source,
			FormatTime(r, s.FailingSince),
			since,
			firstLine(s.Error),
		)
	}
	return fmt.Sprintf(
		"%s answers, and has nothing new to tell: %s. Does its job still run?",
		s.Source,
		strings.Join(SourceChecks(r, s), ", "),
	)
}

// firstLine returns the first line of s as a sentence.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return endSentence(line)
}

// endSentence returns s without space around it, and with a period if it does not end in a mark
// that ends a sentence.
func endSentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// Headline returns the sentence that answers whether the numbers can be trusted: how many
// causes need attention and how many tiles they affect, or how many tiles are fresh.
func Headline(r *freshness.Report) string {
	causes := 0
	affected := 0
	tiles := r.Tiles.Total()
	for _, c := range r.Causes {
		if c.Attention {
			causes++
		}
	}
	for _, n := range r.Nodes {
		if n.Kind == sources.Tile && n.Attention {
			affected++
		}
	}
	switch {
	case len(r.Nodes) == 0:
		return "Nothing was seen yet."
	case causes == 0:
		return calmHeadline(r)
	case tiles == 0:
		return fmt.Sprintf("%s %s attention.", sources.FormatCount(causes, "cause"), needVerb(causes))
	default:
		return fmt.Sprintf(
			"%s %s back %d of %s.",
			sources.FormatCount(causes, "cause"),
			holdVerb(causes),
			affected,
			sources.FormatCount(tiles, "tile"),
		)
	}
}

// calmHeadline returns the headline for when nothing needs attention. It counts tables if there
// are no tiles.
func calmHeadline(r *freshness.Report) string {
	counts := r.Tiles
	pending := r.TilesPending
	noun := "tile"
	if counts.Total() == 0 {
		counts = r.Tables
		pending = r.TablesPending
		noun = "table"
	}
	s := fmt.Sprintf("Nothing needs attention. %d of %s fresh", counts[freshness.Fresh], sources.FormatCount(counts.Total(), noun))
	if pending.Waiting > 0 {
		s += fmt.Sprintf(", %d wait for data that is due yet", pending.Waiting)
	}
	return s + "."
}

// needVerb returns "needs" for one and "need" for other numbers.
func needVerb(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// holdVerb returns "holds" for one and "hold" for other numbers.
func holdVerb(n int) string {
	if n == 1 {
		return "holds"
	}
	return "hold"
}

// describeJob returns sentences that say how the job failed or when it should have run, and
// when it last succeeded.
func describeJob(r *freshness.Report, j *freshness.Job) string {
	s := "It did not run, and was due " + FormatTime(r, j.Attempt.At) + "."
	if j.Attempt.Outcome != sources.NotRun {
		how, what, _ := strings.Cut(j.Attempt.Says, ": ")
		s = fmt.Sprintf("It %s, %s", how, FormatTime(r, j.Attempt.At))
		if what != "" {
			s += ": “" + strings.TrimSuffix(what, ".") + "”"
		}
		s += "."
	}
	if !j.LastSuccess.IsZero() {
		s += " It went well last " + FormatTime(r, j.LastSuccess) + "."
	}
	return s
}

// clockCheckLabels names the checks of each clock, as in a list of what a source checked.
var clockCheckLabels = [sources.ClockCount]string{
	"loads checked",
	"rows watched",
	"refreshes watched",
	"changes watched",
	"builds run",
	"definitions watched",
	"reads watched",
}

// SourceChecks returns what a source listed and checked last, and when, a few words each.
func SourceChecks(r *freshness.Report, s *freshness.SourceStatus) (all []string) {
	for _, l := range s.Listings {
		what := string(l.Name)
		if l.Count > 1 {
			what = fmt.Sprintf("%d %ss", l.Count, l.Kind)
		}
		all = append(all, "listed "+what+" "+FormatTime(r, l.At))
	}
	for _, c := range s.ClockChecks {
		all = append(all, clockCheckLabels[c.Clock]+" "+FormatTime(r, c.At))
	}
	return all
}
