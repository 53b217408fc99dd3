package freshness

import (
	"cmp"
	"slices"
)

// worstFirst orders causes by how bad and how wide they are.
func worstFirst(a, b *Cause) int {
	return cmp.Or(
		b2i(b.Attention)-b2i(a.Attention),
		cmp.Compare(b.Status, a.Status),
		cmp.Compare(b.Tiles, a.Tiles),
		cmp.Compare(b.Views, a.Views),
		cmp.Compare(len(b.Held), len(a.Held)),
		cmp.Compare(a.ID, b.ID),
	)
}

// attend notes which assets a cause that needs attention holds back, and puts
// the causes of each in the order of the report.
func (r *Report) attend() {
	place := make(map[*Cause]int, len(r.Causes))
	for i, c := range r.Causes {
		place[c] = i
	}
	ordered := make(map[*Cause]map[int]*ordering)
	for _, n := range r.Nodes {
		if len(n.Causes) == 0 {
			continue
		}
		n.Causes = sorted(ordered, place, n.Causes)
		n.Attention = n.Causes[0].Attention && n.Status != Fresh || n.Late && n.Clock != nil
		n.wait()
		n.asOf()
	}
	for _, n := range r.Roots {
		n.gather()
	}
}

// wait settles whether something without a due moment of its own waits, or is
// late, by its causes.
func (n *Node) wait() {
	if n.Status == Fresh {
		return
	}
	late, waiting := false, true
	for _, c := range n.Causes {
		late, waiting = late || c.Late, waiting && c.Waiting
	}
	if n.Waiting = waiting; n.Clock == nil {
		n.Late = late
	}
}

// An ordering is a list of causes in the order of the report, and the beginning
// of the list that it was made of.
type ordering struct {
	from   **Cause
	sorted []*Cause
}

// sorted puts causes in the order of the report. Lists are shared by many
// assets, and each is sorted once.
func sorted(done map[*Cause]map[int]*ordering, place map[*Cause]int, causes []*Cause) []*Cause {
	first := causes[0]
	if got := done[first][len(causes)]; got != nil && (got.from == &causes[0] || same(got.sorted, causes)) {
		return got.sorted
	}
	list := slices.Clone(causes)
	slices.SortFunc(list, func(a, b *Cause) int { return place[a] - place[b] })
	if done[first] == nil {
		done[first] = make(map[int]*ordering)
	}
	done[first][len(causes)] = &ordering{&causes[0], list}
	return list
}

// same reports whether two lists have the same causes.
func same(a, b []*Cause) bool {
	for _, c := range b {
		if !slices.Contains(a, c) {
			return false
		}
	}
	return len(a) == len(b)
}

// gather gives a dashboard or folder the causes of what it shows.
func (n *Node) gather() {
	met := make(map[*Cause]bool)
	for _, c := range n.Shown {
		if c.Kind.Shows() {
			c.gather()
		}
		n.Attention = n.Attention || c.Attention
		if n.Needs += c.Needs; c.Attention && !c.Kind.Shows() {
			n.Needs++
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
		n.asOf()
		n.wait()
	}
}
