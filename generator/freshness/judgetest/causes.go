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

// findOwnCauses returns what an asset is itself the root cause of: its id, what keeps it from being checked, or nothing.
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
	if s.own[id] == unknown && len(findRowsInstead(s, id)) > 0 {
		return append(causes, findRowsInstead(s, id)...)
	}
	if len(causes) == 0 && isCauseByAge(s, id) {
		causes = append(causes, id)
	}
	return causes
}

// findRowsInstead returns what keeps an asset from being checked, and stands for it and for others: the visits that
// failed, else of a static asset the sources that listed it, else the checks that stopped.
//
// "Such a row replaces the assets behind it".
func findRowsInstead(s scene, id string) []string {
	visits := findFailedVisits(s, id)
	switch {
	case len(visits) > 0:
		return visits
	case isStatic(s.facts, id):
		return findSilentSources(s, id)
	}
	return findStoppedChecks(s, id)
}

// findSilentSources returns "visit:SOURCE" of every source that has listed a static asset. A static asset has no other
// check than that it is listed; where no listing is recent, all static assets of a source wait for the same one.
//
// Of static: "it is unknown if no recent check lists it". "**One thing to repair is one row**".
func findSilentSources(s scene, id string) []string {
	var visits []string
	for _, source := range findListingSources(s.facts, id, s.at) {
		visits = append(visits, "visit:"+source)
	}
	return visits
}

// findStoppedChecks returns "check:SOURCE/PROJECT" where the clock of an asset has no recent check of any asset of its
// project. What was never checked would be by `loaded`, and dbt checks tables only. What has faults only is its own row:
// its checks came.
//
// "`check:SOURCE/PROJECT` freshness checks that stopped or never came, for all assets that have a rule and no check".
func findStoppedChecks(s scene, id string) []string {
	a := s.assets[id]
	clock := findBestClockEver(s.facts, id)
	if a.Project == "" || clock == "" && (a.Kind != "table" || hasFault(s.facts, id)) {
		return nil
	}
	if clock == "" {
		clock = "loaded"
	}
	var stopped []string
	for _, source := range findListingSources(s.facts, id, s.at) {
		if !isProjectChecked(s, source, a.Project, clock) {
			stopped = append(stopped, "check:"+source+"/"+a.Project)
		}
	}
	return stopped
}

// findBestClockEver returns the best-ranked clock that an asset was ever checked by, "" for none.
func findBestClockEver(f facts, id string) string {
	for _, clock := range clocksInRank {
		if len(f.checks[key{first: id, clock: clock}]) > 0 {
			return clock
		}
	}
	return ""
}

// isProjectChecked reports whether a source has a recent check by one clock of some asset of a project.
func isProjectChecked(s scene, source, project, clock string) bool {
	for id, a := range s.assets {
		for _, c := range s.checks[key{first: id, clock: clock}] {
			recent := s.at.Sub(c.checkedAt) <= s.windows[key{first: source, clock: clock}]
			if a.Project == project && c.source == source && recent {
				return true
			}
		}
	}
	return false
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
