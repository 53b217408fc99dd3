package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A known is what is known of an asset at a moment, by one clock.
type known struct {
	at, look int64 // in seconds since 1970
	ok       bool  // some look speaks of the moment
}

// at returns the newest data time that is known of a moment: what the last look
// before it told, or a later look that found nothing newer. It is not ok where
// no look speaks of the moment: then it is the last that was known. A later
// look that tells of older data tells that rows went, and nothing of before.
func at(s sources.Series, moment, within int64) (k known) {
	for _, span := range s {
		switch {
		case span.Last <= moment:
			k = known{span.At, span.Last, moment-span.Last <= within}
		case span.First <= moment:
			k = known{span.At, moment, true}
		case span.At <= moment && (span.At > k.at || !k.ok && span.At == k.at):
			k = known{span.At, moment, true}
		}
	}
	return k
}

// leastWithin is the shortest time for which a look stands.
const leastWithin = 36 * time.Hour

// A horizon tells how long the looks of each source stand, in seconds.
type horizon struct {
	rules  Rules
	within map[string]*[sources.Clocks]int64
	before map[string]*[sources.Clocks]int64 // the same of what was imported, for moments before the first visit
	first  map[string]int64                  // the first visit
	listed map[string]int64                  // the same for lists of assets
	scopes map[string][]int64
	newest map[string]map[string]int64 // the newest look at each scope, by source
	whole  map[string]int64            // the first look of a warehouse at the whole of a schema
}

func newHorizon(past *sources.Past, rules Rules) *horizon {
	h := &horizon{rules: rules, within: make(map[string]*[sources.Clocks]int64), before: make(map[string]*[sources.Clocks]int64), first: make(map[string]int64), listed: make(map[string]int64), scopes: make(map[string][]int64), newest: make(map[string]map[string]int64), whole: make(map[string]int64)}
	h.gaps(h.within, past.Looks)
	h.gaps(h.before, past.Earlier)
	for _, v := range slices.Backward(past.Visits) {
		h.first[v.Source] = v.At.Unix()
	}
	for _, v := range past.Imports {
		if h.first[v.Source] == 0 {
			h.visit(v)
		}
	}
	for _, v := range past.Visits {
		h.visit(v)
	}
	for source, looks := range h.scopes {
		h.listed[source] = h.of(source, looks)
	}
	return h
}

// gaps is how long the looks of each source stand.
func (h *horizon) gaps(within map[string]*[sources.Clocks]int64, all map[string]*sources.Looks) {
	for source, looks := range all {
		within[source] = new([sources.Clocks]int64)
		for c := range sources.Clocks {
			within[source][c] = h.of(source, looks[c])
		}
	}
}

func (h *horizon) visit(v sources.Visit) {
	if h.newest[v.Source] == nil {
		h.newest[v.Source] = make(map[string]int64)
	}
	newest := int64(0)
	for _, scope := range v.Scopes {
		look := scope.Look.Unix()
		newest = max(newest, look)
		h.newest[v.Source][scope.Name] = max(h.newest[v.Source][scope.Name], look)
		if warehouses[v.Type] && h.whole[scope.Name] == 0 {
			h.whole[scope.Name] = look
		}
	}
	if i, there := slices.BinarySearch(h.scopes[v.Source], newest); newest != 0 && !there {
		h.scopes[v.Source] = slices.Insert(h.scopes[v.Source], i, newest)
	}
}

// of is twice the usual gap between looks, and 36 hours at least.
func (h *horizon) of(source string, looks []int64) int64 {
	if d := h.rules.LookWithin[source]; d != 0 {
		return int64(d / time.Second)
	}
	least := int64(leastWithin / time.Second)
	if len(looks) < 3 {
		return least
	}
	gaps := make([]int64, len(looks)-1)
	for i := range gaps {
		gaps[i] = looks[i+1] - looks[i]
	}
	slices.Sort(gaps)
	return max(least, gaps[(len(gaps)-1)/2]+gaps[len(gaps)/2])
}

// clock is how long a look stands, as of a moment.
func (h *horizon) clock(source string, c sources.Clock, moment int64) int64 {
	if w := h.before[source]; w != nil && moment < h.first[source] {
		return w[c]
	}
	if w := h.within[source]; w != nil {
		return w[c]
	}
	return int64(leastWithin / time.Second)
}

// there reports whether a recent look lists what t is about. Between two looks
// that list it, it was there.
func (h *horizon) there(t *sources.Track, moment int64) bool {
	looks := h.newest[t.Source]
	newest := max(looks[t.Asset.Scope], looks[sources.Around(t.Asset.Scope)])
	within := h.listed[t.Source]
	if within == 0 {
		within = int64(leastWithin / time.Second)
	}
	return moment-newest <= within
}

// complete is the first look of a warehouse at the whole schema of a relation,
// or at its database; 0 if there was none.
func (h *horizon) complete(id sources.ID) int64 {
	if len(h.whole) == 0 {
		return 0
	}
	schema := "schema:" + schemaOf(id)
	first, around := h.whole[schema], h.whole[sources.Around(schema)]
	if first == 0 || around != 0 && around < first {
		return around
	}
	return first
}

// schemaOf is the database and schema of a relation, as its id writes them.
func schemaOf(id sources.ID) string {
	place := id.Place()
	end, quoted := 0, false
	for i, c := range place {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '.' && !quoted:
			end = i
		}
	}
	return place[:end]
}
