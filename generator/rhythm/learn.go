package rhythm

import (
	"math"
	"slices"
	"time"
)

// recently is how many days teach a rhythm of days: an older one has changed
// since, perhaps.
const recently = 28

// Learn finds when an asset usually moves, from the moments at which it did, in
// any order, as of a moment. It is nil where fewer than eight loads, or nothing
// regular, teach anything. When the clocks of the zone changed of late, it may keep
// to another one, such as UTC.
func Learn(loads []time.Time, zone *time.Location, at time.Time) *Rhythm {
	r := learn(loads, zone, at)
	_, now := at.In(zone).Zone()
	_, then := at.In(zone).AddDate(0, 0, -recently).Zone()
	if r == nil || now == then {
		return r
	}
	if other := learn(loads, time.FixedZone("", now), at); other != nil && other.tight > r.tight+1 {
		return other
	}
	return r
}

func learn(loads []time.Time, zone *time.Location, at time.Time) *Rhythm {
	all := tidy(loads, zone, at)
	if len(all) < enough {
		return nil
	}
	recent, sparse := all, true
	if gaps(all) <= 2 {
		from, _ := slices.BinarySearch(all, all[len(all)-1]-recently*aDay)
		recent, sparse = all[from:], false
	}
	r := &Rhythm{zone: zone}
	if len(recent) < enough || !(r.all(recent) || r.times(recent)) || !r.week(recent, sparse) || !r.regular(recent) {
		return nil
	}
	if r.scatter = r.spread(all); r.scatter > mostScatter {
		return nil
	}
	r.prove(all)
	r.tighten(recent)
	return r
}

// tighten counts the loads that are near a usual moment, on both sides.
func (r *Rhythm) tighten(loads []int64) {
	near := max(leastFor, 3*r.scatter)
	for _, t := range loads {
		if slices.ContainsFunc(r.slots, func(slot int64) bool { return distance(t, slot) <= near }) {
			r.tight++
		}
	}
}

// mostScatter is what is no rhythm any more, in seconds.
const mostScatter = 75 * 60

