package freshness

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// judgeDays sets n's own status at the end of each day of the strip, and for today at the
// moment of the report.
func (r *Report) judgeDays(n *Node) {
	for i, end := range r.calendar.stripEnds {
		n.dayStatuses[i] = r.statusAt(n, end)
	}
}

// statusAt returns n's own status at moment (Unix seconds), before upstream is considered.
func (r *Report) statusAt(n *Node, moment int64) (v dayStatus) {
	at := time.Unix(moment, 0)
	v.appeared = n.wasListedBy(at) || !n.wasListed
	switch {
	case !v.appeared:
	case n.wasListed && r.isGone(n, at) || n.missingRefAt(at).Says != "" || r.isMissingFromSchema(n, moment):
		v.ownStatus = Broken
	case n.isStatic():
		v.ownStatus = r.statusOfStatic(n, moment)
	case n.Virtual && !n.hasReading():
	case !n.wasListed || n.Unchecked:
		v.ownStatus = Unknown
	default:
		v.ownStatus = r.statusByClock(n, moment)
	}
	return v
}

// isGone reports whether n was no longer listed at a moment.
func (r *Report) isGone(n *Node, at time.Time) bool {
	_, gone := n.goneSince(at)
	return gone
}

// isMissingFromSchema reports whether, by moment (Unix seconds), a warehouse listed the whole
// schema of a relation without it, although another source had named it before.
func (r *Report) isMissingFromSchema(n *Node, moment int64) bool {
	if n.inWarehouse || !n.Kind.IsRelation() {
		return false
	}
	listedAt := r.horizon.firstSchemaListing(n.ID)
	return listedAt != 0 && listedAt <= moment && !n.wasListedOnlyAfter(listedAt)
}

// statusByClock returns the status of n by the age of its data at moment (Unix seconds);
// Unknown if no check covers it.
func (r *Report) statusByClock(n *Node, moment int64) Status {
	_, k := n.bestClockAt(r.horizon, moment)
	if !k.ok {
		return Unknown
	}
	return n.Expect.judgeAge(k.at, moment, r.calendar.dayNumber(k.at), r.calendar.dayNumber(moment))
}

// statusOfStatic returns Fresh for a static asset whose listing is recent at moment (Unix
// seconds), else Unknown.
func (r *Report) statusOfStatic(n *Node, moment int64) Status {
	for _, t := range n.tracks {
		if r.horizon.hasRecentListing(t, moment) {
			return Fresh
		}
	}
	return Unknown
}

// propagateStatuses gives each asset, for each day of the strip, the worst of its own status
// and that of its upstream. It takes upstream before downstream.
func (r *Report) propagateStatuses() {
	for _, k := range r.components {
		for day := range StripDays {
			k.propagateStatus(day)
		}
	}
}

// propagateStatus sets the status of all members for one day. Unchecked members do not change
// the status of others unless they are broken.
func (k *component) propagateStatus(day int) {
	worst := None
	anyChecked := false
	for _, n := range k.up {
		worst = max(worst, n.dayStatuses[day].passedOn)
	}
	for _, n := range k.members {
		if own := n.dayStatuses[day].ownStatus; !n.Unchecked || own == Broken {
			worst = max(worst, own)
			anyChecked = true
		}
	}
	passedOn := worst
	if !anyChecked && passedOn == Fresh {
		passedOn = None // upstream is fresh, but when the members were built from it is not known
	}
	for _, n := range k.members {
		if n.dayStatuses[day].appeared {
			n.setDayStatus(day, worst, passedOn)
		}
	}
}

// setDayStatus records one day of n: worst is the worst status of its component and upstream,
// passedOn the status that downstream takes from it. The own status of an unchecked n counts
// for n alone. A worst of None becomes Unknown.
func (n *Node) setDayStatus(day int, worst, passedOn Status) {
	v := &n.dayStatuses[day]
	if n.Unchecked {
		worst = max(worst, v.ownStatus)
	}
	v.status = worst
	v.passedOn = passedOn
	if worst == None {
		v.status = Unknown
	}
}

