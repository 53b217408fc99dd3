package demo

import (
	"time"

	"github.com/freshet-status/freshet/sources/dbt/standin"
)

// PlatformRuns returns the job of a project in the dbt platform and its last three runs as of
// day d, the newest first.
func (c *Company) PlatformRuns(p Project, d Day) ([]standin.Job, []standin.Run) {
	job := standin.Job{
		ID:          1001,
		Name:        p.Name + " nightly",
		Environment: 1,
		Commands:    []string{"dbt source freshness", "dbt build"},
	}
	var runs []standin.Run
	for ago := range 3 {
		day := d
		if ago > 0 {
			day = d.daysBefore(ago)
		}
		runs = append(runs, c.buildRun(p, job, day))
	}
	return []standin.Job{job}, runs
}

// buildRun returns the run of day d, with its artifacts. A failed model or test makes the run a failed
// one, as in dbt.
func (c *Company) buildRun(p Project, job standin.Job, d Day) standin.Run {
	built := c.buildRunResults(p, d)
	status := 10
	for _, row := range built["results"].([]object) {
		if row["status"] == "error" || row["status"] == "fail" {
			status = 20
		}
	}
	manifest := encodeArtifact(c.buildManifest(p, d))
	return standin.Run{
		ID:       d.Midnight.Unix() / 60,
		Job:      job.ID,
		Status:   status,
		Created:  d.At(p.ChecksAt),
		Finished: d.At(p.BuildsAt).Add(time.Duration(float64(5*time.Minute) * d.pace)),
		Steps: []standin.Step{
			{
				Command:   job.Commands[0],
				Status:    10,
				Artifacts: map[string]string{"sources.json": encodeArtifact(c.buildSources(p, d)), "manifest.json": manifest},
			},
			{
				Command:   job.Commands[1],
				Status:    status,
				Artifacts: map[string]string{"run_results.json": encodeArtifact(built), "manifest.json": manifest},
			},
		},
	}
}
