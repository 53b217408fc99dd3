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
	if n.Owner != "" {
		parts = append(parts, "owner "+template.HTMLEscapeString(n.Owner))
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
