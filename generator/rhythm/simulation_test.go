package rhythm_test

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The year. The clocks change four times in it, twice in each zone.
var (
	yearBegins = time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	yearEnds   = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	june       = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	winter     = formatPeriod{
		from: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC),
		to:   time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
	}
	never = yearEnds.AddDate(100, 0, 0)
)

const (
	day   = 24 * time.Hour
	ofOne = 10 // assets of one kind
)

var (
	everyDay = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	workdays = []time.Weekday{1, 2, 3, 4, 5}
	mondays  = []time.Weekday{1}
	others   = [][]time.Weekday{{0, 1, 2, 3, 4}, {2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}} // weeks with another weekend
)

// formatPeriod returns a period in words: "hour", "2 hours" or "5 minutes".
type formatPeriod struct{ from, to time.Time }

func (s formatPeriod) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

// A timetable is the rhythm of an asset, from a day on.
type timetable struct {
	since   time.Time
	days    []time.Weekday  // Sunday first
	times   []time.Duration // after midnight, by the clock on the wall; none is every hour
	monthly bool            // on the first of the month, whatever the day
}

// A slot is a load that the timetable plans.
type slot struct{ planned, came time.Time } // came is never where it was lost

// An asset is what the learner sees of it, which is its loads, and the truth.
type asset struct {
	*rand.Rand
	kind    string
	number  int
	zone    *time.Location // whose days and hours count
	clock   *time.Location // that the timetable is written in: the zone, or UTC
	plan    []timetable    // oldest first; none where there is no rhythm
	scatter time.Duration  // the standard deviation of a load around its slot
	down    []formatPeriod // outages; the stop of one that never loads again ends never
	changes []time.Time    // when the rhythm became another one by the clock on the wall
	slots   []slot
	loads   []time.Time // in order: the slots that were not lost, and backfills
}

// kinds of assets, each with the rhythm that it draws.
var kinds = []struct {
	name string
	draw func(a *asset)
}{
	{"daily", func(a *asset) { a.runs(everyDay, a.hour()) }},
	{"daily around midnight", func(a *asset) { a.runs(everyDay, a.minutes(23*60+40, 24*60+20)%day) }},
	{"weekdays", func(a *asset) { a.runs(workdays, a.hour()) }},
	{"another weekend", func(a *asset) { a.runs(others[a.number%len(others)], a.hour()) }},
	{"Mondays", func(a *asset) { a.runs(mondays, a.hour()) }},
	{"monthly", func(a *asset) { a.plan = []timetable{{times: []time.Duration{a.hour()}, monthly: true}} }},
	{"twice a day", func(a *asset) { a.twice() }},
	{"hourly", func(a *asset) { a.hourly() }},
	{"irregular", func(a *asset) { a.poisson() }},
	{"later in winter", func(a *asset) { a.winters() }},
	{"later since June", func(a *asset) { a.runs(everyDay, 6*time.Hour); a.since(june, everyDay, 14*time.Hour) }},
	{"weekdays since June", func(a *asset) { h := a.hour(); a.runs(everyDay, h); a.since(june, workdays, h) }},
	{"daily by UTC", func(a *asset) { a.byUTC() }},
	{"daily, backfills", func(a *asset) { a.runs(everyDay, a.hour()); a.backfills() }},
	{"weekdays, backfills", func(a *asset) { a.runs(workdays, a.hour()); a.backfills() }},
	{"daily, outages", func(a *asset) { a.runs(everyDay, a.hour()); a.outages() }},
	{"several a day, outages", func(a *asset) { a.several(); a.outages() }},
	{"daily, stopped", func(a *asset) { a.runs(everyDay, a.hour()); a.stops() }},
	{
		"days of the week, stopped",
		func(a *asset) { a.runs([][]time.Weekday{workdays, mondays}[a.number/2%2], a.hour()); a.stops() },
	},
	{"several a day, stopped", func(a *asset) { a.several(); a.stops() }},
}

// year is everything that loads in it, the same in every run.
func year(zones ...*time.Location) (all []*asset) {
	for k, kind := range kinds {
		for n := range ofOne {
			a := &asset{Rand: rand.New(rand.NewPCG(uint64(k), uint64(n))), kind: kind.name, number: n}
			a.zone = zones[n%len(zones)]
			a.clock = a.zone
			a.scatter = a.minutes(2, []int{5, 10, 20, 40}[a.IntN(4)])
			kind.draw(a)
			a.live()
			all = append(all, a)
		}
	}
	return all
}

// minutes draws a time of low to high minutes.
func (a *asset) minutes(low, high int) time.Duration {
	return time.Duration(low+a.IntN(high-low+1)) * time.Minute
}

// hour draws a time of day so far from midnight that no load crosses it.
func (a *asset) hour() time.Duration { return a.minutes(3*12, 20*12) * 5 }

func (a *asset) runs(days []time.Weekday, times ...time.Duration) {
	a.plan = append(a.plan, timetable{days: days, times: times})
}

// since gives another rhythm from a day on.
func (a *asset) since(when time.Time, days []time.Weekday, times ...time.Duration) {
	a.plan = append(a.plan, timetable{since: when, days: days, times: times})
	a.changes = append(a.changes, when)
}

