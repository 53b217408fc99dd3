package lineage

import (
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// resolveNames returns past with the stored name of each table whose name a source could not resolve: that
// of the only listed table that differs in case alone. past itself is not changed.
func resolveNames(past *sources.Past) *sources.Past {
	stored := findStoredNames(past)
	if len(stored) == 0 {
		return past
	}
	p := *past
	p.Tracks = make([]*sources.Track, len(past.Tracks))
	for i, t := range past.Tracks {
		p.Tracks[i] = renameIDs(t, stored)
	}
	p.Tracks = joinTracks(p.Tracks)
	return &p
}

// findStoredNames returns the id of the same table with its stored name, by the id of each table whose name
// is not resolved. Tables of which several names differ in case alone are left out.
func findStoredNames(past *sources.Past) map[sources.ID]sources.ID {
	unresolved := findUnresolved(past)
	if len(unresolved) == 0 {
		return nil
	}
	candidates := make(map[string][]sources.ID)
	for _, t := range past.Tracks {
		id := t.Asset.ID
		key := foldName(id)
		if id.IsTable() && !unresolved[id] && t.IsListed() && !slices.Contains(candidates[key], id) {
			candidates[key] = append(candidates[key], id)
		}
	}
	stored := make(map[sources.ID]sources.ID)
	for id := range unresolved {
		if found := candidates[foldName(id)]; len(found) == 1 {
			stored[id] = found[0]
		}
	}
	return stored
}

// findUnresolved returns the ids of the tables whose name no source resolved.
func findUnresolved(past *sources.Past) map[sources.ID]bool {
	unresolved := make(map[sources.ID]bool)
	for _, t := range past.Tracks {
		if t.Asset.NameUnresolved && t.Asset.ID.IsTable() {
			unresolved[t.Asset.ID] = true
		}
	}
	for _, t := range past.Tracks {
		if !t.Asset.NameUnresolved && t.IsListed() {
			delete(unresolved, t.Asset.ID)
		}
	}
	return unresolved
}

// foldName returns the name of a table in lower case and without quotes.
func foldName(id sources.ID) string { return strings.ToLower(strings.ReplaceAll(id.Place(), `"`, "")) }

// renameIDs returns t with its own id and those of its upstream as names has them; t itself if it has none
// of these.
func renameIDs(t *sources.Track, names map[sources.ID]sources.ID) *sources.Track {
	isNamed := func(id sources.ID) bool { return names[id] != "" }
	if !isNamed(t.Asset.ID) && !slices.ContainsFunc(t.Asset.Upstream, isNamed) {
		return t
	}
	renamed := *t
	if isNamed(t.Asset.ID) {
		renamed.Asset.ID = names[t.Asset.ID]
	}
	renamed.Asset.Upstream = slices.Clone(t.Asset.Upstream)
	for i, up := range t.Asset.Upstream {
		if isNamed(up) {
			renamed.Asset.Upstream[i] = names[up]
		}
	}
	slices.Sort(renamed.Asset.Upstream)
	renamed.Asset.Upstream = slices.Compact(renamed.Asset.Upstream)
	return &renamed
}
