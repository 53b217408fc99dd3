package judgetest

import (
	"sort"
	"time"
)

// tookNoRows reports whether the last three builds of an asset until a moment changed no rows, although something that
// it reads had gained rows before each of them.
//
// "If its direct upstream gained rows (added or updated) before each of three such builds in a row, the model counts as
// failing and is judged by its last build that changed rows".
func tookNoRows(f facts, id string, at time.Time) bool {
	builds := listBuilds(f, id, at)
	if len(builds) < 4 {
		return false
	}
	for i := len(builds) - 3; i < len(builds); i++ {
		before := builds[i-1].ended
		if builds[i-1].changedNoRows {
			before = builds[i-1].began
		}
		if !builds[i].changedNoRows || !gainedRows(f, id, before, builds[i].began, map[string]bool{id: true}) {
			return false
		}
	}
	return true
}

// listBuilds returns the successful builds of an asset that ended until a moment, in order, each once.
func listBuilds(f facts, id string, at time.Time) []check {
	var builds []check
	known := map[int64]bool{}
	for _, c := range f.checks[key{first: id, clock: "built"}] {
		if c.ended.IsZero() || c.ended.After(at) || known[c.ended.Unix()] {
			continue
		}
		known[c.ended.Unix()] = true
		builds = append(builds, c)
	}
	sort.SliceStable(builds, func(i, j int) bool { return builds[i].ended.Before(builds[j].ended) })
	return builds
}

// gainedRows reports whether something that an asset reads, looking through what holds no data of its own, is known to
// have got rows after one moment and until another.
func gainedRows(f facts, id string, after, until time.Time, seen map[string]bool) bool {
	for _, up := range f.assets[id].Upstream {
		if seen[up] {
			continue
		}
		seen[up] = true
		if !holdsData(f, up) {
			if gainedRows(f, up, after, until, seen) {
				return true
			}
			continue
		}
		for _, clock := range []string{"loaded", "dml", "refreshed"} {
			state := readClock(f, up, clock, until)
			if state.takesPart && state.updated.After(after) {
				return true
			}
		}
	}
	return false
}
