package site

import (
	"html/template"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A describer puts what a report says into words. It writes no HTML.
type describer struct {
	report *freshness.Report
}

// A renderer returns the fragments that more than one page has, such as rows, as HTML.
type renderer struct {
	*describer
	hrefs        map[sources.ID]string                  // page of each asset, relative to the root of the site
	assetRows    map[*freshness.Node][]byte             // rows that renderAssetRow has rendered
	descriptions map[string]template.HTML               // descriptions as HTML, by their Markdown
	tilePaths    map[*freshness.Cause][]*freshness.Node // results of findTilePath
}

// newRenderer returns the renderer of a report.
func newRenderer(report *freshness.Report) *renderer {
	r := &renderer{
		describer:    &describer{report: report},
		hrefs:        make(map[sources.ID]string, len(report.Nodes)),
		assetRows:    make(map[*freshness.Node][]byte),
		descriptions: make(map[string]template.HTML),
		tilePaths:    make(map[*freshness.Cause][]*freshness.Node),
	}
	for _, n := range report.Nodes {
		r.hrefs[n.ID] = assetHref(n)
	}
	return r
}
