package site

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
)

// A strip is one SVG with a path a status, in which neighbouring days are one
// stroke that CSS dashes into days: 110 bytes and two elements instead of
// twelve kilobytes and ninety. Height is the third channel beside colour and
// shape: taller is older.

const stripHead = `<svg class="st" viewBox="0 0 449 32" preserveAspectRatio="none" role="img" aria-label="`

// cells are the letters of a strip, in the order in which they are drawn, with
// the middle of their stroke in half units, class and word.
var cells = []struct {
	letter byte
	middle string
	class  byte
	word   string
}{
	{'f', "27", 'f', "fresh"}, {'a', "22", 'a', "aging"}, {'s', "16", 's', "stale"}, {'b', "16", 'b', "broken"},
	{'u', "27", 'u', "unknown"}, {'.', "30.5", 'n', "no data"},
}

// strip appends the strip of an asset.
func strip(b []byte, letters string) []byte {
	b = append(b, stripHead...)
	b = stripLabel(b, letters)
	b = append(b, `">`...)
	for _, c := range cells {
		if strings.IndexByte(letters, c.letter) >= 0 {
			b = path(b, string(c.class), c.middle, func(day int) bool { return letters[day] == c.letter })
		}
	}
	return append(b, `</svg>`...)
}

// stripLabel says in words how many days were how.
func stripLabel(b []byte, letters string) []byte {
	b = append(b, "90 days: "...)
	first := true
	for _, c := range cells {
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

// path appends a path over the runs of days that are so.
func path(b []byte, class, middle string, so func(day int) bool) []byte {
	began := len(b)
	b = append(b, `<path class="`...)
	b = append(b, class...)
	b = append(b, `" d="`...)
	empty := len(b)
	for day := 0; day < freshness.StripDays; day++ {
		if !so(day) {
			continue
		}
		end := day + 1
		for end < freshness.StripDays && so(end) {
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

// shareStrip appends the strip of a dashboard or folder: a green hedge with
// trouble standing on it, in four steps by its share of the tiles.
func shareStrip(b []byte, n *freshness.Node) []byte {
	fresh, of := n.FreshDays()
	b = append(b, stripHead...)
	b = fmt.Appendf(b, `90 days: everything fresh on %d of %d">`, fresh, of)
	seen := func(day int) bool { return n.Strip[day] != '.' }
	green := func(day int) bool { return n.Shares[day][freshness.Fresh] > 0 || n.Shares[day].All() == 0 }
	b = path(b, "f", "27", func(day int) bool { return seen(day) && green(day) })
	b = path(b, "n", "30.5", func(day int) bool { return !seen(day) })
	for _, ground := range []string{"a", "sb", "u"} { // where nothing is fresh it has the colour of the worst
		b = path(b, ground[:1]+" w2", "27", func(day int) bool { return strings.IndexByte(ground, n.Strip[day]) >= 0 && !green(day) })
	}
	b = steps(b, "u", n, 0, freshness.Unknown, freshness.Aging, freshness.Stale, freshness.Broken)
	b = steps(b, "a", n, 0, freshness.Aging, freshness.Stale, freshness.Broken)
	b = steps(b, "s", n, 1, freshness.Stale, freshness.Broken)
	return append(b, `</svg>`...)
}

// steps appends the paths for the share of tiles with one of the statuses, on
// days on which one of the first of them, up to last, is there: the worse are
// drawn over it.
func steps(b []byte, class string, n *freshness.Node, last int, statuses ...freshness.Status) []byte {
	var levels [freshness.StripDays]int
	for day, counts := range n.Shares {
		k, drawn := 0, false
		for i, s := range statuses {
			k += counts[s]
			drawn = drawn || i <= last && counts[s] > 0
		}
		if drawn && n.Strip[day] != '.' {
			levels[day] = level(k, counts.All())
		}
	}
	for l := 1; l <= 4; l++ {
		middle := strconv.FormatFloat(22-2.5*float64(l), 'g', -1, 64)
		b = path(b, class+" w"+strconv.Itoa(l), middle, func(day int) bool { return levels[day] == l })
	}
	return b
}

// level is the step of a share: to a tenth, a quarter, a half, and over.
func level(k, of int) int {
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

// axis are the days under a strip.
func (w *writer) axis() []string {
	now := w.r.At.In(w.r.Zone)
	return []string{
		now.AddDate(0, 0, -89).Format("2 Jan"),
		now.AddDate(0, 0, -59).Format("2 Jan"),
		now.AddDate(0, 0, -30).Format("2 Jan"),
		"today",
	}
}

// dayByDay says in words what a strip draws.
func (w *writer) dayByDay(letters string) string {
	now := w.r.At.In(w.r.Zone)
	date := func(day int) string { return now.AddDate(0, 0, day-freshness.StripDays+1).Format("2 Jan") }
	var runs []string
	for day := 0; day < len(letters); {
		end := day
		for end+1 < len(letters) && letters[end+1] == letters[day] && w.r.Imported(end+1) == w.r.Imported(day) {
			end++
		}
		run := date(day)
		if end > day {
			run += " to " + date(end)
		}
		run += " " + wordOf(letters[day])
		if w.r.Imported(day) {
			run += " (imported)"
		}
		runs = append(runs, run)
		day = end + 1
	}
	return strings.Join(runs, " · ")
}

func wordOf(letter byte) string {
	for _, c := range cells {
		if c.letter == letter {
			return c.word
		}
	}
	return ""
}

// meter appends one bar of all tiles, a piece a status.
func meter(counts freshness.Counts) []byte {
	if counts.All() == 0 {
		return nil
	}
	b := []byte(`<svg class="meter" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">`)
	x := 0.0
	for _, s := range freshness.Statuses {
		if counts[s] == 0 {
			continue
		}
		width := 1000 * float64(counts[s]) / float64(counts.All())
		b = fmt.Appendf(b, `<rect class="%s" x="%.1f" width="%.1f" height="14"/>`, class(s), x, max(width-2, 1))
		x += width
	}
	b = append(b, `</svg><ul class="counts">`...)
	for _, s := range freshness.Statuses {
		if counts[s] > 0 || s == freshness.Fresh {
			b = fmt.Appendf(b, `<li>%s<b>%s</b> %s</li>`, icons[s], thousands(counts[s]), s)
		}
	}
	return append(b, `</ul>`...)
}
