// Package timeline says what was known of the data of each asset at each moment: which clock
// counts, what it returned, and whether a check is recent enough to count.
//
// It knows moments and no limits: whether data is too old is decided in package expect, and what
// follows in package freshness. It opens no file and reads no system clock: its moment is an
// argument.
package timeline

import (
	"cmp"
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
)

// A Timeline answers what was known at each moment of a recorded past, up to the moment At.
type Timeline struct {
	At       time.Time // UTC
	Calendar *Calendar
	validity *validity
	// takeovers holds the builds that changed no row, by asset, oldest first.
	takeovers map[sources.ID][]Takeover
}

// A Takeover is a successful build that changed no row: the asset has the data that its upstream had
// then. Times are Unix seconds.
type Takeover struct {
	Began, Ended int64 // of the build
	Data         int64 // newest data of the upstream when the build began; 0 if not known
}

// Options holds what site.toml and the sources say of checks.
type Options struct {
	Zone *time.Location // days begin at midnight in this zone
	// CheckedWithin says how long a check counts, by source; without an entry it follows the
	// interval of checks.
	CheckedWithin map[string]time.Duration
	// Warehouses holds the types of sources that contain relations and so decide which ones exist.
	Warehouses map[string]bool
}

// New returns the timeline of past at a moment.
func New(past *sources.Past, options Options, at time.Time) *Timeline {
	return &Timeline{
		At:       at.UTC(),
		Calendar: newCalendar(at, options.Zone),
		validity: newValidity(past, options),

		takeovers: make(map[sources.ID][]Takeover),
	}
}

// ListUnchanged returns the builds of n that changed no row, oldest first. Their Data is not known yet.
func ListUnchanged(n *lineage.Node) (builds []Takeover) {
	for _, t := range n.Tracks {
		for _, attempt := range t.Attempts {
			if attempt.Outcome == sources.Unchanged {
				began := attempt.Began
				if began.IsZero() {
					began = attempt.At
				}
				builds = append(builds, Takeover{Began: began.Unix(), Ended: attempt.At.Unix()})
			}
		}
	}
	slices.SortFunc(builds, func(a, b Takeover) int { return cmp.Compare(a.Ended, b.Ended) })
	return builds
}

// ListBuilds returns when builds of n ended that changed rows, in Unix seconds, oldest first.
func ListBuilds(n *lineage.Node) (ended []int64) {
	for _, t := range n.Tracks {
		for _, span := range t.Clocks[sources.Built] {
			ended = append(ended, span.At)
		}
	}
	slices.Sort(ended)
	return slices.Compact(ended)
}

// NewestRowsAt returns the newest time, until moment, at which rows of n are known to have come, by the
// clocks that tell of rows; both in Unix seconds. 0 if none is known.
func (tl *Timeline) NewestRowsAt(n *lineage.Node, moment int64) (newest int64) {
	for _, c := range []sources.Clock{sources.Loaded, sources.DML, sources.Refreshed} {
		found := tl.dataTimeBy(n, c, moment)
		if CanJudge(n, c) && found.IsKnown && !found.IsBound {
			newest = max(newest, found.At)
		}
	}
	return newest
}

// SetTakeovers sets the builds of n that changed no row. Upstream comes before downstream, because it
// decides what was taken over.
func (tl *Timeline) SetTakeovers(n *lineage.Node, builds []Takeover) { tl.takeovers[n.ID] = builds }

// withTakeover returns found, the data time by the clock Built of the track t, or that of the last
// build of n until moment that changed no row, if it is newer.
func (tl *Timeline) withTakeover(n *lineage.Node, t *sources.Track, found DataTime, moment, validFor int64) DataTime {
	if !hasUnchangedBuild(t) {
		return found
	}
	build := tl.lastTakeover(n, moment)
	if build.Data <= found.At {
		return found
	}
	checked := build.Ended
	if build == tl.takeovers[n.ID][len(tl.takeovers[n.ID])-1] {
		checked = max(checked, t.LastEmpty[sources.Built]) // nothing was built since
	}
	return DataTime{
		At:        build.Data,
		CheckedAt: max(found.CheckedAt, min(checked, moment)),
		IsKnown:   found.IsKnown || moment-checked <= validFor,
	}
}

// lastTakeover returns the last build of n until moment (Unix seconds) that changed no row; the zero
// value if there is none.
func (tl *Timeline) lastTakeover(n *lineage.Node, moment int64) (last Takeover) {
	for _, build := range tl.takeovers[n.ID] {
		if build.Ended <= moment {
			last = build
		}
	}
	return last
}

