package judgetest

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// on returns a moment of March 2025 in UTC, such as on(10, "06:30").
func on(day int, clock string) time.Time {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return time.Date(2025, 3, day, at.Hour(), at.Minute(), 0, 0, time.UTC)
}

// makeTable returns a table that reads the given ones.
func makeTable(id string, upstream ...string) Asset {
	return Asset{ID: id, Kind: "table", Upstream: upstream}
}

// makeModel returns a model that reads the given tables.
func makeModel(id string, upstream ...string) Asset {
	return Asset{ID: id, Kind: "model", Upstream: upstream}
}

// makeTile returns a tile of the dashboard D that reads the given tables.
func makeTile(id string, upstream ...string) Asset {
	return Asset{ID: id, Kind: "tile", Virtual: true, Parent: "D", Upstream: upstream}
}

// read returns a reading of one clock.
func read(asset, clock string, checked, at time.Time) Reading {
	return Reading{Asset: asset, Clock: clock, CheckedAt: checked, At: at}
}

// visit returns a visit that lists the given ids, separated by blanks.
func visit(source string, at time.Time, listed string, readings ...Reading) Visit {
	return Visit{Source: source, At: at, Listed: strings.Fields(listed), Readings: readings}
}

// build returns a visit of dbt with one build of a model that is rebuilt whole, five minutes long.
func build(asset string, began, visited time.Time, listed string) Visit {
	v := visit("dbt", visited, listed)
	ended := began.Add(5 * time.Minute)
	v.Builds = []Build{{Asset: asset, Began: began, Ended: ended, RowsAffected: -1, CheckedAt: ended}}
	return v
}

// judgeWorld returns the verdicts of a world in UTC.
func judgeWorld(at time.Time, assets []Asset, visits ...Visit) map[string]Verdict {
	return Judge(World{Zone: time.UTC, At: at, Assets: assets, Visits: visits})
}

// wantStatus fails the test if an asset has another status, own status, causes or waiting.
func wantStatus(t *testing.T, v Verdict, status, own, causes string, waiting bool) {
	t.Helper()
	if v.Status != status || v.OwnStatus != own || v.Waiting != waiting {
		t.Errorf("got %s, own %q, waiting %v, want %s, own %q, waiting %v",
			v.Status, v.OwnStatus, v.Waiting, status, own, waiting)
	}
	if got := strings.Join(v.Causes, " "); got != causes {
		t.Errorf("causes: got %q, want %q", got, causes)
	}
}

// wantClock fails the test if an asset is judged by another clock or time.
func wantClock(t *testing.T, v Verdict, clock string, updated time.Time) {
	t.Helper()
	if v.Clock != clock || !v.Updated.Equal(updated) {
		t.Errorf("got %s %v, want %s %v", v.Clock, v.Updated, clock, updated)
	}
}

// wantStripEnd fails the test if a strip does not end in the given letters after days without data.
func wantStripEnd(t *testing.T, v Verdict, end string) {
	t.Helper()
	want := strings.Repeat(".", stripDays-len(end)) + end
	if v.Strip != want {
		t.Errorf("strip: got %s, want %s", v.Strip, want)
	}
}

func TestTableIsFreshAgingAndProved(t *testing.T) {
	assets := []Asset{makeTable("T")}
	first := visit("dbt", on(10, "06:10"), "T", read("T", "loaded", on(10, "06:00"), on(10, "05:00")))
	second := visit("dbt", on(11, "06:10"), "T", read("T", "loaded", on(11, "06:00"), time.Time{}))
	v := judgeWorld(on(10, "06:10"), assets, first)["T"]
	wantStatus(t, v, fresh, fresh, "", false)
	wantClock(t, v, "loaded", on(10, "05:00"))
	v = judgeWorld(on(11, "01:00"), assets, first)["T"]
	wantStatus(t, v, aging, aging, "T", true) // no check since midnight
	wantStripEnd(t, v, "f.")                  // no run today
	v = judgeWorld(on(11, "06:10"), assets, first, second)["T"]
	wantStatus(t, v, aging, aging, "T", false)
	wantClock(t, v, "loaded", on(10, "05:00"))
	wantStripEnd(t, v, "fa")
	v = judgeWorld(on(12, "19:00"), assets, first, second)["T"]
	wantStatus(t, v, unknown, unknown, "T", false) // 37 hours since the check
	wantClock(t, v, "", time.Time{})
}

