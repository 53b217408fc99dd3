package site

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/exposures"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A containerPage holds the page of a dashboard or a folder.
type containerPage struct {
	frame
	Icon, Pill, Lead, Facts template.HTML
	Name                    string
	Description             template.HTML
	Causes                  []causeRow
	MoreCauses              string // how many root causes are not listed; "" if none
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
		Pill:        template.HTML(w.appendContainerPill(nil, n)),
		Lead:        template.HTML(w.renderContainerLead(n)),
		Facts:       template.HTML(w.renderFacts(n)),
		Name:        n.Name,
		Description: w.renderMarkdown(n.Description),
		Causes:      w.buildCauseRows("../", n.Causes),
		MoreCauses:  describeMoreCauses(n.Causes, "api/v1/assets.jsonl"),
		Drift:       w.renderDrift(n),
		RowsTitle:   rowsTitle,
		Axis:        w.axisLabels(),
	}
	if isEmptyContainer(n) {
		p.Icon = ""
		p.Pill = ""
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
		rows = []byte(`<p class="pad">No tile reads data.</p>`)
	}
	p.Rows = template.HTML(rows)
	for up := n.ShownIn(); up != nil; up = up.ShownIn() {
		p.Crumbs = append([]breadcrumb{{Name: up.Name, Href: "../" + w.hrefs[up.ID]}}, p.Crumbs...)
	}
	return p
}

// renderDrift returns sentences for each dbt exposure of n that names other tables than the tiles
// read.
func (r *renderer) renderDrift(n *freshness.Node) (all []template.HTML) {
	for _, d := range exposures.DriftsOf(r.report, n) {
		b := append(
			esc([]byte(`The dbt exposure <code>`), d.Exposure.Place()),
			`</code> differs from what the tiles read, which freshet uses.`...)
		if len(d.Unread) > 0 {
			b = append(r.appendPlaces(append(b, ` Not read by any tile: `...), d.Unread), '.')
		}
		if len(d.Undeclared) > 0 {
			b = append(r.appendPlaces(append(b, ` Missing in the exposure: `...), d.Undeclared), '.')
		}
		all = append(all, template.HTML(b))
	}
	return all
}

// appendPlaces appends the first three ids, without their kind, and the number of the others.
func (r *renderer) appendPlaces(b []byte, ids []sources.ID) []byte {
	for i, id := range ids[:min(len(ids), 3)] {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(esc(append(b, `<code>`...), id.Place()), `</code>`...)
	}
	if more := len(ids) - 3; more > 0 {
		b = append(b, " and "+words.Number(more)+" more"...)
	}
	return b
}

// appendContainerRow appends a dashboard or folder as a row on the page of the folder that
// contains it.
func (r *renderer) appendContainerRow(b []byte, n *freshness.Node) []byte {
	b = append(b, `<div class="r l2">`...)
	b = r.appendRow(b, n, r.appendLink(nil, "../", n, false, n.Name), esc(nil, r.describeContents(n)))
	return append(b, `</div>`...)
}

// renderContainerLead returns the first sentences of a dashboard's or folder's page as HTML: whether
// its numbers can be trusted and, if not, the first root cause and the age of the data; and for how many
// tiles tests fail.
func (r *renderer) renderContainerLead(n *freshness.Node) []byte {
	return append(r.renderTrust(n), describeTestedTiles(n)...)
}

// describeTestedTiles returns a sentence that says upstream of how many tiles of a dashboard tests fail,
// with a space before it; "" if none does.
func describeTestedTiles(n *freshness.Node) string {
	tiles := 0
	for _, tile := range n.Shown {
		if tile.Kind == sources.Tile && tile.FailingTestsUpstream > 0 {
			tiles++
		}
	}
	switch all := n.Counts.Total(); {
	case tiles == 0:
		return ""
	case tiles == all && all > 1:
		return " Tests fail upstream of all its tiles."
	default:
		return fmt.Sprintf(" Tests fail upstream of %s.", describeShare(tiles, all))
	}
}

