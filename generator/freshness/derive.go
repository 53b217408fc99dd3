package freshness

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/generator/rhythm"
	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// Derive returns the report of a moment: the status and the causes of every asset that was
// recorded in past. It changes neither past nor rules. Before, moves are applied to past, and dbt
// exposures are merged into it.
func Derive(past *sources.Past, rules Rules, at time.Time) *Report {
	d := newDerivation(past, rules, at)
	d.linkContainers()
	d.assignExpectations()
	d.linkUpstream()
	d.resolveTakeovers()
	d.judgeDays()
	d.propagateStatuses()
	d.judgeContainers()
	d.readClocks()
	d.predictDue()
	d.sortUnusedLast()
	d.collectTests()
	d.assignCauses()
	d.orderCauses()
	d.countStatuses()
	return d.Report
}

// A derivation is a report on its way, and what only its phases need.
type derivation struct {
	*Report
	jobs          map[sources.ID]*Job
	components    []*component
	newestChecks  map[checkKey]int64
	droppedScopes map[scopeKey]*LostScope
	lostScopes    map[scopeKey]*LostScope
	stuck         map[*Node]sources.Attempt // the last builds of assets that took no rows
}

// newDerivation returns a derivation with a node for each asset of past and with the status of
// each source. Nothing is judged yet.
func newDerivation(past *sources.Past, rules Rules, at time.Time) *derivation {
	options := timeline.Options{
		Zone:          rules.Zone,
		CheckedWithin: rules.CheckedWithin,
		Warehouses:    rules.Warehouses,
	}
	r := &Report{
		At:       at.UTC(),
		Zone:     rules.Zone,
		Sources:  collectSources(past, at),
		Declared: past.Declared,
		rules:    rules,
		byID:     make(map[sources.ID]*Node),
		graph:    lineage.BuildGraph(past),
		timeline: timeline.New(past, options, at),
	}
	r.visitedDays = r.timeline.Calendar.MarkDays(past.Visits)
	r.importedDays = r.timeline.Calendar.MarkDays(past.Imports)
	for _, asset := range r.graph.Nodes {
		n := &Node{Node: asset}
		r.Nodes = append(r.Nodes, n)
		r.byID[n.ID] = n
	}
	return &derivation{
		Report:        r,
		jobs:          collectJobs(past, at),
		newestChecks:  collectNewestChecks(past),
		droppedScopes: collectDroppedScopes(past, rules.Warehouses),
		lostScopes:    collectLostScopes(past),
		stuck:         make(map[*Node]sources.Attempt),
	}
}

// linkContainers sets what each dashboard and folder shows, and the roots, both sorted by name.
func (d *derivation) linkContainers() {
	for _, n := range d.Nodes {
		switch {
		case n.Container != nil:
			n.shownIn = d.byID[n.Container.ID]
			n.shownIn.Shown = append(n.shownIn.Shown, n)
		case n.Kind.IsContainer():
			d.Roots = append(d.Roots, n)
		}
	}
	for _, n := range d.Nodes {
		slices.SortFunc(n.Shown, byName)
	}
	slices.SortFunc(d.Roots, byName)
}

// assignExpectations resolves the rules for each asset, learns usual schedules, and resolves
// again what follows a learned schedule. Assets with the same cadence share one timetable.
func (d *derivation) assignExpectations() {
	rules := expect.Rules{Default: d.rules.Default, Rules: d.rules.Rules}
	for _, n := range d.Nodes {
		n.Assignment = rules.Resolve(n.Node, nil, false)
	}
	d.learnRhythms()
	timetables := make(map[string]*expect.Timetable)
	for _, n := range d.Nodes {
		if n.Expect.Learned {
			n.Assignment = rules.Resolve(n.Node, n.Rhythm, true)
		}
		c := n.Expect.Cadence
		if c == nil {
			continue
		}
		if timetables[c.Phrase()] == nil {
			timetables[c.Phrase()] = c.BuildTimetable(d.timeline.Calendar.Midnights, d.Zone)
		}
		n.Expect.DueDays = timetables[c.Phrase()]
	}
}

// learnRhythms sets the Rhythm of each asset that is not static, from its loads on the days of
// the strip.
func (d *derivation) learnRhythms() {
	d.eachNode(func(n *Node) {
		if !n.isStatic() {
			n.Rhythm = rhythm.Learn(d.timeline.LoadTimes(n.Node, rhythm.MinLoads), d.Zone, d.At)
		}
	})
}

// nodesAtOnce is the number of nodes that a processor takes at a time.
const nodesAtOnce = 256

