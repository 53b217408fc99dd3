package lineage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Moves holds the [[moved]] tables of site.toml, in their order.
type Moves []Move

// A Move is a [[moved]] table of site.toml: an asset keeps its history under another id or,
// with "source:NAME", a source under another name. References to the old id of an asset are not
// renamed: they are broken and must be repaired.
type Move struct{ From, To sources.ID }

// isSourceMove reports whether m renames a source.
func (m Move) isSourceMove() bool { return strings.HasPrefix(string(m.From), "source:") }

// HasMovedSource reports whether a source has another name now.
func (all Moves) HasMovedSource(source string) bool {
	return slices.ContainsFunc(all, func(m Move) bool { return m.isSourceMove() && m.From.Place() == source })
}

// Apply returns past with every moved asset and source under its current name, and with each table
// under its stored name; past itself is not changed. An old id that a listed asset still refers to
// keeps a track too.
func (all Moves) Apply(past *sources.Past) *sources.Past {
	past = resolveNames(past)
	if len(all) == 0 {
		return past
	}
	p := *past
	p.Tracks = nil
	referred := referredIDs(past)
	for _, t := range past.Tracks {
		renamed := *t
		for _, m := range all {
			m.renameTrack(&renamed, past)
		}
		p.Tracks = append(p.Tracks, &renamed)
		if renamed.Asset.ID != t.Asset.ID && renamed.Source == t.Source && referred[t.Asset.ID] {
			p.Tracks = append(p.Tracks, t) // something still refers to the old id
		}
	}
	p.Visits = all.renameVisits(past.Visits)
	p.Imports = all.renameVisits(past.Imports)
	p.Checks = all.renameChecks(past.Checks)
	p.ImportedChecks = all.renameChecks(past.ImportedChecks)
	p.Tracks = joinTracks(p.Tracks)
	return &p
}

// referredIDs returns the ids that listed assets have as upstream.
func referredIDs(past *sources.Past) map[sources.ID]bool {
	all := make(map[sources.ID]bool)
	for _, t := range past.Tracks {
		for _, up := range t.Asset.Upstream {
			all[up] = all[up] || t.IsListed()
		}
	}
	return all
}

// renameTrack gives t its current id or source name. An asset that is listed under both ids was
// not moved, and keeps its id.
func (m Move) renameTrack(t *sources.Track, past *sources.Past) {
	if m.isSourceMove() {
		if t.Source == m.From.Place() {
			t.Source = m.To.Place()
		}
		m.renameIDs(t)
		return
	}
	if t.Asset.ID != m.From ||
		t.IsListed() &&
			slices.ContainsFunc(past.Tracks, func(o *sources.Track) bool { return o.Asset.ID == m.To && o.IsListed() }) {
		return
	}
	t.Asset.ID = m.To
}

// renameIDs renames the source in the ids of t: its own, parent, job, scope, upstream and
// missing references.
func (m Move) renameIDs(t *sources.Track) {
	a := &t.Asset
	a.ID = m.renameID(a.ID)
	a.Parent = m.renameID(a.Parent)
	a.Job = m.renameID(a.Job)
	a.Scope = m.renameScope(a.Scope)
	a.Upstream = slices.Clone(a.Upstream)
	for i, up := range a.Upstream {
		a.Upstream[i] = m.renameID(up)
	}
	t.MissingRefs = slices.Clone(t.MissingRefs)
	for i, w := range t.MissingRefs {
		t.MissingRefs[i].ID = m.renameID(w.ID)
	}
}

// renameID returns id with the new name of the source: kind:OLD/x becomes kind:NEW/x. Other ids
// are returned as they are; those of tables and of what dbt exposures declare name no source.
func (m Move) renameID(id sources.ID) sources.ID {
	source, rest, hasSource := strings.Cut(id.Place(), "/")
	if id.IsTable() || id.IsDeclared() || !hasSource || source != m.From.Place() {
		return id
	}
	return sources.NewID(id.Kind(), m.To.Place(), rest)
}

