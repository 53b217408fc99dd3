package site

import (
	"html/template"
	"slices"
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
	freshness.Fresh:      `<circle cx="6" cy="6" r="5"/>`,
	freshness.Unverified: `<circle cx="6" cy="6" r="4.2"/>`,
	freshness.Aging:      `<path d="M6 .9 11.7 11H.3z"/>`,
	freshness.Stale:      `<path d="M1 1h10v10H1z"/>`,
	freshness.Broken:     `<path d="M2.2 2.2l7.6 7.6M9.8 2.2 2.2 9.8"/>`,
	freshness.Unknown:    `<circle cx="6" cy="6" r="4.4"/>`,
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
func statusTitle(s freshness.Status) string { return words.Capitalize(s.String()) }

// appendAssetPill appends the pill of n: its status with the age of its data, its due time, the
// day since which it has that status, "static" or "never loaded"; for a dashboard or folder the
// number of affected tiles.
func (r *renderer) appendAssetPill(b []byte, n *freshness.Node) []byte {
	if n.Kind.IsContainer() {
		return r.appendContainerPill(b, n)
	}
	switch {
	case n.Waiting:
		return appendPill(b, n.Status, statusTitle(n.Status), r.describeDue(n))
	case n.IsFailing() && n.Status.IsOnTime():
		return appendPill(b, n.Status, "Failing", "")
	case n.Late && n.Status.IsOnTime():
		return appendPill(b, n.Status, "Late", r.describeMissedDue(n))
	case n.HasFailingTests() && n.Status.IsOnTime():
		return appendPill(b, n.Status, words.FailingTests(n.CountTests().Fail), "")
	case n.Late:
		return appendPill(b, n.Status, statusTitle(n.Status), joinNonEmpty(words.FormatAge(r.report, n.DataAsOf), "late"))
	case n.Expect.Static && !n.Virtual && n.Status == freshness.Fresh:
		return appendPill(b, n.Status, statusTitle(n.Status), "static")
	case n.Never && n.OwnStatus == freshness.Stale:
		return appendPill(b, n.Status, statusTitle(n.Status), words.EmptyWord(n))
	case n.Status == freshness.Broken || n.Status == freshness.Unknown:
		return appendPill(b, n.Status, statusTitle(n.Status), r.describeSince(n))
	default:
		return appendPill(b, n.Status, statusTitle(n.Status), words.FormatAge(r.report, n.DataAsOf))
	}
}

// describeDue returns when the next data of n is due, or of its first cause if n has no due
// time itself: "due by 06:10" today, "due Mon 06:10" within six days, else "due 2 Jan"; "" if
// unknown. Of a possible update it returns its time. If that n is not fresh is unproved and nothing is
// due, it returns when n was last checked.
func (d *describer) describeDue(n *freshness.Node) string {
	if n.Due.IsZero() && len(n.Causes) > 0 && n.Causes[0].Node != nil && n.Causes[0].Node != n {
		n = n.Causes[0].Node
	}
	if !n.PossibleUpdate.IsZero() {
		return "possibly updated " + words.FormatTime(d.report, n.PossibleUpdate)
	}
	if n.Unproved && !n.Due.After(d.report.At) {
		return "last checked " + words.FormatTime(d.report, n.Clock.CheckedAt)
	}
	local := n.Due.In(d.report.Zone)
	now := d.report.At.In(d.report.Zone)
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

// describeMissedDue returns when the data of a late asset was due: "was due 06:10" today, else
// such as "was due 16 Nov 01:30". Of an asset without a due time it is that of its first cause; ""
// if unknown.
func (d *describer) describeMissedDue(n *freshness.Node) string {
	if n.Due.IsZero() && len(n.Causes) > 0 && n.Causes[0].Node != nil {
		n = n.Causes[0].Node
	}
	if n.Due.IsZero() {
		return ""
	}
	return "was due " + strings.TrimPrefix(words.FormatTime(d.report, n.Due), "today ")
}

// joinNonEmpty joins the words that are not empty by commas.
func joinNonEmpty(text ...string) string {
	return strings.Join(slices.DeleteFunc(text, func(s string) bool { return s == "" }), ", ")
}

// appendContainerPill appends the pill of a dashboard or folder: how many of its tiles are
// affected, else how many are fresh or have its worst status. Without tiles it is a dash.
func (r *renderer) appendContainerPill(b []byte, n *freshness.Node) []byte {
	all := n.Counts.Total()
	of := func(k int) string { return words.Number(k) + " of " + words.Number(all) }
	switch {
	case all == 0:
		return append(b, `<span class="pill">–</span>`...)
	case n.AttentionTiles > 0:
		return appendPill(b, n.Status, of(n.AttentionTiles), "affected")
	case n.Counts[freshness.Fresh] == all && all == 1:
		return appendPill(b, freshness.Fresh, of(1), "fresh")
	case n.Counts[freshness.Fresh] == all:
		return appendPill(b, freshness.Fresh, "All "+words.Number(all), "fresh")
	case n.Waiting:
		return appendPill(b, n.Status, of(n.Counts[n.Status]), "waiting")
	default:
		return appendPill(b, n.Status, of(n.Counts[n.Status]), n.Status.String())
	}
}

// isEmptyContainer reports whether n is a dashboard or folder without tiles, which has no status.
func isEmptyContainer(n *freshness.Node) bool { return n.Kind.IsContainer() && n.Counts.Total() == 0 }

// countUncheckedTiles returns how many tiles of a dashboard or folder have a source that is not
// checked.
func (d *describer) countUncheckedTiles(n *freshness.Node) (tiles int) {
	for _, c := range n.Shown {
		switch {
		case c.Kind.IsContainer():
			tiles += d.countUncheckedTiles(c)
		case c.HasUncheckedRoot():
			tiles++
		}
	}
	return tiles
}

// describeSince returns the day since which the first cause of n exists, such as "since 2 Jan",
// or "" if unknown.
func (d *describer) describeSince(n *freshness.Node) string {
	if len(n.Causes) == 0 || n.Causes[0].Since.IsZero() {
		return ""
	}
	return "since " + d.formatDate(n.Causes[0].Since)
}

// formatDate returns the day of t in the report's zone: "today", "2 Jan", or "2 Jan 2006" in
// another year.
func (d *describer) formatDate(t time.Time) string {
	local := t.In(d.report.Zone)
	now := d.report.At.In(d.report.Zone)
	switch {
	case local.Format(time.DateOnly) == now.Format(time.DateOnly):
		return "today"
	case local.Year() == now.Year():
		return local.Format("2 Jan")
	default:
		return local.Format("2 Jan 2006")
	}
}

// renderLegend returns the list that explains icons and colors.
func renderLegend() template.HTML {
	text := map[freshness.Status]string{
		freshness.Fresh:      "Fresh: updated today, or as expected",
		freshness.Aging:      "Aging: past its first limit",
		freshness.Stale:      "Stale: past its last limit",
		freshness.Broken:     "Broken: something it needs is missing",
		freshness.Unverified: "Unverified: built on time, but the age of the data upstream is not known",
		freshness.Unknown:    "Unknown: not checked, or not recently",
	}
	b := []byte(`<ul class="legend">`)
	for _, s := range freshness.Statuses {
		b = append(b, "<li>"...)
		b = append(b, icons[s]...)
		b = esc(b, text[s])
		b = append(b, "</li>"...)
	}
	return template.HTML(append(b, `<li>Taller means older. Today is on the right.</li></ul>`...))
}
