// Package quota plans the calls of Looker's API, which are licensed by the month: it says whether a
// call may be made now, counts it, and remembers what Looker refused, so that it is not asked for
// again at once.
//
// It makes no calls itself and reads no clock. A new kind of optional call goes through [Quota.Try].
package quota

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// Kinds of calls that count against a quota, by the values of Looker's header
// x-looker-activity-type. Each kind has a quota of its own.
const (
	AdminCalls = "non_query"
	QueryCalls = "db_query"
)

// ListCalls is the number of calls of each kind that the lists of one visit cost.
var ListCalls = map[string]int{AdminCalls: 4, QueryCalls: 2}

// reservedCalls is the number of calls of each kind that a visit keeps for its end: the query
// for builds of derived tables.
var reservedCalls = map[string]int{QueryCalls: 1}

// DefaultLimit is the number of calls of each kind in a month that the smallest plan includes.
const DefaultLimit = 1000

// RetryInterval is how long a failure or a broken reference is taken as unchanged before the
// call is made again, because somebody may have repaired it.
const RetryInterval = 20 * time.Hour

// maxRefusals is the number of failed calls for one subject after which a visit makes no more
// of them: probably a permission is missing, and each call counts.
const maxRefusals = 3

// A Quota plans the calls of one visit.
type Quota struct {
	Limit     int                  // calls of each kind that a month may cost
	Now       time.Time            // moment of the visit, in UTC
	ByHistory map[string]int       // calls of the month by the history, before this visit
	ByCache   map[string]int       // calls of the month by the cache, this visit included
	Refused   map[string]time.Time // by subject and id: time of the last refusal

	made     map[string]int           // calls of this visit, by kind
	refusals map[string]*refusalGroup // by subject
	stopped  bool                     // no more optional calls in this visit
}

// A refusalGroup holds the failed calls of this visit for one subject, such as "explore".
type refusalGroup struct {
	count   int
	first   string // subject and id of the first failure
	example string // text of the first failure
}

// Count counts one call of a kind. Retries count too.
func (q *Quota) Count(kind string) {
	if q.made == nil {
		q.made = make(map[string]int)
	}
	q.made[kind]++
	q.ByCache[kind]++
}

// Made returns the calls of this visit, by kind.
func (q *Quota) Made() map[string]int { return q.made }

// Left returns how many calls of kind the month still allows. It uses the higher of two counts,
// that of the history and that of the cache, because either may be lost. The result can be
// negative.
func (q *Quota) Left(kind string) int {
	return q.Limit - max(q.ByHistory[kind]+q.made[kind], q.ByCache[kind])
}

// endOfMonth returns the first moment of the next month, in UTC.
func (q *Quota) endOfMonth() time.Time {
	return time.Date(q.Now.Year(), q.Now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// CanSpend reports whether one more optional call of kind fits into this month, after reserving the
// list calls of the remaining days and those of the end of this visit. It is false once the visit
// has stopped.
func (q *Quota) CanSpend(kind string) bool {
	if q.stopped {
		return false
	}
	days := int(q.endOfMonth().Sub(q.Now).Hours() / 24)
	return q.Left(kind) > ListCalls[kind]*days+reservedCalls[kind]
}

// IsStopped reports whether this visit makes no more optional calls: after a 429, or once its
// context has ended.
func (q *Quota) IsStopped() bool { return q.stopped }

// IsListDue reports whether the lists may be fetched again: the list visits that the quota
// still allows are spread evenly over the rest of the month.
func (q *Quota) IsListDue(last time.Time) bool {
	visits := q.Left(AdminCalls) / ListCalls[AdminCalls]
	if visits == 0 {
		return false
	}
	return q.Now.Sub(last) >= q.endOfMonth().Sub(q.Now)/time.Duration(visits)
}

// An Outcome is what became of a call that was tried.
type Outcome int

// The outcomes.
const (
	Done     Outcome = iota // the call was made and answered
	Refused                 // the call was made, and its error is recorded
	Waiting                 // not made: it failed not long ago, or others for its subject failed in this visit
	Deferred                // not made: the month's calls do not allow it now
)

// Try makes an optional call of a kind for a subject, such as "explore", and an id, unless it was
// refused not long ago or the month does not allow it. It records the error that call returns as a
// refusal. After a 429 it stops all optional calls of the visit.
func (q *Quota) Try(kind, subject, id string, call func() error) Outcome {
	if q.shouldWait(subject, id) {
		return Waiting
	}
	if !q.CanSpend(kind) {
		return Deferred
	}
	if err := call(); err != nil {
		q.recordRefusal(subject, id, err)
		return Refused
	}
	return Done
}

// Stop ends the optional calls of this visit.
func (q *Quota) Stop() { q.stopped = true }

// recordRefusal records a failed call for a subject and an id.
func (q *Quota) recordRefusal(subject, id string, err error) {
	if q.refusals == nil {
		q.refusals = make(map[string]*refusalGroup)
	}
	r := q.refusals[subject]
	if r == nil {
		r = &refusalGroup{first: subject + " " + id, example: RefusalText(err) + ": " + sources.FormatError(err)}
		q.refusals[subject] = r
	}
	r.count++
	q.Refused[subject+" "+id] = q.Now
	if httpclient.StatusOf(err) == http.StatusTooManyRequests {
		q.Stop()
	}
}

// RefusedAt returns when the call for this subject and id last failed, also in earlier visits;
// zero if never.
func (q *Quota) RefusedAt(subject, id string) time.Time { return q.Refused[subject+" "+id] }

// shouldWait reports whether a call should not be made now: it failed less than RetryInterval
// ago, or too many calls for its subject failed in this visit.
func (q *Quota) shouldWait(subject, id string) bool {
	r := q.refusals[subject]
	return r != nil && r.count >= maxRefusals || q.Now.Sub(q.RefusedAt(subject, id)) < RetryInterval
}

// IsNotVisible reports whether an error is a 403 or 404: a permission is missing, or the object does
// not exist.
func IsNotVisible(err error) bool {
	status := httpclient.StatusOf(err)
	return status == http.StatusForbidden || status == http.StatusNotFound
}

// RefusalText returns "permission denied or not found" for a 403 or 404, and "could not be read" for
// any other error.
func RefusalText(err error) string {
	if IsNotVisible(err) {
		return "permission denied or not found"
	}
	return "could not be read"
}

// Notes returns one note for each subject with failed calls, sorted.
func (q *Quota) Notes() (notes []string) {
	for _, r := range q.refusals {
		line := r.first
		if r.count > 1 {
			line += fmt.Sprintf(" and %d more", r.count-1)
		}
		notes = append(notes, line+": "+r.example)
	}
	slices.Sort(notes)
	return notes
}
