package judgetest

import "time"

// clocksInRank holds the clocks that judge.
//
// "**Clocks**, most honest first: `loaded` [...], `dml` [...], `refreshed` [...], `altered` [...], `built`".
var clocksInRank = []string{"loaded", "dml", "refreshed", "altered", "built"}

// clockState is what one clock of one asset says at one moment.
type clockState struct {
	clock     string
	takesPart bool
	lastCheck time.Time // until when this clock has looked
	updated   time.Time // the newest data time, zero if none is known
	spanStart time.Time // where no data time is known: nothing came since this
	empty     bool
}

// decision is what the clocks of one asset say together at one moment; without a clock nothing is known.
type decision struct {
	clock                  string
	lastCheck              time.Time
	updated, updatedBefore time.Time
	empty                  bool
}

// decideClock returns which clock of an asset is judged at a moment and what it says.
//
// "The best-ranked decides, except that a *confirmed* time of a lower clock that is later than the better clock's
// last check wins: the better clock could not have seen it."
func decideClock(f facts, id string, at time.Time) decision {
	var chosen clockState
	var better []clockState
	for _, clock := range clocksInRank {
		state := readClock(f, id, clock, at)
		if !state.takesPart || !saysSomething(state) {
			continue
		}
		if len(better) == 0 || winsOver(f, id, state, better, at) {
			chosen = state
		}
		better = append(better, state)
	}
	return makeDecision(f, id, chosen, at)
}

// saysSomething reports whether a clock has anything to judge by.
func saysSomething(s clockState) bool {
	return s.empty || !s.updated.IsZero() || !s.spanStart.IsZero()
}

// winsOver reports whether the time of a lower clock is later than the last check of every better clock.
//
// "A `dml` time later than the last `loaded` check wins, unless the last such time was not borne out by the `loaded`
// check that followed (rows of old dates arrive): then `loaded` stands."
func winsOver(f facts, id string, lower clockState, better []clockState, at time.Time) bool {
	moment := lower.updated
	if lower.empty {
		moment = lower.lastCheck
	}
	for _, b := range better {
		if !moment.After(b.lastCheck) {
			return false
		}
		if b.clock == "loaded" && lower.clock == "dml" && !wasBorneOut(f, id, at) {
			return false
		}
	}
	return true
}

// wasBorneOut reports whether the newest dml time that lies between two loaded checks moved the loaded time.
// Where there was none it returns true.
func wasBorneOut(f facts, id string, at time.Time) bool {
	var last, before, after time.Time
	for _, c := range f.checks[key{first: id, clock: "dml"}] {
		earlier, later := findChecksAround(f.checks[key{first: id, clock: "loaded"}], c.at)
		if c.at.After(at) || earlier.IsZero() || later.IsZero() || !c.at.After(last) {
			continue
		}
		last, before, after = c.at, earlier, later
	}
	if last.IsZero() {
		return true
	}
	loaded := f.checks[key{first: id, clock: "loaded"}]
	return findTimeToldBy(loaded, after).After(findTimeToldBy(loaded, before))
}

// findChecksAround returns the last check before a time and the first one that is not before it, zero for none.
func findChecksAround(checks []check, at time.Time) (earlier, later time.Time) {
	if at.IsZero() {
		return
	}
	for _, c := range checks {
		if c.checkedAt.Before(at) {
			earlier = c.checkedAt
		} else if later.IsZero() {
			later = c.checkedAt
		}
	}
	return
}

// makeDecision returns the decision for the chosen clock.
//
// "A table of which the whole span S of the DML history says nothing has `updated` null and `updated_before` = the
// start of S (or LAST_ALTERED where that is earlier)".
func makeDecision(f facts, id string, s clockState, at time.Time) decision {
	d := decision{clock: s.clock, lastCheck: s.lastCheck, empty: s.empty}
	if s.empty || s.clock == "" {
		return d
	}
	d.updated = s.updated
	if !s.updated.IsZero() {
		return d
	}
	d.updatedBefore = s.spanStart
	altered := findLastAltered(f, id, at)
	if !altered.IsZero() && altered.Before(s.spanStart) {
		d.updatedBefore = altered
	}
	return d
}

