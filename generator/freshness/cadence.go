package freshness

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/adhocore/gronx"
)

// A Cadence is on which days data is due, by every or cron of a [[rule]], or as was
// learned.
type Cadence struct {
	says  string
	days  [7]bool // by weekday, Sunday first
	month bool    // the first day of each month instead
	cron  string  // the moments at which it is due instead, in the zone of the rules
}

var dayNames = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// ParseEvery reads "day", "weekdays", "month", or days such as "monday" and
// "monday, thursday".
func ParseEvery(s string) (*Cadence, error) {
	c := &Cadence{says: s}
	switch s {
	case "day":
		c.days = [7]bool{true, true, true, true, true, true, true}
		return c, nil
	case "weekdays":
		c.days, c.says = [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, "weekday"
		return c, nil
	case "month":
		c.month = true
		return c, nil
	}
	var names []string
	for word := range strings.SplitSeq(s, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		d := slices.Index(dayNames, word)
		if d < 0 {
			return nil, fmt.Errorf(`must be "day", "weekdays", "month", or days such as "monday" and "monday, thursday", is %q`, s)
		}
		c.days[d] = true
		names = append(names, strings.ToUpper(word[:1])+word[1:])
	}
	c.says = strings.Join(names, " and ")
	return c, nil
}

// leapYear has every day that a year may have.
var leapYear = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// ParseCron reads five fields of cron.
func ParseCron(s string) (*Cadence, error) {
	if !gronx.IsValid(s) || len(strings.Fields(s)) != 5 {
		return nil, fmt.Errorf("must be five fields of cron such as \"10 6 * * *\", is %q", s)
	}
	if _, err := gronx.NextTickAfter(s, leapYear, false); err != nil {
		return nil, fmt.Errorf("must be a moment that comes, is %q", s)
	}
	return &Cadence{says: fmt.Sprintf("cron %q", s), cron: s}, nil
}

// String is the cadence in words.
func (c *Cadence) String() string {
	if c.cron != "" {
		return "by " + c.says
	}
	return "every " + c.says
}

// ahead is how long before its moment a load by cron may come.
const ahead = 12 * time.Hour

// A timetable is the days of a report's calendar on which data is due.
type timetable struct {
	from []int64 // data that moved at this moment or later is that of the day
	ends []int64 // when the day ends, and is missed if nothing came
}

// timetable writes the cadence out, for the days of a calendar.
func (c *Cadence) timetable(cal *calendar) *timetable {
	t := new(timetable)
	for i := range len(cal.midnights) - 1 {
		begins, ends := cal.midnights[i], cal.midnights[i+1]
		from, on := begins, false
		if c.cron != "" {
			from, on = c.window(begins, ends, cal.zone)
		} else {
			on = c.on(time.Unix(begins, 0).In(cal.zone))
		}
		if on {
			t.from, t.ends = append(t.from, from), append(t.ends, ends)
		}
	}
	return t
}

func (c *Cadence) on(day time.Time) bool {
	if c.month {
		return day.Day() == 1
	}
	return c.days[day.Weekday()]
}

// window is from when on data is that of the last moment of a day by cron.
func (c *Cadence) window(begins, ends int64, zone *time.Location) (from int64, on bool) {
	due, err := gronx.PrevTickBefore(c.cron, time.Unix(ends, 0).In(zone), false)
	if err != nil || due.Unix() < begins {
		return 0, false
	}
	return c.since(due).Unix(), true
}

// since is from when on data is that of a moment by cron: a load may come before,
// and not before the moment before.
func (c *Cadence) since(due time.Time) time.Time {
	early := due.Add(-ahead)
	if before, err := gronx.PrevTickBefore(c.cron, due, false); err == nil && before.After(early) {
		return before
	}
	return early
}

// missed counts the due days that were over at a moment, and for which data that
// moved at at is too old.
func (t *timetable) missed(at, moment int64) int {
	first := sort.Search(len(t.from), func(i int) bool { return t.from[i] > at })
	over := sort.Search(len(t.ends), func(i int) bool { return t.ends[i] > moment })
	return max(0, over-first)
}

// due is the first day on which data newer than at is due; the zero time is not
// known.
func (t *timetable) due(at time.Time) (from, ends time.Time) {
	if i := sort.Search(len(t.from), func(i int) bool { return t.from[i] > at.Unix() }); i < len(t.from) {
		return time.Unix(t.from[i], 0), time.Unix(t.ends[i], 0)
	}
	return time.Time{}, time.Time{}
}

// due is the first moment by cron at which data newer than at is due; the zero time
// is not known.
func (c *Cadence) due(at time.Time, cal *calendar) time.Time {
	tick := at.In(cal.zone)
	for range 4 { // the moments that at is early for
		next, err := gronx.NextTickAfter(c.cron, tick, false)
		if err != nil {
			return time.Time{}
		}
		if c.since(next).After(at) {
			return next
		}
		tick = next
	}
	return tick
}
