package site

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// The home page shows everything while there is little of it. When there is
// much, it shows what needs attention, and of that no more than this: it opens
// at once in every case, and every folder and dashboard has a page of its own.
const (
	mostTiles      = 300
	mostDashboards = 300
	mostCauses     = 100
)

type homePage struct {
	frame
	Report     *freshness.Report
	AsOf       stampWords
	Next       string
	Meter      template.HTML
	Urgent     []causeRow
	More       string // how many causes are not shown
	Others     []causeRow
	OthersSay  string
	Legend     template.HTML
	Axis       []string
	Tree       template.HTML
	TreeNote   string
	TableCount string
	Sources    []sourceRow
	Coverage   template.HTML
	Unwatched  string
	Unowned    string
	Uses       []template.HTML
}

type stampWords struct{ Datetime, Words string }

type sourceRow struct {
	Icon       template.HTML
	Name, Says string
	Notes      []string
	Cost       string
}

func (w *writer) home() error {
	var urgent, others []*freshness.Cause
	for _, c := range w.r.Causes {
		if c.Attention {
			urgent = append(urgent, c)
		} else {
			others = append(others, c)
		}
	}
	counts := w.r.Tiles
	if counts.All() == 0 {
		counts = w.r.Tables
	}
	more := ""
	if n := len(urgent) - mostCauses; n > 0 {
		urgent, more = urgent[:mostCauses], fmt.Sprintf("And %s; api/v1/summary.json has all.", count(n, "more cause"))
	}
	others = others[:min(len(others), mostCauses)]
	tree, note := w.tree()
	return w.page("index.html", "index.html", homePage{
		frame:      w.frame("", "home", w.info.Title+": "+w.r.Headline()),
		Report:     w.r,
		AsOf:       stampWords{w.r.At.Format(time.RFC3339), w.r.At.In(w.r.Zone).Format("2 Jan 2006, 15:04 MST")},
		Next:       w.next(),
		Meter:      template.HTML(meter(counts)),
		Urgent:     w.causeRows("", urgent),
		More:       more,
		Others:     w.causeRows("", others),
		OthersSay:  othersSay(others),
		Legend:     legend(),
		Axis:       w.axis(),
		Tree:       template.HTML(tree),
		TreeNote:   note,
		TableCount: thousands(w.r.Tables.All()),
		Sources:    w.sources(),
		Coverage:   w.coverage(),
		Unwatched:  unwatched(w.r.Coverage.Unwatched),
		Unowned:    unowned(w.r.Unowned()),
		Uses:       w.useNotes(),
	})
}

// othersSay says what the causes are that need no attention.
func othersSay(others []*freshness.Cause) string {
	waiting := 0
	for _, c := range others {
		if c.Waiting {
			waiting++
		}
	}
	var words []string
	if waiting > 0 {
		words = append(words, count(waiting, "asset")+" whose data is due yet")
	}
	if rest := len(others) - waiting; rest > 0 {
		words = append(words, thousands(rest)+" not updated today, with nothing said of when they should be")
	}
	return strings.Join(words, "; ")
}

// next says when the page will be replaced, and when it should have been.
func (w *writer) next() string {
	if w.info.NextRun.IsZero() {
		return "No schedule is set, so nothing tells when this page should have been replaced."
	}
	at := func(t time.Time) string { return t.In(w.r.Zone).Format("2 Jan, 15:04 MST") }
	return fmt.Sprintf("Next run due %s; after %s this page is old.", at(w.info.NextRun), at(w.info.Expires))
}

func unwatched(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Of %s no clock was ever told: nobody can say how old the data is, and it counts for nothing.", count(n, "table"))
}

func (w *writer) sources() []sourceRow {
	var rows []sourceRow
	for _, s := range w.r.Sources {
		row := sourceRow{Icon: icon(freshness.Fresh), Name: s.Source, Notes: s.Notes}
		row.Cost = cost(s)
		if row.Says = w.sourceWords(s); !s.OK {
			row.Icon = icon(freshness.Stale)
		}
		rows = append(rows, row)
	}
	return rows
}

