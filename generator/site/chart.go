package site

import (
	"fmt"
	"html/template"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/generator/words"
)

// An ageChart is a chart of the age of an asset's data over the 90 days of the strip. The line
// rises with time and falls at each load; there is no line where the age is unknown. Horizontal
// lines mark the limits.
type ageChart struct {
	Oldest  string // greatest age in words, and its day
	Picture template.HTML
	Scale   []string // labels of the age axis, top to bottom
	// dates below the chart, left to right
	Axis   []string
	Legend []legendEntry
	// whether the age is unknown for some time
	HasGaps bool
	Options []byte // the same chart as a script for ECharts; nil if ECharts is not bundled
	Script  string // file name of that script, beside the page; "" if none
}

// A legendEntry explains one line of a chart. Class is the CSS class of the line.
type legendEntry struct{ Class, Label string }

// buildAgeChart returns the age chart of n, or nil if no age of its data is known.
func (w *writer) buildAgeChart(n *freshness.Node) *ageChart {
	all := w.report.AgeSegments(n)
	if len(all) == 0 {
		return nil
	}
	d := agePlot{oldest: all[0]}
	d.from, d.to = w.report.StripBounds()
	for _, s := range all {
		if ageAtEnd(s) >= ageAtEnd(d.oldest) {
			d.oldest = s
		}
	}
	c := &ageChart{Oldest: d.describeOldest(w), Axis: w.axisLabels(), HasGaps: hasGaps(d.from, all)}
	fresh, stale := visibleLimits(n.Expect, ageAtEnd(d.oldest))
	var unit string
	d.top, unit = chooseScale(max(ageAtEnd(d.oldest), fresh, stale))
	c.Scale = []string{scaleLabel(d.top, unit), scaleLabel(d.top/2, unit), "0"}
	c.addLegend(n.Expect, fresh, stale, len(all) > maxTeeth)
	line := selectPoints(all, w.report.Zone)
	c.Picture = template.HTML(
		d.renderSVG(
			fmt.Sprintf("Age of the data over 90 days, %s. Expected: %s.", c.Oldest, words.Expectation(n.Expect)),
			line,
			fresh,
			stale,
		),
	)
	c.Options = w.buildChartOptions(d, unit, line, len(all) > maxTeeth, fresh, stale)
	return c
}

// ageAtEnd returns the age of the data at the end of s, which is its greatest age in s.
func ageAtEnd(s timeline.AgeSegment) time.Duration { return s.To.Sub(s.Data) }

// describeOldest returns the greatest age of the data and its day, such as "oldest: 24 hours, on
// 21 Aug".
func (d *agePlot) describeOldest(w *writer) string {
	when := w.formatDate(d.oldest.To)
	if when != "today" {
		when = "on " + when
	}
	return "oldest: " + describeAge(ageAtEnd(d.oldest)) + ", " + when
}

// describeAge returns d in words, rounded down: minutes below 2 hours, hours below 48, days
// with one decimal below 10, else whole days.
func describeAge(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return words.Count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return words.Count(int(d/time.Hour), "hour")
	case d < 10*24*time.Hour:
		tenths := int(d / (24 * time.Hour / 10))
		return fmt.Sprintf("%d.%d days", tenths/10, tenths%10)
	default:
		return words.Count(int(d/(24*time.Hour)), "day")
	}
}

// hasGaps reports whether the stretches of all, oldest first, leave a gap after from or between
// two of them. The time after the last one does not count.
func hasGaps(from time.Time, all []timeline.AgeSegment) bool {
	for _, s := range all {
		if !s.From.Equal(from) {
			return true
		}
		from = s.To
	}
	return false
}

// visibleLimits returns the limits of e that are near enough to draw in a chart of ages up to
// most; 0 means no line. The fresh limit may be from most/16 to 8 times most, the stale limit
// at most twice the larger of most and fresh, and above fresh. Other limits would flatten the
// line of ages, or lie on the axis.
func visibleLimits(e expect.Expectation, most time.Duration) (fresh, stale time.Duration) {
	if age, said := e.FreshWithin.LongestAge(); said && age <= 8*most && 16*age >= most {
		fresh = age
	}
	if age, said := e.StaleAfter.LongestAge(); said && age <= 2*max(most, fresh) && age > fresh {
		stale = age
	}
	return fresh, stale
}

// addLegend adds a legend entry for the line of ages and for each limit that is not 0. peaks
// says that the line shows only the oldest moment of each day.
func (c *ageChart) addLegend(e expect.Expectation, fresh, stale time.Duration, peaks bool) {
	label := "age"
	if peaks {
		label = "age (daily maximum)"
	}
	c.Legend = append(c.Legend, legendEntry{Class: "l", Label: label})
	if within := words.Limit(e.FreshWithin); fresh != 0 && within == "today" {
		c.Legend = append(c.Legend, legendEntry{Class: "a", Label: "1 day"})
	} else if fresh != 0 {
		c.Legend = append(c.Legend, legendEntry{Class: "a", Label: "fresh within " + within})
	}
	if stale != 0 {
		c.Legend = append(c.Legend, legendEntry{Class: "s", Label: "stale after " + words.Limit(e.StaleAfter)})
	}
}
