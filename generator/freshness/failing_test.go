package freshness_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// TestAFailedBuildNeedsAttentionWhileItsDataIsFresh proves that a build that fails is a row at once,
// and that what is downstream stays fresh.
func TestAFailedBuildNeedsAttentionWhileItsDataIsFresh(t *testing.T) {
	r := see(
		loaded("table:RAW", 2),
		failed(built("table:FCT", 3, "table:RAW"), 1),
		built("table:MART", 2, "table:FCT"),
		tile("tile:X", "table:MART"),
	)
	n := r.Node("table:FCT")
	if n.Status != freshness.Fresh || !n.Attention || !slices.Equal(causes(n), []sources.ID{"table:FCT"}) {
		t.Errorf("table:FCT: got %v, attention %v, by %v; want fresh, with attention, by itself", n.Status, n.Attention, causes(n))
	}
	for _, id := range []sources.ID{"table:MART", "tile:X"} {
		if down := r.Node(id); down.Status != freshness.Fresh || len(down.Causes) > 0 || down.Attention {
			t.Errorf("%s: got %v by %v, attention %v; want fresh without a cause", id, down.Status, causes(down), down.Attention)
		}
	}
	if len(r.Causes) != 1 || !r.Causes[0].Attention || r.Causes[0].Tiles != 1 {
		t.Fatalf("causes: got %v, want one that needs attention and will affect 1 tile", r.Causes)
	}
	got := words.DescribeCause(r, r.Causes[0])
	if want := "Build failed today 05:00: “no such column”. Last built today 03:00."; !strings.HasPrefix(got, want) {
		t.Errorf("sentence: got %q, want it to begin with %q", got, want)
	}
}

func TestABuildThatWasRepairedIsNoCause(t *testing.T) {
	r := derive(rules(),
		visit(ago(5), loaded("table:RAW", 6), failed(built("table:FCT", 20, "table:RAW"), 5.5)),
		visit(ago(1), loaded("table:RAW", 6), built("table:FCT", 2, "table:RAW")),
	)
	if len(r.Causes) > 0 {
		t.Errorf("causes after a build that succeeded: got %v, want none", causes(r.Node("table:FCT")))
	}
}

func TestUpstreamIsCalledFreshOnlyIfEverySourceIsChecked(t *testing.T) {
	for name, tt := range map[string]struct {
		raw  sources.Observation
		want string
	}{
		"a source that is checked": {loaded("table:RAW", 2), "Everything upstream is fresh."},
		"a source that nobody checks": {
			table("table:RAW"),
			"Everything directly upstream is fresh, but not every source is checked.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := see(tt.raw, built("table:STG", 2, "table:RAW"), failed(built("table:FCT", 30, "table:STG"), 1))
			if got := words.DescribeCause(r, r.Causes[0]); !strings.HasSuffix(got, " "+tt.want) {
				t.Errorf("sentence of table:FCT over %s: got %q, want it to end with %q", name, got, tt.want)
			}
		})
	}
}

func TestACheckThatEndedInAnErrorNeedsAttentionWhileItsDataIsFresh(t *testing.T) {
	raw := loaded("table:RAW", 2)
	raw.Attempt = sources.Attempt{At: ago(0.5), Outcome: sources.CheckFailed, Says: "invalid identifier '_AT'"}
	r := see(raw, built("table:FCT", 1.5, "table:RAW"))
	n := r.Node("table:RAW")
	if n.Status != freshness.Fresh || !n.Attention || len(r.Causes) != 1 {
		t.Fatalf("table:RAW: got %v, attention %v, causes %v; want fresh, with attention, one cause", n.Status, n.Attention, r.Causes)
	}
	got := words.DescribeCause(r, r.Causes[0])
	want := "Freshness check failed today 05:30: “invalid identifier '_AT'”. " +
		"Last loaded today 04:00, checked today 05:00. Its data is still fresh."
	if got != want {
		t.Errorf("sentence: got %q, want %q", got, want)
	}
	repaired := see(tells(loaded("table:RAW", 2), sources.Loaded, 2, 0.2))
	if len(repaired.Causes) > 0 {
		t.Errorf("causes after a check that succeeded: got %v, want none", repaired.Causes)
	}
}

// TestEachProjectHasItsOwnLastAttempt has a table that two projects build: that one of them builds it
// says nothing of the build of the other.
func TestEachProjectHasItsOwnLastAttempt(t *testing.T) {
	r := derive(rules(),
		visitOf("finance", ago(1), failed(built("table:FCT", 30), 3)),
		visitOf("sales", ago(1), built("table:FCT", 2)),
	)
	n := r.Node("table:FCT")
	if n.Status != freshness.Fresh || !n.IsFailing() || !n.Attention {
		t.Errorf("table:FCT: got %v, failing %v, attention %v; want fresh, failing, with attention", n.Status, n.IsFailing(), n.Attention)
	}
}

