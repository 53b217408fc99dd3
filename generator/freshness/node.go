package freshness

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/sources"
)

// A Node is an asset with its status, its root causes and its neighbors in the lineage.
type Node struct {
	sources.Asset
	Owner   string      // from a rule, else from its sources; "" if there is none
	OwnedBy string      // where Owner comes from, such as "rule table:RAW.*" or "dbt group"
	Expect  Expectation // how old its data may be
	// Sources names the sources that ever listed it, those that still do first.
	Sources []string

	OwnStatus Status // before upstream counts; None if it holds no data of its own
	Status    Status // the worst of OwnStatus and its checked upstream
	Strip     string // one status letter per day, today last

	Clock *ClockState // the clock that judges it; nil if none does
	// Clocks holds every clock that ever returned a time, by clock and then in the order of
	// Sources.
	Clocks   []ClockState
	Updated  time.Time // data time by Clock; zero if it was never loaded or is not known
	Never    bool      // it exists and never had a row, by Clock
	DataAsOf time.Time // time of the data that it shows; zero if not known
	Since    time.Time // always zero: nothing sets it

	Rhythm            *rhythm.Rhythm  // its usual schedule; nil if nothing is regular
	Due               time.Time       // time of its next data; zero if not known
	Waiting           bool            // it is not fresh and its next data is not due yet, or all its causes are waiting
	Late              bool            // a check after the due time and usual delay found no new data, or a cause is late
	Attempt           sources.Attempt // the last attempt to build it, if nothing was built since
	Missed            time.Time       // the last check that should have returned a time and did not; zero if there is none
	MissingRef        string          // what it refers to that does not exist, as its source says it; "" if nothing
	Unchecked         bool            // no load or build time was ever returned
	UncheckedUpstream int             // number of nearest upstream assets that are not checked
	Attention         bool            // one of its causes needs attention
	AttentionTiles    int             // number of tiles under it that need attention
	Unused            bool            // a dashboard not opened for 90 days, or a folder of nothing else
	Drift             []Drift         // differences between its dbt exposures and its tiles

	Causes      []*Cause // its root causes, the worst first
	Up, Down    []*Node  // its direct upstream and downstream, by id
	Shown       []*Node  // tiles of a dashboard, or contents of a folder, by name
	Counts      Counts   // statuses of the tiles under a dashboard or folder today
	DailyCounts []Counts // Counts on each day of the strip, today last

	// tracks holds what each source recorded of it, in the order of Sources.
	tracks []*sources.Track
	// shownIn is the dashboard or folder that shows it, nil if none does.
	shownIn     *Node
	dayStatuses [StripDays]dayStatus
	// bestClock is the clock that judges it, or the last that could.
	bestClock sources.Clock
	// checkedAt is the last check of bestClock, in Unix seconds; 0 if there is none.
	checkedAt int64
	updatedAt int64 // last update of its data, or of its upstream where it has no time itself, in Unix seconds; 0 if not known
	// ownCauses holds the root causes that lie in its own component.
	ownCauses   []*Cause
	component   *component
	wasListed   bool // some source lists it or did before
	isDefined   bool // some source lists it as more than a dbt source
	inWarehouse bool // a warehouse lists it or did before
	hasLateData bool // it is late, or it has no clock and something upstream is late
}

// A dayStatus holds the statuses of an asset at the end of one day.
type dayStatus struct {
	ownStatus, status Status
	passedOn          Status // the status that downstream takes from it; None if it takes none
	appeared          bool   // it was listed by then, or is only known as upstream of another
}

// A ClockState holds what one clock of one source returned last.
type ClockState struct {
	Clock  sources.Clock
	Source string
	At     time.Time // the data time; zero if no valid one was returned
	// CheckedAt is the last check with a valid result; zero if there was none.
	CheckedAt     time.Time
	FutureAt      time.Time // a returned time after its own check, if no valid one followed; zero if there is none
	UnconfirmedAt time.Time // the newest time that nothing confirms; zero if there is none
	Recent        bool      // the check is recent enough to judge by
}

// Counts holds a number of tiles or tables for each status.
type Counts [Broken + 1]int

// Total returns the sum over all statuses.
func (c Counts) Total() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}

// Label returns the name that people use: the place of a relation, such as RAW.ERP.GL, and the
// name of everything else.
func (n *Node) Label() string {
	if strings.HasPrefix(string(n.ID), "table:") {
		return n.ID.Place()
	}
	return cmp.Or(n.Name, n.ID.Place())
}

