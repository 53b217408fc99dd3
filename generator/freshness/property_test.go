package freshness_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// staticRule makes every asset of a name that begins with S static.
var staticRule = expect.Rule{Match: "table:S*", Expect: expect.Expectation{Static: true, SetBy: "rule"}}

// hours are ages in which things happen: today, yesterday, some days, stale.
var hours = []float64{2, 4, 20, 30, 50, 80, 3000}

// world draws assets that read each other: tables, views, tables that nobody
// can watch, static ones, builds that failed or were skipped, a cycle at times.
func world(t *rapid.T) (obs []sources.Observation) {
	n := rapid.IntRange(2, 9).Draw(t, "assets")
	id := make([]sources.ID, n)
	for i := range id {
		kind := rapid.SampledFrom([]string{"L", "L", "B", "B", "V", "V", "U", "S"}).Draw(t, "kind")
		id[i] = sources.ID(fmt.Sprintf("table:%s%d", kind, i))
	}
	for i := range id {
		var up []sources.ID
		for j := range id {
			if j < i && rapid.IntRange(0, 2).Draw(t, "reads") == 0 || j > i && rapid.IntRange(0, 20).Draw(t, "cycle") == 0 {
				up = append(up, id[j])
			}
		}
		obs = append(obs, draw(t, id[i], up))
	}
	return obs
}

func draw(t *rapid.T, id sources.ID, up []sources.ID) sources.Observation {
	age := rapid.SampledFrom(hours).Draw(t, "age")
	o := table(id, up...)
	switch id[len("table:")] {
	case 'L':
		o = loaded(id, age, up...)
	case 'B':
		o = built(id, age, up...)
	case 'V':
		o = view(id, up...)
	}
	switch rapid.IntRange(0, 6).Draw(t, "attempt") {
	case 0:
		o = failed(o, 1.5)
	case 1:
		o = skipped(o, 1.5)
	}
	return o
}

func judge(obs []sources.Observation) *freshness.Report {
	return derive(rules(staticRule), visit(ago(1), obs...))
}

func TestAWorseUpstreamNeverMakesBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		obs := world(t)
		before := judge(obs)
		i := rapid.IntRange(0, len(obs)-1).Draw(t, "worse")
		if len(obs[i].Readings) == 0 {
			return
		}
		worse := slices.Clone(obs)
		worse[i].Readings = []sources.Reading{
			{Clock: obs[i].Readings[0].Clock, At: ago(5000), CheckedAt: obs[i].Readings[0].CheckedAt},
		}
		after := judge(worse)
		for _, n := range before.Nodes {
			if now := after.Node(n.ID).Status; now < n.Status {
				t.Fatalf("status of %s after %s became worse: got %v, want %v or worse", n.ID, obs[i].ID, now, n.Status)
			}
		}
	})
}

func TestStaticCausesOnlyIfItsBuildFails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := judge(world(t))
		for _, c := range r.Causes {
			if c.Node != nil && c.Node.Expect.Static && !c.Node.IsFailing() {
				t.Fatalf("static asset %s: got a root cause (%s), want none without a failed build", c.ID, words.DescribeCause(r, c))
			}
		}
	})
}

func TestEveryAssetThatIsNotFreshHasACause(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, n := range judge(world(t)).Nodes {
			if n.Status.IsOnTime() && len(n.Causes) > 0 && !n.IsFailing() {
				t.Fatalf("root causes of %s, which is on time: got %v, want none without a failed build", n.ID, causes(n))
			}
			if n.Status > freshness.Unknown && len(n.Causes) == 0 {
				t.Fatalf("root causes of %s, which is %v: got none, want one or more", n.ID, n.Status)
			}
			if n.Status == freshness.Unknown && len(n.Causes) == 0 && watched(n, make(map[*freshness.Node]bool)) {
				t.Fatalf("root causes of %s, which is unknown with a checked upstream: got none, want one or more",
					n.ID)
			}
		}
	})
}

// watched reports whether a clock told of n or, where it holds no data of its
// own, of what it reads.
func watched(n *freshness.Node, met map[*freshness.Node]bool) bool {
	if met[n] || n.Expect.Static || n.Unchecked || inUnwatchedCycle(n) {
		return false
	}
	met[n] = true
	return !n.Virtual || slices.ContainsFunc(n.Up, func(up *freshness.Node) bool { return watched(up, met) })
}

// inUnwatchedCycle reports whether n is in a cycle with a table that nobody watches and with none that
// somebody does.
func inUnwatchedCycle(n *freshness.Node) bool {
	anyUnwatched, anyWatched := false, false
	n.WalkNearest(false, func(up *freshness.Node, _ int) bool {
		isMember := false
		up.WalkNearest(false, func(far *freshness.Node, _ int) bool {
			isMember = isMember || far == n
			return true
		})
		if isMember || up == n {
			anyUnwatched = anyUnwatched || up.Unchecked
			anyWatched = anyWatched || !up.Unchecked && !up.Virtual
		}
		return true
	})
	return anyUnwatched && !anyWatched
}

func TestRemovingACauseAndAllThatItExplainsLeavesTheRestAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		obs := world(t)
		before := judge(obs)
		if len(before.Causes) == 0 || torn(obs) {
			return
		}
		cause := before.Causes[rapid.IntRange(0, len(before.Causes)-1).Draw(t, "cause")]
		gone := make(map[sources.ID]bool)
		for _, n := range cause.Affected {
			gone[n.ID] = true
		}
		var rest []sources.Observation
		for _, o := range obs {
			if !gone[o.ID] {
				o.Upstream = slices.DeleteFunc(slices.Clone(o.Upstream), func(up sources.ID) bool { return gone[up] })
				rest = append(rest, o)
			}
		}
		after := judge(rest)
		for _, n := range before.Nodes {
			if gone[n.ID] {
				continue
			}
			now := after.Node(n.ID)
			isSame := now.Status == n.Status ||
				now.Status.IsOnTime() && n.Status.IsOnTime() // with a cause its roots may go too
			if !isSame || !slices.Equal(causes(now), causes(n)) {
				t.Fatalf("%s without %s: got %v by %v, want %v by %v, in %v",
					n.ID, cause.ID, now.Status, causes(now), n.Status, causes(n), obs)
			}
		}
	})
}

// torn reports whether a cycle may have a member that nobody can watch: a cycle
// counts as one asset, and to remove that member would be to tear it apart.
func torn(obs []sources.Observation) bool {
	cycle := false
	unwatched := false
	for _, o := range obs {
		unwatched = unwatched || o.ID[len("table:")] == 'U'
		cycle = cycle ||
			slices.ContainsFunc(o.Upstream, func(up sources.ID) bool { return up[len("table:")+1:] > o.ID[len("table:")+1:] })
	}
	return cycle && unwatched
}

func TestTheSameFactsMakeTheSameReport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		obs := world(t)
		a := judge(obs)
		b := judge(obs)
		for i, n := range a.Nodes {
			m := b.Nodes[i]
			if n.ID != m.ID || n.Status != m.Status || n.Strip != m.Strip || !slices.Equal(causes(n), causes(m)) {
				t.Fatalf("second report of the same facts: got %s, %v by %v, %s, want %s, %v by %v, %s",
					m.ID, m.Status, causes(m), m.Strip, n.ID, n.Status, causes(n), n.Strip)
			}
		}
	})
}