// findLastAltered returns the newest LAST_ALTERED that was read until a moment, confirmed or not, zero for none.
func findLastAltered(f facts, id string, at time.Time) time.Time {
	var newest time.Time
	for _, v := range f.world.Visits {
		for _, r := range v.Readings {
			if r.Asset == id && r.Clock == "altered" && !r.CheckedAt.After(at) && !isFault(r.At, r.CheckedAt) {
				newest = pickLater(newest, r.At)
			}
		}
	}
	return newest
}

// readClock returns what one clock of an asset says at a moment, by every fact that is known now.
func readClock(f facts, id, clock string, at time.Time) clockState {
	checks := f.checks[key{first: id, clock: clock}]
	state := clockState{clock: clock, takesPart: hasRecentCheck(f, checks, clock, at)}
	for _, c := range checks {
		if !c.checkedAt.After(at) {
			state.lastCheck = c.checkedAt
		}
	}
	if later := findLaterCheckThatSpeaks(checks, at); !later.IsZero() {
		state.takesPart, state.lastCheck = true, later
	}
	state.empty = isEmptyAt(checks, at)
	state.updated = findKnownTime(checks, at)
	if clock == "built" {
		state.updated = pickLater(state.updated, findTakenOverTime(f, id, at))
	}
	if state.updated.IsZero() {
		state.spanStart = findSpanStart(checks, at)
	}
	return state
}

// hasRecentCheck reports whether some check is not older than its source's window for that clock.
//
// "Only clocks with a check within `checked_within` take part". "a check older than this is too old to judge by".
func hasRecentCheck(f facts, checks []check, clock string, at time.Time) bool {
	for _, c := range checks {
		if !c.checkedAt.After(at) && at.Sub(c.checkedAt) <= f.windows[key{first: c.source, clock: clock}] {
			return true
		}
	}
	return false
}

// findLaterCheckThatSpeaks returns the first check after a moment that found nothing newer than it, zero for none.
//
// "unknown where neither a check within `checked_within` before it, nor a later check that found nothing newer,
// speaks of it". Of empty: "Such a reading speaks of its own moment only and changes no day before it." Between two checks
// in a row that found no row there is none.
func findLaterCheckThatSpeaks(checks []check, at time.Time) time.Time {
	isNext := true
	for _, c := range checks {
		if !c.checkedAt.After(at) {
			continue
		}
		if isNext && isEmptyAt(checks, c.checkedAt) && isEmptyAt(checks, at) {
			return c.checkedAt
		}
		isNext = false
		told := findTimeToldBy(checks, c.checkedAt)
		isOlder := !told.IsZero() && told.Before(findKnownTime(checks, at)) // rows were deleted since
		if isEmptyAt(checks, c.checkedAt) || isOlder {
			continue
		}
		if told.IsZero() {
			told = findSpanStart(checks, c.checkedAt)
		}
		if !told.IsZero() && !told.After(at) {
			return c.checkedAt
		}
	}
	return time.Time{}
}

// findKnownTime returns the data time that is known of a moment, zero for none: what the last check until then told, or a
// newer time that is not after the moment and that a later check told. Times that were read before the clock last found
// no row count no more. Where it found none last, neither do times that were read after it found none again: those rows
// came later.
//
// "the newest data time that is not after that moment". "It reports a time, or that it found nothing newer; then the
// time known before stands." A check that tells an older time than the one before says that the newer rows are gone.
func findKnownTime(checks []check, at time.Time) time.Time {
	var known time.Time
	emptied := findLastEmptyCheck(checks, at)
	hadRow := emptied.IsZero()
	for _, c := range checks {
		if c.empty && c.checkedAt.After(at) && !hadRow && !known.After(emptied) {
			return known
		}
		hadRow = hadRow || !c.at.IsZero() && c.checkedAt.After(emptied) && !c.checkedAt.After(at)
		if c.at.IsZero() || c.at.After(at) || !c.checkedAt.After(emptied) {
			continue
		}
		if c.checkedAt.After(at) {
			known = pickLater(known, c.at)
		} else {
			known = c.at
		}
	}
	return known
}

