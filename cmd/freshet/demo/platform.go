package demo

import (
	"time"

	"github.com/freshet-status/freshet/sources/dbt/standin"
)

// Platform are the job of a project in the dbt platform, and its runs as they
// are known on a day: that of the day, and those of the days before it.
func (c *Company) Platform(p Project, d Day) ([]standin.Job, []standin.Run) {
	job := standin.Job{ID: 1001, Name: p.Name + " nightly", Environment: 1, Commands: []string{"dbt source freshness", "dbt build"}}
	var runs []standin.Run
	for ago := range 3 {
		day := d
		if ago > 0 {
			day = d.before(ago)
		}
		runs = append(runs, c.run(p, job, day))
	}
	return []standin.Job{job}, runs
}

// run is a night of the project's job. A model that fails makes the run one
// that failed, as in life.
func (c *Company) run(p Project, job standin.Job, d Day) standin.Run {
	built, status := c.runResults(p, d), 10
	for _, row := range built["results"].([]object) {
		if row["status"] == "error" {
			status = 20
		}
	}
	manifest := text(c.manifest(p, d))
	return standin.Run{
		ID: d.Begins.Unix() / 60, Job: job.ID, Status: status, Created: d.At(p.Checks), Finished: d.At(p.Builds).Add(time.Duration(float64(5*time.Minute) * d.pace)),
		Steps: []standin.Step{
			{Command: job.Commands[0], Status: 10, Artifacts: map[string]string{"sources.json": text(c.sources(p, d)), "manifest.json": manifest}},
			{Command: job.Commands[1], Status: status, Artifacts: map[string]string{"run_results.json": text(built), "manifest.json": manifest}},
		},
	}
}
