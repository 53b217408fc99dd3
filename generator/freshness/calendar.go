package freshness

import (
	"slices"
	"time"
)

// StripDays is the length of the strip on the page.
const StripDays = 90

// A calendar counts days in one zone. A day is from midnight to midnight, and
// has 23 to 25 hours.
type calendar struct {
	zone      *time.Location
	midnights []int64 // that begin the days around the report, oldest first
	first     int     // the number of the first of these days
	ends      [StripDays]int64
}

// newCalendar is for reports of the moment at.
func newCalendar(at time.Time, zone *time.Location) *calendar {
	c := &calendar{zone: zone}
	y, m, d := at.In(zone).Date()
	for ago := 4 * StripDays; ago >= -2; ago-- {
		c.midnights = append(c.midnights, begin(y, m, d-ago, zone))
	}
	for i := range c.ends {
		c.ends[i] = begin(y, m, d-StripDays+i+2, zone) - 1
	}
	c.ends[StripDays-1] = at.Unix()
	c.first = c.civil(c.midnights[0])
	return c
}

// begin is when a day begins: at midnight, or where the clocks go forward at
// midnight an hour later by the clock, which is the same moment.
func begin(y int, m time.Month, d int, zone *time.Location) int64 {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if t.Hour() == 23 {
		t = t.Add(time.Hour)
	}
	return t.Unix()
}

// number is the day on which a moment is, counted so that neighbours differ by
// one.
func (c *calendar) number(at int64) int {
	if at >= c.midnights[0] && at < c.midnights[len(c.midnights)-1] {
		i, found := slices.BinarySearch(c.midnights, at)
		if !found {
			i--
		}
		return c.first + i
	}
	return c.civil(at)
}

// civil is the number of a day by its date.
func (c *calendar) civil(at int64) int {
	y, m, d := time.Unix(at, 0).In(c.zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// index is the place of a moment's day in a strip; it is not in it if it is
// negative or [StripDays] and more.
func (c *calendar) index(at time.Time) int {
	return StripDays - 1 - (c.number(c.ends[StripDays-1]) - c.number(at.Unix()))
}
