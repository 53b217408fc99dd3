package rhythm

import (
	"math"
	"slices"
	"time"
)

// recentDays is how many days a rhythm is learned from where loads come at least every other
// day: an older one may have changed since. It equals the grace that accuracy_test.go gives
// after a change of rhythm.
const recentDays = 28

// Learn returns the usual schedule of an asset from its load times up to at, which may be in
// any order. It returns nil for fewer than MinLoads, or if nothing is regular.
//
// If the clocks of zone changed in the last recentDays, the result may keep the current offset
// for all loads, which suits what runs by UTC. For that, two more loads must be near their slot
// than in zone: two days tell the difference (TestWhatRunsByUTCIsNotLateForWeeks).
func Learn(loads []time.Time, zone *time.Location, at time.Time) *Rhythm {
	r := learnInZone(loads, zone, at)
	_, offsetNow := at.In(zone).Zone()
	_, offsetBefore := at.In(zone).AddDate(0, 0, -recentDays).Zone()
	if r == nil || offsetNow == offsetBefore {
		return r
	}
	if fixed := learnInZone(loads, time.FixedZone("", offsetNow), at); fixed != nil && fixed.nearbyLoads > r.nearbyLoads+1 {
		return fixed
	}
	return r
}

// learnInZone learns a rhythm by the wall clock of zone. Assets whose loads are usually more
// than two days apart use all loads, others those of the last recentDays.
func learnInZone(loads []time.Time, zone *time.Location, at time.Time) *Rhythm {
	all := toWallClock(loads, zone, at)
	if len(all) < MinLoads {
		return nil
	}
	recent := all
	weeks := all
	sparse := usualDayGap(all) > 2
	if !sparse {
		recent = lastDays(all, recentDays)
		weeks = lastDays(all, recentDays+7) // four of each weekday lie between its first and last load
	}
	r := &Rhythm{zone: zone}
	if len(recent) < MinLoads || !(r.findPeriod(recent) || r.findSlots(recent)) || !r.findWeekdays(weeks, sparse) ||
		!r.isRegular(recent) {
		return nil
	}
	r.scatter = r.measureScatter(all)
	if r.scatter > maxScatter {
		return nil
	}
	r.countMet(all)
	r.countNearby(recent)
	return r
}

// lastDays returns the loads of the last days before the last load, of at least one sorted load.
func lastDays(loads []int64, days int64) []int64 {
	from, _ := slices.BinarySearch(loads, loads[len(loads)-1]-days*daySeconds)
	return loads[from:]
}

// maxScatter is the scatter, in seconds, above which loads have no rhythm: 75 minutes, nearly
// twice the 40 minutes that simulation_test.go gives to its least punctual assets.
const maxScatter = 75 * 60

