package looker

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/calls"
)

// Refusals are the answers to calls for one sort of thing that told nothing.
type refusals struct {
	all   int
	first string // which, and how
}

// mostRefused is after how many refusals of one sort no more is asked in a visit:
// a right is missing, and each call is counted.
const mostRefused = 3

// refuse notes that something was not told. Where Looker is busy, asking on costs
// calls and gives nothing.
func (v *visit) refuse(what, which string, err error) {
	if v.denied == nil {
		v.denied = make(map[string]*refusals)
	}
	r := v.denied[what]
	if r == nil {
		r = &refusals{first: fmt.Sprintf("%s %s is %s: %s", what, which, told(err), sources.OneLine(err))}
		v.denied[what] = r
	}
	r.all++
	v.kept.Refused[what+" "+which] = v.now
	v.stopped = v.stopped || calls.Status(err) == http.StatusTooManyRequests || v.ctx.Err() != nil
}

// refusedAt is when something was refused last.
func (v *visit) refusedAt(what, which string) time.Time { return v.kept.Refused[what+" "+which] }

// wait reports whether something is not to be asked for: it was refused within a
// day, or of its sort too much was refused in this visit.
func (v *visit) wait(what, which string) bool {
	r := v.denied[what]
	return r != nil && r.all >= mostRefused || v.now.Sub(v.refusedAt(what, which)) < daily
}

// unseen is what a right is missing for, or what is not there.
const unseen = "not visible to us"

// told says how something is not told.
func told(err error) string {
	if status := calls.Status(err); status == http.StatusForbidden || status == http.StatusNotFound {
		return unseen
	}
	return "not told"
}

// refusals notes them, a line a sort.
func (v *visit) refusals() {
	var lines []string
	for _, r := range v.denied {
		line := r.first
		if r.all > 1 {
			line += fmt.Sprintf(", and %d more", r.all-1)
		}
		lines = append(lines, short(line))
	}
	slices.Sort(lines)
	v.answer.Notes = append(v.answer.Notes, lines...)
	if v.stopped {
		v.note("no more was asked in this visit, since calls are counted and these were refused")
	}
}
