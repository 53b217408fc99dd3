package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/sources"
)

// Expectation returns what is expected in words, with the place that set it in parentheses;
// "nothing" if e makes no choice.
func Expectation(e expect.Expectation) string {
	switch {
	case e.Static:
		return fmt.Sprintf("static: it never ages (%s)", e.SetBy)
	case !e.IsSet():
		return "nothing"
	case e.Learned:
		return fmt.Sprintf("as learned (%s)", e.SetBy)
	case e.Cadence != nil:
		return fmt.Sprintf("%s (%s)", Cadence(e.Cadence), e.SetBy)
	case e.SetBy == sources.LimitsSetBy:
		return describeSourceLimits(e)
	default:
		return fmt.Sprintf("updated %s, stale after %s (%s)", freshWithin(e), Limit(e.StaleAfter), e.SetBy)
	}
}

// freshWithin returns FreshWithin in words: "today", or such as "within 26 h".
func freshWithin(e expect.Expectation) string {
	if Limit(e.FreshWithin) == "today" {
		return "today"
	}
	return "within " + Limit(e.FreshWithin)
}

// describeSourceLimits returns the limits in the terms of dbt, such as "warn after 12 h, error
// after 26 h (dbt)". It leaves out a limit that another place supplied.
func describeSourceLimits(e expect.Expectation) string {
	var words []string
	if e.FreshSetBy == "" {
		words = append(words, "warn after "+Limit(e.FreshWithin))
	}
	if e.StaleSetBy == "" {
		words = append(words, "error after "+Limit(e.StaleAfter))
	}
	return strings.Join(words, ", ") + " (" + e.SetBy + ")"
}

// Limit returns a limit in words, such as "today", "100 days" or "26 h".
func Limit(l expect.Limit) string {
	switch {
	case l.Elapsed() != 0:
		return Duration(l.Elapsed())
	case l.Days() == 0:
		return "today"
	default:
		return sources.FormatCount(l.Days(), "day")
	}
}

// Duration returns d in the largest unit that expresses it exactly, such as "3 × 24 h",
// "26 h" or "90 min".
func Duration(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0 && d >= 72*time.Hour:
		return fmt.Sprintf("%d × 24 h", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	default:
		return d.String()
	}
}

// Cadence returns when data is due in words, such as "every Monday and Thursday".
func Cadence(c *expect.Cadence) string {
	if c.IsCron() {
		return "by " + c.Phrase()
	}
	return "every " + c.Phrase()
}

// Rhythm returns a usual schedule with how often it was met: "usually Mon–Fri by 06:10, 58 of 60
// times".
func Rhythm(learned *rhythm.Rhythm) string {
	return fmt.Sprintf("usually %s, %d of %d times", learned.ScheduleText(), learned.Met, learned.Total)
}

// similarities say how a table that appeared resembles one that is no longer listed.
var similarities = map[lineage.Similarity]string{
	lineage.SameName:     "it has the same name elsewhere",
	lineage.ExtendedName: "its name is longer or shorter",
	lineage.SimilarName:  "its name is nearly the same",
	lineage.SameUpstream: "it reads the same",
}

// Similarity returns how two tables resemble each other, as a clause.
func Similarity(s lineage.Similarity) string { return similarities[s] }
