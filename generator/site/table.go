package site

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
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
	FreshDays               string
	Strip                   template.HTML
	Axis                    []string
	DayByDay                string
	Age                     *ageChart
	Clocks                  []clockRow
	NoClockNote             string
	Expect                  string
	UsualSchedule           string
	Lists                   []assetList
}

// A clockRow is the state of one clock on the page of an asset.
type clockRow struct{ Clock, At, Says string }

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
		Age:           w.buildAgeChart(n),
		Clocks:        w.buildClockRows(n),
		NoClockNote:   explainNoClock(n),
		Expect:        describeExpectation(n),
		UsualSchedule: w.describeRhythm(n),
		Lists:         []assetList{w.buildUpstreamList(n), w.buildDownstreamList(n)},
	}
	p.Crumbs = []breadcrumb{{Name: "Tables", Href: "../t/index.html"}}
	if others := otherCauses(n); len(others) > 0 {
		p.Causes = w.buildCauseRows("../", others)
	}
	return p
}

// otherCauses returns the root causes of n except n itself.
func otherCauses(n *freshness.Node) []*freshness.Cause {
	return slices.DeleteFunc(slices.Clone(n.Causes), func(c *freshness.Cause) bool { return c.Node == n })
}

// renderLead returns the first sentence of an asset's page as HTML: its own cause and how much
// is affected, the first cause that it waits for, or when it was last updated.
func (w *writer) renderLead(n *freshness.Node) []byte {
	for _, c := range n.Causes {
		if c.Node == n {
			b := esc(nil, words.DescribeCause(w.report, c))
			if len(c.Affected) > 1 {
				b = append(append(esc(append(b, " <b>"...), describeWaiting(c)), "</b>"...), '.')
			}
			return b
		}
	}
	switch {
	case len(n.Causes) > 0:
		return append(w.appendCauseLink([]byte("It waits for "), "../", n.Causes[0]), moreEnding(len(n.Causes)-1)...)
	case n.Status == freshness.Unknown:
		return []byte("Nobody can tell: no clock was ever told of it, or of what it reads.")
	case n.Clock != nil && n.Never:
		return []byte("It was never loaded, and is meant to stay as it is.")
	case n.Clock != nil:
		return esc(nil, "It moved "+words.FormatTime(w.report, n.Updated)+".")
	case n.Expect.Static && !n.Virtual:
		return []byte("It is meant to stay as it is, and is there.")
	default:
		return esc(nil, "It holds no data of its own; the oldest that it reads moved "+words.FormatTime(w.report, n.DataAsOf)+".")
	}
}

// moreEnding returns the end of a sentence that names one root cause, with the number of
// further ones.
func moreEnding(more int) string {
	if more > 0 {
		return fmt.Sprintf(" and %d more.", more)
	}
	return "."
}

// describeWaiting returns how much waits for a root cause, with its verb and without views,
// such as "9 tiles on 3 dashboards wait for it".
func describeWaiting(c *freshness.Cause) string {
	text := strings.TrimSuffix(describeAffected(c), describeViews(c.Views))
	if c.Tiles == 1 {
		return text + " waits for it"
	}
	if c.Tiles > 1 {
		return text + " wait for it"
	}
	return text
}

// buildClockRows returns one row for each clock of n and each source that reads it.
func (w *writer) buildClockRows(n *freshness.Node) (rows []clockRow) {
	for _, t := range n.Clocks {
		row := clockRow{Clock: t.Clock.String()}
		switch {
		case t.CheckedAt.IsZero():
			row.At = "not told"
		case t.At.Equal(sources.Never):
			row.At = "never"
		default:
			row.At = words.FormatTime(w.report, t.At)
		}
		row.Says = w.describeClock(n, t)
		rows = append(rows, row)
	}
	return rows
}

