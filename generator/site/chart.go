package site

import (
	"fmt"
	"html/template"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
)

// An ageChart is the age of an asset's data over the days of the strip: a line
// that grows with time and falls where data came, below what is expected. Where
// nothing was known there is no line.
type ageChart struct {
	Most    string // how old the data was at most, and when
	Picture template.HTML
	Scale   []string // at the left, from above
	Axis    []string
	Keys    []ageKey
	Gaps    bool
	Options []byte // the same for ECharts, as a script; nil where that is not
	Script  string // its file
}

// An ageKey says what a line is.
type ageKey struct{ Class, Words string }

// ages returns the chart of an asset, nil if its data has no age that is known.
func (w *writer) ages(n *freshness.Node) *ageChart {
	all := w.r.Ages(n)
	if len(all) == 0 {
		return nil
	}
	d := drawn{most: all[0]}
	d.from, d.to = w.r.Days()
	for _, s := range all {
		if oldest(s) >= oldest(d.most) {
			d.most = s
		}
	}
	c := &ageChart{Most: d.words(w), Axis: w.axis(), Gaps: gaps(d.from, all)}
	fresh, stale := limits(n.Expect, oldest(d.most))
	var unit string
	d.top, unit = scale(max(oldest(d.most), fresh, stale))
	c.Scale = []string{inUnits(d.top, unit), inUnits(d.top/2, unit), "0"}
	c.keys(n.Expect, fresh, stale, len(all) > mostTeeth)
	line := points(all, w.r.Zone)
	c.Picture = template.HTML(d.picture(fmt.Sprintf("Age of the data over 90 days: %s. Expected: %s.", c.Most, n.Expect), line, fresh, stale))
	c.Options = w.options(d, unit, line, len(all) > mostTeeth, fresh, stale)
	return c
}

// oldest is how old the data of a stretch got.
func oldest(s freshness.Stretch) time.Duration { return s.To.Sub(s.Data) }

// words say how old the data was at most.
func (d *drawn) words(w *writer) string {
	when := w.date(d.most.To)
	if when != "today" {
		when = "on " + when
	}
	return "at most " + ageWords(oldest(d.most)) + ", " + when
}

// ageWords are an age as people say it.
func ageWords(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return count(int(d/time.Hour), "hour")
	case d < 10*24*time.Hour:
		tenths := int(d / (24 * time.Hour / 10))
		return fmt.Sprintf("%d.%d days", tenths/10, tenths%10)
	default:
		return count(int(d/(24*time.Hour)), "day")
	}
}

// gaps reports whether something was not known.
func gaps(from time.Time, all []freshness.Stretch) bool {
	for _, s := range all {
		if !s.From.Equal(from) {
			return true
		}
		from = s.To
	}
	return false
}

// limits are the limits that fit a chart of so great an age; 0 is none.
func limits(e freshness.Expect, most time.Duration) (fresh, stale time.Duration) {
	if age, said := e.FreshWithin.Longest(); said && age <= 8*most && 16*age >= most {
		fresh = age
	}
	if age, said := e.StaleAfter.Longest(); said && age <= 2*max(most, fresh) && age > fresh {
		stale = age
	}
	return fresh, stale
}

// keys say what the lines are.
func (c *ageChart) keys(e freshness.Expect, fresh, stale time.Duration, peaks bool) {
	words := "age"
	if peaks {
		words = "age, at the oldest moment of each day"
	}
	c.Keys = append(c.Keys, ageKey{"l", words})
	if within := e.FreshWithin.String(); fresh != 0 && within == "today" {
		c.Keys = append(c.Keys, ageKey{"a", "a day: what is older was not updated today"})
	} else if fresh != 0 {
		c.Keys = append(c.Keys, ageKey{"a", "fresh within " + within})
	}
	if stale != 0 {
		c.Keys = append(c.Keys, ageKey{"s", "stale after " + e.StaleAfter.String()})
	}
}
