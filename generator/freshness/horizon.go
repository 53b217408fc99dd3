package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A dataTime is what is known of the data of an asset at one moment, by one clock. Its zero
// value is unknown.
type dataTime struct {
	at, checkedAt int64 // data time and its check, in Unix seconds
	ok            bool  // a check covers the moment
}

// dataTimeAt returns the newest data time known at moment: from the last check before it, or
// from a later check that found nothing newer. A check covers validFor seconds; if none covers
// moment, ok is false and at is the last time known.
//
// A later check that returns older data means that rows were deleted, and says nothing of the
// time before.
func dataTimeAt(s sources.Series, moment, validFor int64) (k dataTime) {
	for _, span := range s {
		switch {
		case span.Last <= moment:
			k = dataTime{at: span.At, checkedAt: span.Last, ok: moment-span.Last <= validFor}
		case span.First <= moment:
			k = dataTime{at: span.At, checkedAt: moment, ok: true}
		case span.At <= moment && (span.At > k.at || !k.ok && span.At == k.at):
			k = dataTime{at: span.At, checkedAt: moment, ok: true}
		}
	}
	return k
}

// minCheckValidity is the shortest time for which a check counts, unless site.toml sets one.
const minCheckValidity = 36 * time.Hour

// A horizon knows how long the checks of each source count, and when each source listed its
// scopes. Times are Unix seconds, durations seconds.
type horizon struct {
	rules Rules
	// validFor holds how long a check counts, by source and clock.
	validFor         map[string]*[sources.ClockCount]int64
	importedValidFor map[string]*[sources.ClockCount]int64 // the same for imported checks, used before the first visit
	firstVisit       map[string]int64                      // the first visit, by source
	listingValidFor  map[string]int64                      // how long a listing counts, by source
	// listingTimes holds the newest listing of each visit, sorted, by source.
	listingTimes map[string][]int64
	lastListing  map[string]map[string]int64 // the newest listing, by source and scope
	firstListing map[string]int64            // the first listing by a warehouse, by scope
}

// newHorizon returns the horizon of what was recorded. Imported listings count only for sources
// that were never visited.
func newHorizon(past *sources.Past, rules Rules) *horizon {
	h := &horizon{
		rules:            rules,
		validFor:         make(map[string]*[sources.ClockCount]int64),
		importedValidFor: make(map[string]*[sources.ClockCount]int64),
		firstVisit:       make(map[string]int64),
		listingValidFor:  make(map[string]int64),
		listingTimes:     make(map[string][]int64),
		lastListing:      make(map[string]map[string]int64),
		firstListing:     make(map[string]int64),
	}
	h.setValidity(h.validFor, past.Checks)
	h.setValidity(h.importedValidFor, past.ImportedChecks)
	for _, v := range slices.Backward(past.Visits) {
		h.firstVisit[v.Source] = v.At.Unix()
	}
	for _, v := range past.Imports {
		if h.firstVisit[v.Source] == 0 {
			h.addListings(v)
		}
	}
	for _, v := range past.Visits {
		h.addListings(v)
	}
	for source, times := range h.listingTimes {
		h.listingValidFor[source] = h.validityOf(source, times)
	}
	return h
}

// setValidity fills validFor with how long a check counts, by source and clock.
func (h *horizon) setValidity(validFor map[string]*[sources.ClockCount]int64, all map[string]*sources.CheckTimes) {
	for source, checks := range all {
		validFor[source] = new([sources.ClockCount]int64)
		for c := range sources.ClockCount {
			validFor[source][c] = h.validityOf(source, checks[c])
		}
	}
}

// addListings records when a visit listed each of its scopes.
func (h *horizon) addListings(v sources.Visit) {
	if h.lastListing[v.Source] == nil {
		h.lastListing[v.Source] = make(map[string]int64)
	}
	newest := int64(0)
	for _, scope := range v.Scopes {
		listedAt := scope.CheckedAt.Unix()
		newest = max(newest, listedAt)
		h.lastListing[v.Source][scope.Name] = max(h.lastListing[v.Source][scope.Name], listedAt)
		if warehouseTypes[v.Type] && h.firstListing[scope.Name] == 0 {
			h.firstListing[scope.Name] = listedAt
		}
	}
	if i, there := slices.BinarySearch(h.listingTimes[v.Source], newest); newest != 0 && !there {
		h.listingTimes[v.Source] = slices.Insert(h.listingTimes[v.Source], i, newest)
	}
}

// validityOf returns for how many seconds a check of source counts: as site.toml sets it, else
// twice the median interval between checks, and at least minCheckValidity. Fewer than three
// checks have no interval to go by.
func (h *horizon) validityOf(source string, checks []int64) int64 {
	if d := h.rules.CheckedWithin[source]; d != 0 {
		return int64(d / time.Second)
	}
	shortest := int64(minCheckValidity / time.Second)
	if len(checks) < 3 {
		return shortest
	}
	gaps := make([]int64, len(checks)-1)
	for i := range gaps {
		gaps[i] = checks[i+1] - checks[i]
	}
	slices.Sort(gaps)
	return max(shortest, gaps[(len(gaps)-1)/2]+gaps[len(gaps)/2])
}

// clockValidity returns for how many seconds a check by clock c counts. Before the first visit
// of source, imported checks decide.
func (h *horizon) clockValidity(source string, c sources.Clock, moment int64) int64 {
	if w := h.importedValidFor[source]; w != nil && moment < h.firstVisit[source] {
		return w[c]
	}
	if w := h.validFor[source]; w != nil {
		return w[c]
	}
	return int64(minCheckValidity / time.Second)
}

// hasRecentListing reports whether the newest listing of the scope of t, or of the database
// around it, is recent at moment or later than it: between two listings an asset counts as
// listed.
func (h *horizon) hasRecentListing(t *sources.Track, moment int64) bool {
	listings := h.lastListing[t.Source]
	newest := max(listings[t.Asset.Scope], listings[sources.EnclosingScope(t.Asset.Scope)])
	validFor := h.listingValidFor[t.Source]
	if validFor == 0 {
		validFor = int64(minCheckValidity / time.Second)
	}
	return moment-newest <= validFor
}

// firstSchemaListing returns when a warehouse first listed the whole schema of a relation, or
// its database, in Unix seconds; 0 if none did.
func (h *horizon) firstSchemaListing(id sources.ID) int64 {
	if len(h.firstListing) == 0 {
		return 0
	}
	schema := "schema:" + schemaOf(id)
	first := h.firstListing[schema]
	around := h.firstListing[sources.EnclosingScope(schema)]
	if first == 0 || around != 0 && around < first {
		return around
	}
	return first
}

// schemaOf returns the database and schema of a relation, as its id writes them; "" if it has
// none. Dots in double quotes do not separate.
func schemaOf(id sources.ID) string {
	place := id.Place()
	end := 0
	quoted := false
	for i, c := range place {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			end = i
		}
	}
	return place[:end]
}