// judgeShown sets the status of a dashboard or folder on each day to the worst of the tiles
// under it, sets their counts, and returns those of today.
func (r *Report) judgeShown(n *Node) Counts {
	n.DailyCounts = make([]Counts, StripDays)
	for _, c := range n.Shown {
		if c.Kind.IsContainer() {
			r.judgeShown(c)
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
	for day, shares := range n.DailyCounts {
		n.dayStatuses[day].ownStatus = None
		n.dayStatuses[day].status = shares.worstStatus(n.dayStatuses[day].appeared)
	}
	n.Counts = n.DailyCounts[StripDays-1]
	return n.Counts
}

// add adds the counts of b to c.
func (c *Counts) add(b Counts) {
	for s, n := range b {
		c[s] += n
	}
}

// worstStatus returns the worst status that has a count. If none has, it returns Fresh if
// appeared is true, else None.
func (c Counts) worstStatus(appeared bool) (worst Status) {
	if appeared {
		worst = Fresh
	}
	for s, n := range c {
		if n > 0 {
			worst = max(worst, Status(s))
		}
	}
	return worst
}

// setPrintedFields sets what pages print of n beside its causes: statuses of today, strip,
// clocks, update time, last unsuccessful build, missed check and missing reference.
func (r *Report) setPrintedFields(n *Node) {
	today := n.dayStatuses[StripDays-1]
	n.OwnStatus = today.ownStatus
	n.Status = today.status
	n.Strip = r.buildStrip(n)
	for c := range sources.ClockCount {
		for _, t := range n.tracks {
			n.addClockState(r.horizon, r.At.Unix(), c, t)
		}
	}
	if best, k := n.bestClockAt(r.horizon, r.At.Unix()); k != (dataTime{}) {
		r.setBestClock(n, best, k)
	}
	for _, t := range n.tracks {
		if t.Missed.After(n.Missed) {
			n.Missed = t.Missed
		}
		if last := len(t.Attempts) - 1; last >= 0 && t.Attempts[last].At.After(trackBuiltAt(t)) {
			n.Attempt = t.Attempts[last]
		}
	}
	if n.OwnStatus == Broken {
		n.MissingRef = n.missingRefAt(r.At).Says
	}
}

// addClockState appends the state of clock c in track t to n.Clocks, unless that clock never
// returned a time. now is in Unix seconds.
func (n *Node) addClockState(h *horizon, now int64, c sources.Clock, t *sources.Track) {
	at, checkedAt := t.Clocks[c].LastReading()
	future := t.FutureReading(c)
	if checkedAt.IsZero() && future.CheckedAt.IsZero() && t.UnconfirmedReading(c).CheckedAt.IsZero() {
		return
	}
	state := ClockState{
		Clock:         c,
		Source:        t.Source,
		At:            at,
		CheckedAt:     checkedAt,
		FutureAt:      future.At,
		UnconfirmedAt: t.UnconfirmedReading(c).At,
	}
	if checkedAt.After(future.CheckedAt) {
		state.FutureAt = time.Time{} // a later check returned a valid time
	}
	if at.After(state.UnconfirmedAt) {
		state.UnconfirmedAt = time.Time{} // a later change is confirmed
	}
	state.Recent = !checkedAt.IsZero() && now-checkedAt.Unix() <= h.clockValidity(t.Source, c, now)
	n.Clocks = append(n.Clocks, state)
}

// setBestClock records best, the clock that judges n, and its data time k. Clock, Updated and
// Never stay unset where n's own status does not come from a clock.
func (r *Report) setBestClock(n *Node, best sources.Clock, k dataTime) {
	n.bestClock = best
	n.checkedAt = k.checkedAt
	if n.OwnStatus == None || n.OwnStatus == Unknown || !k.ok || n.isStatic() && k.at == 0 {
		n.updatedAt = k.at
		return
	}
	n.updatedAt = k.at
	for i, t := range n.Clocks {
		if t.Clock == best && t.At.Unix() == k.at {
			n.Clock = &n.Clocks[i]
		}
	}
	n.Never = k.at == sources.Never.Unix()
	if !n.Never {
		n.Updated = time.Unix(k.at, 0).UTC()
	}
}

// buildStrip returns one status letter per day of the strip, today last; '.' for days on which
// no source was read or n had not appeared yet.
func (r *Report) buildStrip(n *Node) string {
	var cells [StripDays]byte
	for day, v := range n.dayStatuses {
		cells[day] = '.'
		if (r.visitedDays[day] || r.importedDays[day]) && v.appeared {
			cells[day] = v.status.Letter()
		}
	}
	return string(cells[:])
}
