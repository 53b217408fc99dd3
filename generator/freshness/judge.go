package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// judgeDays sets the own status of each asset at the end of each day of the strip, and for today
// at the moment of the report.
func (d *derivation) judgeDays() {
	d.eachNode(func(n *Node) {
		n.Unchecked = timeline.IsUnchecked(n.Node) && !n.isStatic()
		for i, end := range d.timeline.Calendar.StripEnds {
			n.dayStatuses[i] = d.statusAt(n, end)
		}
	})
}

// statusAt returns n's own status at moment (Unix seconds), before upstream is considered.
func (d *derivation) statusAt(n *Node, moment int64) (v dayStatus) {
	at := time.Unix(moment, 0)
	v.appeared = (n.WasListedBy(at) || !n.WasListed) && !n.wasGoneUnread(at)
	switch {
	case !v.appeared:
		v.ownStatus, v.isChecked = d.statusWhileAbsent(n, moment)
	case d.isBrokenAt(n, at):
		_, v.isChecked = d.judgeByClock(n, moment)
		v.ownStatus = Broken
	case n.isStatic():
		v.ownStatus = d.statusOfStatic(n, moment)
	case n.holdsNoData():
	case !n.WasListed || n.Unchecked:
		v.ownStatus = Unknown
	default:
		v.ownStatus, v.isChecked = d.judgeByClock(n, moment)
	}
	return v
}

// statusWhileAbsent returns n's own status at a moment before it was listed, or while it was gone, by
// a check that came later: what reads it today is judged by it. None means that nobody could watch
// it then, and that what n reads decides.
func (d *derivation) statusWhileAbsent(n *Node, moment int64) (s Status, isChecked bool) {
	switch {
	case n.isStatic():
		return d.statusOfStatic(n, moment), false
	case n.Unchecked || n.holdsNoData():
		return None, false
	}
	s, isChecked = d.judgeByClock(n, moment)
	if s == Unknown && !n.WasListedBy(time.Unix(moment, 0)) {
		return None, false
	}
	return s, isChecked
}

// wasGoneUnread reports whether n was no longer listed at a moment, and nothing that was listed read it.
func (n *Node) wasGoneUnread(at time.Time) bool {
	_, gone := n.GoneSince(at)
	return gone && !slices.ContainsFunc(n.Down, func(down *Node) bool {
		_, isGone := down.GoneSince(at)
		return down.WasListedBy(at) && !isGone
	})
}

// isBrokenAt reports whether n was no longer listed at a moment, or something that it refers to
// did not exist.
func (d *derivation) isBrokenAt(n *Node, at time.Time) bool {
	_, gone := n.GoneSince(at)
	return n.WasListed && gone ||
		n.MissingRefAt(at).Says != "" ||
		d.timeline.IsMissingFromSchema(n.Node, at.Unix())
}

// judgeByClock returns the status of n by the age of its data at moment (Unix seconds), Unknown if no
// check covers it; and, of an asset without upstream, whether it is checked as a root.
func (d *derivation) judgeByClock(n *Node, moment int64) (s Status, isChecked bool) {
	best, found := d.timeline.BestClockAt(n.Node, moment)
	if !found.IsKnown {
		return Unknown, false
	}
	isChecked = len(n.component.up) == 0 && d.isCheckedAsRoot(n, moment, best)
	return d.statusByAge(n, found.At, moment), isChecked
}

// statusByAge returns the status of n at moment by data that was updated at updated, both in Unix
// seconds.
func (d *derivation) statusByAge(n *Node, updated, moment int64) Status {
	switch n.Expect.JudgeAge(d.momentOf(updated), d.momentOf(moment)) {
	case expect.WithinLimits:
		return Fresh
	case expect.PastFirstLimit:
		return Aging
	default:
		return Stale
	}
}

// momentOf returns a moment, in Unix seconds, with the number of its day.
func (d *derivation) momentOf(unix int64) expect.Moment {
	return expect.Moment{Unix: unix, Day: d.timeline.Calendar.DayNumber(unix)}
}

// statusOfStatic returns Fresh for a static asset whose listing is recent at moment (Unix
// seconds), else Unknown.
func (d *derivation) statusOfStatic(n *Node, moment int64) Status {
	if d.timeline.HasRecentListing(n.Node, moment) {
		return Fresh
	}
	return Unknown
}

