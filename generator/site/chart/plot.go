package chart

import (
	"fmt"
	"html/template"
	"strconv"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/timeline"
)

// Size of the chart's SVG in its own units. A day is 8 units wide.
const (
	ageWidth  = 8 * freshness.StripDays
	ageHeight = 120
	maxTeeth  = 2 * freshness.StripDays // for more loads, only the oldest moment of each day is drawn
)

// An agePlot maps moments and ages to the coordinates of the chart's SVG.
type agePlot struct {
	from, to time.Time // moments at the left and right edge
	// age at the upper edge; the lower edge is 0
	top    time.Duration
	oldest timeline.AgeSegment // the stretch at whose end the data was oldest
}

// renderSVG returns the chart as SVG: the line through points, and a line for each limit that
// is not 0. says is its label for screen readers.
func (d *agePlot) renderSVG(says string, points []point, fresh, stale time.Duration) []byte {
	b := fmt.Appendf(
		nil,
		`<svg class="ag" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="`,
		ageWidth,
		ageHeight,
	)
	b = append(append(b, template.HTMLEscapeString(says)...), `"><path class="gr" d="M0 0H720M0 60H720M0 120H720"/>`...)
	b = d.appendLimit(b, "a", fresh)
	b = d.appendLimit(b, "s", stale)
	return append(d.appendLine(b, points), `</svg>`...)
}

// chooseScale returns the smallest round age that is at least most and whose half is round too,
// and the unit of its labels: "h" up to 48 hours, else "d".
func chooseScale(most time.Duration) (top time.Duration, unit string) {
	for _, hours := range [...]time.Duration{2, 4, 6, 12, 24, 36, 48} {
		if most <= hours*time.Hour {
			return hours * time.Hour, "h"
		}
	}
	for ten := 24 * time.Hour; ; ten *= 10 {
		for _, n := range [...]time.Duration{2, 4, 6, 8, 12, 16} {
			if most <= n*ten {
				return n * ten, "d"
			}
		}
	}
}

// scaleLabel returns d in whole hours or days, such as "12 h" or "60 d".
func scaleLabel(d time.Duration, unit string) string {
	if unit == "h" {
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " d"
}

// timeToX returns the x coordinate of t, rounded to a whole unit.
func (d *agePlot) timeToX(t time.Time) int {
	return int((int64(ageWidth)*(t.Unix()-d.from.Unix()) + (d.to.Unix()-d.from.Unix())/2) / (d.to.Unix() - d.from.Unix()))
}

// ageToY returns the y coordinate of age, rounded to a whole unit; 0 is the upper edge.
func (d *agePlot) ageToY(age time.Duration) int {
	top := int64(d.top / time.Second)
	return ageHeight - int((ageHeight*int64(age/time.Second)+top/2)/top)
}

// appendLimit appends a horizontal line at age, or nothing if age is 0.
func (d *agePlot) appendLimit(b []byte, class string, age time.Duration) []byte {
	if age == 0 {
		return b
	}
	return fmt.Appendf(b, `<path class="%s" d="M0 %dH%d"/>`, class, d.ageToY(age), ageWidth)
}

// A pen writes the data of one SVG path in relative steps, which are shorter than absolute
// ones.
type pen struct {
	b    []byte
	x, y int
}

// moveTo starts a new part of the path at (x, y).
func (p *pen) moveTo(x, y int) {
	p.b = strconv.AppendInt(append(p.b, 'M'), int64(x), 10)
	p.b = strconv.AppendInt(append(p.b, ' '), int64(y), 10)
	p.x = x
	p.y = y
}

// lineTo draws a line from the last position to (x, y), or nothing if they are equal.
func (p *pen) lineTo(x, y int) {
	switch dx, dy := x-p.x, y-p.y; {
	case dx == 0 && dy == 0:
		return
	case dx == 0:
		p.b = strconv.AppendInt(append(p.b, 'v'), int64(dy), 10)
	case dy == 0:
		p.b = strconv.AppendInt(append(p.b, 'h'), int64(dx), 10)
	default:
		p.b = strconv.AppendInt(append(p.b, 'l'), int64(dx), 10)
		if dy > 0 {
			p.b = append(p.b, ' ')
		}
		p.b = strconv.AppendInt(p.b, int64(dy), 10)
	}
	p.x = x
	p.y = y
}

// A point is the age of the data at one moment.
type point struct {
	at       time.Time
	age      time.Duration
	afterGap bool // the age just before is unknown, so that no line leads here
}

// selectPoints returns the points of the line of ages, oldest first: every load, or one point
// per day in zone if there are more than maxTeeth stretches.
func selectPoints(all []timeline.AgeSegment, zone *time.Location) []point {
	if len(all) > maxTeeth {
		return dailyPeaks(all, zone)
	}
	return sawtoothPoints(all)
}

// sawtoothPoints returns two points per stretch, its start and its end, so that each load is a
// tooth.
func sawtoothPoints(all []timeline.AgeSegment) (line []point) {
	before := time.Time{}
	for _, s := range all {
		line = append(
			line,
			point{at: s.From, age: s.From.Sub(s.Data), afterGap: !s.From.Equal(before)},
			point{at: s.To, age: ageAtEnd(s), afterGap: false},
		)
		before = s.To
	}
	return line
}

// dailyPeaks returns one point per day in zone: the oldest data of the stretches that end on
// that day.
func dailyPeaks(all []timeline.AgeSegment, zone *time.Location) (line []point) {
	before := time.Time{}
	for i := 0; i < len(all); {
		day := all[i].To.In(zone).YearDay()
		peak := all[i]
		hasGap := false
		for ; i < len(all) && all[i].To.In(zone).YearDay() == day; i++ {
			hasGap = hasGap || !all[i].From.Equal(before)
			if ageAtEnd(all[i]) > ageAtEnd(peak) {
				peak = all[i]
			}
			before = all[i].To
		}
		line = append(line, point{at: peak.To, age: ageAtEnd(peak), afterGap: hasGap})
	}
	return line
}

// appendLine appends the path through points, interrupted at gaps. A point between two gaps
// becomes a line of one unit, so that it is visible.
func (d *agePlot) appendLine(b []byte, points []point) []byte {
	p := &pen{b: append(b, `<path class="l" d="`...)}
	for i, current := range points {
		if x, y := d.timeToX(current.at), d.ageToY(current.age); !current.afterGap {
			p.lineTo(x, y)
		} else if p.moveTo(x, y); i+1 == len(points) || points[i+1].afterGap {
			p.lineTo(x+1, y) // a single point, made visible
		}
	}
	return append(p.b, `"/>`...)
}
