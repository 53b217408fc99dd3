package judgetest

import (
	"slices"
	"sort"
	"time"
)

// check is one reading of one clock of one asset that may be judged by.
type check struct {
	source        string
	checkedAt     time.Time
	at            time.Time // the data time that it reports; zero: nothing newer
	notAfter      time.Time // of dml: the start of the silent span
	empty         bool      // it found no row
	began, ended  time.Time // of a build
	changedNoRows bool      // of a build that took over all there was and changed nothing
}

// key names a pair of words in a map: an asset and a clock, or a source and a clock.
type key struct{ first, clock string }

// facts is all that is known at the report's moment, sorted by asset and clock.
type facts struct {
	world   World // with the visits until the report's moment only
	assets  map[string]Asset
	checks  map[key][]check // by asset and clock, in order of the check's moment
	windows map[key]time.Duration
}

// collectFacts returns what is known at the report's moment.
func collectFacts(w World) facts {
	w.Visits = selectKnownVisits(w)
	f := facts{world: w, assets: indexAssets(w), checks: map[key][]check{}, windows: map[key]time.Duration{}}
	for id := range f.assets {
		for _, clock := range clocksInRank {
			f.checks[key{first: id, clock: clock}] = collectChecks(f, f.assets[id], clock)
		}
	}
	for _, v := range w.Visits {
		for _, clock := range append([]string{listing}, clocksInRank...) {
			f.windows[key{first: v.Source, clock: clock}] = findWindow(f, v.Source, clock)
		}
	}
	return f
}

// selectKnownVisits returns the visits that are not after the report's moment.
func selectKnownVisits(w World) []Visit {
	var known []Visit
	for _, v := range w.Visits {
		if !v.At.After(w.At) {
			known = append(known, v)
		}
	}
	return known
}

// indexAssets returns the assets by id, with a bare table for every upstream that is named but not described.
func indexAssets(w World) map[string]Asset {
	byID := map[string]Asset{}
	for _, a := range w.Assets {
		byID[a.ID] = a
	}
	for _, a := range w.Assets {
		for _, id := range a.Upstream {
			if _, known := byID[id]; !known {
				byID[id] = Asset{ID: id, Kind: "table"}
			}
		}
	}
	return byID
}

// listIDs returns the ids of all assets, sorted.
func listIDs(f facts) []string {
	var ids []string
	for id := range f.assets {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// collectChecks returns the checks of one clock of one asset, in order of their own moments.
//
// "A view on which `loaded` was read is judged by it, as a table is." "a dbt run of a view is `ddl`."
// "`ddl` and `queried` are shown and never judged". So of what holds no data only loaded is collected.
func collectChecks(f facts, a Asset, clock string) []check {
	if a.Virtual && (a.Kind != "view" || clock != "loaded") {
		return nil
	}
	var checks []check
	for _, v := range f.world.Visits {
		for _, r := range v.Readings {
			if r.Asset == a.ID && r.Clock == clock && isCheck(f, r) {
				checks = append(checks, makeCheckOfReading(v, r))
			}
		}
		for _, b := range v.Builds {
			if b.Asset == a.ID && clock == "built" && !isFault(b.Ended, b.CheckedAt) {
				checks = append(checks, makeCheckOfBuild(v, b))
			}
		}
	}
	sort.SliceStable(checks, func(i, j int) bool { return checks[i].checkedAt.Before(checks[j].checkedAt) })
	return checks
}

// isCheck reports whether a reading judges something.
//
// "A reading that judges nothing (below) is no check either."
// "it is a *possible update*: it judges nothing, is no check".
func isCheck(f facts, r Reading) bool {
	if isFault(r.At, r.CheckedAt) {
		return false
	}
	return !r.Unconfirmed || r.Clock != "altered" || isConfirmedByBuild(f, r)
}

// isFault reports whether a time lies more than 10 minutes after its own check.
//
// "A time more than 10 minutes after its own check is a fault: that reading is skipped for good".
func isFault(at, checkedAt time.Time) bool {
	return at.After(checkedAt.Add(10 * time.Minute))
}

// isConfirmedByBuild reports whether a build that is known now confirms an altered reading.
//
// "`altered` is confirmed, at any time, [...] if it lies between the start of a successful build that changed rows
// (a model that is rebuilt whole always does) and 15 minutes after its end."
func isConfirmedByBuild(f facts, r Reading) bool {
	for _, v := range f.world.Visits {
		for _, b := range v.Builds {
			if b.Asset != r.Asset || b.Ended.IsZero() || changedNoRows(b) {
				continue
			}
			if !r.At.Before(b.Began) && !r.At.After(b.Ended.Add(15*time.Minute)) {
				return true
			}
		}
	}
	return false
}

// changedNoRows reports whether a build is of an incremental model and changed no rows.
//
// "A build of an incremental model, a snapshot or a microbatch that changed no rows (`rows_affected` 0) took over
// all there was".
func changedNoRows(b Build) bool {
	return !b.Ended.IsZero() && b.Incremental && b.RowsAffected == 0
}

// makeCheckOfReading returns the check that a reading is.
//
// "Year 1 and exactly 1970-01-01T00:00:00Z mean that there is no row."
func makeCheckOfReading(v Visit, r Reading) check {
	c := check{source: v.Source, checkedAt: r.CheckedAt, notAfter: r.NotAfter, empty: r.Empty}
	if !r.At.IsZero() && r.At.Equal(time.Unix(0, 0)) {
		c.empty = true
	} else {
		c.at = limitToCheck(r.At, r.CheckedAt)
	}
	return c
}

// makeCheckOfBuild returns the check of built that a build is. A build of 0 rows reports nothing newer by itself.
func makeCheckOfBuild(v Visit, b Build) check {
	c := check{source: v.Source, checkedAt: b.CheckedAt, began: b.Began, changedNoRows: changedNoRows(b)}
	c.ended = limitToCheck(b.Ended, b.CheckedAt)
	if !c.changedNoRows {
		c.at = c.ended
	}
	return c
}

// limitToCheck returns the time, or the check's moment where the time is after it.
//
// "up to 10 minutes count as the check's moment."
func limitToCheck(at, checkedAt time.Time) time.Time {
	if at.After(checkedAt) {
		return checkedAt
	}
	return at
}
