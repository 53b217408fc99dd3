package freshness

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Report is everything the site says, decided. Rendering adds no judgment.
type Report struct {
	At      time.Time
	Zone    *time.Location
	Nodes   []*Node  // every asset, by id
	Roots   []*Node  // folders and dashboards that nothing shows, by name
	Causes  []*Cause // what must be repaired, the worst and widest first
	Sources []*Seen  // every source that was visited, by name
	Tiles   Counts
	Tables  Counts

	TilesPending, TablesPending Pending
	Coverage                    Coverage

	rules    Rules
	byID     map[sources.ID]*Node
	jobs     map[sources.ID]*Job
	exposed  map[sources.ID][]sources.Asset // what dbt says of dashboards that were seen
	calendar *calendar
	horizon  *horizon
	knots    []*knot
	gone     []*Node         // that some source listed in the window, and nothing refers to
	first    time.Time       // the first visit of the window
	visited  [StripDays]bool // whether some source was visited that day
	imported [StripDays]bool // whether something was imported of that day
}

// Coverage says how far the traces could see.
type Coverage struct {
	Tiles      int `json:"tiles"`
	BySQL      int `json:"by_sql"`
	ByExplore  int `json:"by_explore"`
	ByExposure int `json:"by_exposure"`
	Untraced   int `json:"untraced"`  // tiles of which nothing upstream is known
	Unwatched  int `json:"unwatched"` // tables of which no clock was ever told
}

// Pending counts what waits for data that is due yet, and what is late.
type Pending struct{ Waiting, Late int }

func (p *Pending) add(n *Node) {
	p.Waiting += b2i(n.Waiting)
	p.Late += b2i(n.Late)
}

// A Seen is how a source stands by its last visit.
type Seen struct {
	sources.Visit
	OK      bool
	Good    time.Time // the last visit that went well; zero if none did
	Looks   []Look    // the newest look of each kind
	Failing time.Time // since when visits fail; zero if the last went well
	Failed  time.Time // the last visit that failed; zero if none did in the window
	Why     string    // how it failed, in a line

	Month map[string]int // what its visits have cost in the month of the report, as [sources.Past.Spent] tells
}

// A Look is the newest moment of which a source spoke, in one respect.
type Look struct {
	Of string // "loads checked", "listed project:shop", "listed 40 schemas", ...
	At time.Time
}

// Derive judges every asset that was seen in a past, at a moment.
func Derive(past *sources.Past, rules Rules, at time.Time) *Report {
	past = rules.moved(past)
	r := &Report{At: at.UTC(), Zone: rules.Zone, rules: rules, byID: make(map[sources.ID]*Node), jobs: make(map[sources.ID]*Job), calendar: newCalendar(at, rules.Zone), horizon: newHorizon(past, rules)}
	r.meet(past)
	r.link()
	for _, n := range r.Nodes {
		r.judge(n)
	}
	r.roll()
	for _, n := range r.Roots {
		r.show(n)
	}
	for _, n := range r.Nodes {
		r.tell(n)
		r.await(n)
	}
	r.shelve()
	r.drifts(r.exposed)
	r.see(past)
	r.blame()
	r.count()
	return r
}

// meet makes a node of every asset, also of those that are only referred to.
func (r *Report) meet(past *sources.Past) {
	tracks, exposed := alias(past.Tracks)
	r.exposed = exposed
	for _, t := range tracks {
		if r.employ(t) {
			continue
		}
		n := r.node(t.Asset.ID)
		n.tracks = append(n.tracks, t)
	}
	referred := make(map[sources.ID]bool)
	for _, n := range slices.Collect(maps.Values(r.byID)) {
		n.describe()
		if !n.there() {
			continue
		}
		for _, up := range n.Upstream {
			referred[up] = true
			if r.byID[up] == nil {
				r.node(up).describe()
			}
		}
	}
	for _, n := range r.byID {
		if n.there() || referred[n.ID] {
			r.Nodes = append(r.Nodes, n)
		} else {
			delete(r.byID, n.ID)
			r.gone = append(r.gone, n)
		}
	}
	slices.SortFunc(r.gone, func(a, b *Node) int { return cmp.Compare(a.ID, b.ID) })
	if len(past.Visits) > 0 {
		r.first = past.Visits[0].At
	}
	slices.SortFunc(r.Nodes, func(a, b *Node) int { return cmp.Compare(a.ID, b.ID) })
	r.mark(&r.visited, past.Visits)
	r.mark(&r.imported, past.Imports)
}

// mark notes the days of visits.
func (r *Report) mark(days *[StripDays]bool, visits []sources.Visit) {
	for _, v := range visits {
		if i := r.calendar.index(v.At); i >= 0 && i < StripDays {
			days[i] = true
		}
	}
}

// Imported reports whether all that is known of a day of the strip, from 0, was
// imported later.
func (r *Report) Imported(day int) bool { return r.imported[day] && !r.visited[day] }

// node returns the node of id, which is made if it is not there.
func (r *Report) node(id sources.ID) *Node {
	n := r.byID[id]
	if n == nil {
		kind, _, _ := strings.Cut(string(id), ":")
		n = &Node{Asset: sources.Asset{ID: id, Kind: sources.Kind(kind)}}
		r.byID[id] = n
	}
	return n
}