func TestElapsedLimitsAreStrictlyGreater(t *testing.T) {
	w := World{Zone: time.UTC, At: on(11, "05:00"), Assets: []Asset{makeTable("T")}}
	w.Rules = map[string]Rule{"T": {FreshWithin: 24 * time.Hour, StaleAfter: 30 * time.Hour}}
	w.Visits = []Visit{visit("dbt", on(10, "06:10"), "T", read("T", "loaded", on(10, "06:00"), on(10, "05:00")))}
	wantStatus(t, Judge(w)["T"], fresh, fresh, "", false)
	w.At = on(11, "05:01")
	wantStatus(t, Judge(w)["T"], aging, aging, "T", true)
	w.At = on(11, "11:01")
	wantStatus(t, Judge(w)["T"], stale, stale, "T", true)
	w.Visits = append(w.Visits, visit("dbt", on(11, "11:01"), "T", read("T", "loaded", on(11, "05:00"), time.Time{})))
	wantStatus(t, Judge(w)["T"], stale, stale, "T", true) // checked at the limit, not after it
	w.Visits[1].Readings[0].CheckedAt = on(11, "05:01")
	wantStatus(t, Judge(w)["T"], stale, stale, "T", false)
}

func TestDMLWinsOnlyIfLoadedBoreItOut(t *testing.T) {
	assets := []Asset{makeTable("T")}
	dbt1 := visit("dbt", on(9, "06:00"), "T", read("T", "loaded", on(9, "06:00"), on(9, "05:00")))
	snow1 := visit("snowflake", on(9, "20:00"), "T", read("T", "dml", on(9, "19:00"), on(9, "12:00")))
	v := judgeWorld(on(9, "20:00"), assets, dbt1, snow1)["T"]
	wantClock(t, v, "dml", on(9, "12:00"))
	dbt2 := visit("dbt", on(10, "06:00"), "T", read("T", "loaded", on(10, "06:00"), on(9, "05:00")))
	snow2 := visit("snowflake", on(10, "20:00"), "T", read("T", "dml", on(10, "19:00"), on(10, "12:00")))
	v = judgeWorld(on(10, "20:00"), assets, dbt1, snow1, dbt2, snow2)["T"]
	wantClock(t, v, "loaded", on(9, "05:00")) // rows of old dates
	wantStripEnd(t, v, "fa")
	dbt2.Readings[0].At = on(9, "11:50")
	v = judgeWorld(on(10, "20:00"), assets, dbt1, snow1, dbt2, snow2)["T"]
	wantClock(t, v, "dml", on(10, "12:00"))
}

func TestPossibleUpdateWaitsAndIsConfirmedByABuild(t *testing.T) {
	assets := []Asset{makeModel("M")}
	possible := read("M", "altered", on(10, "08:00"), on(10, "07:04"))
	possible.Unconfirmed = true
	dml := read("M", "dml", on(10, "06:00"), on(9, "07:04"))
	snow := visit("snowflake", on(10, "08:00"), "M", dml, possible)
	v := judgeWorld(on(10, "08:00"), assets, snow)["M"]
	wantStatus(t, v, aging, aging, "M", true)
	wantClock(t, v, "dml", on(9, "07:04"))
	built := build("M", on(10, "07:00"), on(10, "09:00"), "M")
	v = judgeWorld(on(10, "09:00"), assets, snow, built)["M"]
	wantStatus(t, v, fresh, fresh, "", false)
	wantClock(t, v, "altered", on(10, "07:04")) // the build is not later than the last check of altered
}

func TestBuildIsNotTakenWhereTheBetterClockLookedLater(t *testing.T) {
	assets := []Asset{makeModel("M")}
	built := build("M", on(10, "07:00"), on(10, "09:00"), "M")
	snow := visit("snowflake", on(10, "09:00"), "M", read("M", "dml", on(10, "08:30"), on(9, "07:00")))
	v := judgeWorld(on(10, "09:00"), assets, built, snow)["M"]
	wantClock(t, v, "dml", on(9, "07:00"))
}

func TestBuildOfNoRowsTakesTheTimeOfItsUpstream(t *testing.T) {
	assets := []Asset{makeTable("T"), makeModel("M", "T")}
	first := build("M", on(8, "07:00"), on(8, "08:00"), "T M")
	first.Readings = []Reading{read("T", "loaded", on(8, "06:00"), on(8, "05:00"))}
	second := build("M", on(10, "07:00"), on(10, "08:00"), "T M")
	second.Builds[0].Incremental, second.Builds[0].RowsAffected = true, 0
	second.Readings = []Reading{read("T", "loaded", on(10, "07:30"), on(9, "05:00"))}
	v := judgeWorld(on(10, "08:00"), assets, first, second)
	wantClock(t, v["M"], "built", on(9, "05:00"))
	wantStatus(t, v["M"], aging, aging, "T", false) // the model took over all there was
	wantStatus(t, v["T"], aging, aging, "T", false)
}

