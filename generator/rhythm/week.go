package rhythm

import (
	"slices"
)

// weekdayOf returns the weekday of a day counted from 1970, 0 for Sunday. 1 January 1970 was a
// Thursday.
func weekdayOf(d int64) int64 { return modulo(d+4, 7) }

// A dayRecord says whether an asset loaded on a day.
type dayRecord struct {
	// day counts from 1970.
	day    int64
	loaded bool
}

// loadDays returns the days on which a load came near a slot, sorted and without duplicates;
// with a period, the days of all loads.
func (r *Rhythm) loadDays(loads []int64) []int64 {
	days := make([]int64, 0, len(loads))
	for _, t := range loads {
		if r.period > 0 {
			days = append(days, floorDiv(t, daySeconds))
			continue
		}
		for _, slot := range r.slots {
			if slotDistance(t, slot) <= slotReach {
				days = append(days, slotDay(t, slot))
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// activeDays returns the days from the first load to the last, without outages. An outage is
// three or more days without loads, unless a gap of the same length occurs at least three
// times, as a weekly one does, or sparse is true: loads are usually more than two days apart.
func activeDays(days []int64, sparse bool) (all []dayRecord) {
	var gapCounts [16]int // how many gaps there were, by days from load to load; the last for 15 days and more
	for i := 1; i < len(days); i++ {
		gapCounts[min(days[i]-days[i-1], 15)]++
	}
	if len(days) > 0 {
		all = make([]dayRecord, 0, min(days[len(days)-1]-days[0]+1, 400))
	}
	for i, d := range days {
		if i > 0 && (sparse || d-days[i-1] <= 3 || gapCounts[min(d-days[i-1], 15)] > 2) {
			for gap := days[i-1] + 1; gap < d; gap++ {
				all = append(all, dayRecord{day: gap, loaded: false})
			}
		}
		all = append(all, dayRecord{day: d, loaded: true})
	}
	return all
}

// findWeekdays sets weekdays to those on which the asset loaded at least every other time, of
// their last four (sparse: eight) active days. It reports whether there are any and whether
// they are steady. Every weekday needs two (sparse: four) active days, and four to be found free.
func (r *Rhythm) findWeekdays(loads []int64, sparse bool) bool {
	days := activeDays(r.loadDays(loads), sparse)
	least := 2
	most := 4
	if sparse {
		least = 4
		most = 8
	}
	var came, total [7]int
	for _, d := range slices.Backward(days) {
		if w := weekdayOf(d.day); total[w] < most {
			total[w]++
			came[w] += boolToInt(d.loaded)
		}
	}
	found := false
	for w := range total {
		if total[w] < least {
			return false
		}
		r.weekdays[w] = came[w]*2 >= total[w]
		if !r.weekdays[w] && !sparse && total[w] < most {
			return false // a free day or an outage: it is too early to tell
		}
		found = found || r.weekdays[w]
	}
	return found && r.hasSteadyWeek(days)
}

// boolToInt returns 1 for true and 0 for false.
func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hasSteadyWeek reports whether the asset loaded on at least 75 % of its usual weekdays and on
// at most 45 % of the other days.
func (r *Rhythm) hasSteadyWeek(days []dayRecord) bool {
	usualDays := 0
	usualLoads := 0
	otherDays := 0
	otherLoads := 0
	for _, d := range days {
		if r.weekdays[weekdayOf(d.day)] {
			usualDays = usualDays + 1
			usualLoads = usualLoads + boolToInt(d.loaded)
		} else {
			otherDays = otherDays + 1
			otherLoads = otherLoads + boolToInt(d.loaded)
		}
	}
	return usualLoads*100 >= usualDays*75 && otherLoads*100 <= otherDays*45
}
