package freshness

import (
	"cmp"
	"slices"
)

// worstFirst orders causes: those that need attention first, then by status, affected tiles,
// views and affected assets, and last by id.
func worstFirst(a, b *Cause) int {
	return cmp.Or(
		boolToInt(b.Attention)-boolToInt(a.Attention),
		cmp.Compare(b.Status, a.Status),
		cmp.Compare(b.Tiles, a.Tiles),
		cmp.Compare(b.Views, a.Views),
		cmp.Compare(len(b.Affected), len(a.Affected)),
		cmp.Compare(a.ID, b.ID),
	)
}

// orderCauses sorts the causes of each node into the order of the report, and derives from them
// what needs attention, waits or is late, and the data times of rows. Dashboards and folders
// get the causes of what they show.
func (d *derivation) orderCauses() {
	rank := make(map[*Cause]int, len(d.Causes))
	for i, c := range d.Causes {
		rank[c] = i
	}
	cache := make(map[*Cause]map[int]*causeOrder)
	for _, n := range d.Nodes {
		if len(n.Causes) == 0 {
			continue
		}
		n.Causes = sortCauses(cache, rank, n.Causes)
		n.Attention = n.Causes[0].Attention && !n.Status.IsOnTime() || n.Late && n.Clock != nil || n.IsFailing() ||
			n.HasFailingTests()
		n.inheritWaiting()
		n.setCauseDataTime()
	}
	for _, n := range d.Roots {
		n.collectCauses()
	}
}

// inheritWaiting sets Waiting if all causes of a node that is not on time wait and, if no clock
// judged the node, Late if one of them is late.
func (n *Node) inheritWaiting() {
	if n.Status.IsOnTime() {
		return
	}
	late := false
	waiting := true
	for _, c := range n.Causes {
		late = late || c.Late
		waiting = waiting && c.Waiting
	}
	n.Waiting = waiting
	if n.Clock == nil {
		n.Late = late
	}
}

// A causeOrder is a list of causes in the order of the report, and the address of the first
// element of the list that it was sorted from.
type causeOrder struct {
	input  **Cause
	causes []*Cause
}

// sortCauses returns causes in the order of the report. Many assets share a list, so each list
// is sorted once and kept in cache, by its first cause and its length.
func sortCauses(cache map[*Cause]map[int]*causeOrder, rank map[*Cause]int, causes []*Cause) []*Cause {
	first := causes[0]
	if got := cache[first][len(causes)]; got != nil && (got.input == &causes[0] || sameCauses(got.causes, causes)) {
		return got.causes
	}
	list := slices.Clone(causes)
	slices.SortFunc(list, func(a, b *Cause) int { return rank[a] - rank[b] })
	if cache[first] == nil {
		cache[first] = make(map[int]*causeOrder)
	}
	cache[first][len(causes)] = &causeOrder{input: &causes[0], causes: list}
	return list
}

// sameCauses reports whether two lists hold the same causes, in any order.
func sameCauses(a, b []*Cause) bool {
	for _, c := range b {
		if !slices.Contains(a, c) {
			return false
		}
	}
	return len(a) == len(b)
}

// collectCauses gives a dashboard or folder, and all folders in it, the causes of what it
// shows, the number of tiles that need attention, and the oldest data time.
func (n *Node) collectCauses() {
	met := make(map[*Cause]bool)
	for _, c := range n.Shown {
		if c.Kind.IsContainer() {
			c.collectCauses()
		}
		n.Attention = n.Attention || c.Attention
		n.AttentionTiles += c.AttentionTiles
		if c.Attention && !c.Kind.IsContainer() {
			n.AttentionTiles++
		}
		for _, cause := range c.Causes {
			met[cause] = true
		}
		if n.DataAsOf.IsZero() || !c.DataAsOf.IsZero() && c.DataAsOf.Before(n.DataAsOf) {
			n.DataAsOf = c.DataAsOf
		}
	}
	for cause := range met {
		n.Causes = append(n.Causes, cause)
	}
	slices.SortFunc(n.Causes, worstFirst)
	if len(n.Causes) > 0 {
		n.setCauseDataTime()
		n.inheritWaiting()
	}
}