func TestTimeAfterItsCheck(t *testing.T) {
	assets := []Asset{makeTable("T")}
	first := visit("dbt", on(9, "06:00"), "T", read("T", "loaded", on(9, "06:00"), on(9, "05:00")))
	second := visit("dbt", on(10, "06:00"), "T", read("T", "loaded", on(10, "06:00"), on(10, "06:11")))
	v := judgeWorld(on(10, "06:00"), assets, first, second)["T"]
	wantStatus(t, v, aging, aging, "T", true) // the second check is a fault, so the last one is of yesterday
	second.Readings[0].At = on(10, "06:10")
	v = judgeWorld(on(10, "06:00"), assets, first, second)["T"]
	wantClock(t, v, "loaded", on(10, "06:00"))
}

func TestEmptiedTableIsStaleFromThenOn(t *testing.T) {
	assets := []Asset{makeTable("T")}
	first := visit("dbt", on(9, "06:00"), "T", read("T", "loaded", on(9, "06:00"), on(9, "05:00")))
	second := visit("dbt", on(10, "06:00"), "T", read("T", "loaded", on(10, "06:00"), time.Time{}))
	second.Readings[0].Empty = true
	third := visit("dbt", on(11, "06:00"), "T", read("T", "loaded", on(11, "06:00"), on(11, "05:00")))
	v := judgeWorld(on(10, "06:00"), assets, first, second)["T"]
	wantStatus(t, v, stale, stale, "T", false)
	wantClock(t, v, "loaded", time.Time{})
	wantStripEnd(t, v, "fs")
	wantStripEnd(t, judgeWorld(on(11, "06:00"), assets, first, second, third)["T"], "fsf")
}

func TestSilentSpanGivesUpdatedBefore(t *testing.T) {
	assets := []Asset{makeTable("T")}
	silent := Reading{Asset: "T", Clock: "dml", CheckedAt: on(20, "05:00"), NotAfter: on(10, "00:00")}
	v := judgeWorld(on(20, "06:00"), assets, visit("snowflake", on(20, "06:00"), "T", silent))["T"]
	wantStatus(t, v, aging, aging, "T", false)
	if !v.Updated.IsZero() || !v.UpdatedBefore.Equal(on(10, "00:00")) {
		t.Errorf("got %v before %v, want none before 10 March", v.Updated, v.UpdatedBefore)
	}
	altered := read("T", "altered", on(20, "06:00"), on(7, "12:00"))
	altered.Unconfirmed = true
	v = judgeWorld(on(20, "06:00"), assets, visit("snowflake", on(20, "06:00"), "T", silent, altered))["T"]
	if !v.UpdatedBefore.Equal(on(7, "12:00")) {
		t.Errorf("updated before: got %v, want 7 March 12:00", v.UpdatedBefore)
	}
}

// wantRoots fails the test if an asset has other roots.
func wantRoots(t *testing.T, v Verdict, checked, unchecked int) {
	t.Helper()
	if v.CheckedRoots != checked || v.UncheckedRoots != unchecked {
		t.Errorf("roots: got %d, %d, want %d, %d", v.CheckedRoots, v.UncheckedRoots, checked, unchecked)
	}
}

