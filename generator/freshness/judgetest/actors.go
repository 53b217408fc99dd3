package judgetest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// actor is one asset of the simulation with all that happens to it.
type actor struct {
	asset       Asset
	clocks      map[string]bool
	away        span // while it does not exist
	comes       time.Time
	created     time.Time
	spanStart   time.Time // since when the DML history was read
	loads       []load    // rows that came, in order
	deletes     []time.Time
	alters      []time.Time // changes that are not of rows
	emptied     time.Time
	incremental bool
	shy         bool // its alterations are confirmed by builds only
	failing     span // its builds fail
	takesNoRows span // its builds take no rows
	lastBegan   time.Time
	seen        memory
}

// load is rows that came at a moment, with the date that they carry.
type load struct{ at, date time.Time }

// memory is what the sources remember of an asset from visit to visit.
type memory struct {
	horizon, dml, refreshed, loaded, loadedCheck time.Time
	altered, alteredCheck                        time.Time
	confirmed                                    bool
}

// exists reports whether the asset is there at a moment.
func (a *actor) exists(at time.Time) bool { return !at.Before(a.comes) && !a.away.covers(at) }

// isListedBy reports whether a source lists the asset at a moment.
func (a *actor) isListedBy(s *simulation, source string, at time.Time) bool {
	if !a.exists(at) {
		return false
	}
	switch {
	case !isRelation(a.asset):
		return source == "looker"
	case source == "dbt":
		return a.asset.Kind != "table" || a.clocks["loaded"] || !s.has("snowflake")
	}
	return source == "snowflake"
}

// drawAssets draws tables, models, views, tiles and dashboards, each reading some of those before it.
func (s *simulation) drawAssets() {
	for i := range s.number("tables", 1, 4) {
		s.addAsset(Asset{ID: fmt.Sprintf("table:RAW.S.T%d", i), Kind: "table"}, false)
	}
	models, views := s.number("models", 0, 3), s.number("views", 0, 2)
	if !s.has("dbt") {
		models = 0
	}
	for i := range models {
		s.addAsset(Asset{ID: fmt.Sprintf("table:DW.S.M%d", i), Kind: "model"}, true)
	}
	for i := range views {
		s.addAsset(Asset{ID: fmt.Sprintf("table:DW.S.V%d", i), Kind: "view", Virtual: true}, true)
	}
	if s.chance("a dynamic table", 20) && s.has("snowflake") && len(s.assets) < 8 {
		s.addAsset(Asset{ID: "table:DW.S.DYNAMIC", Kind: "table"}, true)
		s.assets[len(s.assets)-1].clocks = map[string]bool{"refreshed": true}
	}
	s.addDashboards()
	s.drawCycle()
}

// addDashboards adds tiles that read some of the relations, and one or two dashboards that hold them.
func (s *simulation) addDashboards() {
	relations := len(s.assets)
	for i := range s.number("tiles", 1, 3) {
		board := fmt.Sprintf("dashboard:looker/%d", s.number("dashboard of the tile", 1, 2))
		tile := Asset{ID: fmt.Sprintf("tile:looker/%s/%d", board[17:], i), Kind: "tile", Virtual: true, Parent: board}
		tile.Upstream = s.drawUpstream(s.assets[:relations])
		s.addAsset(tile, false)
	}
	for i := range s.number("dashboards", 1, 2) {
		board := fmt.Sprintf("dashboard:looker/%d", i+1)
		s.addAsset(Asset{ID: board, Kind: "dashboard", Virtual: true}, false)
	}
}

