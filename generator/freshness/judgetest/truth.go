package judgetest

import "time"

// FindWrongGreens returns the assets, sorted, that the verdicts call fresh although no rows came within their limit
// to them or to anything that they read. Left out are static assets and what rests on them alone, what holds no data,
// what is judged by a bound only (an `updated_before`), and what rests on altered, which the contract itself calls an
// upper bound.
func FindWrongGreens(w World, truth Truth, verdicts map[string]Verdict) []string {
	f := collectFacts(w)
	wrong := map[string]bool{}
	for id, v := range verdicts {
		a := f.assets[id]
		restsOnStatic := v.CheckedRoots+v.UncheckedRoots == 0
		if v.Status != fresh || a.Virtual || w.Rules[id].Static || v.Updated.IsZero() || restsOnStatic {
			continue
		}
		line := append(collectAncestors(f, id), id)
		if !restsOnAltered(line, verdicts) && !cameSince(line, truth, findLimitStart(w, id), w.At) {
			wrong[id] = true
		}
	}
	return sortKeys(wrong)
}

// restsOnAltered reports whether any of the assets is judged by altered.
func restsOnAltered(ids []string, verdicts map[string]Verdict) bool {
	for _, id := range ids {
		if verdicts[id].Clock == "altered" {
			return true
		}
	}
	return false
}

// findLimitStart returns the earliest moment at which rows that make an asset fresh may have come.
func findLimitStart(w World, id string) time.Time {
	rule := w.Rules[id]
	switch {
	case hasDueDays(rule):
		return findLastDueDay(w, rule)
	case hasLimits(rule):
		return w.At.Add(-rule.FreshWithin)
	}
	return startDay(w.At, w.Zone, 0)
}

// findLastDueDay returns the start of the last due day that is over.
func findLastDueDay(w World, rule Rule) time.Time {
	back := -1
	for !rule.Due[startDay(w.At, w.Zone, back).Weekday()] {
		back--
	}
	return startDay(w.At, w.Zone, back)
}

// cameSince reports whether rows really came to any of the assets between two moments.
func cameSince(ids []string, truth Truth, from, to time.Time) bool {
	for _, id := range ids {
		for _, at := range truth[id] {
			if !at.Before(from) && !at.After(to) {
				return true
			}
		}
	}
	return false
}