// CanJudge reports whether clock c may judge n. Of virtual assets only relations are judged, and
// only by their rows (clock loaded).
func CanJudge(n *lineage.Node, c sources.Clock) bool {
	return c.CanDecideStatus() && (!n.Virtual || c == sources.Loaded && n.Kind.IsRelation())
}

// HasReading reports whether a clock that may judge n ever returned a time, even one in the
// future.
func HasReading(n *lineage.Node) bool {
	for _, t := range n.Tracks {
		for c := sources.Loaded; c.CanDecideStatus(); c++ {
			if CanJudge(n, c) && (t.Clocks[c] != nil || !t.FutureReading(c).CheckedAt.IsZero()) {
				return true
			}
		}
		if CanJudge(n, sources.DML) && (t.UpdatedBefore != 0 || hasUnchangedBuild(t)) {
			return true
		}
	}
	return false
}

// hasUnchangedBuild reports whether a build of the asset of t changed no row.
func hasUnchangedBuild(t *sources.Track) bool {
	return slices.ContainsFunc(t.Attempts, func(a sources.Attempt) bool { return a.Outcome == sources.Unchanged })
}

// IsUnchecked reports whether no load or build time of n was ever returned. What is virtual and
// has upstream is judged by that, and so never unchecked itself.
func IsUnchecked(n *lineage.Node) bool {
	return !HasReading(n) && (!n.Virtual || n.Kind.IsRelation() && len(n.Upstream) == 0)
}

// A DataTime is what is known of the data of an asset at one moment, by one clock. Its zero
// value is unknown. Moments are Unix seconds.
type DataTime struct {
	At        int64 // when the data was updated
	CheckedAt int64 // the check that returned At, or the moment itself where a later check found nothing newer
	IsKnown   bool  // a check covers the moment; else At is the last time known
	IsBound   bool  // the data was updated at At or before

	IsConfirmed bool // by the clock altered: more than LAST_ALTERED says that data changed at At
}

// BestClockAt returns the clock that judges n at moment (Unix seconds), and its data time. Where
// no check is recent, the data time is the last known. The first clock in rank with a recent
// check decides, unless a lower one overrules it.
func (tl *Timeline) BestClockAt(n *lineage.Node, moment int64) (best sources.Clock, found DataTime) {
	checked := int64(0) // the newest check of a clock of a higher rank
	for c := sources.Loaded; CanJudge(n, c); c++ {
		candidate := tl.dataTimeBy(n, c, moment)
		switch {
		case candidate.IsKnown && (!found.IsKnown || candidate.overrules(found, checked, c, best)):
			if c == sources.DML && found.IsKnown && !isBorneOut(n, moment) {
				break
			}
			best = c
			found = candidate
		case !found.IsKnown && candidate.At > found.At:
			best = c // the last that was known
			found = candidate
		}
		if candidate.IsKnown {
			checked = max(checked, candidate.CheckedAt)
		}
	}
	return best, found
}

// overrules reports whether d, by the clock c, tells what better, by a clock of a higher rank, could not
// have seen: that data changed since checked, the last check of all such clocks, or that there is no
// row any more.
func (d DataTime) overrules(better DataTime, checked int64, c, betterClock sources.Clock) bool {
	isEmpty := d.At == sources.Never.Unix() && better.At != d.At
	if isEmpty && d.CheckedAt >= better.CheckedAt {
		return true
	}
	isDoubtful := c == sources.Altered && betterClock == sources.Loaded && !d.IsConfirmed
	return d.At > checked && !isDoubtful
}

// dataTimeBy returns the data time by clock c at moment (Unix seconds). Of several sources it
// takes the one whose check covers the moment, and then the newest time.
func (tl *Timeline) dataTimeBy(n *lineage.Node, c sources.Clock, moment int64) (found DataTime) {
	for _, t := range n.Tracks {
		if !hasFacts(t, c) {
			continue
		}
		candidate := tl.dataTimeOf(n, t, c, moment)
		if candidate.IsKnown && !found.IsKnown || candidate.IsKnown == found.IsKnown && candidate.At > found.At {
			found = candidate
		}
	}
	return found
}

