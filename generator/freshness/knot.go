package freshness

import "slices"

// A knot is one asset, or the assets of a cycle, which count as one.
type knot struct {
	members []*Node
	up      []*Node // what feeds the members and is not one of them
}

// tie returns every asset in its knot, upstream before downstream, by Tarjan's
// algorithm: a walk upstream that comes back to an open node has met a cycle.
func tie(nodes []*Node) []*knot {
	t := &tier{met: make(map[*Node]int, len(nodes))}
	for _, n := range nodes {
		if n.knot == nil {
			t.walk(n)
		}
	}
	return t.tied
}

type tier struct {
	met  map[*Node]int // the place in the order of meeting, from 1
	open []*Node       // met and not tied
	tied []*knot
}

// walk returns the oldest open node that n reaches, by its place.
func (t *tier) walk(n *Node) int {
	mine := len(t.met) + 1
	t.met[n], t.open = mine, append(t.open, n)
	oldest := mine
	for _, up := range n.Up {
		switch {
		case up.knot != nil: // tied already
		case t.met[up] != 0:
			oldest = min(oldest, t.met[up])
		default:
			oldest = min(oldest, t.walk(up))
		}
	}
	if oldest == mine {
		t.close(n)
	}
	return oldest
}

// close ties the open nodes from n on.
func (t *tier) close(n *Node) {
	i := len(t.open) - 1
	for t.open[i] != n {
		i--
	}
	k := &knot{members: slices.Clone(t.open[i:])}
	t.open = t.open[:i]
	for _, n := range k.members {
		n.knot = k
	}
	for _, n := range k.members {
		for _, up := range n.Up {
			if up.knot != k {
				k.up = append(k.up, up)
			}
		}
	}
	t.tied = append(t.tied, k)
}
