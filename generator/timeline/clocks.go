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
			if state, found := tl.readClock(t, c); found {
				all = append(all, state)
			}
		}
	}
	return all
}

// readClock returns the state of clock c in track t; found is false if that clock never returned
// a time.
func (tl *Timeline) readClock(t *sources.Track, c sources.Clock) (state ClockState, found bool) {
	at, checkedAt := t.Clocks[c].LastReading()
	future := t.FutureReading(c)
	unconfirmed := t.UnconfirmedReading(c)
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
	if at.After(state.UnconfirmedAt) {
		state.UnconfirmedAt = time.Time{} // a later change is confirmed
	}
	return state, true
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

// LastAttempt returns the last attempt to build n, if nothing was built since; the zero value if
// there is none.
func LastAttempt(n *lineage.Node) (attempt sources.Attempt) {
	for _, t := range n.Tracks {
		last := len(t.Attempts) - 1
		if last >= 0 && t.Attempts[last].At.After(trackBuiltAt(t)) {
			attempt = t.Attempts[last]
		}
	}
	return attempt
}
