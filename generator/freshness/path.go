package freshness

import (
	"cmp"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// setFreshDataTime sets DataAsOf of a node that is on time: the oldest update by a clock other than
// [sources.Built] among its own and those of its roots; where there is none, its own. A build says
// nothing of the age of what was built from.
func (n *Node) setFreshDataTime() {
	if !n.Status.IsOnTime() {
		return
	}
	n.DataAsOf = earlierOf(n.component.rootsUpdated, n.dataUpdated())
	if n.DataAsOf.IsZero() {
		n.DataAsOf = n.LastUpdate()
	}
}

// dataUpdated returns when the data of n was updated, if a clock other than [sources.Built] says so;
// else zero.
func (n *Node) dataUpdated() time.Time {
	if n.Clock == nil || n.Clock.Clock == sources.Built {
		return time.Time{}
	}
	return n.LastUpdate()
}

// earlierOf returns the earlier of two moments, of which zero is none.
func earlierOf(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// setCauseDataTime sets DataAsOf of a node that is not on time to the update time of its worst
// cause.
func (n *Node) setCauseDataTime() {
	if n.Status.IsOnTime() {
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
		return c.Node.LastUpdate()
	}
	for _, n := range c.Affected {
		if c.Job != nil && slices.Contains(n.ownCauses, c) && (oldest.IsZero() || n.LastUpdate().Before(oldest)) {
			oldest = n.LastUpdate()
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
