package freshness

import (
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// ofDBT begins the dashboards of dbt: what somebody wrote down of a dashboard that is
// elsewhere.
const ofDBT = "dashboard:dbt/"

// alias takes the dashboards out of some tracks that dbt describes and a
// dashboard tool was seen to have, by their address: they become other names of
// those, and their tiles, which somebody wrote down, give way to the tiles that
// were seen. Where none of these could be traced, what was written down stays.
// It returns too what the exposures said, by dashboard.
func alias(tracks []*sources.Track) (rest []*sources.Track, exposed map[sources.ID][]sources.Asset) {
	traced := make(map[sources.ID]bool) // dashboards of which some tile is traced
	for _, t := range tracks {
		traced[t.Asset.Parent] = traced[t.Asset.Parent] || t.Asset.Kind == sources.Tile && t.Asset.Traced != "" && t.There()
	}
	at := make(map[string]int) // where the dashboards stand that were seen, by address
	for i, t := range tracks {
		if t.Asset.Kind == sources.Dashboard && t.There() && traced[t.Asset.ID] && !strings.HasPrefix(string(t.Asset.ID), ofDBT) {
			at[address(t.Asset.URL)] = i
		}
	}
	delete(at, "")
	if len(at) == 0 {
		return tracks, nil
	}
	all := append([]*sources.Track{}, tracks...)
	same := make(map[sources.ID]bool)
	parts := make(map[sources.ID][]sources.ID) // what dashboards say that they read
	for _, t := range tracks {
		if t.There() && strings.HasPrefix(string(t.Asset.Parent), ofDBT) {
			parts[t.Asset.Parent] = append(parts[t.Asset.Parent], t.Asset.Upstream...)
		}
	}
	exposed = make(map[sources.ID][]sources.Asset)
	for _, t := range tracks {
		if !t.There() || !strings.HasPrefix(string(t.Asset.ID), ofDBT) {
			continue
		}
		if i, seen := at[address(t.Asset.URL)]; seen {
			same[t.Asset.ID] = true
			all[i] = named(all[i], t.Asset)
			if es := exposed[all[i].Asset.ID]; len(es) > 0 && es[len(es)-1].ID == t.Asset.ID {
				continue // another source told of it
			}
			exposed[all[i].Asset.ID] = append(exposed[all[i].Asset.ID], said(parts[t.Asset.ID], t.Asset))
		}
	}
	return unexposed(all, same), exposed
}

// said is an exposure with all that it says it reads: its tiles are one each.
func said(parts []sources.ID, exposure sources.Asset) sources.Asset {
	exposure.Upstream = slices.Concat(exposure.Upstream, parts)
	slices.Sort(exposure.Upstream)
	exposure.Upstream = slices.Compact(exposure.Upstream)
	return exposure
}

// named is a dashboard with what dbt says of it.
func named(t *sources.Track, by sources.Asset) *sources.Track {
	both := *t
	by.Aliases = append([]string{string(by.ID)}, by.Aliases...)
	by.Parent, by.Upstream, by.URL = "", nil, ""
	both.Asset.Merge(by)
	return &both
}

// unexposed leaves out dashboards, their tiles, and the folders of dbt in which
// nothing else is.
func unexposed(all []*sources.Track, same map[sources.ID]bool) (rest []*sources.Track) {
	holds := make(map[sources.ID]bool)
	for _, t := range all {
		if !same[t.Asset.ID] && t.There() {
			holds[t.Asset.Parent] = true
		}
	}
	for _, t := range all {
		empty := len(same) > 0 && strings.HasPrefix(string(t.Asset.ID), "folder:dbt/") && !holds[t.Asset.ID]
		if !same[t.Asset.ID] && !same[t.Asset.Parent] && !empty {
			rest = append(rest, t)
		}
	}
	return rest
}

// address is where a dashboard is, without what may differ from link to link;
// "" is no address of a dashboard.
func address(link string) string {
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
