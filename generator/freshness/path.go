package freshness

import (
	"cmp"
	"slices"
	"time"
)

// setFreshDataTime sets DataAsOf of a fresh node: its own update time or, if no clock judged
// it, the oldest update time of its nearest upstream.
func (n *Node) setFreshDataTime() {
	if n.Status != Fresh {
		return
	}
	n.DataAsOf = n.Updated
	if n.Clock == nil {
		n.DataAsOf = n.oldestUpstreamTime(make(map[*Node]bool))
	}
}

// oldestUpstreamTime returns the oldest update time of the nearest upstream that a clock
// judged, without static assets; zero if unknown. counted holds the nodes that were counted
// already.
func (n *Node) oldestUpstreamTime(counted map[*Node]bool) (oldest time.Time) {
	for _, up := range n.Up {
		if counted[up] || up.isStatic() {
			continue
		}
		counted[up] = true
		at := up.Updated
		if up.Clock == nil {
			at = up.oldestUpstreamTime(counted)
		}
		if oldest.IsZero() || !at.IsZero() && at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// setCauseDataTime sets DataAsOf of a node that is not fresh to the update time of its worst
// cause.
func (n *Node) setCauseDataTime() {
	if n.Status == Fresh {
		return
	}
	worst := slices.MinFunc(n.Causes, func(a, b *Cause) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), a.oldestUpdate().Compare(b.oldestUpdate()))
	})
	n.DataAsOf = worst.oldestUpdate()
}

// oldestUpdate returns the update time of the asset to repair or, of a job, the oldest of the
// assets that it did not build. It is zero for other causes.
func (c *Cause) oldestUpdate() (oldest time.Time) {
	if c.Node != nil {
		return c.Node.Updated
	}
	for _, n := range c.Affected {
		if c.Job != nil && slices.Contains(n.ownCauses, c) && (oldest.IsZero() || n.Updated.Before(oldest)) {
			oldest = n.Updated
		}
	}
	return oldest
}

// PathFrom returns the shortest path upstream from n to c, n first. It ends at the asset to
// repair or, for other causes, at the first asset that they affect directly. It is n alone if
// there is no path.
func (c *Cause) PathFrom(n *Node) []*Node {
	from := map[*Node]*Node{n: nil}
	for todo := []*Node{n}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if slices.Contains(at.ownCauses, c) && (c.Node == nil || c.Node == at) {
			return backtrack(from, at)
		}
		for _, up := range slices.Concat(at.Up, at.Shown) {
			if _, met := from[up]; !met && (slices.Contains(up.Causes, c) || up == c.Node) {
				from[up] = at
				todo = append(todo, up)
			}
		}
	}
	return []*Node{n}
}

// backtrack returns the path from the start of a search to at. from holds the node before each
// node, nil for the start.
func backtrack(from map[*Node]*Node, at *Node) (path []*Node) {
	for ; at != nil; at = from[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}
