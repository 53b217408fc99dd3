package freshness

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Job builds assets, as its source reports it. It is not an asset: it has no status, and a
// report mentions it only where it is a cause.
type Job struct {
	sources.Asset
	LastSuccess time.Time       // time of the last successful run; zero if unknown
	Attempt     sources.Attempt // last run that failed or did not begin, if none succeeded since
}

// addJob reports whether t is the track of a job, and adds the job to r.jobs if it is still
// listed.
func (r *Report) addJob(t *sources.Track) bool {
	if t.Asset.Kind != sources.Job {
		return false
	}
	if !t.IsListed() {
		return true
	}
	j := &Job{Asset: t.Asset}
	for _, a := range t.Attempts { // the oldest first
		switch {
		case a.At.After(r.At):
		case a.Outcome == sources.Succeeded:
			j.LastSuccess = a.At
			j.Attempt = sources.Attempt{}
		default:
			j.Attempt = a
		}
	}
	r.jobs[t.Asset.ID] = j
	return true
}

// blockingJob returns the job that failed or did not run since n's last build, or nil if n
// itself failed or does not depend on a job. It is also nil if n is fresh or broken, and if the
// run that failed had begun before n's last build.
func (r *Report) blockingJob(n *Node) *Job {
	j := r.jobs[n.Job]
	if j == nil || j.Attempt.Outcome == "" || n.hasFailedBuild() || n.OwnStatus == Broken || n.OwnStatus <= Fresh {
		return nil
	}
	began := j.Attempt.Began
	if began.IsZero() {
		began = j.Attempt.At
	}
	if !began.After(n.lastBuiltAt()) {
		return nil
	}
	return j
}

// describeJob returns sentences that say how the job failed or when it should have run, and
// when it last succeeded.
func (r *Report) describeJob(j *Job) string {
	s := "It did not run, and was due " + r.FormatTime(j.Attempt.At) + "."
	if j.Attempt.Outcome != sources.NotRun {
		how, what, _ := strings.Cut(j.Attempt.Says, ": ")
		s = fmt.Sprintf("It %s, %s", how, r.FormatTime(j.Attempt.At))
		if what != "" {
			s += ": “" + strings.TrimSuffix(what, ".") + "”"
		}
		s += "."
	}
	if !j.LastSuccess.IsZero() {
		s += " It went well last " + r.FormatTime(j.LastSuccess) + "."
	}
	return s
}

// worstOwnStatus returns the worst own status of the assets that the job did not build, at
// least Unknown.
func (c *Cause) worstOwnStatus() Status {
	worst := Unknown
	for _, n := range c.Affected {
		if slices.Contains(n.ownCauses, c) {
			worst = max(worst, n.OwnStatus)
		}
	}
	return worst
}
