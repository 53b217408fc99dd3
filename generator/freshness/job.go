package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/timeline"
	"github.com/freshet-status/freshet/sources"
)

// A Job builds assets, as its source reports it. It is not an asset: it has no status, and a
// report mentions it only where it is a cause.
type Job struct {
	sources.Asset
	LastSuccess time.Time       // time of the last successful run; zero if unknown
	Attempt     sources.Attempt // last run that failed or did not begin, if none succeeded since
}

// collectJobs returns the jobs that are still listed, by id, with their runs until a moment.
func collectJobs(past *sources.Past, at time.Time) map[sources.ID]*Job {
	jobs := make(map[sources.ID]*Job)
	for _, t := range past.Tracks {
		if t.Asset.Kind == sources.Job && t.IsListed() {
			jobs[t.Asset.ID] = newJob(t, at)
		}
	}
	return jobs
}

// newJob returns the job of a track, with its runs until a moment.
func newJob(t *sources.Track, at time.Time) *Job {
	j := &Job{Asset: t.Asset}
	for _, attempt := range t.Attempts { // the oldest first
		switch {
		case attempt.At.After(at):
		case attempt.Outcome == sources.Succeeded:
			j.LastSuccess = attempt.At
			j.Attempt = sources.Attempt{}
		default:
			j.Attempt = attempt
		}
	}
	return j
}

// blockingJob returns the job that failed or did not run since n's last build, or nil if n
// itself failed or does not depend on a job. It is also nil if n is fresh or broken, and if the
// run that failed had begun before n's last build.
func (d *derivation) blockingJob(n *Node) *Job {
	j := d.jobs[n.Job]
	if j == nil || j.Attempt.Outcome == "" || n.IsFailing() || n.OwnStatus == Broken || n.OwnStatus <= Fresh {
		return nil
	}
	began := j.Attempt.Began
	if began.IsZero() {
		began = j.Attempt.At
	}
	if !began.After(timeline.LastBuiltAt(n.Node)) {
		return nil
	}
	return j
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
