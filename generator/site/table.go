package site

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/site/chart"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// A tablePage holds the page of an asset that is not a dashboard, folder or tile.
type tablePage struct {
	frame
	Icon, Pill, Lead, Facts template.HTML
	Name                    string
	Description             template.HTML
	Causes                  []causeRow
	MoreCauses              string // how many root causes are not listed; "" if none
	FreshDays               string
	Strip                   template.HTML
	Axis                    []string
	DayByDay                string
	Age                     *chart.Chart
	Clocks                  []clockRow
	Tests                   []testRow
	TestsPassed             string // how many tests passed when they last ran; "" if there are none
	NoClockNote             string
	Expect                  string
	UsualSchedule           string
	Lists                   []assetList
}

// A clockRow is the state of one clock on the page of an asset.
type clockRow struct{ Clock, At, Says string }

// A testRow is a test on the page of an asset that did not pass.
type testRow struct{ Name, Says string }

// An assetList is a titled list of assets on a page, such as the upstream of a table or the
// dashboards of an owner.
type assetList struct {
	// Column is the heading of the column with the time.
	ID, Title, Note, Column string
	Count                   string
	Rows                    template.HTML
	More, Empty             string
}

// Greatest lengths of the lists on a page. The API has all entries.
const (
	maxLineageRows = 200
	maxPageCauses  = 20
)

// writeTablePages writes the page of each asset that is not a dashboard, folder or tile, and
// the options of its chart.
func (w *writer) writeTablePages() error {
	for _, n := range w.report.Nodes {
		if n.Kind.IsContainer() || n.Kind == sources.Tile {
			continue
		}
		p := w.buildTablePage(n)
		if err := w.writeChartOptions(n, p.Age); err != nil {
			return err
		}
		if err := w.writePage(w.hrefs[n.ID], "table.html", p); err != nil {
			return err
		}
	}
	return nil
}

// buildTablePage returns the page of n, without the script of its chart.
func (w *writer) buildTablePage(n *freshness.Node) tablePage {
	fresh, of := n.CountFreshDays()
	p := tablePage{
		frame:         w.newFrame("../", "tables", n.Label()+" · "+w.info.Title),
		Icon:          template.HTML(bigIcons[n.Status]),
		Pill:          template.HTML(w.appendAssetPill(nil, n)),
		Lead:          template.HTML(w.renderLead(n)),
		Facts:         template.HTML(w.renderFacts(n)),
		Name:          n.Label(),
		Description:   w.renderMarkdown(n.Description),
		FreshDays:     fmt.Sprintf("fresh on %d of %d", fresh, of),
		Strip:         template.HTML(appendStrip(nil, n.Strip)),
		Axis:          w.axisLabels(),
		DayByDay:      w.describeDays(n.Strip),
		Age:           chart.Build(w.chartFrame(), n),
		Clocks:        w.buildClockRows(n),
		Tests:         w.buildTestRows(n),
		TestsPassed:   describePassedTests(n),
		NoClockNote:   explainNoClock(n),
		Expect:        describeExpectation(n),
		UsualSchedule: w.describeRhythm(n),
		Lists:         []assetList{w.buildUpstreamList(n), w.buildDownstreamList(n)},
	}
	p.Crumbs = []breadcrumb{{Name: "Tables", Href: "../t/index.html"}}
	if others := otherCauses(n); len(others) > 0 {
		p.Causes = w.buildCauseRows("../", others)
		p.MoreCauses = describeMoreCauses(others, "api/v1/assets.jsonl")
	}
	return p
}

// otherCauses returns the root causes of n except n itself.
func otherCauses(n *freshness.Node) []*freshness.Cause {
	return slices.DeleteFunc(slices.Clone(n.Causes), func(c *freshness.Cause) bool { return c.Node == n })
}