// renameScope returns scope with the new name of the source: kind:OLD/x becomes kind:NEW/x, and
// kind:OLD, as that of the derived tables of a source, becomes kind:NEW.
func (m Move) renameScope(scope sources.ScopeName) sources.ScopeName {
	source, rest, hasSource := strings.Cut(scope.Place(), "/")
	switch {
	case scope.Kind() == sources.SchemaScope || source != m.From.Place():
		return scope
	case hasSource:
		return sources.NewScopeName(scope.Kind(), m.To.Place()+"/"+rest)
	case scope.Kind() == "derived":
		return sources.NewScopeName(scope.Kind(), m.To.Place())
	default:
		return scope
	}
}

// renameVisits returns a copy of visits with moved sources and their scopes renamed.
func (all Moves) renameVisits(visits []sources.Visit) []sources.Visit {
	visits = slices.Clone(visits)
	for i := range visits {
		for _, m := range all {
			if m.isSourceMove() && visits[i].Source == m.From.Place() {
				visits[i].Source = m.To.Place()
				visits[i].Scopes = slices.Clone(visits[i].Scopes)
				for k := range visits[i].Scopes {
					visits[i].Scopes[k].Name = m.renameScope(visits[i].Scopes[k].Name)
				}
			}
		}
	}
	return visits
}

// renameChecks returns a copy of the check times by source, with those of a moved source merged
// into those of its new name, sorted.
func (all Moves) renameChecks(checks map[string]*sources.CheckTimes) map[string]*sources.CheckTimes {
	checks = maps.Clone(checks)
	for _, m := range all {
		old := checks[m.From.Place()]
		if !m.isSourceMove() || old == nil {
			continue
		}
		both := new(sources.CheckTimes)
		for c := range both {
			both[c] = slices.Clone(old[c])
			if now := checks[m.To.Place()]; now != nil {
				both[c] = append(both[c], now[c]...)
			}
			slices.Sort(both[c])
			both[c] = slices.Compact(both[c])
		}
		checks[m.To.Place()] = both
		delete(checks, m.From.Place())
	}
	return checks
}

// joinTracks joins the tracks of one asset by one source, the one listed first before the one
// that is listed now. It sorts tracks.
func joinTracks(tracks []*sources.Track) (all []*sources.Track) {
	firstListed := func(t *sources.Track) time.Time {
		if len(t.Listings) == 0 {
			return time.Time{}
		}
		return t.Listings[0].Came
	}
	slices.SortStableFunc(tracks, func(a, b *sources.Track) int {
		return cmp.Or(
			cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.Asset.ID, b.Asset.ID),
			compareBools(a.IsListed(), b.IsListed()),
			firstListed(a).Compare(firstListed(b)),
		)
	})
	for _, t := range tracks {
		if k := len(all) - 1; k >= 0 && all[k].Source == t.Source && all[k].Asset.ID == t.Asset.ID {
			all[k] = concatTracks(all[k], t)
			continue
		}
		all = append(all, t)
	}
	return all
}

// concatTracks returns now with the history of old before it.
func concatTracks(old, now *sources.Track) *sources.Track {
	t := *now
	for c := range t.Clocks {
		t.Clocks[c] = concatSeries(old.Clocks[c], now.Clocks[c])
	}
	t.Listings = slices.Clone(old.Listings)
	if k := len(t.Listings) - 1; k >= 0 && len(now.Listings) > 0 {
		if t.Listings[k].Went.IsZero() || !t.Listings[k].Went.Before(now.Listings[0].Came) {
			t.Listings[k].Went = now.Listings[0].Went
			t.Listings = append(t.Listings, now.Listings[1:]...)
		} else {
			t.Listings = append(t.Listings, now.Listings...)
		}
	}
	t.Attempts = append(slices.Clone(old.Attempts), now.Attempts...)
	if len(old.MissingRefs) > 0 && len(now.Listings) > 0 {
		t.MissingRefs = append(
			append(slices.Clone(old.MissingRefs), sources.MissingRef{At: now.Listings[0].Came}),
			now.MissingRefs...)
	}
	return &t
}

// concatSeries returns the spans of old that begin before now does, cut at its beginning, and
// then those of now.
func concatSeries(old, now sources.Series) (all sources.Series) {
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
