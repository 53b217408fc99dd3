package freshness

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/sources"
)

// A Node is an asset with its verdict.
type Node struct {
	sources.Asset
	Owner   string // by rule, or as its source tells
	OwnedBy string // what tells so: "rule table:RAW.*", "dbt group"; "" is not known
	Expect  Expect // of its data
	Sources []string

	Own    Status // by its own clock; None if it holds no data
	Status Status // the worst of its own and of its upstream that is not static
	Strip  string // a letter a day, today last

	Clock    *Told // the one that was judged; nil if none was
	Clocks   []Told
	Updated  time.Time // what that clock told; zero if never, or not known
	Never    bool      // it was never loaded
	DataAsOf time.Time // the moment that rows print; zero is not known
	Since    time.Time // when it came to stand as it does; zero is not known

	Rhythm    *rhythm.Rhythm  // when it usually moves; nil where nothing is regular
	Due       time.Time       // when its next data is due; zero is not known
	Waiting   bool            // it is not fresh, and its next data is due yet; or all its causes wait
	Late      bool            // its next data was due, and a look after that did not find it; or a cause is late
	Attempt   sources.Attempt // the last attempt to build it, if nothing was built since
	Missed    time.Time       // the newest check that should have told of it, if it did not
	Trouble   string          // what it refers to that is not there; "" is nothing
	Unwatched bool            // no clock was ever told of it: nobody can watch it
	Rests     int             // how much of its nearest upstream nobody can watch
	Attention bool            // one of its causes needs attention
	Needs     int             // how many of the tiles under it need attention
	Forgotten bool            // nobody opened it for ninety days
	Drift     []Drift         // how exposures of dbt and its tiles differ

	Causes   []*Cause // what must be repaired, the worst first
	Up, Down []*Node  // what feeds it, and what it feeds, nearest alone, by id
	Shown    []*Node  // what it shows, by name
	Counts   Counts   // of the tiles under a dashboard or folder
	Shares   []Counts // the same for each day of the strip

	tracks  []*sources.Track
	shownIn *Node
	days    [StripDays]verdict
	judged  sources.Clock
	look    int64
	moved   int64 // when its data changed last, or that of what feeds it; 0 is not known
	own     []*Cause
	knot    *component
	listed  bool // some source listed it, once
	made    bool // some source knows it as more than a reference
	held    bool // a warehouse told of it
	tardy   bool // it is late, or something upstream is that it takes its data from
}

// A verdict is how an asset stood at the end of a day.
type verdict struct {
	own, status Status
	pass        Status // what it makes of what rests on it; None if it says nothing
	there       bool   // it was listed by then
}

// Told is what one clock told last.
type Told struct {
	Clock  sources.Clock
	Source string
	At     time.Time // zero if it never told a time that can be
	Look   time.Time
	Ahead  time.Time // the newest time it told that had not come yet; zero is none
	Doubt  time.Time // the newest time it told that nothing confirms; zero is none
	Recent bool      // the look is recent enough to judge by
}

// Counts count tiles, or tables, by status.
type Counts [Broken + 1]int

// All is how many there are.
func (c Counts) All() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}

// Label is what people call it: a relation by its place, everything else by
// its name.
func (n *Node) Label() string {
	if strings.HasPrefix(string(n.ID), "table:") {
		return n.ID.Place()
	}
	return cmp.Or(n.Name, n.ID.Place())
}

// FreshDays counts the days on which it was fresh, of those on which there is
// data.
func (n *Node) FreshDays() (fresh, of int) {
	return strings.Count(n.Strip, "f"), StripDays - strings.Count(n.Strip, ".")
}

