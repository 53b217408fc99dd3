package rhythm

import (
	"math"
	"slices"
)

// countNearby sets nearbyLoads to the number of loads before or after a slot by at most three
// times the scatter, which covers 99.7 % of normal delays, or by minWait.
func (r *Rhythm) countNearby(loads []int64) {
	near := max(minWait, 3*r.scatter)
	for _, t := range loads {
		if slices.ContainsFunc(r.slots, func(slot int64) bool { return slotDistance(t, slot) <= near }) {
			r.nearbyLoads++
		}
	}
}

// measureScatter returns the standard deviation of loads around their slots, in seconds. It is
// computed from the steps between the delays of successive loads, so that a slot that moved in
// between widens it by one step only. A step is the difference of two delays, so its variance
// is twice theirs.
//
// The widest steps are left out: 1.4826 times the median absolute step estimates their standard
// deviation if delays are normal, and 3.5 times that is the usual cutoff for outliers (Iglewicz
// and Hoaglin, 1993). A minute is added because exact loads would leave a cutoff of 0.
func (r *Rhythm) measureScatter(loads []int64) int64 {
	steps := make([]int64, 0, len(loads))
	if r.period > 0 {
		last := int64(0)
		for _, t := range loads {
			d := wrapAround(t-r.slots[0], r.period)
			steps = append(steps, d-last)
			last = d
		}
	}
	for _, slot := range r.slots {
		if r.period > 0 {
			break
		}
		offsets := slotOffsets(loads, slot)
		for i := 1; i < len(offsets); i++ {
			steps = append(steps, offsets[i]-offsets[i-1])
		}
	}
	for i, s := range steps {
		steps[i] = max(s, -s)
	}
	deviation := 1.4826 * float64(median(steps))
	sum := 0.0
	n := 0.0
	for _, s := range steps {
		if float64(s) <= 3.5*deviation+60 {
			sum = sum + float64(s)*float64(s)
			n = n + 1
		}
	}
	if n == 0 {
		return 0
	}
	return int64(math.Sqrt(sum / n / 2))
}

// countMet sets Total to the number of slots on usual weekdays from the first load to the last,
// and Met to those that had a load by the usual time.
func (r *Rhythm) countMet(loads []int64) {
	for _, slot := range r.slots {
		days := r.recordSlotDays(loads, slot)
		for i, d := range days {
			if i > 0 {
				r.Total += r.countUsualDays(days[i-1].day, d.day)
			}
			if r.weekdays[weekdayOf(d.day)] {
				r.Total++
				r.Met += boolToInt(d.loaded)
			}
		}
	}
}

// countUsualDays returns the number of usual weekdays after from and before to.
func (r *Rhythm) countUsualDays(from, to int64) (n int) {
	for d := from + 1; d < to; d++ {
		n += boolToInt(r.weekdays[weekdayOf(d)])
	}
	return n
}

// recordSlotDays returns the days on which a load came near slot, oldest first, and whether one
// came by the usual time.
func (r *Rhythm) recordSlotDays(loads []int64, slot int64) (days []dayRecord) {
	reach := max(int64(slotReach), r.earlyMargin())
	if r.period > 0 {
		reach = r.period / 2
	}
	days = make([]dayRecord, 0, min(len(loads), 128))
	for _, t := range loads {
		d := slotDay(t, slot)
		inTime := false
		if slotDistance(t, slot) > reach {
			continue
		}
		inTime = t-d*daySeconds <= r.usualBy(slot)
		if k := len(days) - 1; k >= 0 && days[k].day == d {
			days[k].loaded = days[k].loaded || inTime
			continue
		}
		days = append(days, dayRecord{day: d, loaded: inTime})
	}
	return days
}
