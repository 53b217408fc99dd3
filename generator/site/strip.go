package site

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
)

// A strip is one SVG with one path per status. Neighboring days are one stroke,
// which CSS dashes into days: 110 bytes and two elements instead of twelve
// kilobytes and ninety. A day is 5 units wide. Height is the third channel
// beside color and shape: taller is older.

// stripHead is the start of every strip, up to its label.
const stripHead = `<svg class="st" viewBox="0 0 449 32" preserveAspectRatio="none" role="img" aria-label="`

// stripCells holds, for each letter of a strip in drawing order, the y coordinates of its
// strokes, its CSS class and its word.
var stripCells = []struct {
	letter  byte
	middles []string
	class   byte
	word    string
}{
	{'f', []string{"27"}, 'f', "fresh"},
	{'v', hollowMiddles, 'v', "unverified"},
	{'a', []string{"22"}, 'a', "aging"},
	{'s', []string{"16"}, 's', "stale"},
	{'b', []string{"16"}, 'b', "broken"},
	{'u', []string{"27"}, 'u', "unknown"},
	{'.', []string{"30.5"}, 'n', "no data"},
}

// hollowMiddles are the y coordinates of the two strokes that draw a hollow bar as high as a fresh
// one.
var hollowMiddles = []string{"23", "31"}

// appendStrip appends the strip of an asset. letters has one letter per day, oldest first; see
// [freshness.Node.Strip].
func appendStrip(b []byte, letters string) []byte {
	b = append(b, stripHead...)
	b = appendStripLabel(b, letters)
	b = append(b, `">`...)
	for _, c := range stripCells {
		if strings.IndexByte(letters, c.letter) >= 0 {
			for _, middle := range c.middles {
				b = appendDayPath(b, string(c.class), middle, func(day int) bool { return letters[day] == c.letter })
			}
		}
	}
	return append(b, `</svg>`...)
}

// appendStripLabel appends the number of days per status, such as "90 days: 80 fresh, 10
// stale".
func appendStripLabel(b []byte, letters string) []byte {
	b = append(b, "90 days: "...)
	first := true
	for _, c := range stripCells {
		if n := strings.Count(letters, string(c.letter)); n > 0 {
			if !first {
				b = append(b, ", "...)
			}
			first = false
			b = strconv.AppendInt(b, int64(n), 10)
			b = append(append(b, ' '), c.word...)
		}
	}
	return b
}

// appendDayPath appends an SVG path with one stroke per run of days that match, or nothing if
// none does. middle is the y coordinate of the strokes.
func appendDayPath(b []byte, class, middle string, matches func(day int) bool) []byte {
	began := len(b)
	b = append(b, `<path class="`...)
	b = append(b, class...)
	b = append(b, `" d="`...)
	empty := len(b)
	for day := 0; day < freshness.StripDays; day++ {
		if !matches(day) {
			continue
		}
		end := day + 1
		for end < freshness.StripDays && matches(end) {
			end++
		}
		b = append(b, 'M')
		b = strconv.AppendInt(b, int64(5*day), 10)
		b = append(append(b, ' '), middle...)
		b = append(b, 'H')
		b = strconv.AppendInt(b, int64(5*end), 10)
		day = end
	}
	if len(b) == empty {
		return b[:began]
	}
	return append(b, `"/>`...)
}

// appendShareStrip appends the strip of a dashboard or folder: a green ground, hollow where a tile is
// unverified, with the trouble above it, in four heights by its share of the tiles.
func appendShareStrip(b []byte, n *freshness.Node) []byte {
	fresh, of := n.CountFreshDays()
	b = append(b, stripHead...)
	b = fmt.Appendf(b, `90 days: all tiles fresh on %d of %s">`, fresh, words.Count(of, "day"))
	hasData := func(day int) bool { return n.Strip[day] != '.' }
	hollow := func(day int) bool { return n.DailyCounts[day][freshness.Unverified] > 0 }
	green := func(day int) bool { return n.DailyCounts[day][freshness.Fresh] > 0 || hollow(day) }
	b = appendDayPath(b, "f", "27", func(day int) bool { return hasData(day) && green(day) && !hollow(day) })
	for _, middle := range hollowMiddles {
		b = appendDayPath(b, "v", middle, func(day int) bool { return hasData(day) && hollow(day) })
	}
	b = appendDayPath(b, "n", "30.5", func(day int) bool { return !hasData(day) })
	for _, ground := range []string{"a", "sb", "u"} { // without a fresh tile the ground has the color of the worst status
		b = appendDayPath(
			b,
			ground[:1]+" w2",
			"27",
			func(day int) bool { return strings.IndexByte(ground, n.Strip[day]) >= 0 && !green(day) },
		)
	}
	b = appendShareSteps(b, "u", n, 0, freshness.Unknown, freshness.Aging, freshness.Stale, freshness.Broken)
	b = appendShareSteps(b, "a", n, 0, freshness.Aging, freshness.Stale, freshness.Broken)
	b = appendShareSteps(b, "s", n, 1, freshness.Stale, freshness.Broken)
	return append(b, `</svg>`...)
}

