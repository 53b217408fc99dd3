package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A shownPage is the page of a dashboard or a folder.
type shownPage struct {
	frame
	Icon, Pill, Lead, Facts template.HTML
	Name                    string
	Words                   template.HTML
	Causes                  []causeRow
	Drift                   []template.HTML
	RowsTitle               string
	Axis                    []string
	Rows                    template.HTML
}

func (w *writer) dashboards() error { return w.shown(sources.Dashboard, "Tiles") }

func (w *writer) folders() error { return w.shown(sources.Folder, "Dashboards") }

func (w *writer) shown(kind sources.Kind, rows string) error {
	for _, n := range w.r.Nodes {
		if n.Kind != kind {
			continue
		}
		if err := w.page(w.hrefs[n.ID], "shown.html", w.shownPage(n, rows)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) shownPage(n *freshness.Node, rowsTitle string) shownPage {
	p := shownPage{
		frame:     w.frame("../", "", n.Name+" · "+w.info.Title),
		Icon:      template.HTML(bigIcons[n.Status]),
		Pill:      template.HTML(pillOfShown(nil, n)),
		Lead:      template.HTML(w.shownLead(n)),
		Facts:     template.HTML(w.facts(n)),
		Name:      n.Name,
		Words:     w.markdown(n.Description),
		Causes:    w.causeRows("../", n.Causes),
		Drift:     w.drift(n),
		RowsTitle: rowsTitle,
		Axis:      w.axis(),
	}
	var rows []byte
	for _, c := range n.Shown {
		if c.Kind.Shows() {
			rows = w.shownRow(rows, c)
		} else {
			rows = w.tile(rows, "../", c)
		}
		rows = append(rows, '\n')
	}
	if rows == nil {
		rows = []byte(`<p class="pad">Nothing on it reads data.</p>`)
	}
	p.Rows = template.HTML(rows)
	for up := n.ShownIn(); up != nil; up = up.ShownIn() {
		p.Crumbs = append([]crumb{{up.Name, "../" + w.hrefs[up.ID]}}, p.Crumbs...)
	}
	return p
}

// drift says how exposures of dbt differ from what the tiles read.
func (w *writer) drift(n *freshness.Node) (all []template.HTML) {
	for _, d := range n.Drift {
		b := append(esc([]byte(`The exposure <code>`), d.Exposure.Place()), `</code> of dbt differs from the SQL, which decides:`...)
		if len(d.Unread) > 0 {
			b = w.places(append(b, ` it names `...), d.Unread)
			b = append(b, `, which no tile reads`...)
		}
		if len(d.Unsaid) > 0 {
			b = w.places(append(b, and(len(d.Unread))+` it does not name `...), d.Unsaid)
			b = append(b, `, which tiles read`...)
		}
		all = append(all, template.HTML(append(b, '.')))
	}
	return all
}

func and(before int) string {
	if before > 0 {
		return ";"
	}
	return ""
}

// places appends the first of many assets.
func (w *writer) places(b []byte, ids []sources.ID) []byte {
	for i, id := range ids[:min(len(ids), 3)] {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(esc(append(b, `<code>`...), id.Place()), `</code>`...)
	}
	if more := len(ids) - 3; more > 0 {
		b = fmt.Appendf(b, " and %d more", more)
	}
	return b
}

// shownRow appends a dashboard or folder as a row of the page above it.
func (w *writer) shownRow(b []byte, n *freshness.Node) []byte {
	b = append(b, `<div class="r l2">`...)
	b = w.row(b, n, w.link(nil, "../", n, false, n.Name), esc(nil, w.shownWords(n)))
	return append(b, `</div>`...)
}

// shownLead answers whether the numbers can be trusted.
func (w *writer) shownLead(n *freshness.Node) []byte {
	all := n.Counts.All()
	switch {
	case all == 0:
		return []byte("It has no tile that reads data.")
	case n.Needs > 0:
		b := fmt.Appendf(nil, "Do not trust %s yet: ", ofTiles(n.Needs, all))
		b = w.cause(b, "../", n.Causes[0])
		return append(b, restWords(len(n.Causes)-1)...)
	case n.Counts[freshness.Fresh] == all:
		return []byte("Everything on it is as fresh as it should be.")
	default:
		return fmt.Appendf(nil, "%d of its %s are fresh, and nothing needs attention.", n.Counts[freshness.Fresh], count(all, "tile"))
	}
}

// ofTiles are so many of all tiles, in words.
func ofTiles(n, all int) string {
	switch {
	case all == 1:
		return "its one tile"
	case n == all:
		return "any of its " + count(all, "tile")
	default:
		return fmt.Sprintf("%d of its %s", n, count(all, "tile"))
	}
}

func restWords(more int) string {
	if more > 0 {
		return " and " + count(more, "more cause") + " must be repaired."
	}
	return " must be repaired."
}

// facts are a line of what is known of an asset beside its freshness.
func (w *writer) facts(n *freshness.Node) []byte {
	parts := []string{kindWords(n)}
	if safe(n.URL) {
		parts = append(parts, `<a href="`+template.HTMLEscapeString(n.URL)+`" rel="noreferrer">open it</a>`)
	}
	if n.Views > 0 {
		parts = append(parts, "opened "+count(int(n.Views), "time"))
	}
	if opened := n.Opened(); n.Kind == sources.Dashboard && !opened.IsZero() {
		parts = append(parts, "last opened "+w.date(opened))
	}
	if n.Owner != "" {
		parts = append(parts, "owner "+string(ownerLink(nil, n.Owner))+ownedBy(n))
	}
	for _, a := range n.Aliases {
		parts = append(parts, "<code>"+template.HTMLEscapeString(a)+"</code>")
	}
	if len(n.Tags) > 0 {
		parts = append(parts, "tagged "+template.HTMLEscapeString(strings.Join(n.Tags, ", ")))
	}
	parts = append(parts, "<code>freshet why "+template.HTMLEscapeString(shellWord(n.ID.Place()))+"</code>")
	return []byte(strings.Join(parts, " · "))
}

// ownedBy says what tells whose an asset is.
func ownedBy(n *freshness.Node) string {
	if n.OwnedBy == "" {
		return ""
	}
	return " (" + template.HTMLEscapeString(n.OwnedBy) + ")"
}

// safe reports whether an address is one that a page may link to.
func safe(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// shellWord is a word as a shell takes it.
func shellWord(s string) string {
	if strings.ContainsAny(s, " \"'$`\\*?&|;<>()#!") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
