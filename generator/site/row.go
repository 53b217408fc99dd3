package site

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// appendRow appends the columns of a row: icon, name with the smaller text below it, pill,
// strip, and the number of fresh days or, of a dashboard or folder, the share of fresh tile-days.
// A dashboard or folder without tiles has neither icon nor strip. name and below are HTML.
func (r *renderer) appendRow(b []byte, n *freshness.Node, name, below []byte) []byte {
	if isEmptyContainer(n) {
		b = append(b, `<span></span>`...)
	} else {
		b = append(b, icons[n.Status]...)
	}
	b = append(b, `<span class="n">`...)
	b = append(b, name...)
	if len(below) > 0 {
		b = append(append(append(b, `<small>`...), below...), `</small>`...)
	}
	b = append(b, `</span>`...)
	b = r.appendAssetPill(b, n)
	switch {
	case isEmptyContainer(n):
		return append(b, `<span></span><span class="p"></span>`...)
	case n.Kind.IsContainer():
		b = append(appendShareStrip(b, n), `<span class="p">`...)
		b = append(b, freshShare(n)...)
	default:
		fresh, of := n.CountFreshDays()
		b = append(appendStrip(b, n.Strip), `<span class="p">`...)
		b = fmt.Appendf(b, "%d of %d", fresh, of)
	}
	return append(b, `</span>`...)
}

// freshShare returns the share of fresh days of all tiles of a dashboard or folder over the 90
// days, such as "83%", rounded down; "" if there is no data.
func freshShare(n *freshness.Node) string {
	fresh := 0
	all := 0
	for day, counts := range n.DailyCounts {
		if n.Strip[day] != '.' {
			fresh += counts[freshness.Fresh]
			all += counts.Total()
		}
	}
	if all == 0 {
		return ""
	}
	return strconv.Itoa(100*fresh/all) + "%"
}

// appendLink appends a link to n's page with words as its text, in a code element if code is
// set. root is the relative path back to the root of the site.
func (r *renderer) appendLink(b []byte, root string, n *freshness.Node, code bool, text string) []byte {
	b = append(b, `<a href="`...)
	b = append(append(b, root...), r.hrefs[n.ID]...)
	b = append(b, `">`...)
	if code {
		b = append(append(esc(append(b, `<code>`...), text), `</code>`...), `</a>`...)
		return b
	}
	return append(esc(b, text), `</a>`...)
}

// appendTile appends the row of a tile. Its id is the anchor that assetHref links to.
func (r *renderer) appendTile(b []byte, root string, n *freshness.Node) []byte {
	b = append(b, `<div class="r l3" id="`...)
	b = append(b, tileAnchor(n.ID)...)
	b = append(b, `">`...)
	b = r.appendRow(b, n, r.renderTileName(root, n), appendFailingTests(r.tileDetail(root, n), n))
	return append(b, `</div>`...)
}

// renderTileName returns the name of a tile and, except on the home page (root ""), how its lineage
// is known. The name is a link if the tile reads exactly one asset.
func (r *renderer) renderTileName(root string, n *freshness.Node) []byte {
	b := esc(nil, n.Name)
	if len(n.Up) == 1 {
		b = r.appendLink(nil, root, n.Up[0], false, n.Name)
	}
	if root == "" {
		return b
	}
	return append(b, tracedLabels[n.TracedBy()]...)
}

// tileDetail returns the text below a tile's name as HTML: the root cause that affects it, else
// the assets that it reads and how many of them are not checked.
func (r *renderer) tileDetail(root string, n *freshness.Node) []byte {
	switch {
	case len(n.Causes) > 0:
		b := r.appendCauseLink([]byte("affected by "), root, n.Causes[0])
		if more := len(n.Causes) - 1; more > 0 {
			b = append(b, " and "+words.Number(more)+" more"...)
		}
		return b
	case len(n.Up) == 0:
		return []byte("lineage unknown")
	case !n.Status.IsOnTime():
		return []byte("upstream not checked")
	}
	b := append(esc(append([]byte("reads "), `<code>`...), n.Up[0].Label()), `</code>`...)
	if more := len(n.Up) - 1; more > 0 {
		b = append(b, " and "+words.Number(more)+" more"...)
	}
	return appendUncheckedRoots(b, n)
}

// appendFailingTests appends how many tests fail upstream of a tile; nothing if none does.
func appendFailingTests(b []byte, n *freshness.Node) []byte {
	if n.FailingTestsUpstream == 0 {
		return b
	}
	return append(b, " · "+words.FailingTests(n.FailingTestsUpstream)+" upstream"...)
}

