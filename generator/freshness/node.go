package freshness

import (
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// StripDays is the number of days in a strip, today included.
const StripDays = timeline.StripDays

// A Node is an asset with its status, its root causes and its neighbors in the lineage. Each of
// the structs that it embeds is filled by one phase of [Derive].
type Node struct {
	*lineage.Node
	expect.Assignment
	Rhythm *rhythm.Rhythm // its usual schedule; nil if nothing is regular
	Links
	Verdict
	Readings
	Prospect
	Blame
	Tests
	Contents
}

// Links are the neighbors of an asset.
type Links struct {
	Up, Down []*Node // its direct upstream and downstream, by id; a static asset has no upstream here
	Shown    []*Node // tiles of a dashboard, or contents of a folder, by name
	// shownIn is the dashboard or folder that shows it, nil if none does.
	shownIn   *Node
	component *component
}

// A Verdict is the status of an asset, today and on each day of the strip.
type Verdict struct {
	OwnStatus Status // before upstream counts; None if it holds no data of its own
	Status    Status // the worst of OwnStatus and its checked upstream
	Strip     string // one status letter per day, today last
	Unchecked bool   // no load or build time was ever returned

	dayStatuses [StripDays]dayStatus
}

// Readings are what the clocks say of an asset now, and what its builds and checks left undone.
type Readings struct {
	Clock *timeline.ClockState // the clock that judges it; nil if none does
	// Clocks holds every clock that ever returned a time, by clock and then in the order of
	// Sources.
	Clocks  []timeline.ClockState
	Updated time.Time // data time by Clock; zero if it was never loaded or is not known
	// UpdatedBefore is a moment since which Clock found no change, where it never saw one; else zero.
	UpdatedBefore time.Time
	Never         bool // it exists and has no row, by Clock
	// HadRowsAt is the newest data time that was ever known of an asset that has no row now, and
	// EmptySince the first check since then that found none; both are zero if no row was ever known.
	HadRowsAt, EmptySince time.Time
	Attempt               sources.Attempt // the last attempt to build it, if nothing was built since
	Missed                time.Time       // the last check that should have returned a time and did not; zero if there is none
	MissingRef            string          // what it refers to that does not exist, as its source says it; "" if nothing

	// bestClock is the clock that judges it, or the last that could.
	bestClock sources.Clock
	updatedAt int64 // last update of its data, or of its upstream where it has no time itself, in Unix seconds; 0 if not known
}

// A Prospect says when the next data of an asset is due, and whether that is over.
type Prospect struct {
	Due     time.Time // time of its next data; zero if not known
	Waiting bool      // it is not fresh, and its next data is not due yet or it is Unproved; or all its causes are waiting
	// Unproved is set if it is past a limit that had not passed yet at its last check.
	Unproved bool
	Late     bool // a check after the due time and usual delay found no new data, or a cause is late
	// PossibleUpdate is when its data may have changed, as far as nothing confirms or disproves it;
	// zero if nothing tells so.
	PossibleUpdate time.Time
}

// A Blame says why an asset is not fresh, and of when the data is that it shows.
type Blame struct {
	Causes            []*Cause  // its root causes, the worst first
	Attention         bool      // one of its causes needs attention
	DataAsOf          time.Time // time of the data that it shows; zero if not known
	UncheckedUpstream int       // number of nearest upstream assets that are not checked

	// ownCauses holds the root causes that lie in its own component.
	ownCauses   []*Cause
	hasLateData bool // it is late, or it has no clock and something upstream is late
}

// Contents count what a dashboard or folder shows.
type Contents struct {
	Counts         Counts   // statuses of the tiles under it today
	DailyCounts    []Counts // Counts on each day of the strip, today last
	AttentionTiles int      // number of tiles under it that need attention
	Unused         bool     // a dashboard not opened for 90 days, or a folder of nothing else
}

// A dayStatus holds the statuses of an asset at the end of one day.
type dayStatus struct {
	ownStatus, status Status
	passedOn          Status // the status that downstream takes from it; None if it takes none
	appeared          bool   // it was listed by then, or is only known as upstream of another
	restsOnStatic     bool   // it is static and listed, or all that it reads is

	isChecked                        bool // without upstream: a check tells the age of its data
	hasCheckedRoot, hasUncheckedRoot bool // see CountRoots
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

// CountFreshDays returns on how many days of the strip n was fresh, and how many days have
// data.
func (n *Node) CountFreshDays() (fresh, withData int) {
	return strings.Count(n.Strip, "f"), StripDays - strings.Count(n.Strip, ".")
}

// isStatic reports whether n is expected never to change and so never ages. Virtual assets are
// not static: their upstream judges them.
func (n *Node) isStatic() bool { return n.Expect.Static && !n.Virtual }

// LastUpdate returns Updated or, where only that is known, UpdatedBefore; zero if neither is.
func (n *Node) LastUpdate() time.Time {
	if n.Updated.IsZero() {
		return n.UpdatedBefore
	}
	return n.Updated
}

// IsFailing reports whether the last attempt to build n failed, or the last freshness check of it, or its
// last builds took no rows.
func (n *Node) IsFailing() bool {
	switch n.Attempt.Outcome {
	case sources.Failed, sources.CheckFailed, TookNoRows:
		return true
	default:
		return false
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

// ShownIn returns the dashboard or folder that shows n, nil if none does.
func (n *Node) ShownIn() *Node { return n.shownIn }

// WalkNearest calls visit for each asset upstream of n, or downstream if down is true, nearest
// first, with its distance from n, until visit returns false.
func (n *Node) WalkNearest(down bool, visit func(m *Node, steps int) bool) {
	next := upstreamOf
	if down {
		next = downstreamOf
	}
	lineage.WalkNearest([]*Node{n}, next, visit)
}

// upstreamOf returns the direct upstream of n.
func upstreamOf(n *Node) []*Node { return n.Up }

// downstreamOf returns the direct downstream of n.
func downstreamOf(n *Node) []*Node { return n.Down }

// boolToInt returns 1 for true and 0 for false.
func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
