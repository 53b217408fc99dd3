// Package alert says what changed between two reports, a cause at a time.
//
// It compares and never judges: both reports were derived under the same
// rules. It sends nothing itself.
package alert

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A Change is one thing that is so in one report and was not in the one before.
type Change struct {
	What string // "failed", "recovered", "new cause", "ended cause", "came", "went", "renamed", "moved"
	ID   string // of the source, cause or asset
	Says string // in a sentence
}

// Changes lists what differs from one report to the next: first the sources,
// then what must be repaired, then the assets. old is nil on the first run.
func Changes(old, new *freshness.Report) []Change {
	if old == nil || len(old.Nodes) == 0 {
		return append(slices.Concat(visits(old, new), causes(old, new)), first(new)...)
	}
	return slices.Concat(visits(old, new), causes(old, new), assets(old, new))
}

// first is one line for all that the first run sees.
func first(r *freshness.Report) []Change {
	if len(r.Nodes) == 0 {
		return nil
	}
	return []Change{{"came", "", fmt.Sprintf("%d assets, on the first run", len(r.Nodes))}}
}

// visits lists the sources that failed or recovered.
func visits(old, new *freshness.Report) (cs []Change) {
	was := make(map[string]bool)
	if old != nil {
		for _, s := range old.Sources {
			was[s.Source] = !s.OK
		}
	}
	for _, s := range new.Sources {
		switch {
		case !s.OK && !was[s.Source]:
			cs = append(cs, Change{"failed", "visit:" + s.Source, s.Error})
		case s.OK && was[s.Source]:
			cs = append(cs, Change{"recovered", "visit:" + s.Source, "it answers again"})
		}
	}
	return cs
}

// urgent are the causes of a report that need attention, by id.
func urgent(r *freshness.Report) map[sources.ID]*freshness.Cause {
	all := make(map[sources.ID]*freshness.Cause)
	if r != nil {
		for _, c := range r.Causes {
			if c.Attention {
				all[c.ID] = c
			}
		}
	}
	return all
}

// causes lists the causes that came to need attention, or need none any more.
func causes(old, new *freshness.Report) (cs []Change) {
	was, is := urgent(old), urgent(new)
	for _, c := range is {
		if was[c.ID] == nil {
			cs = append(cs, Change{"new cause", string(c.ID), fmt.Sprintf("%s: %s Holds back %d.", c.Status, c.Says, len(c.Affected))})
		}
	}
	for _, c := range was {
		if is[c.ID] == nil {
			cs = append(cs, Change{"ended cause", string(c.ID), ended(new, c)})
		}
	}
	slices.SortFunc(cs, func(a, b Change) int { return cmp.Or(-cmp.Compare(a.What, b.What), cmp.Compare(a.ID, b.ID)) })
	return cs
}

// ended says how an asset stands that is no cause any more. Recovery is told
// only of what is fresh again.
func ended(r *freshness.Report, c *freshness.Cause) string {
	switch n := r.Node(c.ID); {
	case n == nil && c.Node != nil:
		return "gone, and nothing reads it any more"
	case n == nil:
		return "answers again"
	case n.Status == freshness.Fresh:
		return "fresh again"
	case slices.ContainsFunc(n.Causes, func(now *freshness.Cause) bool { return now.ID == c.ID }):
		return fmt.Sprintf("%s, and no worry any more", n.Status)
	default:
		return fmt.Sprintf("%s still, by something else", n.Status)
	}
}

// assets lists who came, went, was renamed or is shown elsewhere.
func assets(old, new *freshness.Report) (cs []Change) {
	for _, n := range new.Nodes {
		was := old.Node(n.ID)
		switch {
		case was == nil:
			cs = append(cs, Change{"came", string(n.ID), n.Label()})
		case was.Name != n.Name && was.Kind == n.Kind:
			cs = append(cs, Change{"renamed", string(n.ID), fmt.Sprintf("%s is %s now", was.Name, n.Name)})
		case was.Parent != n.Parent:
			cs = append(cs, Change{"moved", string(n.ID), fmt.Sprintf("from %s to %s", was.Parent, n.Parent)})
		}
	}
	for _, n := range old.Nodes {
		if new.Node(n.ID) == nil {
			cs = append(cs, Change{"went", string(n.ID), n.Label()})
		}
	}
	return cs
}