// renderLead returns the first sentences of an asset's page as HTML: its own cause and how much
// is affected, the first cause that affects it, or when it was last updated.
func (r *renderer) renderLead(n *freshness.Node) []byte {
	for _, c := range n.Causes {
		if c.Node == n {
			b := esc(nil, words.DescribeCause(r.report, c))
			if len(c.Affected) > 1 {
				b = append(append(esc(append(b, " <b>It "...), describeEffect(c)), "</b>"...), '.')
			}
			return b
		}
	}
	switch {
	case len(n.Causes) > 0:
		b := append(esc(nil, describeState(n)), " because of "...)
		return append(r.appendCauseLink(b, "../", n.Causes[0]), moreEnding(len(n.Causes)-1)...)
	case n.Status == freshness.Unknown:
		return []byte(words.ExplainUnknown(n))
	case n.Clock != nil && n.Never:
		return []byte("Static and empty.")
	case n.Clock != nil:
		return esc(nil, words.ForPage(r.report).LastUpdate(n)+describeUncheckedRoots(n))
	case n.Expect.Static && !n.Virtual:
		return []byte("Static: not expected to change, and still listed.")
	case n.DataAsOf.IsZero():
		return esc(nil, virtualTitle(n)+": its status comes from upstream."+describeUncheckedRoots(n))
	default:
		return esc(nil, virtualTitle(n)+": its oldest upstream data is from "+words.FormatTime(r.report, n.DataAsOf)+"."+
			describeUncheckedRoots(n))
	}
}

// describeState returns the status of n as the first word of a sentence; of what is still on time,
// "Failing" or "Late".
func describeState(n *freshness.Node) string {
	switch {
	case n.Status.IsOnTime() && n.IsFailing():
		return "Failing"
	case n.Status.IsOnTime():
		return "Late"
	}
	return statusTitle(n.Status)
}

// virtualTitle returns the first word of a sentence about an asset without data of its own.
func virtualTitle(n *freshness.Node) string {
	if n.Kind == sources.View || strings.HasSuffix(n.Materialized, "view") {
		return "View"
	}
	return "No data of its own"
}

// describeUncheckedRoots returns a sentence about the sources of n that are not checked, with a space
// before it; "" if all are.
func describeUncheckedRoots(n *freshness.Node) string {
	if !n.HasUncheckedRoot() {
		return ""
	}
	return " " + words.UncheckedRoots(n)
}

// moreEnding returns the end of a sentence that names one root cause, with the number of
// further ones.
func moreEnding(more int) string {
	if more > 0 {
		return " and " + words.Number(more) + " more."
	}
	return "."
}

// describeEffect returns how much a root cause affects, such as "affects 9 tiles on 3 dashboards"
// or "affects 3 assets".
func describeEffect(c *freshness.Cause) string {
	switch {
	case c.Tiles == 0:
		return describeAffectedAssets(c)
	case len(c.Dashboards) == 0:
		return "affects " + words.Count(c.Tiles, "tile")
	default:
		return "affects " + words.Count(c.Tiles, "tile") + " on " + words.Count(len(c.Dashboards), "dashboard")
	}
}

// buildClockRows returns one row for each clock of n and each source that reads it.
func (r *renderer) buildClockRows(n *freshness.Node) (rows []clockRow) {
	for _, t := range n.Clocks {
		row := clockRow{Clock: t.Clock.String()}
		switch {
		case t.CheckedAt.IsZero():
			row.At = "–"
		case t.At.Equal(sources.Never):
			row.At = "no rows"
		case t.At.IsZero():
			row.At = "before " + words.FormatTime(r.report, t.UpdatedBefore)
		default:
			row.At = words.FormatTime(r.report, t.At)
		}
		row.Says = r.describeClock(n, t)
		rows = append(rows, row)
	}
	return rows
}

// buildTestRows returns one row for each test of n that did not pass when it last ran, failures first.
func (r *renderer) buildTestRows(n *freshness.Node) []testRow {
	var failing, warning []testRow
	for _, result := range n.TestResults {
		row := testRow{Name: result.Name, Says: words.DescribeTestResult(r.report, result)}
		switch {
		case result.IsFailing():
			failing = append(failing, row)
		case result.Outcome == sources.TestWarned:
			warning = append(warning, row)
		}
	}
	return append(failing, warning...)
}

// describePassedTests returns how many tests of n passed when they last ran; "" if n has no result of a
// test.
func describePassedTests(n *freshness.Node) string {
	if len(n.TestResults) == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s passed when they last ran.",
		words.Number(n.CountTests().Pass), words.Count(len(n.TestResults), "test"))
}