// TestABuildOfNoRowsHasTheDataOfItsUpstream has an incremental model that is built each day.
func TestABuildOfNoRowsHasTheDataOfItsUpstream(t *testing.T) {
	unchanged := func(up sources.Observation) *freshness.Report {
		model := tells(table("table:FCT", up.ID), sources.Built, 80, 75)
		today := table("table:FCT", up.ID)
		today.Readings = []sources.Reading{{Clock: sources.Built, CheckedAt: ago(1)}}
		today.Attempt = sources.Attempt{At: ago(2), Began: ago(3), Outcome: sources.Unchanged}
		return derive(rules(), visit(ago(75), up, model), visit(ago(1), up, today))
	}
	r := unchanged(loaded("table:RAW", 50))
	n := r.Node("table:FCT")
	if n.OwnStatus != freshness.Aging || !n.Updated.Equal(ago(50)) || !slices.Equal(causes(n), []sources.ID{"table:RAW"}) {
		t.Errorf("table:FCT over old data: got %v of %v by %v; want aging, of its upstream, by table:RAW",
			n.OwnStatus, n.Updated, causes(n))
	}
	static := expect.Rule{Match: "table:CODES", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	codes := table("table:CODES")
	model := table("table:SNAP", "table:CODES")
	model.Readings = []sources.Reading{{Clock: sources.Built, CheckedAt: ago(1)}}
	model.Attempt = sources.Attempt{At: ago(2), Began: ago(3), Outcome: sources.Unchanged}
	if n := derive(rules(static), visit(ago(1), codes, model)).Node("table:SNAP"); n.Status != freshness.Fresh {
		t.Errorf("table:SNAP, which has nothing to take over: got %v, want fresh", n.Status)
	}
}

// TestAModelThatTakesNoRowsIsFailing has an incremental model whose builds change no row, day after day.
func TestAModelThatTakesNoRowsIsFailing(t *testing.T) {
	unchanged := func(day float64) sources.Observation {
		o := table("table:FCT", "table:RAW")
		o.Readings = []sources.Reading{{Clock: sources.Built, CheckedAt: ago(24 * day)}}
		o.Attempt = sources.Attempt{At: ago(24*day + 1), Began: ago(24*day + 1.5), Outcome: sources.Unchanged}
		return o
	}
	raw := func(day, loadedDay float64) sources.Observation {
		return tells(table("table:RAW"), sources.Loaded, 24*loadedDay+3, 24*day+2)
	}
	good := visit(ago(24*4), raw(4, 4), tells(table("table:FCT", "table:RAW"), sources.Built, 24*4+1, 24*4))
	for name, test := range map[string]struct {
		days    []float64             // of builds that change no row
		loaded  func(float64) float64 // day of the newest rows on a day
		failing bool
	}{
		"its upstream gained rows before each of three builds": {
			days:    []float64{3, 2, 1, 0},
			loaded:  func(day float64) float64 { return day },
			failing: true,
		},
		"its upstream gained rows before two builds": {
			days:   []float64{1, 0},
			loaded: func(day float64) float64 { return day },
		},
		"its upstream gained rows before some of the builds": {
			days:   []float64{3, 2, 1, 0},
			loaded: func(day float64) float64 { return max(day, 2) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			visits := []sources.Scrape{good}
			for _, day := range test.days {
				visits = append(visits, visit(ago(24*day), raw(day, test.loaded(day)), unchanged(day)))
			}
			n := derive(rules(), visits...).Node("table:FCT")
			if n.IsFailing() != test.failing {
				t.Errorf("table:FCT: got failing %v, want %v", n.IsFailing(), test.failing)
			}
			if test.failing && (n.Status != freshness.Aging || !n.Updated.Equal(ago(24*4+1))) {
				t.Errorf("table:FCT: got %v of %v, want aging, of its last build that changed rows", n.Status, n.Updated)
			}
		})
	}
}

// TestWhatIsSaidOfAModelThatTakesNoRows names its upstream and its last data.
func TestWhatIsSaidOfAModelThatTakesNoRows(t *testing.T) {
	first := tells(table("table:FCT", "table:RAW"), sources.Built, 97, 96)
	visits := []sources.Scrape{visit(ago(96), tells(table("table:RAW"), sources.Loaded, 99, 98), first)}
	for day := 3.0; day >= 0; day-- {
		o := table("table:FCT", "table:RAW")
		o.Readings = []sources.Reading{{Clock: sources.Built, CheckedAt: ago(24 * day)}}
		o.Attempt = sources.Attempt{At: ago(24*day + 1), Began: ago(24*day + 1.5), Outcome: sources.Unchanged}
		visits = append(visits, visit(ago(24*day), tells(table("table:RAW"), sources.Loaded, 24*day+3, 24*day+2), o))
	}
	const want = "Its last 3 builds took no rows, since 20 Aug 05:00, although RAW gained rows before each of them. " +
		"Last built 18 Aug 05:00, checked today 06:00."
	if got := firstSentence(derive(rules(), visits...)); got != want {
		t.Errorf("sentence:\ngot  %q\nwant %q", got, want)
	}
}
