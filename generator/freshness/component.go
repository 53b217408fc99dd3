package freshness

import "slices"

// A component is one asset, or all assets of a cycle, which are judged as one.
type component struct {
	members []*Node
	up      []*Node // upstream of the members that is not a member itself; a node may repeat
}

// findComponents puts every node into its component, and returns the components, upstream
// before downstream. It is Tarjan's algorithm: a walk upstream that comes back to a node on its
// stack has found a cycle.
func findComponents(nodes []*Node) []*component {
	t := &tarjan{index: make(map[*Node]int, len(nodes))}
	for _, n := range nodes {
		if n.component == nil {
			t.walkUpstream(n)
		}
	}
	return t.components
}

// A tarjan is the state of one search for components.
type tarjan struct {
	index      map[*Node]int // order in which nodes were found, from 1
	stack      []*Node       // nodes that were found and have no component yet
	components []*component
}

// walkUpstream finds the components of n and its upstream. It returns the lowest index of a
// node on the stack that n reaches.
func (t *tarjan) walkUpstream(n *Node) int {
	index := len(t.index) + 1
	t.index[n] = index
	t.stack = append(t.stack, n)
	lowest := index
	for _, up := range n.Up {
		switch {
		case up.component != nil: // already has its component
		case t.index[up] != 0:
			lowest = min(lowest, t.index[up])
		default:
			lowest = min(lowest, t.walkUpstream(up))
		}
	}
	if lowest == index {
		t.closeComponent(n)
	}
	return lowest
}

// closeComponent makes a component of the nodes on the stack, from n to the top.
func (t *tarjan) closeComponent(n *Node) {
	i := len(t.stack) - 1
	for t.stack[i] != n {
		i--
	}
	k := &component{members: slices.Clone(t.stack[i:])}
	t.stack = t.stack[:i]
	for _, n := range k.members {
		n.component = k
	}
	for _, n := range k.members {
		for _, up := range n.Up {
			if up.component != k {
				k.up = append(k.up, up)
			}
		}
	}
	t.components = append(t.components, k)
}
