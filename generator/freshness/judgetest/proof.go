package judgetest

import "time"

// waitsByItself reports whether an asset itself is waiting, whatever its upstream is.
//
// "**Waiting**: not fresh, and [...] or not proved yet; or a possible update of it is not confirmed yet". What fails
// does not wait: "It needs attention at once".
func waitsByItself(s scene, id string) bool {
	own := s.own[id]
	if own != aging && own != stale && own != unknown || isFailing(s.facts, id) {
		return false
	}
	return isUnproved(s, id) || hasPossibleUpdate(s, id)
}

// isUnproved reports whether an asset is past a limit by the calendar, and no check of it proves that yet. What fails
// needs no other proof.
//
// "Until there is one, the colour follows the calendar, the asset is *waiting*".
func isUnproved(s scene, id string) bool {
	own := s.own[id]
	return (own == aging || own == stale) && !isFailing(s.facts, id) && !isProved(s, id)
}

// isProved reports whether a check of the judged clock was made after the first limit was passed.
//
// "That something is past a limit (or not updated today) is proved only by a check made after that limit was passed
// (after midnight)." The limit is the first that it is past, of due days the end of the first that was missed, and the
// midnight that after its last update: what was proved yesterday does not leave the list each night until somebody looks
// again. An empty reading is its own proof.
func isProved(s scene, id string) bool {
	d := s.decisions[id]
	if d.empty {
		return true
	}
	rule := s.world.Rules[id]
	updated := findJudgedTime(d)
	switch {
	case hasDueDays(rule):
		return countMissedDays(rule, updated, d.lastCheck, s.world.Zone) > 0
	case hasLimits(rule):
		return d.lastCheck.After(updated.Add(rule.FreshWithin))
	}
	return !d.lastCheck.Before(startDay(updated, s.world.Zone, 1))
}

// hasPossibleUpdate reports whether the newest altered reading is unconfirmed, recent, later than what is known, and
// still beyond what the DML history was read for.
//
// "Not confirmed and after the DML horizon, or on our first check, it is a *possible update*".
func hasPossibleUpdate(s scene, id string) bool {
	r, source := findLastAlteredReading(s, id)
	if r.At.IsZero() || !r.Unconfirmed || isConfirmedByBuild(s.facts, r) {
		return false
	}
	if s.at.Sub(r.CheckedAt) > s.windows[key{first: source, clock: "altered"}] {
		return false
	}
	horizon := readClock(s.facts, id, "dml", s.at).lastCheck
	return r.At.After(horizon) && r.At.After(s.decisions[id].updated)
}

// findLastAlteredReading returns the newest altered reading of an asset and its source, without faults.
func findLastAlteredReading(s scene, id string) (Reading, string) {
	var last Reading
	source := ""
	for _, v := range s.world.Visits {
		for _, r := range v.Readings {
			if r.Asset != id || r.Clock != "altered" || isFault(r.At, r.CheckedAt) || r.CheckedAt.After(s.at) {
				continue
			}
			if !r.CheckedAt.Before(last.CheckedAt) {
				last, source = r, v.Source
			}
		}
	}
	return last, source
}

// isWaiting reports whether an asset waits. What has causes waits if they all do: where one of them is proved, there is
// something to repair.
//
// "other assets are waiting when all their causes are."
func isWaiting(s scene, id string, causes []string) bool {
	if s.status[id] == fresh || s.status[id] == "" {
		return false
	}
	if len(causes) == 0 {
		return waitsByItself(s, id)
	}
	for _, cause := range causes {
		if _, isAsset := s.assets[cause]; !isAsset || !waitsByItself(s, cause) {
			return false
		}
	}
	return true
}

// isFailing reports whether the last attempt to build an asset failed, or its last builds took no rows. A skipped build
// is no attempt.
//
// "**Failing**: the last attempt to build it failed".
func isFailing(f facts, id string) bool {
	var failed time.Time
	for _, v := range f.world.Visits {
		for _, a := range v.Attempts {
			if a.Asset == id && a.Failed {
				failed = pickLater(failed, a.At)
			}
		}
	}
	return failed.After(findLastBuild(f, id).Ended) || tookNoRows(f, id, f.world.At)
}

// findLastBuild returns the last successful build of an asset, the zero Build for none.
func findLastBuild(f facts, id string) Build {
	var last Build
	for _, v := range f.world.Visits {
		for _, b := range v.Builds {
			if b.Asset == id && b.Ended.After(last.Ended) {
				last = b
			}
		}
	}
	return last
}

// CanCompareWaiting reports whether Waiting of an asset needs no learned rhythm: neither it nor anything that it reads
// has eight or more data times, so nothing is learned. Only then should a test compare Waiting.
//
// "Fewer than eight loads teach nothing".
func CanCompareWaiting(w World, id string) bool {
	f := collectFacts(w)
	for _, part := range append(listParts(scene{facts: f, at: w.At}, id), id) {
		for _, each := range append(collectAncestors(f, part), part) {
			if countDataTimes(f, each) >= 8 {
				return false
			}
		}
	}
	return true
}

// countDataTimes returns the number of distinct data times that the clocks of an asset ever reported.
func countDataTimes(f facts, id string) int {
	times := map[int64]bool{}
	for _, clock := range clocksInRank {
		for _, c := range f.checks[key{first: id, clock: clock}] {
			if !c.at.IsZero() {
				times[c.at.Unix()] = true
			}
		}
	}
	return len(times)
}