// toWallClock returns the loads up to at in seconds of the wall clock of zone (Unix time plus
// offset), sorted and without duplicates.
func toWallClock(loads []time.Time, zone *time.Location, at time.Time) []int64 {
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

// usualDayGap returns the median number of days from one day with loads to the next; 0 if there
// is only one.
func usualDayGap(all []int64) int64 {
	days := make([]int64, 0, len(all))
	for i := 1; i < len(all); i++ {
		if gap := floorDiv(all[i], daySeconds) - floorDiv(all[i-1], daySeconds); gap > 0 {
			days = append(days, gap)
		}
	}
	return median(days)
}

// median returns the middle of values, the lower one of two, and 0 if there are none. It sorts
// values in place.
func median(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// dayPeriods holds the periods, in seconds, at which an asset may load all day. Each divides a
// day.
var dayPeriods = []int64{300, 600, 900, 1200, 1800, hourSeconds, 2 * hourSeconds, 3 * hourSeconds, 4 * hourSeconds}

// findPeriod sets period and slots if an asset loads all day long at a fixed period, and
// reports whether it does. It needs two loads a day over recentDays, a median gap within 10 %
// of a period, a third of the loads that the period would bring, and four loads of five within
// a quarter of a period of their slot. Hourly assets in accuracy_test.go hold these bounds.
func (r *Rhythm) findPeriod(loads []int64) bool {
	if len(loads) < recentDays*2 {
		return false
	}
	gaps := make([]int64, 0, len(loads))
	for i := 1; i < len(loads); i++ {
		gaps = append(gaps, loads[i]-loads[i-1])
	}
	gap := median(gaps)
	i := slices.IndexFunc(dayPeriods, func(p int64) bool { return gap > p*9/10 && gap < p*11/10 })
	if i < 0 || int64(len(loads)) < recentDays*daySeconds/dayPeriods[i]/3 {
		return false
	}
	period := dayPeriods[i]
	phase := meanPhase(loads, period)
	near := 0
	for _, t := range loads {
		if d := wrapAround(t-phase, period); d > -period/4 && d < period/4 {
			near++
		}
	}
	if near*5 < len(loads)*4 {
		return false
	}
	r.period = period
	for slot := phase; slot < daySeconds; slot += period {
		r.slots = append(r.slots, slot)
	}
	return true
}

// meanPhase returns the circular mean of loads within a period, from 0 to period, in seconds.
func meanPhase(loads []int64, period int64) int64 {
	var x, y float64
	for _, t := range loads {
		sin, cos := math.Sincos(2 * math.Pi * float64(t%period) / float64(period))
		x = x + cos
		y = y + sin
	}
	turn := math.Atan2(y, x) / (2 * math.Pi)
	return int64(math.Round((turn+1)*float64(period))) % period
}

// Bounds of slots, which are the usual load times of a day. accuracy_test.go holds
// them together with all others.
const (
	slotReach     = 2 * hourSeconds // a load this near to a slot belongs to it
	slotClearance = 3 * hourSeconds // loads this far away may be of another slot; no delay in simulation_test.go is longer
	maxSearched   = 400             // more loads than these, about 14 a day, are not searched for slots
	tooManySlots  = 6               // this many slots a day are no rhythm
)

// findSlots sets slots to the times of day near which loads come on most days, and reports
// whether it found one to five. A further slot needs at least three days, and 70 % of the days
// of the first.
func (r *Rhythm) findSlots(loads []int64) bool {
	rest := loads
	first := 0
	for len(rest) > 0 && len(rest) <= maxSearched && len(r.slots) < tooManySlots {
		slot, days := densestTime(rest)
		if first == 0 {
			first = days
		}
		if days*10 < first*7 || days < 3 {
			break
		}
		r.slots = append(r.slots, slot)
		rest = slices.DeleteFunc(slices.Clone(rest), func(t int64) bool { return slotDistance(t, slot) < slotClearance })
	}
	slices.Sort(r.slots)
	return len(r.slots) > 0 && len(r.slots) < tooManySlots
}

// slotDistance returns how many seconds t is away from the nearest occurrence of slot, a time
// of day in seconds after midnight.
func slotDistance(t, slot int64) int64 {
	d := wrapAround(t-slot, daySeconds)
	return max(d, -d)
}

// densestTime returns the time of day near which loads come on most days, and the number of
// these days. It tries one load per candidateStep, and then moves the best one to the median of
// its loads, three times.
func densestTime(loads []int64) (slot int64, days int) {
	var tried [daySeconds / candidateStep]bool
	for _, t := range loads {
		at := modulo(t, daySeconds)
		if tried[at/candidateStep] {
			continue
		}
		tried[at/candidateStep] = true
		if n := countDaysNear(loads, at); n > days {
			slot = at
			days = n
		}
	}
	for range 3 {
		slot = modulo(slot+median(slotOffsets(loads, slot)), daySeconds)
	}
	return slot, countDaysNear(loads, slot)
}

// candidateStep is a quarter of an hour, in seconds: of loads in the same one, only the first
// is tried as a slot.
const candidateStep = 900

// countDaysNear returns on how many days a load is within slotReach of slot.
func countDaysNear(loads []int64, slot int64) (days int) {
	last := int64(math.MinInt64)
	for _, t := range loads {
		if d := slotDay(t, slot); d != last && slotDistance(t, slot) <= slotReach {
			days = days + 1
			last = d
		}
	}
	return days
}

// modulo returns the remainder of a divided by b > 0, from 0 to b-1 also for negative a.
func modulo(a, b int64) int64 { return a - floorDiv(a, b)*b }

// slotDay returns the day, counted from 1970, whose slot is nearest to t.
func slotDay(t, slot int64) int64 { return floorDiv(t-slot+daySeconds/2, daySeconds) }

// slotOffsets returns by how many seconds loads came after slot, negative if before: for each
// day the nearest load within slotReach, in order.
func slotOffsets(loads []int64, slot int64) (offsets []int64) {
	lastDay := int64(math.MinInt64)
	offsets = make([]int64, 0, len(loads))
	for _, t := range loads {
		day := slotDay(t, slot)
		offset := t - slot - day*daySeconds
		switch {
		case offset > slotReach || offset < -slotReach:
		case day == lastDay:
			if k := len(offsets) - 1; offset*offset < offsets[k]*offsets[k] {
				offsets[k] = offset
			}
		default:
			offsets = append(offsets, offset)
			lastDay = day
		}
	}
	return offsets
}

// isRegular reports whether at most a third of the days have loads away from all slots. A
// rhythm with a period always is.
func (r *Rhythm) isRegular(loads []int64) bool {
	if r.period > 0 {
		return true
	}
	oddDays := 0
	allDays := 0
	lastOddDay := int64(-1)
	lastDay := int64(-1)
	for _, t := range loads {
		d := floorDiv(t, daySeconds)
		if d != lastDay {
			allDays = allDays + 1
			lastDay = d
		}
		if d != lastOddDay &&
			!slices.ContainsFunc(r.slots, func(slot int64) bool { return slotDistance(t, slot) <= slotClearance }) {
			oddDays = oddDays + 1
			lastOddDay = d
		}
	}
	return oddDays*3 <= allDays
}
