package judgetest

import (
	"slices"
	"time"
)

// listing is the word under which the window of a source's listings is kept beside those of its clocks.
const listing = "listing"

// leastWindow is the shortest window that the default rule gives.
const leastWindow = 36 * time.Hour

// findWindow returns how old a check of one clock by one source may be to be judged by.
//
// "Only clocks with a check within `checked_within` take part (default: twice the median gap of that clock's checks
// by that source, 36 h at least and below three checks)."
func findWindow(f facts, source, clock string) time.Duration {
	if said := f.world.CheckedWithin[source]; said > 0 {
		return said
	}
	moments := collectCheckMoments(f, source, clock)
	if len(moments) < 3 {
		return leastWindow
	}
	return max(leastWindow, 2*findMedianGap(moments))
}

// collectCheckMoments returns the distinct moments at which a source checked a clock, the newest of each visit, sorted.
func collectCheckMoments(f facts, source, clock string) []time.Time {
	var moments []time.Time
	for _, v := range f.world.Visits {
		newest := findNewestCheckMoment(f, v, clock)
		if v.Source == source && !newest.IsZero() {
			moments = append(moments, newest)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}

// findNewestCheckMoment returns the newest moment at which a visit checked a clock, zero if it did not. "That reading is
// skipped for good": a fault is no check.
func findNewestCheckMoment(f facts, v Visit, clock string) time.Time {
	var newest time.Time
	if clock == listing && !v.Failed {
		return findListingMoment(v)
	}
	for _, r := range v.Readings {
		if r.Clock == clock && !isFault(r.At, r.CheckedAt) {
			newest = pickLater(newest, r.CheckedAt)
		}
	}
	for _, b := range v.Builds {
		if clock == "built" && !f.assets[b.Asset].Virtual {
			newest = pickLater(newest, b.CheckedAt)
		}
	}
	return newest
}

// findMedianGap returns the median of the gaps between sorted moments, the mean of the two middle ones if even.
func findMedianGap(moments []time.Time) time.Duration {
	var gaps []time.Duration
	for i := 1; i < len(moments); i++ {
		gaps = append(gaps, moments[i].Sub(moments[i-1]))
	}
	slices.Sort(gaps)
	middle := len(gaps) / 2
	if len(gaps)%2 == 1 {
		return gaps[middle]
	}
	return (gaps[middle-1] + gaps[middle]) / 2
}

// pickLater returns the later of two moments.
func pickLater(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
