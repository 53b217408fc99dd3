package site

import (
	"html/template"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A causeRow is a root cause as pages list it. Chain is the path from the cause to the first tile
// that it affects, and what it affects.
type causeRow struct {
	Icon, Pill, Strip, Chain template.HTML
	Href, Label, Kind        string
	Says, Owner, OwnerHref   string
}

// buildCauseRows returns one row per cause. root is the relative path back to the root of the
// site: only the home page ("") lists all causes, other pages list at most maxPageCauses.
func (r *renderer) buildCauseRows(root string, causes []*freshness.Cause) []causeRow {
	var rows []causeRow
	if root != "" { // only the home page lists all that need attention
		causes = causes[:min(len(causes), maxPageCauses)] // describeMoreCauses counts the others
	}
	for _, c := range causes {
		row := causeRow{
			Icon:  statusIcon(c.Status),
			Pill:  template.HTML(r.renderCausePill(c)),
			Chain: template.HTML(r.renderChain(root, c)),
			Label: c.Label(),
			Says:  words.DescribeCause(r.report, c),
			Owner: c.Owner,
			Kind:  "source",
		}
		if c.Node != nil {
			row.Kind = describeKind(c.Node)
			row.Href = root + r.hrefs[c.Node.ID]
			row.Strip = template.HTML(appendStrip(nil, c.Node.Strip))
		}
		if c.Owner != "" {
			row.OwnerHref = root + ownerHref(c.Owner)
		}
		if c.Missing != nil {
			row.Kind, _, _ = strings.Cut(string(c.ID), ":")
		}
		if c.Scope != nil {
			row.Kind = c.Scope.Name.Kind()
		}
		if c.Job != nil {
			row.Kind = "job"
			if isWebURL(c.Job.URL) {
				row.Href = c.Job.URL // the page of its last run
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// describeMoreCauses returns how many root causes a page leaves out, and the file of the API that
// has them; "" if none.
func describeMoreCauses(causes []*freshness.Cause, file string) string {
	more := len(causes) - maxPageCauses
	if more <= 0 {
		return ""
	}
	return "And " + words.Count(more, "more root cause") + "; see " + file
}

// renderCausePill returns the pill of a root cause: its status with the due time, the age of
// its data or the day since which it exists.
func (r *renderer) renderCausePill(c *freshness.Cause) []byte {
	more := ""
	switch {
	case c.OnlyTests:
		return appendPill(nil, c.Status, words.FailingTests(c.Node.CountTests().Fail), "")
	case c.Waiting:
		more = r.describeDue(c.Node)
	case c.Status.IsOnTime() && c.Node.IsFailing():
		return appendPill(nil, c.Status, "Failing", "")
	case c.Late && c.Status.IsOnTime():
		return appendPill(nil, c.Status, "Late", r.describeMissedDue(c.Node))
	case c.Late && c.Node.OwnStatus != freshness.Broken:
		more = joinNonEmpty(words.FormatAge(r.report, c.Node.LastUpdate()), "late")
	case c.Node != nil && c.Node.Never && c.Status == freshness.Stale:
		more = words.EmptyWord(c.Node)
	case c.Since.IsZero():
	case c.Status == freshness.Broken || c.Status == freshness.Unknown:
		more = "since " + r.formatDate(c.Since)
	case c.Node != nil:
		more = words.FormatAge(r.report, c.Node.LastUpdate())
	}
	return appendPill(nil, c.Status, statusTitle(c.Status), more)
}

// renderChain returns the path from a root cause to the first tile that it affects, as short
// names joined by arrows, and what the cause affects.
func (r *renderer) renderChain(root string, c *freshness.Cause) (b []byte) {
	arrow := ` <span role="img" aria-label="read by">→</span> `
	steps := r.tilePath(c)
	for i, n := range steps {
		if i > 0 {
			b = append(b, arrow...)
		}
		if n == nil {
			b = append(b, "…"...)
			continue
		}
		b = append(esc(append(b, `<code>`...), shortLabel(n)), `</code>`...)
	}
	if len(steps) > 0 {
		b = append(b, " · "...)
	}
	return r.appendAffected(b, root, c)
}

// tilePath returns findTilePath(c), computed once per cause because many pages show the same
// cause.
func (r *renderer) tilePath(c *freshness.Cause) []*freshness.Node {
	if _, done := r.tilePaths[c]; !done {
		r.tilePaths[c] = findTilePath(c)
	}
	return r.tilePaths[c]
}

// findTilePath returns the assets on the way from a root cause to the first tile that it
// affects, cause first and tile left out. Of more than five, the middle ones are replaced by
// one nil. It returns nil if the cause is not an asset or affects no tile.
func findTilePath(c *freshness.Cause) []*freshness.Node {
	if c.Node == nil {
		return nil
	}
	for _, n := range c.Affected {
		if n.Kind != sources.Tile {
			continue
		}
		path := c.PathFrom(n)
		var steps []*freshness.Node
		for i := len(path) - 1; i > 0; i-- {
			steps = append(steps, path[i])
		}
		if len(steps) > 5 {
			steps = append(steps[:2:2], nil, steps[len(steps)-2], steps[len(steps)-1])
		}
		return steps
	}
	return nil
}

// shortLabel returns the last part of n's label, after the last dot. A label that ends in a
// quoted name is returned whole.
func shortLabel(n *freshness.Node) string {
	label := n.Label()
	if strings.HasSuffix(label, `"`) {
		return label
	}
	return label[strings.LastIndexByte(label, '.')+1:]
}

// maxNamedDashboards is the number of affected dashboards that a row of a root cause names.
const maxNamedDashboards = 2

// appendAffected appends what a root cause affects: the first dashboards as links, the numbers of
// other dashboards and of tiles, and how often the dashboards were opened. Without tiles it is the
// number of assets, as a link to the page that lists them.
func (r *renderer) appendAffected(b []byte, root string, c *freshness.Cause) []byte {
	if c.Tiles == 0 {
		if c.Node != nil && len(c.Affected) > 1 {
			return r.appendLink(b, root, c.Node, false, describeAffectedAssets(c))
		}
		return esc(b, describeAffectedAssets(c))
	}
	b = append(b, "affects "...)
	for i, d := range c.Dashboards[:min(len(c.Dashboards), maxNamedDashboards)] {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = r.appendLink(b, root, d, false, d.Name)
	}
	if more := len(c.Dashboards) - maxNamedDashboards; more > 0 {
		b = append(b, " and "+words.Count(more, "more dashboard")...)
	}
	if len(c.Dashboards) > 0 {
		b = append(b, " · "...)
	}
	b = append(b, words.Count(c.Tiles, "tile")...)
	if c.Views > 0 {
		b = append(b, " · opened "+words.Count(int(c.Views), "time")...)
	}
	return b
}

// describeAffectedAssets returns how many assets a root cause without tiles affects, leaving out
// the cause itself, such as "affects 3 assets".
func describeAffectedAssets(c *freshness.Cause) string {
	affected := len(c.Affected)
	if c.Node != nil {
		affected--
	}
	switch {
	case affected > 0:
		return "affects " + words.Count(affected, "asset")
	case c.Node != nil && len(c.Node.Down) == 0:
		return "nothing reads it"
	default:
		return "affects no other asset"
	}
}
