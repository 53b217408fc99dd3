package freshness

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Cause is what must be repaired so that assets become fresh again: an
// asset, a job, something that assets refer to, or the visit of a source.
type Cause struct {
	ID         sources.ID    // of the asset, "job:SOURCE/ID" or "visit:SOURCE"
	Node       *Node         // nil if it is no asset
	Source     *Seen         // nil if it is no visit
	Job        *Job          // nil if it is no job
	Missing    *sources.Word // what others refer to that is not there, such as an explore; nil if it is another cause
	Status     Status
	Since      time.Time // since when it stands so, as far as is known
	Says       string    // the sentence that names what to repair
	Owner      string
	Held       []*Node // all that it holds back, itself among them, by id
	Tiles      int     // how many of these are tiles
	Views      int64   // how often the dashboards were opened that show these, as far as is known
	Dashboards []*Node // that show these tiles, by name
	Attention  bool    // a person should act on it now
	Waiting    bool    // its next data is due yet
	Late       bool    // its next data was due
}

// Label is what people call it.
func (c *Cause) Label() string {
	switch {
	case c.Node != nil:
		return c.Node.Label()
	case c.Job != nil:
		return c.Job.Name
	case c.Missing != nil:
		_, name, _ := strings.Cut(c.ID.Place(), "/")
		return name
	default:
		return c.ID.Place()
	}
}

// blame gives every asset its causes: its own, and those of its upstream.
func (r *Report) blame() {
	all := make(map[sources.ID]*Cause)
	for _, k := range r.knots {
		k.settle()
		own := r.own(all, k)
		causes := k.inherit(own)
		for _, n := range k.members {
			n.own = own
			switch {
			case n.Status != Fresh && n.Status != None:
				n.Causes = causes
			case n.Late:
				n.Causes = own
			}
		}
	}
	for _, n := range r.Nodes {
		n.date()
		for _, c := range n.Causes {
			c.Held = append(c.Held, n)
		}
	}
	for _, c := range all {
		r.settle(c)
		r.Causes = append(r.Causes, c)
	}
	slices.SortFunc(r.Causes, worstFirst)
	r.attend()
}

// settle gives a knot the moment when what feeds it moved, for members that
// have no clock of their own, and notes what nobody can watch.
func (k *knot) settle() {
	moved := k.upMoved()
	for _, n := range k.members {
		if n.Clock == nil && (n.Virtual || n.Unwatched) {
			n.moved = moved
		}
		n.tardy = n.Late || n.Clock == nil && k.tardy()
		for _, up := range n.Up {
			if up.Unwatched || up.Rests > 0 && up.Virtual && len(up.Up) == up.Rests {
				n.Rests++
			}
		}
	}
}

func (k *knot) upMoved() (moved int64) {
	for _, up := range k.up {
		moved = max(moved, up.moved)
	}
	return moved
}