// Node returns the node of an asset, nil if there is none.
func (r *Report) Node(id sources.ID) *Node { return r.byID[id] }

// link connects the nodes. What is meant to stay waits for nothing.
func (r *Report) link() {
	for _, n := range r.Nodes {
		if p := r.byID[n.Parent]; p != nil && p != n {
			n.shownIn = p
			p.Shown = append(p.Shown, n)
		} else if n.Kind.Shows() {
			r.Roots = append(r.Roots, n)
		}
	}
	for _, n := range r.Nodes {
		n.Expect, n.Owner, n.OwnedBy = r.rules.of(n, false)
	}
	r.learn()
	r.expect()
	for _, n := range r.Nodes {
		n.Unwatched = n.Unwatched && !n.static()
		slices.SortFunc(n.Shown, byName)
		for _, id := range n.Upstream {
			if up := r.byID[id]; up != nil && up != n {
				n.Up, up.Down = append(n.Up, up), append(up.Down, n)
			}
		}
	}
	slices.SortFunc(r.Roots, byName)
	for _, n := range r.Nodes {
		if n.static() {
			n.Up = nil
		}
	}
	r.knots = tie(r.Nodes)
}

// expect settles what is expected of assets whose rhythm is known now, and writes
// out on which days.
func (r *Report) expect() {
	tables := make(map[string]*timetable)
	for _, n := range r.Nodes {
		if n.Expect.Learned {
			n.Expect, n.Owner, n.OwnedBy = r.rules.of(n, true)
		}
		c := n.Expect.Cadence
		if c == nil {
			continue
		}
		if tables[c.says] == nil {
			tables[c.says] = c.timetable(r.calendar)
		}
		n.Expect.days = tables[c.says]
	}
}

func byName(a, b *Node) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
}

// see settles how every source stands.
func (r *Report) see(past *sources.Past) {
	seen := make(map[string]*Seen)
	for _, v := range past.Visits {
		s := seen[v.Source]
		if s == nil {
			s = new(Seen)
			seen[v.Source] = s
		}
		s.visit(v)
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		seen[name].looks(past.Looks[name])
		seen[name].Month = past.Spent(name, r.At)
		r.Sources = append(r.Sources, seen[name])
	}
}

func (s *Seen) visit(v sources.Visit) {
	if s.Visit, s.OK = v, v.Error == ""; s.OK {
		s.Good, s.Failing = v.At, time.Time{}
		s.Looks = lists(v.Scopes)
		return
	}
	s.Failed = v.At
	s.Why, _, _ = strings.Cut(v.Error, "\n")
	if s.Failing.IsZero() {
		s.Failing = v.At
	}
}

// lists are what a visit listed, and when. An account has a hundred schemas:
// more than three of one kind and moment are counted, not named.
func lists(scopes []sources.Scope) (looks []Look) {
	alike := make(map[Look]int)
	word := func(s sources.Scope) Look {
		kind, _, _ := strings.Cut(s.Name, ":")
		return Look{kind, s.Look}
	}
	for _, s := range scopes {
		alike[word(s)]++
	}
	for _, s := range scopes {
		w := word(s)
		if n := alike[w]; n > 3 {
			looks = append(looks, Look{fmt.Sprintf("listed %d %ss", n, w.Of), w.At})
			alike[w] = -1
		} else if n > 0 {
			looks = append(looks, Look{"listed " + s.Name, s.Look})
		}
	}
	return looks
}

// verbs say what a source speaks of by each clock.
var verbs = [sources.Clocks]string{"loads checked", "rows watched", "refreshes watched", "changes watched", "builds run", "definitions watched", "reads watched"}

func (s *Seen) looks(all *sources.Looks) {
	for c := range sources.Clocks {
		if all != nil && len(all[c]) > 0 {
			s.Looks = append(s.Looks, Look{verbs[c], time.Unix(all[c][len(all[c])-1], 0).UTC()})
		}
	}
}

// source returns how a source stands, nil if it was never visited.
func (r *Report) source(name string) *Seen {
	for _, s := range r.Sources {
		if s.Source == name {
			return s
		}
	}
	return nil
}

// count counts tiles, tables and how far the traces could see.
func (r *Report) count() {
	for _, n := range r.Nodes {
		switch {
		case n.Kind == sources.Tile:
			r.Tiles[n.Status]++
			r.TilesPending.add(n)
			r.Coverage.tile(n)
		case n.Kind.Relation():
			r.Tables[n.Status]++
			r.TablesPending.add(n)
		}
		if n.Unwatched && n.Own <= Unknown {
			r.Coverage.Unwatched++
		}
	}
}

func (c *Coverage) tile(n *Node) {
	c.Tiles++
	switch n.TracedBy() {
	case "":
		c.Untraced++
	case "sql":
		c.BySQL++
	case "explore":
		c.ByExplore++
	default:
		c.ByExposure++
	}
}

// TracedBy is how it is known what a tile reads: "sql", "explore" or "exposure";
// "" is not at all.
func (n *Node) TracedBy() string {
	if len(n.Up) == 0 {
		return ""
	}
	return n.Traced
}
