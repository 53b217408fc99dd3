package freshness

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/freshet-status/freshet/generator/rhythm"
)

// learn gives every asset that has a clock the rhythm that its loads of the window
// have, if they have one. It is most of the work of a report, so all processors
// share it.
func (r *Report) learn() {
	next := make(chan *Node)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := range next {
				n.Rhythm = rhythm.Learn(r.loads(n), r.Zone, r.At)
			}
		})
	}
	for _, n := range r.Nodes {
		if !n.static() {
			next <- n
		}
	}
	close(next)
	wg.Wait()
}

// loads are the moments at which the data of an asset moved in the window, by the
// clock that is believed now.
func (r *Report) loads(n *Node) (loads []time.Time) {
	if len(n.tracks) == 0 || !n.heard() {
		return nil
	}
	clock, _ := n.best(r.horizon, r.At.Unix())
	from, most := r.calendar.ends[0]-86400, 0
	for _, t := range n.tracks {
		most += len(t.Clocks[clock])
	}
	loads = make([]time.Time, 0, most)
	for _, t := range n.tracks {
		if len(t.Clocks[clock]) < rhythm.Enough && len(n.tracks) == 1 {
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

// Changed is the rhythm that an asset had before, in words, if it has another one
// since some weeks; "" if not.
func (r *Report) Changed(n *Node) string {
	if n.Rhythm == nil {
		return ""
	}
	loads := r.loads(n)
	last := slices.MaxFunc(loads, time.Time.Compare)
	before := rhythm.Learn(loads, r.Zone, last.AddDate(0, 0, -30))
	if before == nil || before.Same(n.Rhythm) {
		return ""
	}
	return before.Words()
}

// await settles when the next data of an asset is due, and whether it waits for
// that or is late. Whoever has not looked since it was late cannot say that it is;
// and where a build failed, or was skipped, that says more.
func (r *Report) await(n *Node) {
	if n.Clock == nil || n.Never || n.static() || n.Own == Broken {
		return
	}
	late := time.Time{}
	switch c := n.Expect.Cadence; {
	case c != nil && c.cron != "":
		n.Due = c.due(n.Updated, r.calendar)
		late = n.Due.Add(patience)
	case c != nil:
		from, ends := n.Expect.days.due(n.Updated)
		n.Due, late = ends, ends
		if n.Rhythm == nil {
			break
		}
		if usual := n.Rhythm.Late(n.Updated); usual.After(from) && usual.Before(late) {
			n.Due, late = n.Rhythm.Next(n.Updated), usual // on that day, and earlier
		}
	case n.Rhythm != nil:
		n.Due, late = n.Rhythm.Next(n.Updated), n.Rhythm.Late(n.Updated)
	}
	if n.Due.IsZero() {
		return
	}
	n.Due = n.Due.UTC()
	n.Late = !late.After(n.Clock.Look) && n.Attempt.Outcome == ""
	n.Waiting = n.Own == Aging && n.Due.After(r.At) && !n.Expect.limits() && !n.hasFailedBuild()
}

// patience is after how long what is due by cron is late.
const patience = 30 * time.Minute
