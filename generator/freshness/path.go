package freshness

import (
	"cmp"
	"slices"
	"time"
)

// date gives a fresh node the moment that rows print: its own, or the oldest of
// the nearest upstream that has one and may age.
func (n *Node) date() {
	if n.Status != Fresh {
		return
	}
	if n.DataAsOf = n.Updated; n.Clock == nil {
		n.DataAsOf = n.nearest(make(map[*Node]bool))
	}
}

func (n *Node) nearest(met map[*Node]bool) (oldest time.Time) {
	for _, up := range n.Up {
		if met[up] || up.static() {
			continue
		}
		met[up] = true
		at := up.Updated
		if up.Clock == nil {
			at = up.nearest(met)
		}
		if oldest.IsZero() || !at.IsZero() && at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// asOf gives a node that is not fresh the moment that rows print: that of its
// worst cause.
func (n *Node) asOf() {
	if n.Status == Fresh {
		return
	}
	worst := slices.MinFunc(n.Causes, func(a, b *Cause) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), a.updated().Compare(b.updated()))
	})
	n.DataAsOf = worst.updated()
}

// updated is when the data moved last that a cause holds back itself: of the
// assets that a job did not build, the oldest.
func (c *Cause) updated() (oldest time.Time) {
	if c.Node != nil {
		return c.Node.Updated
	}
	for _, n := range c.Held {
		if c.Job != nil && slices.Contains(n.own, c) && (oldest.IsZero() || n.Updated.Before(oldest)) {
			oldest = n.Updated
		}
	}
	return oldest
}

// Path returns the way upstream from n to a cause, n first and the cause last;
// of several ways the shortest. A visit is reached where its first asset is.
func (c *Cause) Path(n *Node) []*Node {
	from := map[*Node]*Node{n: nil}
	for todo := []*Node{n}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if slices.Contains(at.own, c) && (c.Node == nil || c.Node == at) {
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

func backtrack(from map[*Node]*Node, at *Node) (path []*Node) {
	for ; at != nil; at = from[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}
