package freshness

import (
	"slices"

	"github.com/freshet-status/freshet/generator/timeline"
)

// resolveTakeovers finds, for each build that changed no row, which data its asset has since: the
// newest of its direct upstream when the build began. Where that is static or not watched by
// anybody, it is the build itself: there was nothing to take, or the asset is on time from data whose
// age nobody knows. It takes upstream before downstream.
func (d *derivation) resolveTakeovers() {
	for _, k := range d.components {
		for _, n := range k.members {
			builds := timeline.ListUnchanged(n.Node)
			if len(builds) == 0 {
				continue
			}
			isKnowable := len(n.Up) == 0 || hasKnowableUpstream(n, make(map[*Node]bool))
			for i := range builds {
				builds[i].Data = d.newestUpstreamData(n, builds[i].Began, make(map[*Node]bool))
				if builds[i].Data == 0 && !isKnowable {
					builds[i].Data = builds[i].Ended
				}
			}
			d.setStuck(n, builds)
			d.timeline.SetTakeovers(n.Node, builds)
		}
	}
}

// newestUpstreamData returns the newest data time of the direct upstream of n at moment, both in Unix
// seconds, looking through what holds no data of its own and leaving out what is static; 0 if none is
// known. met holds what was
// looked at.
func (d *derivation) newestUpstreamData(n *Node, moment int64, met map[*Node]bool) (newest int64) {
	met[n] = true
	for _, up := range n.Up {
		switch {
		case met[up] || up.isStatic():
		case up.holdsNoData():
			newest = max(newest, d.newestUpstreamData(up, moment, met))
		default:
			if _, found := d.timeline.BestClockAt(up.Node, moment); found.IsKnown && !found.IsBound {
				newest = max(newest, found.At)
			}
		}
	}
	return newest
}

// hasKnowableUpstream reports whether something that n reads, looking through what holds no data of its
// own, is neither static nor a root that nobody can watch. met holds what was looked at.
func hasKnowableUpstream(n *Node, met map[*Node]bool) bool {
	met[n] = true
	return slices.ContainsFunc(n.Up, func(up *Node) bool {
		isRoot := len(up.Up) == 0
		switch {
		case met[up] || up.isStatic():
			return false
		case up.holdsNoData() && !isRoot:
			return hasKnowableUpstream(up, met)
		default:
			return !isRoot || timeline.HasReading(up.Node)
		}
	})
}
