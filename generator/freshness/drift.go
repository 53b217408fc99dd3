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
		whole = whole && tile.Traced != ""
		for _, up := range tile.Up {
			switch {
			case up.Kind == sources.Derived:
				all, whole = up.built(all, whole, make(map[*Node]bool))
			case up.nobodys(): // an explore, or what nobody lists: it may stand for anything
				whole = false
			default:
				all = append(all, up.ID)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), whole
}

// built adds what a derived table is built from, also by way of others.
func (n *Node) built(all []sources.ID, whole bool, met map[*Node]bool) ([]sources.ID, bool) {
	met[n] = true
	whole = whole && len(n.Up) > 0
	for _, up := range n.Up {
		switch {
		case up.Kind == sources.Derived && !met[up]:
			all, whole = up.built(all, whole, met)
		case up.nobodys():
			whole = false
		case up.Kind != sources.Derived:
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
