// Package lineage makes a graph of what was recorded: one node for each asset, whoever listed
// it, with its upstream, its container, and when it was listed.
//
// It knows names, listings and edges, and judges nothing: how old data is belongs to package
// timeline, and what that means to package freshness. The algorithms over the graph are generic,
// so that packages that add to nodes can use them too. It opens no file and reads no clock.
package lineage

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Graph holds the assets of a recorded past.
type Graph struct {
	Nodes []*Node // assets that are listed or that a listed one refers to, sorted by id
	Gone  []*Node // assets that are no longer listed and that nothing refers to, sorted by id

	byID       map[sources.ID]*Node
	firstVisit time.Time // time of the oldest visit; zero if there is none
}

// BuildGraph returns the graph of past, with a node also for each asset that appears only as
// upstream of another. Jobs and scratch tables are no assets and are left out.
func BuildGraph(past *sources.Past) *Graph {
	g := &Graph{byID: make(map[sources.ID]*Node)}
	if len(past.Visits) > 0 {
		g.firstVisit = past.Visits[0].At
	}
	for _, t := range past.Tracks {
		if t.Asset.Kind == sources.Job {
			continue
		}
		n := g.ensureNode(t.Asset.ID)
		n.Tracks = append(n.Tracks, t)
	}
	g.removeScratchTables()
	g.splitGone(g.mergeNodes())
	for _, n := range g.Nodes {
		if container := g.byID[n.Parent]; !container.isIn(n) {
			n.Container = container
		}
	}
	return g
}

// isIn reports whether n is container, or is shown in it, directly or not. nil is in nothing.
func (n *Node) isIn(container *Node) bool {
	for ; n != nil; n = n.Container {
		if n == container {
			return true
		}
	}
	return false
}

// ensureNode returns the node of id, and creates it if there is none.
func (g *Graph) ensureNode(id sources.ID) *Node {
	if g.byID[id] == nil {
		g.byID[id] = newNode(id)
	}
	return g.byID[id]
}

// removeScratchTables removes the tables in which a dashboard tool keeps derived tables, unless a source
// that is no warehouse declares them. Each build replaces such a table by one of another name, and the
// derived table is the asset. No source of that tool need be configured: the time of a scratch table is
// that of its build, which tells nothing of the age of its data. They are left out of the graph and not
// of the history, so that no report of an older history has them and none of them is reported as removed.
func (g *Graph) removeScratchTables() {
	for id, n := range g.byID {
		if id.IsScratchTable() && !slices.ContainsFunc(n.Tracks, isDeclaredTrack) {
			delete(g.byID, id)
		}
	}
}

// withoutScratchTables returns upstream without the scratch tables that were removed. What reads one
// alone reads nothing that is known. upstream is not changed.
func (g *Graph) withoutScratchTables(upstream []sources.ID) []sources.ID {
	isRemoved := func(id sources.ID) bool { return id.IsScratchTable() && g.byID[id] == nil }
	if !slices.ContainsFunc(upstream, isRemoved) {
		return upstream
	}
	return slices.DeleteFunc(slices.Clone(upstream), isRemoved)
}

// mergeNodes merges the tracks of each node, creates the nodes that are only referred to, and
// returns the ids that listed assets refer to.
func (g *Graph) mergeNodes() (referred map[sources.ID]bool) {
	referred = make(map[sources.ID]bool)
	for _, n := range slices.Collect(maps.Values(g.byID)) {
		n.mergeTracks()
		n.Upstream = g.withoutScratchTables(n.Upstream)
		if !n.IsListedNow() {
			continue
		}
		for _, up := range n.Upstream {
			referred[up] = true
			if g.byID[up] == nil {
				g.ensureNode(up).mergeTracks()
			}
		}
	}
	return referred
}

// splitGone sorts the nodes into Nodes and Gone. Nodes that are gone cannot be found by id.
func (g *Graph) splitGone(referred map[sources.ID]bool) {
	for _, n := range g.byID {
		if n.IsListedNow() || referred[n.ID] {
			g.Nodes = append(g.Nodes, n)
		} else {
			delete(g.byID, n.ID)
			g.Gone = append(g.Gone, n)
		}
	}
	slices.SortFunc(g.Nodes, compareIDs)
	slices.SortFunc(g.Gone, compareIDs)
}

// compareIDs orders nodes by id.
func compareIDs(a, b *Node) int { return cmp.Compare(a.ID, b.ID) }
