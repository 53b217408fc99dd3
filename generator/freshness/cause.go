package freshness

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// A Cause is a root cause: what must be repaired so that the assets that it affects become
// fresh again. It is an asset, a source, the checks of a project, a schema or database, a job or a
// missing reference: exactly one of Node, Source, Checks, Scope, Job and Missing is set.
type Cause struct {
	ID         sources.ID          // id of the asset or of the missing reference, or such as "job:SOURCE/ID" or "visit:SOURCE"
	Node       *Node               // asset to repair, or nil
	Source     *SourceStatus       // source to repair, or nil
	Checks     *StoppedChecks      // checks that must run again, or nil
	Scope      *LostScope          // schema or database to restore or to grant, or nil
	Job        *Job                // job to repair, or nil
	Missing    *sources.MissingRef // missing thing that assets refer to, such as an explore, or nil
	Status     Status
	Since      time.Time // when the problem began or, of old data, the last good time; zero if unknown
	Owner      string
	Affected   []*Node // assets that it affects, the asset to repair among them, sorted by id
	Tiles      int     // number of affected tiles
	Views      int64   // how often the affected dashboards were opened; 0 if unknown
	Dashboards []*Node // dashboards that show affected tiles, sorted by name
	Attention  bool    // whether a person should act on it now
	Waiting    bool    // whether it is an asset that waits for new data or a check
	Late       bool    // whether it is an asset whose data was due before its last check
	OnlyTests  bool    // whether it is an asset that is one only because tests of it fail
}

// Label returns the name that pages show: the label of the asset, or the name of the job, the
// missing reference or the source.
func (c *Cause) Label() string {
	switch {
	case c.Node != nil:
		return c.Node.Label()
	case c.Job != nil:
		return c.Job.Name
	case c.Missing != nil:
		_, name, _ := strings.Cut(c.ID.Place(), "/")
		return name
	default:
		return c.ID.Place()
	}
}

// assignCauses sets Node.Causes, upstream before downstream, and fills r.Causes. Fresh nodes
// have no causes unless they are late or their last build failed.
func (d *derivation) assignCauses() {
	causes := make(map[sources.ID]*Cause)
	for _, k := range d.components {
		k.inheritTimes()
		k.setRoots()
		own := d.findOwnCauses(causes, k)
		all := k.mergeCauses(own)
		for _, n := range k.members {
			n.ownCauses = own
			switch {
			case n.Status > Unverified:
				n.Causes = all
			case n.Late, n.IsFailing():
				n.Causes = own
			}
		}
	}
	d.addTestCauses(causes)
	d.addScopeCauses(causes)
	for _, n := range d.Nodes {
		n.setFreshDataTime()
		for _, c := range n.Causes {
			if c.Scope == nil || c.Scope.Dropped {
				c.Affected = append(c.Affected, n)
			}
		}
	}
	for _, s := range d.Sources {
		if !s.OK {
			addVisitCause(causes, s)
		}
	}
	for _, c := range causes {
		d.completeCause(c)
		d.Causes = append(d.Causes, c)
	}
	slices.SortFunc(d.Causes, worstFirst)
}

// inheritTimes gives members without a timestamp the newest update time of their upstream,
// marks members that are late or depend on late upstream, and counts the unchecked upstream of
// each. A view whose whole upstream is unchecked counts as unchecked.
func (k *component) inheritTimes() {
	updated := k.upstreamUpdateTime()
	for _, n := range k.members {
		if n.Clock == nil && (n.Virtual || n.Unchecked) {
			n.updatedAt = updated
		}
		n.hasLateData = n.Late || n.Clock == nil && k.hasLateUpstream()
		for _, up := range n.Up {
			if up.Unchecked || up.UncheckedUpstream > 0 && up.Virtual && len(up.Up) == up.UncheckedUpstream {
				n.UncheckedUpstream++
			}
		}
	}
}

// upstreamUpdateTime returns the newest update time of the upstream, in Unix seconds; 0 if none
// is known. What is static or was not checked recently does not count, and neither does a moment since which
// nothing changed.
func (k *component) upstreamUpdateTime() (updated int64) {
	for _, up := range k.up {
		isUnknown := up.OwnStatus == Unknown || up.OwnStatus == Broken && up.Clock == nil
		if !up.isStatic() && up.UpdatedBefore.IsZero() && (!isUnknown || up.Unchecked || up.holdsNoData()) {
			updated = max(updated, up.updatedAt)
		}
	}
	return updated
}

