package site

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
)

// Fragments are the pieces of HTML that occur many times in a site. They are
// written without templates, which cost ten times as much. Every text in them
// must go through esc.

// esc appends s to b, escaped for HTML text and quoted attributes.
func esc(b []byte, s string) []byte {
	if !strings.ContainsAny(s, "<>&'\"\x00") {
		return append(b, s...)
	}
	return append(b, template.HTMLEscapeString(s)...)
}

// statusShapes holds the icon of each status as SVG, 12 by 12 units. The shape is a second
// channel beside color.
var statusShapes = map[freshness.Status]string{
	freshness.Fresh:   `<circle cx="6" cy="6" r="5"/>`,
	freshness.Aging:   `<path d="M6 .9 11.7 11H.3z"/>`,
	freshness.Stale:   `<path d="M1 1h10v10H1z"/>`,
	freshness.Broken:  `<path d="M2.2 2.2l7.6 7.6M9.8 2.2 2.2 9.8"/>`,
	freshness.Unknown: `<circle cx="6" cy="6" r="4.4"/>`,
}

// statusClass returns the CSS class of a status, which is its letter in a strip.
func statusClass(s freshness.Status) string { return string(s.Letter()) }

// icons and bigIcons hold the icon of each status as a whole SVG element.
var icons, bigIcons = drawIcons(""), drawIcons(" big")

// drawIcons returns the SVG element of each status that has a shape. more is appended to its
// CSS classes.
func drawIcons(more string) (drawn [freshness.Broken + 1]string) {
	for s, shape := range statusShapes {
		drawn[s] = `<svg class="i ` + statusClass(s) + more + `" viewBox="0 0 12 12" aria-hidden="true">` + shape + `</svg>`
	}
	return drawn
}

// statusIcon returns the icon of s as HTML.
func statusIcon(s freshness.Status) template.HTML { return template.HTML(icons[s]) }

// appendPill appends a pill in the color of s: the words of bold, then more, which may be
// empty.
func appendPill(b []byte, s freshness.Status, bold, more string) []byte {
	b = append(b, `<span class="pill `...)
	b = append(b, statusClass(s)...)
	b = append(b, `"><b>`...)
	b = esc(b, bold)
	b = append(b, `</b>`...)
	if more != "" {
		b = append(b, ' ')
		b = esc(b, more)
	}
	return append(b, `</span>`...)
}

// statusTitle returns the word of s with a capital letter. s must not be None.
func statusTitle(s freshness.Status) string {
	word := s.String()
	return strings.ToUpper(word[:1]) + word[1:]
}

// appendAssetPill appends the pill of n: its status with the age of its data, its due time, the
// day since which it has that status, "static" or "never loaded"; for a dashboard or folder the
// number of tiles that need attention.
func (w *writer) appendAssetPill(b []byte, n *freshness.Node) []byte {
	if n.Kind.IsContainer() {
		return appendContainerPill(b, n)
	}
	switch {
	case n.Waiting:
		return appendPill(b, n.Status, statusTitle(n.Status), w.describeDue(n))
	case n.Late && n.Status == freshness.Fresh:
		return appendPill(b, n.Status, "Late", w.describeDue(n))
	case n.Late:
		return appendPill(b, n.Status, statusTitle(n.Status), joinNonEmpty(words.FormatAge(w.report, n.DataAsOf), "late"))
	case n.Expect.Static && !n.Virtual && n.Status == freshness.Fresh:
		return appendPill(b, n.Status, statusTitle(n.Status), "static")
	case n.Never && n.OwnStatus == freshness.Stale:
		return appendPill(b, n.Status, statusTitle(n.Status), "never loaded")
	case n.Status == freshness.Broken || n.Status == freshness.Unknown:
		return appendPill(b, n.Status, statusTitle(n.Status), w.describeSince(n))
	default:
		return appendPill(b, n.Status, statusTitle(n.Status), words.FormatAge(w.report, n.DataAsOf))
	}
}

