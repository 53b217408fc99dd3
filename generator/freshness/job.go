package freshness

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Job is what builds assets, as its source tells of it. It is no asset: it
// has no status, and is told of where it is a cause.
type Job struct {
	sources.Asset
	Well    time.Time       // when it ended well last; zero is not known
	Attempt sources.Attempt // the last that did not, if none did since
}

// employ notes the jobs, and takes their tracks out of a past.
func (r *Report) employ(t *sources.Track) bool {
	if t.Asset.Kind != sources.Job {
		return false
	}
	if !t.There() {
		return true
	}
	j := &Job{Asset: t.Asset}
	for _, a := range t.Tries { // the oldest first
		switch {
		case a.At.After(r.At):
		case a.Outcome == sources.Well:
			j.Well, j.Attempt = a.At, sources.Attempt{}
		default:
			j.Attempt = a
		}
	}
	r.jobs[t.Asset.ID] = j
	return true
}

// idle is the job that should have built n since n was built last, and did not
// get to it: it failed, or nobody began it. It is nil where a build of n itself
// failed, where the run that failed had built n before, and where n is judged by
// what no job moves.
func (r *Report) idle(n *Node) *Job {
	j := r.jobs[n.Job]
	if j == nil || j.Attempt.Outcome == "" || n.failed() || n.Own == Broken || n.Own <= Fresh {
		return nil
	}
	began := j.Attempt.Began
	if began.IsZero() {
		began = j.Attempt.At
	}
	if !began.After(n.success()) {
		return nil
	}
	return j
}

// saysJob is the sentence that names what to repair in a job.
func (r *Report) saysJob(j *Job) string {
	s := "It did not run, and was due " + r.Day(j.Attempt.At) + "."
	if j.Attempt.Outcome != sources.Absent {
		how, what, _ := strings.Cut(j.Attempt.Says, ": ")
		s = fmt.Sprintf("It %s, %s", how, r.Day(j.Attempt.At))
		if what != "" {
			s += ": “" + strings.TrimSuffix(what, ".") + "”"
		}
		s += "."
	}
	if !j.Well.IsZero() {
		s += " It went well last " + r.Day(j.Well) + "."
	}
	return s
}

// worst is the worst own status of the assets that a job did not build.
func (c *Cause) worst() Status {
	worst := Unknown
	for _, n := range c.Held {
		if slices.Contains(n.own, c) {
			worst = max(worst, n.Own)
		}
	}
	return worst
}
