package site

import (
	"fmt"
	"html/template"

	"github.com/freshet-status/freshet/generator/freshness"
)

type usesPage struct {
	frame
	Uses []useSection
}

// A useSection is what still reads what a pattern matches.
type useSection struct {
	Pattern, Says string
	Lists         []assetList
}

// uses writes the page of what has yet to move, if site.toml asks for one.
func (w *writer) uses() error {
	if len(w.info.Uses) == 0 {
		return nil
	}
	p := usesPage{frame: w.frame("../", "", "What is still read · "+w.info.Title)}
	for i, used := range w.info.Uses {
		u := w.used[i]
		p.Uses = append(p.Uses, useSection{used.Pattern, w.useWords(u, used), []assetList{w.reading("Read by", u.Readers), w.reading("Shown on", u.Dashboards)}})
	}
	return w.page("t/uses.html", "uses.html", p)
}

func (w *writer) useWords(u freshness.Use, used Used) string {
	words := fmt.Sprintf("%s, read by %s and shown on %s.", count(len(u.Tables), "table"), count(len(u.Readers), "asset"), count(len(u.Dashboards), "dashboard"))
	if used.First.IsZero() {
		return words
	}
	return words + fmt.Sprintf(" At the first run, %s, it was %s and %s.", used.First.In(w.r.Zone).Format("2 Jan 2006"), count(used.Readers, "asset"), count(used.Dashboards, "dashboard"))
}

// reading is a list of what reads, with whose it is and when it was opened.
func (w *writer) reading(title string, nodes []*freshness.Node) assetList {
	l := assetList{Title: title, Note: count(len(nodes), "asset")}
	var rows []byte
	for _, n := range nodes[:min(len(nodes), mostCovered)] {
		rows = append(append(rows, `<tr><th scope="row">`...), icons[n.Status]...)
		rows = w.link(rows, "../", n, n.Kind.Relation(), lineName(n))
		rows = append(rows, `</th><td>`...)
		if n.Owner != "" {
			rows = ownerLink(rows, n.Owner)
		} else {
			rows = append(rows, "nobody's"...)
		}
		rows = append(rows, `</td><td class="when">`...)
		if at := n.Opened(); !at.IsZero() {
			rows = esc(rows, w.date(at))
		}
		rows = append(rows, "</td></tr>\n"...)
	}
	l.Rows = template.HTML(rows)
	return l
}

// useNotes are lines of the home page, which lead to what has yet to move.
func (w *writer) useNotes() (notes []template.HTML) {
	for i, used := range w.info.Uses {
		u := w.used[i]
		b := esc([]byte(`<a href="t/uses.html">What still reads <code>`), used.Pattern)
		b = fmt.Appendf(b, `</code></a>: %s and %s`, count(len(u.Readers), "asset"), count(len(u.Dashboards), "dashboard"))
		if before := used.Readers + used.Dashboards; before > 0 {
			b = fmt.Appendf(b, ", %d at the first run", before)
		}
		notes = append(notes, template.HTML(append(b, '.')))
	}
	return notes
}
