package freshness_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/words"
	"github.com/freshet-status/freshet/sources"
)

// TestCauses judges tile:X, which reads view:V, which reads table:M, and what
// these rest on.
func TestCauses(t *testing.T) {
	x := tile("tile:X", "table:V")
	v := view("table:V", "table:M")
	broken := x
	broken.MissingRef = "there is no field orders.total"
	viewFails := failed(v, 2)
	unwatched := table("table:N")
	ruled := unwatched
	ruled.WarnAfter = 3600

	for name, tt := range map[string]struct {
		seen   []sources.Observation
		status freshness.Status
		causes []sources.ID
	}{
		"all is fresh": {
			[]sources.Observation{x, v, built("table:M", 2, "table:R"), loaded("table:R", 3)},
			freshness.Fresh, nil},
		"what is old upstream explains what is old downstream": {
			[]sources.Observation{x, v, built("table:M", 49, "table:R"), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:R"}},
		"a fresh copy of old data is as bad as the data": {
			[]sources.Observation{x, v, built("table:M", 2, "table:R"), loaded("table:R", 3000)},
			freshness.Stale, []sources.ID{"table:R"}},
		"nothing upstream is other than fresh": {
			[]sources.Observation{x, v, built("table:M", 49, "table:R"), loaded("table:R", 2)},
			freshness.Aging, []sources.ID{"table:M"}},
		"a build that failed is a cause beside the one upstream": {
			[]sources.Observation{x, v, failed(built("table:M", 49, "table:R"), 2), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:M", "table:R"}},
		"a build that failed is none while all is fresh": {
			[]sources.Observation{x, v, failed(built("table:M", 4, "table:R"), 2), loaded("table:R", 5)},
			freshness.Fresh, nil},
		"a build that failed before one that did not is over": {
			[]sources.Observation{x, v, failed(built("table:M", 49, "table:R"), 60), loaded("table:R", 70)},
			freshness.Aging, []sources.ID{"table:R"}},
		"the build of a view that failed is a cause too": {
			[]sources.Observation{x, viewFails, built("table:M", 49, "table:R"), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:R", "table:V"}},
		"something old moved and was not taken over": {
			[]sources.Observation{x, v, built("table:M", 80, "table:R"), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:M", "table:R"}},
		"it was taken over by a build that changed nothing": {
			[]sources.Observation{x, v, tells(loaded("table:M", 80, "table:R"), sources.Built, 49, 1), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:R"}},
		"it moved behind a view, whose time is that of the nearest with a clock": {
			[]sources.Observation{x, v, built("table:M", 80, "table:H"), view("table:H", "table:R"), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:M", "table:R"}},
		"a skipped build is no fault of the model": {
			[]sources.Observation{x, v, skipped(built("table:M", 80, "table:R"), 2), loaded("table:R", 50)},
			freshness.Aging, []sources.ID{"table:R"}},
		"it was skipped though all upstream is fresh": {
			[]sources.Observation{x, v, skipped(built("table:M", 80, "table:R"), 2), loaded("table:R", 2)},
			freshness.Aging, []sources.ID{"table:M"}},
		"a broken tile is a cause of its own": {
			[]sources.Observation{broken, v, built("table:M", 49)},
			freshness.Broken, []sources.ID{"table:M", "tile:X"}},
		"nobody ever listed what feeds it: unknown, and no cause": {
			[]sources.Observation{x, v},
			freshness.Unknown, nil},
		"what nobody can watch does not count where something else is known": {
			[]sources.Observation{x, view("table:V", "table:M", "table:N"), loaded("table:M", 2), unwatched},
			freshness.Fresh, nil},
		"where nothing else is known it is unknown, and no cause": {
			[]sources.Observation{x, view("table:V", "table:N"), unwatched},
			freshness.Unknown, nil},
		"unless somebody said what to expect of it": {
			[]sources.Observation{x, view("table:V", "table:N"), ruled},
			freshness.Unknown, []sources.ID{"table:N"}},
		"what is behind something that nobody can watch counts": {
			[]sources.Observation{x, v, table("table:M", "table:R"), loaded("table:R", 3000)},
			freshness.Stale, []sources.ID{"table:R"}},
		"nobody knows when it took over what is fresh, so that is no green": {
			[]sources.Observation{x, v, table("table:M", "table:R"), loaded("table:R", 2)},
			freshness.Unknown, nil},
		"a cycle is one asset, and its oldest member the cause": {
			[]sources.Observation{x, v, built("table:M", 49, "table:R"), built("table:R", 50, "table:M")},
			freshness.Aging, []sources.ID{"table:R"}},
		"what feeds a cycle feeds all of it": {
			[]sources.Observation{
				x,
				v,
				built("table:M", 49, "table:R"),
				built("table:R", 50, "table:M", "table:L"),
				loaded("table:L", 3000),
			},
			freshness.Stale, []sources.ID{"table:L"}},
		"nobody knows when a table in a cycle with a view took over what is fresh": {
			[]sources.Observation{x, v, table("table:M", "table:V", "table:R"), loaded("table:R", 2)},
			freshness.Unknown, nil},
		"unless it is watched": {
			[]sources.Observation{x, view("table:V", "table:M"), built("table:M", 2, "table:V", "table:R"), loaded("table:R", 3)},
			freshness.Fresh, nil},
		"and what is old behind such a cycle counts": {
			[]sources.Observation{x, v, table("table:M", "table:V", "table:R"), loaded("table:R", 3000)},
			freshness.Stale, []sources.ID{"table:R"}},
		"a clock at fault makes a cause": {
			[]sources.Observation{x, v, tells(table("table:M"), sources.Loaded, -9, 1)},
			freshness.Unknown, []sources.ID{"table:M"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := see(tt.seen...).Node("tile:X")
			if n.Status != tt.status || !slices.Equal(causes(n), append([]sources.ID{}, tt.causes...)) {
				t.Errorf("status and root causes of tile:X: got %v by %v, want %v by %v",
					n.Status, causes(n), tt.status, tt.causes)
			}
		})
	}
}

func TestWhatIsBehindAViewThatIsGoneWasNotTakenOver(t *testing.T) {
	model := built("table:M", 80, "table:V")
	r := derive(
		rules(),
		visit(ago(9), model, view("table:V", "table:R")),
		visit(ago(1), model, loaded("table:R", 50)),
	)
	want := []sources.ID{"table:M", "table:R", "table:V"}
	if n := r.Node("table:M"); n.Status != freshness.Broken || !slices.Equal(causes(n), want) {
		t.Errorf("table:M over a view that is gone: got %v by %v, want broken by %v", n.Status, causes(n), want)
	}
}

func TestNothingReachesWhatIsStatic(t *testing.T) {
	static := expect.Rule{Match: "table:CODES", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	r := derive(
		rules(static),
		visit(ago(1), tile("tile:X", "table:CODES"), table("table:CODES", "table:R"), loaded("table:R", 3000)),
	)
	if n := r.Node("tile:X"); n.Status != freshness.Fresh || len(n.Causes) != 0 {
		t.Errorf("tile:X over a static table: got %v by %v, want fresh and no root cause", n.Status, causes(n))
	}
}

func TestASourceThatIsNotSeenIsOneCause(t *testing.T) {
	var obs []sources.Observation
	for _, name := range []string{"A", "B", "C"} {
		obs = append(obs, built(sources.ID("table:"+name), 50), tile(sources.ID("tile:"+name), sources.ID("table:"+name)))
	}
	for i := range obs {
		for j := range obs[i].Readings {
			obs[i].Readings[j].CheckedAt = ago(49)
		}
	}
	r := derive(
		rules(),
		visit(ago(49), obs...),
		sources.Scrape{Source: "dbt", Type: "dbt", At: ago(1), Error: "open target: no such file\nhint: look"},
	)
	if len(r.Causes) != 1 || r.Causes[0].ID != "visit:dbt" || r.Causes[0].Tiles != 3 || !r.Causes[0].Attention {
		t.Fatalf("root causes: got %d, those of tile:A %v, want visit:dbt alone, with attention and 3 tiles",
			len(r.Causes), causes(r.Node("tile:A")))
	}
	if says := firstSentence(r); says != "Source dbt could not be read since today 05:00: open target: no such file. "+
		"Last read 20 Aug 05:00." {
		t.Errorf("sentence of visit:dbt: got %q, want the failed read, the last read and the first line of the error",
			says)
	}
	n := r.Node("table:A")
	if n.OwnStatus != freshness.Unknown || n.Clock != nil || !n.Updated.IsZero() || !n.Clocks[0].At.Equal(ago(50)) {
		t.Errorf("table:A: got %v, clock %v, updated %v, want unknown, none, none, and a reading of %v in %+v",
			n.OwnStatus, n.Clock, n.Updated, ago(50), n.Clocks)
	}
}

func TestASourceThatAnswersAndHasNothingNewIsOneCauseToo(t *testing.T) {
	old := func(id sources.ID) sources.Observation {
		o := built(id, 80)
		o.Readings[0].CheckedAt = ago(79)
		return o
	}
	r := derive(rules(), visit(ago(79), old("table:A"), old("table:B")), visit(ago(1), old("table:A"), old("table:B")))
	if len(r.Causes) != 1 || r.Causes[0].ID != "check:dbt/p" {
		t.Fatalf("root causes: got %d, those of table:A %v, want check:dbt/p alone",
			len(r.Causes), causes(r.Node("table:A")))
	}
	if says := firstSentence(r); says != "No build of project p is recorded since 18 Aug 23:00. "+
		"Check that its job still runs." {
		t.Errorf("sentence of check:dbt/p: got %q, want the newest build and what to check", says)
	}
}

func TestACauseUpstreamRemainsBesideTheVisit(t *testing.T) {
	m := built("table:M", 50, "table:R")
	m.Readings[0].CheckedAt = ago(49)
	r := derive(
		rules(),
		visitOf("dbt", ago(49), m),
		visitOf("raw", ago(1), loaded("table:R", 3000)),
		sources.Scrape{Source: "dbt", At: ago(1), Error: "gone"},
	)
	if got := causes(r.Node("table:M")); !slices.Equal(got, []sources.ID{"table:R", "visit:dbt"}) {
		t.Errorf("root causes of table:M: got %v, want table:R and visit:dbt", got)
	}
}

func TestGone(t *testing.T) {
	raw := loaded("table:R", 30)
	alone := loaded("table:A", 30)
	x := tile("tile:X", "table:R")
	r := derive(rules(), visit(ago(24), raw, alone, x), visit(ago(1), x))
	if n := r.Node("tile:X"); n.Status != freshness.Broken || !slices.Equal(causes(n), []sources.ID{"table:R"}) {
		t.Errorf("tile:X over a table that is no longer listed: got %v by %v, want broken by table:R",
			n.Status, causes(n))
	}
	if r.Node("table:A") != nil {
		t.Error("table:A, no longer listed and read by nothing: got a node in the report, want none")
	}
	partial := visit(ago(1), x)
	partial.Scopes = nil
	if n := derive(rules(), visit(ago(24), raw, x), partial).Node("tile:X"); n.Status != freshness.Aging {
		t.Errorf("tile:X after an incomplete listing: got %v, want aging", n.Status)
	}
}

func TestAReferenceDoesNotMakeATableBeThere(t *testing.T) {
	reference := asset("table:M", sources.DBTSource, false)
	x := tile("tile:X", "table:M")
	x.Scope = "project:fin"
	reference.Scope = "project:fin"
	fin := visitOf("fin", ago(1), reference, x)
	fin.Scopes = []sources.Scope{{Name: "project:fin", CheckedAt: ago(1)}}
	r := derive(rules(), visit(ago(24), built("table:M", 25)), fin, visit(ago(1)))
	n := r.Node("table:M")
	if n.Status != freshness.Broken {
		t.Fatalf("status of table:M, which only a reference lists: got %v, want broken", n.Status)
	}
	if want := "Dropped or renamed: dbt has not listed it since today 05:00. tile:X still reads it."; firstSentence(r) != want {
		t.Errorf("sentence of table:M: got %q, want %q", firstSentence(r), want)
	}
}

func TestFoldersAndDashboards(t *testing.T) {
	folder := asset("folder:F", sources.Folder, true)
	board := asset("dashboard:D", sources.Dashboard, true)
	empty := asset("dashboard:E", sources.Dashboard, true)
	board.Parent = "folder:F"
	empty.Parent = "folder:F"
	good := tile("tile:G", "table:G")
	bad := tile("tile:B", "table:B")
	good.Parent = "dashboard:D"
	bad.Parent = "dashboard:D"
	r := see(folder, board, empty, good, bad, loaded("table:G", 2), loaded("table:B", 3000))
	f := r.Node("folder:F")
	d := r.Node("dashboard:D")
	e := r.Node("dashboard:E")
	if f.OwnStatus != freshness.None || f.Status != freshness.Stale || !slices.Equal(causes(f), []sources.ID{"table:B"}) ||
		f.AttentionTiles != 1 ||
		f.Counts.Total() != 2 {
		t.Errorf("folder:F: got own status %v, %v by %v, %d of %v tiles, want none, stale by table:B, 1 of 2",
			f.OwnStatus, f.Status, causes(f), f.AttentionTiles, f.Counts)
	}
	if d.Counts[freshness.Fresh] != 1 || d.Counts[freshness.Stale] != 1 {
		t.Errorf("tiles of dashboard:D by status: got %v, want 1 fresh and 1 stale", d.Counts)
	}
	if e.Status != freshness.None || e.Counts.Total() != 0 || strings.Trim(e.Strip, ".") != "" {
		t.Errorf("dashboard:E without data tiles: got %q, tiles %v, strip %s, want no status, no tiles and no day with data",
			e.Status, e.Counts, e.Strip)
	}
	if !d.DataAsOf.Equal(ago(3000)) {
		t.Errorf("data time of dashboard:D: got %v, want %v", d.DataAsOf, ago(3000))
	}
	if r.Tiles[freshness.Fresh] != 1 || r.Tiles.Total() != 2 || words.Headline(r) != "1 root cause affects 1 of 2 tiles." {
		t.Errorf("tiles and headline: got %v, %q, want 1 of 2 fresh, and 1 cause with 1 of 2 tiles",
			r.Tiles, words.Headline(r))
	}
}

func TestWhatRowsPrint(t *testing.T) {
	static := expect.Rule{Match: "table:S", Expect: expect.Expectation{Static: true, SetBy: "rule"}}
	weekly := loaded("table:R", 5*24)
	weekly.WarnAfter = 8 * 24 * 3600
	for name, tt := range map[string]struct {
		seen []sources.Observation
		want time.Time
	}{
		"what was built prints the time of the data that it was built from": {
			seen: []sources.Observation{built("table:X", 2, "table:R"), loaded("table:R", 3)},
			want: ago(3),
		},
		"what was built today of data of last week is a week old": {
			seen: []sources.Observation{built("table:X", 2, "table:W"), built("table:W", 2, "table:R"), weekly},
			want: ago(5 * 24),
		},
		"its own time, where no source upstream has one": {
			seen: []sources.Observation{built("table:X", 2, "table:R"), table("table:R")},
			want: ago(2),
		},
		"its own time by a better clock, where that is older": {
			seen: []sources.Observation{loaded("table:X", 5, "table:R"), loaded("table:R", 3)},
			want: ago(5),
		},
		"without a clock the oldest source, and nothing on the way to it": {
			seen: []sources.Observation{
				view("table:X", "table:A", "table:V"),
				view("table:V", "table:B"),
				loaded("table:A", 2),
				loaded("table:B", 4, "table:C"),
				loaded("table:C", 5),
			},
			want: ago(5),
		},
		"what is static does not count": {
			seen: []sources.Observation{view("table:X", "table:S", "table:A"), loaded("table:S", 5000), loaded("table:A", 2)},
			want: ago(2),
		},
		"what is not fresh prints the worst cause": {
			seen: []sources.Observation{
				built("table:X", 2, "table:A", "table:B"),
				loaded("table:A", 50),
				loaded("table:B", 3000),
			},
			want: ago(3000),
		},
	} {
		t.Run(name, func(t *testing.T) {
			if n := derive(rules(static), visit(ago(1), tt.seen...)).Node("table:X"); !n.DataAsOf.Equal(tt.want) {
				t.Errorf("data time of table:X: got %v, want %v", n.DataAsOf, tt.want)
			}
		})
	}
}

func TestWhatNeedsAttention(t *testing.T) {
	dbt := func(o sources.Observation) sources.Observation { o.WarnAfter = 3600; return o }
	broken := tile("table:T")
	broken.MissingRef = "no such field"
	ruled := expect.Rule{Match: "table:T", Expect: expect.Expectation{FreshWithin: limit("20h"), SetBy: "rule"}}
	lost := loaded("table:T", 50)
	lost.Readings[0].CheckedAt = ago(49)
	for name, tt := range map[string]struct {
		seen  sources.Observation
		rules []expect.Rule
		want  bool
	}{
		"aging by the default, one day":  {loaded("table:T", 24), nil, false},
		"aging by the default, two days": {loaded("table:T", 48), nil, false},
		"from the third day on":          {loaded("table:T", 72), nil, true},
		"not checked since the second":   {tells(table("table:T"), sources.Loaded, 72, 7), nil, false},
		"past a limit of dbt":            {dbt(loaded("table:T", 2.5)), nil, true},
		"past a rule":                    {loaded("table:T", 22), []expect.Rule{ruled}, true},
		"stale":                          {loaded("table:T", 3000), nil, true},
		"broken":                         {broken, nil, true},
		"a build that failed":            {failed(built("table:T", 24), 2), nil, true},
		"lost sight":                     {lost, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := derive(
				rules(tt.rules...),
				visit(ago(49), loaded("table:OTHER", 50)),
				visit(ago(1), tt.seen, loaded("table:OTHER", 2)),
			)
			if n := r.Node("table:T"); len(n.Causes) != 1 || n.Causes[0].Attention != tt.want || n.Attention != tt.want {
				t.Errorf("attention of table:T: got %v by %v, want %v and 1 root cause",
					n.Attention, causes(n), tt.want)
			}
		})
	}
}

func TestTheWorstAndWidestCauseComesFirst(t *testing.T) {
	r := see(
		loaded("table:AGING", 90),
		loaded("table:NARROW", 3000),
		loaded("table:WIDE", 3000),
		loaded("table:WORRYLESS", 30),
		tile("tile:1", "table:WIDE"),
		tile("tile:2", "table:WIDE"),
		tile("tile:3", "table:NARROW"),
		tile("tile:4", "table:AGING"),
	)
	var got []sources.ID
	for _, c := range r.Causes {
		got = append(got, c.ID)
	}
	if want := []sources.ID{"table:WIDE", "table:NARROW", "table:AGING", "table:WORRYLESS"}; !slices.Equal(got, want) {
		t.Errorf("order of the root causes: got %v, want %v", got, want)
	}
}

func TestTheWayToACauseIsTheShortest(t *testing.T) {
	r := see(
		tile("tile:X", "table:A", "table:B"),
		view("table:A", "table:C"),
		view("table:C", "table:R"),
		view("table:B", "table:R"),
		loaded("table:R", 3000),
	)
	var got []sources.ID
	for _, n := range r.Causes[0].PathFrom(r.Node("tile:X")) {
		got = append(got, n.ID)
	}
	if want := []sources.ID{"tile:X", "table:B", "table:R"}; !slices.Equal(got, want) {
		t.Errorf("path from tile:X to its root cause: got %v, want %v", got, want)
	}
}

func TestSentences(t *testing.T) {
	ruled := loaded("table:T", 50)
	ruled.WarnAfter = 3600 * 24
	missed := ruled
	missed.Missed = ago(1)
	never := tells(table("table:T"), sources.Loaded, now.Sub(sources.Never).Hours(), 1)
	broken := table("table:T")
	broken.MissingRef = "there is no explore orders_v1"
	for name, tt := range map[string]struct {
		seen []sources.Observation
		want string
	}{
		"old by the default": {[]sources.Observation{loaded("table:T", 80)}, "Not loaded since 18 Aug 22:00 (last checked today 05:00)."},
		"old by a limit of dbt": {
			seen: []sources.Observation{ruled},
			want: "Not loaded since 20 Aug 04:00 (last checked today 05:00). Expected: warn after 24 hours (dbt).",
		},
		"a check says nothing of it": {
			seen: []sources.Observation{missed},
			want: "Not loaded since 20 Aug 04:00 (last checked today 05:00). Expected: warn after 24 hours (dbt). " +
				"The check of today 05:00 returned no result for it.",
		},
		"stale": {
			seen: []sources.Observation{loaded("table:T", 9000)},
			want: "Not loaded since 12 Aug 2025 06:00 (last checked today 05:00). " +
				"Expected: updated every day; stale after 100 days (default).",
		},
		"not built": {
			seen: []sources.Observation{built("table:T", 80, "table:R"), loaded("table:R", 2)},
			want: "Last built 18 Aug 22:00; no later build is recorded. Upstream data changed today 04:00, after its last build.",
		},
		"failed": {
			seen: []sources.Observation{failed(built("table:T", 30, "table:R"), 2), loaded("table:R", 3)},
			want: "Build failed today 04:00: “no such column”. Last built yesterday 00:00. Everything upstream is fresh.",
		},
		"never loaded": {
			seen: []sources.Observation{never},
			want: "Never loaded: the table exists and has no rows (last checked today 05:00). " +
				"Expected: updated every day; stale after 100 days (default).",
		},
		"a clock at fault": {
			seen: []sources.Observation{tells(table("table:T"), sources.Loaded, -9, 1)},
			want: "Newest timestamp today 15:00 is in the future (checked today 05:00) and is ignored. " +
				"Check the sender's clock and time zone.",
		},
		"broken": {[]sources.Observation{broken}, "there is no explore orders_v1."},
	} {
		t.Run(name, func(t *testing.T) {
			r := see(tt.seen...)
			if len(r.Causes) == 0 || firstSentence(r) != tt.want {
				t.Fatalf("sentence of table:T:\ngot  %+v\nwant %s", firstSentence(r), tt.want)
			}
		})
	}
}

// TestAMomentSinceWhichNothingChangedIsNoNewData has a table and its upstream of which the row history knows no
// change, of the upstream for a shorter time.
func TestAMomentSinceWhichNothingChangedIsNoNewData(t *testing.T) {
	silent := func(o sources.Observation, days float64) sources.Observation {
		o.Readings = []sources.Reading{{Clock: sources.DML, At: ago(24 * days), CheckedAt: ago(1), Bound: true}}
		return o
	}
	r := see(silent(table("table:RAW"), 120), silent(table("table:FCT", "table:RAW"), 130))
	if got := causes(r.Node("table:FCT")); !slices.Equal(got, []sources.ID{"table:RAW"}) {
		t.Errorf("causes of table:FCT: got %v, want table:RAW alone", got)
	}
}
