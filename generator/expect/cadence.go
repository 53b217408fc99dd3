package expect

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// A Cadence says when data is due: on weekdays, on the first of each month, or at the ticks of
// a cron expression. It comes from every or cron of a [[rule]], or from a learned rhythm.
type Cadence struct {
	// phrase is what people read after "every" or "by". Equal phrases mean equal cadences.
	phrase    string
	weekdays  [7]bool // whether data is due, by weekday, Sunday first
	isLearned bool    // the weekdays are those of a learned rhythm
	monthly   bool    // data is due on the first of each month instead
	cron      string  // data is due at the ticks of these five fields instead, in the zone of the rules; "" if not
}

// weekdayNames holds the weekdays that every accepts, in the order of time.Weekday.
var weekdayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// ParseEvery parses the key every of a [[rule]]: "day", "weekdays", "month", or weekdays such
// as "monday" and "monday, thursday". Case and space do not matter in lists of weekdays.
func ParseEvery(s string) (*Cadence, error) {
	c := &Cadence{phrase: s}
	switch s {
	case "day":
		c.weekdays = [7]bool{true, true, true, true, true, true, true}
		return c, nil
	case "weekdays":
		c.weekdays = [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}
		c.phrase = "weekday"
		return c, nil
	case "month":
		c.monthly = true
		return c, nil
	}
	var names []string
	for word := range strings.SplitSeq(s, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		d := slices.Index(weekdayNames, word)
		if d < 0 {
			return nil, fmt.Errorf(
				`must be "day", "weekdays", "month" or days such as "monday" and "monday, thursday" (got %q)`,
				s,
			)
		}
		c.weekdays[d] = true
		names = append(names, strings.ToUpper(word[:1])+word[1:])
	}
	c.phrase = strings.Join(names, " and ")
	return c, nil
}

// leapYear is the start of a leap year. A cron expression without a tick after it, such as 30
// February, never has one.
var leapYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// ParseCron parses the five cron fields of a [[rule]]. It returns an error for shorthands such
// as "@daily", and for expressions without any tick, such as 31 February.
func ParseCron(s string) (*Cadence, error) {
	if !gronx.IsValid(s) || len(strings.Fields(s)) != 5 {
		return nil, fmt.Errorf("must be five cron fields such as \"10 6 * * *\" (got %q)", s)
	}
	if _, err := gronx.NextTickAfter(s, leapYear, false); err != nil {
		return nil, fmt.Errorf("must match a time in the future (got %q)", s)
	}
	return &Cadence{phrase: fmt.Sprintf("cron %q", s), cron: s}, nil
}

// IsLearned reports whether the days are those of a learned rhythm.
func (c *Cadence) IsLearned() bool { return c.isLearned }

// IsCron reports whether data is due at the ticks of a cron expression.
func (c *Cadence) IsCron() bool { return c.cron != "" }

// Phrase returns when data is due in a few words, such as "weekday", "Monday and Thursday" or
// `cron "10 6 * * *"`. Equal phrases mean equal cadences.
func (c *Cadence) Phrase() string { return c.phrase }

// maxCronLead is how long before a cron tick a load may come and count for it.
const maxCronLead = 12 * time.Hour

// A Timetable lists the days of a report's calendar on which data is due, oldest first. Times
// are Unix seconds.
type Timetable struct {
	earliest []int64 // the earliest data time that counts for the day
	ends     []int64 // the end of the day, which is missed if no data came by then
}

// BuildTimetable returns the days on which c is due, of those between midnights (Unix seconds,
// sorted) in a zone.
func (c *Cadence) BuildTimetable(midnights []int64, zone *time.Location) *Timetable {
	t := new(Timetable)
	for i := range len(midnights) - 1 {
		begins := midnights[i]
		ends := midnights[i+1]
		from := begins
		on := false
		if c.cron != "" {
			from, on = c.dayWindowStart(begins, ends, zone)
		} else {
			on = c.isDueOn(time.Unix(begins, 0).In(zone))
		}
		if on {
			t.earliest = append(t.earliest, from)
			t.ends = append(t.ends, ends)
		}
	}
	return t
}

// isDueOn reports whether data is due on the day that begins at day, by a cadence without cron.
func (c *Cadence) isDueOn(day time.Time) bool {
	if c.monthly {
		return day.Day() == 1
	}
	return c.weekdays[day.Weekday()]
}

// dayWindowStart returns the earliest data time that counts for the last cron tick of the day
// from begins to ends, in Unix seconds. hasTick is false if the day has no tick.
func (c *Cadence) dayWindowStart(begins, ends int64, zone *time.Location) (from int64, hasTick bool) {
	due, found := c.previousTick(time.Unix(ends, 0).In(zone))
	if !found || due.Unix() < begins {
		return 0, false
	}
	return c.tickWindowStart(due).Unix(), true
}

// tickWindowStart returns the earliest data time that counts for the cron tick due: maxCronLead
// before it, but not before the previous tick.
func (c *Cadence) tickWindowStart(due time.Time) time.Time {
	early := due.Add(-maxCronLead)
	if before, found := c.previousTick(due); found && before.After(early) {
		return before
	}
	return early
}

// Ticks are computed in clock time and then placed in the zone. So a tick in the hour that the
// change to summer time skips is an hour later on that day, and not left out.

// previousTick returns the last cron tick before t, in the zone of t; found is false if there is none.
func (c *Cadence) previousTick(t time.Time) (tick time.Time, found bool) {
	tick, err := gronx.PrevTickBefore(c.cron, withZone(t, time.UTC), false)
	return withZone(tick, t.Location()), err == nil
}

// nextTick returns the first cron tick after t, in the zone of t; found is false if there is none.
func (c *Cadence) nextTick(t time.Time) (tick time.Time, found bool) {
	clock := withZone(t, time.UTC)
	for {
		next, err := gronx.NextTickAfter(c.cron, clock, false)
		if err != nil {
			return time.Time{}, false
		}
		tick = withZone(next, t.Location())
		if tick.After(t) {
			return tick, true
		}
		clock = next // t lies in the hour that comes twice, after the first one
	}
}

// withZone returns the moment at which clocks of a zone show the date and time of t.
func withZone(t time.Time, zone *time.Location) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
}

// countMissed returns how many due days had ended by moment that data updated at at is too old
// for. Both are Unix seconds.
func (t *Timetable) countMissed(at, moment int64) int {
	first := sort.Search(len(t.earliest), func(i int) bool { return t.earliest[i] > at })
	over := sort.Search(len(t.ends), func(i int) bool { return t.ends[i] > moment })
	return max(0, over-first)
}

// nextDueDay returns the first due day that data updated at at does not count for: the earliest
// data time that counts, and the end of the day. Both are zero if the calendar has no such day.
func (t *Timetable) nextDueDay(at time.Time) (from, ends time.Time) {
	if i := sort.Search(len(t.earliest), func(i int) bool { return t.earliest[i] > at.Unix() }); i < len(t.earliest) {
		return time.Unix(t.earliest[i], 0), time.Unix(t.ends[i], 0)
	}
	return time.Time{}, time.Time{}
}

// nextDueTick returns the first cron tick that data updated at at does not count for, in the
// given zone; the zero time if there is no further tick.
func (c *Cadence) nextDueTick(at time.Time, zone *time.Location) time.Time {
	tick := at.In(zone)
	for range 4 { // skips the tick that at counts for because it came early
		next, found := c.nextTick(tick)
		if !found {
			return time.Time{}
		}
		if c.tickWindowStart(next).After(at) {
			return next
		}
		tick = next
	}
	return tick
}
