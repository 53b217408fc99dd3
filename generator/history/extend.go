package history

import (
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// extendPast returns past with the lines that w appended, folded as Load folds them. It copies what
// they change, so that past stays as it is.
func (w *writer) extendPast(past *sources.Past) (*sources.Past, error) {
	f := newPastBuilder()
	f.parts = w.written
	f.assets = w.assets
	f.visits = slices.Clone(past.Visits)
	for source, times := range past.Checks {
		f.checkTimes[source] = cloneCheckTimes(times)
	}
	isVisited := make(map[string]bool)
	for _, line := range w.added {
		isVisited[line.Visit.Source] = true
	}
	for source, state := range groupBySource(past) {
		f.tracks[source] = state
		if !isVisited[source] {
			continue
		}
		for id, t := range state {
			state[id] = copyTrack(t)
		}
	}
	lines := slices.Clone(w.added)
	slices.SortStableFunc(lines, compareScrapes)
	after, err := f.buildPast(lines)
	if err == nil {
		slices.SortStableFunc(after.Visits, compareVisits)
	}
	return after, err
}

// cloneCheckTimes returns a copy of the moments of the checks of a source.
func cloneCheckTimes(times *sources.CheckTimes) *sources.CheckTimes {
	all := *times
	for clock, moments := range times {
		all[clock] = slices.Clone(moments)
	}
	return &all
}

// copyTrack returns a copy of t that shares nothing that a later line changes.
func copyTrack(t *sources.Track) *sources.Track {
	c := cloneTrack(t)
	c.Possible = slices.Clone(t.Possible)
	for i, series := range t.Clocks {
		c.Clocks[i] = slices.Clone(series)
	}
	return c
}
