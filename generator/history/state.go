package history

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A sourceState holds the tracks of one source by asset, also those of assets that are gone.
type sourceState map[sources.ID]*sources.Track

// groupBySource returns the tracks of past by source and asset.
func groupBySource(past *sources.Past) map[string]sourceState {
	states := make(map[string]sourceState)
	for _, t := range past.Tracks {
		if states[t.Source] == nil {
			states[t.Source] = make(sourceState)
		}
		states[t.Source][t.Asset.ID] = t
	}
	return states
}

// applyScrape returns the state after s, and the assets that are gone since: listed before, not
// observed, and in a scope that s lists completely. The receiver is not changed.
func (st sourceState) applyScrape(s sources.Scrape) (next sourceState, removed []removal) {
	next = maps.Clone(st)
	if next == nil {
		next = make(sourceState)
	}
	observed := make(map[sources.ID]bool, len(s.Observations))
	for _, o := range s.Observations {
		observed[o.ID] = true
		next[o.ID] = withObservation(next[o.ID], s, o)
	}
	complete := make(map[sources.ScopeName]bool)
	for _, scope := range s.Scopes {
		complete[scope.Name] = true
	}
	next.markLost(s, observed)
	isAccount := complete[sources.NewScopeName(sources.AccountScope, s.Source)]
	for id, t := range st {
		isComplete := complete[t.Asset.Scope] || complete[t.Asset.Scope.Enclosing()] ||
			isAccount && t.Asset.Scope.Kind() == sources.SchemaScope
		if !observed[id] && t.IsListed() && isComplete {
			went := cloneTrack(t)
			went.Listings[len(went.Listings)-1].Went = s.At
			next[id] = went
			removed = append(removed, removal{Asset: t.Asset, At: s.At})
		}
	}
	slices.SortFunc(removed, func(a, b removal) int { return cmp.Compare(a.Asset.ID, b.Asset.ID) })
	return next, removed
}

// markLost sets since when the assets are lost that a successful visit did not observe, although it covers
// their scope. Of a scope that it does not cover, as site.toml excludes it now, nothing is lost.
func (st sourceState) markLost(s sources.Scrape, observed map[sources.ID]bool) {
	if s.Covers == nil || s.Error != "" {
		return
	}
	for id, t := range st {
		if observed[id] || !t.IsListed() {
			continue
		}
		since := time.Time{}
		if s.Covers(t.Asset.Scope) {
			since = cmp.Or(t.LostSince, s.At)
		}
		if since != t.LostSince {
			lost := cloneTrack(t)
			lost.LostSince = since
			st[id] = lost
		}
	}
}

// withObservation returns a copy of t, or a new track if t is nil, with the facts of o added. An
// unconfirmed reading counts if rows came since the check before. Where the name stands for another
// table than before, a bound is the newest time that is known of it.
func withObservation(t *sources.Track, s sources.Scrape, o sources.Observation) *sources.Track {
	if t == nil {
		t = &sources.Track{Source: s.Source}
	}
	t = cloneTrack(t)
	t.Asset = o.Asset
	if !t.IsListed() {
		t.Listings = append(t.Listings, sources.Listing{Came: s.At})
	}
	hasNewRows := o.Storage.HasNewRows(t.Storage, lastCheck(t))
	isSameTable := o.Storage.IsSameTable(t.Storage)
	for _, r := range o.Readings {
		if r.Clock == sources.Altered && !r.At.IsZero() && hasNewRows {
			r.Unconfirmed = false
			r.Confirmed = true
		}
		r.Bound = r.Bound && (isSameTable || len(t.Clocks[r.Clock]) == 0)
		if r.Bound && isSameTable && t.UpdatedBefore != 0 {
			r.At = unixTime(min(r.At.Unix(), t.UpdatedBefore)) // no change was found since the first check
		}
		t.AddReading(r)
	}
	if o.Storage.Hash != 0 {
		t.Storage = o.Storage
		t.Storage.Created = time.Time{}
	}
	t.AddAttempt(o.Attempt)
	t.SetMissing(sources.MissingRef{At: s.At, Says: o.MissingRef, ID: o.MissingID})
	t.Missed = o.Missed
	t.LostSince = time.Time{}
	t.Tests = sources.MergeTestResults(t.Tests, o.Tests)
	return t
}

