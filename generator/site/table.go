package site

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A tablePage is the page of everything that is no dashboard, folder or tile.
type tablePage struct {
	frame
	Icon, Pill, Lead, Facts template.HTML
	Name                    string
	Words                   template.HTML
	Causes                  []causeRow
	Days                    string
	Strip                   template.HTML
	Axis                    []string
	DayByDay                string
	Age                     *ageChart
	Clocks                  []clockRow
	NoClock                 string
	Expect                  string
	Usual                   string
	Lists                   []assetList
}

type clockRow struct{ Clock, At, Says string }

// An assetList is what feeds an asset, or what it feeds.
type assetList struct {
	ID, Title, Note, Column string
	Count                   string
	Rows                    template.HTML
	More, Empty             string
}

// How long lists on a page may get; all of them are in the API.
const (
	mostLines = 200
	mostRows  = 20
)

func (w *writer) tables() error {
	for _, n := range w.r.Nodes {
		if n.Kind.Shows() || n.Kind == sources.Tile {
			continue
		}
		p := w.tablePage(n)
		if err := w.lively(n, p.Age); err != nil {
			return err
		}
		if err := w.page(w.hrefs[n.ID], "table.html", p); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) tablePage(n *freshness.Node) tablePage {
	fresh, of := n.FreshDays()
	p := tablePage{
		frame:    w.frame("../", "tables", n.Label()+" · "+w.info.Title),
		Icon:     template.HTML(bigIcons[n.Status]),
		Pill:     template.HTML(w.pillOf(nil, n)),
		Lead:     template.HTML(w.lead(n)),
		Facts:    template.HTML(w.facts(n)),
		Name:     n.Label(),
		Words:    w.markdown(n.Description),
		Days:     fmt.Sprintf("fresh on %d of %d", fresh, of),
		Strip:    template.HTML(strip(nil, n.Strip)),
		Axis:     w.axis(),
		DayByDay: w.dayByDay(n.Strip),
		Age:      w.ages(n),
		Clocks:   w.clocks(n),
		NoClock:  noClock(n),
		Expect:   expectWords(n),
		Usual:    w.usual(n),
		Lists:    []assetList{w.upstream(n), w.downstream(n)},
	}
	p.Crumbs = []crumb{{"Tables", "../t/index.html"}}
	if others := othersThan(n); len(others) > 0 {
		p.Causes = w.causeRows("../", others)
	}
	return p
}

// othersThan are the causes of n beside itself.
func othersThan(n *freshness.Node) []*freshness.Cause {
	return slices.DeleteFunc(slices.Clone(n.Causes), func(c *freshness.Cause) bool { return c.Node == n })
}

// lead says how the asset stands, and who waits for it.
func (w *writer) lead(n *freshness.Node) []byte {
	for _, c := range n.Causes {
		if c.Node == n {
			b := esc(nil, c.Says)
			if len(c.Held) > 1 {
				b = append(append(esc(append(b, " <b>"...), waitWords(c)), "</b>"...), '.')
			}
			return b
		}
	}
	switch {
	case len(n.Causes) > 0:
		return append(w.cause([]byte("It waits for "), "../", n.Causes[0]), restOf(len(n.Causes)-1)...)
	case n.Status == freshness.Unknown:
		return []byte("Nobody can tell: no clock was ever told of it, or of what it reads.")
	case n.Clock != nil && n.Never:
		return []byte("It was never loaded, and is meant to stay as it is.")
	case n.Clock != nil:
		return esc(nil, "It moved "+w.r.Day(n.Updated)+".")
	case n.Expect.Static && !n.Virtual:
		return []byte("It is meant to stay as it is, and is there.")
	default:
		return esc(nil, "It holds no data of its own; the oldest that it reads moved "+w.r.Day(n.DataAsOf)+".")
	}
}

func restOf(more int) string {
	if more > 0 {
		return fmt.Sprintf(" and %d more.", more)
	}
	return "."
}

func waitWords(c *freshness.Cause) string {
	words := strings.TrimSuffix(heldWords(c), viewed(c.Views))
	if c.Tiles == 1 {
		return words + " waits for it"
	}
	if c.Tiles > 1 {
		return words + " wait for it"
	}
	return words
}

// clocks shows what every clock told, and which was judged.
func (w *writer) clocks(n *freshness.Node) (rows []clockRow) {
	for _, t := range n.Clocks {
		row := clockRow{Clock: t.Clock.String()}
		switch {
		case t.Look.IsZero():
			row.At = "not told"
		case t.At.Equal(sources.Never):
			row.At = "never"
		default:
			row.At = w.r.Day(t.At)
		}
		row.Says = w.clockWords(n, t)
		rows = append(rows, row)
	}
	return rows
}

func (w *writer) clockWords(n *freshness.Node, t freshness.Told) string {
	words := []string{meanings[t.Clock] + ", as " + t.Source + " told"}
	if !t.Look.IsZero() {
		words = append(words, "looked at "+w.r.Day(t.Look))
	}
	if !t.Ahead.IsZero() {
		words = append(words, "told of a time that had not come yet, which is skipped")
	}
	if !t.Doubt.IsZero() {
		words = append(words, "changed "+w.r.Day(t.Doubt)+", not confirmed: neither rows nor bytes are known to have moved")
	}
	switch {
	case n.Clock != nil && n.Clock.Clock == t.Clock && n.Clock.Source == t.Source:
		words = append(words, "judged by this one")
	case t.Clock.Judged() && !t.Recent:
		words = append(words, "too long ago to judge by")
	}
	return strings.Join(words, "; ")
}

var meanings = [sources.Clocks]string{"its newest row", "rows were changed", "its data time", "changed in some way", "built anew", "defined anew", "read by somebody"}

// noClock says why there is no clock.
func noClock(n *freshness.Node) string {
	if n.Virtual {
		return "It holds no data of its own: what it reads judges it."
	}
	return "Nobody can say how old it is, and it counts for nothing where something else is known."
}

func expectWords(n *freshness.Node) string {
	if n.Virtual && n.Clock == nil {
		return "Nothing of itself: it is as fresh as what it reads."
	}
	words := n.Expect.String()
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// usual says when an asset usually moves, and when it is due.
func (w *writer) usual(n *freshness.Node) string {
	if n.Rhythm == nil {
		return ""
	}
	words := n.Rhythm.String()
	words = strings.ToUpper(words[:1]) + words[1:] + "."
	if before := w.r.Changed(n); before != "" {
		words += " Until some weeks ago it was " + before + "."
	}
	switch {
	case n.Late:
		words += " It was due " + w.r.Day(n.Due) + "."
	case n.Due.After(w.r.At):
		words += " Next due " + w.r.Day(n.Due) + "."
	}
	return words
}

func (w *writer) upstream(n *freshness.Node) assetList {
	l := assetList{Title: "Reads", Note: "nearest first", Column: "last moved", Empty: "Nothing that freshet knows of: data comes in here."}
	return w.list(l, n, false)
}

func (w *writer) downstream(n *freshness.Node) assetList {
	l := assetList{Title: "Feeds", Note: "nearest first", Column: "last moved", Empty: "Nothing that freshet knows of reads it."}
	if n.Status != freshness.Fresh {
		l.Title = "Waits for it"
	}
	return w.list(l, n, true)
}

func (w *writer) list(l assetList, n *freshness.Node, down bool) assetList {
	var rows []byte
	lines := 0
	n.Nearest(down, func(m *freshness.Node, _ int) bool {
		if lines++; lines <= mostLines {
			rows = append(rows, w.line(m)...)
		}
		return lines <= mostLines
	})
	l.Rows = template.HTML(rows)
	if lines > mostLines {
		l.More = "And more: api/v1 has all."
	}
	return l
}
