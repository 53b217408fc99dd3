package exposures

import (
	"slices"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A Drift is how a dbt exposure differs from the tiles of its dashboard, which count as the
// truth.
type Drift struct {
	Exposure   sources.ID
	Unread     []sources.ID // relations that only the exposure lists, sorted; nil if a tile may read others than are known
	Undeclared []sources.ID // relations that only tiles read, sorted
}

// DriftsOf returns how the exposures that were merged into a dashboard differ from its tiles.
func DriftsOf(r *freshness.Report, n *freshness.Node) (drifts []Drift) {
	declared := r.Declared[n.ID]
	if len(declared) == 0 {
		return nil
	}
	reads, complete := tileTables(n)
	for _, e := range declared {
		drift := Drift{Exposure: e.ID, Undeclared: without(reads, e.Upstream)}
		if complete {
			drift.Unread = without(e.Upstream, reads)
		}
		if len(drift.Unread)+len(drift.Undeclared) > 0 {
			drifts = append(drifts, drift)
		}
	}
	return drifts
}

// tileTables returns the tables that the tiles of a dashboard read, sorted. complete is false
// if some tile may read others.
func tileTables(n *freshness.Node) (all []sources.ID, complete bool) {
	complete = true
	for _, tile := range n.Shown {
		all, complete = appendTables(tile, all, complete && tile.Traced != "", make(map[*freshness.Node]bool))
	}
	slices.Sort(all)
	return slices.Compact(all), complete
}

// appendTables appends the tables upstream of a tile or derived table, and looks through
// derived tables. complete becomes false at a derived table without known upstream, and at
// upstream such as an explore that may stand for any table.
func appendTables(
	n *freshness.Node,
	all []sources.ID,
	complete bool,
	met map[*freshness.Node]bool,
) ([]sources.ID, bool) {
	for _, up := range n.Up {
		switch {
		case met[up]:
		case up.Kind == sources.Derived:
			met[up] = true
			all, complete = appendTables(up, all, complete && len(up.Up) > 0, met)
		case isUnlisted(up):
			complete = false
		default:
			all = append(all, up.ID)
		}
	}
	return all, complete
}

// isUnlisted reports whether no source ever listed n and its id does not name a relation with
// database and schema.
func isUnlisted(n *freshness.Node) bool {
	schema := sources.NewScopeName(sources.SchemaScope, n.ID.Schema())
	return !n.WasListed && schema.Enclosing() == ""
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
