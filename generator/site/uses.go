package site

import (
	"fmt"
	"html/template"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
)

// A usesPage holds the content of t/uses.html.
type usesPage struct {
	frame
	Uses []useSection
}

// A useSection lists what still reads the tables that one pattern matches.
type useSection struct {
	Pattern, Says string
	Lists         []assetList
}

// writeUsesPage writes t/uses.html, which lists what still reads the tables that the patterns
// of site.toml match. It writes nothing if there is no pattern.
func (w *writer) writeUsesPage() error {
	if len(w.info.Uses) == 0 {
		return nil
	}
	p := usesPage{frame: w.newFrame("../", "", "Remaining uses · "+w.info.Title)}
	for i, used := range w.info.Uses {
		u := w.currentUses[i]
		p.Uses = append(
			p.Uses,
			useSection{
				Pattern: used.Pattern,
				Says:    w.describeUse(u, used),
				Lists: []assetList{
					w.buildReaderList("Direct readers", u.Readers),
					w.buildReaderList("Dashboards", u.Dashboards),
				},
			},
		)
	}
	return w.writePage("t/uses.html", "uses.html", p)
}

// describeUse returns how many tables a pattern matches and how much reads them, today and at
// the first run.
func (d *describer) describeUse(u freshness.Usage, used UseBaseline) string {
	text := fmt.Sprintf(
		"%s, %s, %s.",
		words.Count(len(u.Tables), "table"),
		words.Count(len(u.Readers), "direct reader"),
		words.Count(len(u.Dashboards), "dashboard"),
	)
	if used.FirstRun.IsZero() {
		return text
	}
	return text + fmt.Sprintf(
		" On %s: %s, %s.",
		used.FirstRun.In(d.report.Zone).Format("2 Jan 2006"),
		words.Count(used.Readers, "reader"),
		words.Count(used.Dashboards, "dashboard"),
	)
}

// buildReaderList returns a list of readers with their owner and the day on which they were
// last opened, at most maxListRows.
func (r *renderer) buildReaderList(title string, nodes []*freshness.Node) assetList {
	l := assetList{Title: title, Note: words.Count(len(nodes), "asset")}
	var rows []byte
	for _, n := range nodes[:min(len(nodes), maxListRows)] {
		rows = append(append(rows, `<tr><th scope="row">`...), icons[n.Status]...)
		rows = r.appendLink(rows, "../", n, n.Kind.IsRelation(), rowName(n))
		rows = append(rows, `</th><td>`...)
		if n.Owner != "" {
			rows = appendOwnerLink(rows, n.Owner)
		} else {
			rows = append(rows, "no owner"...)
		}
		rows = append(rows, `</td><td class="when">`...)
		if at := n.LastOpened(); !at.IsZero() {
			rows = esc(rows, r.formatDate(at))
		}
		rows = append(rows, "</td></tr>\n"...)
	}
	l.More = describeMoreRows(len(nodes))
	l.Rows = template.HTML(rows)
	return l
}

// renderUseNotes returns one line per pattern for the home page, with a link to t/uses.html.
func (w *writer) renderUseNotes() (notes []template.HTML) {
	for i, used := range w.info.Uses {
		u := w.currentUses[i]
		b := esc([]byte(`<a href="t/uses.html">Still reading <code>`), used.Pattern)
		b = fmt.Appendf(
			b,
			`</code></a>: %s, %s`,
			words.Count(len(u.Readers), "asset"),
			words.Count(len(u.Dashboards), "dashboard"),
		)
		if before := used.Readers + used.Dashboards; before > 0 {
			b = fmt.Appendf(b, " (%s on %s)", words.Number(before), used.FirstRun.In(w.report.Zone).Format("2 Jan 2006"))
		}
		notes = append(notes, template.HTML(append(b, '.')))
	}
	return notes
}
