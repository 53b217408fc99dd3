package judgetest

import (
	"slices"
	"time"
)

// statusesInRank holds the statuses from the best to the worst.
//
// "**Status**: broken > stale > aging > unknown > unverified > fresh".
var statusesInRank = []string{"", fresh, unverified, unknown, aging, stale, broken}

// pickWorse returns the worse of two statuses.
func pickWorse(a, b string) string {
	if slices.Index(statusesInRank, b) > slices.Index(statusesInRank, a) {
		return b
	}
	return a
}

// scene is the judge's view of one moment.
type scene struct {
	facts
	at        time.Time
	decisions map[string]decision
	own       map[string]string // the own status of each asset
	status    map[string]string // the status of each asset
}

// viewMoment returns the scene of one moment, by every fact that is known now.
func viewMoment(f facts, at time.Time) scene {
	s := scene{facts: f, at: at, decisions: map[string]decision{}}
	s.own, s.status = map[string]string{}, map[string]string{}
	for _, id := range listIDs(f) {
		s.decisions[id] = decideClock(f, id, at)
		s.own[id] = judgeOwnStatus(s, id)
	}
	for _, id := range listIDs(f) {
		s.status[id] = judgeStatus(s, id)
	}
	return s
}

// judgeOwnStatus returns the own status of an asset, "" for what holds no data.
func judgeOwnStatus(s scene, id string) string {
	d := s.decisions[id]
	rule := s.world.Rules[id]
	switch {
	case isGone(s.facts, id, s.at) && isReferredTo(s.facts, id, s.at):
		return broken // "Gone is *broken* while something still refers to it"
	case !holdsData(s.facts, id):
		return "" // "own status and clock are null; upstream alone judges them"
	case rule.Static && isRecentlyListed(s.facts, id, s.at):
		return fresh // "never aging or stale (static wins over never loaded and emptied)"
	case rule.Static:
		return unknown // "it is unknown if no recent check lists it"
	case d.clock == "":
		return unknown // "If no clock has a recent check the asset is unknown"
	case d.empty:
		return stale // "Both: `updated` null, status stale."
	}
	return judgeAge(rule, findJudgedTime(d), s.at, s.world.Zone)
}

// findJudgedTime returns the time that a decision is judged by.
//
// "it is at least that old, and judged so".
func findJudgedTime(d decision) time.Time {
	if d.updated.IsZero() {
		return d.updatedBefore
	}
	return d.updated
}

// judgeAge returns the status that a data time has under a rule.
//
// "updated today = fresh, 1 to 100 calendar days = aging, more = stale." "elapsed time, strictly greater."
func judgeAge(rule Rule, updated, at time.Time, zone *time.Location) string {
	if hasDueDays(rule) {
		return judgeMissedDays(countMissedDays(rule, updated, at, zone))
	}
	if hasLimits(rule) {
		return judgeElapsed(rule, at.Sub(updated))
	}
	days := countDays(updated, at, zone)
	switch {
	case days > staleDays:
		return stale
	case days >= 1:
		return aging
	}
	return fresh
}

// staleDays is the number of calendar days after which data is stale by default.
const staleDays = 100

// judgeElapsed returns the status that an age has under elapsed limits.
func judgeElapsed(rule Rule, age time.Duration) string {
	switch {
	case age > rule.StaleAfter:
		return stale
	case age > rule.FreshWithin:
		return aging
	}
	return fresh
}

// judgeMissedDays returns the status that a number of missed due days gives.
//
// "With `every` or `cron`: fresh until the first due day is missed, stale after two".
func judgeMissedDays(missed int) string {
	switch {
	case missed >= 2:
		return stale
	case missed == 1:
		return aging
	}
	return fresh
}

// countMissedDays returns how many due days after the day of a data time had ended by a moment.
func countMissedDays(rule Rule, updated, at time.Time, zone *time.Location) int {
	missed := 0
	for day := 1; !startDay(updated, zone, day+1).After(at); day++ {
		if rule.Due[startDay(updated, zone, day).Weekday()] {
			missed++
		}
	}
	return missed
}

// isUnwatched reports whether nobody can watch an asset that holds data, or nobody could yet at that moment.
//
// "Upstream that nobody can watch counts by the rule above only." A rule without a check does not make it watched: what is
// built from it is unverified, and the missing check is a cause of its own.
func isUnwatched(s scene, id string) bool {
	if s.own[id] != unknown || isStatic(s.facts, id) {
		return false
	}
	if !isListedBy(s.facts, id, s.at) {
		return true
	}
	return !hasClock(s.facts, id)
}

