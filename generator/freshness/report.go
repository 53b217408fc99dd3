package freshness

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// Rules holds what site.toml says of ages and names, and what the sources declare of themselves.
type Rules struct {
	Zone    *time.Location // days begin at midnight in this zone
	Default expect.Expectation
	Rules   []expect.Rule
	Moves   lineage.Moves // assets and sources that have another name today
	// CheckedWithin says how long a check counts, by source; without an entry it follows the
	// interval of checks.
	CheckedWithin map[string]time.Duration
	// Warehouses holds the types of sources that contain relations and so decide which ones exist.
	Warehouses map[string]bool
	// CanonicalLink returns one form for all links to the same dashboard, "" for other links; nil
	// if no source knows links.
	CanonicalLink func(link string) string
}

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

	// Declared holds the dbt exposures that were merged into dashboards, by dashboard.
	Declared map[sources.ID][]sources.Asset

	rules        Rules
	byID         map[sources.ID]*Node
	graph        *lineage.Graph
	timeline     *timeline.Timeline
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

// PendingCounts counts the assets that wait for new data or a check, and those that are
// late.
type PendingCounts struct{ Waiting, Late, Failing int }

// add counts n if it is waiting, if it is late, and if its last build failed.
func (p *PendingCounts) add(n *Node) {
	p.Waiting += boolToInt(n.Waiting)
	p.Late += boolToInt(n.Late)
	p.Failing += boolToInt(n.IsFailing())
}

// CanonicalLink returns one form for all links to the same dashboard; "" for other links.
func (r *Report) CanonicalLink(link string) string {
	if r.rules.CanonicalLink == nil {
		return ""
	}
	return r.rules.CanonicalLink(link)
}

// Node returns the node of an asset, or nil if the report has none.
func (r *Report) Node(id sources.ID) *Node { return r.byID[id] }

// IsImported reports whether everything known of a day of the strip comes from an import,
// because no source was visited that day. Day 0 is the oldest.
func (r *Report) IsImported(day int) bool { return r.importedDays[day] && !r.visitedDays[day] }

// StripBounds returns the midnight that begins the first day of the strip and the midnight that
// ends today, in UTC.
func (r *Report) StripBounds() (from, to time.Time) { return r.timeline.Calendar.StripBounds() }

// DaysSince returns the number of midnights from t to the moment of the report, in its zone.
func (r *Report) DaysSince(t time.Time) int {
	return r.timeline.Calendar.DaysBetween(t, r.At)
}

// AgeSegments returns the periods of the strip's days in which the age of n's own data is known,
// as [timeline.Timeline.AgeSegments] does. Static assets have no age; for them it returns nil.
func (r *Report) AgeSegments(n *Node) []timeline.AgeSegment {
	if n.isStatic() {
		return nil
	}
	return r.timeline.AgeSegments(n.Node)
}

// PreviousSchedule returns in words the usual schedule that n had 30 days before its newest
// load, if it has another one now; "" if not.
func (r *Report) PreviousSchedule(n *Node) string {
	if n.Rhythm == nil {
		return ""
	}
	loads := r.timeline.LoadTimes(n.Node, rhythm.MinLoads)
	last := slices.MaxFunc(loads, time.Time.Compare)
	before := rhythm.Learn(loads, r.Zone, last.AddDate(0, 0, -30))
	if before == nil || before.IsSimilarTo(n.Rhythm) {
		return ""
	}
	return before.ScheduleText()
}

// ProposeMoves returns the likely moves of tables that site.toml does not have, as
// [lineage.Graph.ProposeMoves] does.
func (r *Report) ProposeMoves() []lineage.Proposal {
	return r.graph.ProposeMoves(r.rules.Moves)
}

// FindGone returns the assets that are no longer listed, that nothing refers to, and that query
// names by id, name or alias, sorted by id. It ignores case.
func (r *Report) FindGone(query string) (found []*lineage.Node) {
	query = strings.ToLower(strings.TrimSpace(query))
	for _, n := range r.graph.Gone {
		names := append([]string{n.ID.Place()}, n.SearchTerms()...)
		if slices.ContainsFunc(names, func(name string) bool { return strings.ToLower(name) == query }) {
			found = append(found, n)
		}
	}
	return found
}

// WasCheckedPastLimit reports whether the last check of the clock that judges n came after the
// first limit of n had passed, so that it proves that there was no new data until then.
func (r *Report) WasCheckedPastLimit(n *Node) bool {
	if n.Clock == nil {
		return false
	}
	calendar := r.timeline.Calendar
	momentOf := func(unix int64) expect.Moment { return expect.Moment{Unix: unix, Day: calendar.DayNumber(unix)} }
	verdict := n.Expect.JudgeAge(momentOf(n.updatedAt), momentOf(n.Clock.CheckedAt.Unix()))
	return verdict != expect.WithinLimits
}

// byName orders nodes by name, ignoring case, and then by id.
func byName(a, b *Node) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
}

// byID orders nodes by id.
func byID(a, b *Node) int { return cmp.Compare(a.ID, b.ID) }
