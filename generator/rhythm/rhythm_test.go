package rhythm

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var utc = time.UTC

// mornings are loads at an hour on days for which on is true, the last day last.
func mornings(days int, on func(time.Time) bool, times ...time.Duration) (loads []time.Time) {
	r := rand.New(rand.NewPCG(1, 2))
	for d := range days {
		day := time.Date(2026, 8, 22-days+1+d, 0, 0, 0, 0, utc)
		for _, at := range times {
			if on(day) {
				loads = append(loads, day.Add(at+time.Duration(r.IntN(240)-120)*time.Second))
			}
		}
	}
	return loads
}

func always(time.Time) bool { return true }

func TestWords(t *testing.T) {
	at := time.Date(2026, 8, 22, 23, 0, 0, 0, utc)
	on := func(days ...time.Weekday) func(time.Time) bool {
		return func(t time.Time) bool {
			for _, d := range days {
				if t.Weekday() == d {
					return true
				}
			}
			return false
		}
	}
	daily := mornings(60, always, 6*time.Hour)
	for want, loads := range map[string][]time.Time{
		"usually daily by 06:05, 60 of 60 times":                       daily,
		"usually Mon–Fri by 06:05, 43 of 43 times":                     mornings(60, on(1, 2, 3, 4, 5), 6*time.Hour),
		"usually Sun–Thu by 06:05, 42 of 42 times":                     mornings(60, on(0, 1, 2, 3, 4), 6*time.Hour),
		"usually Mon by 06:05, 12 of 12 times":                         mornings(84, on(1), 6*time.Hour),
		"usually Mon and Thu by 06:05, 24 of 24 times":                 mornings(84, on(1, 4), 6*time.Hour),
		"usually Mon, Wed and Sun by 06:05, 36 of 36 times":            mornings(84, on(0, 1, 3), 6*time.Hour),
		"usually daily by 06:05 and 18:05, 120 of 120 times":           mornings(60, always, 6*time.Hour, 18*time.Hour),
		"usually daily by 00:05, 59 of 59 times":                       mornings(60, always, 24*time.Hour-time.Minute/2),
		"usually every hour, 719 of 719 times":                         mornings(30, always, hours()...),
		"usually daily by 06:05, 55 of 60 times":                       slices.Concat(daily[:30], daily[35:]),
		"usually daily by 06:05, 60 of 60 times, each load told twice": slices.Concat(daily, daily),
	} {
		r := Learn(loads, utc, at)
		if r == nil {
			t.Errorf("schedule: got none, want %q", want)
		} else if got := r.String(); got != want && got+", each load told twice" != want {
			t.Errorf("schedule: got %q, want %q", got, want)
		}
	}
}

func hours() (all []time.Duration) {
	for h := range 24 {
		all = append(all, time.Duration(h)*time.Hour+10*time.Minute)
	}
	return all
}

func TestNothingIsTaughtByLessThanEightLoads(t *testing.T) {
	at := time.Date(2026, 8, 22, 23, 0, 0, 0, utc)
	if r := Learn(mornings(7, always, 6*time.Hour), utc, at); r != nil {
		t.Errorf("schedule of 7 loads: got %s, want none", r)
	}
	if r := Learn(nil, utc, at); r != nil {
		t.Errorf("schedule of no loads: got %s, want none", r)
	}
}

func TestDueAndLate(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	var loads []time.Time
	for d := range 40 {
		if day := time.Date(2026, 3, 27-d, 6, d%3, 0, 0, zone); day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			loads = append(loads, day)
		}
	}
	r := Learn(loads, zone, time.Date(2026, 3, 27, 12, 0, 0, 0, zone))
	if r == nil {
		t.Fatal("schedule of weekdays: got none, want one")
	}
	friday := loads[0]
	if due := r.NextDue(friday).In(zone).Format("Mon 15:04"); due != "Mon 06:05" { // the clocks went forward on Sunday
		t.Errorf("next due after Friday: got %s, want Mon 06:05", due)
	}
	if late := r.LateAfter(friday).In(zone); late.Format("Mon 15:04") != "Mon 06:16" {
		t.Errorf("late after Friday: got %s, want Mon 06:16", late.Format("Mon 15:04"))
	}
	early := time.Date(2026, 3, 30, 5, 50, 0, 0, zone)
	if due := r.NextDue(early).In(zone).Format("Mon 15:04"); due != "Tue 06:05" {
		t.Errorf("next due after an early load on Monday: got %s, want Tue 06:05", due)
	}
}

func BenchmarkLearn100000Assets90Days(b *testing.B) {
	at := time.Date(2026, 8, 22, 23, 0, 0, 0, utc)
	loads := mornings(90, always, 6*time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		for range 100_000 {
			if Learn(loads, utc, at) == nil {
				b.Fatal("schedule of 90 mornings: got none, want one")
			}
		}
	}
}

// TestWhatRunsByUTCIsNotLateForWeeks: when the clocks go forward, what runs by UTC
// comes an hour later by the clock, and the loads of two days tell.
func TestWhatRunsByUTCIsNotLateForWeeks(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	falsely := 0
	for day := range 21 {
		at := time.Date(2026, 3, 8+day, 8, 40, 0, 0, utc) // before the load of the day
		var loads []time.Time
		for d := 1; d < 80; d++ {
			loads = append(loads, time.Date(2026, 3, 8+day-d, 9, d%3, 0, 0, utc))
		}
		if r := Learn(loads, zone, at); r != nil && !r.LateAfter(loads[0]).After(at) {
			falsely++
		}
	}
	if falsely > 3 {
		t.Errorf("days late without a reason: got %d of 21, want at most 3", falsely)
	}
}

// TestTwoOutagesAreNoFreeDay has a daily asset that did not load on the last two Sundays, after 15
// to 60 days: it may be late on the next Sunday, or have no rhythm yet, but Sunday is not free.
func TestTwoOutagesAreNoFreeDay(t *testing.T) {
	at := time.Date(2026, 8, 22, 23, 0, 0, 0, utc)
	out := []int{9, 16} // of August
	isUp := func(day time.Time) bool { return day.Month() != time.August || !slices.Contains(out, day.Day()) }
	for days := 15; days <= 60; days++ {
		r := Learn(mornings(days, isUp, 6*time.Hour), utc, at)
		if r != nil && !r.weekdays[time.Sunday] {
			t.Errorf("after %d days: got %q, want Sunday in it", days, r)
		}
	}
}