// propagateStatuses gives each asset, for each day of the strip, the worst of its own status
// and that of its upstream. It takes upstream before downstream.
func (d *derivation) propagateStatuses() {
	for _, k := range d.components {
		k.setUncertainLineage()
		for day := range StripDays {
			k.propagateStatus(day)
		}
	}
}

// propagateStatus sets the status of all members for one day. Unchecked members do not change
// the status of others unless they are broken, and neither do static ones: what rests on static
// assets alone is fresh, and beside any other upstream they count for nothing. Where nobody watches the
// data of the members, it is not known when they took over what is fresh.
func (k *component) propagateStatus(day int) {
	k.setRootFlags(day)
	worst := k.worstPassedOn(day)
	for _, n := range k.members {
		own := n.dayStatuses[day].ownStatus
		if !n.isUnwatchedOn(day) || own == Broken {
			worst = max(worst, own)
		}
	}
	isUnwatched := k.isUnwatchedOn(day)
	if isUnwatched && worst == Fresh {
		worst = None
	}
	passedOn := worst
	restsOnStatic := worst == None && !isUnwatched && k.hasOnlyStaticUpstream(day)
	switch {
	case restsOnStatic:
		worst = Fresh
	case k.isStatic():
		restsOnStatic = worst == Fresh
		passedOn = onlyBroken(worst)
	}
	for _, n := range k.members {
		n.setDayStatus(day, worst, passedOn)
		n.dayStatuses[day].restsOnStatic = restsOnStatic
	}
}

// isUnwatchedOn reports whether nothing told the age of the data of n on a day: no clock ever did, or it
// was not listed yet and no later check speaks of that day.
func (n *Node) isUnwatchedOn(day int) bool {
	v := n.dayStatuses[day]
	return n.Unchecked || !v.appeared && v.ownStatus == None && !n.holdsNoData()
}

// isUnwatchedOn reports whether nothing told the age of any data that the members hold on a day. Views
// alone hold none.
func (k *component) isUnwatchedOn(day int) bool {
	isWatched := func(n *Node) bool { return !n.isUnwatchedOn(day) && !n.holdsNoData() }
	isUnwatched := func(n *Node) bool { return n.isUnwatchedOn(day) }
	return slices.ContainsFunc(k.members, isUnwatched) && !slices.ContainsFunc(k.members, isWatched)
}

// holdsNoData reports whether n is virtual and its rows were never read: upstream alone judges it.
func (n *Node) holdsNoData() bool { return n.Virtual && !timeline.HasReading(n.Node) }

// worstPassedOn returns the worst status that upstream passes on for one day.
func (k *component) worstPassedOn(day int) (worst Status) {
	for _, n := range k.up {
		worst = max(worst, n.dayStatuses[day].passedOn)
	}
	return worst
}

// hasOnlyStaticUpstream reports whether there is upstream and all of it is static and listed, or
// rests on such assets alone, on one day.
func (k *component) hasOnlyStaticUpstream(day int) bool {
	for _, n := range k.up {
		if !n.dayStatuses[day].restsOnStatic {
			return false
		}
	}
	return len(k.up) > 0
}

// isStatic reports whether the component is a static asset. A static asset has no upstream, so it is
// in no cycle.
func (k *component) isStatic() bool { return k.members[0].isStatic() }

// onlyBroken returns Broken if s is that, else None.
func onlyBroken(s Status) Status {
	if s == Broken {
		return Broken
	}
	return None
}

// setDayStatus records one day of n: worst is the worst status of its component and upstream,
// passedOn the status that downstream takes from it. The own status of an unchecked n counts
// for n alone. A worst of None becomes Unknown, and Fresh becomes Unverified where no root is
// checked or the lineage is uncertain.
func (n *Node) setDayStatus(day int, worst, passedOn Status) {
	v := &n.dayStatuses[day]
	if n.Unchecked {
		worst = max(worst, v.ownStatus)
	}
	v.passedOn = passedOn
	switch {
	case worst == None:
		v.status = Unknown
	case worst == Fresh && v.hasUncheckedRoot && (!v.hasCheckedRoot || n.component.hasUncertainLineage):
		v.status = Unverified
	default:
		v.status = worst
	}
}

// judgeContainers sets the status of dashboards and folders, and then the statuses and the strip
// that each asset prints.
func (d *derivation) judgeContainers() {
	for _, n := range d.Roots {
		n.judgeShown()
	}
	for _, n := range d.Nodes {
		today := n.dayStatuses[StripDays-1]
		n.OwnStatus = today.ownStatus
		n.Status = today.status
		n.Strip = d.buildStrip(n)
	}
}

