package site

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// row appends the parts of a row of the tree: icon, name and what is said
// below it, pill, strip, days.
func (w *writer) row(b []byte, n *freshness.Node, name, below []byte) []byte {
	b = append(b, icons[n.Status]...)
	b = append(b, `<span class="n">`...)
	b = append(b, name...)
	if len(below) > 0 {
		b = append(append(append(b, `<small>`...), below...), `</small>`...)
	}
	b = append(b, `</span>`...)
	b = w.pillOf(b, n)
	if n.Kind.Shows() {
		b = shareStrip(b, n)
	} else {
		b = strip(b, n.Strip)
	}
	fresh, of := n.FreshDays()
	b = append(b, `<span class="p">`...)
	b = strconv.AppendInt(b, int64(fresh), 10)
	b = append(b, " of "...)
	b = strconv.AppendInt(b, int64(of), 10)
	return append(b, `</span>`...)
}

// link appends a link to an asset.
func (w *writer) link(b []byte, root string, n *freshness.Node, code bool, words string) []byte {
	b = append(b, `<a href="`...)
	b = append(append(b, root...), w.hrefs[n.ID]...)
	b = append(b, `">`...)
	if code {
		b = append(append(esc(append(b, `<code>`...), words), `</code>`...), `</a>`...)
		return b
	}
	return append(esc(b, words), `</a>`...)
}

// tile appends the row of a tile.
func (w *writer) tile(b []byte, root string, n *freshness.Node) []byte {
	b = append(b, `<div class="r l3" id="`...)
	b = append(b, anchor(n.ID)...)
	b = append(b, `">`...)
	b = w.row(b, n, w.tileName(root, n), w.waits(root, n))
	return append(b, `</div>`...)
}

// tileName is the name of a tile; it leads to what the tile reads.
func (w *writer) tileName(root string, n *freshness.Node) []byte {
	b := esc(nil, n.Name)
	if len(n.Up) == 1 {
		b = w.link(nil, root, n.Up[0], false, n.Name)
	}
	return append(b, byWords[n.TracedBy()]...)
}

// waits says what a tile waits for, or reads.
func (w *writer) waits(root string, n *freshness.Node) []byte {
	switch {
	case len(n.Causes) > 0:
		b := w.cause([]byte("waits for "), root, n.Causes[0])
		if more := len(n.Causes) - 1; more > 0 {
			b = append(b, " and "+strconv.Itoa(more)+" more"...)
		}
		return b
	case len(n.Up) == 0:
		return []byte("nobody knows what it reads")
	case n.Status != freshness.Fresh:
		return []byte("nobody can watch what it reads")
	}
	b := append(esc(append([]byte("reads "), `<code>`...), n.Up[0].Label()), `</code>`...)
	if more := len(n.Up) - 1; more > 0 {
		b = append(b, " and "+strconv.Itoa(more)+" more"...)
	}
	if n.Rests > 0 {
		b = append(b, " · "+strconv.Itoa(n.Rests)+" of these nobody can watch"...)
	}
	return b
}

// byWords say how it is known what a tile reads.
var byWords = map[string]string{"sql": ` <span class="by">by SQL</span>`, "explore": ` <span class="by">by explore</span>`, "exposure": ` <span class="by">by exposure</span>`}

// cause appends a link to what is to be repaired.
func (w *writer) cause(b []byte, root string, c *freshness.Cause) []byte {
	if c.Node != nil {
		return w.link(b, root, c.Node, true, c.Label())
	}
	place, what := "sources", "the source "
	if c.Job != nil {
		place, what = "attention", "the job "
	}
	if c.Missing != nil {
		kind, _, _ := strings.Cut(string(c.ID), ":")
		place, what = "attention", "the "+kind+" "
	}
	b = append(b, `<a href="`...)
	b = append(b, root...)
	b = append(b, `index.html#`+place+`">`+what...)
	return append(esc(b, c.Label()), `</a>`...)
}

// line returns the row of an asset in a list of assets, for pages one folder
// below the root.
func (w *writer) line(n *freshness.Node) []byte {
	if b := w.lines[n]; b != nil {
		return b
	}
	b := append([]byte(`<tr><th scope="row">`), icons[n.Status]...)
	b = w.link(b, "../", n, n.Kind.Relation(), lineName(n))
	b = append(b, `</th><td class="wide">`...)
	b = append(b, kindWords(n)...)
	b = append(b, `</td><td class="when">`...)
	b = esc(b, w.moved(n))
	b = append(b, `</td><td>`...)
	b = w.pillOf(b, n)
	b = append(b, "</td></tr>\n"...)
	w.lines[n] = b
	return b
}

// lineName is the name of an asset in a list of all kinds.
func lineName(n *freshness.Node) string {
	if n.Kind == sources.Tile && n.ShownIn() != nil {
		return n.Name + " on " + n.ShownIn().Name
	}
	return n.Label()
}

// moved is when the data of an asset moved last.
func (w *writer) moved(n *freshness.Node) string {
	switch {
	case n.Never:
		return "never loaded"
	case n.Clock != nil:
		return w.r.Day(n.Updated)
	case n.Kind == sources.Tile && !n.DataAsOf.IsZero():
		return w.r.Day(n.DataAsOf)
	case n.Virtual && !n.DataAsOf.IsZero():
		return "by what it reads: " + w.r.Day(n.DataAsOf)
	case n.Virtual:
		return "holds no data of its own"
	default:
		return w.lastKnown(n)
	}
}

// lastKnown is when data moved by the last look, where none is recent.
func (w *writer) lastKnown(n *freshness.Node) string {
	for _, t := range n.Clocks {
		if t.Clock.Judged() && !t.At.IsZero() {
			return "as last known, " + w.r.Day(t.At)
		}
	}
	return "not known"
}

// kindWords are the kind of an asset in words.
func kindWords(n *freshness.Node) string {
	words := string(n.Kind)
	switch n.Kind {
	case sources.DBTSource:
		words = "dbt source"
	case sources.Model, sources.Seed, sources.Snapshot:
		words = "dbt " + words
	}
	if n.Materialized != "" && n.Materialized != string(n.Kind) && n.Kind != sources.DBTSource {
		words += ", " + n.Materialized
	}
	return template.HTMLEscapeString(words)
}
