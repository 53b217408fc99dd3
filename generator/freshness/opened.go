package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// unusedAfter is the time without an opening after which a dashboard counts as unused.
const unusedAfter = 90 * 24 * time.Hour

// LastOpened returns when somebody last opened or queried n, by the clock queried; zero if
// unknown.
func (n *Node) LastOpened() (at time.Time) {
	for _, t := range n.Clocks {
		if t.Clock == sources.Queried && t.At.After(at) {
			at = t.At
		}
	}
	return at
}

// sortUnusedLast marks dashboards that were not opened for ninety days, and folders that hold
// nothing else, and sorts them last. A dashboard without a known opening is not marked.
func (d *derivation) sortUnusedLast() {
	for _, n := range d.Nodes {
		if opened := n.LastOpened(); n.Kind == sources.Dashboard && !opened.IsZero() {
			n.Unused = d.At.Sub(opened) > unusedAfter
		}
	}
	for _, n := range d.Roots {
		n.sortUnusedLast()
	}
	slices.SortStableFunc(d.Roots, unusedLast)
}

// sortUnusedLast marks a folder if all that it shows is marked as unused, and sorts unused
// contents last, in its subfolders too.
func (n *Node) sortUnusedLast() {
	if n.Kind != sources.Folder {
		return
	}
	n.Unused = len(n.Shown) > 0
	for _, c := range n.Shown {
		c.sortUnusedLast()
		n.Unused = n.Unused && c.Unused
	}
	slices.SortStableFunc(n.Shown, unusedLast)
}

// unusedLast orders nodes that are marked as unused after all others.
func unusedLast(a, b *Node) int { return boolToInt(a.Unused) - boolToInt(b.Unused) }
