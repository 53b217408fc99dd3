package lineage

import "slices"

// FindComponents groups nodes into components: one node, or all nodes of a cycle, which are
// judged as one. Components are sorted upstream before downstream. It is Tarjan's algorithm: a
// walk upstream that comes back to a node on its stack has found a cycle.
func FindComponents[N comparable](nodes []N, upstream func(N) []N) [][]N {
	t := &tarjan[N]{
		upstream: upstream,
		index:    make(map[N]int, len(nodes)),
		closed:   make(map[N]bool, len(nodes)),
	}
	for _, n := range nodes {
		if !t.closed[n] {
			t.walkUpstream(n)
		}
	}
	return t.components
}

// A tarjan is the state of one search for components.
type tarjan[N comparable] struct {
	upstream   func(N) []N
	index      map[N]int  // order in which nodes were found, from 1
	closed     map[N]bool // nodes that have their component
	stack      []N        // nodes that were found and have no component yet
	components [][]N
}

// walkUpstream finds the components of n and its upstream. It returns the lowest index of a
// node on the stack that n reaches.
func (t *tarjan[N]) walkUpstream(n N) int {
	index := len(t.index) + 1
	t.index[n] = index
	t.stack = append(t.stack, n)
	lowest := index
	for _, up := range t.upstream(n) {
		switch {
		case t.closed[up]:
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
func (t *tarjan[N]) closeComponent(n N) {
	i := len(t.stack) - 1
	for t.stack[i] != n {
		i--
	}
	members := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	for _, m := range members {
		t.closed[m] = true
	}
	t.components = append(t.components, members)
}

// WalkNearest calls visit for each node that next leads to, nearest first, with its distance
// from the nodes of from, until visit returns false. It does not visit the nodes of from
// themselves.
func WalkNearest[N comparable](from []N, next func(N) []N, visit func(n N, steps int) bool) {
	steps := make(map[N]int)
	for _, n := range from {
		steps[n] = 0
	}
	for todo := slices.Clip(from); len(todo) > 0; todo = todo[1:] {
		for _, n := range next(todo[0]) {
			if _, seen := steps[n]; seen {
				continue
			}
			steps[n] = steps[todo[0]] + 1
			if !visit(n, steps[n]) {
				return
			}
			todo = append(todo, n)
		}
	}
}
