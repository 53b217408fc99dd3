package judgetest

import (
	"slices"
	"strings"
	"time"
)

// holdsData reports whether an asset has an own status.
//
// "**Views, ephemeral models, exposures, tiles, dashboards and folders hold no data of their own**". "A view on which
// `loaded` was read is judged by it, as a table is."
func holdsData(f facts, id string) bool {
	return !f.assets[id].Virtual || len(f.checks[key{first: id, clock: "loaded"}]) > 0 || f.assets[id].Kind == "view" && hasFault(f, id)
}

// isStatic reports whether an asset that holds data is expected not to change.
func isStatic(f facts, id string) bool {
	return f.world.Rules[id].Static && holdsData(f, id)
}

// hasClock reports whether a clock of an asset ever returned something: a time, be it a fault, a span, or that there is no
// row. Somebody watches what has faults only, and there is something to repair.
func hasClock(f facts, id string) bool {
	if hasFault(f, id) {
		return true
	}
	for _, clock := range clocksInRank {
		for _, c := range f.checks[key{first: id, clock: clock}] {
			if c.empty || c.changedNoRows || !c.at.IsZero() || !c.notAfter.IsZero() {
				return true
			}
		}
	}
	return false
}

// hasFault reports whether a clock of an asset ever returned a time that lies too far after its own check.
func hasFault(f facts, id string) bool {
	for _, v := range f.world.Visits {
		for _, r := range v.Readings {
			if r.Asset == id && isFault(r.At, r.CheckedAt) {
				return true
			}
		}
	}
	return false
}

// hasLimits reports whether a rule sets limits for an asset.
func hasLimits(r Rule) bool {
	return r.FreshWithin > 0 && r.StaleAfter > 0
}

// hasDueDays reports whether a rule says on which weekdays the data of an asset is due.
func hasDueDays(r Rule) bool {
	return r.Due != [7]bool{}
}

// isRuled reports whether a rule says how old the data of an asset may be.
func isRuled(r Rule) bool {
	return hasLimits(r) || hasDueDays(r)
}

// collectAncestors returns all that an asset reads, directly or not, sorted. Static assets are among them, but what
// they read is not. In a cycle an asset may be among its own ancestors.
//
// Of static: "nothing reaches it from upstream, neither status nor cause".
func collectAncestors(f facts, id string) []string {
	found := map[string]bool{}
	waiting := []string{id}
	for len(waiting) > 0 {
		next := waiting[0]
		waiting = waiting[1:]
		if isStatic(f, next) {
			continue
		}
		for _, up := range f.assets[next].Upstream {
			if !found[up] {
				found[up] = true
				waiting = append(waiting, up)
			}
		}
	}
	return sortKeys(found)
}

// sortKeys returns the keys of a set, sorted.
func sortKeys(set map[string]bool) []string {
	var keys []string
	for k := range set {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// findCycle returns the members of the cycle that an asset is in, sorted; of an asset in no cycle only itself.
//
// "A cycle counts as one asset".
func findCycle(f facts, id string) []string {
	members := map[string]bool{id: true}
	for _, up := range collectAncestors(f, id) {
		if slices.Contains(collectAncestors(f, up), id) {
			members[up] = true
		}
	}
	return sortKeys(members)
}

// collectOutside returns the ancestors of an asset that are not in its cycle.
func collectOutside(f facts, id string) []string {
	cycle := findCycle(f, id)
	var outside []string
	for _, up := range collectAncestors(f, id) {
		if !slices.Contains(cycle, up) {
			outside = append(outside, up)
		}
	}
	return outside
}

// findRoots returns what the lineage of an asset ends in, static assets left out; of a cycle its first member by id.
//
// "The *roots* of an asset are what its lineage ends in, static ones left out."
func findRoots(f facts, id string) []string {
	roots := map[string]bool{}
	for _, end := range append(collectAncestors(f, id), id) {
		if isStatic(f, end) || !isRelation(f.assets[end]) || len(collectOutside(f, end)) > 0 {
			continue
		}
		roots[findCycle(f, end)[0]] = true
	}
	return sortKeys(roots)
}

// isRootChecked reports whether somebody looked at a root itself.
//
// "A root is checked if a clock other than `built` has a recent check of it (a root that dbt builds from no relation,
// such as a Python model, is checked by `built`)."
func isRootChecked(f facts, root string, at time.Time) bool {
	for _, member := range findCycle(f, root) {
		for _, clock := range clocksInRank {
			counts := clock != "built" || len(f.assets[member].Upstream) == 0 && isBuiltStill(f, member)
			if state := readClock(f, member, clock, at); counts && state.takesPart && saysSomething(state) {
				return true
			}
		}
	}
	return false
}

// isBuiltStill reports whether dbt builds an asset, which it does not if another source alone lists it now.
func isBuiltStill(f facts, id string) bool {
	return slices.Contains(findLastListing(f, "dbt", f.world.At), id) || isGone(f, id, f.world.At)
}

// findNearestClocks returns the nearest upstream assets of an asset that have a clock, static ones left out, sorted.
func findNearestClocks(f facts, id string) []string {
	nearest := map[string]bool{}
	addNearestClocks(f, id, nearest, map[string]bool{id: true})
	return sortKeys(nearest)
}

// addNearestClocks adds the nearest upstream assets that have a clock, and looks through those that have none.
func addNearestClocks(f facts, id string, nearest, seen map[string]bool) {
	for _, up := range f.assets[id].Upstream {
		if seen[up] || isStatic(f, up) {
			continue
		}
		seen[up] = true
		if hasClock(f, up) {
			nearest[up] = true
		} else {
			addNearestClocks(f, up, nearest, seen)
		}
	}
}

// collectTiles returns the tiles of a dashboard that are there at a moment, sorted.
//
// "Of a dashboard or folder only the tiles that existed that day count". "Lineage and rules are today's": what is no
// tile of it any more does not count.
func collectTiles(f facts, dashboard string, at time.Time) []string {
	var tiles []string
	for _, a := range f.world.Assets {
		if a.Parent == dashboard && isThere(f, a.ID, at) && isThere(f, a.ID, f.world.At) {
			tiles = append(tiles, a.ID)
		}
	}
	slices.SortFunc(tiles, strings.Compare)
	return tiles
}
