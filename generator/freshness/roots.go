package freshness

import (
	"cmp"
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// The roots of an asset are what its lineage ends in, without static assets. An asset without
// upstream is its own root, and a cycle counts as one.

// A RootCount holds how many roots of an asset are checked by a clock that tells when its data
// changed, and how many are not.
type RootCount struct {
	Checked   int `json:"checked"`
	Unchecked int `json:"unchecked"`
}

// CountRoots returns how many roots of n are checked now, and how many are not.
func (n *Node) CountRoots() (count RootCount) {
	for _, root := range n.component.roots {
		if root.isCheckedRoot(StripDays - 1) {
			count.Checked++
		} else {
			count.Unchecked++
		}
	}
	return count
}

// HasUncheckedRoot reports whether something that the lineage of n ends in is not checked. Static
// assets are left out.
func (n *Node) HasUncheckedRoot() bool { return n.dayStatuses[StripDays-1].hasUncheckedRoot }

// HasUncertainLineage reports whether n reads, directly or not, an explore of Looker that may read
// more tables than are known, because the SQL of a query is not known.
func (n *Node) HasUncertainLineage() bool { return n.component.hasUncertainLineage }

// UncheckedRoots returns the roots of n that are not checked now, sorted by id; of a cycle, all its
// members.
func (n *Node) UncheckedRoots() (roots []*Node) {
	for _, root := range n.component.roots {
		if !root.isCheckedRoot(StripDays - 1) {
			roots = append(roots, root.members...)
		}
	}
	slices.SortFunc(roots, byID)
	return roots
}

// isCheckedAsRoot reports whether a check at moment (Unix seconds) or around it tells the age of the
// data of n, which has no upstream and is judged by the clock best. A build tells nothing of it, unless
// dbt builds n from nothing else.
func (d *derivation) isCheckedAsRoot(n *Node, moment int64, best sources.Clock) bool {
	switch {
	case best != sources.Built:
		return true
	case (n.Kind == sources.Model || n.Kind == sources.Snapshot) && len(n.Up) == 0:
		return true
	default:
		return d.timeline.HasRecentDataCheck(n.Node, moment)
	}
}

// setRootFlags sets, for one day, whether the members of k have roots that are checked and roots that
// are not. It takes upstream before downstream.
func (k *component) setRootFlags(day int) {
	isChecked := false
	isUnchecked := false
	switch {
	case k.isStatic(), k.members[0].Kind.IsContainer():
	case len(k.up) == 0:
		isChecked = k.isCheckedRoot(day)
		isUnchecked = !isChecked
	default:
		for _, up := range k.up {
			isChecked = isChecked || up.dayStatuses[day].hasCheckedRoot
			isUnchecked = isUnchecked || up.dayStatuses[day].hasUncheckedRoot
		}
	}
	for _, n := range k.members {
		n.dayStatuses[day].hasCheckedRoot = isChecked
		n.dayStatuses[day].hasUncheckedRoot = isUnchecked
	}
}

// setUncertainLineage sets whether k reads an explore that may read more tables than are known. It
// takes upstream before downstream.
func (k *component) setUncertainLineage() {
	k.hasUncertainLineage = slices.ContainsFunc(k.up, func(up *Node) bool {
		return up.Kind == sources.Explore || up.component.hasUncertainLineage
	})
}

// isCheckedRoot reports whether a member of k, which has no upstream, is checked on a day.
func (k *component) isCheckedRoot(day int) bool {
	return slices.ContainsFunc(k.members, func(n *Node) bool { return n.dayStatuses[day].isChecked })
}

// setRoots sets the roots of k, and the oldest update of their data. It takes upstream before
// downstream.
func (k *component) setRoots() {
	if len(k.up) == 0 && !k.isStatic() && !k.members[0].Kind.IsContainer() {
		k.roots = []*component{k}
		for _, n := range k.members {
			k.rootsUpdated = earlierOf(k.rootsUpdated, n.dataUpdated())
		}
	}
	var lists [][]*component
	for _, up := range k.up {
		k.rootsUpdated = earlierOf(k.rootsUpdated, up.component.rootsUpdated)
		lists = appendNew(lists, up.component.roots)
	}
	switch len(lists) {
	case 0:
	case 1:
		k.roots = lists[0] // shared: most assets have the roots of one other asset
	default:
		k.roots = slices.Concat(lists...)
		slices.SortFunc(k.roots, func(a, b *component) int { return cmp.Compare(a.members[0].ID, b.members[0].ID) })
		k.roots = slices.Compact(k.roots)
	}
}