// renderTrust returns the first sentences of a dashboard's or folder's page as HTML, without those about
// tests.
func (r *renderer) renderTrust(n *freshness.Node) []byte {
	all := n.Counts.Total()
	switch {
	case all == 0:
		return []byte("No tile reads data.")
	case n.AttentionTiles > 0:
		b := fmt.Appendf(nil, "Do not rely on %s yet. Root cause: ", describeShare(n.AttentionTiles, all))
		b = append(r.appendCauseLink(b, "../", n.Causes[0]), moreEnding(len(n.Causes)-1)...)
		if oldest := oldestShown(n); !oldest.IsZero() {
			b = esc(append(b, " Oldest data: "...), words.FormatTime(r.report, oldest)+".")
		}
		return b
	case n.Counts[freshness.Fresh] == all:
		return []byte(r.describeFreshTiles(n, all))
	case n.Counts[freshness.Unverified] == all:
		return []byte(describeUnverifiedTiles(all))
	case n.Counts[freshness.Fresh]+n.Counts[freshness.Unverified] == all:
		return []byte(words.OnlyUnverified(n.Counts, "tile"))
	default:
		fresh := n.Counts[freshness.Fresh]
		return fmt.Appendf(
			nil,
			"%s of %s %s fresh; nothing needs attention.",
			words.Number(fresh),
			words.Count(all, "tile"),
			words.Verb(fresh, "is", "are"),
		)
	}
}

// oldestShown returns the oldest data time that the tiles of a dashboard or folder show; zero if
// none is known.
func oldestShown(n *freshness.Node) (oldest time.Time) {
	for _, c := range n.Shown {
		at := c.DataAsOf
		if c.Kind.IsContainer() {
			at = oldestShown(c)
		}
		if oldest.IsZero() || !at.IsZero() && at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// describeFreshTiles returns a sentence for a dashboard or folder whose tiles, all of them, are
// fresh, and how many of them have a source that is not checked.
func (d *describer) describeFreshTiles(n *freshness.Node, all int) string {
	unchecked := d.countUncheckedTiles(n)
	text := "Its only tile is fresh"
	if all > 1 {
		text = "All " + words.Count(all, "tile") + " are fresh"
	}
	if unchecked == 0 {
		return text + "."
	}
	return fmt.Sprintf("%s; not every source of %s is checked.", text, words.Count(unchecked, "tile"))
}

// describeUnverifiedTiles returns a sentence for a dashboard or folder whose tiles, all of them, are
// unverified.
func describeUnverifiedTiles(all int) string {
	if all == 1 {
		return "The tables of its only tile are built; nothing tells how old their data is."
	}
	return fmt.Sprintf("The tables of all %s are built; nothing tells how old their data is.", words.Count(all, "tile"))
}

// describeShare returns n of all tiles in words: "its only tile", "any of its 9 tiles" or "3 of
// its 9 tiles".
func describeShare(n, all int) string {
	switch {
	case all == 1:
		return "its only tile"
	case n == all:
		return "any of its " + words.Count(all, "tile")
	default:
		return fmt.Sprintf("%s of its %s", words.Number(n), words.Count(all, "tile"))
	}
}

// renderFacts returns a line of HTML with facts about n other than its freshness: kind,
// address, views, owner, aliases, tags, and the command that explains it.
func (r *renderer) renderFacts(n *freshness.Node) []byte {
	parts := []string{template.HTMLEscapeString(describeKind(n))}
	if isWebURL(n.URL) {
		parts = append(parts, `<a href="`+template.HTMLEscapeString(n.URL)+`" rel="noreferrer">`+openLabel(n)+`</a>`)
	}
	if n.Views > 0 {
		parts = append(parts, "opened "+words.Count(int(n.Views), "time"))
	}
	if opened := n.LastOpened(); n.Kind == sources.Dashboard && !opened.IsZero() {
		parts = append(parts, "last opened "+r.formatDate(opened))
	}
	if n.Owner != "" {
		parts = append(parts, "owner: "+string(appendOwnerLink(nil, n.Owner))+ownerOrigin(n))
	}
	for _, a := range n.Aliases {
		parts = append(parts, "<code>"+template.HTMLEscapeString(a)+"</code>")
	}
	if len(n.Tags) > 0 {
		parts = append(parts, "tags: "+template.HTMLEscapeString(strings.Join(n.Tags, ", ")))
	}
	parts = append(parts, "<code>freshet why "+template.HTMLEscapeString(quoteShell(n.ID.Place()))+"</code>")
	return []byte(strings.Join(parts, " · "))
}

// openLabel returns the text of the link to the page of n in its own tool.
func openLabel(n *freshness.Node) string {
	if n.Kind.IsContainer() {
		return "Open " + string(n.Kind)
	}
	return "Open"
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