// judgeShown sets the status of a dashboard or folder on each day to the worst of the tiles
// under it, None where it had none, and sets their counts.
func (n *Node) judgeShown() {
	n.DailyCounts = make([]Counts, StripDays)
	for _, c := range n.Shown {
		if c.Kind.IsContainer() {
			c.judgeShown()
			for day := range n.DailyCounts {
				n.DailyCounts[day].add(c.DailyCounts[day])
			}
			continue
		}
		for day := range n.DailyCounts {
			if v := c.dayStatuses[day]; v.appeared {
				n.DailyCounts[day][v.status]++
			}
		}
	}
	for day, counts := range n.DailyCounts {
		n.dayStatuses[day].ownStatus = None
		n.dayStatuses[day].status = counts.worstStatus()
	}
	n.Counts = n.DailyCounts[StripDays-1]
}

// add adds the counts of b to c.
func (c *Counts) add(b Counts) {
	for s, n := range b {
		c[s] += n
	}
}

// worstStatus returns the worst status that has a count; None if none has.
func (c Counts) worstStatus() (worst Status) {
	for s, n := range c {
		if n > 0 {
			worst = max(worst, Status(s))
		}
	}
	return worst
}

// buildStrip returns one status letter per day of the strip, today last; '.' for days on which
// no source was read or n had not appeared yet.
func (d *derivation) buildStrip(n *Node) string {
	var cells [StripDays]byte
	for day, v := range n.dayStatuses {
		cells[day] = '.'
		isKnown := v.appeared && (n.WasListed || v.status == Broken)
		if (d.visitedDays[day] || d.importedDays[day]) && isKnown {
			cells[day] = v.status.Letter()
		}
	}
	return string(cells[:])
}

// readClocks sets what the clocks say of each asset now.
func (d *derivation) readClocks() {
	for _, n := range d.Nodes {
		n.Readings = d.readingsOf(n)
	}
}

// readingsOf returns what the clocks say of n now. Clock, Updated and Never stay unset where n's
// own status does not come from a clock.
func (d *derivation) readingsOf(n *Node) Readings {
	best, found := d.timeline.BestClockAt(n.Node, d.At.Unix())
	r := Readings{
		Clocks:    d.timeline.ReadClocks(n.Node),
		Attempt:   timeline.LastAttempt(n.Node),
		Missed:    timeline.LastMissedCheck(n.Node),
		bestClock: best,
		updatedAt: found.At,
	}
	if stuck, found := d.stuck[n]; found && (r.Attempt.Outcome == "" || r.Attempt.Outcome == sources.Skipped) {
		r.Attempt = stuck
	}
	if n.OwnStatus == Broken {
		r.MissingRef = n.MissingRefAt(d.At).Says
	}
	isJudged := n.OwnStatus != None && n.OwnStatus != Unknown
	if !isJudged || !found.IsKnown {
		return r
	}
	for i, state := range r.Clocks {
		if state.Clock == best && (state.At.Unix() == found.At || found.IsBound && state.UpdatedBefore.Unix() == found.At) {
			r.Clock = &r.Clocks[i]
		}
	}
	switch {
	case found.At == sources.Never.Unix():
		r.Never = true
		r.HadRowsAt, r.EmptySince = findEmptied(n, best)
	case found.IsBound:
		r.UpdatedBefore = time.Unix(found.At, 0).UTC()
	default:
		r.Updated = time.Unix(found.At, 0).UTC()
	}
	return r
}

// findEmptied returns the newest data time that was ever known of n, and the first check by the clock
// best since it was last known to have rows; both are zero if no row was ever known.
func findEmptied(n *Node, best sources.Clock) (hadRowsAt, emptySince time.Time) {
	rows := sources.Never.Unix()
	empty := int64(0)
	for _, t := range n.Tracks {
		for _, clock := range []sources.Clock{sources.Loaded, sources.DML, sources.Refreshed} {
			for _, span := range t.Clocks[clock] {
				rows = max(rows, span.At)
			}
		}
		if spans := t.Clocks[best]; len(spans) > 0 && spans[len(spans)-1].At == sources.Never.Unix() {
			empty = max(empty, spans[len(spans)-1].First)
		}
	}
	if rows == sources.Never.Unix() || empty == 0 {
		return time.Time{}, time.Time{}
	}
	return time.Unix(rows, 0).UTC(), time.Unix(empty, 0).UTC()
}
