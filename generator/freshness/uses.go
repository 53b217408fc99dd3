package freshness

import (
	"slices"

	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
)

// A Usage holds what still reads the tables that a pattern matches.
type Usage struct {
	Pattern    string
	Tables     []*Node // tables that match, sorted by id
	Readers    []*Node // direct readers that are not tiles and do not match, sorted by id
	Dashboards []*Node // dashboards with tiles that read them, directly or not, sorted by name
}

// FindUsage returns what still reads the tables that a glob matches. As in a rule, the glob is
// over ids, names, folders, tags and owners, and ignores case.
func (r *Report) FindUsage(pattern string) Usage {
	u := Usage{Pattern: pattern}
	shown := make(map[*Node]bool)
	for _, n := range r.Nodes {
		if n.Kind.IsRelation() && n.Matches(pattern) {
			u.Tables = append(u.Tables, n)
		}
	}
	readers := make(map[*Node]bool)
	lineage.WalkNearest(u.Tables, downstreamOf, func(m *Node, steps int) bool {
		switch {
		case m.Kind == sources.Tile && m.shownIn != nil:
			shown[m.shownIn] = true
		case m.Kind != sources.Tile && steps == 1:
			readers[m] = true
		}
		return true
	})
	u.Readers = r.sortedByID(readers)
	u.Dashboards = r.sortedByID(shown)
	slices.SortFunc(u.Dashboards, byName)
	return u
}

// sortedByID returns the nodes of a set, sorted by id.
func (r *Report) sortedByID(set map[*Node]bool) (all []*Node) {
	for _, n := range r.Nodes {
		if set[n] {
			all = append(all, n)
		}
	}
	return all
}
