package site

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// Limits of the home page, so that it always opens at once. Up to these numbers
// it lists all tiles and dashboards; beyond them only the ones with attention,
// and no more than these. Every folder and dashboard has a page of its own.
const (
	maxTiles      = 300
	maxDashboards = 300
	maxCauses     = 100
)

// A homePage holds the content of index.html.
type homePage struct {
	frame
	Headline      string
	AsOf          timeText
	NextUpdate    string
	Meter         template.HTML
	UrgentCauses  []causeRow
	MoreUrgent    string // how many urgent causes are not listed; "" if none
	MoreOthers    string // how many other causes are not listed; "" if none
	OtherCauses   []causeRow
	OthersSummary string
	Legend        template.HTML
	Axis          []string
	Tree          template.HTML
	TreeNote      string
	TableCount    string
	Sources       []sourceRow
	Coverage      template.HTML
	Unchecked     string
	Unowned       template.HTML
	Uses          []template.HTML
}

// A timeText is a moment for the HTML element time: machine-readable and in words.
type timeText struct{ Datetime, Text string }

// A sourceRow is a source as the home page lists it. Notes, Checks and Cost are its details.
type sourceRow struct {
	Icon       template.HTML
	Name, Says string
	NoteCount  string // such as "2 notes"; "" if there are none
	Notes      []string
	Checks     string // what was listed and checked, and when; "" if nothing was
	Cost       string
}

// writeHomePage writes index.html: headline, root causes, the tree of folders, sources and
// coverage.
func (w *writer) writeHomePage() error {
	urgent, others := splitByAttention(w.report.Causes)
	counts := w.report.Tiles
	if counts.Total() == 0 {
		counts = w.report.Tables
	}
	more := ""
	if n := len(urgent) - maxCauses; n > 0 {
		urgent = urgent[:maxCauses]
		more = words.Count(n, "more root cause") + ": see api/v1/summary.json"
	}
	othersSummary := describeOthers(others)
	moreOthers := ""
	if n := len(others) - maxCauses; n > 0 {
		others = others[:maxCauses]
		moreOthers = "And " + words.Number(n) + " more; see api/v1/assets.jsonl"
	}
	tree, note := w.renderTree()
	return w.writePage("index.html", "index.html", homePage{
		frame:    w.newFrame("", "home", w.info.Title+": "+words.ShortHeadline(w.report)),
		Headline: words.Headline(w.report),
		AsOf: timeText{
			Datetime: w.report.At.Format(time.RFC3339),
			Text:     w.describeAsOf(),
		},
		NextUpdate:    w.describeNextRun(),
		Meter:         template.HTML(renderMeter(counts)),
		UrgentCauses:  w.buildCauseRows("", urgent),
		MoreUrgent:    more,
		MoreOthers:    moreOthers,
		OtherCauses:   w.buildCauseRows("", others),
		OthersSummary: othersSummary,
		Legend:        renderLegend(),
		Axis:          w.axisLabels(),
		Tree:          template.HTML(tree),
		TreeNote:      note,
		TableCount:    words.Count(w.report.Tables.Total(), "table"),
		Sources:       w.buildSourceRows(),
		Coverage:      w.renderCoverage(),
		Unchecked:     describeUnchecked(w.report.Coverage.Unchecked),
		Unowned:       describeUnowned(w.report.UnownedCount()),
		Uses:          w.renderUseNotes(),
	})
}

// splitByAttention returns the causes that need attention, and the others.
func splitByAttention(causes []*freshness.Cause) (urgent, others []*freshness.Cause) {
	for _, c := range causes {
		if c.Attention {
			urgent = append(urgent, c)
		} else {
			others = append(others, c)
		}
	}
	return urgent, others
}