func TestUnverifiedAndStaticAndUnwatched(t *testing.T) {
	assets := []Asset{
		makeTable("BLIND"), makeTable("SEEN"), makeTable("SEED"), makeModel("M", "BLIND"), makeModel("N"),
		makeTile("onM", "M"), makeTile("onBoth", "M", "SEEN"), makeTile("onBlind", "BLIND"), makeTile("onSeed", "SEED"),
		makeTile("onSeedAndBlind", "SEED", "BLIND"), makeTile("onN", "N"), makeTile("onNobody", "NOBODY"),
	}
	listed := "BLIND SEEN SEED M N onM onBoth onBlind onSeed onSeedAndBlind onN onNobody"
	dbt := build("M", on(10, "05:00"), on(10, "06:00"), listed)
	dbt.Builds = append(dbt.Builds, dbt.Builds[0])
	dbt.Builds[1].Asset = "N"
	dbt.Readings = []Reading{read("SEEN", "loaded", on(10, "06:00"), on(10, "05:00"))}
	w := World{Zone: time.UTC, At: on(10, "06:00"), Assets: assets, Visits: []Visit{dbt}}
	w.Rules = map[string]Rule{"SEED": {Static: true}}
	v := Judge(w)
	wantStatus(t, v["M"], unverified, fresh, "", false)
	wantStatus(t, v["onM"], unverified, "", "", false)
	wantStatus(t, v["onBoth"], fresh, "", "", false)
	wantRoots(t, v["onBoth"], 1, 1)
	wantStatus(t, v["BLIND"], unknown, unknown, "", false)
	wantStatus(t, v["onBlind"], unknown, "", "", false)
	wantStatus(t, v["onSeed"], fresh, "", "", false)
	wantRoots(t, v["onSeed"], 0, 0)
	wantStatus(t, v["onSeedAndBlind"], unknown, "", "", false)
	wantStatus(t, v["onN"], fresh, "", "", false)
	wantRoots(t, v["onN"], 1, 0) // dbt builds N from no relation
	wantStatus(t, v["onNobody"], unknown, "", "", false)
	wantStatus(t, v["NOBODY"], unknown, unknown, "", false)
}

func TestRootCausesOfAModelThatIsNotBuilt(t *testing.T) {
	assets := []Asset{makeTable("T"), makeModel("M", "T"), makeTile("tile", "M")}
	first := build("M", on(9, "07:00"), on(9, "08:00"), "T M tile")
	second := visit("dbt", on(10, "08:00"), "T M tile", read("T", "loaded", on(10, "07:30"), on(10, "05:00")))
	second.Builds = []Build{{Asset: "M", CheckedAt: on(10, "07:05"), RowsAffected: -1}}
	v := judgeWorld(on(10, "08:00"), assets, first, second)
	wantStatus(t, v["tile"], aging, "", "M", false) // its upstream is fresh
	second.Attempts = []Attempt{{Asset: "M", At: on(10, "07:04"), Failed: true}}
	v = judgeWorld(on(10, "08:00"), assets, first, second)
	if wantStatus(t, v["M"], aging, aging, "M", false); !v["M"].Failing {
		t.Errorf("failing: got false, want true")
	}
	second.Readings[0].At = on(9, "09:00") // not fresh, but newer than the last build
	second.Attempts = nil
	v = judgeWorld(on(10, "08:00"), assets, first, second)
	wantStatus(t, v["tile"], aging, "", "M T", false)
	second.Attempts = []Attempt{{Asset: "M", At: on(10, "07:04")}} // skipped because of T
	v = judgeWorld(on(10, "08:00"), assets, first, second)
	wantStatus(t, v["tile"], aging, "", "T", false)
}

func TestFailingButFreshIsNoCauseDownstream(t *testing.T) {
	assets := []Asset{makeModel("M"), makeTile("tile", "M")}
	v1 := build("M", on(10, "05:00"), on(10, "08:00"), "M tile")
	v1.Attempts = []Attempt{{Asset: "M", At: on(10, "07:00"), Failed: true}}
	v := judgeWorld(on(10, "08:00"), assets, v1)
	wantStatus(t, v["M"], fresh, fresh, "M", false)
	wantStatus(t, v["tile"], fresh, "", "", false)
}

func TestFailedVisitIsTheCauseOfWhatIsUnknown(t *testing.T) {
	assets := []Asset{makeTable("T"), makeTile("tile", "T")}
	first := visit("snowflake", on(9, "06:00"), "T tile", read("T", "dml", on(9, "05:00"), on(9, "04:00")))
	failed := Visit{Source: "snowflake", At: on(10, "18:00"), Failed: true}
	v := judgeWorld(on(10, "16:59"), assets, first)
	wantStatus(t, v["tile"], aging, "", "T", true)
	v = judgeWorld(on(10, "18:00"), assets, first, failed)
	wantStatus(t, v["T"], unknown, unknown, "visit:snowflake", false)
	wantStatus(t, v["tile"], unknown, "", "visit:snowflake", false)
	wantStripEnd(t, v["tile"], "fu")
}

