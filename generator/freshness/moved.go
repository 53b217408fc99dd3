package freshness

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Move is a [[moved]] of site.toml: what ids cannot tell. An asset keeps its
// history under another id, or, with "source:NAME", a source under another name.
// What still refers to the old id of an asset does so: that is to be repaired.
type Move struct{ From, To sources.ID }

// source is whether a move is that of a source.
func (m Move) source() bool { return strings.HasPrefix(string(m.From), "source:") }

// Moved reports whether a source of a name lives on under another one.
func (r Rules) Moved(source string) bool {
	return slices.ContainsFunc(r.Moves, func(m Move) bool { return m.source() && m.From.Place() == source })
}

// moved is a past in which everything has the name of today.
func (r Rules) moved(past *sources.Past) *sources.Past {
	if len(r.Moves) == 0 {
		return past
	}
	p := *past
	p.Tracks = nil
	referred := referred(past)
	for _, t := range past.Tracks {
		moved := *t
		for _, m := range r.Moves {
			m.rename(&moved, past)
		}
		if p.Tracks = append(p.Tracks, &moved); moved.Asset.ID != t.Asset.ID && moved.Source == t.Source && referred[t.Asset.ID] {
			p.Tracks = append(p.Tracks, t) // it went, and something refers to it
		}
	}
	p.Visits, p.Imports = r.visits(past.Visits), r.visits(past.Imports)
	p.Looks, p.Earlier = r.looks(past.Looks), r.looks(past.Earlier)
	p.Tracks = joined(p.Tracks)
	return &p
}

// referred are what something reads that is there.
func referred(past *sources.Past) map[sources.ID]bool {
	all := make(map[sources.ID]bool)
	for _, t := range past.Tracks {
		for _, up := range t.Asset.Upstream {
			all[up] = all[up] || t.There()
		}
	}
	return all
}

// rename gives a track the name of today. An asset that is there under both names
// was not moved.
func (m Move) rename(t *sources.Track, past *sources.Past) {
	if m.source() {
		if t.Source == m.From.Place() {
			t.Source = m.To.Place()
		}
		m.readdress(t)
		return
	}
	if t.Asset.ID != m.From || t.There() && slices.ContainsFunc(past.Tracks, func(o *sources.Track) bool { return o.Asset.ID == m.To && o.There() }) {
		return
	}
	t.Asset.ID = m.To
}

// readdress renames what has the name of a source in its id.
func (m Move) readdress(t *sources.Track) {
	a := &t.Asset
	a.ID, a.Parent, a.Job, a.Scope = m.at(a.ID), m.at(a.Parent), m.at(a.Job), string(m.at(sources.ID(a.Scope)))
	a.Upstream = slices.Clone(a.Upstream)
	for i, up := range a.Upstream {
		a.Upstream[i] = m.at(up)
	}
	t.Broken = slices.Clone(t.Broken)
	for i, w := range t.Broken {
		t.Broken[i].By = m.at(w.By)
	}
}

// at is an id of the renamed source: kind:OLD/x becomes kind:NEW/x.
func (m Move) at(id sources.ID) sources.ID {
	kind, place, _ := strings.Cut(string(id), ":")
	source, rest, has := strings.Cut(place, "/")
	exposed := source == "dbt" && (kind == "dashboard" || kind == "tile" || kind == "folder") // of exposures: no name of a source
	if kind == "table" || kind == "schema" || exposed || source != m.From.Place() || !has && kind != "derived" {
		return id
	}
	return sources.ID(strings.TrimSuffix(kind+":"+m.To.Place()+"/"+rest, "/"))
}

func (r Rules) visits(all []sources.Visit) []sources.Visit {
	all = slices.Clone(all)
	for i := range all {
		for _, m := range r.Moves {
			if m.source() && all[i].Source == m.From.Place() {
				all[i].Source = m.To.Place()
				all[i].Scopes = slices.Clone(all[i].Scopes)
				for k := range all[i].Scopes {
					all[i].Scopes[k].Name = string(m.at(sources.ID(all[i].Scopes[k].Name)))
				}
			}
		}
	}
	return all
}

func (r Rules) looks(all map[string]*sources.Looks) map[string]*sources.Looks {
	all = maps.Clone(all)
	for _, m := range r.Moves {
		old := all[m.From.Place()]
		if !m.source() || old == nil {
			continue
		}
		both := new(sources.Looks)
		for c := range both {
			both[c] = slices.Clone(old[c])
			if now := all[m.To.Place()]; now != nil {
				both[c] = append(both[c], now[c]...)
			}
			slices.Sort(both[c])
			both[c] = slices.Compact(both[c])
		}
		all[m.To.Place()] = both
		delete(all, m.From.Place())
	}
	return all
}

// joined makes one of the tracks of one asset by one source.
func joined(tracks []*sources.Track) (all []*sources.Track) {
	came := func(t *sources.Track) time.Time {
		if len(t.Stays) == 0 {
			return time.Time{}
		}
		return t.Stays[0].Came
	}
	slices.SortStableFunc(tracks, func(a, b *sources.Track) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Asset.ID, b.Asset.ID), b2i(a.There())-b2i(b.There()), came(a).Compare(came(b)))
	})
	for _, t := range tracks {
		if k := len(all) - 1; k >= 0 && all[k].Source == t.Source && all[k].Asset.ID == t.Asset.ID {
			all[k] = follow(all[k], t)
			continue
		}
		all = append(all, t)
	}
	return all
}

// follow is one track that goes on with another.
func follow(old, now *sources.Track) *sources.Track {
	t := *now
	for c := range t.Clocks {
		t.Clocks[c] = before(old.Clocks[c], now.Clocks[c])
	}
	t.Stays = slices.Clone(old.Stays)
	if k := len(t.Stays) - 1; k >= 0 && len(now.Stays) > 0 {
		if t.Stays[k].Went.IsZero() || !t.Stays[k].Went.Before(now.Stays[0].Came) {
			t.Stays[k].Went = now.Stays[0].Went
			t.Stays = append(t.Stays, now.Stays[1:]...)
		} else {
			t.Stays = append(t.Stays, now.Stays...)
		}
	}
	t.Tries = append(slices.Clone(old.Tries), now.Tries...)
	if len(old.Broken) > 0 && len(now.Stays) > 0 {
		t.Broken = append(append(slices.Clone(old.Broken), sources.Word{At: now.Stays[0].Came}), now.Broken...)
	}
	return &t
}

// before is what a clock told under the old name, and then under the new one.
func before(old, now sources.Series) (all sources.Series) {
	if len(now) == 0 {
		return old
	}
	for _, span := range old {
		if span.First < now[0].First {
			span.Last = min(span.Last, now[0].First)
			all = append(all, span)
		}
	}
	return append(all, now...)
}
