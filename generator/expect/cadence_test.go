package expect_test

import (
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
)

// TestATickOfTheSkippedHourIsDueAllTheSame has a cron tick at 02:30 in a zone whose clocks go from
// 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
func TestATickOfTheSkippedHourIsDueAllTheSame(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, zone)
	}
	for name, tt := range map[string]struct{ updated, due time.Time }{
		"the tick that summer time skips is due an hour later": {at(3, 28, 3, 0), at(3, 29, 3, 30)},
		"the tick after it is due as usual":                    {at(3, 29, 4, 0), at(3, 30, 2, 30)},
		"the tick that comes twice is due the first time":      {at(10, 24, 3, 0), at(10, 25, 2, 30)},
		"data of the hour that comes again counts for it":      {at(10, 25, 2, 30).Add(40 * time.Minute), at(10, 26, 2, 30)},
	} {
		cadence, err := expect.ParseCron("30 2 * * *")
		if err != nil {
			t.Fatal(err)
		}
		due, _ := expect.Expectation{Cadence: cadence}.NextDue(nil, tt.updated, zone)
		if !due.Equal(tt.due) {
			t.Errorf("%s: got due %s after data of %s, want %s", name, due, tt.updated, tt.due)
		}
	}
	cadence, _ := expect.ParseCron("30 2 * * 0")
	sunday := []int64{at(3, 29, 0, 0).Unix(), at(3, 30, 0, 0).Unix()}
	e := expect.Expectation{Cadence: cadence, DueDays: cadence.BuildTimetable(sunday, zone)}
	monday := expect.Moment{Unix: at(3, 30, 8, 0).Unix()}
	if got := e.JudgeAge(expect.Moment{Unix: at(3, 22, 3, 0).Unix()}, monday); got == expect.WithinLimits {
		t.Error("data of the Sunday before the skipped tick: got within limits on Monday, want past the first limit")
	}
}
