package judgetest

import (
	"slices"
	"time"
)

// isListedBy reports whether any source has listed an asset by a moment.
func isListedBy(f facts, id string, at time.Time) bool {
	return len(findListingSources(f, id, at)) > 0
}

// findListingSources returns the sources that have ever listed an asset by a moment, sorted.
func findListingSources(f facts, id string, at time.Time) []string {
	var sources []string
	for _, v := range f.world.Visits {
		if !v.At.After(at) && slices.Contains(v.Listed, id) {
			sources = append(sources, v.Source)
		}
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

// isGone reports whether the sources that decide on an asset listed it once and list it no more.
//
// "An asset is **gone** only if a complete listing of its scope no longer has it". "(of relations the warehouse
// decides, if one is a source)". Before the warehouse listed it, nothing that decides told that it was gone.
func isGone(f facts, id string, at time.Time) bool {
	sources := findListingSources(f, id, at)
	if isRelation(f.assets[id]) && slices.Contains(findListingSources(f, id, f.world.At), warehouse) {
		sources = slices.DeleteFunc(sources, func(source string) bool { return source != warehouse })
	}
	for _, source := range sources {
		if slices.Contains(findLastListing(f, source, at), id) {
			return false
		}
	}
	return len(sources) > 0
}

// isRelation reports whether an asset lives in the warehouse.
func isRelation(a Asset) bool {
	return a.Kind != "tile" && a.Kind != "dashboard"
}

// findLastListing returns what a source listed at its last good visit by a moment.
func findLastListing(f facts, source string, at time.Time) []string {
	var listed []string
	for _, v := range f.world.Visits {
		if v.Source == source && !v.Failed && !v.At.After(at) {
			listed = v.Listed
		}
	}
	return listed
}

// isReferredTo reports whether an asset that is there at a moment reads this one.
//
// "Gone is *broken* while something still refers to it". "Lineage and rules are today's": what is in no report today has
// no lineage.
func isReferredTo(f facts, id string, at time.Time) bool {
	for _, reader := range f.world.Assets {
		if reader.ID != id && slices.Contains(reader.Upstream, id) && isThere(f, reader.ID, at) &&
			isStillTold(f, reader.ID) {
			return true
		}
	}
	return false
}

// isStillTold reports whether an asset is there now, or gone and read by what is there.
func isStillTold(f facts, id string) bool {
	return isThere(f, id, f.world.At) || isReferredTo(f, id, f.world.At)
}

// isThere reports whether an asset has been listed by a moment and is not gone then.
func isThere(f facts, id string, at time.Time) bool {
	return isListedBy(f, id, at) && !isGone(f, id, at)
}

// isRecentlyListed reports whether a listing that is not too old, or a later one, has the asset.
//
// Of static: "it is unknown if no recent check lists it". Of a cell: "nor a later check [...] speaks of it". The moment is
// the listing's: "A check has the source's own moment [...], never the visit's."
func isRecentlyListed(f facts, id string, at time.Time) bool {
	for _, v := range f.world.Visits {
		recent := at.Sub(findListingMoment(v)) <= f.windows[key{first: v.Source, clock: listing}]
		if recent && slices.Contains(v.Listed, id) {
			return true
		}
	}
	return false
}

// findListingMoment returns when a source made the listing that a visit read.
func findListingMoment(v Visit) time.Time {
	if v.ListedAt.IsZero() {
		return v.At
	}
	return v.ListedAt
}

// hasVisitOn reports whether any source was visited, with or without success, on the day of a moment until it.
func hasVisitOn(f facts, at time.Time) bool {
	start := startDay(at, f.world.Zone, 0)
	for _, v := range f.world.Visits {
		if !v.At.Before(start) && !v.At.After(at) {
			return true
		}
	}
	return false
}

// startDay returns the midnight that begins the day of a moment in a zone, moved by a number of days.
func startDay(at time.Time, zone *time.Location, days int) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day+days, 0, 0, 0, 0, zone)
}

// countDays returns the number of calendar days in a zone from one moment to another.
func countDays(from, to time.Time, zone *time.Location) int {
	y1, m1, d1 := from.In(zone).Date()
	y2, m2, d2 := to.In(zone).Date()
	first := time.Date(y1, m1, d1, 0, 0, 0, 0, time.UTC)
	last := time.Date(y2, m2, d2, 0, 0, 0, 0, time.UTC)
	return int(last.Sub(first) / (24 * time.Hour))
}
