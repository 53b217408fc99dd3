package freshness

import (
	"time"

	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// TookNoRows is the outcome of an attempt to build an asset whose last builds all succeeded and took no
// rows, although its upstream gained rows before each of them. Only a report has it, no history.
const TookNoRows sources.Outcome = "took no rows"

// StuckBuilds is how many builds in a row must take no rows so that an asset is failing.
const StuckBuilds = 3

// findStuck returns for each build of n in builds, which changed no row, whether it is the last of
// StuckBuilds in a row before each of which a direct upstream of n gained rows; and such an upstream, nil
// if there is none.
func (d *derivation) findStuck(n *Node, builds []timeline.Takeover) []*Node {
	stuck := make([]*Node, len(builds))
	changed := timeline.ListBuilds(n.Node)
	inRow := 0
	for i, build := range builds {
		previous := lastBefore(changed, build.Ended)
		if i > 0 && builds[i-1].Ended > previous {
			previous = builds[i-1].Began
		} else {
			inRow = 0
		}
		gained := d.findGained(n, previous, build.Began, make(map[*Node]bool))
		if previous == 0 || gained == nil {
			inRow = 0
			continue
		}
		inRow++
		if inRow >= StuckBuilds {
			stuck[i] = gained
		}
	}
	return stuck
}

// lastBefore returns the last of ascending moments before another one; 0 if there is none.
func lastBefore(moments []int64, end int64) (last int64) {
	for _, at := range moments {
		if at < end {
			last = at
		}
	}
	return last
}

// findGained returns a direct upstream of n that gained rows after one moment and until another, looking
// through what holds no data of its own; nil if none is known to. met holds what was looked at.
func (d *derivation) findGained(n *Node, after, until int64, met map[*Node]bool) *Node {
	met[n] = true
	for _, up := range n.Up {
		switch {
		case met[up]:
		case up.holdsNoData():
			if found := d.findGained(up, after, until, met); found != nil {
				return found
			}
		case d.timeline.NewestRowsAt(up.Node, until) > after:
			return up
		}
	}
	return nil
}

// setStuck records that the builds of n took no rows, if the last of them is one, and takes from the
// builds that are stuck what they seemed to take over: n is judged by its last build that changed rows.
func (d *derivation) setStuck(n *Node, builds []timeline.Takeover) {
	stuck := d.findStuck(n, builds)
	for i, upstream := range stuck {
		if upstream != nil {
			builds[i].Data = 0
		}
	}
	last := len(builds) - 1
	if stuck[last] == nil || timeline.LastBuiltAt(n.Node).Unix() > builds[last].Ended {
		return
	}
	d.stuck[n] = sources.Attempt{
		At:      time.Unix(builds[last].Ended, 0).UTC(),
		Began:   time.Unix(builds[last-StuckBuilds+1].Ended, 0).UTC(),
		Outcome: TookNoRows,
		Says:    stuck[last].Label(),
	}
}
