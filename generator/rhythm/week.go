package rhythm

import (
	"slices"
)

// weekday of a day counted from 1970, a Thursday.
func weekday(d int64) int64 { return mod(d+4, 7) }

// A lived is a day on which an asset could have moved.
type lived struct {
	day  int64
	came bool
}

// present are the days on which a load was near a usual moment, the oldest first.
func (r *Rhythm) present(loads []int64) []int64 {
	days := make([]int64, 0, len(loads))
	for _, t := range loads {
		if r.period > 0 {
			days = append(days, floor(t, aDay))
			continue
		}
		for _, slot := range r.slots {
			if distance(t, slot) <= wide {
				days = append(days, dayOf(t, slot))
			}
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// live are the days from the first load to the last, without outages: three days
// and more with nothing, where loads usually come every day or two, and no such gap
// comes every week.
func live(days []int64, sparse bool) (all []lived) {
	var often [16]int // how often a gap of so many days was there
	for i := 1; i < len(days); i++ {
		often[min(days[i]-days[i-1], 15)]++
	}
	if len(days) > 0 {
		all = make([]lived, 0, min(days[len(days)-1]-days[0]+1, 400))
	}
	for i, d := range days {
		if i > 0 && (sparse || d-days[i-1] <= 3 || often[min(d-days[i-1], 15)] > 2) {
			for gap := days[i-1] + 1; gap < d; gap++ {
				all = append(all, lived{gap, false})
			}
		}
		all = append(all, lived{d, true})
	}
	return all
}

// week finds the days of the week: those on which it came at least every other
// time, of the last few.
func (r *Rhythm) week(loads []int64, sparse bool) bool {
	days := live(r.present(loads), sparse)
	least, most := 2, 4
	if sparse {
		least, most = 4, 8
	}
	var came, of [7]int
	for _, d := range slices.Backward(days) {
		if w := weekday(d.day); of[w] < most {
			of[w]++
			came[w] += b2i(d.came)
		}
	}
	any := false
	for w := range of {
		if of[w] < least {
			return false
		}
		r.days[w] = came[w]*2 >= of[w]
		any = any || r.days[w]
	}
	return any && r.kept(days)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// kept reports whether the days were kept: it came on most of them, and seldom on
// others.
func (r *Rhythm) kept(days []lived) bool {
	on, met, off, others := 0, 0, 0, 0
	for _, d := range days {
		if r.days[weekday(d.day)] {
			on, met = on+1, met+b2i(d.came)
		} else {
			off, others = off+1, others+b2i(d.came)
		}
	}
	return met*100 >= on*75 && others*100 <= off*45
}
