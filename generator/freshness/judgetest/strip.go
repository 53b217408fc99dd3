package judgetest

import "time"

// stripDays is the number of days in a strip.
const stripDays = 90

// letters holds the letter of each status.
//
// "`f` fresh, `v` unverified, `a` aging, `s` stale, `b` broken, `u` unknown, `.` no data".
var letters = map[string]string{
	"": ".", fresh: "f", unverified: "v", aging: "a", stale: "s", broken: "b", unknown: "u",
}

// viewDays returns the scenes of the 90 days, oldest first, each at the end of its day; of today at the report's
// moment.
//
// "the judgment at the end of that day in `timezone` (today: at the report's moment), with today's rules and every
// fact now known".
func viewDays(f facts) []scene {
	var days []scene
	for back := stripDays - 1; back >= 1; back-- {
		end := startDay(f.world.At, f.world.Zone, 1-back).Add(-time.Second)
		days = append(days, viewDay(f, end))
	}
	return append(days, viewDay(f, f.world.At))
}

// viewDay returns the scene at the end of a day. Of a day without a run only the moment is set, since no cell needs
// more.
func viewDay(f facts, end time.Time) scene {
	if !hasVisitOn(f, end) {
		return scene{facts: f, at: end}
	}
	return viewMoment(f, end)
}

// drawStrip returns the 90 letters of an asset.
func drawStrip(days []scene, id string) string {
	strip := ""
	for _, s := range days {
		strip += drawCell(s, id)
	}
	return strip
}

// drawCell returns the letter of one day.
//
// "no run and nothing imported that day, or the asset not yet listed, is "no data"". Of dashboards: "if none did, "no
// data"". A day on which the asset was gone and nothing referred to it is no data either.
func drawCell(s scene, id string) string {
	switch {
	case !hasVisitOn(s.facts, s.at):
		return "."
	case !isListedBy(s.facts, id, s.at):
		return "."
	case isGone(s.facts, id, s.at) && s.own[id] != broken:
		return "."
	}
	return letters[s.status[id]]
}
