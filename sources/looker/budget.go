package looker

import "time"

// listCalls is the number of calls of each kind that the lists of one visit cost.
var listCalls = map[string]int{adminCalls: 4, queryCalls: 2}

// reservedCalls is the number of calls of each kind that a visit keeps for its end: the query
// for builds of derived tables.
var reservedCalls = map[string]int{queryCalls: 1}

// monthlyLimit returns the number of calls of each kind that a month may cost: calls_per_month,
// default 1000.
func (v *visit) monthlyLimit() int {
	if v.CallsAMonth == 0 {
		return 1000
	}
	return v.CallsAMonth
}

// callsLeft returns how many calls of kind the month still allows. It uses the higher of two
// counts, that of the history and that of the cache, because either may be lost. The result can
// be negative.
func (v *visit) callsLeft(kind string) int {
	return v.monthlyLimit() - max(v.spent[kind]+v.answer.Calls[kind], v.cache.Spent[kind])
}

// endOfMonth returns the first moment of the next month, in UTC.
func (v *visit) endOfMonth() time.Time {
	return time.Date(v.now.Year(), v.now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// canSpend reports whether one more call of kind fits into this month, after reserving the list
// calls of the remaining days and reservedCalls. It is false once the visit has stopped.
func (v *visit) canSpend(kind string) bool {
	if v.stopped {
		return false
	}
	days := int(v.endOfMonth().Sub(v.now).Hours() / 24)
	return v.callsLeft(kind) > listCalls[kind]*days+reservedCalls[kind]
}

// isListDue reports whether the lists may be fetched again: the list visits that the quota
// still allows are spread evenly over the rest of the month.
func (v *visit) isListDue(last time.Time) bool {
	visits := v.callsLeft(adminCalls) / listCalls[adminCalls]
	if visits == 0 {
		return false
	}
	return v.now.Sub(last) >= v.endOfMonth().Sub(v.now)/time.Duration(visits)
}
