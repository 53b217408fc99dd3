// Package words writes every sentence that people read about a report: headlines, root causes,
// expectations, schedules, times and ages. Values of a report go in and text comes out; nothing is
// decided here, and nothing is formatted for a page.
//
// Pages and the terminal print times relative to the report ("today 04:12") in its zone. What is
// stored or sent, as the changes record and the write-back table, is written by [ForRecord]: its
// times are absolute and in UTC.
package words

import (
	"fmt"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
)

// A Phrasing writes sentences about one report.
type Phrasing struct {
	report   *freshness.Report
	isRecord bool // times are absolute and in UTC
}

// ForPage returns a phrasing for pages and the terminal.
func ForPage(r *freshness.Report) Phrasing { return Phrasing{report: r} }

// ForRecord returns a phrasing for what is stored or sent.
func ForRecord(r *freshness.Report) Phrasing { return Phrasing{report: r, isRecord: true} }

// Time returns t in words: for pages as [FormatTime] does, for records such as
// "17 Jul 2026 04:12 UTC". The zero time is "an unknown time".
func (p Phrasing) Time(t time.Time) string {
	if p.isRecord && !t.IsZero() {
		return t.UTC().Format("2 Jan 2006 15:04 UTC")
	}
	return FormatTime(p.report, t)
}

// FormatTime returns t in the zone of the report, in words that change once a day at most:
// "today 05:02", "yesterday 05:02", "15 Jul 04:12", and "15 Jul 2025 04:12" in another year.
// The zero time is "an unknown time".
func FormatTime(r *freshness.Report, t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
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

// FormatAge returns the age of data of t: "today", "1 day", "130 days"; "" for the zero time.
func FormatAge(r *freshness.Report, t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case r.DaysSince(t) <= 0:
		return "today"
	default:
		return Count(r.DaysSince(t), "day")
	}
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

// joinSentences returns the sentences that are not empty, with a space between them.
func joinSentences(sentences ...string) string {
	var all []string
	for _, s := range sentences {
		if s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, " ")
}

// quoteMessage returns the message of a system in quotation marks after a colon; "" for none.
func quoteMessage(message string) string {
	if message == "" {
		return ""
	}
	return fmt.Sprintf(": “%s”", strings.TrimSuffix(message, "."))
}

// Capitalize returns s with an upper-case first letter, if that is a letter of ASCII.
func Capitalize(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
