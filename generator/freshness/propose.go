package freshness

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// A Proposal is an asset that went, and one like it that came: perhaps it moved.
type Proposal struct {
	Move
	Went time.Time // when the one went
	Why  string    // how they are alike
}

// around is how long before or after one went the other may have come.
const around = 3 * 24 * time.Hour

// Proposals are the moves that site.toml does not tell of, and that seem likely, by
// id.
func (r *Report) Proposals(distance func(a, b string) int) (all []Proposal) {
	arrived := r.arrived()
	for _, old := range append(r.lost(), r.gone...) {
		if !strings.HasPrefix(string(old.ID), "table:") {
			continue
		}
		went := old.left()
		best, most := Proposal{}, 0
		first := sort.Search(len(arrived), func(i int) bool { return !arrived[i].at.Before(went.Add(-around)) })
		for _, a := range arrived[first:] {
			if a.at.Sub(went) > around {
				break
			}
			if slices.Contains(r.rules.Moves, Move{old.ID, a.n.ID}) {
				continue
			}
			if why, much := alike(old, a.n, distance); much > most {
				best, most = Proposal{Move{old.ID, a.n.ID}, went, why}, much
			}
		}
		if most > 0 {
			all = append(all, best)
		}
	}
	slices.SortFunc(all, func(a, b Proposal) int { return cmp.Compare(a.From, b.From) })
	return all
}

// An arrival is when a table was listed first.
type arrival struct {
	n  *Node
	at time.Time
}

// arrived are the tables that are there and were not at the first visit, the oldest
// first.
func (r *Report) arrived() (all []arrival) {
	for _, n := range r.Nodes {
		if at := n.came(); n.there() && strings.HasPrefix(string(n.ID), "table:") && !at.Equal(r.first) {
			all = append(all, arrival{n, at})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return a.at.Compare(b.at) })
	return all
}

// lost are the tables that are not there any more and that something still reads.
func (r *Report) lost() (all []*Node) {
	for _, n := range r.Nodes {
		if n.listed && !n.there() {
			all = append(all, n)
		}
	}
	return all
}

// left is when it went.
func (n *Node) left() (at time.Time) {
	for _, t := range n.tracks {
		if k := len(t.Stays) - 1; k >= 0 && t.Stays[k].Went.After(at) {
			at = t.Stays[k].Went
		}
	}
	return at
}

// came is when it was listed first.
func (n *Node) came() (at time.Time) {
	for _, t := range n.tracks {
		if len(t.Stays) > 0 && (at.IsZero() || t.Stays[0].Came.Before(at)) {
			at = t.Stays[0].Came
		}
	}
	return at
}

// alike says how something that came is like what went, and how much; 0 is not.
func alike(old, n *Node, distance func(a, b string) int) (why string, much int) {
	a, b := last(old), last(n)
	switch {
	case a == b:
		return "it has the same name elsewhere", 3
	case schemaOf(old.ID) == schemaOf(n.ID) && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)):
		return "its name is longer or shorter", 2
	case schemaOf(old.ID) == schemaOf(n.ID) && distance(strings.ToLower(a), strings.ToLower(b)) <= 2:
		return "its name is nearly the same", 2
	case len(old.Upstream) > 0 && slices.Equal(old.Upstream, n.Upstream):
		return "it reads the same", 1
	default:
		return "", 0
	}
}

// last is the last part of the id of a relation.
func last(n *Node) string {
	place := n.ID.Place()
	return strings.TrimPrefix(place[len(schemaOf(n.ID)):], ".")
}
