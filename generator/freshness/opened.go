package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// forgotten is after how long nobody opens what is still there.
const forgotten = 90 * 24 * time.Hour

// Opened is when somebody opened it last, as its source tells; the zero time is
// not known.
func (n *Node) Opened() (at time.Time) {
	for _, t := range n.Clocks {
		if t.Clock == sources.Queried && t.At.After(at) {
			at = t.At
		}
	}
	return at
}

// shelve sorts what nobody opened for ninety days behind everything else. A
// folder is forgotten with all that is in it.
func (r *Report) shelve() {
	for _, n := range r.Nodes {
		if opened := n.Opened(); n.Kind == sources.Dashboard && !opened.IsZero() {
			n.Forgotten = r.At.Sub(opened) > forgotten
		}
	}
	for _, n := range r.Roots {
		n.shelve()
	}
	slices.SortStableFunc(r.Roots, lastForgotten)
}

func (n *Node) shelve() {
	if n.Kind != sources.Folder {
		return
	}
	n.Forgotten = len(n.Shown) > 0
	for _, c := range n.Shown {
		c.shelve()
		n.Forgotten = n.Forgotten && c.Forgotten
	}
	slices.SortStableFunc(n.Shown, lastForgotten)
}

func lastForgotten(a, b *Node) int { return b2i(a.Forgotten) - b2i(b.Forgotten) }