// tidy are the loads until a moment in the seconds that the clocks of a zone
// show, the oldest first, each once.
func tidy(loads []time.Time, zone *time.Location, at time.Time) []int64 {
	all := make([]int64, 0, len(loads))
	for _, t := range loads {
		if !t.After(at) {
			_, offset := t.In(zone).Zone()
			all = append(all, t.Unix()+int64(offset))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// gaps is the usual number of days from one with loads to the next.
func gaps(all []int64) int64 {
	apart := make([]int64, 0, len(all))
	for i := 1; i < len(all); i++ {
		if d := floor(all[i], aDay) - floor(all[i-1], aDay); d > 0 {
			apart = append(apart, d)
		}
	}
	return median(apart)
}

// median is the middle of some numbers, which it sorts: the lower of two; 0 of none.
func median(of []int64) int64 {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return of[(len(of)-1)/2]
}

// periods are those that divide a day, in seconds.
var periods = []int64{300, 600, 900, 1200, 1800, hour, 2 * hour, 3 * hour, 4 * hour}

// all finds a rhythm that goes on all day: a load every so many minutes or hours.
func (r *Rhythm) all(loads []int64) bool {
	if len(loads) < recently*2 {
		return false
	}
	apart := make([]int64, 0, len(loads))
	for i := 1; i < len(loads); i++ {
		apart = append(apart, loads[i]-loads[i-1])
	}
	gap := median(apart)
	i := slices.IndexFunc(periods, func(p int64) bool { return gap > p*9/10 && gap < p*11/10 })
	if i < 0 || int64(len(loads)) < recently*aDay/periods[i]/3 {
		return false
	}
	period := periods[i]
	phase := phaseOf(loads, period)
	near := 0
	for _, t := range loads {
		if d := wrap(t-phase, period); d > -period/4 && d < period/4 {
			near++
		}
	}
	if near*5 < len(loads)*4 {
		return false
	}
	r.period = period
	for slot := phase; slot < aDay; slot += period {
		r.slots = append(r.slots, slot)
	}
	return true
}

// phaseOf is the middle of loads within a period.
func phaseOf(loads []int64, period int64) int64 {
	var x, y float64
	for _, t := range loads {
		sin, cos := math.Sincos(2 * math.Pi * float64(t%period) / float64(period))
		x, y = x+cos, y+sin
	}
	turn := math.Atan2(y, x) / (2 * math.Pi)
	return int64(math.Round((turn+1)*float64(period))) % period
}

// Bounds of a usual moment.
const (
	wide   = 2 * hour // how far from it a load still speaks of it
	clear  = 3 * hour // how far from it loads speak of another one
	mostOf = 400      // loads in which moments are looked for
	mostIn = 6        // moments of a day
)

// times finds the usual moments of a day: where the loads of most days are.
func (r *Rhythm) times(loads []int64) bool {
	left, first := loads, 0
	for len(left) > 0 && len(left) <= mostOf && len(r.slots) < mostIn {
		slot, days := densest(left)
		if first == 0 {
			first = days
		}
		if days*10 < first*7 || days < 3 {
			break
		}
		r.slots = append(r.slots, slot)
		left = slices.DeleteFunc(slices.Clone(left), func(t int64) bool { return distance(t, slot) < clear })
	}
	slices.Sort(r.slots)
	return len(r.slots) > 0 && len(r.slots) < mostIn
}

func distance(t, slot int64) int64 {
	d := wrap(t-slot, aDay)
	return max(d, -d)
}

// densest is the time of day around which the loads of most days are.
func densest(loads []int64) (slot int64, days int) {
	var tried [aDay / quarter]bool
	for _, t := range loads {
		at := mod(t, aDay)
		if tried[at/quarter] {
			continue
		}
		tried[at/quarter] = true
		if n := daysNear(loads, at); n > days {
			slot, days = at, n
		}
	}
	for range 3 {
		slot = mod(slot+median(residuals(loads, slot)), aDay)
	}
	return slot, daysNear(loads, slot)
}

// quarter of an hour: times that are nearer are tried once.
const quarter = 900

// daysNear is on how many days a load is near a time of day.
func daysNear(loads []int64, slot int64) (days int) {
	last := int64(math.MinInt64)
	for _, t := range loads {
		if d := dayOf(t, slot); d != last && distance(t, slot) <= wide {
			days, last = days+1, d
		}
	}
	return days
}

func mod(a, b int64) int64 { return a - floor(a, b)*b }

// dayOf is the day whose usual moment is nearest to a load.
func dayOf(t, slot int64) int64 { return floor(t-slot+aDay/2, aDay) }

// residuals are how far loads are from a time of day: of each day the nearest, if
// it is near.
func residuals(loads []int64, slot int64) (apart []int64) {
	last := int64(math.MinInt64)
	apart = make([]int64, 0, len(loads))
	for _, t := range loads {
		d := dayOf(t, slot)
		r := t - slot - d*aDay
		switch {
		case r > wide || r < -wide:
		case d == last:
			if k := len(apart) - 1; r*r < apart[k]*apart[k] {
				apart[k] = r
			}
		default:
			apart, last = append(apart, r), d
		}
	}
	return apart
}

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

// regular reports whether most days have loads at the usual moments alone.
func (r *Rhythm) regular(loads []int64) bool {
	if r.period > 0 {
		return true
	}
	odd, all, lastOdd, last := 0, 0, int64(-1), int64(-1)
	for _, t := range loads {
		d := floor(t, aDay)
		if d != last {
			all, last = all+1, d
		}
		if d != lastOdd && !slices.ContainsFunc(r.slots, func(slot int64) bool { return distance(t, slot) <= clear }) {
			odd, lastOdd = odd+1, d
		}
	}
	return odd*3 <= all
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
