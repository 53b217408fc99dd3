package freshness

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// FormatTime returns t in the zone of the report, in words that change once a day at most:
// "today 05:02", "yesterday 05:02", "15 Jul 04:12", and "15 Jul 2025 04:12" in another year.
// The zero time is "a moment that is not known".
func (r *Report) FormatTime(t time.Time) string {
	if t.IsZero() {
		return "a moment that is not known"
	}
	local := t.In(r.Zone)
	switch days := r.daysSince(t); {
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

// daysSince returns the number of midnights from t to the moment of the report, in its zone.
func (r *Report) daysSince(t time.Time) int {
	return r.calendar.dayNumber(r.At.Unix()) - r.calendar.dayNumber(t.Unix())
}

// FormatAge returns the age of data of t: "today", "1 d", "130 d"; "" for the zero time.
func (r *Report) FormatAge(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case r.daysSince(t) <= 0:
		return "today"
	default:
		return fmt.Sprintf("%d d", r.daysSince(t))
	}
}

// clockVerbs holds the verb of each clock, as in "Not loaded since".
var clockVerbs = [sources.ClockCount]string{"loaded", "changed", "refreshed", "altered", "built", "defined", "read"}

// describeNode returns the sentences that say what to repair in an asset that is a cause.
func (r *Report) describeNode(n *Node) string {
	switch {
	case n.OwnStatus == Broken:
		return r.describeBroken(n)
	case n.hasFailedBuild():
		return r.describeFailedBuild(n)
	case n.Never:
		return "Never loaded: the table is there, and has no row." + r.describeExpectation(n)
	case n.OwnStatus == Unknown || n.OwnStatus == None:
		return r.describeUnknown(n)
	default:
		return r.describeOldData(n)
	}
}

// describeBroken says what n lacks or, if n itself is missing, which source no longer lists it
// and what still reads it.
func (r *Report) describeBroken(n *Node) string {
	if n.MissingRef != "" {
		return endSentence(n.MissingRef)
	}
	went, gone := n.goneSince(r.At)
	if !gone {
		return fmt.Sprintf("It is not there: a complete look at its schema does not list it, and %s.", n.describeReaders())
	}
	return fmt.Sprintf(
		"%s does not list it any more, since the look of %s, and %s.",
		n.lastLister(),
		r.FormatTime(went),
		n.describeReaders(),
	)
}

// lastLister returns the name of the source that no longer lists n, of those that decide
// whether n exists; "Nobody" if there is none.
func (n *Node) lastLister() string {
	for _, t := range n.tracks {
		if !t.IsListed() && n.isDecidedBy(t) {
			return t.Source
		}
	}
	return "Nobody"
}

// describeReaders says what still reads n, without a period: the first reader by name, others
// as a number.
func (n *Node) describeReaders() string {
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
func (r *Report) describeFailedBuild(n *Node) string {
	s := "Its build failed " + r.FormatTime(n.Attempt.At)
	if n.Attempt.Says != "" {
		s += ": “" + strings.TrimSuffix(n.Attempt.Says, ".") + "”"
	}
	s += "."
	if last := n.lastBuiltAt(); !last.IsZero() {
		s += " Last built " + r.FormatTime(last) + "."
	}
	return s + r.describeUpstream(n)
}

// describeUpstream returns a sentence that the upstream of n is fresh, with a space before it;
// "" if n has no upstream or some of it is not fresh.
func (r *Report) describeUpstream(n *Node) string {
	if len(n.Up) == 0 || n.component.hasNonFreshUpstream() {
		return ""
	}
	return " What it reads is fresh."
}

// describeUnknown says why n could not be judged: it was never checked, its timestamps are in
// the future, a check left it out, or the last check is too old.
func (r *Report) describeUnknown(n *Node) string {
	if n.Unchecked {
		return fmt.Sprintf(
			"No check has ever told of it, though there is a rule: %s. The check fails, or is not run.",
			n.Expect,
		)
	}
	s := ""
	last := n.lastClockState()
	if last != nil && !last.FutureAt.IsZero() {
		s = fmt.Sprintf(
			"Its clock is at fault: the look of %s told of %s, which was yet to come. Is it the sender's "+
				"clock, or a missing time zone?",
			r.FormatTime(r.lastFutureCheck(n)),
			r.formatAbsolute(last.FutureAt),
		)
	} else if !n.Missed.IsZero() {
		s = fmt.Sprintf("The check of %s told nothing of it: it failed for this one, or left it out.", r.FormatTime(n.Missed))
	}
	if last != nil && !last.CheckedAt.IsZero() {
		s += fmt.Sprintf(
			" Not looked at since %s; it was %s %s then.",
			r.FormatTime(last.CheckedAt),
			clockVerbs[last.Clock],
			r.FormatTime(last.At),
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
func (n *Node) lastClockState() (last *ClockState) {
	for i, t := range n.Clocks {
		if n.isJudgedBy(t.Clock) && (last == nil || last.CheckedAt.IsZero()) {
			last = &n.Clocks[i]
		}
	}
	return last
}

// lastFutureCheck returns the time of the newest check that returned a timestamp in the future;
// zero if none did.
func (r *Report) lastFutureCheck(n *Node) (checked time.Time) {
	for _, t := range n.tracks {
		for _, a := range t.FutureReadings {
			if a.CheckedAt.After(checked) {
				checked = a.CheckedAt
			}
		}
	}
	return checked
}

// formatAbsolute returns t in the zone of the report without "today" and "yesterday", for times
// after the report.
func (r *Report) formatAbsolute(t time.Time) string { return t.In(r.Zone).Format("2 Jan 15:04") }

// describeSchedule says when n usually loads, and when its data is or was due if it is waiting
// or late. Each sentence begins with a space.
func (r *Report) describeSchedule(n *Node) string {
	s := ""
	if n.Rhythm != nil {
		s = " " + endSentence("U"+n.Rhythm.String()[1:])
	}
	switch {
	case n.Late:
		return s + " It was due " + r.FormatTime(n.Due) + "."
	case n.Waiting:
		return s + " It is due " + r.FormatTime(n.Due) + "."
	default:
		return s
	}
}

// describeOldData says when n was last updated, what was expected, and what is known of its
// schedule, its build and its upstream.
func (r *Report) describeOldData(n *Node) string {
	if n.OwnStatus == Fresh {
		return fmt.Sprintf("Late. Last %s %s.", clockVerbs[n.Clock.Clock], r.FormatTime(n.Updated)) + r.describeSchedule(n)
	}
	s := fmt.Sprintf("Not %s since %s.", clockVerbs[n.Clock.Clock], r.FormatTime(n.Updated))
	if !n.Expect.isAgingByDefault() || n.OwnStatus == Stale {
		s += r.describeExpectation(n)
	}
	s += r.describeSchedule(n)
	switch {
	case n.Attempt.Outcome == sources.Skipped:
		s += " Its build was skipped " + r.FormatTime(n.Attempt.At) + "."
	case n.component.isBehind(n):
		return s + fmt.Sprintf(
			" What it reads moved %s, and was not taken over.",
			r.FormatTime(time.Unix(n.component.upstreamUpdateTime(), 0)),
		)
	case !n.Missed.IsZero():
		s += fmt.Sprintf(" The check of %s told nothing of it.", r.FormatTime(n.Missed))
	}
	return s + r.describeUpstream(n)
}

// describeExpectation says what was expected of n, with a space before the sentence.
func (r *Report) describeExpectation(n *Node) string { return fmt.Sprintf(" Expected: %s.", n.Expect) }

// describeSource says why a source is a cause: its visits fail or, if they succeed, its checks
// are too old.
func (r *Report) describeSource(s *SourceStatus) string {
	if !s.OK {
		since := ""
		if !s.LastSuccess.IsZero() {
			since = ", last seen " + r.FormatTime(s.LastSuccess)
		}
		return fmt.Sprintf(
			"%s cannot be seen since %s%s: %s",
			s.Source,
			r.FormatTime(s.FailingSince),
			since,
			firstLine(s.Error),
		)
	}
	var checks []string
	for _, l := range s.Checks {
		checks = append(checks, fmt.Sprintf("%s %s", l.What, r.FormatTime(l.At)))
	}
	return fmt.Sprintf(
		"%s answers, and has nothing new to tell: %s. Does its job still run?",
		s.Source,
		strings.Join(checks, ", "),
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
func (r *Report) Headline() string {
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
		return r.calmHeadline()
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
func (r *Report) calmHeadline() string {
	counts := r.Tiles
	pending := r.TilesPending
	noun := "tile"
	if counts.Total() == 0 {
		counts = r.Tables
		pending = r.TablesPending
		noun = "table"
	}
	s := fmt.Sprintf("Nothing needs attention. %d of %s fresh", counts[Fresh], sources.FormatCount(counts.Total(), noun))
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
