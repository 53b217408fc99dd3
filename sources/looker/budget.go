package looker

import "time"

// What the lists of a visit cost, of each kind.
var bulk = map[string]int{admin: 4, query: 2}

// today is what is kept back of these for the end of the visit: the builds.
var today = map[string]int{query: 1}

// limit is how many calls of each kind a month may cost.
func (v *visit) limit() int {
	if v.CallsAMonth == 0 {
		return 1000
	}
	return v.CallsAMonth
}

// left is what is left of the month, by the history and by what is kept: one of
// them may be lost.
func (v *visit) left(kind string) int {
	return v.limit() - max(v.spent[kind]+v.answer.Calls[kind], v.kept.Spent[kind])
}

// monthEnds is when the month does, in UTC.
func (v *visit) monthEnds() time.Time {
	return time.Date(v.now.Year(), v.now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// may reports whether a call can be made beside the lists: those of every day
// that comes are kept back.
func (v *visit) may(kind string) bool {
	if v.stopped {
		return false
	}
	days := int(v.monthEnds().Sub(v.now).Hours() / 24)
	return v.left(kind) > bulk[kind]*days+today[kind]
}

// due reports whether the lists can be asked for again: what is left of the month
// is spread over it evenly.
func (v *visit) due(last time.Time) bool {
	visits := v.left(admin) / bulk[admin]
	if visits == 0 {
		return false
	}
	return v.now.Sub(last) >= v.monthEnds().Sub(v.now)/time.Duration(visits)
}