func TestCheckedWithinIsTwiceTheMedianGap(t *testing.T) {
	var visits []Visit
	for _, day := range []int{1, 3, 4, 7, 9} { // gaps of 2, 1, 3 and 2 days: median 2, so 4 days
		r := read("T", "loaded", on(day, "06:00"), on(1, "05:00"))
		visits = append(visits, visit("dbt", on(day, "06:00"), "T", r))
	}
	assets := []Asset{makeTable("T")}
	wantStatus(t, judgeWorld(on(13, "06:00"), assets, visits...)["T"], aging, aging, "T", false)
	wantStatus(t, judgeWorld(on(13, "06:01"), assets, visits...)["T"], unknown, unknown, "T", false)
}

func TestGoneIsBrokenWhileSomethingRefersToIt(t *testing.T) {
	assets := []Asset{makeTable("T"), makeTable("U"), makeTile("tile", "T")}
	assets = append(assets, Asset{ID: "D", Kind: "dashboard", Virtual: true})
	seen := func(day int, id string) Reading { return read(id, "dml", on(day, "05:00"), on(day, "04:00")) }
	v1 := visit("snowflake", on(9, "06:00"), "T U", seen(9, "T"), seen(9, "U"))
	v2 := visit("snowflake", on(10, "06:00"), "U", seen(10, "U"))
	v3 := visit("snowflake", on(11, "06:00"), "")
	look := visit("looker", on(10, "06:00"), "tile D")
	v := judgeWorld(on(11, "06:00"), assets, v1, v2, look, v3)
	wantStatus(t, v["T"], broken, broken, "T", false)
	wantStatus(t, v["D"], broken, "", "T", false)
	wantStripEnd(t, v["T"], "fbb")
	wantStripEnd(t, v["D"], "bb") // not listed on the first day
	if _, told := v["U"]; told {
		t.Errorf("U is gone and nothing reads it: got a verdict, want none")
	}
}

func TestCycleCountsAsOneAsset(t *testing.T) {
	assets := []Asset{makeModel("A", "B"), makeModel("B", "A"), makeTile("tile", "A")}
	v1 := build("A", on(8, "05:00"), on(8, "06:00"), "A B tile")
	v2 := build("B", on(9, "05:00"), on(9, "06:00"), "A B tile")
	v2.Builds = append(v2.Builds, Build{Asset: "A", CheckedAt: on(10, "05:05"), RowsAffected: -1})
	v2.Builds = append(v2.Builds, Build{Asset: "B", CheckedAt: on(10, "05:05"), RowsAffected: -1})
	v2.At = on(10, "06:00")
	v := judgeWorld(on(10, "06:00"), assets, v1, v2)
	wantStatus(t, v["tile"], aging, "", "A", false)
	wantStatus(t, v["B"], aging, aging, "A", false)
	wantRoots(t, v["tile"], 0, 1)
}

func TestDaysEndAtMidnightOfTheZone(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	// 9 March 2025 has 23 hours in New York; the load at 03:30 UTC of the 10th is at 23:30 of the 9th.
	first := visit("dbt", on(10, "03:40"), "T", read("T", "loaded", on(10, "03:40"), on(10, "03:30")))
	second := visit("dbt", on(10, "04:10"), "T", read("T", "loaded", on(10, "04:10"), time.Time{}))
	w := World{Zone: zone, At: on(10, "04:10"), Assets: []Asset{makeTable("T")}, Visits: []Visit{first, second}}
	v := Judge(w)["T"]
	wantStatus(t, v, aging, aging, "T", false)
	wantStripEnd(t, v, "fa")
}

func TestLaterCheckSpeaksOfEarlierDays(t *testing.T) {
	assets := []Asset{makeTable("T")}
	early := visit("snowflake", on(9, "06:00"), "T")
	late := visit("snowflake", on(11, "06:00"), "T", read("T", "dml", on(11, "05:00"), on(9, "04:00")))
	idle := visit("dbt", on(10, "06:00"), "")
	wantStripEnd(t, judgeWorld(on(11, "06:00"), assets, early, idle, late)["T"], "faa")
	late.Readings[0].At = on(10, "04:00")
	wantStripEnd(t, judgeWorld(on(11, "06:00"), assets, early, idle, late)["T"], "ufa")
}