// cost is what the last visit took, as far as its source tells.
func cost(s *freshness.Seen) string {
	words := count(s.Requests, "request")
	if s.Rows > 0 {
		words += ", " + count(s.Rows, "row")
	}
	if s.Bytes > 0 {
		words += ", " + sources.Size(s.Bytes)
	}
	words = fmt.Sprintf("%s, %.1f s", words, s.Seconds)
	var month []string
	for _, kind := range slices.Sorted(maps.Keys(s.Month)) {
		month = append(month, thousands(s.Month[kind])+" "+kind)
	}
	if len(month) > 0 {
		words += "; calls this month: " + strings.Join(month, ", ")
	}
	return words
}

func (w *writer) sourceWords(s *freshness.Seen) string {
	if !s.OK {
		words := "Cannot be seen since " + w.r.Day(s.Failing) + ": " + s.Why + "."
		if !s.Good.IsZero() {
			words += " Last seen " + w.r.Day(s.Good) + "."
		}
		return words
	}
	words := []string{count(s.Assets, "asset")}
	for _, l := range s.Looks {
		words = append(words, l.Of+" "+w.r.Day(l.At))
	}
	if !s.Failed.IsZero() {
		words = append(words, "could not be seen "+w.r.Day(s.Failed)+" ("+s.Why+")")
	}
	return strings.Join(words, "; ")
}

// A tree is what the home page shows of folders, dashboards and tiles.
type tree struct {
	*writer
	allTiles, allDashboards   bool
	tiles, dashboards, hidden int
}

func (w *writer) tree() (b []byte, note string) {
	t := &tree{writer: w, allTiles: w.r.Tiles.All() <= mostTiles, allDashboards: w.dashboardCount() <= mostDashboards}
	for _, n := range w.r.Roots {
		b = t.branch(b, n, 1)
	}
	if t.hidden > 0 {
		note = fmt.Sprintf("%s more dashboards and tiles are not listed here; every folder and every dashboard has a page with all that is on it.", thousands(t.hidden))
	}
	return b, note
}

func (w *writer) dashboardCount() (n int) {
	for _, r := range w.r.Nodes {
		if r.Kind == sources.Dashboard {
			n++
		}
	}
	return n
}

// lists reports whether there is room for a dashboard or a tile.
func (t *tree) lists(n *freshness.Node) bool {
	all, room := t.allTiles, &t.tiles
	most := mostTiles
	if n.Kind.Shows() {
		all, room, most = t.allDashboards, &t.dashboards, mostDashboards
	}
	if !all && !n.Attention || *room == most {
		t.hidden++
		return false
	}
	*room++
	return true
}

// branch appends a folder or dashboard with what it shows. The name toggles,
// and the link to the page stands beside it: a link inside would be a control
// in a control.
func (t *tree) branch(b []byte, n *freshness.Node, level int) []byte {
	b = append(b, `<div class="node"><a class="go" href="`...)
	b = append(b, t.hrefs[n.ID]...)
	b = append(esc(append(b, `" aria-label="Page of `...), n.Name), `">›</a><details`...)
	if n.Attention {
		b = append(b, " open"...)
	}
	b = fmt.Appendf(b, `><summary><span class="r l%d">`, min(level, 2))
	name := append(esc([]byte(`<span class="t">`), n.Name), `</span>`...)
	b = t.row(b, n, name, esc(nil, t.shownWords(n)))
	b = append(b, `</span></summary><div class="kids">`...)
	for _, c := range n.Shown {
		switch {
		case c.Kind == sources.Folder || c.Kind.Shows() && t.lists(c):
			b = t.branch(b, c, level+1)
		case !c.Kind.Shows() && t.lists(c):
			b = t.tile(b, "", c)
		}
	}
	return append(b, "</div></details></div>\n"...)
}

// shownWords say what a folder or dashboard has.
func (w *writer) shownWords(n *freshness.Node) string {
	boards := 0
	for _, c := range n.Shown {
		if c.Kind.Shows() {
			boards++
		}
	}
	words := count(n.Counts.All(), "tile")
	if boards > 0 {
		words = count(boards, "dashboard") + " · " + words
	}
	if n.Owner != "" {
		words += " · " + n.Owner
	}
	if n.Forgotten && n.Kind == sources.Dashboard {
		words += " · not opened since " + w.date(n.Opened())
	}
	return words
}
