package freshness_test

import (
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// attention counts the rows under attention.
func attention(r *freshness.Report) (n int) {
	for _, c := range r.Causes {
		if c.Attention {
			n++
		}
	}
	return n
}

func TestWhatIsPastALimitOfDBTNeverWaits(t *testing.T) {
	mondays := func(t time.Time) bool { return t.Weekday() == time.Monday }
	var all []sources.Scrape
	for _, s := range mornings(85, "table:RAW.S.W", mondays) {
		s.Observations[0].ErrorAfter = 48 * 3600
		all = append(all, s)
	}
	r := derive(rules(), all...) // a Saturday: five days
	n := r.Node("table:RAW.S.W")
	if n.Rhythm == nil || n.Status != freshness.Stale || n.Waiting || attention(r) != 1 {
		t.Errorf("table:RAW.S.W: got schedule %v, %s, waiting %v, %d rows, want a schedule, stale, false, 1 row",
			n.Rhythm, n.Status, n.Waiting, attention(r))
	}
}

func TestWhatIsBrokenOrFailedNeverWaits(t *testing.T) {
	at := now.Add(22 * time.Hour)
	scrapes := mornings(30, "table:RAW.S.F", daily)
	f := failed(table("table:RAW.S.F"), -21)
	f.Attempt.At = at.Add(-time.Hour)
	r := deriveAt(past(at, append(scrapes, visit(at.Add(-time.Minute), f))...), rules(), at)
	if n := r.Node("table:RAW.S.F"); n.Waiting || attention(r) != 1 {
		t.Errorf("table:RAW.S.F after a failed build: got waiting %v, %d rows, want false, 1 row",
			n.Waiting, attention(r))
	}
}

func TestWhatWasSkippedForDaysIsARow(t *testing.T) {
	stopped := func(t time.Time) bool { return t.Before(now.AddDate(0, 0, -5)) }
	scrapes := mornings(30, "table:RAW.S.K", stopped)
	r := derive(rules(), append(scrapes, visit(ago(0.1), skipped(table("table:RAW.S.K"), 1)))...)
	if n := r.Node("table:RAW.S.K"); n.Status != freshness.Aging || n.Waiting || attention(r) != 1 {
		t.Errorf("table:RAW.S.K after a skipped build: got %s, waiting %v, %d rows, want aging, false, 1 row",
			n.Status, n.Waiting, attention(r))
	}
}

func TestARuleOfDaysIsLateOnItsOwnDays(t *testing.T) {
	last := func(t time.Time) bool { return !t.After(now.AddDate(0, 0, -4)) } // Tuesday was the last
	for days, late := range map[int]bool{0: false, 2: false, 3: true} {       // Saturday, Monday, Tuesday
		at := now.AddDate(0, 0, days)
		r := deriveAt(
			past(at, append(mornings(30, "table:RAW.S.M", last), visit(at, table("table:RAW.S.M")))...),
			rules(ruled(t, "table:RAW.S.M", "monday")...),
			at,
		)
		if n := r.Node("table:RAW.S.M"); n.Late && !late {
			t.Errorf("table:RAW.S.M on %s: got late, due %s, want not late", at.Weekday(), n.Due)
		}
	}
}

func TestACronThatNeverComesIsNone(t *testing.T) {
	if _, err := expect.ParseCron("0 0 31 2 *"); err == nil {
		t.Error("cron of a day that never comes: got no error, want one")
	}
	if _, err := expect.ParseCron("0 0 29 2 *"); err != nil {
		t.Errorf("cron of 29 February: got %v, want no error", err)
	}
}

func TestWhatWaitsExplainsNothingOfWhatIsLate(t *testing.T) {
	wednesdays := func(t time.Time) bool { return t.Weekday() == time.Wednesday }
	var all []sources.Scrape
	a := mornings(85, "table:RAW.S.A", wednesdays)
	b := mornings(85, "table:P.M.B", func(t time.Time) bool { return t.Before(now.AddDate(0, 0, -1)) })
	for i := range a {
		o := b[i].Observations[0]
		o.Upstream = []sources.ID{"table:RAW.S.A"}
		all = append(all, visit(a[i].At, a[i].Observations[0], o))
	}
	r := derive(rules(), all...)
	if n := r.Node("table:P.M.B"); !n.Late || attention(r) != 1 {
		t.Errorf("table:P.M.B: got late %v, %d rows, want true, 1 row; %s", n.Late, attention(r), words.Headline(r))
	}
}
