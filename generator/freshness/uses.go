package freshness

import (
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// A Use is all that still reads what a pattern matches.
type Use struct {
	Pattern    string
	Tables     []*Node // that match, by id
	Readers    []*Node // tables and the like that read one of these and match not, by id
	Dashboards []*Node // that show tiles which read them, also by way of others, by name
}

// Uses finds what reads the relations that a glob matches, over ids, names, folders,
// tags and owners.
func (r *Report) Uses(pattern string) Use {
	u, rule := Use{Pattern: pattern}, Rule{Match: pattern}
	shown := make(map[*Node]bool)
	for _, n := range r.Nodes {
		if n.Kind.Relation() && rule.Matches(n) {
			u.Tables = append(u.Tables, n)
		}
	}
	readers := make(map[*Node]bool)
	nearest(u.Tables, true, func(m *Node, steps int) bool {
		switch {
		case m.Kind == sources.Tile && m.shownIn != nil:
			shown[m.shownIn] = true
		case m.Kind != sources.Tile && steps == 1:
			readers[m] = true
		}
		return true
	})
	u.Readers, u.Dashboards = r.those(readers), r.those(shown)
	slices.SortFunc(u.Dashboards, byName)
	return u
}

// those are some nodes, by id.
func (r *Report) those(some map[*Node]bool) (all []*Node) {
	for _, n := range r.Nodes {
		if some[n] {
			all = append(all, n)
		}
	}
	return all
}
