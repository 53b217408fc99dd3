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

// A Report holds everything that the site says, decided: rendering adds no judgment. At is its
// moment, in UTC, and its days begin at midnight in Zone. Tiles and Tables count both by their
// status at that moment.
type Report struct {
	At      time.Time
	Zone    *time.Location
	Nodes   []*Node         // every asset, sorted by id
	Roots   []*Node         // folders and dashboards without a parent, sorted by name, unused ones last
	Causes  []*Cause        // root causes; those that need attention first, then the worst and widest
	Sources []*SourceStatus // every source that was visited, sorted by name
	Tiles   Counts
	Tables  Counts

	TilesPending, TablesPending PendingCounts
	Coverage                    Coverage

	rules        Rules
	byID         map[sources.ID]*Node
	jobs         map[sources.ID]*Job
	exposures    map[sources.ID][]sources.Asset // merged dbt exposures, by the id of their dashboard
	calendar     *calendar
	horizon      *horizon
	components   []*component
	gone         []*Node         // assets that are no longer listed and that nothing refers to, sorted by id
	firstVisit   time.Time       // time of the oldest visit; zero if there is none
	visitedDays  [StripDays]bool // whether any source was visited, by day of the strip
	importedDays [StripDays]bool // whether any history was imported, by day of the strip
}

// Coverage counts tiles by how they were traced to tables, and the assets that are not checked.
type Coverage struct {
	Tiles      int `json:"tiles"`
	BySQL      int `json:"by_sql"`
	ByExplore  int `json:"by_explore"`
	ByExposure int `json:"by_exposure"`
	Untraced   int `json:"untraced"`  // tiles without known upstream
	Unchecked  int `json:"unwatched"` // assets without any load or build time, except broken ones
}

// PendingCounts counts the assets that wait for data that is not due yet, and those that are
// late.
type PendingCounts struct{ Waiting, Late int }

// add counts n if it is waiting, and if it is late.
func (p *PendingCounts) add(n *Node) {
	p.Waiting += boolToInt(n.Waiting)
	p.Late += boolToInt(n.Late)
}

// A SourceStatus is the state of one source. It embeds the last visit; OK is whether that visit
// succeeded.
type SourceStatus struct {
	sources.Visit
	OK           bool
	LastSuccess  time.Time // time of the last successful visit; zero if there was none
	Checks       []Check   // newest check of each kind, listings first
	FailingSince time.Time // time of the first failed visit after the last success; zero if the last visit succeeded
	LastFailure  time.Time // time of the last failed visit; zero if none failed in the window
	LastError    string    // first line of the error of the last failed visit

	CallsThisMonth map[string]int // API calls of its visits in the month of the report (UTC), by kind of call
}

// A Check is the newest check of one kind by one source.
type Check struct {
	What string // kind of check, such as "loads checked", "listed project:shop" or "listed 40 schemas"
	At   time.Time
}

// Derive returns the report of a moment: the status and the causes of every asset that was
// recorded in past. It changes neither past nor rules.
func Derive(past *sources.Past, rules Rules, at time.Time) *Report {
	past = rules.applyMoves(past)
	r := &Report{
		At:       at.UTC(),
		Zone:     rules.Zone,
		rules:    rules,
		byID:     make(map[sources.ID]*Node),
		jobs:     make(map[sources.ID]*Job),
		calendar: newCalendar(at, rules.Zone),
		horizon:  newHorizon(past, rules),
	}
	r.collectNodes(past)
	r.linkNodes()
	for _, n := range r.Nodes {
		r.judgeDays(n)
	}
	r.propagateStatuses()
	for _, n := range r.Roots {
		r.judgeShown(n)
	}
	for _, n := range r.Nodes {
		r.setPrintedFields(n)
		r.setDue(n)
	}
	r.sortUnusedLast()
	r.setDrifts(r.exposures)
	r.collectSources(past)
	r.assignCauses()
	r.countStatuses()
	return r
}