// eachNode calls do with every node, on all processors. do may change its own node only, and read of
// others what does not change meanwhile.
func (d *derivation) eachNode(do func(n *Node)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for {
				end := int(next.Add(nodesAtOnce))
				begin := end - nodesAtOnce
				if begin >= len(d.Nodes) {
					return
				}
				for _, n := range d.Nodes[begin:min(end, len(d.Nodes))] {
					do(n)
				}
			}
		})
	}
	wg.Wait()
}

// linkUpstream sets the direct upstream and downstream of each asset and finds the components.
// Static assets get no upstream, so nothing can make them age.
func (d *derivation) linkUpstream() {
	for _, n := range d.Nodes {
		for _, id := range n.Upstream {
			if up := d.byID[id]; up != nil && up != n {
				n.Up = append(n.Up, up)
				up.Down = append(up.Down, n)
			}
		}
	}
	for _, n := range d.Nodes {
		if n.isStatic() {
			n.Up = nil
		}
	}
	for _, members := range lineage.FindComponents(d.Nodes, upstreamOf) {
		d.components = append(d.components, newComponent(members))
	}
}

// A component is one asset, or all assets of a cycle, which are judged as one.
type component struct {
	members []*Node
	up      []*Node // upstream of the members that is not a member itself; a node may repeat
	// The oldest update of the data that it rests on; zero if no clock says.
	rootsUpdated time.Time
	// Whether it reads, directly or not, an explore that may read more tables than are known.
	hasUncertainLineage bool
	roots               []*component // what its lineage ends in, by the id of the first member; itself without upstream
}

// newComponent returns the component of members, and sets it in them.
func newComponent(members []*Node) *component {
	k := &component{members: members}
	for _, n := range members {
		n.component = k
	}
	for _, n := range members {
		for _, up := range n.Up {
			if up.component != k {
				k.up = append(k.up, up)
			}
		}
	}
	return k
}

// predictDue sets when the next data of each asset is due, and whether it is waiting or late.
func (d *derivation) predictDue() {
	for _, n := range d.Nodes {
		n.Prospect = d.prospectOf(n)
	}
}

// prospectOf returns when the next data of n is due, and whether it is waiting or late. Late requires
// a check after the due time and its usual delay. A failed or skipped build is never late, because
// that is the better explanation.
func (d *derivation) prospectOf(n *Node) Prospect {
	if n.OwnStatus == None || n.isStatic() || n.OwnStatus == Broken {
		return Prospect{}
	}
	p := Prospect{
		Unproved:       !n.Never && d.isUnproved(n),
		PossibleUpdate: d.timeline.PossibleUpdate(n.Node, n.updatedAt),
	}
	if !n.Updated.IsZero() {
		d.setDue(n, &p)
	}
	isPossiblyUpdated := n.OwnStatus >= Unknown && !p.PossibleUpdate.IsZero() && !n.IsFailing()
	p.Waiting = p.Waiting || p.Unproved && !p.Late || isPossiblyUpdated
	return p
}

// setDue sets when the next data of n is due, and whether it waits for that or is late.
func (d *derivation) setDue(n *Node, p *Prospect) {
	due, lateAt := n.Expect.NextDue(n.Rhythm, n.Updated, d.Zone)
	if due.IsZero() {
		return
	}
	p.Due = due.UTC()
	p.Late = !lateAt.After(n.Clock.CheckedAt) && n.Attempt.Outcome == "" && p.PossibleUpdate.IsZero()
	isAging := n.OwnStatus == Aging && !n.Expect.HasExplicitLimit()
	p.Waiting = isAging && due.After(d.At) && !n.IsFailing()
}

// isUnproved reports whether n is past a limit that had not passed at the last check of it: whether
// new data has come since is not known. A failed build is proof enough.
func (d *derivation) isUnproved(n *Node) bool {
	isPast := n.OwnStatus == Aging || n.OwnStatus == Stale
	return isPast && !n.IsFailing() && !d.WasCheckedPastLimit(n)
}

// countStatuses fills the counts of tiles and tables, and the coverage.
func (d *derivation) countStatuses() {
	for _, n := range d.Nodes {
		switch {
		case n.Kind == sources.Tile:
			d.Tiles[n.Status]++
			d.TilesPending.add(n)
			d.Coverage.addTile(n)
		case n.Kind.IsRelation():
			d.Tables[n.Status]++
			d.TablesPending.add(n)
		}
		if n.Unchecked && n.OwnStatus <= Unknown {
			d.Coverage.Unchecked++
		}
	}
}

// addTile counts a tile by how it was traced.
func (c *Coverage) addTile(n *Node) {
	c.Tiles++
	switch n.TracedBy() {
	case "":
		c.Untraced++
	case "sql":
		c.BySQL++
	case "explore":
		c.ByExplore++
	default:
		c.ByExposure++
	}
}
