package site

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A containerPage holds the page of a dashboard or a folder.
type containerPage struct {
	frame
	Icon, Pill, Lead, Facts template.HTML
	Name                    string
	Description             template.HTML
	Causes                  []causeRow
	Drift                   []template.HTML
	RowsTitle               string
	Axis                    []string
	Rows                    template.HTML
}

// writeDashboardPages writes the page of each dashboard, which lists its tiles.
func (w *writer) writeDashboardPages() error {
	return w.writeContainerPages(sources.Dashboard, "Tiles")
}

// writeFolderPages writes the page of each folder, which lists its dashboards and folders.
func (w *writer) writeFolderPages() error { return w.writeContainerPages(sources.Folder, "Dashboards") }

// writeContainerPages writes the page of each asset of a kind, which must be Dashboard or
// Folder. rows is the heading of their contents.
func (w *writer) writeContainerPages(kind sources.Kind, rowsTitle string) error {
	for _, n := range w.report.Nodes {
		if n.Kind != kind {
			continue
		}
		if err := w.writePage(w.hrefs[n.ID], "shown.html", w.buildContainerPage(n, rowsTitle)); err != nil {
			return err
		}
	}
	return nil
}

// buildContainerPage returns the page of a dashboard or folder. Its breadcrumbs are the folders
// that contain it, outermost first.
func (w *writer) buildContainerPage(n *freshness.Node, rowsTitle string) containerPage {
	p := containerPage{
		frame:       w.newFrame("../", "", n.Name+" · "+w.info.Title),
		Icon:        template.HTML(bigIcons[n.Status]),
		Pill:        template.HTML(appendContainerPill(nil, n)),
		Lead:        template.HTML(w.renderContainerLead(n)),
		Facts:       template.HTML(w.renderFacts(n)),
		Name:        n.Name,
		Description: w.renderMarkdown(n.Description),
		Causes:      w.buildCauseRows("../", n.Causes),
		Drift:       w.renderDrift(n),
		RowsTitle:   rowsTitle,
		Axis:        w.axisLabels(),
	}
	var rows []byte
	for _, c := range n.Shown {
		if c.Kind.IsContainer() {
			rows = w.appendContainerRow(rows, c)
		} else {
			rows = w.appendTile(rows, "../", c)
		}
		rows = append(rows, '\n')
	}
	if rows == nil {
		rows = []byte(`<p class="pad">Nothing on it reads data.</p>`)
	}
	p.Rows = template.HTML(rows)
	for up := n.ShownIn(); up != nil; up = up.ShownIn() {
		p.Crumbs = append([]breadcrumb{{Name: up.Name, Href: "../" + w.hrefs[up.ID]}}, p.Crumbs...)
	}
	return p
}

// renderDrift returns one sentence for each dbt exposure of n that names other tables than the
// tiles read.
func (w *writer) renderDrift(n *freshness.Node) (all []template.HTML) {
	for _, d := range exposures.DriftsOf(w.report, n) {
		b := append(
			esc([]byte(`The exposure <code>`), d.Exposure.Place()),
			`</code> of dbt differs from the SQL, which decides:`...)
		if len(d.Unread) > 0 {
			b = w.appendPlaces(append(b, ` it names `...), d.Unread)
			b = append(b, `, which no tile reads`...)
		}
		if len(d.Undeclared) > 0 {
			b = w.appendPlaces(append(b, semicolonAfter(len(d.Unread))+` it does not name `...), d.Undeclared)
			b = append(b, `, which tiles read`...)
		}
		all = append(all, template.HTML(append(b, '.')))
	}
	return all
}

// semicolonAfter returns ";" if something was listed before, else "".
func semicolonAfter(before int) string {
	if before > 0 {
		return ";"
	}
	return ""
}

