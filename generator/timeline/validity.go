package timeline

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// minCheckValidity is the shortest time for which a check counts, unless site.toml sets one.
const minCheckValidity = 36 * time.Hour

// A validity knows how long the checks of each source count, and when each source listed its
// scopes. Times are Unix seconds, durations seconds.
type validity struct {
	options Options
	// validFor holds how long a check counts, by source and clock.
	validFor         map[string]*[sources.ClockCount]int64
	importedValidFor map[string]*[sources.ClockCount]int64 // the same for imported checks, used before the first visit
	firstVisit       map[string]int64                      // the first visit, by source
	listingValidFor  map[string]int64                      // how long a listing counts, by source
	// listingTimes holds the newest listing of each visit, sorted, by source.
	listingTimes map[string][]int64
	lastListing  map[string]map[sources.ScopeName]int64 // the newest listing, by source and scope
	firstListing map[sources.ScopeName]int64            // the first listing by a warehouse, by scope
}

// newValidity returns the validity of what was recorded. Imported listings count only for sources
// that were never visited.
func newValidity(past *sources.Past, options Options) *validity {
	v := &validity{
		options:          options,
		validFor:         make(map[string]*[sources.ClockCount]int64),
		importedValidFor: make(map[string]*[sources.ClockCount]int64),
		firstVisit:       make(map[string]int64),
		listingValidFor:  make(map[string]int64),
		listingTimes:     make(map[string][]int64),
		lastListing:      make(map[string]map[sources.ScopeName]int64),
		firstListing:     make(map[sources.ScopeName]int64),
	}
	v.setValidity(v.validFor, past.Checks)
	v.setValidity(v.importedValidFor, past.ImportedChecks)
	for _, visit := range slices.Backward(past.Visits) {
		v.firstVisit[visit.Source] = visit.At.Unix()
	}
	for _, visit := range past.Imports {
		if v.firstVisit[visit.Source] == 0 {
			v.addListings(visit)
		}
	}
	for _, visit := range past.Visits {
		v.addListings(visit)
	}
	for source, times := range v.listingTimes {
		v.listingValidFor[source] = v.ofChecks(source, times)
	}
	return v
}

// setValidity fills validFor with how long a check counts, by source and clock.
func (v *validity) setValidity(validFor map[string]*[sources.ClockCount]int64, all map[string]*sources.CheckTimes) {
	for source, checks := range all {
		validFor[source] = new([sources.ClockCount]int64)
		for c := range sources.ClockCount {
			validFor[source][c] = v.ofChecks(source, checks[c])
		}
	}
}

// addListings records when a visit listed each of its scopes.
func (v *validity) addListings(visit sources.Visit) {
	if v.lastListing[visit.Source] == nil {
		v.lastListing[visit.Source] = make(map[sources.ScopeName]int64)
	}
	newest := int64(0)
	for _, scope := range visit.Scopes {
		listedAt := scope.CheckedAt.Unix()
		newest = max(newest, listedAt)
		v.lastListing[visit.Source][scope.Name] = max(v.lastListing[visit.Source][scope.Name], listedAt)
		if v.options.Warehouses[visit.Type] && v.firstListing[scope.Name] == 0 {
			v.firstListing[scope.Name] = listedAt
		}
	}
	if i, there := slices.BinarySearch(v.listingTimes[visit.Source], newest); newest != 0 && !there {
		v.listingTimes[visit.Source] = slices.Insert(v.listingTimes[visit.Source], i, newest)
	}
}

// ofChecks returns for how many seconds a check of source counts: as site.toml sets it, else
// twice the median interval between checks, and at least minCheckValidity. Fewer than three
// checks have no interval to go by.
func (v *validity) ofChecks(source string, checks []int64) int64 {
	if d := v.options.CheckedWithin[source]; d != 0 {
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

// ofClock returns for how many seconds a check by clock c counts. Before the first visit
// of source, imported checks decide.
func (v *validity) ofClock(source string, c sources.Clock, moment int64) int64 {
	if w := v.importedValidFor[source]; w != nil && moment < v.firstVisit[source] {
		return w[c]
	}
	if w := v.validFor[source]; w != nil {
		return w[c]
	}
	return int64(minCheckValidity / time.Second)
}

// hasRecentListing reports whether the newest listing of the scope of t, or of the database
// around it, is recent at moment or later than it: between two listings an asset counts as
// listed.
func (v *validity) hasRecentListing(t *sources.Track, moment int64) bool {
	listings := v.lastListing[t.Source]
	newest := max(listings[t.Asset.Scope], listings[t.Asset.Scope.Enclosing()])
	if n := len(t.Listings); n > 0 && !t.IsListed() {
		newest = v.lastListingBefore(t.Source, t.Listings[n-1].Went.Unix())
	}
	validFor := v.listingValidFor[t.Source]
	if validFor == 0 {
		validFor = int64(minCheckValidity / time.Second)
	}
	return moment-newest <= validFor
}

// lastListingBefore returns the last listing of a source before a moment, in Unix seconds; 0 if there is
// none.
func (v *validity) lastListingBefore(source string, moment int64) int64 {
	times := v.listingTimes[source]
	i, _ := slices.BinarySearch(times, moment)
	if i == 0 {
		return 0
	}
	return times[i-1]
}

// firstSchemaListing returns when a warehouse first listed the whole schema of a relation, or
// its database, in Unix seconds; 0 if none did.
func (v *validity) firstSchemaListing(id sources.ID) int64 {
	if len(v.firstListing) == 0 {
		return 0
	}
	schema := sources.NewScopeName(sources.SchemaScope, id.Schema())
	first := v.firstListing[schema]
	around := v.firstListing[schema.Enclosing()]
	if first == 0 || around != 0 && around < first {
		return around
	}
	return first
}