// findTimeToldBy returns the newest data time that was known by a check, from it and the checks before it.
func findTimeToldBy(checks []check, checkedAt time.Time) time.Time {
	end := 0
	for end < len(checks) && !checks[end].checkedAt.After(checkedAt) {
		end++
	}
	return findKnownTime(checks[:end], checkedAt)
}

// findLastEmptyCheck returns the moment of the newest check until a moment that found no row, zero for none.
func findLastEmptyCheck(checks []check, at time.Time) time.Time {
	var last time.Time
	for _, c := range checks {
		if c.empty && !c.checkedAt.After(at) {
			last = c.checkedAt
		}
	}
	return last
}

// isEmptyAt reports whether the clock last found no row, and nothing came between that and the moment. Between two checks
// in a row that found no row there is none, whatever dates the rows carry that came later.
//
// "If rows were ever known [...], the table was *emptied* [...], otherwise it was "never loaded". Both: `updated`
// null, status stale."
func isEmptyAt(checks []check, at time.Time) bool {
	var last, next check
	for _, c := range checks {
		if !c.empty && c.at.IsZero() {
			continue
		}
		if !c.checkedAt.After(at) {
			last = c
		} else if next.checkedAt.IsZero() {
			next = c
		}
	}
	return last.empty && (next.empty || !findKnownTime(checks, at).After(last.checkedAt))
}

// findSpanStart returns the earliest start of a silent span that is not after the moment, zero for none.
// A span counts only where no time was known before its check.
func findSpanStart(checks []check, at time.Time) time.Time {
	var start time.Time
	for _, c := range checks {
		if !c.at.IsZero() {
			return start
		}
		if c.notAfter.IsZero() || c.notAfter.After(at) {
			continue
		}
		if start.IsZero() || c.notAfter.Before(start) {
			start = c.notAfter
		}
	}
	return start
}

// findTakenOverTime returns the data time that the last build gives a model if that build changed no rows, else zero.
//
// "A build of an incremental model [...] that changed no rows (`rows_affected` 0) took over all there was: `updated`
// becomes the newest data time of its direct upstream at that build, and confirms nothing else." Where its upstream
// is static there was nothing to take, and where nobody can watch it the build was on time from data whose age nobody
// knows, which is what unverified says.
func findTakenOverTime(f facts, id string, at time.Time) time.Time {
	var last check
	for _, c := range f.checks[key{first: id, clock: "built"}] {
		if !c.ended.IsZero() && !c.ended.After(at) && !c.ended.Before(last.ended) {
			last = c
		}
	}
	if !last.changedNoRows || tookNoRows(f, id, at) {
		return time.Time{}
	}
	newest := findNewestUpstreamTime(f, id, last.began, map[string]bool{id: true})
	hasUpstream := len(f.assets[id].Upstream) > 0
	if newest.IsZero() && hasUpstream && !hasKnowableUpstream(f, id, map[string]bool{id: true}) {
		return last.ended
	}
	return newest
}

// hasKnowableUpstream reports whether something that an asset reads, looking through what holds no data of its own, is
// neither static nor a root that nobody can watch.
func hasKnowableUpstream(f facts, id string, seen map[string]bool) bool {
	for _, up := range f.assets[id].Upstream {
		if seen[up] || isStatic(f, up) {
			continue
		}
		seen[up] = true
		isRoot := len(f.assets[up].Upstream) == 0
		switch {
		case !holdsData(f, up) && !isRoot:
			if hasKnowableUpstream(f, up, seen) {
				return true
			}
		case hasClock(f, up) || !isRoot:
			return true
		}
	}
	return false
}

// findNewestUpstreamTime returns the newest data time of the direct upstream at a moment, looking through what holds
// no data of its own and leaving out what is static; zero for none.
func findNewestUpstreamTime(f facts, id string, at time.Time, seen map[string]bool) time.Time {
	var newest time.Time
	for _, up := range f.assets[id].Upstream {
		if seen[up] || isStatic(f, up) {
			continue
		}
		seen[up] = true
		if holdsData(f, up) {
			newest = pickLater(newest, decideClock(f, up, at).updated)
		} else {
			newest = pickLater(newest, findNewestUpstreamTime(f, up, at, seen))
		}
	}
	return newest
}
