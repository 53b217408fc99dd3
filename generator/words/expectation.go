package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/sources"
)

// describeExpected says what was expected of an asset.
func describeExpected(n *freshness.Node) string {
	return fmt.Sprintf("Expected: %s.", Expectation(n.Expect))
}

// Expectation returns what is expected in words, with the place that set it in parentheses;
// "no limit" if e makes no choice.
func Expectation(e expect.Expectation) string {
	switch {
	case e.Static:
		return fmt.Sprintf("static, never ages (%s)", e.SetBy)
	case !e.IsSet():
		return "no limit"
	case e.Learned:
		return fmt.Sprintf("usual schedule (%s)", e.SetBy)
	case e.Cadence != nil:
		return fmt.Sprintf("%s (%s)", Cadence(e.Cadence), e.SetBy)
	case e.SetBy == sources.LimitsSetBy:
		return describeSourceLimits(e)
	default:
		return fmt.Sprintf("updated %s; stale after %s (%s)", freshWithin(e), Limit(e.StaleAfter), e.SetBy)
	}
}

// freshWithin returns FreshWithin in words: "every day", or such as "within 26 hours".
func freshWithin(e expect.Expectation) string {
	if isToday(e.FreshWithin) {
		return "every day"
	}
	return "within " + Limit(e.FreshWithin)
}

// isToday reports whether a limit allows no midnight to pass.
func isToday(l expect.Limit) bool { return l.Elapsed() == 0 && l.Days() == 0 }

// describeSourceLimits returns the limits in the terms of dbt, such as "warn after 12 hours, error
// after 26 hours (dbt)". It leaves out a limit that another place supplied.
func describeSourceLimits(e expect.Expectation) string {
	var limits []string
	if e.FreshSetBy == "" {
		limits = append(limits, "warn after "+Limit(e.FreshWithin))
	}
	if e.StaleSetBy == "" {
		limits = append(limits, "error after "+Limit(e.StaleAfter))
	}
	return strings.Join(limits, ", ") + " (" + e.SetBy + ")"
}

// Limit returns a limit in words, such as "today", "100 days" or "26 hours".
func Limit(l expect.Limit) string {
	switch {
	case l.Elapsed() != 0:
		return Duration(l.Elapsed())
	case isToday(l):
		return "today"
	default:
		return Count(l.Days(), "day")
	}
}

// Duration returns d in the largest unit that expresses it exactly, such as "8 days", "26 hours"
// or "90 minutes". Below three days it prints hours, because "1 day" reads as a calendar day.
func Duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0 && d >= 3*day:
		return Count(int(d/day), "day")
	case d%time.Hour == 0:
		return Count(int(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return Count(int(d/time.Minute), "minute")
	default:
		return d.String()
	}
}

// Cadence returns when data is due in words, such as "every Monday and Thursday".
func Cadence(c *expect.Cadence) string {
	switch {
	case c.IsCron():
		return "by " + c.Phrase()
	case c.IsLearned():
		return "usual schedule: " + c.Phrase()
	default:
		return "every " + c.Phrase()
	}
}

// Rhythm returns a usual schedule with how often it was met: "usually loads Mon–Fri by 06:10 (58 of
// 60 times)". The verb is that of the clock that judges the asset.
func Rhythm(n *freshness.Node) string {
	return fmt.Sprintf("usually %s %s (%d of %d times)", usualVerb(n), n.Rhythm.ScheduleText(), n.Rhythm.Met, n.Rhythm.Total)
}

// usualVerb returns what usually happens to an asset: "loads", "changes" or "is built".
func usualVerb(n *freshness.Node) string {
	switch {
	case n.Clock == nil || n.Clock.Clock == sources.Loaded:
		return "loads"
	case n.Clock.Clock == sources.Built:
		return "is built"
	default:
		return "changes"
	}
}

// Schedule returns a usual schedule without a verb, such as "Mon–Fri by 06:10 (58 of 60 times)".
func Schedule(learned *rhythm.Rhythm) string {
	return fmt.Sprintf("%s (%d of %d times)", learned.ScheduleText(), learned.Met, learned.Total)
}

// describeRhythm returns the usual schedule of an asset as a sentence; "" if it has none.
func (p Phrasing) describeRhythm(n *freshness.Node) string {
	if n.Rhythm == nil {
		return ""
	}
	return Capitalize(Rhythm(n)) + "."
}

// describeDue says when the data of an asset is or was due, if it is waiting or late.
func (p Phrasing) describeDue(n *freshness.Node) string {
	switch {
	case n.Late:
		return fmt.Sprintf("Late: due %s.", p.Time(n.Due))
	case !n.Due.IsZero() && n.Clock != nil && n.Due.Before(p.report.At) && n.Clock.CheckedAt.Before(n.Due):
		return fmt.Sprintf("Due %s; not checked since %s.", p.Time(n.Due), p.Time(n.Clock.CheckedAt))
	case n.Waiting && n.Due.After(p.report.At):
		return fmt.Sprintf("Due %s.", p.Time(n.Due))
	default:
		return ""
	}
}

// lastUpdatedVerbs say by clock what happened at the time that it returned.
var lastUpdatedVerbs = [sources.ClockCount]string{
	"Last loaded",
	"Rows last changed",
	"Data refreshed to",
	"Last altered",
	"Last built",
	"Last defined",
	"Last read",
}

// LastUpdated returns what a clock says of a time in words, such as "Last loaded today 05:02". It is
// no whole sentence.
func LastUpdated(c sources.Clock, at string) string { return lastUpdatedVerbs[c] + " " + at }

// similarities say how a table that appeared resembles one that is no longer listed.
var similarities = map[lineage.Similarity]string{
	lineage.SameName:     "same name in another schema",
	lineage.ExtendedName: "one name extends the other",
	lineage.SimilarName:  "similar name",
	lineage.SameUpstream: "same upstream",
}

// Similarity returns how two tables resemble each other, in a few words.
func Similarity(s lineage.Similarity) string { return similarities[s] }

// clockCheckLabels names the checks of each clock.
var clockCheckLabels = [sources.ClockCount]string{
	"freshness checked",
	"row changes",
	"refreshes",
	"table changes",
	"last build",
	"definitions",
	"usage",
}

// SourceChecks returns what a source listed and checked last, and when, a few words each.
func SourceChecks(r *freshness.Report, s *freshness.SourceStatus) (all []string) {
	for _, l := range s.Listings {
		if l.Kind == sources.AccountScope {
			continue // its databases are listed
		}
		what := l.Name.Kind() + " " + l.Name.Place()
		if l.Count > 1 {
			what = Count(l.Count, strings.TrimSuffix(l.Kind, "s"))
		}
		all = append(all, what+" listed "+FormatTime(r, l.At))
	}
	for _, c := range s.ClockChecks {
		all = append(all, clockCheckLabels[c.Clock]+" "+FormatTime(r, c.At))
	}
	return all
}