// describeOthers returns a summary of the causes that need no attention: how many wait for data
// that is not due yet, how many were not checked since they passed a limit, and how many were not
// updated today and have no limit of their own.
func describeOthers(others []*freshness.Cause) string {
	var notDue, unproved, rest int
	for _, c := range others {
		switch {
		case c.Waiting && c.Node.Unproved:
			unproved++
		case c.Waiting:
			notDue++
		default:
			rest++
		}
	}
	var text []string
	for _, part := range []struct {
		count int
		says  string
	}{
		{count: notDue, says: "waiting for data that is not due yet"},
		{count: unproved, says: "not checked since the limit passed"},
		{count: rest, says: "not updated today, with no limit set"},
	} {
		switch {
		case part.count > 0 && text == nil:
			text = append(text, words.Count(part.count, "asset")+" "+part.says)
		case part.count > 0:
			text = append(text, words.Number(part.count)+" "+part.says)
		}
	}
	return strings.Join(text, "; ")
}

// describeAsOf returns the moment of the report with its zone, such as
// "25 Nov 2026 05:11 EST (America/New_York)".
func (d *describer) describeAsOf() string {
	text := d.formatMoment(d.report.At)
	if zone := d.report.Zone.String(); !strings.HasSuffix(text, " "+zone) {
		text += " (" + zone + ")"
	}
	return text
}

// describeNextRun returns when the next update is expected and after which moment the page is out
// of date, or that no schedule is set.
func (w *writer) describeNextRun() string {
	if w.info.NextRun.IsZero() {
		return "No schedule is set, so this page cannot tell when it is out of date."
	}
	at := func(t time.Time) string { return words.FormatTime(w.report, t) }
	return fmt.Sprintf("Next update %s. Out of date after %s.", at(w.info.NextRun), at(w.info.Expires))
}

// describeUnchecked returns sentences about the n tables for which no load or build time was ever
// returned; "" if n is 0.
func describeUnchecked(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(
		"%s %s not checked: no load or build time is recorded. What is built from them alone is unverified. "+
			"To check them, run dbt source freshness, or add a source of type snowflake.",
		words.Count(n, "table"),
		words.Verb(n, "is", "are"),
	)
}

// buildSourceRows returns one row per source, by name. The icon is the one of fresh if the last
// visit succeeded, else of stale.
func (w *writer) buildSourceRows() []sourceRow {
	var rows []sourceRow
	for _, s := range w.report.Sources {
		row := sourceRow{Icon: statusIcon(freshness.Fresh), Name: s.Source, Notes: s.Notes}
		if len(s.Notes) > 0 {
			row.NoteCount = words.Count(len(s.Notes), "note")
		}
		row.Checks = strings.Join(words.SourceChecks(w.report, s), " · ")
		row.Cost = describeCost(s)
		row.Says = w.describeSource(s)
		if !s.OK {
			row.Icon = statusIcon(freshness.Stale)
		}
		rows = append(rows, row)
	}
	return rows
}

// describeCost returns the cost of the last visit of s as sentences: requests, rows, bytes, seconds,
// and the paid calls of this month by kind. Rows and bytes are left out if they are unknown.
func describeCost(s *freshness.SourceStatus) string {
	text := words.Count(s.Requests, "request")
	if s.Rows > 0 {
		text += ", " + words.Count(s.Rows, "row")
	}
	if s.Bytes > 0 {
		text += ", " + sources.FormatSize(s.Bytes)
	}
	text = fmt.Sprintf("%s, %.1f s.", text, s.Seconds)
	var month []string
	for _, kind := range slices.Sorted(maps.Keys(s.CallsThisMonth)) {
		month = append(month, words.Number(s.CallsThisMonth[kind])+" "+kind)
	}
	if len(month) > 0 {
		text += " API calls this month: " + strings.Join(month, ", ") + "."
	}
	return text
}

// describeSource returns the state of s in words: when it was read and how many assets it has, or
// since when and why it could not be read.
func (d *describer) describeSource(s *freshness.SourceStatus) string {
	if !s.OK {
		text := "Could not be read since " + words.FormatTime(d.report, s.FailingSince) + ": " + s.LastError + "."
		if !s.LastSuccess.IsZero() {
			text += " Last read " + words.FormatTime(d.report, s.LastSuccess) + "."
		}
		return text
	}
	text := "Read " + words.FormatTime(d.report, s.At) + " · " + words.Count(s.Assets, "asset")
	if !s.LastFailure.IsZero() {
		text += " · last failure " + words.FormatTime(d.report, s.LastFailure) + ": " + s.LastError
	}
	return text
}