// dataTimeOf returns the data time by clock c of one source at moment (Unix seconds), t being its
// track of n.
func (tl *Timeline) dataTimeOf(n *lineage.Node, t *sources.Track, c sources.Clock, moment int64) (found DataTime) {
	validFor := tl.validity.ofClock(t.Source, c, moment)
	switch {
	case c == sources.DML && t.UpdatedBefore != 0:
		return boundedDataTime(t, moment, validFor)
	case len(t.Clocks[c]) > 0:
		found = dataTimeAt(t.Clocks[c], moment, validFor)
	}
	if c == sources.Built {
		return tl.withTakeover(n, t, found, moment, validFor)
	}
	if c != sources.Altered {
		return found
	}
	found.IsConfirmed = found.At <= t.ConfirmedAt // of earlier times it is not kept
	for i, possible := range t.Possible {
		if possible.At > found.At && possible.At <= moment && isConfirmedByBuild(n, possible.At) {
			checked := possible.Last
			if last, _ := t.Clocks[c].LastReading(); i == len(t.Possible)-1 && last.Unix() <= possible.At {
				checked = max(checked, t.LastEmpty[c], t.Clocks[c].LastCheck()) // found nothing newer
			}
			found = DataTime{
				At:          possible.At,
				CheckedAt:   min(checked, moment),
				IsKnown:     moment-checked <= validFor,
				IsConfirmed: true,
			}
		}
	}
	return found
}

// hasFacts reports whether t has anything that clock c may be judged by.
func hasFacts(t *sources.Track, c sources.Clock) bool {
	switch c {
	case sources.DML:
		return len(t.Clocks[c]) > 0 || t.UpdatedBefore != 0
	case sources.Altered:
		return len(t.Clocks[c]) > 0 || len(t.Possible) > 0
	case sources.Built:
		return len(t.Clocks[c]) > 0 || len(t.Attempts) > 0
	default:
		return len(t.Clocks[c]) > 0
	}
}

// boundedDataTime returns the data time by the clock DML at moment, which counts for validFor (Unix
// seconds). Before the first change that it returned, it is the moment since which it found none.
func boundedDataTime(t *sources.Track, moment, validFor int64) DataTime {
	found := dataTimeAt(t.Clocks[sources.DML], moment, validFor)
	if found.IsKnown || t.UpdatedBefore > moment {
		return found
	}
	checked := t.LastEmpty[sources.DML]
	return DataTime{
		At:        max(found.At, t.UpdatedBefore),
		CheckedAt: min(checked, moment),
		IsKnown:   moment-checked <= validFor,
		IsBound:   true,
	}
}

// buildTail is how long after a build LAST_ALTERED of what it built may be, as by a grant or a comment
// that dbt adds.
const buildTail = 15 * 60

// isConfirmedByBuild reports whether n was built when LAST_ALTERED says that it was altered (Unix
// seconds). The last build that changed rows set LAST_ALTERED itself, so that an earlier one cannot
// be meant.
func isConfirmedByBuild(n *lineage.Node, altered int64) bool {
	for _, t := range n.Tracks {
		for _, build := range t.Clocks[sources.Built] {
			if altered <= build.At+buildTail && altered > build.At-maxBuild {
				return true
			}
		}
	}
	return false
}

// maxBuild is the longest time (seconds) that a build is thought to take.
const maxBuild = 6 * 60 * 60

// PossibleUpdate returns the newest time at which the data of n may have changed, as far as nothing
// confirms or disproves it; zero if there is none. updated is the time of its data that is known.
func (tl *Timeline) PossibleUpdate(n *lineage.Node, updated int64) (at time.Time) {
	for _, t := range n.Tracks {
		r := t.UnconfirmedReading(sources.Altered)
		isDisproved := t.Clocks[sources.DML].LastCheck() >= r.At.Unix() || t.LastEmpty[sources.DML] >= r.At.Unix()
		isRecent := !tl.IsOutdated(t.Source, sources.Altered, r.CheckedAt.Unix())
		isDisproved = isDisproved || max(t.LastEmpty[sources.Altered], t.Clocks[sources.Altered].LastCheck()) > r.CheckedAt.Unix()
		if isRecent && !isDisproved && r.At.Unix() > updated && r.At.After(at) {
			at = r.At
		}
	}
	return at
}

