package lineage

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"
)

// A Proposal is a move that seems likely: an asset is no longer listed, and a similar one
// appeared at about the same time.
type Proposal struct {
	Move
	Went time.Time // first complete listing without the old asset
	Why  Similarity
}

// A Similarity says how two tables resemble each other; a greater one is stronger.
type Similarity int

// The similarities, the weakest first.
const (
	NotSimilar   Similarity = iota
	SameUpstream            // both read the same
	SimilarName             // one or two letters differ, in the same schema
	ExtendedName            // one name begins with the other, in the same schema
	SameName                // the same name in another schema
)

// moveWindow is the greatest time between the end of one listing and the beginning of the
// other, in either order.
const moveWindow = 3 * 24 * time.Hour

// ProposeMoves returns the likely moves of tables that known does not have, sorted by old id,
// one for each table that is no longer listed.
func (g *Graph) ProposeMoves(known Moves) (all []Proposal) {
	arrived := g.listArrivals()
	for _, old := range append(g.listGoneUpstream(), g.Gone...) {
		if !old.ID.IsTable() {
			continue
		}
		went := old.wentAt()
		best := Proposal{}
		first := sort.Search(len(arrived), func(i int) bool { return !arrived[i].at.Before(went.Add(-moveWindow)) })
		for _, a := range arrived[first:] {
			if a.at.Sub(went) > moveWindow {
				break
			}
			if slices.Contains(known, Move{From: old.ID, To: a.node.ID}) {
				continue
			}
			if why := rateSimilarity(old, a.node); why > best.Why {
				best = Proposal{Move: Move{From: old.ID, To: a.node.ID}, Went: went, Why: why}
			}
		}
		if best.Why != NotSimilar {
			all = append(all, best)
		}
	}
	slices.SortFunc(all, func(a, b Proposal) int { return cmp.Compare(a.From, b.From) })
	return all
}

// An arrival is a table with the time at which it was first listed.
type arrival struct {
	node *Node
	at   time.Time
}

// listArrivals returns the listed tables that were not there at the first visit, the oldest
// first.
func (g *Graph) listArrivals() (all []arrival) {
	for _, n := range g.Nodes {
		if at := n.cameAt(); n.IsListedNow() && n.ID.IsTable() && !at.Equal(g.firstVisit) {
			all = append(all, arrival{node: n, at: at})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return a.at.Compare(b.at) })
	return all
}

// listGoneUpstream returns the assets that are no longer listed and that others still refer to,
// sorted by id.
func (g *Graph) listGoneUpstream() (all []*Node) {
	for _, n := range g.Nodes {
		if n.WasListed && !n.IsListedNow() {
			all = append(all, n)
		}
	}
	return all
}

// wentAt returns when n was found to be no longer listed; zero if all sources that listed it
// still do.
func (n *Node) wentAt() (at time.Time) {
	for _, t := range n.Tracks {
		if k := len(t.Listings) - 1; k >= 0 && t.Listings[k].Went.After(at) {
			at = t.Listings[k].Went
		}
	}
	return at
}

// cameAt returns when n was first listed; zero if it never was.
func (n *Node) cameAt() (at time.Time) {
	for _, t := range n.Tracks {
		if len(t.Listings) > 0 && (at.IsZero() || t.Listings[0].Came.Before(at)) {
			at = t.Listings[0].Came
		}
	}
	return at
}

// rateSimilarity returns how n is similar to old.
func rateSimilarity(old, n *Node) Similarity {
	a := old.ID.RelationName()
	b := n.ID.RelationName()
	sameSchema := old.ID.Schema() == n.ID.Schema()
	switch {
	case a == b:
		return SameName
	case sameSchema && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)):
		return ExtendedName
	case sameSchema && EditDistance(strings.ToLower(a), strings.ToLower(b)) <= 2:
		return SimilarName
	case len(old.Upstream) > 0 && slices.Equal(old.Upstream, n.Upstream):
		return SameUpstream
	default:
		return NotSimilar
	}
}
