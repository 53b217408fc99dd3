package site

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A causeRow is a cause as a page shows it.
type causeRow struct {
	Icon, Pill, Strip, Chain template.HTML
	Href, Label, Kind        string
	Says, Owner, OwnerHref   string
}

// causeRows shows causes on a page.
func (w *writer) causeRows(root string, causes []*freshness.Cause) []causeRow {
	var rows []causeRow
	if root != "" { // only the home page has all that need attention
		causes = causes[:min(len(causes), mostRows)]
	}
	for _, c := range causes {
		row := causeRow{
			Icon:  icon(c.Status),
			Pill:  template.HTML(w.causePill(c)),
			Chain: template.HTML(w.chain(root, c)),
			Label: c.Label(), Says: c.Says, Owner: c.Owner,
			Kind: "source of freshet",
		}
		if c.Node != nil {
			row.Kind, row.Href = kindWords(c.Node), root+w.hrefs[c.Node.ID]
			row.Strip = template.HTML(strip(nil, c.Node.Strip))
		}
		if c.Owner != "" {
			row.OwnerHref = root + ownerHref(c.Owner)
		}
		if c.Missing != nil {
			row.Kind, _, _ = strings.Cut(string(c.ID), ":")
		}
		if c.Job != nil {
			row.Kind = "job"
			if safe(c.Job.URL) {
				row.Href = c.Job.URL // of its last run
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (w *writer) causePill(c *freshness.Cause) []byte {
	more := ""
	switch {
	case c.Waiting:
		more = w.due(c.Node)
	case c.Late && c.Status == freshness.Fresh:
		return pill(nil, c.Status, "Late", w.due(c.Node))
	case c.Late && c.Node.Own != freshness.Broken:
		more = comma(w.r.Age(c.Node.Updated), "late")
	case c.Node != nil && c.Node.Never && c.Status == freshness.Stale:
		more = "never loaded"
	case c.Since.IsZero():
	case c.Status == freshness.Broken || c.Status == freshness.Unknown:
		more = "since " + w.date(c.Since)
	case c.Node != nil:
		more = w.r.Age(c.Node.Updated)
	}
	return pill(nil, c.Status, title(c.Status), more)
}

// chain shows the way from a cause to the tiles that wait for it.
func (w *writer) chain(root string, c *freshness.Cause) (b []byte) {
	arrow := ` <span role="img" aria-label="feeds">→</span> `
	steps := w.steps(c)
	for i, n := range steps {
		if i > 0 {
			b = append(b, arrow...)
		}
		if n == nil {
			b = append(b, "…"...)
			continue
		}
		b = append(esc(append(b, `<code>`...), short(n)), `</code>`...)
	}
	if words := heldWords(c); words != "" {
		if len(steps) > 0 {
			b = append(b, arrow...)
		}
		b = w.held(b, root, c, words)
	}
	return b
}

// steps are the first of the ways from a cause to a tile, without the tile; nil
// is a gap in a long one. Many pages show one cause.
func (w *writer) steps(c *freshness.Cause) []*freshness.Node {
	if _, done := w.ways[c]; !done {
		w.ways[c] = way(c)
	}
	return w.ways[c]
}

func way(c *freshness.Cause) []*freshness.Node {
	if c.Node == nil {
		return nil
	}
	for _, n := range c.Held {
		if n.Kind != sources.Tile {
			continue
		}
		path := c.Path(n)
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

// short is the last part of a name.
func short(n *freshness.Node) string {
	label := n.Label()
	if strings.HasSuffix(label, `"`) {
		return label
	}
	return label[strings.LastIndexByte(label, '.')+1:]
}

// heldWords say how much waits for a cause.
func heldWords(c *freshness.Cause) string {
	switch others := len(c.Held) - 1; {
	case c.Tiles > 0:
		return count(c.Tiles, "tile") + " on " + count(len(c.Dashboards), "dashboard") + viewed(c.Views)
	case c.Node == nil:
		return count(len(c.Held), "asset") + " wait for it"
	case others == 1:
		return "1 asset waits for it"
	case others > 1:
		return strconv.Itoa(others) + " assets wait for it"
	default:
		return "nothing reads it"
	}
}

// viewed says how often dashboards were opened, where it is known.
func viewed(views int64) string {
	if views == 0 {
		return ""
	}
	return ", opened " + count(int(views), "time")
}

// held appends how much waits for a cause, as a link to where it is listed.
func (w *writer) held(b []byte, root string, c *freshness.Cause, words string) []byte {
	switch {
	case c.Tiles > 0 && len(c.Dashboards) == 1:
		return w.link(b, root, c.Dashboards[0], false, words)
	case c.Node != nil && len(c.Held) > 1:
		return w.link(b, root, c.Node, false, words)
	default:
		return esc(b, words)
	}
}