// appendUncheckedRoots appends how far the lineage of a tile is not certain or not checked; nothing if
// all of it is.
func appendUncheckedRoots(b []byte, n *freshness.Node) []byte {
	switch roots := n.CountRoots(); {
	case n.HasUncertainLineage():
		return append(b, " · lineage not certain"...)
	case roots.Unchecked == 0:
		return b
	case roots.Checked == 0:
		return append(b, " · no source checked"...)
	default:
		all := words.Count(roots.Checked+roots.Unchecked, "source")
		return fmt.Appendf(b, " · %s of %s not checked", words.Number(roots.Unchecked), all)
	}
}

// tracedLabels holds a label, as HTML, for each way in which the lineage of a tile is known;
// see [freshness.Node.TracedBy].
var tracedLabels = map[string]string{
	"sql":      ` <span class="by">traced by SQL</span>`,
	"explore":  ` <span class="by">traced by explore</span>`,
	"exposure": ` <span class="by">traced by dbt exposure</span>`,
}

// appendCauseLink appends a link to a root cause: to the page of its asset, else to the section
// of the home page that lists the source, job or missing reference.
func (r *renderer) appendCauseLink(b []byte, root string, c *freshness.Cause) []byte {
	if c.Node != nil {
		return r.appendLink(b, root, c.Node, true, c.Label())
	}
	place := "sources"
	what := "the source "
	if c.Job != nil {
		place = "attention"
		what = "the job "
	}
	if c.Scope != nil {
		place = "attention"
		what = "the " + c.Scope.Name.Kind() + " "
	}
	if c.Checks != nil {
		place = "attention"
		what = "the checks "
	}
	if c.Missing != nil {
		kind, _, _ := strings.Cut(string(c.ID), ":")
		place = "attention"
		what = "the " + kind + " "
	}
	b = append(b, `<a href="`...)
	b = append(b, root...)
	b = append(b, `index.html#`+place+`">`+what...)
	return append(esc(b, c.Label()), `</a>`...)
}

// renderAssetRow returns n as a table row of a list of assets, for pages one folder below the
// root: name, kind, last update and pill. Rows are cached by node.
func (r *renderer) renderAssetRow(n *freshness.Node) []byte {
	if b := r.assetRows[n]; b != nil {
		return b
	}
	b := []byte(`<tr><th scope="row">`)
	if !isEmptyContainer(n) {
		b = append(b, icons[n.Status]...)
	}
	b = r.appendLink(b, "../", n, n.Kind.IsRelation(), rowName(n))
	b = append(b, `</th><td class="wide">`...)
	b = esc(b, describeKind(n))
	b = append(b, `</td><td class="when">`...)
	b = esc(b, r.lastUpdatedText(n))
	b = append(b, `</td><td>`...)
	b = r.appendAssetPill(b, n)
	b = append(b, "</td></tr>\n"...)
	r.assetRows[n] = b
	return b
}

// rowName returns the label of n for lists that mix kinds: a tile is followed by the name of
// its dashboard.
func rowName(n *freshness.Node) string {
	if n.Kind == sources.Tile && n.ShownIn() != nil {
		return n.Name + " on " + n.ShownIn().Name
	}
	return n.Label()
}

// lastUpdatedText returns when the data of n was last updated, by the judged clock. For tiles
// and virtual assets it is the time of the data that they show.
func (d *describer) lastUpdatedText(n *freshness.Node) string {
	switch {
	case n.Never:
		return words.EmptyWord(n)
	case n.Clock != nil && n.Updated.IsZero():
		return "before " + words.FormatTime(d.report, n.UpdatedBefore)
	case n.Clock != nil:
		return words.FormatTime(d.report, n.Updated)
	case n.Kind == sources.Tile && !n.DataAsOf.IsZero():
		return words.FormatTime(d.report, n.DataAsOf)
	case n.Virtual && !n.DataAsOf.IsZero():
		return words.FormatTime(d.report, n.DataAsOf) + " (upstream)"
	case n.Virtual:
		return "–"
	default:
		return d.lastKnownText(n)
	}
}

// lastKnownText returns the last known update time of an asset whose checks are too old to be
// judged, or "unknown".
func (d *describer) lastKnownText(n *freshness.Node) string {
	for _, t := range n.Clocks {
		if t.Clock.CanDecideStatus() && t.At.After(sources.Never) {
			return words.FormatTime(d.report, t.At) + ", not checked recently"
		}
	}
	return "unknown"
}

// describeKind returns the kind of n in words, such as "dbt model, incremental". It is not escaped.
func describeKind(n *freshness.Node) string {
	text := string(n.Kind)
	switch n.Kind {
	case sources.DBTSource:
		text = "dbt source"
	case sources.Model, sources.Seed, sources.Snapshot:
		text = "dbt " + text
	}
	if n.Materialized != "" && n.Materialized != string(n.Kind) && n.Kind != sources.DBTSource {
		text += ", " + n.Materialized
	}
	return text
}
