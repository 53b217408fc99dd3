package freshness

import (
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// A Drift is how a dbt exposure differs from the tiles of its dashboard, which count as the
// truth.
type Drift struct {
	Exposure   sources.ID
	Unread     []sources.ID // relations that only the exposure lists, sorted; nil if a tile may read others than are known
	Undeclared []sources.ID // relations that only tiles read, sorted
}

// setDrifts sets Node.Drift of the dashboards that exposures were merged into, by comparing
// their tiles with the exposures.
func (r *Report) setDrifts(byDashboard map[sources.ID][]sources.Asset) {
	for id, exposures := range byDashboard {
		n := r.byID[id]
		if n == nil {
			continue
		}
		reads, whole := n.tileTables()
		for _, e := range exposures {
			d := Drift{Exposure: e.ID, Undeclared: without(reads, e.Upstream)}
			if whole {
				d.Unread = without(e.Upstream, reads)
			}
			if len(d.Unread)+len(d.Undeclared) > 0 {
				n.Drift = append(n.Drift, d)
			}
		}
	}
}

// tileTables returns the tables that the tiles of a dashboard read, sorted. complete is false
// if some tile may read others.
func (n *Node) tileTables() (all []sources.ID, complete bool) {
	complete = true
	for _, tile := range n.Shown {
		all, complete = tile.appendTables(all, complete && tile.Traced != "", make(map[*Node]bool))
	}
	slices.Sort(all)
	return slices.Compact(all), complete
}

// appendTables appends the tables upstream of a tile or derived table, and looks through
// derived tables. complete becomes false at a derived table without known upstream, and at
// upstream such as an explore that may stand for any table.
func (n *Node) appendTables(all []sources.ID, complete bool, met map[*Node]bool) ([]sources.ID, bool) {
	for _, up := range n.Up {
		switch {
		case met[up]:
		case up.Kind == sources.Derived:
			met[up] = true
			all, complete = up.appendTables(all, complete && len(up.Up) > 0, met)
		case up.isUnlisted():
			complete = false
		default:
			all = append(all, up.ID)
		}
	}
	return all, complete
}

// isUnlisted reports whether no source ever listed n and its id does not name a relation with
// database and schema.
func (n *Node) isUnlisted() bool {
	return !n.wasListed && sources.EnclosingScope("schema:"+schemaOf(n.ID)) == ""
}

// without returns the elements of a that are not in b.
func without(a, b []sources.ID) (rest []sources.ID) {
	for _, id := range a {
		if !slices.Contains(b, id) {
			rest = append(rest, id)
		}
	}
	return rest
}