// mergeCauses returns own and the causes of upstream that is not on time. Those of a static asset count
// only if it is broken, or if nothing else is read. The slice may be shared with other nodes.
func (k *component) mergeCauses(own []*Cause) []*Cause {
	var lists [][]*Cause
	for _, up := range k.up {
		isPassedOn := !up.isStatic() || up.OwnStatus == Broken || k.readsOnlyStatic()
		if !up.Status.IsOnTime() && isPassedOn {
			lists = appendNew(lists, up.Causes)
		}
	}
	lists = appendNew(lists, own)
	if len(lists) == 1 {
		return lists[0] // shared slice: most assets have the causes of one other asset
	}
	causes := slices.Concat(lists...)
	slices.SortFunc(causes, func(a, b *Cause) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Compact(causes)
}

// readsOnlyStatic reports whether all that the members read is static.
func (k *component) readsOnlyStatic() bool {
	return !slices.ContainsFunc(k.up, func(up *Node) bool { return !up.isStatic() })
}

// appendNew appends list to lists, unless it is empty or the same slice as the last one.
func appendNew[T any](lists [][]T, list []T) [][]T {
	if len(list) == 0 || len(lists) > 0 && &lists[len(lists)-1][0] == &list[0] {
		return lists
	}
	return append(lists, list)
}

// findOwnCauses returns the causes that lie in the component itself: sources whose checks are
// too old to judge it, and its oldest member if it is a root cause. A missing reference or a
// job that did not build the member takes its place.
func (d *derivation) findOwnCauses(causes map[sources.ID]*Cause, k *component) (own []*Cause) {
	isRoot := k.isRootCause()
	for _, n := range k.members {
		if missing := d.findMissingCheck(causes, n); missing != nil {
			own = append(own, missing)
			isRoot = isRoot && (len(k.members) > 1 || n.IsFailing() && !n.Status.IsOnTime())
		}
	}
	if isRoot {
		n := k.rootMember()
		if missing := n.MissingRefAt(d.At); n.OwnStatus == Broken && missing.ID != "" {
			own = append(own, addCause(causes, Cause{ID: missing.ID, Missing: &missing}))
		} else if scope := d.findDroppedScope(n); scope != nil {
			own = append(own, addCause(causes, Cause{ID: scope.ID(), Scope: scope}))
		} else if job := d.blockingJob(n); job != nil {
			own = append(own, addCause(causes, Cause{ID: job.ID, Job: job}))
		} else {
			own = append(own, addCause(causes, Cause{ID: n.ID, Node: n}))
		}
	}
	return slices.Compact(own)
}

// addVisitCause adds a source that could not be read as a cause, and returns it.
func addVisitCause(causes map[sources.ID]*Cause, source *SourceStatus) *Cause {
	return addCause(causes, Cause{ID: source.ID(), Source: source})
}

// findMissingCheck returns the cause why n is unknown: checks that stopped, or a source that could not
// be read; nil if n is known, if its own row says more, or if a job did not run that would check it.
func (d *derivation) findMissingCheck(causes map[sources.ID]*Cause, n *Node) *Cause {
	if scope := d.findLostScope(n); scope != nil && n.OwnStatus == Unknown && (!n.Unchecked || n.isStatic()) {
		return addCause(causes, Cause{ID: scope.ID(), Scope: scope})
	}
	if checks := d.findStoppedChecks(n); checks != nil {
		if d.blockingJob(n) != nil {
			return nil
		}
		return addCause(causes, Cause{ID: checks.ID(), Checks: checks})
	}
	source := d.findOutdatedSource(n)
	if source == nil || source.OK && !n.isStatic() {
		return nil
	}
	return addVisitCause(causes, source)
}

// rootMember returns the member that stands for the component as a root cause: the oldest of those that
// are broken, else of those whose build failed, else of all.
func (k *component) rootMember() *Node {
	broken := slices.DeleteFunc(slices.Clone(k.members), func(n *Node) bool { return n.OwnStatus != Broken })
	failing := slices.DeleteFunc(slices.Clone(k.members), func(n *Node) bool { return !n.IsFailing() })
	for _, members := range [][]*Node{broken, failing} {
		if len(members) > 0 {
			return slices.MinFunc(members, oldestFirst)
		}
	}
	return slices.MinFunc(k.members, oldestFirst)
}

// addCause returns the cause with the id of c, and adds c to causes if there is none.
func addCause(causes map[sources.ID]*Cause, c Cause) *Cause {
	if causes[c.ID] == nil {
		causes[c.ID] = &c
	}
	return causes[c.ID]
}

// findOutdatedSource returns the source whose last check of n's clock is too old, or that could not be
// read; nil if n could be judged, or if nothing asks for a check of it. For a static asset it is the
// first source that listed it.
func (d *derivation) findOutdatedSource(n *Node) *SourceStatus {
	if n.OwnStatus != Unknown {
		return nil
	}
	if n.Unchecked && !n.isStatic() && !n.Expect.IsExplicit() {
		return nil
	}
	for _, t := range n.Tracks {
		if n.isStatic() {
			return d.findSource(t.Source)
		}
		if len(t.Clocks[n.bestClock]) == 0 {
			continue
		}
		s := d.findSource(t.Source)
		if s != nil && d.timeline.IsOutdated(t.Source, n.bestClock, s.newestCheck(n.bestClock)) {
			return s
		}
	}
	return d.findFailedSource(n)
}

// findFailedSource returns a source that could not be read at its last visit and that checked n before;
// nil if there is none.
func (d *derivation) findFailedSource(n *Node) *SourceStatus {
	for _, t := range n.Tracks {
		if s := d.findSource(t.Source); s != nil && !s.OK && t.WasChecked() {
			return s
		}
	}
	return nil
}

// isRootCause reports whether the component is a root cause: it is not fresh and its upstream
// does not explain it. A broken member, a failed build of a member, and a late member without late
// upstream make it one in any case.
func (k *component) isRootCause() bool {
	isRoot := false
	for _, n := range k.members {
		own := n.OwnStatus
		if n.Unchecked && own == Unknown && !n.Expect.IsExplicit() {
			own = None // never checked, and no rule or dbt limit asks for a check
		}
		isRoot = isRoot || own == Broken ||
			n.IsFailing() && n.Status >= Fresh ||
			own > Fresh && (n.Unchecked || !k.hasNonFreshUpstream() || k.isBehind(n)) ||
			own >= Fresh && n.Late && k.hasOnlyWaitingUpstream() && !k.hasLateUpstream()
	}
	return isRoot
}

// hasLateUpstream reports whether an upstream asset is late, or takes its data from one that
// is.
func (k *component) hasLateUpstream() bool {
	return slices.ContainsFunc(k.up, func(up *Node) bool { return up.hasLateData })
}

// hasNonFreshUpstream reports whether an upstream asset passes on a status other than fresh.
func (k *component) hasNonFreshUpstream() bool {
	return slices.ContainsFunc(k.up, func(up *Node) bool { return up.dayStatuses[StripDays-1].passedOn > Fresh })
}

// hasOnlyWaitingUpstream reports whether all upstream that is not fresh is so because of assets
// that wait for new data or a check: that does not explain why a member is late. It is
// true if all upstream is fresh.
func (k *component) hasOnlyWaitingUpstream() bool {
	return !slices.ContainsFunc(k.up, func(up *Node) bool {
		return up.dayStatuses[StripDays-1].passedOn > Fresh && (len(up.Causes) == 0 ||
			slices.ContainsFunc(up.Causes, func(c *Cause) bool { return c.Node == nil || !c.Node.Waiting }))
	})
}

// isBehind reports whether upstream data changed after n was last updated or built. A build
// that changed no rows counts; a build skipped because of upstream does not make n behind.
func (k *component) isBehind(n *Node) bool {
	if n.Clock == nil || n.Attempt.Outcome == sources.Skipped && k.hasNonFreshUpstream() {
		return false
	}
	return k.upstreamUpdateTime() > max(n.updatedAt, timeline.LastBuiltAt(n.Node).Unix())
}

// oldestFirst orders nodes by the time of their data and then by id. Nodes that no clock judged
// come last.
func oldestFirst(a, b *Node) int {
	if (a.Clock == nil) != (b.Clock == nil) {
		return boolToInt(a.Clock == nil) - boolToInt(b.Clock == nil)
	}
	return cmp.Or(a.LastUpdate().Compare(b.LastUpdate()), cmp.Compare(a.ID, b.ID))
}

// completeCause sets status, time, owner, flags and affected dashboards of c.
func (d *derivation) completeCause(c *Cause) {
	if c.isFreshStill() || c.OnlyTests {
		c.addDownstream()
	}
	c.countTiles()
	switch {
	case c.Source != nil:
		c.Status = Unknown
		c.Since = c.Source.LastSuccess
		c.Attention = true
	case c.Checks != nil:
		c.Status = Unknown
		c.Since = c.Checks.Last
		c.Attention = true
	case c.Scope != nil && !c.Scope.Dropped:
		c.Status = Unknown
		c.Since = c.Scope.Since
		c.Attention = true
	case c.Scope != nil:
		c.Status = Broken
		c.Since = c.Scope.Since
		c.Attention = true
	case c.Missing != nil:
		c.Status = Broken
		c.Since = c.Missing.At
		c.Attention = true
	case c.Job != nil:
		c.Status = c.worstOwnStatus()
		c.Since = c.Job.Attempt.At
		c.Attention = true
	case c.OnlyTests:
		c.Status = c.Node.Status
		c.Owner = c.Node.Owner
		c.Since = c.Node.FailingTestsSince()
		c.Attention = true
	default:
		c.Status = max(c.Node.OwnStatus, Unknown)
		c.Owner = c.Node.Owner
		if c.Node.OwnStatus <= Fresh {
			c.Status = c.Node.Status
		}
		c.Waiting = c.Node.Waiting
		c.Late = c.Node.Late
		c.Since = d.causeStart(c.Node)
		c.Attention = d.needsAttention(c.Node)
	}
}

// countTiles sets the affected tiles, the dashboards that show them, and how often those were
// opened.
func (c *Cause) countTiles() {
	shown := make(map[*Node]bool)
	for _, n := range c.Affected {
		if n.Kind != sources.Tile {
			continue
		}
		c.Tiles++
		if n.shownIn != nil && !shown[n.shownIn] {
			shown[n.shownIn] = true
			c.Dashboards = append(c.Dashboards, n.shownIn)
			c.Views += n.shownIn.Views
		}
	}
	slices.SortFunc(c.Dashboards, byName)
}

// isFreshStill reports whether c is an asset that is still on time, and late or failing.
func (c *Cause) isFreshStill() bool { return c.Node != nil && c.Node.Status.IsOnTime() }

// addDownstream adds c's asset and everything downstream of it to c.Affected. It is for assets that are
// fresh still, or whose tests fail: the status of their downstream does not show that it will be, or is,
// affected.
func (c *Cause) addDownstream() {
	c.Affected = append(c.Affected, c.Node)
	c.Node.WalkNearest(true, func(n *Node, _ int) bool {
		c.Affected = append(c.Affected, n)
		return true
	})
	slices.SortFunc(c.Affected, byID)
	c.Affected = slices.Compact(c.Affected) // in a cycle the asset is downstream of itself
}

// causeStart returns when the problem of n began: when it was found to be unlisted, lost a
// reference or failed to build. Of old data it is the last update; zero if unknown.
func (d *derivation) causeStart(n *Node) time.Time {
	if n.OwnStatus == Broken {
		if went, gone := n.GoneSince(d.At); gone && n.WasListed {
			return went
		}
		return n.MissingRefAt(d.At).At
	}
	switch {
	case n.Attempt.Outcome == TookNoRows:
		return n.Attempt.Began
	case n.IsFailing():
		return n.Attempt.At
	}
	return n.LastUpdate()
}

// needsAttention reports whether a person should act on an asset that is a cause. Data that is
// aging by the default limit alone needs none before it is late or, without a usual schedule, a check
// found it three calendar days old.
func (d *derivation) needsAttention(n *Node) bool {
	switch {
	case n.OwnStatus == Broken || n.IsFailing() || n.Late || n.HasFailingTests():
		return true
	case n.Waiting:
		return false
	case n.OwnStatus == Aging && n.Expect.IsAgingByDefault() && n.Rhythm != nil && n.Attempt.Outcome == "":
		return false // due, but not checked since
	}
	if n.OwnStatus != Aging || n.IsFailing() || !n.Expect.IsAgingByDefault() {
		return true
	}
	return d.timeline.Calendar.DaysBetween(n.LastUpdate(), n.Clock.CheckedAt) >= 3
}

// HasNonFreshUpstream reports whether an upstream asset of n, or of its cycle, passes on a status
// other than fresh.
func (n *Node) HasNonFreshUpstream() bool { return n.component.hasNonFreshUpstream() }

// IsBehind reports whether upstream data changed after n was last updated or built. A build
// that changed no rows counts; a build skipped because of upstream does not make n behind.
func (n *Node) IsBehind() bool { return n.component.isBehind(n) }

// UpstreamUpdated returns the newest update time of the upstream of n, or of its cycle; the first
// second of 1970 if none is known.
func (n *Node) UpstreamUpdated() time.Time {
	return time.Unix(n.component.upstreamUpdateTime(), 0).UTC()
}
