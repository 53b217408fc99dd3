package freshness

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// judge judges the node alone, at the end of each day of the strip.
func (r *Report) judge(n *Node) {
	for i, end := range r.calendar.ends {
		n.days[i] = r.alone(n, end)
	}
}

// alone is the verdict on the node itself at a moment.
func (r *Report) alone(n *Node, moment int64) (v verdict) {
	at := time.Unix(moment, 0)
	v.there = n.cameBy(at) || !n.listed
	switch {
	case !v.there:
	case n.listed && r.isGone(n, at) || n.trouble(at).Says != "" || r.absent(n, moment):
		v.own = Broken
	case n.static():
		v.own = r.stays(n, moment)
	case n.Virtual && !n.heard():
	case !n.listed || n.Unwatched:
		v.own = Unknown
	default:
		v.own = r.byClock(n, moment)
	}
	return v
}

func (r *Report) isGone(n *Node, at time.Time) bool {
	_, gone := n.gone(at)
	return gone
}

// absent reports whether a warehouse looked at the schema of a relation
// completely, after others had told of it, and does not list it.
func (r *Report) absent(n *Node, moment int64) bool {
	if n.held || !n.Kind.Relation() {
		return false
	}
	look := r.horizon.complete(n.ID)
	return look != 0 && look <= moment && !n.cameAfter(look)
}

// byClock judges the data of the node by its age.
func (r *Report) byClock(n *Node, moment int64) Status {
	_, k := n.best(r.horizon, moment)
	if !k.ok {
		return Unknown
	}
	return n.Expect.status(k.at, moment, r.calendar.number(k.at), r.calendar.number(moment))
}

// stays judges what is meant to stay: it is fresh while somebody lists it.
func (r *Report) stays(n *Node, moment int64) Status {
	for _, t := range n.tracks {
		if r.horizon.there(t, moment) {
			return Fresh
		}
	}
	return Unknown
}

// roll gives every asset, at the end of each day, the worst of itself and its
// upstream, upstream before downstream.
func (r *Report) roll() {
	for _, k := range r.components {
		for day := range StripDays {
			k.roll(day)
		}
	}
}

// roll judges the assets of a knot together. What nobody can watch counts for
// nothing but itself.
func (k *component) roll(day int) {
	worst, watched := None, false
	for _, n := range k.up {
		worst = max(worst, n.days[day].pass)
	}
	for _, n := range k.members {
		if own := n.days[day].own; !n.Unwatched || own == Broken {
			worst, watched = max(worst, own), true
		}
	}
	pass := worst
	if !watched && pass == Fresh {
		pass = None // what it reads is fresh, and nobody knows when it read it
	}
	for _, n := range k.members {
		if n.days[day].there {
			n.settle(day, worst, pass)
		}
	}
}

// settle notes how a node stands in its knot.
func (n *Node) settle(day int, worst, pass Status) {
	v := &n.days[day]
	if n.Unwatched {
		worst = max(worst, v.own)
	}
	if v.status, v.pass = worst, pass; worst == None {
		v.status = Unknown
	}
}

// show judges dashboards and folders by the tiles that they show.
func (r *Report) show(n *Node) Counts {
	n.Shares = make([]Counts, StripDays)
	for _, c := range n.Shown {
		if c.Kind.Shows() {
			r.show(c)
			for day := range n.Shares {
				n.Shares[day].add(c.Shares[day])
			}
			continue
		}
		for day := range n.Shares {
			if v := c.days[day]; v.there {
				n.Shares[day][v.status]++
			}
		}
	}
	for day, shares := range n.Shares {
		n.days[day].own, n.days[day].status = None, shares.worst(n.days[day].there)
	}
	n.Counts = n.Shares[StripDays-1]
	return n.Counts
}

func (c *Counts) add(b Counts) {
	for s, n := range b {
		c[s] += n
	}
}

// worst is the worst status that counts; where nothing counts, what is there
// is fresh.
func (c Counts) worst(there bool) (worst Status) {
	if there {
		worst = Fresh
	}
	for s, n := range c {
		if n > 0 {
			worst = max(worst, Status(s))
		}
	}
	return worst
}

// tell settles what is printed of a node beside its status.
func (r *Report) tell(n *Node) {
	today := n.days[StripDays-1]
	n.Own, n.Status = today.own, today.status
	n.Strip = r.strip(n)
	for c := range sources.Clocks {
		for _, t := range n.tracks {
			n.hears(r.horizon, r.At.Unix(), c, t)
		}
	}
	if best, k := n.best(r.horizon, r.At.Unix()); k != (known{}) {
		r.believe(n, best, k)
	}
	for _, t := range n.tracks {
		if t.Missed.After(n.Missed) {
			n.Missed = t.Missed
		}
		if last := len(t.Tries) - 1; last >= 0 && t.Tries[last].At.After(builtBy(t)) {
			n.Attempt = t.Tries[last]
		}
	}
	if n.Own == Broken {
		n.Trouble = n.trouble(r.At).Says
	}
}

// hears notes what one clock told last.
func (n *Node) hears(h *horizon, now int64, c sources.Clock, t *sources.Track) {
	at, look := t.Clocks[c].Last()
	ahead := t.AheadOf(c)
	if look.IsZero() && ahead.Look.IsZero() && t.DoubtOf(c).Look.IsZero() {
		return
	}
	told := Told{Clock: c, Source: t.Source, At: at, Look: look, Ahead: ahead.At, Doubt: t.DoubtOf(c).At}
	if look.After(ahead.Look) {
		told.Ahead = time.Time{} // it told a time that can be since
	}
	if at.After(told.Doubt) {
		told.Doubt = time.Time{} // something was confirmed since
	}
	told.Recent = !look.IsZero() && now-look.Unix() <= h.clock(t.Source, c, now)
	n.Clocks = append(n.Clocks, told)
}

// believe notes what the best clock says.
func (r *Report) believe(n *Node, best sources.Clock, k known) {
	n.judged, n.look = best, k.look
	if n.Own == None || n.Own == Unknown || !k.ok || n.static() && k.at == 0 {
		n.moved = k.at
		return
	}
	n.moved = k.at
	for i, t := range n.Clocks {
		if t.Clock == best && t.At.Unix() == k.at {
			n.Clock = &n.Clocks[i]
		}
	}
	if n.Never = k.at == sources.Never.Unix(); !n.Never {
		n.Updated = time.Unix(k.at, 0).UTC()
	}
}

// strip is a letter a day; a day on which nobody looked has no data.
func (r *Report) strip(n *Node) string {
	var cells [StripDays]byte
	for day, v := range n.days {
		cells[day] = '.'
		if (r.visitedDays[day] || r.importedDays[day]) && v.there {
			cells[day] = v.status.Letter()
		}
	}
	return string(cells[:])
}
