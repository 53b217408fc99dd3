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
	if len(all) < Enough {
		return nil
	}
	recent, sparse := all, true
	if gaps(all) <= 2 {
		from, _ := slices.BinarySearch(all, all[len(all)-1]-recently*aDay)
		recent, sparse = all[from:], false
	}
	r := &Rhythm{zone: zone}
	if len(recent) < Enough || !(r.all(recent) || r.times(recent)) || !r.week(recent, sparse) || !r.regular(recent) {
		return nil
	}
	if r.scatter = r.spread(all); r.scatter > mostScatter {
		return nil
	}
	r.prove(all)
	r.tighten(recent)
	return r
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