// describeDue returns when the next data of n is due, or of its first cause if n has no due
// time itself: "due by 06:10" today, "due Mon 06:10" within six days, else "due 2 Jan"; "" if
// unknown.
func (w *writer) describeDue(n *freshness.Node) string {
	if n.Due.IsZero() && len(n.Causes) > 0 && n.Causes[0].Node != nil && n.Causes[0].Node != n {
		n = n.Causes[0].Node
	}
	local := n.Due.In(w.report.Zone)
	now := w.report.At.In(w.report.Zone)
	switch days := local.Sub(now).Hours() / 24; {
	case n.Due.IsZero():
		return ""
	case local.Format(time.DateOnly) == now.Format(time.DateOnly):
		return "due by " + local.Format("15:04")
	case days > -6 && days < 6:
		return "due " + local.Format("Mon 15:04")
	default:
		return "due " + local.Format("2 Jan")
	}
}

// joinNonEmpty joins the words that are not empty by commas.
func joinNonEmpty(text ...string) string {
	return strings.Join(slices.DeleteFunc(text, func(s string) bool { return s == "" }), ", ")
}

// appendContainerPill appends the pill of a dashboard or folder: how many of its tiles need
// attention, else how many are fresh or have its worst status.
func appendContainerPill(b []byte, n *freshness.Node) []byte {
	all := n.Counts.Total()
	of := strconv.Itoa(n.AttentionTiles) + " of " + strconv.Itoa(all)
	switch {
	case all == 0:
		return appendPill(b, freshness.Fresh, "No tiles", "")
	case n.AttentionTiles > 0:
		return appendPill(b, n.Status, of, needVerb(n.AttentionTiles)+" attention")
	case n.Counts[freshness.Fresh] == all:
		return appendPill(b, freshness.Fresh, "All "+strconv.Itoa(all), "fresh")
	default:
		k := n.Counts[n.Status]
		if n.Waiting {
			return appendPill(b, n.Status, strconv.Itoa(k)+" of "+strconv.Itoa(all), "due yet")
		}
		return appendPill(b, n.Status, strconv.Itoa(k)+" of "+strconv.Itoa(all), n.Status.String())
	}
}

// needVerb returns "needs" for 1 and "need" for any other number.
func needVerb(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// describeSince returns the day since which the first cause of n exists, such as "since 2 Jan",
// or "" if unknown.
func (w *writer) describeSince(n *freshness.Node) string {
	if len(n.Causes) == 0 || n.Causes[0].Since.IsZero() {
		return ""
	}
	return "since " + w.formatDate(n.Causes[0].Since)
}

// formatDate returns the day of t in the report's zone: "today", "2 Jan", or "2 Jan 2006" in
// another year.
func (w *writer) formatDate(t time.Time) string {
	local := t.In(w.report.Zone)
	now := w.report.At.In(w.report.Zone)
	switch {
	case local.Format(time.DateOnly) == now.Format(time.DateOnly):
		return "today"
	case local.Year() == now.Year():
		return local.Format("2 Jan")
	default:
		return local.Format("2 Jan 2006")
	}
}

// formatCount returns n with its noun, such as "1 table" or "12,480 tables". noun is the
// singular, and its plural must end in s.
func formatCount(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return formatNumber(n) + " " + noun + "s"
}

// formatNumber returns n with commas between groups of three digits. n must not be negative.
func formatNumber(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// renderLegend returns the list that explains icons and colors.
func renderLegend() template.HTML {
	text := map[freshness.Status]string{
		freshness.Fresh:   "fresh: moved today, or as was expected",
		freshness.Aging:   "aging: 1 to 100 days, or past a first limit",
		freshness.Stale:   "stale: more, or past the last limit",
		freshness.Broken:  "broken: it refers to something that is not there",
		freshness.Unknown: "unknown: nobody could look",
	}
	b := []byte(`<ul class="legend">`)
	for _, s := range freshness.Statuses {
		b = append(b, "<li>"...)
		b = append(b, icons[s]...)
		b = esc(b, text[s])
		b = append(b, "</li>"...)
	}
	return template.HTML(append(b, `<li>taller is older; today is at the right</li></ul>`...))
}