// collectNodes creates a node for each asset, including assets that appear only as upstream of
// another. Jobs go to r.jobs; assets that are no longer listed and that nothing refers to go to
// r.gone.
func (r *Report) collectNodes(past *sources.Past) {
	tracks, exposed := mergeExposures(past.Tracks)
	r.exposures = exposed
	for _, t := range tracks {
		if r.addJob(t) {
			continue
		}
		n := r.ensureNode(t.Asset.ID)
		n.tracks = append(n.tracks, t)
	}
	referred := make(map[sources.ID]bool)
	for _, n := range slices.Collect(maps.Values(r.byID)) {
		n.mergeTracks()
		if !n.isListedNow() {
			continue
		}
		for _, up := range n.Upstream {
			referred[up] = true
			if r.byID[up] == nil {
				r.ensureNode(up).mergeTracks()
			}
		}
	}
	for _, n := range r.byID {
		if n.isListedNow() || referred[n.ID] {
			r.Nodes = append(r.Nodes, n)
		} else {
			delete(r.byID, n.ID)
			r.gone = append(r.gone, n)
		}
	}
	slices.SortFunc(r.gone, func(a, b *Node) int { return cmp.Compare(a.ID, b.ID) })
	if len(past.Visits) > 0 {
		r.firstVisit = past.Visits[0].At
	}
	slices.SortFunc(r.Nodes, func(a, b *Node) int { return cmp.Compare(a.ID, b.ID) })
	r.markDays(&r.visitedDays, past.Visits)
	r.markDays(&r.importedDays, past.Imports)
}

// markDays sets the days of the strip on which one of the visits began.
func (r *Report) markDays(days *[StripDays]bool, visits []sources.Visit) {
	for _, v := range visits {
		if i := r.calendar.stripIndex(v.At); i >= 0 && i < StripDays {
			days[i] = true
		}
	}
}

// IsImported reports whether everything known of a day of the strip comes from an import,
// because no source was visited that day. Day 0 is the oldest.
func (r *Report) IsImported(day int) bool { return r.importedDays[day] && !r.visitedDays[day] }

// ensureNode returns the node of id, and creates it if there is none. Its kind is the prefix of
// the id until its sources are merged.
func (r *Report) ensureNode(id sources.ID) *Node {
	n := r.byID[id]
	if n == nil {
		kind, _, _ := strings.Cut(string(id), ":")
		n = &Node{Asset: sources.Asset{ID: id, Kind: sources.Kind(kind)}}
		r.byID[id] = n
	}
	return n
}

// Node returns the node of an asset, or nil if the report has none.
func (r *Report) Node(id sources.ID) *Node { return r.byID[id] }

// linkNodes sets parents and lineage, resolves rules, learns schedules and finds components.
// Static assets get no upstream, so nothing can make them age.
func (r *Report) linkNodes() {
	for _, n := range r.Nodes {
		if p := r.byID[n.Parent]; p != nil && p != n {
			n.shownIn = p
			p.Shown = append(p.Shown, n)
		} else if n.Kind.IsContainer() {
			r.Roots = append(r.Roots, n)
		}
	}
	for _, n := range r.Nodes {
		n.Expect, n.Owner, n.OwnedBy = r.rules.resolveFor(n, false)
	}
	r.learnRhythms()
	r.resolveSchedules()
	for _, n := range r.Nodes {
		n.Unchecked = n.Unchecked && !n.isStatic()
		slices.SortFunc(n.Shown, byName)
		for _, id := range n.Upstream {
			if up := r.byID[id]; up != nil && up != n {
				n.Up = append(n.Up, up)
				up.Down = append(up.Down, n)
			}
		}
	}
	slices.SortFunc(r.Roots, byName)
	for _, n := range r.Nodes {
		if n.isStatic() {
			n.Up = nil
		}
	}
	r.components = findComponents(r.Nodes)
}

// resolveSchedules resolves the expectations that follow a learned schedule, and sets the due
// days of each asset with a cadence. Assets with the same cadence share one timetable.
func (r *Report) resolveSchedules() {
	tables := make(map[string]*timetable)
	for _, n := range r.Nodes {
		if n.Expect.Learned {
			n.Expect, n.Owner, n.OwnedBy = r.rules.resolveFor(n, true)
		}
		c := n.Expect.Cadence
		if c == nil {
			continue
		}
		if tables[c.phrase] == nil {
			tables[c.phrase] = c.buildTimetable(r.calendar)
		}
		n.Expect.dueDays = tables[c.phrase]
	}
}