// appendPlaces appends the first three ids, without their kind, and the number of the others.
func (w *writer) appendPlaces(b []byte, ids []sources.ID) []byte {
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

// appendContainerRow appends a dashboard or folder as a row on the page of the folder that
// contains it.
func (w *writer) appendContainerRow(b []byte, n *freshness.Node) []byte {
	b = append(b, `<div class="r l2">`...)
	b = w.appendRow(b, n, w.appendLink(nil, "../", n, false, n.Name), esc(nil, w.describeContents(n)))
	return append(b, `</div>`...)
}

// renderContainerLead returns the first sentence of a dashboard's or folder's page as HTML:
// whether its numbers can be trusted, and the first root cause if not.
func (w *writer) renderContainerLead(n *freshness.Node) []byte {
	all := n.Counts.Total()
	switch {
	case all == 0:
		return []byte("It has no tile that reads data.")
	case n.AttentionTiles > 0:
		b := fmt.Appendf(nil, "Do not trust %s yet: ", describeShare(n.AttentionTiles, all))
		b = w.appendCauseLink(b, "../", n.Causes[0])
		return append(b, repairEnding(len(n.Causes)-1)...)
	case n.Counts[freshness.Fresh] == all:
		return []byte("Everything on it is as fresh as it should be.")
	default:
		return fmt.Appendf(
			nil,
			"%d of its %s are fresh, and nothing needs attention.",
			n.Counts[freshness.Fresh],
			formatCount(all, "tile"),
		)
	}
}

// describeShare returns n of all tiles in words: "its one tile", "any of its 9 tiles" or "3 of
// its 9 tiles".
func describeShare(n, all int) string {
	switch {
	case all == 1:
		return "its one tile"
	case n == all:
		return "any of its " + formatCount(all, "tile")
	default:
		return fmt.Sprintf("%d of its %s", n, formatCount(all, "tile"))
	}
}

// repairEnding returns the end of a sentence that names one root cause, with the number of
// further ones.
func repairEnding(more int) string {
	if more > 0 {
		return " and " + formatCount(more, "more cause") + " must be repaired."
	}
	return " must be repaired."
}

// renderFacts returns a line of HTML with facts about n other than its freshness: kind,
// address, views, owner, aliases, tags, and the command that explains it.
func (w *writer) renderFacts(n *freshness.Node) []byte {
	parts := []string{kindHTML(n)}
	if isWebURL(n.URL) {
		parts = append(parts, `<a href="`+template.HTMLEscapeString(n.URL)+`" rel="noreferrer">open it</a>`)
	}
	if n.Views > 0 {
		parts = append(parts, "opened "+formatCount(int(n.Views), "time"))
	}
	if opened := n.LastOpened(); n.Kind == sources.Dashboard && !opened.IsZero() {
		parts = append(parts, "last opened "+w.formatDate(opened))
	}
	if n.Owner != "" {
		parts = append(parts, "owner "+string(appendOwnerLink(nil, n.Owner))+ownerOrigin(n))
	}
	for _, a := range n.Aliases {
		parts = append(parts, "<code>"+template.HTMLEscapeString(a)+"</code>")
	}
	if len(n.Tags) > 0 {
		parts = append(parts, "tagged "+template.HTMLEscapeString(strings.Join(n.Tags, ", ")))
	}
	parts = append(parts, "<code>freshet why "+template.HTMLEscapeString(quoteShell(n.ID.Place()))+"</code>")
	return []byte(strings.Join(parts, " · "))
}

// ownerOrigin returns in parentheses what names the owner of n, such as " (dbt group)", escaped
// for HTML, or "" if unknown.
func ownerOrigin(n *freshness.Node) string {
	if n.OwnedBy == "" {
		return ""
	}
	return " (" + template.HTMLEscapeString(n.OwnedBy) + ")"
}

// isWebURL reports whether url begins with http:// or https://. Pages link to no other address
// that a source returns, since it might run a script.
func isWebURL(url string) bool {
	return strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// quoteShell returns s as one word of a POSIX shell, in single quotes if it needs them.
func quoteShell(s string) string {
	if strings.ContainsAny(s, " \"'$`\\*?&|;<>()#!") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