// CountFreshDays returns on how many days of the strip n was fresh, and how many days have
// data.
func (n *Node) CountFreshDays() (fresh, withData int) {
	return strings.Count(n.Strip, "f"), StripDays - strings.Count(n.Strip, ".")
}

// mergeTracks sets the asset, the sources and the flags of n from its tracks. Sources that
// still list n come before those that no longer do, and those that build it before those that
// only declare it as a dbt source.
func (n *Node) mergeTracks() {
	slices.SortStableFunc(n.tracks, func(a, b *sources.Track) int {
		return cmp.Or(
			boolToInt(b.IsListed())-boolToInt(a.IsListed()),
			boolToInt(a.Asset.Kind == sources.DBTSource)-boolToInt(b.Asset.Kind == sources.DBTSource),
		)
	})
	for i, t := range n.tracks {
		if i == 0 {
			n.Asset = t.Asset
		} else if t.IsListed() {
			n.Asset.MergeFrom(t.Asset)
		}
		n.wasListed = true
		n.isDefined = n.isDefined || t.Asset.Kind != sources.DBTSource
		n.inWarehouse = n.inWarehouse || strings.HasPrefix(t.Asset.Scope, "schema:")
		n.Sources = append(n.Sources, t.Source)
	}
	n.Name = cmp.Or(n.Name, n.ID.Place())
	n.Unchecked = !n.hasReading() && (!n.Virtual || n.Kind.IsRelation() && len(n.Upstream) == 0)
}

// boolToInt returns 1 for true and 0 for false.
func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// isListedNow reports whether some source still lists n.
func (n *Node) isListedNow() bool {
	return slices.ContainsFunc(n.tracks, (*sources.Track).IsListed)
}

// hasReading reports whether a clock that may judge n ever returned a time, even one in the
// future.
func (n *Node) hasReading() bool {
	return slices.ContainsFunc(n.tracks, func(t *sources.Track) bool {
		for c := sources.Loaded; c.CanDecideStatus(); c++ {
			if n.isJudgedBy(c) && (t.Clocks[c] != nil || !t.FutureReading(c).CheckedAt.IsZero()) {
				return true
			}
		}
		return false
	})
}

// isStatic reports whether n is expected never to change and so never ages. Virtual assets are
// not static: their upstream judges them.
func (n *Node) isStatic() bool { return n.Expect.Static && !n.Virtual }

// isJudgedBy reports whether clock c may judge n. Of virtual assets only relations are judged,
// and only by their rows (clock loaded).
func (n *Node) isJudgedBy(c sources.Clock) bool {
	return c.CanDecideStatus() && (!n.Virtual || c == sources.Loaded && n.Kind.IsRelation())
}

// bestClockAt returns the clock that judges n at moment (Unix seconds), and its data time. k.ok
// is false if no check is recent; k is then the last known. The first clock in rank with a
// recent check decides, unless dml or refreshed returns a change after that check.
func (n *Node) bestClockAt(h *horizon, moment int64) (best sources.Clock, k dataTime) {
	for c := sources.Loaded; n.isJudgedBy(c); c++ {
		candidate := n.dataTimeBy(h, c, moment)
		changed := c == sources.DML || c == sources.Refreshed
		switch {
		case candidate.ok && (!k.ok || changed && candidate.at > k.checkedAt):
			best = c
			k = candidate
		case !k.ok && candidate.at > k.at:
			best = c
			k = candidate // the last that was known
		}
	}
	return best, k
}

// dataTimeBy returns the data time by clock c at moment (Unix seconds). Of several sources it
// takes the one whose check covers the moment, and then the newest time.
func (n *Node) dataTimeBy(h *horizon, c sources.Clock, moment int64) (k dataTime) {
	for _, t := range n.tracks {
		if len(t.Clocks[c]) == 0 {
			continue
		}
		candidate := dataTimeAt(t.Clocks[c], moment, h.clockValidity(t.Source, c, moment))
		if candidate.ok && !k.ok || candidate.ok == k.ok && candidate.at > k.at {
			k = candidate
		}
	}
	return k
}

// wasListedBy reports whether some source listed n at moment or before.
func (n *Node) wasListedBy(moment time.Time) bool {
	return slices.ContainsFunc(n.tracks, func(t *sources.Track) bool {
		return len(t.Listings) > 0 && !t.Listings[0].Came.After(moment)
	})
}

