package freshness

import (
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// An ExposureDraft is a dashboard of a BI tool with what a dbt exposure of it can say, from the
// lineage of its tiles.
type ExposureDraft struct {
	*Node
	DependsOn         []ProjectNode // relations of the project, sorted by kind and unique id
	PrivateNodes      []ProjectNode // private models of the project, which no exposure may refer to
	InOtherProjects   []sources.ID  // relations that only other dbt projects know, sorted
	NotInDBT          []sources.ID  // relations that no dbt project knows, sorted
	Untraced          []*Node       // tiles without known lineage, sorted by name
	PartlyTraced      []*Node       // tiles that may read more than is known, sorted by name
	ExistingExposures []sources.ID  // dbt exposures of this dashboard, by their ids as dashboards
}

// DraftExposures returns a draft for each dashboard with at least one tile traced to a relation
// of the dbt project, sorted by id.
func (r *Report) DraftExposures(project string) (all []ExposureDraft) {
	projects := r.Projects()
	for _, n := range r.listDashboards(false) {
		d := ExposureDraft{Node: n, ExistingExposures: n.exposureIDs()}
		for _, id := range r.tileUpstream(n) {
			d.addRelation(id, r.byID[id], project, projects)
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
func (d *ExposureDraft) addRelation(id sources.ID, n *Node, project string, projects []string) {
	known := ProjectNode{}
	ok := false
	if n != nil {
		known, ok = n.findProjectNode(project, projects)
	}
	switch {
	case !ok && n != nil && n.IsInDBT():
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
func (d *ExposureDraft) addUncertainTile(tile *Node) {
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
func (r *Report) listDashboards(fromDBT bool) (all []*Node) {
	for _, n := range r.Nodes {
		if n.Kind == sources.Dashboard && strings.HasPrefix(string(n.ID), dbtDashboardPrefix) == fromDBT {
			all = append(all, n)
		}
	}
	return all
}

// exposureIDs returns the ids of the dbt exposures that were merged into a dashboard.
func (n *Node) exposureIDs() (ids []sources.ID) {
	for _, alias := range n.Aliases {
		if strings.HasPrefix(alias, dbtDashboardPrefix) {
			ids = append(ids, sources.ID(alias))
		}
	}
	return ids
}

// tileUpstream returns the relations that the traced tiles of a dashboard read, sorted. A
// derived table is replaced by its own upstream if that is known; explores are left out.
func (r *Report) tileUpstream(board *Node) (ids []sources.ID) {
	met := make(map[sources.ID]bool)
	var collect func(all []sources.ID)
	collect = func(all []sources.ID) {
		for _, id := range all {
			n := r.byID[id]
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
func isExplore(id sources.ID) bool { return strings.HasPrefix(string(id), "explore:") }

// UnmatchedDashboards returns the dashboards that show tiles and have no dbt exposure, sorted
// by id. An exposure with the address of a dashboard counts even if it was not merged.
func (r *Report) UnmatchedDashboards() (all []*Node) {
	described := make(map[string]bool)
	for _, n := range r.listDashboards(true) {
		described[dashboardAddress(n.URL)] = true
	}
	for _, n := range r.listDashboards(false) {
		at := dashboardAddress(n.URL)
		if len(n.Shown) > 0 && len(n.exposureIDs()) == 0 && (at == "" || !described[at]) {
			all = append(all, n)
		}
	}
	return all
}

// UnmatchedExposures returns the dbt exposures whose URL is that of no listed dashboard, or is
// missing, sorted by id.
func (r *Report) UnmatchedExposures() (all []*Node) {
	seen := make(map[string]bool)
	for _, n := range r.listDashboards(false) {
		seen[dashboardAddress(n.URL)] = true
	}
	for _, n := range r.listDashboards(true) {
		if at := dashboardAddress(n.URL); at == "" || !seen[at] {
			all = append(all, n)
		}
	}
	return all
}