// A homeTree renders the folders, dashboards and tiles of the home page, within maxTiles and
// maxDashboards.
type homeTree struct {
	*renderer
	// allTiles and allDashboards say whether all of a kind fit, so that those without attention are
	// listed too.
	allTiles, allDashboards bool
	// tiles and dashboards count the assets listed so far; hidden counts the others.
	tiles, dashboards, hidden int
}

// renderTree returns the tree of folders, dashboards and tiles as HTML. note says how many are
// not listed; "" if none.
func (r *renderer) renderTree() (b []byte, note string) {
	t := &homeTree{renderer: r, allTiles: r.report.Tiles.Total() <= maxTiles, allDashboards: r.countDashboards() <= maxDashboards}
	for _, n := range r.report.Roots {
		b = t.appendBranch(b, n, 1)
	}
	if t.hidden > 0 {
		note = describeHidden(t.hidden)
	}
	return b, note
}

// describeHidden returns a sentence about the n dashboards and tiles that the home page leaves out.
func describeHidden(n int) string {
	if n == 1 {
		return "1 more dashboard or tile is on the folder and dashboard pages."
	}
	return words.Number(n) + " more dashboards and tiles are on the folder and dashboard pages."
}

// countDashboards returns the number of dashboards in the report.
func (d *describer) countDashboards() (n int) {
	for _, r := range d.report.Nodes {
		if r.Kind == sources.Dashboard {
			n++
		}
	}
	return n
}

// takeRoom reports whether there is room to list the dashboard or tile n, and counts n as
// listed or hidden. Call it once per asset.
func (t *homeTree) takeRoom(n *freshness.Node) bool {
	all := t.allTiles
	listed := &t.tiles
	most := maxTiles
	if n.Kind.IsContainer() {
		all = t.allDashboards
		listed = &t.dashboards
		most = maxDashboards
	}
	if !all && !n.Attention || *listed == most {
		t.hidden++
		return false
	}
	*listed++
	return true
}

// appendBranch appends a folder or dashboard with its contents. level is 1 for the roots. The
// name toggles, and the link to the page is beside it: a link inside would be a control in a
// control.
func (t *homeTree) appendBranch(b []byte, n *freshness.Node, level int) []byte {
	b = append(b, `<div class="node"><a class="go" href="`...)
	b = append(b, t.hrefs[n.ID]...)
	b = append(esc(append(b, `" aria-label="Open `...), n.Name), `">›</a><details`...)
	if n.Attention {
		b = append(b, " open"...)
	}
	b = fmt.Appendf(b, `><summary><span class="r l%d">`, min(level, 2))
	name := append(esc([]byte(`<span class="t">`), n.Name), `</span>`...)
	b = t.appendRow(b, n, name, esc(nil, t.describeContents(n)))
	b = append(b, `</span></summary><div class="kids">`...)
	for _, c := range n.Shown {
		switch {
		case c.Kind == sources.Folder || c.Kind.IsContainer() && t.takeRoom(c):
			b = t.appendBranch(b, c, level+1)
		case !c.Kind.IsContainer() && t.takeRoom(c):
			b = t.appendTile(b, "", c)
		}
	}
	return append(b, "</div></details></div>\n"...)
}

// describeContents returns what a dashboard or folder contains: its direct dashboards and
// folders, all tiles below it, its owner, and when a forgotten dashboard was last opened.
func (d *describer) describeContents(n *freshness.Node) string {
	boards := 0
	for _, c := range n.Shown {
		if c.Kind.IsContainer() {
			boards++
		}
	}
	text := words.Count(n.Counts.Total(), "tile")
	if boards > 0 {
		text = words.Count(boards, "dashboard") + " · " + text
	}
	if n.Owner != "" {
		text += " · " + n.Owner
	}
	if n.Unused && n.Kind == sources.Dashboard {
		text += " · not opened since " + d.formatDate(n.LastOpened())
	}
	return text
}