// inherit returns the causes of a knot: its own, and those of the upstream that
// counts. Where nothing upstream is known, what nobody can watch counts too.
func (k *knot) inherit(own []*Cause) []*Cause {
	var lists [][]*Cause
	for _, all := range []bool{false, true} {
		for _, up := range k.up {
			if up.Status != Fresh && (up.days[StripDays-1].pass != None || all) {
				lists = appendNew(lists, up.Causes)
			}
		}
		if lists != nil || own != nil {
			break
		}
	}
	lists = appendNew(lists, own)
	if len(lists) == 1 {
		return lists[0] // shared: most assets have the causes of one other
	}
	causes := slices.Concat(lists...)
	slices.SortFunc(causes, func(a, b *Cause) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Compact(causes)
}

func appendNew(lists [][]*Cause, causes []*Cause) [][]*Cause {
	if len(causes) == 0 || len(lists) > 0 && &lists[len(lists)-1][0] == &causes[0] {
		return lists
	}
	return append(lists, causes)
}

// own returns the causes that lie in the knot itself: the visits that must
// succeed before it can be judged, or its oldest member. Where the visit that
// answers tells of a job that did not run, it is the job.
func (r *Report) own(all map[sources.ID]*Cause, k *knot) (own []*Cause) {
	guilty := k.guilty()
	for _, n := range k.members {
		if seen := r.unseen(n); seen != nil && !(seen.OK && r.idle(n) != nil) {
			own = append(own, note(all, Cause{ID: sources.ID("visit:" + seen.Source), Source: seen}))
			guilty = guilty && (len(k.members) > 1 || n.failed() && n.Status != Fresh)
		}
	}
	if guilty {
		n := slices.MinFunc(k.members, older)
		if word := n.trouble(r.At); n.Own == Broken && word.By != "" {
			own = append(own, note(all, Cause{ID: word.By, Missing: &word}))
		} else if job := r.idle(n); job != nil {
			own = append(own, note(all, Cause{ID: job.ID, Job: job}))
		} else {
			own = append(own, note(all, Cause{ID: n.ID, Node: n}))
		}
	}
	return slices.Compact(own)
}

func note(all map[sources.ID]*Cause, c Cause) *Cause {
	if all[c.ID] == nil {
		all[c.ID] = &c
	}
	return all[c.ID]
}

// unseen returns the source without which n cannot be judged: it does not tell
// of anything any more, by the clock that n is judged by.
func (r *Report) unseen(n *Node) *Seen {
	if n.Own != Unknown || n.Unwatched && !n.static() {
		return nil
	}
	now := r.At.Unix()
	for _, t := range n.tracks {
		if n.static() {
			return r.source(t.Source)
		}
		if len(t.Clocks[n.judged]) == 0 {
			continue
		}
		s := r.source(t.Source)
		if s != nil && now-r.horizon.last(t.Source, n.judged, s) > r.horizon.clock(t.Source, n.judged, now) {
			return s
		}
	}
	return nil
}

// last is the newest look of a source by a clock.
func (h *horizon) last(source string, c sources.Clock, s *Seen) (newest int64) {
	for _, l := range s.Looks {
		if l.Of == verbs[c] {
			newest = l.At.Unix()
		}
	}
	return newest
}

// failed reports whether the last attempt to build n built nothing.
func (n *Node) failed() bool { return n.Attempt.Outcome == sources.Failed }

// guilty reports whether the knot must be repaired itself: it is not fresh,
// and what feeds it does not explain why.
func (k *knot) guilty() bool {
	guilty := false
	for _, n := range k.members {
		own := n.Own
		if n.Unwatched && own == Unknown && !n.Ruled() {
			own = None // nobody can tell, and nobody said that somebody should
		}
		guilty = guilty || own == Broken ||
			n.failed() && n.Status > Fresh ||
			own > Fresh && (!k.held() || k.behind(n)) ||
			own >= Fresh && n.Late && k.waits() && !k.tardy()
	}
	return guilty
}

// tardy reports whether something upstream is late.
func (k *knot) tardy() bool {
	return slices.ContainsFunc(k.up, func(up *Node) bool { return up.tardy })
}

// Ruled reports whether somebody said what is expected of n, in site.toml or in dbt.
func (n *Node) Ruled() bool { return n.Expect.By != "default" && n.Expect.By != "" }

// held reports whether something upstream is other than fresh.
func (k *knot) held() bool {
	return slices.ContainsFunc(k.up, func(up *Node) bool { return up.days[StripDays-1].pass > Fresh })
}

// waits reports whether all upstream that is not fresh waits for data that is due
// yet: that explains nothing of what is late.
func (k *knot) waits() bool {
	return !slices.ContainsFunc(k.up, func(up *Node) bool {
		return up.days[StripDays-1].pass > Fresh && (len(up.Causes) == 0 ||
			slices.ContainsFunc(up.Causes, func(c *Cause) bool { return c.Node == nil || !c.Node.Waiting }))
	})
}

// behind reports whether something upstream moved after n did and was not
// taken over. A build that took it over and changed nothing is good enough;
// one that was skipped for something not fresh is no fault of n.
func (k *knot) behind(n *Node) bool {
	if n.Clock == nil || n.Attempt.Outcome == sources.Skipped && k.held() {
		return false
	}
	return k.upMoved() > max(n.moved, n.success().Unix())
}

// older orders nodes by the age of their data; what was not judged by a clock
// comes last.
func older(a, b *Node) int {
	if (a.Clock == nil) != (b.Clock == nil) {
		return b2i(a.Clock == nil) - b2i(b.Clock == nil)
	}
	return cmp.Or(a.Updated.Compare(b.Updated), cmp.Compare(a.ID, b.ID))
}

// settle settles what is printed of a cause.
func (r *Report) settle(c *Cause) {
	if c.late() {
		c.widen()
	}
	shown := make(map[*Node]bool)
	for _, n := range c.Held {
		if n.Kind == sources.Tile {
			c.Tiles++
			if n.shownIn != nil && !shown[n.shownIn] {
				shown[n.shownIn] = true
				c.Dashboards = append(c.Dashboards, n.shownIn)
				c.Views += n.shownIn.Views
			}
		}
	}
	slices.SortFunc(c.Dashboards, byName)
	switch {
	case c.Source != nil:
		c.Status, c.Since, c.Attention = Unknown, c.Source.Good, true
		c.Says = r.saysVisit(c.Source)
	case c.Missing != nil:
		c.Status, c.Since, c.Attention = Broken, c.Missing.At, true
		c.Says = sentence(c.Missing.Says)
	case c.Job != nil:
		c.Status, c.Since, c.Attention = c.worst(), c.Job.Attempt.At, true
		c.Says = r.saysJob(c.Job)
	default:
		c.Status, c.Owner = max(c.Node.Own, Unknown), c.Node.Owner
		if c.Node.Own <= Fresh {
			c.Status = c.Node.Status
		}
		c.Waiting, c.Late = c.Node.Waiting, c.Node.Late
		c.Since = r.since(c.Node)
		c.Says, c.Attention = r.says(c.Node), r.urgent(c.Node)
	}
}

// late reports whether all that is wrong with an asset is that its data is late.
func (c *Cause) late() bool { return c.Node != nil && c.Node.Late && c.Node.Status == Fresh }

// widen adds what reads an asset that is late and fresh still: it will wait for it.
func (c *Cause) widen() {
	c.Node.Nearest(true, func(n *Node, _ int) bool {
		c.Held = append(c.Held, n)
		return true
	})
	slices.SortFunc(c.Held, func(a, b *Node) int { return cmp.Compare(a.ID, b.ID) })
	c.Held = slices.Compact(c.Held) // in a cycle it reads itself
}

// since is when a cause came to stand as it does.
func (r *Report) since(n *Node) time.Time {
	if n.Own == Broken {
		if went, gone := n.gone(r.At); gone && n.listed {
			return went
		}
		return n.trouble(r.At).At
	}
	if n.failed() {
		return n.Attempt.At
	}
	return n.Updated
}

// urgent reports whether a person should act on a cause: everything but data
// that is a day or two old where nobody said how old it may be.
func (r *Report) urgent(n *Node) bool {
	switch {
	case n.Own == Broken || n.failed() || n.Late:
		return true
	case n.Waiting:
		return false
	case n.Own == Aging && n.Expect.byDefault() && n.Rhythm != nil && n.Attempt.Outcome == "":
		return false // it is due, and nobody has looked since
	}
	if n.Own != Aging || n.failed() || !n.Expect.byDefault() {
		return true
	}
	return r.calendar.number(r.At.Unix())-r.calendar.number(n.Updated.Unix()) >= 3
}