// drawUpstream returns one to three of the given assets, and rarely one that nobody lists.
func (s *simulation) drawUpstream(among []*actor) []string {
	var ids []string
	for range s.number("upstream", 1, 3) {
		ids = append(ids, rapid.SampledFrom(among).Draw(s.t, "reads").asset.ID)
	}
	if s.chance("upstream that nobody lists", 6) {
		ids = append(ids, "table:ELSEWHERE.S.NOBODY")
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// drawCycle rarely makes the first model or view read the last one.
func (s *simulation) drawCycle() {
	if !s.chance("a cycle", 4) {
		return
	}
	var middle []*actor
	for _, a := range s.assets {
		if a.asset.Kind == "model" || a.asset.Kind == "view" {
			middle = append(middle, a)
		}
	}
	if len(middle) > 1 {
		first, last := middle[0], middle[len(middle)-1]
		first.asset.Upstream = append(first.asset.Upstream, last.asset.ID)
	}
}

// addAsset adds an asset with a drawn life, and where wished with upstream among the earlier ones.
func (s *simulation) addAsset(asset Asset, reads bool) {
	if reads && !(asset.Kind == "model" && s.chance("reads nothing", 8)) {
		asset.Upstream = s.drawUpstream(s.assets)
	}
	a := &actor{asset: asset, comes: s.start.Add(-time.Hour), clocks: map[string]bool{}}
	s.assets = append(s.assets, a)
	if s.chance("comes late", 8) {
		a.comes = s.startOf(s.number("comes on day", 1, s.days-1)).Add(s.jitter(20 * time.Hour))
	}
	if s.chance("goes away", 8) {
		a.away = s.drawSpan("away")
		if s.chance("for good", 50) {
			a.away.to = s.end().AddDate(1, 0, 0)
		}
	}
	a.created = a.comes.Add(-time.Duration(s.number("hours since it was created", 3, 150*24)) * time.Hour)
	a.spanStart = pickLater(a.created, s.start.AddDate(0, 0, -101))
	a.failing = s.drawFailing(asset)
	if !asset.Virtual || asset.Kind == "view" && s.chance("loaded of a view", 6) {
		s.drawClocks(a)
		s.drawRule(a)
	}
}

// drawFailing returns while the builds of an asset fail, often never.
func (s *simulation) drawFailing(asset Asset) span {
	if (asset.Kind == "model" || asset.Kind == "view") && s.chance("its builds fail", 20) {
		return s.drawSpan("failing")
	}
	return span{}
}

// drawClocks draws which clocks of an asset somebody reads.
func (s *simulation) drawClocks(a *actor) {
	if a.asset.Kind == "view" {
		a.clocks["loaded"] = s.has("dbt")
		return
	}
	a.clocks["built"] = a.asset.Kind == "model"
	a.incremental = a.asset.Kind == "model" && s.chance("incremental", 40)
	if a.incremental && s.chance("its builds take no rows", 30) {
		from := s.number("takes no rows from day", 0, s.days-1)
		a.takesNoRows = span{from: s.startOf(from), to: s.end().AddDate(1, 0, 0)}
	}
	a.shy = a.asset.Kind == "model" && s.chance("alterations confirmed by builds only", 40)
	if s.chance("not watched", 12) {
		return
	}
	if s.has("snowflake") {
		a.clocks["dml"] = s.chance("has dml", 60)
		a.clocks["altered"] = s.chance("has altered", 60)
	}
	a.clocks["loaded"] = a.asset.Kind == "table" && s.has("dbt") && s.chance("has loaded", 60)
}

// drawRule draws a rule for an asset that somebody watches, or makes it static.
func (s *simulation) drawRule(a *actor) {
	if a.asset.Kind == "table" && s.chance("static", 10) {
		s.rules[a.asset.ID] = Rule{Static: true}
		return
	}
	watched := a.clocks["loaded"] || a.clocks["dml"] || a.clocks["built"]
	if watched && s.chance("limits", 25) {
		within := s.number("fresh within hours", 6, 72)
		after := within + s.number("stale hours later", 6, 240)
		s.rules[a.asset.ID] = Rule{
			FreshWithin: time.Duration(within) * time.Hour, StaleAfter: time.Duration(after) * time.Hour,
		}
		return
	}
	if watched && s.chance("due on weekdays", 15) {
		s.rules[a.asset.ID] = Rule{Due: s.drawDueDays()}
	}
}

// drawDueDays returns one to three weekdays.
func (s *simulation) drawDueDays() (days [7]bool) {
	for range s.number("due weekdays", 1, 3) {
		days[s.number("due weekday", 0, 6)] = true
	}
	return days
}

// drawLoads draws when rows come to the tables, and all else that happens to them.
func (s *simulation) drawLoads() {
	for _, a := range s.assets {
		if a.asset.Virtual && !a.clocks["loaded"] || a.asset.Kind == "model" {
			a.alters = append(a.alters, a.created)
			continue
		}
		s.drawLoadsOf(a)
		s.drawAccidents(a)
	}
}

// drawLoadsOf draws the loads of one table: some hours on some days, with a stop and late days.
func (s *simulation) drawLoadsOf(a *actor) {
	a.alters = append(a.alters, a.created)
	every := s.number("loads every days", 1, 4)
	hour := time.Duration(s.number("loads at hour", 0, 23)) * time.Hour
	stop := span{}
	if s.chance("loads stop", 40) {
		stop = s.drawSpan("stop")
	}
	oldDates := s.chance("rows of old dates", 15)
	never := s.chance("no loads at all", 10) || s.rules[a.asset.ID].Static
	if s.chance("a load before the first day", 50) {
		s.addLoad(a, pickLater(a.created.Add(time.Hour), s.start.Add(-s.jitter(120*24*time.Hour))), oldDates)
	}
	for day := 0; day < s.days && !never; day += every {
		at := s.startOf(day).Add(hour + s.jitter(90*time.Minute))
		if s.noise.IntN(8) == 0 {
			at = at.Add(s.jitter(10 * time.Hour)) // a late day
		}
		if a.exists(at) && !stop.covers(at) {
			s.addLoad(a, at, oldDates)
		}
	}
}

// addLoad adds rows that come at a moment; where rows of old dates are usual, half of them carry an older date.
func (s *simulation) addLoad(a *actor, at time.Time, oldDates bool) {
	date := at
	if oldDates && s.noise.IntN(2) == 0 {
		date = at.Add(-24*time.Hour - s.jitter(72*time.Hour))
	}
	a.loads = append(a.loads, load{at, date})
}

// drawAccidents draws deletions, changes that are not of rows, and that all rows go.
func (s *simulation) drawAccidents(a *actor) {
	for range s.number("deletions", 0, 2) {
		a.deletes = append(a.deletes, s.startOf(s.noise.IntN(s.days)).Add(s.jitter(23*time.Hour)))
	}
	for range s.number("alterations", 0, 3) {
		a.alters = append(a.alters, s.startOf(s.noise.IntN(s.days)).Add(s.jitter(23*time.Hour)))
	}
	if s.chance("emptied", 10) {
		a.emptied = s.startOf(s.number("emptied on day", 0, s.days-1)).Add(s.jitter(23 * time.Hour))
		a.deletes = append(a.deletes, a.emptied)
	}
}
