package site

import (
	"fmt"
	"html/template"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// mostCovered is how long a list of the page about coverage may get.
const mostCovered = 1000

type coveragePage struct {
	frame
	Lead  string
	Lists []assetList
}

// coverage is the sentence of the home page, which leads to the lists.
func (w *writer) coverage() template.HTML {
	c := w.r.Coverage
	if c.Tiles == 0 {
		return "No tile was seen yet: dashboards are those of Looker, and those that dbt knows as exposures of type dashboard."
	}
	part := func(n int, place, words string) string {
		if n == 0 {
			return thousands(n) + " " + words
		}
		return fmt.Sprintf(`<a href="t/coverage.html#%s">%s %s</a>`, place, thousands(n), words)
	}
	return template.HTML(fmt.Sprintf("Of %s, %s, %s, %s, and %s.", count(c.Tiles, "tile"), part(c.BySQL, "sql", "traced to tables by SQL"),
		part(c.ByExplore, "explore", "by explore"), part(c.ByExposure, "exposure", "by exposure"), part(c.Untraced, "untraced", "not at all")))
}

// coverageIndex writes the page that lists how far the traces see.
func (w *writer) coverageIndex() error {
	by := make(map[string][]*freshness.Node)
	for _, n := range w.r.Nodes {
		if n.Kind == sources.Tile {
			by[n.TracedBy()] = append(by[n.TracedBy()], n)
		} else if n.Unwatched && n.Own <= freshness.Unknown {
			by["unwatched"] = append(by["unwatched"], n)
		}
	}
	p := coveragePage{frame: w.frame("../", "", "How far the traces see · "+w.info.Title), Lead: w.coverageLead()}
	p.Lists = []assetList{
		w.covered("untraced", "Not traced", "Nothing tells what these tiles read: the right to see it is missing, or it is asked for on a day to come.", by[""]),
		w.covered("explore", "By explore", "Traced to the tables that their fields need of an explore. Their SQL was not asked for, since the explore leaves no doubt, or may not be seen.", by["explore"]),
		w.covered("exposure", "By exposure", "Somebody wrote down in dbt what these read, and nothing proves it.", by["exposure"]),
		w.covered("sql", "By SQL", "Traced by the SQL that the tile runs.", by["sql"]),
		w.covered("unwatched", "Tables without a clock", "Nobody can say how old their data is, and they count for nothing where something else is known.", by["unwatched"]),
	}
	return w.page("t/coverage.html", "coverage.html", p)
}

func (w *writer) coverageLead() string {
	c := w.r.Coverage
	if c.Tiles == 0 {
		return "No tile was seen yet"
	}
	return fmt.Sprintf("%s of %s traced to tables", thousands(c.Tiles-c.Untraced), count(c.Tiles, "tile"))
}

// covered is one list, which is not shown if it is empty.
func (w *writer) covered(id, title, note string, nodes []*freshness.Node) assetList {
	return w.filled(assetList{ID: id, Title: title, Note: note, Count: count(len(nodes), "asset"), Column: "data of"}, nodes)
}

// filled is a list with a line for each of some assets.
func (w *writer) filled(l assetList, nodes []*freshness.Node) assetList {
	var rows []byte
	for _, n := range nodes[:min(len(nodes), mostCovered)] {
		rows = append(rows, w.line(n)...)
	}
	if len(nodes) > mostCovered {
		l.More = "And more: api/v1/assets.jsonl has all."
	}
	l.Rows = template.HTML(rows)
	return l
}
