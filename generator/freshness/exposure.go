package freshness

import (
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A Described is a dashboard that some source showed, as an exposure of dbt may
// describe it: by what its tiles were seen to read.
type Described struct {
	*Node
	Reads    []Known      // what a project of dbt knows, by unique id
	Private  []Known      // the same, where dbt lets no exposure refer to it
	Away     []sources.ID // what other projects of dbt know, and it does not, sorted
	Others   []sources.ID // what dbt does not know, sorted
	Untraced []*Node      // tiles of which nothing tells what they read, by name
	Partly   []*Node      // tiles that may read more, by name
	Exposed  []sources.ID // exposures of dbt that describe it already, as dashboards
}

// Describe returns the dashboards of which at least one tile is traced to a
// relation that a project of dbt knows, by id.
func (r *Report) Describe(project string) (all []Described) {
	projects := r.Projects()
	for _, n := range r.dashboards(false) {
		d := Described{Node: n, Exposed: n.exposures()}
		for _, id := range r.readBy(n) {
			d.add(id, r.byID[id], project, projects)
		}
		for _, tile := range n.Shown {
			d.doubt(tile)
		}
		slices.SortFunc(d.Reads, Known.compare)
		if len(d.Reads) > 0 {
			all = append(all, d)
		}
	}
	return all
}

// add notes one relation that tiles read.
func (d *Described) add(id sources.ID, n *Node, project string, projects []string) {
	known, ok := Known{}, false
	if n != nil {
		known, ok = n.in(project, projects)
	}
	switch {
	case !ok && n != nil && n.InDBT():
		d.Away = append(d.Away, id)
	case !ok:
		d.Others = append(d.Others, id)
	case known.Private:
		d.Private = append(d.Private, known)
	default:
		d.Reads = append(d.Reads, known)
	}
}

// doubt notes a tile of which not all is known.
func (d *Described) doubt(tile *Node) {
	switch {
	case tile.Kind != sources.Tile:
	case tile.Traced == "":
		d.Untraced = append(d.Untraced, tile)
	case slices.ContainsFunc(tile.Upstream, explores):
		d.Partly = append(d.Partly, tile)
	}
}

// dashboards are those that were seen, or those that dbt alone describes, by id.
func (r *Report) dashboards(dbt bool) (all []*Node) {
	for _, n := range r.Nodes {
		if n.Kind == sources.Dashboard && strings.HasPrefix(string(n.ID), ofDBT) == dbt {
			all = append(all, n)
		}
	}
	return all
}

// exposures are those of dbt that became other names of a dashboard.
func (n *Node) exposures() (ids []sources.ID) {
	for _, alias := range n.Aliases {
		if strings.HasPrefix(alias, ofDBT) {
			ids = append(ids, sources.ID(alias))
		}
	}
	return ids
}

// readBy is what the tiles of a dashboard read, sorted. A derived table gives way
// to what it is built from, where that is known.
func (r *Report) readBy(board *Node) (ids []sources.ID) {
	met := make(map[sources.ID]bool)
	var read func(all []sources.ID)
	read = func(all []sources.ID) {
		for _, id := range all {
			n := r.byID[id]
			switch {
			case met[id] || explores(id):
			case n != nil && n.Kind == sources.Derived && len(n.Upstream) > 0:
				met[id] = true
				read(n.Upstream)
			default:
				met[id] = true
				ids = append(ids, id)
			}
		}
	}
	for _, tile := range board.Shown {
		if tile.Traced == "sql" || tile.Traced == "explore" {
			read(tile.Upstream)
		}
	}
	slices.Sort(ids)
	return ids
}

// explores reports whether id is an explore, which may read more than it says.
func explores(id sources.ID) bool { return strings.HasPrefix(string(id), "explore:") }

// Undescribed returns the dashboards that show tiles and that no exposure of dbt
// describes, by id.
func (r *Report) Undescribed() (all []*Node) {
	described := make(map[string]bool)
	for _, n := range r.dashboards(true) {
		described[address(n.URL)] = true
	}
	for _, n := range r.dashboards(false) {
		at := address(n.URL)
		if len(n.Shown) > 0 && len(n.exposures()) == 0 && (at == "" || !described[at]) {
			all = append(all, n)
		}
	}
	return all
}

// Astray returns the exposures of dbt whose address is that of no dashboard that
// was seen, by id.
func (r *Report) Astray() (all []*Node) {
	seen := make(map[string]bool)
	for _, n := range r.dashboards(false) {
		seen[address(n.URL)] = true
	}
	for _, n := range r.dashboards(true) {
		if at := address(n.URL); at == "" || !seen[at] {
			all = append(all, n)
		}
	}
	return all
}
