package timeline

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// StripDays is the number of days in a strip, today included.
const StripDays = 90

// A Calendar numbers the days around a report in one zone. A day lasts from midnight to
// midnight and has 23 to 25 hours.
type Calendar struct {
	Zone      *time.Location
	Midnights []int64 // starts of the days around the report in Unix seconds: 360 days before it to 2 days after it
	firstDay  int     // the day number of Midnights[0]
	// StripEnds holds the last second of each day of the strip, in Unix seconds; for today the
	// moment of the report.
	StripEnds [StripDays]int64
}

// newCalendar returns the calendar of a report made at at, in zone.
func newCalendar(at time.Time, zone *time.Location) *Calendar {
	c := &Calendar{Zone: zone}
	y, m, d := at.In(zone).Date()
	for ago := 4 * StripDays; ago >= -2; ago-- {
		c.Midnights = append(c.Midnights, startOfDay(y, m, d-ago, zone))
	}
	for i := range c.StripEnds {
		c.StripEnds[i] = startOfDay(y, m, d-StripDays+i+2, zone) - 1
	}
	c.StripEnds[StripDays-1] = at.Unix()
	c.firstDay = c.civilDayNumber(c.Midnights[0])
	return c
}

// startOfDay returns the Unix time at which a day begins. Where the clocks skip midnight,
// time.Date may return 23:00 of the day before, an hour too early.
func startOfDay(y int, m time.Month, d int, zone *time.Location) int64 {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if t.Hour() == 23 {
		t = t.Add(time.Hour)
	}
	return t.Unix()
}

// DayNumber returns the number of the day that holds at (Unix seconds). Consecutive days have
// consecutive numbers.
func (c *Calendar) DayNumber(at int64) int {
	if at >= c.Midnights[0] && at < c.Midnights[len(c.Midnights)-1] {
		i, found := slices.BinarySearch(c.Midnights, at)
		if !found {
			i--
		}
		return c.firstDay + i
	}
	return c.civilDayNumber(at)
}

// civilDayNumber returns the number of days from 1 January 1970 to the date of at (Unix
// seconds) in the zone of c. DayNumber returns the same and is faster around the report.
func (c *Calendar) civilDayNumber(at int64) int {
	y, m, d := time.Unix(at, 0).In(c.Zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DaysBetween returns the number of midnights from one moment to another.
func (c *Calendar) DaysBetween(from, to time.Time) int {
	return c.DayNumber(to.Unix()) - c.DayNumber(from.Unix())
}

// StripIndex returns the position of at's day in a strip, 0 for the oldest day. It is negative
// before the strip, and StripDays or more after it.
func (c *Calendar) StripIndex(at time.Time) int {
	return StripDays - 1 - (c.DayNumber(c.StripEnds[StripDays-1]) - c.DayNumber(at.Unix()))
}

// StartOfToday returns the midnight that begins the day of the report, in Unix seconds.
func (c *Calendar) StartOfToday() int64 { return c.Midnights[len(c.Midnights)-3] }

// StripBounds returns the midnight that begins the first day of the strip and the midnight that
// ends today, in UTC.
func (c *Calendar) StripBounds() (from, to time.Time) {
	today := len(c.Midnights) - 3
	return time.Unix(c.Midnights[today-StripDays+1], 0).UTC(), time.Unix(c.Midnights[today+1], 0).UTC()
}

// MarkDays returns the days of the strip on which one of the visits began.
func (c *Calendar) MarkDays(visits []sources.Visit) (days [StripDays]bool) {
	for _, v := range visits {
		if i := c.StripIndex(v.At); i >= 0 && i < StripDays {
			days[i] = true
		}
	}
	return days
}