// lastCheck returns the newest check of the rows of a table; zero if there was none.
func lastCheck(t *sources.Track) (checked time.Time) {
	for _, c := range []sources.Clock{sources.DML, sources.Altered} {
		for _, at := range []time.Time{
			time.Unix(max(t.Clocks[c].LastCheck(), t.LastEmpty[c]), 0),
			t.UnconfirmedReading(c).CheckedAt,
		} {
			if at.After(checked) {
				checked = at
			}
		}
	}
	return checked
}

// cloneTrack returns a copy of t that shares nothing that withObservation changes. Of each
// clock it has the newest span only.
func cloneTrack(t *sources.Track) *sources.Track {
	c := *t
	c.Listings = slices.Clone(t.Listings)
	c.Attempts = slices.Clone(t.Attempts)
	c.MissingRefs = slices.Clone(t.MissingRefs)
	c.FutureReadings = slices.Clone(t.FutureReadings)
	c.Possible = slices.Clone(t.Possible[max(len(t.Possible)-1, 0):])
	for i, s := range t.Clocks {
		c.Clocks[i] = slices.Clone(s[max(len(s)-1, 0):])
	}
	return &c
}

// listedAssets returns the assets that are listed now, sorted by id.
func (st sourceState) listedAssets() (assets []sources.Asset) {
	for _, t := range st {
		if t.IsListed() {
			assets = append(assets, t.Asset)
		}
	}
	slices.SortFunc(assets, func(a, b sources.Asset) int { return cmp.Compare(a.ID, b.ID) })
	return assets
}

// referencedRemovals returns the assets of source that were gone before and that a listed asset
// of any source still reads. Keyframes repeat them, so that they are known when their removal
// is older than the window.
func referencedRemovals(states map[string]sourceState, source string, after sourceState) (all []removal) {
	referred := make(map[sources.ID]bool)
	addUpstream := func(st sourceState) {
		for _, t := range st {
			for _, up := range t.Asset.Upstream {
				referred[up] = referred[up] || t.IsListed()
			}
		}
	}
	for name, st := range states {
		if name != source {
			addUpstream(st)
		}
	}
	addUpstream(after)
	for _, id := range slices.Sorted(maps.Keys(states[source])) {
		if t := after[id]; referred[id] && !t.IsListed() && !states[source][id].IsListed() {
			all = append(all, removal{Asset: t.Asset, At: t.Listings[len(t.Listings)-1].Went})
		}
	}
	return all
}

// A factDiff collects the facts that a scrape line must hold: in a keyframe or an import all
// that is known, else what differs from before.
type factDiff struct {
	// The state of the source before the scrape.
	before sourceState
	// Whether all that is known is collected, whatever was known before.
	isComplete  bool
	attempts    []buildAttempt
	missingRefs []missingRef
	// The positions that a check missed, and those of lost assets, ascending, by the moment in seconds
	// since 1970.
	missedAt  map[int64][]int
	lostSince map[int64][]int
	// The readings by clock and kind.
	rows          [sources.ClockCount][kindCount][]readingRow
	sizes         sizeColumn
	sizePositions []int // the positions of the numbers in sizes
	tests         []testResults
}

// The kinds of readings, each in a column of its own: those that count, those
// ahead of their check, those in doubt, bounds, and confirmed ones.
const (
	kindValid = iota
	kindAhead
	kindDoubt
	kindBound
	kindConfirmed
	kindCount
)

