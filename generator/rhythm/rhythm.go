// Package rhythm learns when an asset usually loads from the times of its loads: on which
// weekdays, by which time of day, and with how much scatter. It is robust to outages and
// backfills, follows a change within weeks, and learns nothing where nothing is regular.
//
// It is pure: it reads no clock and no file, and it knows no assets and no statuses. Callers
// pass load times, a zone and a moment.
//
// Its bounds are held together by accuracy_test.go, over a simulated year of 200 assets
// (simulation_test.go) that shares no code with it: 99 % of the learned rhythms are right, at
// most one day in 1,000 is falsely late, every stop of a known rhythm is noticed in time, and
// irregular assets get no rhythm in 9 weeks of 10. To support another kind of rhythm, add it to
// the kinds of the simulation first. TestAYearOfKnownRhythms logs the results by kind.
package rhythm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Rhythm is the usual schedule of an asset, in wall-clock times of one zone.
type Rhythm struct {
	Met, Total int // usual load times that were met since the first load, and all of them

	zone        *time.Location
	weekdays    [7]bool // whether it usually loads, by weekday, Sunday first
	slots       []int64 // usual load times in seconds after midnight, sorted
	period      int64   // seconds between slots where it loads all day; 0 if it does not
	nearbyLoads int     // number of recent loads near a slot
	scatter     int64   // standard deviation around a slot, in seconds
}

// MinLoads is the smallest number of loads from which a rhythm is learned. The README promises
// it.
const MinLoads = 8

// Bounds of due and late times.
const (
	hourSeconds = 3600             // seconds
	daySeconds  = 24 * hourSeconds // seconds
	minWait     = hourSeconds / 4  // nothing is late sooner after a slot, however small its scatter
	maxLead     = 6 * hourSeconds  // how long before a slot a load may count for it
)

// Delays after a slot, in multiples of the scatter. By the first, a load has usually
// come: 97.7 % of normal delays. From the second on, it is late. That is between two
// bounds of accuracy_test.go: a load is truly missing after 3 times its scatter, and
// a stop must be noticed within 6 times. At most 1 day in 1,000 may be
// falsely late.
const (
	usualSigmas = 2
	lateSigmas  = 4.2
)

// Weekdays returns the days of the week on which the asset usually loads, Sunday first.
func (r *Rhythm) Weekdays() (days []time.Weekday) {
	for d, on := range r.weekdays {
		if on {
			days = append(days, time.Weekday(d))
		}
	}
	return days
}

// UsualTime returns the wall-clock time by which the last load of a day has usually come; -1,
// -1 where it loads all day.
func (r *Rhythm) UsualTime() (hours, minutes int) {
	if r.period > 0 {
		return -1, -1
	}
	by := r.usualBy(r.slots[len(r.slots)-1]) % daySeconds
	return int(by / hourSeconds), int(by % hourSeconds / 60)
}

// usualBy returns when the load of a slot has usually come, in seconds after midnight, rounded
// up to five minutes. It may be past the end of the day.
func (r *Rhythm) usualBy(slot int64) int64 { return (slot + usualSigmas*r.scatter + 299) / 300 * 300 }

// earlyMargin returns how many seconds before a slot a load may come and count for it: maxLead,
// or half the shortest time between slots if that is less.
func (r *Rhythm) earlyMargin() int64 {
	early := int64(maxLead)
	if r.period > 0 {
		return min(early, r.period/2)
	}
	for i := 1; i < len(r.slots); i++ {
		early = min(early, (r.slots[i]-r.slots[i-1])/2, (r.slots[0]+daySeconds-r.slots[len(r.slots)-1])/2)
	}
	return early
}

// nextSlot returns the first slot that a load at after does not count for: its moment, and its
// seconds after midnight.
func (r *Rhythm) nextSlot(after time.Time) (at time.Time, slot int64) {
	met := after.Unix() + r.earlyMargin()
	local := after.In(r.zone)
	y, m, d := local.Date()
	for ahead := -1; ; ahead++ {
		noon := time.Date(y, m, d+ahead, 12, 0, 0, 0, r.zone) // not midnight, which some days lack in some zones
		if !r.weekdays[noon.Weekday()] {
			continue
		}
		for _, slot := range r.slots {
			if at := time.Date(y, m, d+ahead, 0, 0, int(slot), 0, r.zone); at.Unix() > met {
				return at, slot
			}
		}
	}
}

// NextDue returns when the load that follows one at after has usually come.
func (r *Rhythm) NextDue(after time.Time) time.Time {
	at, slot := r.nextSlot(after)
	return at.Add(time.Duration(r.usualBy(slot)-slot) * time.Second)
}