func (a *asset) twice() {
	first := a.minutes(3*12, 9*12) * 5
	a.runs(everyDay, first, first+a.minutes(5, 12)*60)
}

func (a *asset) hourly() {
	a.scatter = a.minutes(1, 6)
	a.plan = []timetable{{days: everyDay}}
}

func (a *asset) several() {
	if a.number/2%2 == 0 {
		a.twice()
	} else {
		a.hourly()
	}
}

func (a *asset) winters() {
	h := a.minutes(3*12, 18*12) * 5
	a.runs(everyDay, h)
	a.since(winter.from, everyDay, h+2*time.Hour)
	a.since(winter.to, everyDay, h)
}

// byUTC is a rhythm that the clocks of the zone change.
func (a *asset) byUTC() {
	a.clock = time.UTC
	a.runs(everyDay, a.minutes(8*12, 18*12)*5)
	for t := yearBegins; t.Before(yearEnds); t = t.Add(day) {
		_, before := t.In(a.zone).Zone()
		_, after := t.Add(day).In(a.zone).Zone()
		if before != after {
			a.changes = append(a.changes, t)
		}
	}
}

// outages are three, one in each third of the year, of three to ten days.
func (a *asset) outages() {
	for third := range 3 {
		from := yearBegins.Add(time.Duration(third)*120*day + a.minutes(40*24*60, 100*24*60))
		a.down = append(a.down, formatPeriod{from: from, to: from.Add(a.minutes(3*24*60, 10*24*60))})
	}
}

// stops is the end of it, after four to eleven months.
func (a *asset) stops() {
	a.down = []formatPeriod{{from: yearBegins.Add(a.minutes(120*24*60, 330*24*60)), to: never}}
}

// backfills are bursts of one to twenty loads at odd times, about one a month.
func (a *asset) backfills() {
	for t := yearBegins; t.Before(yearEnds); t = t.Add(a.minutes(15*24*60, 45*24*60)) {
		for burst, n := t, a.IntN(20); n >= 0; n-- {
			burst = burst.Add(a.minutes(1, 20))
			a.loads = append(a.loads, burst)
		}
	}
}

// poisson is loads without a rhythm, six hours to four days apart on average.
func (a *asset) poisson() {
	mean := float64(6*time.Hour) * float64(1+a.number*15/(ofOne-1))
	for t := yearBegins; t.Before(yearEnds); t = t.Add(time.Duration(a.ExpFloat64() * mean)) {
		a.loads = append(a.loads, t)
	}
}

// live lets the year pass.
func (a *asset) live() {
	for t := yearBegins; len(a.plan) > 0 && t.Before(yearEnds); t = t.Add(day) {
		for _, planned := range a.planned(t) {
			s := slot{planned: planned, came: planned.Add(a.delay())}
			if a.isDown(planned) {
				s.came = never
			} else {
				a.loads = append(a.loads, s.came.UTC())
			}
			a.slots = append(a.slots, s)
		}
	}
	slices.SortFunc(a.loads, time.Time.Compare)
}

// planned are the slots of the day with the date that t has in UTC.
func (a *asset) planned(t time.Time) (slots []time.Time) {
	p := a.timetable(t)
	y, m, d := t.Date()
	switch {
	case p.monthly && d != 1, !p.monthly && !slices.Contains(p.days, t.Weekday()):
	case len(p.times) == 0:
		for h := range 24 {
			slots = append(slots, t.Add(time.Duration(h)*time.Hour+time.Duration(a.number)*5*time.Minute))
		}
	default:
		for _, wall := range p.times {
			slots = append(slots, time.Date(y, m, d, 0, int(wall.Minutes()), 0, 0, a.clock))
		}
	}
	return slots
}

// timetable is the one in force at t.
func (a *asset) timetable(t time.Time) (p timetable) {
	for _, next := range a.plan {
		if !t.Before(next.since) {
			p = next
		}
	}
	return p
}

// delay is normal around the slot. One load in a hundred is from a heavy tail:
// four to twelve times the scatter after the slot, and at most three hours.
func (a *asset) delay() time.Duration {
	d := a.NormFloat64()
	if a.IntN(100) == 0 {
		d = 4 + 8*a.Float64()
	}
	return min(time.Duration(d*float64(a.scatter)), 3*time.Hour).Truncate(time.Second)
}

func (a *asset) isDown(t time.Time) bool {
	return slices.ContainsFunc(a.down, func(s formatPeriod) bool { return s.holds(t) })
}

// missed reports whether a load is really missing at t: its slot has passed,
// it does not come within three times the scatter, if ever, and nothing that
// was planned later has come.
func (a *asset) missed(t time.Time) bool {
	for _, s := range slices.Backward(a.slots[:a.passed(t.Add(4*a.scatter))]) {
		switch {
		case !s.came.After(t):
			return false
		case !s.planned.After(t) && s.came.After(s.planned.Add(3*a.scatter)):
			return true
		}
	}
	return false
}

// passed counts the slots that were planned until t.
func (a *asset) passed(t time.Time) int {
	n, _ := slices.BinarySearchFunc(a.slots, t, func(s slot, t time.Time) int {
		if s.planned.After(t) {
			return 1
		}
		return -1
	})
	return n
}
