package site

import (
	"fmt"
	"html/template"
	"strconv"
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

// How large the picture is, in units of its own; a day has 8.
const (
	ageWidth  = 8 * freshness.StripDays
	ageHeight = 120
	mostTeeth = 2 * freshness.StripDays // of more loads than these each day's oldest moment is drawn alone
)

// A drawn is what a picture of ages is made of.
type drawn struct {
	from, to time.Time // at its left and its right
	top      time.Duration
	most     freshness.Stretch // the one in which the data was oldest
}

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
	b := fmt.Appendf(nil, `<svg class="ag" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="`, ageWidth, ageHeight)
	b = esc(b, fmt.Sprintf("Age of the data over 90 days: %s. Expected: %s.", c.Most, n.Expect))
	b = append(b, `"><path class="gr" d="M0 0H720M0 60H720M0 120H720"/>`...)
	b = d.limit(b, "a", fresh)
	b = d.limit(b, "s", stale)
	line := points(all, w.r.Zone)
	c.Picture = template.HTML(append(d.line(b, line), `</svg>`...))
	c.Options = w.options(d, unit, line, fresh, stale)
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

// scale is a round age that is not below another, with a round half.
func scale(most time.Duration) (top time.Duration, unit string) {
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

func inUnits(d time.Duration, unit string) string {
	if unit == "h" {
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " d"
}

func (d *drawn) x(t time.Time) int {
	return int((int64(ageWidth)*(t.Unix()-d.from.Unix()) + (d.to.Unix()-d.from.Unix())/2) / (d.to.Unix() - d.from.Unix()))
}

func (d *drawn) y(age time.Duration) int {
	top := int64(d.top / time.Second)
	return ageHeight - int((ageHeight*int64(age/time.Second)+top/2)/top)
}

// limit appends the line of a limit, if there is one.
func (d *drawn) limit(b []byte, class string, age time.Duration) []byte {
	if age == 0 {
		return b
	}
	return fmt.Appendf(b, `<path class="%s" d="M0 %dH%d"/>`, class, d.y(age), ageWidth)
}

// A pen draws one path by small steps, which are short to write.
type pen struct {
	b    []byte
	x, y int
}

func (p *pen) move(x, y int) {
	p.b = strconv.AppendInt(append(p.b, 'M'), int64(x), 10)
	p.b = strconv.AppendInt(append(p.b, ' '), int64(y), 10)
	p.x, p.y = x, y
}

func (p *pen) line(x, y int) {
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
	p.x, p.y = x, y
}

// A point is how old the data was at a moment.
type point struct {
	at   time.Time
	age  time.Duration
	anew bool // nothing was known just before
}

// points are those that the line goes through: every load, or of very many each
// day's oldest moment.
func points(all []freshness.Stretch, zone *time.Location) []point {
	if len(all) > mostTeeth {
		return peaks(all, zone)
	}
	return teeth(all)
}

func teeth(all []freshness.Stretch) (line []point) {
	before := time.Time{}
	for _, s := range all {
		line = append(line, point{s.From, s.From.Sub(s.Data), !s.From.Equal(before)}, point{s.To, oldest(s), false})
		before = s.To
	}
	return line
}

func peaks(all []freshness.Stretch, zone *time.Location) (line []point) {
	before := time.Time{}
	for i := 0; i < len(all); {
		day, peak, torn := all[i].To.In(zone).YearDay(), all[i], false
		for ; i < len(all) && all[i].To.In(zone).YearDay() == day; i++ {
			if torn = torn || !all[i].From.Equal(before); oldest(all[i]) > oldest(peak) {
				peak = all[i]
			}
			before = all[i].To
		}
		line = append(line, point{peak.To, oldest(peak), torn})
	}
	return line
}

// line appends the path through points.
func (d *drawn) line(b []byte, points []point) []byte {
	p := &pen{b: append(b, `<path class="l" d="`...)}
	for i, at := range points {
		if x, y := d.x(at.at), d.y(at.age); !at.anew {
			p.line(x, y)
		} else if p.move(x, y); i+1 == len(points) || points[i+1].anew {
			p.line(x+1, y) // alone, and to be seen
		}
	}
	return append(p.b, `"/>`...)
}