// describe settles what the sources say of the asset together; those that list
// it speak before those that do not any more, and who makes it before who only
// reads it.
func (n *Node) describe() {
	slices.SortStableFunc(n.tracks, func(a, b *sources.Track) int {
		return cmp.Or(b2i(b.There())-b2i(a.There()), b2i(a.Asset.Kind == sources.DBTSource)-b2i(b.Asset.Kind == sources.DBTSource))
	})
	for i, t := range n.tracks {
		if i == 0 {
			n.Asset = t.Asset
		} else if t.There() {
			n.Asset.Merge(t.Asset)
		}
		n.listed = true
		n.made = n.made || t.Asset.Kind != sources.DBTSource
		n.held = n.held || strings.HasPrefix(t.Asset.Scope, "schema:")
		n.Sources = append(n.Sources, t.Source)
	}
	n.Name = cmp.Or(n.Name, n.ID.Place())
	n.Unwatched = !n.heard() && (!n.Virtual || n.Kind.Relation() && len(n.Upstream) == 0)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// there reports whether some source lists it now.
func (n *Node) there() bool {
	return slices.ContainsFunc(n.tracks, (*sources.Track).There)
}

// heard reports whether a clock that is judged ever told of it, if only a time
// that cannot be.
func (n *Node) heard() bool {
	return slices.ContainsFunc(n.tracks, func(t *sources.Track) bool {
		for c := sources.Loaded; c.Judged(); c++ {
			if n.measured(c) && (t.Clocks[c] != nil || !t.AheadOf(c).Look.IsZero()) {
				return true
			}
		}
		return false
	})
}

// static reports whether it is meant to stay as it is.
func (n *Node) static() bool { return n.Expect.Static && !n.Virtual }

// measured reports whether a clock may judge it: a view on which rows were
// read is judged by them, as a table is.
func (n *Node) measured(c sources.Clock) bool {
	return c.Judged() && (!n.Virtual || c == sources.Loaded && n.Kind.Relation())
}

// best returns the clock to believe at a moment; its known is not ok if no
// look is recent. The best in rank decides, unless rows changed after it
// looked.
func (n *Node) best(h *horizon, moment int64) (best sources.Clock, k known) {
	for c := sources.Loaded; n.measured(c); c++ {
		now := n.known(h, c, moment)
		changed := c == sources.DML || c == sources.Refreshed
		switch {
		case now.ok && (!k.ok || changed && now.at > k.look):
			best, k = c, now
		case !k.ok && now.at > k.at:
			best, k = c, now // the last that was known
		}
	}
	return best, k
}

// known is what a clock tells at a moment, by the source that knows more.
func (n *Node) known(h *horizon, c sources.Clock, moment int64) (k known) {
	for _, t := range n.tracks {
		if len(t.Clocks[c]) == 0 {
			continue
		}
		now := at(t.Clocks[c], moment, h.clock(t.Source, c, moment))
		if now.ok && !k.ok || now.ok == k.ok && now.at > k.at {
			k = now
		}
	}
	return k
}

// cameBy reports whether it was listed at a moment or before.
func (n *Node) cameBy(moment time.Time) bool {
	return slices.ContainsFunc(n.tracks, func(t *sources.Track) bool {
		return len(t.Stays) > 0 && !t.Stays[0].Came.After(moment)
	})
}

// cameAfter reports whether others told of it only after a moment.
func (n *Node) cameAfter(moment int64) bool {
	for _, t := range n.tracks {
		if len(t.Stays) > 0 && t.Stays[0].Came.Unix() <= moment {
			return false
		}
	}
	return n.listed
}

// gone returns when it went, if no source that decides listed it at a moment.
func (n *Node) gone(moment time.Time) (went time.Time, gone bool) {
	for _, t := range n.tracks {
		if !n.decides(t) {
			continue
		}
		in, left := stay(t, moment)
		if in {
			return time.Time{}, false
		}
		if left.After(went) {
			went = left
		}
	}
	return went, !went.IsZero()
}

// warehouses are the types of sources that hold relations, and so decide which
// there are.
var warehouses = map[string]bool{"snowflake": true}

// decides reports whether a source decides whether n is there. Of a relation
// that is the warehouse, where one tells of it. A source of dbt is a reference
// to what something else makes: where a model was known, the references that
// are left do not make it be there.
func (n *Node) decides(t *sources.Track) bool {
	switch {
	case n.held:
		return strings.HasPrefix(t.Asset.Scope, "schema:")
	case n.made:
		return t.Asset.Kind != sources.DBTSource
	default:
		return true
	}
}

// stay reports whether a source listed an asset at a moment, or when it did
// last.
func stay(t *sources.Track, moment time.Time) (in bool, left time.Time) {
	for _, s := range t.Stays {
		if s.Came.After(moment) {
			break
		}
		if s.Went.IsZero() || s.Went.After(moment) {
			return true, time.Time{}
		}
		left = s.Went
	}
	return false, left
}

// trouble returns what its sources say at a moment that it lacks.
func (n *Node) trouble(moment time.Time) (w sources.Word) {
	for _, t := range n.tracks {
		said := sources.Word{}
		for _, b := range t.Broken {
			if !b.At.After(moment) {
				said = b
			}
		}
		if said.Says != "" {
			w = said
		}
	}
	return w
}

// success is when it was last built, zero if it is not known.
func (n *Node) success() (at time.Time) {
	for _, t := range n.tracks {
		if built := builtBy(t); built.After(at) {
			at = built
		}
	}
	return at
}

// builtBy is when a source saw an asset built last. A view that was defined
// anew was built; a table was perhaps only given a comment.
func builtBy(t *sources.Track) time.Time {
	at, _ := t.Clocks[sources.Built].Last()
	if defined, _ := t.Clocks[sources.DDL].Last(); t.Asset.Virtual && defined.After(at) {
		at = defined
	}
	if refreshed, _ := t.Clocks[sources.Refreshed].Last(); refreshed.After(at) {
		at = refreshed
	}
	return at
}

// ShownIn is the dashboard or folder that shows it, nil if none does.
func (n *Node) ShownIn() *Node { return n.shownIn }

// Nearest calls visit with everything upstream, or everything downstream, of n,
// the nearest first, each with its distance, until visit is false.
func (n *Node) Nearest(down bool, visit func(m *Node, steps int) bool) {
	nearest([]*Node{n}, down, visit)
}

// nearest is the same of several nodes together.
func nearest(todo []*Node, down bool, visit func(m *Node, steps int) bool) {
	steps := make(map[*Node]int)
	for _, n := range todo {
		steps[n] = 0
	}
	for ; len(todo) > 0; todo = todo[1:] {
		next := todo[0].Up
		if down {
			next = todo[0].Down
		}
		for _, m := range next {
			if _, met := steps[m]; met {
				continue
			}
			steps[m] = steps[todo[0]] + 1
			if !visit(m, steps[m]) {
				return
			}
			todo = append(todo, m)
		}
	}
}
