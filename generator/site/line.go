package site

import (
	"fmt"
	"strconv"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
)

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

// picture is what the page shows, and what it says to who does not see it.
func (d *drawn) picture(says string, points []point, fresh, stale time.Duration) []byte {
	b := fmt.Appendf(nil, `<svg class="ag" viewBox="0 0 %d %d" preserveAspectRatio="none" role="img" aria-label="`, ageWidth, ageHeight)
	b = append(esc(b, says), `"><path class="gr" d="M0 0H720M0 60H720M0 120H720"/>`...)
	b = d.limit(b, "a", fresh)
	b = d.limit(b, "s", stale)
	return append(d.line(b, points), `</svg>`...)
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
