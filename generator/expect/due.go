package expect

import (
	"time"

	"github.com/freshet-status/freshet/generator/rhythm"
)

// cronGrace is how long after a cron tick missing data is late.
const cronGrace = 30 * time.Minute

// NextDue returns when the data after that of a moment is due, and from when on it is late; both
// are zero if neither e nor a rhythm, which may be nil, tells. With a cadence of days, the data
// is due at the end of its day, or at the usual hour on that day if the rhythm has one.
func (e Expectation) NextDue(learned *rhythm.Rhythm, updated time.Time, zone *time.Location) (due, lateAt time.Time) {
	switch c := e.Cadence; {
	case c != nil && c.IsCron():
		due = c.nextDueTick(updated, zone)
		return due, due.Add(cronGrace)
	case c != nil:
		return e.nextDueDay(learned, updated)
	case learned != nil:
		return learned.NextDue(updated), learned.LateAfter(updated)
	default:
		return time.Time{}, time.Time{}
	}
}

// nextDueDay returns when data is due and late by a cadence of days.
func (e Expectation) nextDueDay(learned *rhythm.Rhythm, updated time.Time) (due, lateAt time.Time) {
	from, ends := e.DueDays.nextDueDay(updated)
	if learned == nil {
		return ends, ends
	}
	usuallyLateAt := learned.LateAfter(updated)
	if usuallyLateAt.After(from) && usuallyLateAt.Before(ends) {
		return learned.NextDue(updated), usuallyLateAt // the rhythm expects it earlier on that day
	}
	return ends, ends
}