// describeClock returns what a clock means, which source checked it when, which of its times were
// ignored, and whether it is used for the status.
func (d *describer) describeClock(n *freshness.Node, t timeline.ClockState) string {
	text := []string{clockMeanings[t.Clock] + ", from " + t.Source}
	if !t.CheckedAt.IsZero() {
		text = append(text, "checked "+words.FormatTime(d.report, t.CheckedAt))
	}
	if !t.FutureAt.IsZero() {
		text = append(text, "a timestamp in the future is ignored")
	}
	if !t.UnconfirmedAt.IsZero() {
		text = append(
			text,
			"possibly changed "+words.FormatTime(d.report, t.UnconfirmedAt)+", not confirmed",
		)
	}
	switch {
	case n.Clock != nil && n.Clock.Clock == t.Clock && n.Clock.Source == t.Source:
		text = append(text, "used for the status")
	case t.Clock.CanDecideStatus() && !t.Recent:
		text = append(text, "too old to use")
	}
	return strings.Join(text, "; ")
}

// clockMeanings holds the meaning of each clock, indexed by [sources.Clock].
var clockMeanings = [sources.ClockCount]string{
	"newest row",
	"last row change",
	"data time of the last refresh",
	"last change of any kind",
	"last build",
	"last definition change",
	"last read",
}

// explainNoClock returns sentences that say why n has no timestamps.
func explainNoClock(n *freshness.Node) string {
	switch {
	case n.Virtual:
		return virtualTitle(n) + ": its status comes from upstream."
	case n.Expect.Static:
		return "No load or build time is recorded. A static asset needs none."
	default:
		return "No load or build time is recorded. Its age is unknown."
	}
}

// describeExpectation returns the expectation for n's data as a sentence.
func describeExpectation(n *freshness.Node) string {
	if n.Virtual && n.Clock == nil {
		return "As fresh as its upstream."
	}
	text := words.Expectation(n.Expect)
	return words.Capitalize(text) + "."
}

// describeRhythm returns when n is usually updated, its earlier schedule if that changed some
// weeks ago, and when it is or was due; "" if no schedule was learned.
func (d *describer) describeRhythm(n *freshness.Node) string {
	if n.Rhythm == nil {
		return ""
	}
	text := words.Rhythm(n)
	text = words.Capitalize(text) + "."
	if before := d.report.PreviousSchedule(n); before != "" {
		text += " The usual schedule changed recently; before: " + before + "."
	}
	switch {
	case n.Late:
		text += " Late: due " + words.FormatTime(d.report, n.Due) + "."
	case n.Due.After(d.report.At):
		text += " Next due " + words.FormatTime(d.report, n.Due) + "."
	case !n.Due.IsZero() && n.Clock != nil && n.Clock.CheckedAt.Before(n.Due):
		text += fmt.Sprintf(
			" Due %s; not checked since %s.",
			words.FormatTime(d.report, n.Due),
			words.FormatTime(d.report, n.Clock.CheckedAt),
		)
	}
	return text
}

// buildUpstreamList returns the list of assets upstream of n.
func (r *renderer) buildUpstreamList(n *freshness.Node) assetList {
	l := assetList{
		Title:  "Upstream",
		Note:   "nearest first",
		Column: "last updated",
		Empty:  "No known upstream.",
	}
	return r.withLineageRows(l, n, false)
}

// buildDownstreamList returns the list of assets downstream of n.
func (r *renderer) buildDownstreamList(n *freshness.Node) assetList {
	l := assetList{
		Title:  "Downstream",
		Note:   "nearest first",
		Column: "last updated",
		Empty:  "No known downstream.",
	}
	return r.withLineageRows(l, n, true)
}

// withLineageRows returns l with a row for each asset upstream of n, or downstream if down is
// set, nearest first and at most maxLineageRows.
func (r *renderer) withLineageRows(l assetList, n *freshness.Node, down bool) assetList {
	var rows []byte
	lines := 0
	n.WalkNearest(down, func(m *freshness.Node, _ int) bool {
		lines++
		if lines <= maxLineageRows {
			rows = append(rows, r.renderAssetRow(m)...)
		}
		return lines <= maxLineageRows
	})
	l.Rows = template.HTML(rows)
	if lines > maxLineageRows {
		l.More = "More: see api/v1/assets.jsonl"
	}
	return l
}