// wasListedOnlyAfter reports whether n was listed, and by every source only after moment (Unix
// seconds).
func (n *Node) wasListedOnlyAfter(moment int64) bool {
	for _, t := range n.tracks {
		if len(t.Listings) > 0 && t.Listings[0].Came.Unix() <= moment {
			return false
		}
	}
	return n.wasListed
}

// goneSince reports whether, at moment, no source that decides lists n any more, and returns
// when the last of them found it missing.
func (n *Node) goneSince(moment time.Time) (went time.Time, gone bool) {
	for _, t := range n.tracks {
		if !n.isDecidedBy(t) {
			continue
		}
		in, left := listingAt(t, moment)
		if in {
			return time.Time{}, false
		}
		if left.After(went) {
			went = left
		}
	}
	return went, !went.IsZero()
}

// warehouseTypes holds the types of sources that contain relations and so decide which ones
// exist.
var warehouseTypes = map[string]bool{"snowflake": true}

// isDecidedBy reports whether the listings of t decide whether n exists. If a warehouse ever
// listed n, only warehouses do. A dbt source only declares what something else builds: it
// decides only if n was never listed as anything else.
func (n *Node) isDecidedBy(t *sources.Track) bool {
	switch {
	case n.inWarehouse:
		return strings.HasPrefix(t.Asset.Scope, "schema:")
	case n.isDefined:
		return t.Asset.Kind != sources.DBTSource
	default:
		return true
	}
}

// listingAt reports whether t listed its asset at moment; if not, left is when t last stopped
// listing it.
func listingAt(t *sources.Track, moment time.Time) (in bool, left time.Time) {
	for _, s := range t.Listings {
		if s.Came.After(moment) {
			break
		}
		if s.Went.IsZero() || s.Went.After(moment) {
			return true, time.Time{}
		}
		left = s.Went
	}
	return false, left
}

// missingRefAt returns what n refers to that did not exist at moment, by its sources; the zero
// value if there is nothing.
func (n *Node) missingRefAt(moment time.Time) (w sources.MissingRef) {
	for _, t := range n.tracks {
		latest := sources.MissingRef{}
		for _, b := range t.MissingRefs {
			if !b.At.After(moment) {
				latest = b
			}
		}
		if latest.Says != "" {
			w = latest
		}
	}
	return w
}

// lastBuiltAt returns when n was last built successfully, by any source; zero if not known.
func (n *Node) lastBuiltAt() (at time.Time) {
	for _, t := range n.tracks {
		if built := trackBuiltAt(t); built.After(at) {
			at = built
		}
	}
	return at
}

// trackBuiltAt returns when a source last saw an asset built: by a build, a refresh, or the
// definition of a view. A table that is altered is not built: it may only have got a comment.
func trackBuiltAt(t *sources.Track) time.Time {
	at, _ := t.Clocks[sources.Built].LastReading()
	if defined, _ := t.Clocks[sources.DDL].LastReading(); t.Asset.Virtual && defined.After(at) {
		at = defined
	}
	if refreshed, _ := t.Clocks[sources.Refreshed].LastReading(); refreshed.After(at) {
		at = refreshed
	}
	return at
}

// ShownIn returns the dashboard or folder that shows n, nil if none does.
func (n *Node) ShownIn() *Node { return n.shownIn }

// WalkNearest calls visit for each asset upstream of n, or downstream if down is true, nearest
// first, with its distance from n, until visit returns false.
func (n *Node) WalkNearest(down bool, visit func(m *Node, steps int) bool) {
	walkNearest([]*Node{n}, down, visit)
}

// walkNearest walks like Node.WalkNearest, from several nodes at once. It does not visit the
// nodes of todo themselves.
func walkNearest(todo []*Node, down bool, visit func(m *Node, steps int) bool) {
	steps := make(map[*Node]int)
	for _, n := range todo {
		steps[n] = 0
	}
	for ; len(todo) > 0; todo = todo[1:] {
		next := todo[0].Up
		if down {
			next = todo[0].Down
		}
		for _, m := range next {
			if _, seen := steps[m]; seen {
				continue
			}
			steps[m] = steps[todo[0]] + 1
			if !visit(m, steps[m]) {
				return
			}
			todo = append(todo, m)
		}
	}
}
