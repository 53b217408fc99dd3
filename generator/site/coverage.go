package site

import (
	"fmt"
	"html/template"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// maxListRows is the greatest number of rows in a list on the coverage page, the pages of
// owners and the page of uses.
const maxListRows = 1000

// A coveragePage lists the tiles by how their lineage is known, and the tables that are not
// checked.
type coveragePage struct {
	frame
	Lead  string
	Lists []assetList
}

// renderCoverage returns the sentence of the home page that counts tiles by how their lineage
// is known, with links to the lists of the coverage page.
func (w *writer) renderCoverage() template.HTML {
	c := w.report.Coverage
	if c.Tiles == 0 {
		return "No tiles yet. Dashboards come from Looker and from dbt exposures of type dashboard."
	}
	part := func(n int, place, how string) string {
		if n == 0 {
			return words.Number(n) + " " + how
		}
		return fmt.Sprintf(`<a href="t/coverage.html#%s">%s %s</a>`, place, words.Number(n), how)
	}
	return template.HTML(
		fmt.Sprintf(
			"%s: %s, %s, %s, %s.",
			words.Count(c.Tiles, "tile"),
			part(c.BySQL, "sql", "traced by SQL"),
			part(c.ByExplore, "explore", "by explore"),
			part(c.ByExposure, "exposure", "by dbt exposure"),
			part(c.Untraced, "untraced", "not traced"),
		),
	)
}

// writeCoveragePage writes t/coverage.html: tiles by how their lineage is known, and unchecked
// tables.
func (w *writer) writeCoveragePage() error {
	by := make(map[string][]*freshness.Node)
	for _, n := range w.report.Nodes {
		if n.Kind == sources.Tile {
			by[n.TracedBy()] = append(by[n.TracedBy()], n)
		} else if n.Unchecked && n.OwnStatus <= freshness.Unknown {
			by["unwatched"] = append(by["unwatched"], n)
		}
	}
	p := coveragePage{frame: w.newFrame("../", "", "Lineage coverage · "+w.info.Title), Lead: w.describeCoverage()}
	p.Lists = []assetList{
		w.buildCoverageList(
			"untraced",
			"Not traced",
			"Lineage unknown: a permission is missing, or the API budget has not allowed it yet.",
			by[""],
		),
		w.buildCoverageList(
			"explore",
			"Traced by explore",
			"Traced by the fields they use in a Looker explore. Their SQL was not needed or is not readable.",
			by["explore"],
		),
		w.buildCoverageList(
			"exposure",
			"Traced by dbt exposure",
			"Declared in a dbt exposure; not verified.",
			by["exposure"],
		),
		w.buildCoverageList("sql", "Traced by SQL", "Traced by the SQL that the tile runs.", by["sql"]),
		w.buildCoverageList(
			"unwatched",
			"Not checked",
			"No load or build time is recorded. Their age is unknown.",
			by["unwatched"],
		),
	}
	return w.writePage("t/coverage.html", "coverage.html", p)
}

// describeCoverage returns the heading of the coverage page: how many tiles are traced to
// tables.
func (d *describer) describeCoverage() string {
	c := d.report.Coverage
	if c.Tiles == 0 {
		return "No tiles yet"
	}
	return fmt.Sprintf("%s of %s traced to tables", words.Number(c.Tiles-c.Untraced), words.Count(c.Tiles, "tile"))
}

// buildCoverageList returns one list of the coverage page. id is its anchor, which
// renderCoverage links to. The template leaves out a list without rows.
func (w *writer) buildCoverageList(id, title, note string, nodes []*freshness.Node) assetList {
	return w.withRows(
		assetList{ID: id, Title: title, Note: note, Count: words.Count(len(nodes), "asset"), Column: "data from"},
		nodes,
	)
}

// withRows returns l with one row per node, at most maxListRows, and a note if there are more.
func (r *renderer) withRows(l assetList, nodes []*freshness.Node) assetList {
	var rows []byte
	for _, n := range nodes[:min(len(nodes), maxListRows)] {
		rows = append(rows, r.renderAssetRow(n)...)
	}
	l.More = describeMoreRows(len(nodes))
	l.Rows = template.HTML(rows)
	return l
}

// describeMoreRows returns how many of n assets a list of at most maxListRows leaves out; "" if
// none.
func describeMoreRows(n int) string {
	if n <= maxListRows {
		return ""
	}
	return "And " + words.Number(n-maxListRows) + " more; see api/v1/assets.jsonl"
}
