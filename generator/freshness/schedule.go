package freshness

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/freshet-status/freshet/generator/rhythm"
)

// learnRhythms sets the Rhythm of each asset that is not static, from its loads on the days of
// the strip. It is most of the work of a report, so it runs on all processors.
func (r *Report) learnRhythms() {
	next := make(chan *Node)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := range next {
				n.Rhythm = rhythm.Learn(r.loadTimes(n), r.Zone, r.At)
			}
		})
	}
	for _, n := range r.Nodes {
		if !n.isStatic() {
			next <- n
		}
	}
	close(next)
	wg.Wait()
}

// loadTimes returns the moments at which the data of n was updated on the days of the strip, by
// the clock that judges n now, in no order. It returns nil if no clock has a reading, or if the
// only source of n has fewer than rhythm.MinLoads of them.
func (r *Report) loadTimes(n *Node) (loads []time.Time) {
	if len(n.tracks) == 0 || !n.hasReading() {
		return nil
	}
	clock, _ := n.bestClockAt(r.horizon, r.At.Unix())
	from := r.calendar.stripEnds[0] - 86400
	total := 0
	for _, t := range n.tracks {
		total += len(t.Clocks[clock])
	}
	loads = make([]time.Time, 0, total)
	for _, t := range n.tracks {
		if len(t.Clocks[clock]) < rhythm.MinLoads && len(n.tracks) == 1 {
			return nil
		}
		for _, span := range t.Clocks[clock] {
			if span.At > from && span.At <= r.At.Unix() {
				loads = append(loads, time.Unix(span.At, 0))
			}
		}
	}
	return loads
}

// PreviousSchedule returns in words the usual schedule that n had 30 days before its newest
// load, if it has another one now; "" if not.
func (r *Report) PreviousSchedule(n *Node) string {
	if n.Rhythm == nil {
		return ""
	}
	loads := r.loadTimes(n)
	last := slices.MaxFunc(loads, time.Time.Compare)
	before := rhythm.Learn(loads, r.Zone, last.AddDate(0, 0, -30))
	if before == nil || before.IsSimilarTo(n.Rhythm) {
		return ""
	}
	return before.ScheduleText()
}

// setDue sets Due, Waiting and Late of n. Late requires a check after the due time and its
// usual delay. A failed or skipped build is never late, because that is the better explanation.
func (r *Report) setDue(n *Node) {
	if n.Clock == nil || n.Never || n.isStatic() || n.OwnStatus == Broken {
		return
	}
	lateAt := time.Time{}
	switch c := n.Expect.Cadence; {
	case c != nil && c.cron != "":
		n.Due = c.nextDueTick(n.Updated, r.calendar)
		lateAt = n.Due.Add(cronGrace)
	case c != nil:
		from, ends := n.Expect.dueDays.nextDueDay(n.Updated)
		n.Due = ends
		lateAt = ends
		if n.Rhythm == nil {
			break
		}
		if usuallyLateAt := n.Rhythm.LateAfter(n.Updated); usuallyLateAt.After(from) && usuallyLateAt.Before(lateAt) {
			n.Due = n.Rhythm.NextDue(n.Updated)
			lateAt = usuallyLateAt // the rhythm expects it earlier on that day
		}
	case n.Rhythm != nil:
		n.Due = n.Rhythm.NextDue(n.Updated)
		lateAt = n.Rhythm.LateAfter(n.Updated)
	}
	if n.Due.IsZero() {
		return
	}
	n.Due = n.Due.UTC()
	n.Late = !lateAt.After(n.Clock.CheckedAt) && n.Attempt.Outcome == ""
	n.Waiting = n.OwnStatus == Aging && n.Due.After(r.At) && !n.Expect.hasExplicitLimit() && !n.hasFailedBuild()
}

// cronGrace is how long after a cron tick missing data is late.
const cronGrace = 30 * time.Minute
