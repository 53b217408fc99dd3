package site

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
)

// Fragments are the parts of which a site has many. They are written by hand,
// since a template costs ten times as much; every text in them goes through
// esc.

// esc appends a text as HTML.
func esc(b []byte, s string) []byte {
	if !strings.ContainsAny(s, "<>&'\"\x00") {
		return append(b, s...)
	}
	return append(b, template.HTMLEscapeString(s)...)
}

// shapes are the icons by status, 12 by 12: the second channel beside colour.
var shapes = map[freshness.Status]string{
	freshness.Fresh:   `<circle cx="6" cy="6" r="5"/>`,
	freshness.Aging:   `<path d="M6 .9 11.7 11H.3z"/>`,
	freshness.Stale:   `<path d="M1 1h10v10H1z"/>`,
	freshness.Broken:  `<path d="M2.2 2.2l7.6 7.6M9.8 2.2 2.2 9.8"/>`,
	freshness.Unknown: `<circle cx="6" cy="6" r="4.4"/>`,
}

// class is the CSS class of a status.
func class(s freshness.Status) string { return string(s.Letter()) }

var icons, bigIcons = drawIcons(""), drawIcons(" big")

func drawIcons(more string) (drawn [freshness.Broken + 1]string) {
	for s, shape := range shapes {
		drawn[s] = `<svg class="i ` + class(s) + more + `" viewBox="0 0 12 12" aria-hidden="true">` + shape + `</svg>`
	}
	return drawn
}

func icon(s freshness.Status) template.HTML { return template.HTML(icons[s]) }

// pill appends a status as its word, with one more.
func pill(b []byte, s freshness.Status, bold, more string) []byte {
	b = append(b, `<span class="pill `...)
	b = append(b, class(s)...)
	b = append(b, `"><b>`...)
	b = esc(b, bold)
	b = append(b, `</b>`...)
	if more != "" {
		b = append(b, ' ')
		b = esc(b, more)
	}
	return append(b, `</span>`...)
}

// title is a status as the first word of a sentence.
func title(s freshness.Status) string {
	word := s.String()
	return strings.ToUpper(word[:1]) + word[1:]
}

// pillOf appends the pill of an asset: its status and the age of its data, or
// the count of tiles that need attention.
func (w *writer) pillOf(b []byte, n *freshness.Node) []byte {
	if n.Kind.Shows() {
		return pillOfShown(b, n)
	}
	switch {
	case n.Waiting:
		return pill(b, n.Status, title(n.Status), w.due(n))
	case n.Late && n.Status == freshness.Fresh:
		return pill(b, n.Status, "Late", w.due(n))
	case n.Late:
		return pill(b, n.Status, title(n.Status), comma(w.r.Age(n.DataAsOf), "late"))
	case n.Expect.Static && !n.Virtual && n.Status == freshness.Fresh:
		return pill(b, n.Status, title(n.Status), "static")
	case n.Never && n.Own == freshness.Stale:
		return pill(b, n.Status, title(n.Status), "never loaded")
	case n.Status == freshness.Broken || n.Status == freshness.Unknown:
		return pill(b, n.Status, title(n.Status), w.since(n))
	default:
		return pill(b, n.Status, title(n.Status), w.r.Age(n.DataAsOf))
	}
}

// due says when the next data is due of an asset, or of the cause that it waits
// for: "due by 06:10".
func (w *writer) due(n *freshness.Node) string {
	if n.Due.IsZero() && len(n.Causes) > 0 && n.Causes[0].Node != nil && n.Causes[0].Node != n {
		n = n.Causes[0].Node
	}
	local, now := n.Due.In(w.r.Zone), w.r.At.In(w.r.Zone)
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

// comma joins words, without those that are empty.
func comma(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(s string) bool { return s == "" }), ", ")
}

func pillOfShown(b []byte, n *freshness.Node) []byte {
	all := n.Counts.All()
	of := strconv.Itoa(n.Needs) + " of " + strconv.Itoa(all)
	switch {
	case all == 0:
		return pill(b, freshness.Fresh, "No tiles", "")
	case n.Needs > 0:
		return pill(b, n.Status, of, needWord(n.Needs)+" attention")
	case n.Counts[freshness.Fresh] == all:
		return pill(b, freshness.Fresh, "All "+strconv.Itoa(all), "fresh")
	default:
		k := n.Counts[n.Status]
		if n.Waiting {
			return pill(b, n.Status, strconv.Itoa(k)+" of "+strconv.Itoa(all), "due yet")
		}
		return pill(b, n.Status, strconv.Itoa(k)+" of "+strconv.Itoa(all), n.Status.String())
	}
}

func needWord(n int) string {
	if n == 1 {
		return "needs"
	}
	return "need"
}

// since is the day since which an asset stands as its worst cause does.
func (w *writer) since(n *freshness.Node) string {
	if len(n.Causes) == 0 || n.Causes[0].Since.IsZero() {
		return ""
	}
	return "since " + w.date(n.Causes[0].Since)
}

// date is a day without its hour.
func (w *writer) date(t time.Time) string {
	local, now := t.In(w.r.Zone), w.r.At.In(w.r.Zone)
	switch {
	case local.Format(time.DateOnly) == now.Format(time.DateOnly):
		return "today"
	case local.Year() == now.Year():
		return local.Format("2 Jan")
	default:
		return local.Format("2 Jan 2006")
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// thousands is a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// legend says what shapes and colours mean.
func legend() template.HTML {
	words := map[freshness.Status]string{
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
		b = esc(b, words[s])
		b = append(b, "</li>"...)
	}
	return template.HTML(append(b, `<li>taller is older; today is at the right</li></ul>`...))
}