// judgeStatus returns the status of an asset: the worst of itself and of its upstream that counts.
//
// "an asset is as bad as the worst of itself and its upstream that is not static."
// Of dashboards: "A dashboard shows its worst tile". "without data tiles has no status".
func judgeStatus(s scene, id string) string {
	if s.assets[id].Kind == "dashboard" {
		return judgeDashboard(s, id)
	}
	if isStatic(s.facts, id) {
		return s.own[id]
	}
	worst := pickWorse(s.own[id], judgeUpstream(s, id))
	if worst == "" {
		return judgeNothingKnown(s, id)
	}
	checked, unchecked := countRoots(s, id)
	if worst == fresh && checked == 0 && unchecked > 0 {
		return unverified // "What would be fresh, but has roots of which none is checked, is **unverified**"
	}
	return worst
}

// judgeDashboard returns the worst status of the tiles that are there, "" if there is none.
func judgeDashboard(s scene, id string) string {
	worst := ""
	for _, tile := range collectTiles(s.facts, id, s.at) {
		worst = pickWorse(worst, judgeStatus(s, tile))
	}
	return worst
}

// judgeUpstream returns the worst own status of what an asset reads, directly or not, without what does not count; ""
// for none.
//
// "of a static asset only *broken* reaches downstream." "Never claim more than was checked": that something is fresh
// says nothing of what is read through an asset that nobody can watch, because nobody knows when that took it over.
func judgeUpstream(s scene, id string) string {
	worst := ""
	visible := collectVisible(s, id)
	for _, up := range collectAncestors(s.facts, id) {
		own := s.own[up]
		if isUnwatched(s, up) || isStatic(s.facts, up) && own != broken || own == fresh && !visible[up] {
			continue
		}
		worst = pickWorse(worst, own)
	}
	return worst
}

// collectVisible returns what an asset reads, directly or not, other than through an asset that nobody can watch. "A
// cycle counts as one asset", which is watched if one of its members is: of its views nobody knows what they hold.
func collectVisible(s scene, id string) map[string]bool {
	visible := map[string]bool{}
	next := []string{id}
	for len(next) > 0 {
		current := next[0]
		next = next[1:]
		if isCycleUnwatched(s, current) || isStatic(s.facts, current) {
			continue
		}
		for _, up := range s.assets[current].Upstream {
			if !visible[up] {
				visible[up] = true
				next = append(next, up)
			}
		}
	}
	return visible
}

// isCycleUnwatched reports whether the cycle that an asset is in has members that hold data, and nobody can watch any.
func isCycleUnwatched(s scene, id string) bool {
	found := false
	for _, member := range findCycle(s.facts, id) {
		if isUnwatched(s, member) {
			found = true
		} else if holdsData(s.facts, member) {
			return false
		}
	}
	return found
}

// judgeNothingKnown returns the status of what holds no data and has no upstream whose own status counts.
//
// "Nothing known upstream: unknown". "A static upstream makes nothing else known: what rests on static assets alone is
// fresh, what rests on a static and an unwatched one is judged as if the static one were not there". A static asset that
// is not listed recently is not known to be there.
func judgeNothingKnown(s scene, id string) string {
	_, unchecked := countRoots(s, id)
	found := unknown
	for up := range collectVisible(s, id) {
		switch {
		case !isStatic(s.facts, up) && !isCycleUnwatched(s, up):
		case !isStatic(s.facts, up) || s.own[up] != fresh || unchecked > 0:
			return unknown
		default:
			found = fresh
		}
	}
	return found
}

// countRoots returns how many roots of an asset are checked and how many are not; of a dashboard those of its tiles.
func countRoots(s scene, id string) (checked, unchecked int) {
	roots := map[string]bool{}
	for _, part := range listParts(s, id) {
		for _, root := range findRoots(s.facts, part) {
			roots[root] = true
		}
	}
	for root := range roots {
		if isRootChecked(s.facts, root, s.at) {
			checked++
		} else {
			unchecked++
		}
	}
	return checked, unchecked
}

// listParts returns the tiles of a dashboard that are there, and of anything else the asset alone.
func listParts(s scene, id string) []string {
	if s.assets[id].Kind == "dashboard" {
		return collectTiles(s.facts, id, s.at)
	}
	return []string{id}
}

// pickWorstOwn returns the worst own status of the given assets, without those that do not count; "" for none.
func pickWorstOwn(s scene, ids []string) string {
	worst := ""
	for _, id := range ids {
		if !isUnwatched(s, id) && (!isStatic(s.facts, id) || s.own[id] == broken) {
			worst = pickWorse(worst, s.own[id])
		}
	}
	return worst
}
