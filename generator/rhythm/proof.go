package rhythm

import (
	"math"
	"slices"
)

// tighten counts the loads that are near a usual moment, on both sides.
func (r *Rhythm) tighten(loads []int64) {
	near := max(leastFor, 3*r.scatter)
	for _, t := range loads {
		if slices.ContainsFunc(r.slots, func(slot int64) bool { return distance(t, slot) <= near }) {
			r.tight++
		}
	}
}

// spread is the scatter around the usual moments, also around those of before: it
// is that of the steps from one load to the next, without the widest.
func (r *Rhythm) spread(loads []int64) int64 {
	steps := make([]int64, 0, len(loads))
	if r.period > 0 {
		last := int64(0)
		for _, t := range loads {
			d := wrap(t-r.slots[0], r.period)
			steps, last = append(steps, d-last), d
		}
	}
	for _, slot := range r.slots {
		if r.period > 0 {
			break
		}
		apart := residuals(loads, slot)
		for i := 1; i < len(apart); i++ {
			steps = append(steps, apart[i]-apart[i-1])
		}
	}
	for i, s := range steps {
		steps[i] = max(s, -s)
	}
	rough := 1.4826 * float64(median(steps))
	sum, n := 0.0, 0.0
	for _, s := range steps {
		if float64(s) <= 3.5*rough+60 {
			sum, n = sum+float64(s)*float64(s), n+1
		}
	}
	if n == 0 {
		return 0
	}
	return int64(math.Sqrt(sum / n / 2))
}

// prove counts how often the usual moments were met since the first load.
func (r *Rhythm) prove(loads []int64) {
	for _, slot := range r.slots {
		days := r.near(loads, slot)
		for i, d := range days {
			if i > 0 {
				r.Of += r.between(days[i-1].day, d.day)
			}
			if r.days[weekday(d.day)] {
				r.Of++
				r.Met += b2i(d.came)
			}
		}
	}
}

// between counts the usual days between two.
func (r *Rhythm) between(from, to int64) (n int) {
	for d := from + 1; d < to; d++ {
		n += b2i(r.days[weekday(d)])
	}
	return n
}

// near are the days on which a load was near a usual moment, each with whether it
// was there by the time by which it usually is.
func (r *Rhythm) near(loads []int64, slot int64) (days []lived) {
	far := max(int64(wide), r.early())
	if r.period > 0 {
		far = r.period / 2
	}
	days = make([]lived, 0, min(len(loads), 128))
	for _, t := range loads {
		d, inTime := dayOf(t, slot), false
		if distance(t, slot) > far {
			continue
		}
		inTime = t-d*aDay <= r.by(slot)
		if k := len(days) - 1; k >= 0 && days[k].day == d {
			days[k].came = days[k].came || inTime
			continue
		}
		days = append(days, lived{d, inTime})
	}
	return days
}
