package site

import (
	"fmt"
	"html/template"

	"github.com/freshet-status/freshet/generator/freshness"
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
		return "No tile was seen yet: dashboards are those of Looker, and those that dbt knows as exposures of type dashboard."
	}
	part := func(n int, place, words string) string {
		if n == 0 {
			return formatNumber(n) + " " + words
		}
		return fmt.Sprintf(`<a href="t/coverage.html#%s">%s %s</a>`, place, formatNumber(n), words)
	}
	return template.HTML(
		fmt.Sprintf(
			"Of %s, %s, %s, %s, and %s.",
			formatCount(c.Tiles, "tile"),
			part(c.BySQL, "sql", "traced to tables by SQL"),
			part(c.ByExplore, "explore", "by explore"),
			part(c.ByExposure, "exposure", "by exposure"),
			part(c.Untraced, "untraced", "not at all"),
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
	p := coveragePage{frame: w.newFrame("../", "", "How far the traces see · "+w.info.Title), Lead: w.describeCoverage()}
	p.Lists = []assetList{
		w.buildCoverageList(
			"untraced",
			"Not traced",
			"Nothing tells what these tiles read: the right to see it is missing, or it is asked for on a day to come.",
			by[""],
		),
		w.buildCoverageList(
			"explore",
			"By explore",
			"Traced to the tables that their fields need of an explore. Their SQL was not asked for, since the "+
				"explore leaves no doubt, or may not be seen.",
			by["explore"],
		),
		w.buildCoverageList(
			"exposure",
			"By exposure",
			"Somebody wrote down in dbt what these read, and nothing proves it.",
			by["exposure"],
		),
		w.buildCoverageList("sql", "By SQL", "Traced by the SQL that the tile runs.", by["sql"]),
		w.buildCoverageList(
			"unwatched",
			"Tables without a clock",
			"Nobody can say how old their data is, and they count for nothing where something else is known.",
			by["unwatched"],
		),
	}
	return w.writePage("t/coverage.html", "coverage.html", p)
}

// describeCoverage returns the heading of the coverage page: how many tiles are traced to
// tables.
func (w *writer) describeCoverage() string {
	c := w.report.Coverage
	if c.Tiles == 0 {
		return "No tile was seen yet"
	}
	return fmt.Sprintf("%s of %s traced to tables", formatNumber(c.Tiles-c.Untraced), formatCount(c.Tiles, "tile"))
}

// buildCoverageList returns one list of the coverage page. id is its anchor, which
// renderCoverage links to. The template leaves out a list without rows.
func (w *writer) buildCoverageList(id, title, note string, nodes []*freshness.Node) assetList {
	return w.withRows(
		assetList{ID: id, Title: title, Note: note, Count: formatCount(len(nodes), "asset"), Column: "data of"},
		nodes,
	)
}

// withRows returns l with one row per node, at most maxListRows, and a note if there are more.
func (w *writer) withRows(l assetList, nodes []*freshness.Node) assetList {
	var rows []byte
	for _, n := range nodes[:min(len(nodes), maxListRows)] {
		rows = append(rows, w.renderAssetRow(n)...)
	}
	if len(nodes) > maxListRows {
		l.More = "And more: api/v1/assets.jsonl has all."
	}
	l.Rows = template.HTML(rows)
	return l
}
