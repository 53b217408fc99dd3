package judgetest

// Judge returns the verdict of every asset that is on the report: what is listed and there, what is gone while
// something still reads it, and what nobody ever listed but something reads.
func Judge(w World) map[string]Verdict {
	f := collectFacts(w)
	days := viewDays(f)
	now := viewMoment(f, w.At)
	verdicts := map[string]Verdict{}
	for _, id := range listIDs(f) {
		if isOnReport(now, id) {
			verdicts[id] = judgeAsset(now, days, id)
		}
	}
	return verdicts
}

// isOnReport reports whether the report has an asset at all.
//
// "Gone is *broken* while something still refers to it". "Upstream that nobody ever listed is unknown".
func isOnReport(s scene, id string) bool {
	if isListedBy(s.facts, id, s.at) && !isGone(s.facts, id, s.at) {
		return true
	}
	return isReferredTo(s.facts, id, s.at)
}

// judgeAsset returns the verdict of one asset.
//
// "the asset is unknown (`updated` and `clock` null, the last known in `clocks`)". So is a static asset that is not listed.
func judgeAsset(s scene, days []scene, id string) Verdict {
	d := s.decisions[id]
	v := Verdict{Status: s.status[id], OwnStatus: s.own[id]}
	if v.OwnStatus != unknown {
		v.Clock, v.Updated, v.UpdatedBefore = d.clock, d.updated, d.updatedBefore
	}
	v.CheckedRoots, v.UncheckedRoots = countRoots(s, id)
	v.Failing = isFailing(s.facts, id)
	v.Causes = collectCauses(s, id)
	v.Waiting = isWaiting(s, id, v.Causes)
	v.Unproved = isUnproved(s, id)
	v.Strip = drawStrip(days, id)
	return v
}
