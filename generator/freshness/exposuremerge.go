package freshness

import (
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// dbtDashboardPrefix begins the ids of dashboards that come from dbt exposures, not from a BI
// tool.
const dbtDashboardPrefix = "dashboard:dbt/"

// mergeExposures merges dashboards of dbt exposures into listed dashboards with the same
// address and a traced tile: their ids become aliases, and their declared tiles are dropped. It
// returns the tracks that are left and, by dashboard, the merged exposures with their declared
// upstream.
func mergeExposures(tracks []*sources.Track) (rest []*sources.Track, exposures map[sources.ID][]sources.Asset) {
	traced := make(map[sources.ID]bool) // dashboards with a traced tile
	for _, t := range tracks {
		traced[t.Asset.Parent] = traced[t.Asset.Parent] || t.Asset.Kind == sources.Tile && t.Asset.Traced != "" && t.IsListed()
	}
	dashboardIndex := make(map[string]int) // index in tracks of the listed dashboards with a traced tile, by address
	for i, t := range tracks {
		if t.Asset.Kind == sources.Dashboard && t.IsListed() && traced[t.Asset.ID] &&
			!strings.HasPrefix(string(t.Asset.ID), dbtDashboardPrefix) {
			dashboardIndex[dashboardAddress(t.Asset.URL)] = i
		}
	}
	delete(dashboardIndex, "")
	if len(dashboardIndex) == 0 {
		return tracks, nil
	}
	all := append([]*sources.Track{}, tracks...)
	merged := make(map[sources.ID]bool)
	declared := make(map[sources.ID][]sources.ID) // upstream of the declared tiles, by dashboard
	for _, t := range tracks {
		if t.IsListed() && strings.HasPrefix(string(t.Asset.Parent), dbtDashboardPrefix) {
			declared[t.Asset.Parent] = append(declared[t.Asset.Parent], t.Asset.Upstream...)
		}
	}
	exposures = make(map[sources.ID][]sources.Asset)
	for _, t := range tracks {
		if !t.IsListed() || !strings.HasPrefix(string(t.Asset.ID), dbtDashboardPrefix) {
			continue
		}
		if i, seen := dashboardIndex[dashboardAddress(t.Asset.URL)]; seen {
			merged[t.Asset.ID] = true
			all[i] = withExposure(all[i], t.Asset)
			if es := exposures[all[i].Asset.ID]; len(es) > 0 && es[len(es)-1].ID == t.Asset.ID {
				continue // another source lists the same exposure
			}
			exposures[all[i].Asset.ID] = append(exposures[all[i].Asset.ID], withTileUpstream(declared[t.Asset.ID], t.Asset))
		}
	}
	return dropExposures(all, merged), exposures
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
		empty := len(merged) > 0 && strings.HasPrefix(string(t.Asset.ID), "folder:dbt/") && !hasContents[t.Asset.ID]
		if !merged[t.Asset.ID] && !merged[t.Asset.Parent] && !empty {
			rest = append(rest, t)
		}
	}
	return rest
}

// dashboardAddress returns the host and path of a link to a dashboard, without what may differ
// between links: port, query, and Looker's embed and dashboards-next paths. It is "" if link is
// not one to a dashboard.
func dashboardAddress(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return ""
	}
	path := strings.Replace(strings.TrimRight(u.Path, "/"), "/dashboards-next/", "/dashboards/", 1)
	path = strings.Replace(path, "/embed/dashboards/", "/dashboards/", 1)
	if !strings.Contains(path, "/dashboards/") {
		return ""
	}
	return strings.ToLower(u.Hostname()) + path
}
