package freshness

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A StoppedChecks is a root cause of its own: a source can be read, but its checks of a project ended
// long ago, or never came. It stands for all assets that it leaves unknown.
type StoppedChecks struct {
	Source  *SourceStatus
	Project string        // the dbt project; "" if the source has none
	Clock   sources.Clock // the clock whose checks ended
	Last    time.Time     // the newest check; zero if there never was one
}

// ID returns the id of the cause: "check:SOURCE/PROJECT", or "check:SOURCE" without a project.
func (s *StoppedChecks) ID() sources.ID {
	if s.Project == "" {
		return sources.ID("check:" + s.Source.Source)
	}
	return sources.ID("check:" + s.Source.Source + "/" + s.Project)
}

// findStoppedChecks returns the checks that no longer come, or never came, and that leave n unknown;
// nil if n is known, or is unknown for another reason. That nobody checks n is one only if a rule or a
// limit asks for checks, and no asset of the project has any.
func (d *derivation) findStoppedChecks(n *Node) *StoppedChecks {
	if n.OwnStatus != Unknown || n.isStatic() || n.Unchecked && !n.Expect.IsExplicit() {
		return nil
	}
	clock := n.bestClock
	if n.Unchecked {
		clock = sources.Loaded
	}
	for _, t := range n.Tracks {
		s := d.findSource(t.Source)
		if s == nil || !s.OK || !n.Unchecked && len(t.Clocks[clock]) == 0 {
			continue
		}
		newest := d.newestChecks[checkKey{source: t.Source, scope: t.Asset.Scope, clock: clock}]
		if n.Unchecked && t.Asset.Kind != sources.DBTSource || !d.timeline.IsOutdated(t.Source, clock, newest) {
			continue
		}
		stopped := &StoppedChecks{Source: s, Clock: clock}
		if t.Asset.Scope.Kind() == sources.ProjectScope {
			stopped.Project = t.Asset.Scope.Place()
		}
		if newest != 0 {
			stopped.Last = time.Unix(newest, 0).UTC()
		}
		return stopped
	}
	return nil
}

// A checkKey names the checks by one clock of the assets in one scope of a source.
type checkKey struct {
	source string
	scope  sources.ScopeName
	clock  sources.Clock
}

// collectNewestChecks returns the newest check of each key, in Unix seconds.
func collectNewestChecks(past *sources.Past) map[checkKey]int64 {
	newest := make(map[checkKey]int64)
	for _, t := range past.Tracks {
		for c := sources.Loaded; c.CanDecideStatus(); c++ {
			if checked := max(t.Clocks[c].LastCheck(), t.LastEmpty[c]); checked != 0 {
				key := checkKey{source: t.Source, scope: t.Asset.Scope, clock: c}
				newest[key] = max(newest[key], checked)
			}
		}
	}
	return newest
}
