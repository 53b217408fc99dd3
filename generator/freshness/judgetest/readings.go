package judgetest

import (
	"slices"
	"time"
)

// run is one run of dbt with what it did to each model.
type run struct {
	ended   time.Time
	results map[string]result
}

// result is what a run did to one model: success, failed, skipped, or "" for not selected.
type result struct {
	word         string
	began, ended time.Time
	rows         int
}

// playRuns plays the runs of dbt, once or twice on every day, with some days without one.
func (s *simulation) playRuns() {
	if !s.has("dbt") {
		return
	}
	daily := s.number("runs of dbt a day", 1, 2)
	hour := time.Duration(s.number("dbt runs at hour", 0, 10)) * time.Hour
	stop := span{}
	if s.chance("dbt stops", 15) {
		stop = s.drawSpan("dbt stops")
	}
	for day := range s.days {
		for i := range daily {
			at := s.startOf(day).Add(hour + time.Duration(i)*11*time.Hour + s.jitter(40*time.Minute))
			if !stop.covers(at) {
				s.playRun(at)
			}
		}
	}
}

// playRun plays one run of dbt: each model and view in turn, for at least a minute.
func (s *simulation) playRun(at time.Time) {
	r := run{results: map[string]result{}}
	for _, a := range s.assets {
		if a.asset.Kind != "model" && a.asset.Kind != "view" || !a.exists(at) {
			continue
		}
		began := at.Add(s.jitter(30 * time.Second))
		at = began.Add(time.Minute + s.jitter(9*time.Minute))
		r.results[a.asset.ID] = s.buildModel(a, r, began, at)
	}
	r.ended = at.Add(time.Second + s.jitter(time.Minute))
	s.runs = append(s.runs, r)
}

// buildModel returns what a run does to one model, and adds the rows that the build brings.
func (s *simulation) buildModel(a *actor, r run, began, ended time.Time) result {
	res := result{word: "success", began: began, ended: ended, rows: -1}
	switch {
	case s.noise.IntN(12) == 0:
		return result{}
	case s.isUpstreamBad(a, r):
		return result{word: "skipped", ended: began}
	case a.failing.covers(began):
		return result{word: "failed", ended: ended}
	}
	if a.asset.Virtual {
		return res
	}
	if a.incremental {
		res.rows = s.countNewRows(a, began)
		if a.takesNoRows.covers(began) {
			res.rows = 0
		}
	} else if s.noise.IntN(2) == 0 {
		res.rows = s.noise.IntN(3) // a model that is rebuilt whole changes rows whatever it says
	}
	a.lastBegan = began
	if !a.incremental || res.rows > 0 {
		a.loads = append(a.loads, load{ended, ended})
	}
	return res
}

// isUpstreamBad reports whether a model that this one reads failed or was skipped in the same run.
func (s *simulation) isUpstreamBad(a *actor, r run) bool {
	for _, up := range a.asset.Upstream {
		if word := r.results[up].word; word == "failed" || word == "skipped" {
			return true
		}
	}
	return false
}

// countNewRows returns how many loads came to what a model reads since its last build.
func (s *simulation) countNewRows(a *actor, began time.Time) int {
	count := 0
	for _, up := range s.findRelationsRead(a, map[string]bool{}) {
		for _, l := range up.loads {
			if l.at.After(a.lastBegan) && !l.at.After(began) {
				count++
			}
		}
	}
	return count
}

// findRelationsRead returns the tables and models that an actor reads, looking through views.
func (s *simulation) findRelationsRead(a *actor, seen map[string]bool) []*actor {
	var read []*actor
	for _, up := range s.assets {
		if !slices.Contains(a.asset.Upstream, up.asset.ID) || seen[up.asset.ID] {
			continue
		}
		seen[up.asset.ID] = true
		if up.asset.Virtual {
			read = append(read, s.findRelationsRead(up, seen)...)
		} else {
			read = append(read, up)
		}
	}
	return read
}

// readRunResults adds to a visit of dbt what the newest run did, and for every other model a check of built.
func (s *simulation) readRunResults(v *Visit) {
	var newest run
	for _, r := range s.runs {
		if !r.ended.After(v.At) {
			newest = r
		}
	}
	if newest.ended.IsZero() {
		return
	}
	for _, a := range s.assets {
		if a.asset.Kind != "model" && a.asset.Kind != "view" || !a.exists(v.At) {
			continue
		}
		id, res := a.asset.ID, newest.results[a.asset.ID]
		b := Build{Asset: id, CheckedAt: newest.ended, RowsAffected: -1}
		if res.word == "success" {
			b.Began, b.Ended, b.RowsAffected, b.Incremental = res.began, res.ended, res.rows, a.incremental
		} else if res.word != "" {
			v.Attempts = append(v.Attempts, Attempt{Asset: id, At: res.ended, Failed: res.word == "failed"})
		}
		v.Builds = append(v.Builds, b)
	}
}

// readSourceFreshness adds to a visit of dbt the newest row of every table that has a freshness check.
func (s *simulation) readSourceFreshness(v *Visit) {
	ran := v.At.Add(-s.jitter(40 * time.Minute))
	for _, a := range s.assets {
		if !a.clocks["loaded"] || !a.exists(v.At) || s.noise.IntN(25) == 0 {
			continue
		}
		checked := pickLater(ran, a.seen.loadedCheck)
		newest, empty := a.findNewestRow(checked)
		r := Reading{Asset: a.asset.ID, Clock: "loaded", CheckedAt: checked, At: newest, Empty: empty}
		if empty {
			r.At = time.Time{}
		} else if s.compact && newest.Equal(a.seen.loaded) {
			r.At = time.Time{}
		}
		a.seen.loaded, a.seen.loadedCheck = newest, checked
		v.Readings = append(v.Readings, s.spoilClock(a, r))
	}
}

