package freshness

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
	Why  string    // how the two are similar, as a clause
}

// moveWindow is the greatest time between the end of one listing and the beginning of the
// other, in either order.
const moveWindow = 3 * 24 * time.Hour

// ProposeMoves returns the likely moves of tables that site.toml does not have, sorted by old
// id, one for each table that is no longer listed. distance counts the letters by which two
// names differ.
func (r *Report) ProposeMoves(distance func(a, b string) int) (all []Proposal) {
	arrived := r.listArrivals()
	for _, old := range append(r.listGoneUpstream(), r.gone...) {
		if !strings.HasPrefix(string(old.ID), "table:") {
			continue
		}
		went := old.wentAt()
		best := Proposal{}
		bestScore := 0
		first := sort.Search(len(arrived), func(i int) bool { return !arrived[i].at.Before(went.Add(-moveWindow)) })
		for _, a := range arrived[first:] {
			if a.at.Sub(went) > moveWindow {
				break
			}
			if slices.Contains(r.rules.Moves, Move{From: old.ID, To: a.n.ID}) {
				continue
			}
			if why, score := rateSimilarity(old, a.n, distance); score > bestScore {
				best = Proposal{Move: Move{From: old.ID, To: a.n.ID}, Went: went, Why: why}
				bestScore = score
			}
		}
		if bestScore > 0 {
			all = append(all, best)
		}
	}
	slices.SortFunc(all, func(a, b Proposal) int { return cmp.Compare(a.From, b.From) })
	return all
}

// An arrival is a table with the time at which it was first listed.
type arrival struct {
	n  *Node
	at time.Time
}

// listArrivals returns the listed tables that were not there at the first visit, the oldest
// first.
func (r *Report) listArrivals() (all []arrival) {
	for _, n := range r.Nodes {
		if at := n.cameAt(); n.isListedNow() && strings.HasPrefix(string(n.ID), "table:") && !at.Equal(r.firstVisit) {
			all = append(all, arrival{n: n, at: at})
		}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return a.at.Compare(b.at) })
	return all
}

// listGoneUpstream returns the assets that are no longer listed and that others still refer to,
// sorted by id.
func (r *Report) listGoneUpstream() (all []*Node) {
	for _, n := range r.Nodes {
		if n.wasListed && !n.isListedNow() {
			all = append(all, n)
		}
	}
	return all
}

// wentAt returns when n was found to be no longer listed; zero if all sources that listed it
// still do.
func (n *Node) wentAt() (at time.Time) {
	for _, t := range n.tracks {
		if k := len(t.Listings) - 1; k >= 0 && t.Listings[k].Went.After(at) {
			at = t.Listings[k].Went
		}
	}
	return at
}

// cameAt returns when n was first listed; zero if it never was.
func (n *Node) cameAt() (at time.Time) {
	for _, t := range n.tracks {
		if len(t.Listings) > 0 && (at.IsZero() || t.Listings[0].Came.Before(at)) {
			at = t.Listings[0].Came
		}
	}
	return at
}

// rateSimilarity says how n is similar to old, and how much: 3 for the same name elsewhere, 2
// for a similar name in the same schema, 1 for the same upstream, 0 for neither.
func rateSimilarity(old, n *Node, distance func(a, b string) int) (why string, score int) {
	a := lastNamePart(old)
	b := lastNamePart(n)
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

// lastNamePart returns the name of a relation without its database and schema.
func lastNamePart(n *Node) string {
	place := n.ID.Place()
	return strings.TrimPrefix(place[len(schemaOf(n.ID)):], ".")
}