// addTrack collects the newest facts of t, the asset at position i, as far as they are new.
// Positions must ascend.
func (f *factDiff) addTrack(i int, t *sources.Track) {
	old := f.before[t.Asset.ID]
	if old == nil || f.isComplete {
		old = new(sources.Track)
	}
	if n := len(t.Attempts); n > 0 && (len(old.Attempts) == 0 || old.Attempts[len(old.Attempts)-1] != t.Attempts[n-1]) {
		f.attempts = append(f.attempts, buildAttempt{Position: i, Attempt: t.Attempts[n-1]})
	}
	if n := len(t.MissingRefs); n > len(old.MissingRefs) {
		f.missingRefs = append(
			f.missingRefs,
			missingRef{Position: i, At: t.MissingRefs[n-1].At, Says: t.MissingRefs[n-1].Says, By: t.MissingRefs[n-1].ID},
		)
	}
	f.missedAt = addMoment(f.missedAt, i, t.Missed, old.Missed)
	f.lostSince = addMoment(f.lostSince, i, t.LostSince, old.LostSince)
	if !sources.HasSameOutcomes(t.Tests, old.Tests) {
		f.tests = append(f.tests, encodeTests(i, t.Tests))
	}
	if t.Storage != old.Storage {
		f.sizePositions = append(f.sizePositions, i)
		f.sizes.addStorage(t.Storage)
	}
	for c := range sources.ClockCount {
		f.addClock(i, c, t, old)
	}
}

// addMoment returns moments with position i under the moment is, if it differs from was.
func addMoment(moments map[int64][]int, i int, is, was time.Time) map[int64][]int {
	if is.Equal(was) {
		return moments
	}
	if moments == nil {
		moments = make(map[int64][]int)
	}
	moments[is.Unix()] = append(moments[is.Unix()], i)
	return moments
}

// addClock collects the newest reading of clock c at position i if old does not have it. A
// check that found nothing newer than the time in old has no age.
func (f *factDiff) addClock(i int, c sources.Clock, t, old *sources.Track) {
	if n := len(t.Clocks[c]); n == 0 && t.LastEmpty[c] != old.LastEmpty[c] {
		f.addEmpty(i, c, t)
	} else if n > 0 {
		now := t.Clocks[c][n-1]
		was := sources.Span{First: -1, Last: -1}
		if m := len(old.Clocks[c]); m > 0 {
			was = old.Clocks[c][m-1]
		}
		if now.Last != was.Last || now.At != was.At {
			age := now.Last - now.At
			if now.At == was.At && was.Last >= 0 {
				age = nullNumber
			}
			kind := kindValid
			if age != nullNumber && c == sources.Altered && now.At == t.ConfirmedAt {
				kind = kindConfirmed
			}
			f.rows[c][kind] = append(f.rows[c][kind], readingRow{position: i, checkedAt: now.Last, age: age})
		}
	}
	f.addUncounted(i, kindAhead, t.FutureReading(c), old.FutureReading(c))
	f.addUncounted(i, kindDoubt, t.UnconfirmedReading(c), old.UnconfirmedReading(c))
}

// addEmpty collects the newest check of clock c at position i, by which no time is known: at most a
// moment since which nothing changed.
func (f *factDiff) addEmpty(i int, c sources.Clock, t *sources.Track) {
	row := readingRow{position: i, checkedAt: t.LastEmpty[c], age: nullNumber}
	if c != sources.DML || t.UpdatedBefore == 0 {
		f.rows[c][kindValid] = append(f.rows[c][kindValid], row)
		return
	}
	row.age = t.LastEmpty[c] - t.UpdatedBefore
	f.rows[c][kindBound] = append(f.rows[c][kindBound], row)
}

// addUncounted collects r, the newest reading that is ahead of its check or in doubt, if it
// differs from old. The zero reading is none.
func (f *factDiff) addUncounted(i, kind int, r, old sources.Reading) {
	if !r.CheckedAt.IsZero() && r != old {
		f.rows[r.Clock][kind] = append(
			f.rows[r.Clock][kind],
			readingRow{position: i, checkedAt: r.CheckedAt.Unix(), age: r.CheckedAt.Unix() - r.At.Unix()},
		)
	}
}

// sizeColumns returns the new sizes as one column; none if no size is new.
func (f *factDiff) sizeColumns() []sizeColumn {
	if len(f.sizePositions) == 0 {
		return nil
	}
	f.sizes.Gaps = encodeGaps(f.sizePositions)
	return []sizeColumn{f.sizes}
}

// encodeMoments returns positions by moment as a line has them, the oldest moment first.
func encodeMoments(moments map[int64][]int) (all []sharedMoment) {
	for _, at := range slices.Sorted(maps.Keys(moments)) {
		all = append(all, sharedMoment{At: unixTime(at), Gaps: encodeGaps(moments[at])})
	}
	return all
}
