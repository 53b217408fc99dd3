package history

import (
	"cmp"
	"maps"
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// A state is all that one source is known to have told until now, by asset.
// Assets that are gone are in it too.
type state map[sources.ID]*sources.Track

func statesOf(past *sources.Past) map[string]state {
	states := make(map[string]state)
	for _, t := range past.Tracks {
		if states[t.Source] == nil {
			states[t.Source] = make(state)
		}
		states[t.Source][t.Asset.ID] = t
	}
	return states
}

// after is the state once s is known, and what s says is gone. Assets that s
// does not list, and whose scope it did not look at completely, stay.
func (st state) after(s sources.Scrape) (next state, left []gone) {
	next = maps.Clone(st)
	if next == nil {
		next = make(state)
	}
	seen := make(map[sources.ID]bool, len(s.Observations))
	for _, o := range s.Observations {
		seen[o.ID] = true
		next[o.ID] = take(next[o.ID], s, o)
	}
	complete := make(map[string]bool)
	for _, scope := range s.Scopes {
		complete[scope.Name] = true
	}
	for id, t := range st {
		if !seen[id] && t.There() && (complete[t.Asset.Scope] || complete[sources.Around(t.Asset.Scope)]) {
			went := clone(t)
			went.Stays[len(went.Stays)-1].Went = s.At
			next[id] = went
			left = append(left, gone{t.Asset, s.At})
		}
	}
	slices.SortFunc(left, func(a, b gone) int { return cmp.Compare(a.Asset.ID, b.Asset.ID) })
	return next, left
}

// take returns what is known of an asset once it was observed.
func take(t *sources.Track, s sources.Scrape, o sources.Observation) *sources.Track {
	if t == nil {
		t = &sources.Track{Source: s.Source}
	}
	t = clone(t)
	if t.Asset = o.Asset; !t.There() {
		t.Stays = append(t.Stays, sources.Stay{Came: s.At})
	}
	moved := t.Size != 0 && o.Size != 0 && t.Size != o.Size
	for _, r := range o.Readings {
		r.Doubt = r.Doubt && !moved
		t.Hear(r)
	}
	t.Size = cmp.Or(o.Size, t.Size)
	t.Try(o.Attempt)
	t.Say(sources.Word{At: s.At, Says: o.Broken, By: o.By})
	t.Missed = o.Missed
	return t
}

// clone copies a track as far as the newest facts need it.
func clone(t *sources.Track) *sources.Track {
	c := *t
	c.Stays, c.Tries = slices.Clone(t.Stays), slices.Clone(t.Tries)
	c.Broken, c.Ahead, c.Doubts = slices.Clone(t.Broken), slices.Clone(t.Ahead), slices.Clone(t.Doubts)
	for i, s := range t.Clocks {
		c.Clocks[i] = slices.Clone(s[max(len(s)-1, 0):])
	}
	return &c
}

// listed returns the assets that are there, by id.
func (st state) listed() (assets []sources.Asset) {
	for _, t := range st {
		if t.There() {
			assets = append(assets, t.Asset)
		}
	}
	slices.SortFunc(assets, func(a, b sources.Asset) int { return cmp.Compare(a.ID, b.ID) })
	return assets
}

// stillGone lists what went before and is referred to by what is there, so
// that a keyframe knows of it when its going is past the window.
func stillGone(states map[string]state, source string, after state) (all []gone) {
	referred := make(map[sources.ID]bool)
	note := func(st state) {
		for _, t := range st {
			for _, up := range t.Asset.Upstream {
				referred[up] = referred[up] || t.There()
			}
		}
	}
	for name, st := range states {
		if name != source {
			note(st)
		}
	}
	note(after)
	for _, id := range slices.Sorted(maps.Keys(states[source])) {
		if t := after[id]; referred[id] && !t.There() && !states[source][id].There() {
			all = append(all, gone{t.Asset, t.Stays[len(t.Stays)-1].Went})
		}
	}
	return all
}

// facts collect what a scrape must say: in a keyframe all that is known, else
// what differs from before.
type facts struct {
	before state
	all    bool
	tries  []try
	broken []broken
	misses map[int64][]int
	told   [sources.Clocks][3][]row
	sizes  sizes
	at     []int // the positions of sizes
}

// The kinds of readings, each in a column of its own.
const (
	counts = iota
	ahead
	doubt
)

// add notes what is to be said of the asset at a position.
func (f *facts) add(i int, t *sources.Track) {
	old := f.before[t.Asset.ID]
	if old == nil || f.all {
		old = new(sources.Track)
	}
	if n := len(t.Tries); n > 0 && (len(old.Tries) == 0 || old.Tries[len(old.Tries)-1] != t.Tries[n-1]) {
		f.tries = append(f.tries, try{i, t.Tries[n-1]})
	}
	if n := len(t.Broken); n > len(old.Broken) {
		f.broken = append(f.broken, broken{i, t.Broken[n-1].At, t.Broken[n-1].Says, t.Broken[n-1].By})
	}
	if !t.Missed.Equal(old.Missed) {
		if f.misses == nil {
			f.misses = make(map[int64][]int)
		}
		f.misses[t.Missed.Unix()] = append(f.misses[t.Missed.Unix()], i)
	}
	if t.Size != old.Size {
		f.at, f.sizes.Size = append(f.at, i), append(f.sizes.Size, int64(t.Size))
	}
	for c := range sources.Clocks {
		f.clock(i, c, t, old)
	}
}

// clock notes what one clock newly told.
func (f *facts) clock(i int, c sources.Clock, t, old *sources.Track) {
	if n := len(t.Clocks[c]); n == 0 && t.Blank[c] != old.Blank[c] {
		f.told[c][counts] = append(f.told[c][counts], row{i, t.Blank[c], nothing})
	} else if n > 0 {
		now, was := t.Clocks[c][n-1], sources.Span{First: -1, Last: -1}
		if m := len(old.Clocks[c]); m > 0 {
			was = old.Clocks[c][m-1]
		}
		if now.Last != was.Last || now.At != was.At {
			age := now.Last - now.At
			if now.At == was.At && was.Last >= 0 {
				age = nothing
			}
			f.told[c][counts] = append(f.told[c][counts], row{i, now.Last, age})
		}
	}
	f.kept(i, ahead, t.AheadOf(c), old.AheadOf(c))
	f.kept(i, doubt, t.DoubtOf(c), old.DoubtOf(c))
}

// kept notes a reading that does not count.
func (f *facts) kept(i, kind int, r, old sources.Reading) {
	if !r.Look.IsZero() && r != old {
		f.told[r.Clock][kind] = append(f.told[r.Clock][kind], row{i, r.Look.Unix(), r.Look.Unix() - r.At.Unix()})
	}
}

// sized are the sizes that are new.
func (f *facts) sized() []sizes {
	if len(f.at) == 0 {
		return nil
	}
	f.sizes.I = gaps(f.at)
	return []sizes{f.sizes}
}

// missed lists the checks that did not tell, oldest first. The zero moment
// says that a check told again.
func (f *facts) missed() (all []missed) {
	for _, at := range slices.Sorted(maps.Keys(f.misses)) {
		all = append(all, missed{unix(at), gaps(f.misses[at])})
	}
	return all
}