// LateAfter returns the moment from which the load that follows one at last is late: its slot
// plus lateSigmas times the scatter, or plus minWait if that is more.
func (r *Rhythm) LateAfter(last time.Time) time.Time {
	wait := max(minWait, int64(lateSigmas*float64(r.scatter)))
	at, _ := r.nextSlot(last)
	return at.Add(time.Duration(wait) * time.Second)
}

// Frequency returns a word or two for the rhythm: "hourly", "every 5m0s", "several a day",
// "daily", "weekdays", "weekly" or "some days". Callers compare them, and freshet learn prints
// them.
func (r *Rhythm) Frequency() string {
	switch {
	case r.period == hourSeconds:
		return "hourly"
	case r.period > 0:
		return "every " + (time.Duration(r.period) * time.Second).String()
	case len(r.slots) > 1:
		return "several a day"
	case len(r.Weekdays()) == 7:
		return "daily"
	case r.weekdayText() == "Mon–Fri":
		return "weekdays"
	case len(r.Weekdays()) == 1:
		return "weekly"
	default:
		return "some days"
	}
}

// String returns the rhythm with how often it was met: "usually Mon–Fri by 06:10, 58 of 60
// times".
func (r *Rhythm) String() string {
	return fmt.Sprintf("usually %s, %d of %d times", r.ScheduleText(), r.Met, r.Total)
}

// ScheduleText returns the rhythm in words, without how often it was met: "Mon–Fri by 06:10",
// "every 2 hours".
func (r *Rhythm) ScheduleText() string {
	days := r.weekdayText()
	if r.period > 0 {
		return strings.TrimSuffix("every "+formatPeriod(r.period)+" "+days, " daily")
	}
	var times []string
	for _, slot := range r.slots {
		by := r.usualBy(slot) % daySeconds
		times = append(times, fmt.Sprintf("%02d:%02d", by/hourSeconds, by%hourSeconds/60))
	}
	if len(times) > 1 {
		return days + " by " + strings.Join(times[:len(times)-1], ", ") + " and " + times[len(times)-1]
	}
	return days + " by " + times[0]
}

// formatPeriod returns a period in words: "hour", "2 hours" or "5 minutes".
func formatPeriod(seconds int64) string {
	if seconds%hourSeconds == 0 {
		if seconds == hourSeconds {
			return "hour"
		}
		return fmt.Sprintf("%d hours", seconds/hourSeconds)
	}
	return fmt.Sprintf("%d minutes", seconds/60)
}

// weekdayText returns the weekdays in words: "daily", "Mon–Fri", "Mon and Thu".
func (r *Rhythm) weekdayText() string {
	days := r.Weekdays()
	if len(days) == 7 {
		return "daily"
	}
	if first, run := r.longestRun(); run == len(days) && run > 2 {
		return shortName(first) + "–" + shortName((first+time.Weekday(run)-1)%7)
	}
	var words []string
	for _, d := range append(days[:len(days):len(days)], days...) {
		if d != time.Sunday || len(words) > 0 { // weeks begin on Monday
			words = append(words, shortName(d))
		}
		if len(words) == len(days) {
			break
		}
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return words[0]
}

// shortName returns the first three letters of a weekday.
func shortName(d time.Weekday) string { return d.String()[:3] }

// longestRun returns the first day and the number of days of the longest run of usual weekdays.
// A run may continue from Saturday to Sunday.
func (r *Rhythm) longestRun() (first time.Weekday, length int) {
	for d := range r.weekdays {
		n := 0
		for n < 7 && r.weekdays[(d+n)%7] {
			n++
		}
		if n > length {
			first = time.Weekday(d)
			length = n
		}
	}
	return first, length
}

// IsSimilarTo reports whether two rhythms have the same weekdays and the same period, and slots
// no further apart than an hour or four times the scatter. nil is similar to nil only.
func (r *Rhythm) IsSimilarTo(o *Rhythm) bool {
	if r == nil || o == nil {
		return r == o
	}
	if r.weekdays != o.weekdays || r.period != o.period || len(r.slots) != len(o.slots) {
		return false
	}
	apart := max(hourSeconds, 4*r.scatter, 4*o.scatter)
	return slices.EqualFunc(r.slots, o.slots, func(a, b int64) bool {
		d := wrapAround(a-b, daySeconds)
		return r.period > 0 || d <= apart && d >= -apart
	})
}

// wrapAround returns d shifted by a multiple of circle into the range from -circle/2 up to
// circle/2.
func wrapAround(d, circle int64) int64 { return floorDiv(d+circle/2, circle)*-circle + d }

// floorDiv returns a divided by b > 0, rounded down also for negative a.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
