// Package chart draws how old the data of an asset was over the 90 days of its strip: as SVG for
// every page, and as options for ECharts where it was bundled. It decides nothing and writes no file.
package chart

import (
	"fmt"
	"html/template"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/generator/words"
)

// A Chart is a chart of the age of an asset's data over the 90 days of the strip. The line
// rises with time and falls at each load; there is no line where the age is unknown. Horizontal
// lines mark the limits.
type Chart struct {
	Oldest  string // greatest age in words, and its day
	Picture template.HTML
	Scale   []string // labels of the age axis, top to bottom
	// dates below the chart, left to right
	Axis   []string
	Legend []LegendEntry
	// whether the age is unknown for some time
	HasGaps bool
	Options []byte // the same chart as a script for ECharts; nil if ECharts is not bundled
	Script  string // file name of that script, beside the page; "" if none
}

// A LegendEntry explains one line of a chart. Class is the CSS class of the line.
type LegendEntry struct{ Class, Label string }

// A Frame is what a chart shares with the rest of its page.
type Frame struct {
	Report     *freshness.Report
	Axis       []string                 // dates below the chart, left to right
	FormatDate func(t time.Time) string // returns a day in words
	HasECharts bool                     // whether the site contains ECharts, so that options are needed
}

// Build returns the chart of n, or nil if no age of its data is known.
func Build(f Frame, n *freshness.Node) *Chart {
	all := f.Report.AgeSegments(n)
	if len(all) == 0 {
		return nil
	}
	d := agePlot{oldest: findOldest(all)}
	d.from, d.to = f.Report.StripBounds()
	c := &Chart{Oldest: d.describeOldest(f.FormatDate), Axis: f.Axis, HasGaps: hasGaps(d.from, all)}
	fresh, stale := visibleLimits(n.Expect, ageAtEnd(d.oldest))
	var unit string
	d.top, unit = chooseScale(max(ageAtEnd(d.oldest), fresh, stale))
	c.Scale = []string{scaleLabel(d.top, unit), scaleLabel(d.top/2, unit), "0"}
	c.addLegend(n.Expect, fresh, stale, len(all) > maxTeeth)
	line := selectPoints(all, f.Report.Zone)
	label := fmt.Sprintf("Age of the data over 90 days, %s. Expected: %s.", c.Oldest, words.Expectation(n.Expect))
	c.Picture = template.HTML(d.renderSVG(label, line, fresh, stale))
	if f.HasECharts {
		o := options{agePlot: d, zone: f.Report.Zone, unit: unit, isDaily: len(all) > maxTeeth}
		c.Options = o.build(line, fresh, stale)
	}
	return c
}

// findOldest returns the segment at whose end the data was oldest, the last of equal ones.
func findOldest(all []timeline.AgeSegment) timeline.AgeSegment {
	oldest := all[0]
	for _, s := range all {
		if ageAtEnd(s) >= ageAtEnd(oldest) {
			oldest = s
		}
	}
	return oldest
}

// ageAtEnd returns the age of the data at the end of s, which is its greatest age in s.
func ageAtEnd(s timeline.AgeSegment) time.Duration { return s.To.Sub(s.Data) }

// describeOldest returns the greatest age of the data and its day, such as "oldest: 24 hours, on
// 21 Aug".
func (d *agePlot) describeOldest(formatDate func(time.Time) string) string {
	when := formatDate(d.oldest.To)
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
func (c *Chart) addLegend(e expect.Expectation, fresh, stale time.Duration, peaks bool) {
	label := "age"
	if peaks {
		label = "age (daily maximum)"
	}
	c.Legend = append(c.Legend, LegendEntry{Class: "l", Label: label})
	if within := words.Limit(e.FreshWithin); fresh != 0 && within == "today" {
		c.Legend = append(c.Legend, LegendEntry{Class: "a", Label: "1 day"})
	} else if fresh != 0 {
		c.Legend = append(c.Legend, LegendEntry{Class: "a", Label: "fresh within " + within})
	}
	if stale != 0 {
		c.Legend = append(c.Legend, LegendEntry{Class: "s", Label: "stale after " + words.Limit(e.StaleAfter)})
	}
}