// describeClock returns what a clock means, which source read it when, which of its times were
// skipped, and whether it was judged.
func (w *writer) describeClock(n *freshness.Node, t timeline.ClockState) string {
	text := []string{clockMeanings[t.Clock] + ", as " + t.Source + " told"}
	if !t.CheckedAt.IsZero() {
		text = append(text, "looked at "+words.FormatTime(w.report, t.CheckedAt))
	}
	if !t.FutureAt.IsZero() {
		text = append(text, "told of a time that had not come yet, which is skipped")
	}
	if !t.UnconfirmedAt.IsZero() {
		text = append(
			text,
			"changed "+words.FormatTime(w.report, t.UnconfirmedAt)+", not confirmed: neither rows nor bytes are known to have moved",
		)
	}
	switch {
	case n.Clock != nil && n.Clock.Clock == t.Clock && n.Clock.Source == t.Source:
		text = append(text, "judged by this one")
	case t.Clock.CanDecideStatus() && !t.Recent:
		text = append(text, "too long ago to judge by")
	}
	return strings.Join(text, "; ")
}

// clockMeanings holds the meaning of each clock, indexed by [sources.Clock].
var clockMeanings = [sources.ClockCount]string{
	"its newest row",
	"rows were changed",
	"its data time",
	"changed in some way",
	"built anew",
	"defined anew",
	"read by somebody",
}

// explainNoClock returns why n has no clock.
func explainNoClock(n *freshness.Node) string {
	if n.Virtual {
		return "It holds no data of its own: what it reads judges it."
	}
	return "Nobody can say how old it is, and it counts for nothing where something else is known."
}

// describeExpectation returns the expectation for n's data as a sentence.
func describeExpectation(n *freshness.Node) string {
	if n.Virtual && n.Clock == nil {
		return "Nothing of itself: it is as fresh as what it reads."
	}
	text := words.Expectation(n.Expect)
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// describeRhythm returns when n is usually updated, its earlier schedule if that changed some
// weeks ago, and when it is or was due; "" if no schedule was learned.
func (w *writer) describeRhythm(n *freshness.Node) string {
	if n.Rhythm == nil {
		return ""
	}
	text := words.Rhythm(n)
	text = strings.ToUpper(text[:1]) + text[1:] + "."
	if before := w.report.PreviousSchedule(n); before != "" {
		text += " Until some weeks ago it was " + before + "."
	}
	switch {
	case n.Late:
		text += " It was due " + words.FormatTime(w.report, n.Due) + "."
	case n.Due.After(w.report.At):
		text += " Next due " + words.FormatTime(w.report, n.Due) + "."
	}
	return text
}

// buildUpstreamList returns the list of assets upstream of n.
func (w *writer) buildUpstreamList(n *freshness.Node) assetList {
	l := assetList{
		Title:  "Reads",
		Note:   "nearest first",
		Column: "last moved",
		Empty:  "Nothing that freshet knows of: data comes in here.",
	}
	return w.withLineageRows(l, n, false)
}

// buildDownstreamList returns the list of assets downstream of n. Its title says that they wait
// if n is not fresh.
func (w *writer) buildDownstreamList(n *freshness.Node) assetList {
	l := assetList{
		Title:  "Feeds",
		Note:   "nearest first",
		Column: "last moved",
		Empty:  "Nothing that freshet knows of reads it.",
	}
	if n.Status != freshness.Fresh {
		l.Title = "Waits for it"
	}
	return w.withLineageRows(l, n, true)
}

// withLineageRows returns l with a row for each asset upstream of n, or downstream if down is
// set, nearest first and at most maxLineageRows.
func (w *writer) withLineageRows(l assetList, n *freshness.Node, down bool) assetList {
	var rows []byte
	lines := 0
	n.WalkNearest(down, func(m *freshness.Node, _ int) bool {
		lines++
		if lines <= maxLineageRows {
			rows = append(rows, w.renderAssetRow(m)...)
		}
		return lines <= maxLineageRows
	})
	l.Rows = template.HTML(rows)
	if lines > maxLineageRows {
		l.More = "And more: api/v1 has all."
	}
	return l
}
