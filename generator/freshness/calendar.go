package freshness

import (
	"slices"
	"time"
)

// StripDays is the number of days in a strip, today included.
const StripDays = 90

// A calendar numbers the days around a report in one zone. A day lasts from midnight to
// midnight and has 23 to 25 hours.
type calendar struct {
	zone      *time.Location
	midnights []int64 // starts of the days around the report in Unix seconds: 360 days before it to 2 days after it
	firstDay  int     // the day number of midnights[0]
	// stripEnds holds the last second of each day of the strip, in Unix seconds; for today the
	// moment of the report.
	stripEnds [StripDays]int64
}

// newCalendar returns the calendar of a report made at at, in zone.
func newCalendar(at time.Time, zone *time.Location) *calendar {
	c := &calendar{zone: zone}
	y, m, d := at.In(zone).Date()
	for ago := 4 * StripDays; ago >= -2; ago-- {
		c.midnights = append(c.midnights, startOfDay(y, m, d-ago, zone))
	}
	for i := range c.stripEnds {
		c.stripEnds[i] = startOfDay(y, m, d-StripDays+i+2, zone) - 1
	}
	c.stripEnds[StripDays-1] = at.Unix()
	c.firstDay = c.civilDayNumber(c.midnights[0])
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

// dayNumber returns the number of the day that holds at (Unix seconds). Consecutive days have
// consecutive numbers.
func (c *calendar) dayNumber(at int64) int {
	if at >= c.midnights[0] && at < c.midnights[len(c.midnights)-1] {
		i, found := slices.BinarySearch(c.midnights, at)
		if !found {
			i--
		}
		return c.firstDay + i
	}
	return c.civilDayNumber(at)
}

// civilDayNumber returns the number of days from 1 January 1970 to the date of at (Unix
// seconds) in the zone of c. dayNumber returns the same and is faster around the report.
func (c *calendar) civilDayNumber(at int64) int {
	y, m, d := time.Unix(at, 0).In(c.zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// stripIndex returns the position of at's day in a strip, 0 for the oldest day. It is negative
// before the strip, and StripDays or more after it.
func (c *calendar) stripIndex(at time.Time) int {
	return StripDays - 1 - (c.dayNumber(c.stripEnds[StripDays-1]) - c.dayNumber(at.Unix()))
}