// byName orders nodes by name, ignoring case, and then by id.
func byName(a, b *Node) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
}

// collectSources fills r.Sources with one status per source, sorted by name.
func (r *Report) collectSources(past *sources.Past) {
	statuses := make(map[string]*SourceStatus)
	for _, v := range past.Visits {
		s := statuses[v.Source]
		if s == nil {
			s = new(SourceStatus)
			statuses[v.Source] = s
		}
		s.applyVisit(v)
	}
	for _, name := range slices.Sorted(maps.Keys(statuses)) {
		statuses[name].addClockChecks(past.Checks[name])
		statuses[name].CallsThisMonth = past.CallsInMonth(name, r.At)
		r.Sources = append(r.Sources, statuses[name])
	}
}

// applyVisit updates s with its next visit. Visits must come oldest first. A failed visit keeps
// the checks of the last successful one.
func (s *SourceStatus) applyVisit(v sources.Visit) {
	s.Visit = v
	s.OK = v.Error == ""
	if s.OK {
		s.LastSuccess = v.At
		s.FailingSince = time.Time{}
		s.Checks = summarizeListings(v.Scopes)
		return
	}
	s.LastFailure = v.At
	s.LastError, _, _ = strings.Cut(v.Error, "\n")
	if s.FailingSince.IsZero() {
		s.FailingSince = v.At
	}
}

// summarizeListings returns a check for each scope that a visit listed. More than three
// listings of the same kind and time become one ("listed 40 schemas"), because an account may
// have hundreds of schemas.
func summarizeListings(scopes []sources.Scope) (checks []Check) {
	counts := make(map[Check]int)
	listingOf := func(s sources.Scope) Check {
		kind, _, _ := strings.Cut(s.Name, ":")
		return Check{What: kind, At: s.CheckedAt}
	}
	for _, s := range scopes {
		counts[listingOf(s)]++
	}
	for _, s := range scopes {
		w := listingOf(s)
		if n := counts[w]; n > 3 {
			checks = append(checks, Check{What: fmt.Sprintf("listed %d %ss", n, w.What), At: w.At})
			counts[w] = -1
		} else if n > 0 {
			checks = append(checks, Check{What: "listed " + s.Name, At: s.CheckedAt})
		}
	}
	return checks
}

// checkLabels names the checks of each clock, as in Check.What.
var checkLabels = [sources.ClockCount]string{
	"loads checked",
	"rows watched",
	"refreshes watched",
	"changes watched",
	"builds run",
	"definitions watched",
	"reads watched",
}

// addClockChecks appends the newest check of each clock. all may be nil.
func (s *SourceStatus) addClockChecks(all *sources.CheckTimes) {
	for c := range sources.ClockCount {
		if all != nil && len(all[c]) > 0 {
			s.Checks = append(s.Checks, Check{What: checkLabels[c], At: time.Unix(all[c][len(all[c])-1], 0).UTC()})
		}
	}
}

// findSource returns the status of a source, or nil if it was never visited.
func (r *Report) findSource(name string) *SourceStatus {
	for _, s := range r.Sources {
		if s.Source == name {
			return s
		}
	}
	return nil
}

// countStatuses fills the counts of tiles and tables, and the coverage.
func (r *Report) countStatuses() {
	for _, n := range r.Nodes {
		switch {
		case n.Kind == sources.Tile:
			r.Tiles[n.Status]++
			r.TilesPending.add(n)
			r.Coverage.addTile(n)
		case n.Kind.IsRelation():
			r.Tables[n.Status]++
			r.TablesPending.add(n)
		}
		if n.Unchecked && n.OwnStatus <= Unknown {
			r.Coverage.Unchecked++
		}
	}
}

// addTile counts a tile by how it was traced.
func (c *Coverage) addTile(n *Node) {
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

// TracedBy returns how the upstream of a tile is known: "sql", "explore" or "exposure"; "" if
// it has no known upstream.
func (n *Node) TracedBy() string {
	if len(n.Up) == 0 {
		return ""
	}
	return n.Traced
}