func TestMedianOfEvenGapsIsTheMeanOfTheMiddleTwo(t *testing.T) {
	got := findMedianGap([]time.Time{on(1, "00:00"), on(1, "01:00"), on(1, "03:00"), on(1, "06:00"), on(1, "16:00")})
	if want := 150 * time.Minute; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDataIsDueOnMondays(t *testing.T) {
	w := World{Zone: time.UTC, Assets: []Asset{makeTable("T")}}
	w.Rules = map[string]Rule{"T": {Due: [7]bool{time.Monday: true}}}
	w.Visits = []Visit{visit("dbt", on(3, "06:10"), "T", read("T", "loaded", on(3, "06:00"), on(3, "05:00")))}
	w.Visits = append(w.Visits, visit("dbt", on(10, "06:10"), "T", read("T", "loaded", on(10, "06:00"), time.Time{})))
	w.At = on(10, "23:59")
	wantStatus(t, Judge(w)["T"], fresh, fresh, "", false)
	w.At = on(11, "00:00") // the Monday is missed, and nobody looked since it was
	wantStatus(t, Judge(w)["T"], aging, aging, "T", true)
	w.Visits = append(w.Visits, visit("dbt", on(11, "06:10"), "T", read("T", "loaded", on(11, "06:00"), time.Time{})))
	w.At = on(11, "06:10")
	wantStatus(t, Judge(w)["T"], aging, aging, "T", false)
	w.CheckedWithin = map[string]time.Duration{"dbt": 240 * time.Hour}
	w.At = on(18, "00:00")
	wantStatus(t, Judge(w)["T"], stale, stale, "T", false)
}

func TestUnprovedIsToldWithoutRegardToOtherCauses(t *testing.T) {
	assets := []Asset{makeTable("T"), makeModel("M", "T")}
	first := build("M", on(10, "05:00"), on(10, "06:00"), "T M")
	first.Readings = []Reading{read("T", "loaded", on(10, "06:00"), on(10, "05:00"))}
	second := visit("dbt", on(11, "06:00"), "T M", read("T", "loaded", on(11, "06:00"), time.Time{}))
	v := judgeWorld(on(11, "06:00"), assets, first, second)
	if !v["M"].Unproved || v["M"].Waiting {
		t.Errorf("M: got unproved %v, waiting %v, want unproved and not waiting", v["M"].Unproved, v["M"].Waiting)
	}
	if v["T"].Unproved {
		t.Error("T: got unproved, want proved by the check of today")
	}
}

func TestStoppedChecksOfAProjectAreOneRow(t *testing.T) {
	assets := []Asset{makeTable("T"), makeTable("NEVER"), makeTable("FAULT"), makeTable("U")}
	for i := range assets {
		assets[i].Project = "shop"
	}
	w := World{Zone: time.UTC, At: on(10, "06:00"), Assets: assets}
	w.Rules = map[string]Rule{"NEVER": {FreshWithin: time.Hour, StaleAfter: 2 * time.Hour}}
	first := visit("dbt", on(8, "06:00"), "T NEVER FAULT U", read("T", "loaded", on(8, "06:00"), on(8, "05:00")))
	first.Readings = append(first.Readings, read("FAULT", "loaded", on(8, "06:00"), on(9, "05:00")))
	w.Visits = []Visit{first, visit("dbt", on(10, "06:00"), "T NEVER FAULT U")}
	wantStatus(t, Judge(w)["T"], unknown, unknown, "check:dbt/shop", false)
	wantStatus(t, Judge(w)["NEVER"], unknown, unknown, "check:dbt/shop", false)
	wantStatus(t, Judge(w)["FAULT"], unknown, unknown, "FAULT", false)
	w.Visits[1].Readings = []Reading{read("U", "loaded", on(10, "06:00"), on(10, "05:00"))}
	wantStatus(t, Judge(w)["T"], unknown, unknown, "T", false) // the checks leave T out
	wantStatus(t, Judge(w)["NEVER"], unknown, unknown, "NEVER", false)
}

func TestStaticIsKnownByTheMomentOfItsListing(t *testing.T) {
	assets := []Asset{makeTable("SEED"), makeTile("tile", "SEED")}
	v1 := visit("dbt", on(10, "13:00"), "SEED tile")
	w := World{Zone: time.UTC, At: on(10, "13:00"), Assets: assets, Rules: map[string]Rule{"SEED": {Static: true}}}
	v1.ListedAt = on(9, "01:00")
	w.Visits = []Visit{v1}
	wantStatus(t, Judge(w)["SEED"], fresh, fresh, "", false)
	w.Visits[0].ListedAt = on(9, "00:59")
	wantStatus(t, Judge(w)["SEED"], unknown, unknown, "visit:dbt", false)
	wantStatus(t, Judge(w)["tile"], unknown, "", "", false) // of a static asset only broken reaches downstream
}
