// Package exposures matches dbt exposures with the dashboards of BI tools: before a report is
// derived, exposures become part of the dashboards that they describe; after it, their declared
// upstream is compared with what the tiles read, and new exposures can be drafted.
//
// The SQL of the tiles decides: an exposure adds names, owners and descriptions, never lineage,
// where a tile is traced. The package opens no file and reads no clock.
package exposures

import (
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// Merge merges dashboards of dbt exposures into listed dashboards with the same address and a
// traced tile: their ids become aliases, and their declared tiles are dropped. It returns a past
// without them that holds the merged exposures in Declared; past itself is not changed.
// canonicalLink returns one form for all links to a dashboard, "" for other links; nil if no source
// knows links.
func Merge(past *sources.Past, canonicalLink func(string) string) *sources.Past {
	if canonicalLink == nil {
		return past
	}
	merged := *past
	merged.Tracks, merged.Declared = mergeTracks(past.Tracks, canonicalLink)
	return &merged
}

// mergeTracks returns the tracks without merged exposures, and the merged exposures.
func mergeTracks(
	tracks []*sources.Track,
	canonicalLink func(string) string,
) (rest []*sources.Track, declared map[sources.ID][]sources.Asset) {
	dashboards := indexDashboards(tracks, canonicalLink)
	if len(dashboards) == 0 {
		return tracks, nil
	}
	all := slices.Clone(tracks)
	merged := make(map[sources.ID]bool)
	tileUpstream := collectTileUpstream(tracks)
	declared = make(map[sources.ID][]sources.Asset)
	for _, t := range tracks {
		if !isDeclaredDashboard(t) {
			continue
		}
		i, found := dashboards[canonicalLink(t.Asset.URL)]
		if !found {
			continue
		}
		merged[t.Asset.ID] = true
		all[i] = withExposure(all[i], t.Asset)
		addExposure(declared, all[i].Asset.ID, withTileUpstream(tileUpstream[t.Asset.ID], t.Asset))
	}
	return dropExposures(all, merged), declared
}

// addExposure adds a merged exposure of a dashboard, unless another source listed the same one
// just before.
func addExposure(declared map[sources.ID][]sources.Asset, dashboard sources.ID, exposure sources.Asset) {
	known := declared[dashboard]
	if len(known) > 0 && known[len(known)-1].ID == exposure.ID {
		return
	}
	declared[dashboard] = append(known, exposure)
}

// isDeclaredDashboard reports whether t lists the dashboard of a dbt exposure.
func isDeclaredDashboard(t *sources.Track) bool {
	return t.IsListed() && t.Asset.ID.Kind() == string(sources.Dashboard) && t.Asset.ID.IsDeclared()
}

// indexDashboards returns the positions of the dashboards that a BI tool lists and that have a
// traced tile, by their canonical link.
func indexDashboards(tracks []*sources.Track, canonicalLink func(string) string) map[string]int {
	traced := make(map[sources.ID]bool) // dashboards with a traced tile
	for _, t := range tracks {
		if t.Asset.Kind == sources.Tile && t.Asset.Traced != "" && t.IsListed() {
			traced[t.Asset.Parent] = true
		}
	}
	index := make(map[string]int)
	for i, t := range tracks {
		isDashboard := t.Asset.Kind == sources.Dashboard && t.IsListed() && !t.Asset.ID.IsDeclared()
		if isDashboard && traced[t.Asset.ID] {
			index[canonicalLink(t.Asset.URL)] = i
		}
	}
	delete(index, "")
	return index
}

// collectTileUpstream returns the upstream of the declared tiles, by dashboard.
func collectTileUpstream(tracks []*sources.Track) map[sources.ID][]sources.ID {
	upstream := make(map[sources.ID][]sources.ID)
	for _, t := range tracks {
		if t.IsListed() && t.Asset.Parent.IsDeclared() && t.Asset.Parent.Kind() == string(sources.Dashboard) {
			upstream[t.Asset.Parent] = append(upstream[t.Asset.Parent], t.Asset.Upstream...)
		}
	}
	return upstream
}

// withTileUpstream returns exposure with parts, the upstream of its declared tiles, added to
// its upstream. dbt's dashboards have one tile for each relation that they depend on.
func withTileUpstream(parts []sources.ID, exposure sources.Asset) sources.Asset {
	exposure.Upstream = slices.Concat(exposure.Upstream, parts)
	slices.Sort(exposure.Upstream)
	exposure.Upstream = slices.Compact(exposure.Upstream)
	return exposure
}

// withExposure returns a copy of the track of a dashboard with what a dbt exposure adds to it:
// the exposure's id as an alias and, where they are missing, such words as owner and
// description.
func withExposure(t *sources.Track, exposure sources.Asset) *sources.Track {
	merged := *t
	exposure.Aliases = append([]string{string(exposure.ID)}, exposure.Aliases...)
	exposure.Parent = ""
	exposure.Upstream = nil
	exposure.URL = ""
	merged.Asset.MergeFrom(exposure)
	return &merged
}

// dropExposures returns the tracks without the merged dashboards, their tiles, and the dbt
// folders that hold nothing else.
func dropExposures(all []*sources.Track, merged map[sources.ID]bool) (rest []*sources.Track) {
	hasContents := make(map[sources.ID]bool)
	for _, t := range all {
		if !merged[t.Asset.ID] && t.IsListed() {
			hasContents[t.Asset.Parent] = true
		}
	}
	for _, t := range all {
		empty := len(merged) > 0 && t.Asset.ID.Kind() == string(sources.Folder) && t.Asset.ID.IsDeclared() && !hasContents[t.Asset.ID]
		if !merged[t.Asset.ID] && !merged[t.Asset.Parent] && !empty {
			rest = append(rest, t)
		}
	}
	return rest
}
