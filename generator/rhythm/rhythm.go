// Package rhythm finds when an asset usually moves, from the moments at which it
// did: on which days of the week, by which time of day, with how much scatter. It
// is robust to outages and backfills, follows a change within weeks, and says
// nothing where nothing is regular.
package rhythm

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Rhythm is when an asset usually moves. Times are those of a zone, by its
// clocks.
type Rhythm struct {
	Met, Of int // how many of the usual moments since the first load were met

	zone    *time.Location
	days    [7]bool // by weekday, Sunday first
	slots   []int64 // the usual moments of a day, in seconds after midnight, sorted
	period  int64   // between slots, if there is one every so many seconds; 0 is none
	tight   int     // loads of late that are near a slot
	scatter int64   // around a slot, in seconds: one standard deviation
}

// Enough is how many loads teach anything.
const Enough = 8

// Bounds of what is told.
const (
	hour     = 3600      // seconds
	aDay     = 24 * hour // seconds
	leastFor = hour / 4  // how long after a usual moment nothing is late
	nearly   = 6 * hour  // how long before it a load is taken for it
)

// spread is how many times the scatter lies before the time by which a load is
// usually there, and before it is late.
const (
	usual = 2
	late  = 4.2
)

// Days are the days of the week on which it usually moves, Sunday first.
func (r *Rhythm) Days() (days []time.Weekday) {
	for d, on := range r.days {
		if on {
			days = append(days, time.Weekday(d))
		}
	}
	return days
}

// By is the time of day by which the last load of a day is usually there, by the
// clocks of the zone; -1, -1 where it moves all day.
func (r *Rhythm) By() (hours, minutes int) {
	if r.period > 0 {
		return -1, -1
	}
	by := r.by(r.slots[len(r.slots)-1]) % aDay
	return int(by / hour), int(by % hour / 60)
}

// by is when the load of a usual moment is usually there: rounded up to five
// minutes.
func (r *Rhythm) by(slot int64) int64 { return (slot + usual*r.scatter + 299) / 300 * 300 }

// early is how long before a usual moment a load may come and be the one.
func (r *Rhythm) early() int64 {
	early := int64(nearly)
	if r.period > 0 {
		return min(early, r.period/2)
	}
	for i := 1; i < len(r.slots); i++ {
		early = min(early, (r.slots[i]-r.slots[i-1])/2, (r.slots[0]+aDay-r.slots[len(r.slots)-1])/2)
	}
	return early
}

// next is the first usual moment that a load at a moment did not meet.
func (r *Rhythm) next(after time.Time) (at time.Time, slot int64) {
	met := after.Unix() + r.early()
	local := after.In(r.zone)
	y, m, d := local.Date()
	for ahead := -1; ; ahead++ {
		noon := time.Date(y, m, d+ahead, 12, 0, 0, 0, r.zone) // some zones have days without a midnight
		if !r.days[noon.Weekday()] {
			continue
		}
		for _, slot := range r.slots {
			if at := time.Date(y, m, d+ahead, 0, 0, int(slot), 0, r.zone); at.Unix() > met {
				return at, slot
			}
		}
	}
}

// Next is when the load is due that follows one at a moment.
func (r *Rhythm) Next(after time.Time) time.Time {
	at, slot := r.next(after)
	return at.Add(time.Duration(r.by(slot)-slot) * time.Second)
}

// Late is the moment from which that load is late: when it was due, and the usual
// scatter has passed.
func (r *Rhythm) Late(last time.Time) time.Time {
	wait := max(leastFor, int64(late*float64(r.scatter)))
	at, _ := r.next(last)
	return at.Add(time.Duration(wait) * time.Second)
}

// Kind is the rhythm in a word or two.
func (r *Rhythm) Kind() string {
	switch {
	case r.period == hour:
		return "hourly"
	case r.period > 0:
		return "every " + (time.Duration(r.period) * time.Second).String()
	case len(r.slots) > 1:
		return "several a day"
	case len(r.Days()) == 7:
		return "daily"
	case r.dayWords() == "Mon–Fri":
		return "weekdays"
	case len(r.Days()) == 1:
		return "weekly"
	default:
		return "some days"
	}
}

// String explains the rhythm: "usually Mon–Fri by 06:10, 58 of 60 times".
func (r *Rhythm) String() string {
	return fmt.Sprintf("usually %s, %d of %d times", r.Words(), r.Met, r.Of)
}

// Words are the rhythm without its proof: "Mon–Fri by 06:10".
func (r *Rhythm) Words() string {
	days := r.dayWords()
	if r.period > 0 {
		return strings.TrimSuffix("every "+span(r.period)+" "+days, " daily")
	}
	var times []string
	for _, slot := range r.slots {
		by := r.by(slot) % aDay
		times = append(times, fmt.Sprintf("%02d:%02d", by/hour, by%hour/60))
	}
	if len(times) > 1 {
		return days + " by " + strings.Join(times[:len(times)-1], ", ") + " and " + times[len(times)-1]
	}
	return days + " by " + times[0]
}

func span(seconds int64) string {
	if seconds%hour == 0 {
		if seconds == hour {
			return "hour"
		}
		return fmt.Sprintf("%d hours", seconds/hour)
	}
	return fmt.Sprintf("%d minutes", seconds/60)
}

// dayWords are the days: "daily", "Mon–Fri", "Mon and Thu".
func (r *Rhythm) dayWords() string {
	days := r.Days()
	if len(days) == 7 {
		return "daily"
	}
	if first, run := r.run(); run == len(days) && run > 2 {
		return short(first) + "–" + short((first+time.Weekday(run)-1)%7)
	}
	var words []string
	for _, d := range append(days[:len(days):len(days)], days...) {
		if d != time.Sunday || len(words) > 0 { // weeks begin on Monday
			words = append(words, short(d))
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

func short(d time.Weekday) string { return d.String()[:3] }

// run is the longest run of days.
func (r *Rhythm) run() (first time.Weekday, most int) {
	for d := range r.days {
		n := 0
		for n < 7 && r.days[(d+n)%7] {
			n++
		}
		if n > most {
			first, most = time.Weekday(d), n
		}
	}
	return first, most
}

// Same reports whether two rhythms are the same, but for scatter.
func (r *Rhythm) Same(o *Rhythm) bool {
	if r == nil || o == nil {
		return r == o
	}
	if r.days != o.days || r.period != o.period || len(r.slots) != len(o.slots) {
		return false
	}
	apart := max(hour, 4*r.scatter, 4*o.scatter)
	return slices.EqualFunc(r.slots, o.slots, func(a, b int64) bool {
		d := wrap(a-b, aDay)
		return r.period > 0 || d <= apart && d >= -apart
	})
}

// wrap brings a difference into the half of a circle around zero.
func wrap(d, circle int64) int64 { return floor(d+circle/2, circle)*-circle + d }

// floor divides and rounds down.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