// dataTimeAt returns the newest data time known at moment: from the last check before it, or
// from a later check that found nothing newer. A check covers validFor seconds.
//
// A later check that returns older data means that rows were deleted, and says nothing of the
// time before; neither does one that found no rows at all, or rows of before a check that found none.
// Between two checks in a row that found no rows there are none.
func dataTimeAt(s sources.Series, moment, validFor int64) (found DataTime) {
	lastEmpty := int64(0)
	wasEmpty := false // whether the last span before moment found no rows
	before, _ := slices.BinarySearchFunc(s, moment+1, func(span sources.Span, at int64) int { return cmp.Compare(span.Last, at) })
	for _, span := range s[max(before-1, 0):] { // of the spans before moment only the last counts
		isEmpty := span.At == sources.Never.Unix()
		if isEmpty {
			lastEmpty = min(span.Last, moment)
		}
		switch {
		case span.Last <= moment:
			found = DataTime{At: span.At, CheckedAt: span.Last, IsKnown: moment-span.Last <= validFor}
		case span.First <= moment || isEmpty && wasEmpty:
			found = DataTime{At: span.At, CheckedAt: moment, IsKnown: true}
		case isEmpty:
		case found.CheckedAt != 0 && found.At == sources.Never.Unix() && span.At <= lastEmpty:
			found = DataTime{At: found.At, CheckedAt: moment, IsKnown: true} // came after it was empty
		case span.At <= moment && (span.At > found.At || !found.IsKnown && span.At == found.At):
			found = DataTime{At: span.At, CheckedAt: moment, IsKnown: true}
		}
		wasEmpty = isEmpty && span.Last <= moment
	}
	return found
}

// HasRecentDataCheck reports whether a check at moment (Unix seconds) or around it, by a clock other
// than [sources.Built], tells the age of the data of n.
func (tl *Timeline) HasRecentDataCheck(n *lineage.Node, moment int64) bool {
	for c := sources.Loaded; CanJudge(n, c); c++ {
		if c != sources.Built && tl.dataTimeBy(n, c, moment).IsKnown {
			return true
		}
	}
	return false
}

// HasRecentListing reports whether some source listed n, or its whole scope, recently at moment
// (Unix seconds) or later: between two listings an asset counts as listed.
func (tl *Timeline) HasRecentListing(n *lineage.Node, moment int64) bool {
	for _, t := range n.Tracks {
		if tl.validity.hasRecentListing(t, moment) {
			return true
		}
	}
	return false
}

// IsMissingFromSchema reports whether, by moment (Unix seconds), a warehouse listed the whole
// schema of a relation without it, although another source had named it before.
func (tl *Timeline) IsMissingFromSchema(n *lineage.Node, moment int64) bool {
	if n.InWarehouse || !n.Kind.IsRelation() {
		return false
	}
	listedAt := tl.validity.firstSchemaListing(n.ID)
	return listedAt != 0 && listedAt <= moment && !n.WasListedOnlyAfter(listedAt)
}

// IsOutdated reports whether the newest check of a source by clock c, in Unix seconds, is too
// old to count now. A source that never checked is outdated.
func (tl *Timeline) IsOutdated(source string, c sources.Clock, newestCheck int64) bool {
	now := tl.At.Unix()
	return now-newestCheck > tl.validity.ofClock(source, c, now)
}

// LoadTimes returns the moments at which the data of n was updated on the days of the strip, by
// the clock that judges n now, in no order. It returns nil if no clock has a reading, or if the
// only source of n has fewer than least of them.
func (tl *Timeline) LoadTimes(n *lineage.Node, least int) (loads []time.Time) {
	if len(n.Tracks) == 0 || !HasReading(n) {
		return nil
	}
	now := tl.At.Unix()
	clock, _ := tl.BestClockAt(n, now)
	from := tl.Calendar.StripEnds[0] - 86400
	total := 0
	for _, t := range n.Tracks {
		total += len(t.Clocks[clock])
	}
	loads = make([]time.Time, 0, total)
	for _, t := range n.Tracks {
		if len(t.Clocks[clock]) < least && len(n.Tracks) == 1 {
			return nil
		}
		for _, span := range t.Clocks[clock] {
			if span.At > from && span.At <= now {
				loads = append(loads, time.Unix(span.At, 0))
			}
		}
	}
	return loads
}

// LastBuiltAt returns when n was last built successfully, by any source; zero if not known.
func LastBuiltAt(n *lineage.Node) (at time.Time) {
	for _, t := range n.Tracks {
		if built := trackBuiltAt(t); built.After(at) {
			at = built
		}
	}
	return at
}

// trackBuiltAt returns when a source last saw an asset built: by a build, be it of no row, a refresh,
// or the definition of a view. A table that is altered is not built: it may only have got a comment.
func trackBuiltAt(t *sources.Track) time.Time {
	at, _ := t.Clocks[sources.Built].LastReading()
	if defined, _ := t.Clocks[sources.DDL].LastReading(); t.Asset.Virtual && defined.After(at) {
		at = defined
	}
	if refreshed, _ := t.Clocks[sources.Refreshed].LastReading(); refreshed.After(at) {
		at = refreshed
	}
	for _, attempt := range t.Attempts {
		if attempt.Outcome == sources.Unchanged && attempt.At.After(at) {
			at = attempt.At
		}
	}
	return at
}
