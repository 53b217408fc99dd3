package freshness

import (
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// A Drift is how an exposure of dbt and the tiles of its dashboard differ. The
// tiles decide.
type Drift struct {
	Exposure sources.ID
	Unread   []sources.ID // the exposure says that it reads them, and no tile does; sorted
	Unsaid   []sources.ID // tiles read them, and the exposure does not say so; sorted
}

// drifts compares dashboards with the exposures that describe them.
func (r *Report) drifts(exposed map[sources.ID][]sources.Asset) {
	for id, exposures := range exposed {
		n := r.byID[id]
		if n == nil {
			continue
		}
		reads, whole := n.tables()
		for _, e := range exposures {
			d := Drift{Exposure: e.ID, Unsaid: without(reads, e.Upstream)}
			if whole {
				d.Unread = without(e.Upstream, reads)
			}
			if len(d.Unread)+len(d.Unsaid) > 0 {
				n.Drift = append(n.Drift, d)
			}
		}
	}
}

// tables are what the tiles of a dashboard read, by id. They are not whole if
// some tile is not traced to tables alone.
func (n *Node) tables() (all []sources.ID, whole bool) {
	whole = true
	for _, tile := range n.Shown {
		all, whole = tile.reading(all, whole && tile.Traced != "", make(map[*Node]bool))
	}
	slices.Sort(all)
	return slices.Compact(all), whole
}

// reading adds the tables that a tile or a derived table reads, also by way of
// derived tables. An explore, and what nobody lists, may stand for anything.
func (n *Node) reading(all []sources.ID, whole bool, met map[*Node]bool) ([]sources.ID, bool) {
	for _, up := range n.Up {
		switch {
		case met[up]:
		case up.Kind == sources.Derived:
			met[up] = true
			all, whole = up.reading(all, whole && len(up.Up) > 0, met)
		case up.nobodys():
			whole = false
		default:
			all = append(all, up.ID)
		}
	}
	return all, whole
}

// nobodys reports whether nobody lists it, and its name tells no relation.
func (n *Node) nobodys() bool {
	return !n.listed && sources.Around("schema:"+schemaOf(n.ID)) == ""
}

// without is what is in a and not in b.
func without(a, b []sources.ID) (rest []sources.ID) {
	for _, id := range a {
		if !slices.Contains(b, id) {
			rest = append(rest, id)
		}
	}
	return rest
}
