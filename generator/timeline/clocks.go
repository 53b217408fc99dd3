package timeline

import (
	"time"

	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
)

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
	// UpdatedBefore is a moment since which the checks found no change, if At is not known; else zero.
	UpdatedBefore time.Time
}

// ReadClocks returns the state of every clock that ever returned a time of n, by clock and then
// in the order of the sources of n.
func (tl *Timeline) ReadClocks(n *lineage.Node) (all []ClockState) {
	for c := range sources.ClockCount {
		for _, t := range n.Tracks {
			if state, found := tl.readClock(n, t, c); found {
				all = append(all, state)
			}
		}
	}
	return all
}

// readClock returns the state of clock c in track t of n; found is false if that clock never returned
// a time.
func (tl *Timeline) readClock(n *lineage.Node, t *sources.Track, c sources.Clock) (state ClockState, found bool) {
	at, checkedAt := t.Clocks[c].LastReading()
	future := t.FutureReading(c)
	unconfirmed := t.UnconfirmedReading(c)
	if found := tl.dataTimeOf(n, t, c, tl.At.Unix()); c == sources.Altered && found.At > max(at.Unix(), 0) {
		at = time.Unix(found.At, 0).UTC() // confirmed by a build
		checkedAt = time.Unix(found.CheckedAt, 0).UTC()
	}
	if takeover := tl.lastTakeover(n, tl.At.Unix()); c == sources.Built && hasUnchangedBuild(t) && takeover.Data > max(at.Unix(), 0) {
		at = time.Unix(takeover.Data, 0).UTC()
		checkedAt = laterTime(checkedAt, time.Unix(takeover.Ended, 0).UTC())
	}
	before := time.Time{}
	if c == sources.DML && checkedAt.IsZero() && t.UpdatedBefore != 0 {
		before = time.Unix(t.UpdatedBefore, 0).UTC()
		checkedAt = time.Unix(t.LastEmpty[c], 0).UTC()
	}
	if checkedAt.IsZero() && future.CheckedAt.IsZero() && unconfirmed.CheckedAt.IsZero() {
		return ClockState{}, false
	}
	state = ClockState{
		Clock:         c,
		Source:        t.Source,
		At:            at,
		CheckedAt:     checkedAt,
		FutureAt:      future.At,
		UnconfirmedAt: unconfirmed.At,
		UpdatedBefore: before,
		Recent:        !checkedAt.IsZero() && !tl.IsOutdated(t.Source, c, checkedAt.Unix()),
	}
	if checkedAt.After(future.CheckedAt) {
		state.FutureAt = time.Time{} // a later check returned a valid time
	}
	if !at.Before(state.UnconfirmedAt) {
		state.UnconfirmedAt = time.Time{} // a later change is confirmed
	}
	return state, true
}

// laterTime returns the later of two times.
func laterTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// LastFutureCheck returns the time of the newest check that returned a timestamp of n in the
// future; zero if none did.
func LastFutureCheck(n *lineage.Node) (checked time.Time) {
	for _, t := range n.Tracks {
		for _, reading := range t.FutureReadings {
			if reading.CheckedAt.After(checked) {
				checked = reading.CheckedAt
			}
		}
	}
	return checked
}

// LastMissedCheck returns the last check that should have returned a time of n and did not; zero
// if there is none.
func LastMissedCheck(n *lineage.Node) (missed time.Time) {
	for _, t := range n.Tracks {
		if t.Missed.After(missed) {
			missed = t.Missed
		}
	}
	return missed
}

// LastAttempt returns the last attempt to build n that failed, if nothing was built since, or the last
// freshness check of it that failed, if none succeeded since; else the last build that was skipped; the
// zero value if there is none. A build that was skipped repairs nothing.
func LastAttempt(n *lineage.Node) (attempt sources.Attempt) {
	for _, t := range n.Tracks {
		built := trackBuiltAt(t)
		_, checked := t.Clocks[sources.Loaded].LastReading()
		for _, candidate := range t.Attempts {
			isRepaired := !candidate.At.After(built) || candidate.Outcome == sources.Unchanged
			if candidate.Outcome == sources.CheckFailed {
				isRepaired = !candidate.At.After(checked)
			}
			if !isRepaired && (candidate.Outcome != sources.Skipped || attempt.Outcome == "") {
				attempt = candidate
			}
		}
	}
	return attempt
}
