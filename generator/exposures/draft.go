package exposures

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A Draft is a dashboard of a BI tool with what a dbt exposure of it can say, from the
// lineage of its tiles.
type Draft struct {
	*freshness.Node
	DependsOn       []ProjectNode     // relations of the project, sorted by kind and unique id
	PrivateNodes    []ProjectNode     // private models of the project, which no exposure may refer to
	InOtherProjects []sources.ID      // relations that only other dbt projects know, sorted
	NotInDBT        []sources.ID      // relations that no dbt project knows, sorted
	Untraced        []*freshness.Node // tiles without known lineage, sorted by name
	PartlyTraced    []*freshness.Node // tiles that may read more than is known, sorted by name
	IsDescribed     bool              // whether an exposure of some dbt project has the address of the dashboard
}

// Drafts returns a draft for each dashboard with at least one tile traced to a relation
// of the dbt project, sorted by id. Dashboards that dbt describes already are among them.
func Drafts(r *freshness.Report, project string) (all []Draft) {
	projects := Projects(r)
	links := declaredLinks(r, r.CanonicalLink)
	for _, n := range listDashboards(r, false) {
		d := Draft{Node: n, IsDescribed: isDescribed(n, links, r.CanonicalLink)}
		for _, id := range tileUpstream(r, n) {
			d.addRelation(id, r.Node(id), project, projects)
		}
		for _, tile := range n.Shown {
			d.addUncertainTile(tile)
		}
		slices.SortFunc(d.DependsOn, ProjectNode.compare)
		if len(d.DependsOn) > 0 {
			all = append(all, d)
		}
	}
	return all
}

// addRelation adds a relation that tiles read to the list where it belongs. n may be nil.
func (d *Draft) addRelation(id sources.ID, n *freshness.Node, project string, projects []string) {
	known := ProjectNode{}
	ok := false
	if n != nil {
		known, ok = findProjectNode(n, project, projects)
	}
	switch {
	case !ok && n != nil && IsInDBT(n):
		d.InOtherProjects = append(d.InOtherProjects, id)
	case !ok:
		d.NotInDBT = append(d.NotInDBT, id)
	case known.Private:
		d.PrivateNodes = append(d.PrivateNodes, known)
	default:
		d.DependsOn = append(d.DependsOn, known)
	}
}

// addUncertainTile adds a tile whose lineage is unknown or incomplete to Untraced or
// PartlyTraced.
func (d *Draft) addUncertainTile(tile *freshness.Node) {
	switch {
	case tile.Kind != sources.Tile:
	case tile.Traced == "":
		d.Untraced = append(d.Untraced, tile)
	case slices.ContainsFunc(tile.Upstream, isExplore):
		d.PartlyTraced = append(d.PartlyTraced, tile)
	}
}

// listDashboards returns the dashboards of BI tools or, with fromDBT, those that only a dbt
// exposure describes, sorted by id.
func listDashboards(r *freshness.Report, fromDBT bool) (all []*freshness.Node) {
	for _, n := range r.Nodes {
		if n.Kind == sources.Dashboard && n.ID.IsDeclared() == fromDBT {
			all = append(all, n)
		}
	}
	return all
}

// HasDashboards reports whether a BI tool lists a dashboard. If none does, nothing is known of the
// dashboards that dbt exposures describe.
func HasDashboards(r *freshness.Report) bool { return len(listDashboards(r, false)) > 0 }

// declaredLinks returns the links of the dbt exposures that were not merged into a dashboard, of
// every type and project.
func declaredLinks(r *freshness.Report, canonicalLink func(string) string) map[string]bool {
	links := make(map[string]bool)
	for _, n := range r.Nodes {
		if n.Kind == sources.Exposure || n.Kind == sources.Dashboard && n.ID.IsDeclared() {
			links[FormatLink(n.URL, canonicalLink)] = true
		}
	}
	delete(links, "")
	return links
}

// FormatLink returns the canonical form of link, or link itself if no source knows its form.
func FormatLink(link string, canonicalLink func(string) string) string {
	return cmp.Or(canonicalLink(link), link)
}

// isDescribed reports whether a dbt exposure was merged into a dashboard, or has its link. links
// are those of the other exposures.
func isDescribed(n *freshness.Node, links map[string]bool, canonicalLink func(string) string) bool {
	return hasMergedExposure(n) || links[FormatLink(n.URL, canonicalLink)]
}

// hasMergedExposure reports whether a dbt exposure was merged into a dashboard.
func hasMergedExposure(n *freshness.Node) bool {
	return slices.ContainsFunc(n.Aliases, func(alias string) bool {
		id := sources.ID(alias)
		return id.IsDeclared() && id.Kind() == string(sources.Dashboard)
	})
}

// tileUpstream returns the relations that the traced tiles of a dashboard read, sorted. A
// derived table is replaced by its own upstream if that is known; explores are left out.
func tileUpstream(r *freshness.Report, board *freshness.Node) (ids []sources.ID) {
	met := make(map[sources.ID]bool)
	var collect func(all []sources.ID)
	collect = func(all []sources.ID) {
		for _, id := range all {
			n := r.Node(id)
			switch {
			case met[id] || isExplore(id):
			case n != nil && n.Kind == sources.Derived && len(n.Upstream) > 0:
				met[id] = true
				collect(n.Upstream)
			default:
				met[id] = true
				ids = append(ids, id)
			}
		}
	}
	for _, tile := range board.Shown {
		if tile.Traced == "sql" || tile.Traced == "explore" {
			collect(tile.Upstream)
		}
	}
	slices.Sort(ids)
	return ids
}

// isExplore reports whether id is that of an explore. Tiles with an explore upstream may read
// more tables than are known.
func isExplore(id sources.ID) bool { return id.Kind() == string(sources.Explore) }

// UnmatchedDashboards returns the dashboards that show tiles and have no dbt exposure, sorted
// by id. An exposure with the address of a dashboard counts even if it was not merged.
func UnmatchedDashboards(r *freshness.Report, canonicalLink func(string) string) (all []*freshness.Node) {
	links := declaredLinks(r, canonicalLink)
	for _, n := range listDashboards(r, false) {
		if len(n.Shown) > 0 && !isDescribed(n, links, canonicalLink) {
			all = append(all, n)
		}
	}
	return all
}

// UnmatchedExposures returns the dbt exposures without a URL, and those whose URL is a link to a
// dashboard that was not listed, sorted by id. Where no dashboard of a host was ever listed,
// nothing is known of its dashboards, so an exposure with a URL of that host is left out. Without
// any listed dashboard all are.
func UnmatchedExposures(r *freshness.Report, canonicalLink func(string) string) (all []*freshness.Node) {
	links := make(map[string]bool)
	hosts := make(map[string]bool)
	for _, n := range listDashboards(r, false) {
		links[FormatLink(n.URL, canonicalLink)] = true
		hosts[hostOf(n.URL)] = true
	}
	for _, n := range listDashboards(r, true) {
		isKnown := links[FormatLink(n.URL, canonicalLink)]
		isComparable := canonicalLink(n.URL) != "" && hosts[hostOf(n.URL)]
		if n.URL == "" && len(hosts) > 0 || isComparable && !isKnown {
			all = append(all, n)
		}
	}
	return all
}

// hostOf returns the host of a link in lower case, without its port; "" if it has none.
func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
