package looker

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// A refusalGroup holds the failed calls of this visit for one subject, such as "explore".
type refusalGroup struct {
	count   int
	first   string // subject and id of the first failure
	example string // text of the first failure
}

// maxRefusals is the number of failed calls for one subject after which a visit makes no more
// of them: probably a permission is missing, and each call counts.
const maxRefusals = 3

// recordRefusal records a failed call for a subject, such as "explore", and an id. After a
// 429, or once the context has ended, it stops all optional calls of the visit.
func (v *visit) recordRefusal(subject, id string, err error) {
	if v.refusalsBySubject == nil {
		v.refusalsBySubject = make(map[string]*refusalGroup)
	}
	r := v.refusalsBySubject[subject]
	if r == nil {
		r = &refusalGroup{first: subject + " " + id, example: refusalText(err) + ": " + sources.FormatError(err)}
		v.refusalsBySubject[subject] = r
	}
	r.count++
	v.cache.RefusedAt[subject+" "+id] = v.now
	v.stopped = v.stopped || httpclient.StatusOf(err) == http.StatusTooManyRequests || v.ctx.Err() != nil
}

// refusedAt returns when the call for this subject and id last failed, also in earlier visits;
// zero if never.
func (v *visit) refusedAt(subject, id string) time.Time { return v.cache.RefusedAt[subject+" "+id] }

// shouldWait reports whether a call should not be made now: it failed less than retryInterval
// ago, or too many calls for its subject failed in this visit.
func (v *visit) shouldWait(subject, id string) bool {
	r := v.refusalsBySubject[subject]
	return r != nil && r.count >= maxRefusals || v.now.Sub(v.refusedAt(subject, id)) < retryInterval
}

// notVisible is the text for a 403 or 404: a permission is missing, or the object does not
// exist.
const notVisible = "permission denied or not found"

// refusalText returns notVisible for a 403 or 404, and "could not be read" for any other
// error.
func refusalText(err error) string {
	if status := httpclient.StatusOf(err); status == http.StatusForbidden || status == http.StatusNotFound {
		return notVisible
	}
	return "could not be read"
}

// noteRefusals adds one note for each subject with failed calls, sorted.
func (v *visit) noteRefusals() {
	var lines []string
	for _, r := range v.refusalsBySubject {
		line := r.first
		if r.count > 1 {
			line += fmt.Sprintf(" and %d more", r.count-1)
		}
		lines = append(lines, shortenNote(line+": "+r.example))
	}
	slices.Sort(lines)
	v.answer.Notes = append(v.answer.Notes, lines...)
	if v.stopped {
		v.addNote("optional calls were skipped after Looker refused one (429) or the deadline passed")
	}
}