// spoilClock rarely puts a loaded time after its check: by hours, which is a fault, or by a few minutes just after a
// load, which counts as the check's moment.
func (s *simulation) spoilClock(a *actor, r Reading) Reading {
	if r.At.IsZero() {
		return r
	}
	if s.noise.IntN(60) == 0 {
		r.At = r.CheckedAt.Add(10*time.Minute + time.Second + s.jitter(5*time.Hour))
		a.seen.loaded = time.Time{}
	} else if s.noise.IntN(30) == 0 && r.CheckedAt.Sub(r.At) < 3*time.Hour {
		r.At = r.CheckedAt.Add(s.jitter(10 * time.Minute))
		a.loads = append(a.loads, load{r.CheckedAt, r.CheckedAt})
		a.seen.loaded = r.CheckedAt
	}
	return r
}

// findNewestRow returns the newest date among the rows at a moment, and whether there is no row.
func (a *actor) findNewestRow(at time.Time) (newest time.Time, empty bool) {
	for _, l := range a.loads {
		if l.at.After(at) || !a.emptied.IsZero() && !at.Before(a.emptied) && !l.at.After(a.emptied) {
			continue
		}
		newest = pickLater(newest, l.date)
	}
	return newest, newest.IsZero()
}

// findNewestLoad returns the newest moment until a horizon at which rows came, not before a span's start.
func (a *actor) findNewestLoad(start, horizon time.Time) time.Time {
	var newest time.Time
	for _, l := range a.loads {
		if !l.at.After(horizon) && !l.at.Before(start) {
			newest = pickLater(newest, l.at)
		}
	}
	return newest
}

// readWarehouse adds to a visit of the warehouse the readings of dml, refreshed and altered.
func (s *simulation) readWarehouse(v *Visit) {
	horizon := v.At.Add(-s.jitter(6 * time.Hour))
	for _, a := range s.assets {
		if !a.exists(v.At) || s.noise.IntN(40) == 0 {
			continue
		}
		if a.clocks["dml"] && horizon.After(a.spanStart) {
			v.Readings = append(v.Readings, s.readDML(a, horizon))
		}
		if a.clocks["refreshed"] {
			v.Readings = append(v.Readings, s.readRefreshed(a, v.At))
		}
		if a.clocks["altered"] {
			v.Readings = append(v.Readings, s.readAltered(a, v.At))
		}
	}
}

// readDML returns the newest rows by the DML history, which is read until a horizon that never moves back.
func (s *simulation) readDML(a *actor, horizon time.Time) Reading {
	a.seen.horizon = pickLater(a.seen.horizon, horizon)
	r := Reading{Asset: a.asset.ID, Clock: "dml", CheckedAt: a.seen.horizon}
	newest := a.findNewestLoad(a.spanStart, a.seen.horizon)
	switch {
	case newest.IsZero():
		r.NotAfter = a.spanStart
	case !s.compact || !newest.Equal(a.seen.dml):
		r.At = newest
	}
	a.seen.dml = newest
	return r
}

// readRefreshed returns the data time of a dynamic table.
func (s *simulation) readRefreshed(a *actor, at time.Time) Reading {
	r := Reading{Asset: a.asset.ID, Clock: "refreshed", CheckedAt: at}
	newest := a.findNewestLoad(time.Time{}, at)
	if !s.compact || !newest.Equal(a.seen.refreshed) {
		r.At = newest
	}
	a.seen.refreshed = newest
	return r
}

// readAltered returns LAST_ALTERED, unconfirmed while nothing tells that rows changed, and nothing newer once the DML
// history disproves it.
func (s *simulation) readAltered(a *actor, at time.Time) Reading {
	r := Reading{Asset: a.asset.ID, Clock: "altered", CheckedAt: at}
	newest, rowsChanged := a.findLastChange(at)
	same := newest.Equal(a.seen.altered)
	if !same {
		a.seen.confirmed = rowsChanged && !a.shy && (!a.seen.alteredCheck.IsZero() || !a.clocks["dml"])
	}
	a.seen.altered, a.seen.alteredCheck = newest, at
	switch {
	case !a.seen.confirmed && a.clocks["dml"] && !a.seen.horizon.Before(newest):
		return r // disproved
	case a.seen.confirmed && same && s.compact:
		return r
	}
	r.At, r.Unconfirmed = newest, !a.seen.confirmed
	return r
}

// findLastChange returns the last moment at which anything about a table changed, and whether rows changed since the
// check before.
func (a *actor) findLastChange(at time.Time) (newest time.Time, rowsChanged bool) {
	moments := slices.Concat(a.deletes, []time.Time{})
	for _, l := range a.loads {
		moments = append(moments, l.at)
	}
	for _, m := range moments {
		if !m.After(at) {
			newest = pickLater(newest, m)
			rowsChanged = rowsChanged || m.After(a.seen.alteredCheck)
		}
	}
	for _, m := range a.alters {
		if !m.After(at) {
			newest = pickLater(newest, m)
		}
	}
	return newest, rowsChanged
}
