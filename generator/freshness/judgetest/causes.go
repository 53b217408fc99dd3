package judgetest

import (
	"slices"
	"time"
)

// collectCauses returns the causes of an asset, sorted; of a dashboard those of its tiles.
//
// "The causes of an asset are its own and those of its upstream." Of what fails: "While it is fresh, what is
// downstream stays fresh and has no cause by it".
func collectCauses(s scene, id string) []string {
	causes := map[string]bool{}
	for _, part := range listParts(s, id) {
		addAll(causes, findOwnCauses(s, part))
		if isNotHeldBack(s.status[part]) {
			continue
		}
		for _, up := range collectHeldBackAncestors(s, part) {
			addAll(causes, findCausesPassedDown(s, up))
		}
	}
	return sortKeys(causes)
}

// collectHeldBackAncestors returns what an asset reads, directly or through other such assets, and for which something
// has to be repaired. What is fresh has no causes, so it passes none on either.
func collectHeldBackAncestors(s scene, id string) []string {
	found := map[string]bool{}
	waiting := []string{id}
	for len(waiting) > 0 {
		next := waiting[0]
		waiting = waiting[1:]
		if isStatic(s.facts, next) {
			continue
		}
		for _, up := range s.facts.assets[next].Upstream {
			if !found[up] && !isNotHeldBack(s.status[up]) {
				found[up] = true
				waiting = append(waiting, up)
			}
		}
	}
	return sortKeys(found)
}

// addAll adds ids to a set.
func addAll(set map[string]bool, ids []string) {
	for _, id := range ids {
		set[id] = true
	}
}

// isNotHeldBack reports whether a status is one that nothing has to be repaired for.
func isNotHeldBack(status string) bool {
	return status == fresh || status == unverified || status == ""
}

// findCausesPassedDown returns the causes that an upstream asset gives to what reads it.
//
// "of a static asset only *broken* reaches downstream."
func findCausesPassedDown(s scene, id string) []string {
	if isNotHeldBack(s.status[id]) || isStatic(s.facts, id) && s.own[id] != broken {
		return nil
	}
	return findOwnCauses(s, id)
}

// findOwnCauses returns what an asset is itself the root cause of: its id, the failed visits that keep it from being
// checked, or nothing.
//
// "An asset is a **root cause** if it is broken; if it is failing; or if its own status is not fresh and either [...]"
func findOwnCauses(s scene, id string) []string {
	if s.own[id] == broken {
		return []string{id}
	}
	var causes []string
	if isFailing(s.facts, id) {
		causes = append(causes, id)
	}
	if s.own[id] == "" || s.own[id] == fresh || isUnwatched(s, id) && !isRuled(s.world.Rules[id]) {
		return causes
	}
	visits := findFailedVisits(s, id)
	if s.own[id] == unknown && len(visits) > 0 {
		return append(causes, visits...)
	}
	if len(causes) == 0 && isCauseByAge(s, id) {
		causes = append(causes, id)
	}
	return causes
}

// findFailedVisits returns "visit:SOURCE" of every source whose last visit failed and that has checked the asset
// before, or listed it if it is static.
//
// "`visit:SOURCE` a source that cannot be read". "Such a row replaces the assets behind it".
func findFailedVisits(s scene, id string) []string {
	var visits []string
	for source := range collectWatchers(s, id) {
		if isLastVisitFailed(s.facts, source) {
			visits = append(visits, "visit:"+source)
		}
	}
	slices.Sort(visits)
	return visits
}

// collectWatchers returns the sources that have checked an asset, and for a static one those that have listed it.
func collectWatchers(s scene, id string) map[string]bool {
	watchers := map[string]bool{}
	for _, clock := range clocksInRank {
		for _, c := range s.checks[key{first: id, clock: clock}] {
			watchers[c.source] = true
		}
	}
	if isStatic(s.facts, id) {
		watchers = map[string]bool{}
		addAll(watchers, findListingSources(s.facts, id, s.at))
	}
	return watchers
}

// isLastVisitFailed reports whether the last known visit of a source failed.
func isLastVisitFailed(f facts, source string) bool {
	failed := false
	for _, v := range f.world.Visits {
		if v.Source == source {
			failed = v.Failed
		}
	}
	return failed
}

// isCauseByAge reports whether an asset that is not fresh is so by its own fault.
//
// "either it has upstream and all of it is fresh (or it has none), or something upstream (the nearest that has a
// clock) has new data that it did not take over by a successful build since, unless its build was skipped because of
// one that is not fresh." "A cycle counts as one asset; its oldest member is the cause."
func isCauseByAge(s scene, id string) bool {
	cycle := findCycle(s.facts, id)
	if len(cycle) > 1 {
		return id == findOldestMember(s, cycle) && isCycleCause(s, cycle)
	}
	if s.own[id] == unknown { // whether it took new data over is not known either
		return hasFreshUpstream(s, id) || isUnwatched(s, id)
	}
	return hasFreshUpstream(s, id) || missedNewData(s, id, cycle)
}

// isCycleCause reports whether a cycle as a whole is not fresh by its own fault.
func isCycleCause(s scene, cycle []string) bool {
	for _, member := range cycle {
		if hasFreshUpstream(s, member) || holdsData(s.facts, member) && s.own[member] != unknown && missedNewData(s, member, cycle) {
			return true
		}
	}
	return false
}

// findOldestMember returns the member of a cycle with the oldest data among those of the worst own status.
// What has no data time at all is the oldest; among equals the first by id.
func findOldestMember(s scene, cycle []string) string {
	worst := pickWorstOwn(s, cycle)
	oldest := ""
	for _, member := range cycle {
		if s.own[member] != worst || isUnwatched(s, member) {
			continue
		}
		if oldest == "" || findJudgedTime(s.decisions[member]).Before(findJudgedTime(s.decisions[oldest])) {
			oldest = member
		}
	}
	return oldest
}

// hasFreshUpstream reports whether nothing upstream, outside of the asset's own cycle, explains why it is not fresh.
// A static asset reads nothing that counts.
func hasFreshUpstream(s scene, id string) bool {
	worst := pickWorstOwn(s, collectOutside(s.facts, id))
	return worst == "" || worst == fresh
}

// missedNewData reports whether the nearest upstream with a clock, outside of the cycle, has data that the asset did not
// take over, unless its build was skipped because of upstream that is not fresh.
func missedNewData(s scene, id string, cycle []string) bool {
	for _, up := range findNearestClocks(s.facts, id) {
		updated := s.decisions[up].updated
		if slices.Contains(cycle, up) || updated.IsZero() || isTakenOver(s, id, updated) {
			continue
		}
		if !wasSkipped(s.facts, id) || hasFreshUpstream(s, id) {
			return true
		}
	}
	return false
}

// isTakenOver reports whether a successful build of the asset ended when the new data was there, or whether its own data
// is as new. When a build began is not kept, so that rows that came while it ran count as taken over.
func isTakenOver(s scene, id string, updated time.Time) bool {
	last := findLastBuild(s.facts, id)
	return !last.Ended.Before(updated) || !findJudgedTime(s.decisions[id]).Before(updated)
}

// wasSkipped reports whether the last thing that happened to the build of an asset is that it was skipped.
func wasSkipped(f facts, id string) bool {
	var skipped, failed time.Time
	for _, v := range f.world.Visits {
		for _, a := range v.Attempts {
			if a.Asset == id && a.Failed {
				failed = pickLater(failed, a.At)
			} else if a.Asset == id {
				skipped = pickLater(skipped, a.At)
			}
		}
	}
	return skipped.After(failed) && skipped.After(findLastBuild(f, id).Ended)
}