// appendShareSteps appends paths for the share of tiles that have one of statuses, one path per
// level. A day is drawn only if one of the first last+1 statuses occurs; later calls draw the
// worse statuses over it.
func appendShareSteps(b []byte, class string, n *freshness.Node, last int, statuses ...freshness.Status) []byte {
	var levels [freshness.StripDays]int
	for day, counts := range n.DailyCounts {
		k := 0
		drawn := false
		for i, s := range statuses {
			k += counts[s]
			drawn = drawn || i <= last && counts[s] > 0
		}
		if drawn && n.Strip[day] != '.' {
			levels[day] = shareLevel(k, counts.Total())
		}
	}
	for l := 1; l <= 4; l++ {
		middle := strconv.FormatFloat(22-2.5*float64(l), 'g', -1, 64)
		b = appendDayPath(b, class+" w"+strconv.Itoa(l), middle, func(day int) bool { return levels[day] == l })
	}
	return b
}

// shareLevel returns the height for k of so many tiles: 0 for none, 1 up to a tenth, 2 up to a
// quarter, 3 up to a half, else 4.
func shareLevel(k, of int) int {
	switch {
	case k == 0:
		return 0
	case 10*k <= of:
		return 1
	case 4*k <= of:
		return 2
	case 2*k <= of:
		return 3
	default:
		return 4
	}
}

// axisLabels returns the dates below a strip: 89, 59 and 30 days before the report, and
// "today".
func (d *describer) axisLabels() []string {
	now := d.report.At.In(d.report.Zone)
	return []string{
		now.AddDate(0, 0, -89).Format("2 Jan"),
		now.AddDate(0, 0, -59).Format("2 Jan"),
		now.AddDate(0, 0, -30).Format("2 Jan"),
		"today",
	}
}

// describeDays returns a strip in words, one part per run of days with the same status, such as
// "2 Jan to 5 Jan: fresh". Imported days are marked.
func (d *describer) describeDays(letters string) string {
	now := d.report.At.In(d.report.Zone)
	date := func(day int) string { return now.AddDate(0, 0, day-freshness.StripDays+1).Format("2 Jan") }
	var runs []string
	for day := 0; day < len(letters); {
		end := day
		for end+1 < len(letters) && letters[end+1] == letters[day] && d.report.IsImported(end+1) == d.report.IsImported(day) {
			end++
		}
		run := date(day)
		if end > day {
			run += " to " + date(end)
		}
		run += ": " + cellWord(letters[day])
		if d.report.IsImported(day) {
			run += " (imported)"
		}
		runs = append(runs, run)
		day = end + 1
	}
	return strings.Join(runs, " · ")
}

// cellWord returns the word of a letter of a strip, or "" if there is no such letter.
func cellWord(letter byte) string {
	for _, c := range stripCells {
		if c.letter == letter {
			return c.word
		}
	}
	return ""
}

// renderMeter returns one bar with a piece per status, and the counts below it. It returns nil
// if all counts are 0.
func renderMeter(counts freshness.Counts) []byte {
	if counts.Total() == 0 {
		return nil
	}
	b := []byte(`<svg class="meter" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">`)
	x := 0.0
	for _, s := range freshness.Statuses {
		if counts[s] == 0 {
			continue
		}
		width := 1000 * float64(counts[s]) / float64(counts.Total())
		b = fmt.Appendf(b, `<rect class="%s" x="%.1f" width="%.1f" height="14"/>`, statusClass(s), x, max(width-2, 1))
		x += width
	}
	b = append(b, `</svg><ul class="counts">`...)
	for _, s := range freshness.Statuses {
		if counts[s] > 0 || s == freshness.Fresh {
			b = fmt.Appendf(b, `<li>%s<b>%s</b> %s</li>`, icons[s], words.Number(counts[s]), s)
		}
	}
	return append(b, `</ul>`...)
}
