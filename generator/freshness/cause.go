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
		if n.Unwatched && own == Unknown && !n.ruled() {
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

// ruled reports whether somebody said what is expected of n.
func (n *Node) ruled() bool { return n.Expect.By != "default" && n.Expect.By != "" }

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

// worstFirst orders causes by how bad and how wide they are.
func worstFirst(a, b *Cause) int {
	return cmp.Or(
		b2i(b.Attention)-b2i(a.Attention),
		cmp.Compare(b.Status, a.Status),
		cmp.Compare(b.Tiles, a.Tiles),
		cmp.Compare(b.Views, a.Views),
		cmp.Compare(len(b.Held), len(a.Held)),
		cmp.Compare(a.ID, b.ID),
	)
}

// attend notes which assets a cause that needs attention holds back, and puts
// the causes of each in the order of the report.
func (r *Report) attend() {
	place := make(map[*Cause]int, len(r.Causes))
	for i, c := range r.Causes {
		place[c] = i
	}
	ordered := make(map[*Cause]map[int]*ordering)
	for _, n := range r.Nodes {
		if len(n.Causes) == 0 {
			continue
		}
		n.Causes = sorted(ordered, place, n.Causes)
		n.Attention = n.Causes[0].Attention && n.Status != Fresh || n.Late && n.Clock != nil
		n.wait()
		n.asOf()
	}
	for _, n := range r.Roots {
		n.gather()
	}
}

// wait settles whether something without a due moment of its own waits, or is
// late, by its causes.
func (n *Node) wait() {
	if n.Status == Fresh {
		return
	}
	late, waiting := false, true
	for _, c := range n.Causes {
		late, waiting = late || c.Late, waiting && c.Waiting
	}
	if n.Waiting = waiting; n.Clock == nil {
		n.Late = late
	}
}

// An ordering is a list of causes in the order of the report, and the beginning
// of the list that it was made of.
type ordering struct {
	from   **Cause
	sorted []*Cause
}

// sorted puts causes in the order of the report. Lists are shared by many
// assets, and each is sorted once.
func sorted(done map[*Cause]map[int]*ordering, place map[*Cause]int, causes []*Cause) []*Cause {
	first := causes[0]
	if got := done[first][len(causes)]; got != nil && (got.from == &causes[0] || same(got.sorted, causes)) {
		return got.sorted
	}
	list := slices.Clone(causes)
	slices.SortFunc(list, func(a, b *Cause) int { return place[a] - place[b] })
	if done[first] == nil {
		done[first] = make(map[int]*ordering)
	}
	done[first][len(causes)] = &ordering{&causes[0], list}
	return list
}

// same reports whether two lists have the same causes.
func same(a, b []*Cause) bool {
	for _, c := range b {
		if !slices.Contains(a, c) {
			return false
		}
	}
	return len(a) == len(b)
}

// gather gives a dashboard or folder the causes of what it shows.
func (n *Node) gather() {
	met := make(map[*Cause]bool)
	for _, c := range n.Shown {
		if c.Kind.Shows() {
			c.gather()
		}
		n.Attention = n.Attention || c.Attention
		if n.Needs += c.Needs; c.Attention && !c.Kind.Shows() {
			n.Needs++
		}
		for _, cause := range c.Causes {
			met[cause] = true
		}
		if n.DataAsOf.IsZero() || !c.DataAsOf.IsZero() && c.DataAsOf.Before(n.DataAsOf) {
			n.DataAsOf = c.DataAsOf
		}
	}
	for cause := range met {
		n.Causes = append(n.Causes, cause)
	}
	slices.SortFunc(n.Causes, worstFirst)
	if len(n.Causes) > 0 {
		n.asOf()
		n.wait()
	}
}

// date gives a fresh node the moment that rows print: its own, or the oldest of
// the nearest upstream that has one and may age.
func (n *Node) date() {
	if n.Status != Fresh {
		return
	}
	if n.DataAsOf = n.Updated; n.Clock == nil {
		n.DataAsOf = n.nearest(make(map[*Node]bool))
	}
}

func (n *Node) nearest(met map[*Node]bool) (oldest time.Time) {
	for _, up := range n.Up {
		if met[up] || up.static() {
			continue
		}
		met[up] = true
		at := up.Updated
		if up.Clock == nil {
			at = up.nearest(met)
		}
		if oldest.IsZero() || !at.IsZero() && at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// asOf gives a node that is not fresh the moment that rows print: that of its
// worst cause.
func (n *Node) asOf() {
	if n.Status == Fresh {
		return
	}
	worst := slices.MinFunc(n.Causes, func(a, b *Cause) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), a.updated().Compare(b.updated()))
	})
	n.DataAsOf = worst.updated()
}

// updated is when the data moved last that a cause holds back itself: of the
// assets that a job did not build, the oldest.
func (c *Cause) updated() (oldest time.Time) {
	if c.Node != nil {
		return c.Node.Updated
	}
	for _, n := range c.Held {
		if c.Job != nil && slices.Contains(n.own, c) && (oldest.IsZero() || n.Updated.Before(oldest)) {
			oldest = n.Updated
		}
	}
	return oldest
}

// Path returns the way upstream from n to a cause, n first and the cause last;
// of several ways the shortest. A visit is reached where its first asset is.
func (c *Cause) Path(n *Node) []*Node {
	from := map[*Node]*Node{n: nil}
	for todo := []*Node{n}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if slices.Contains(at.own, c) && (c.Node == nil || c.Node == at) {
			return backtrack(from, at)
		}
		for _, up := range slices.Concat(at.Up, at.Shown) {
			if _, met := from[up]; !met && (slices.Contains(up.Causes, c) || up == c.Node) {
				from[up] = at
				todo = append(todo, up)
			}
		}
	}
	return []*Node{n}
}

func backtrack(from map[*Node]*Node, at *Node) (path []*Node) {
	for ; at != nil; at = from[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}
