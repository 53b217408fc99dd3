package platform

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
)

// A job is a job of the dbt platform with its newest runs.
type job struct {
	ID            int64    `json:"id"`
	Name          string   `json:"name"`
	State         int      `json:"state"`    // 1 is active
	Type          dbt.Text `json:"job_type"` // "scheduled", "ci", "merge", "other"
	EnvironmentID int64    `json:"environment_id"`
	ProjectID     int64    `json:"project_id"`
	Steps         dbt.List `json:"execute_steps"`
	ChecksSources bool     `json:"run_generate_sources"` // source freshness is run as a separate step
	Triggers      struct {
		Schedule bool `json:"schedule"`
	} `json:"triggers"`
	Schedule struct {
		Cron dbt.Text `json:"cron"` // in UTC
	} `json:"schedule"`

	assetID sources.ID
	runs    []*jobRun // newest first
}

// fetchJobs lists the active jobs and returns the configured ones or, if none are configured,
// all except CI and merge jobs. isWhole is false, with a note in v, if the platform has more jobs than
// it lists. A configured job that does not exist is recorded in v. It returns an error if no job is
// visible, or if neither jobs nor environment is set and a project has jobs in two environments.
func (s *source) fetchJobs(ctx context.Context, a *apiClient, v *dbt.Reader) (chosen []*job, isWhole bool, err error) {
	query := url.Values{"state": {"active"}, "order_by": {"id"}}
	if s.Environment != 0 {
		query.Set("environment_id", strconv.FormatInt(s.Environment, 10))
	}
	all, total, err := fetchList[job](ctx, a, "jobs/", query, pageSize, nil)
	if err != nil {
		return nil, false, err
	}
	isWhole = len(all) >= total
	if !isWhole {
		v.Answer.Notes = append(v.Answer.Notes, fmt.Sprintf("jobs: only %d of %d listed; the rest may still be there", len(all), total))
	}
	exists := make(map[int64]bool)
	for _, j := range all {
		j.assetID = sources.ID(fmt.Sprintf("job:%s/%d", s.setting.Name, j.ID))
		exists[j.ID] = true
		if slices.Contains(s.Jobs, j.ID) || len(s.Jobs) == 0 && j.Type != "ci" && j.Type != "merge" {
			chosen = append(chosen, j) // CI and merge jobs build into other schemas
		}
	}
	if s.Environment == 0 && len(s.Jobs) == 0 {
		if err := requireOneEnvironment(chosen); err != nil {
			return nil, false, err
		}
	}
	for _, id := range s.Jobs {
		if !exists[id] {
			v.AddError(
				fmt.Errorf(
					"job %d: not found\n"+
						"hint: check jobs, account and environment in [[source]]; the URL of a job ends in its "+
						"number",
					id,
				),
			)
		}
	}
	if len(all) == 0 {
		return nil, false, fmt.Errorf(
			"no jobs visible\nhint: check environment in [[source]], and give the token the permission set Job Viewer",
		)
	}
	return chosen, isWhole, nil
}

// requireOneEnvironment returns an error if a project has jobs in several environments: they
// build different tables under the same names.
func requireOneEnvironment(all []*job) error {
	environments := make(map[int64]int64)
	for _, j := range all {
		if env, ok := environments[j.ProjectID]; ok && env != j.EnvironmentID {
			return fmt.Errorf(
				"project %d: jobs in environments %d and %d build different tables under the same "+
					"name\nhint: set environment in [[source]] to the one that people use, or list jobs",
				j.ProjectID,
				env,
				j.EnvironmentID,
			)
		}
		environments[j.ProjectID] = j.EnvironmentID
	}
	return nil
}

// Statuses of runs and steps in the Admin API.
const (
	statusSucceeded = 10
	statusErrored   = 20
	statusCancelled = 30
)

// A jobRun is one run of a job of the dbt platform.
type jobRun struct {
	ID             int64      `json:"id"`
	Status         int        `json:"status"`
	Message        dbt.Text   `json:"status_message"`
	CreatedAt      dbt.Moment `json:"created_at"`
	FinishedAt     dbt.Moment `json:"finished_at"`
	ArtifactsSaved bool       `json:"artifacts_saved"`
	HasDocs        bool       `json:"has_docs_generated"`
	HasSources     bool       `json:"has_sources_generated"`
	ProjectID      int64      `json:"project_id"`
	Href           dbt.Text   `json:"href"`
	Steps          []step     `json:"run_steps"`

	job *job
}

// A step is one command of a run.
type step struct {
	Index  int      `json:"index"` // from 1
	Name   dbt.Text `json:"name"`  // such as "Invoke dbt with `dbt build`"
	Status int      `json:"status"`
}

// hasEnded reports whether the run succeeded, failed or was cancelled, and has an end time.
func (r *jobRun) hasEnded() bool {
	return (r.Status == statusSucceeded || r.Status == statusErrored || r.Status == statusCancelled) && r.FinishedAt.IsTime()
}

// runsPerJob is the number of newest runs that are listed for each job.
// recentWindow is the time before the end of the newest run in which all runs
// of the job are read.
const (
	runsPerJob   = 10
	recentWindow = 48 * time.Hour
)

// fetchNewestRuns sets j.runs to the newest runs of j, newest first. The newest successful run,
// which shows what the job builds, is fetched too if it is older; so is the newest run with a
// freshness check if the job has such a step.
func (s *source) fetchNewestRuns(ctx context.Context, a *apiClient, j *job) error {
	onePage := func(all []*jobRun) bool { return true }
	runs, _, err := fetchList[jobRun](ctx, a, "runs/", j.runsQuery(), runsPerJob, onePage)
	if err != nil {
		return err
	}
	fetchNewestWith := func(key, value string, has func(*jobRun) bool) error {
		if len(runs) < runsPerJob || slices.ContainsFunc(runs, has) {
			return nil
		}
		query := j.runsQuery()
		query.Set(key, value)
		more, _, err := fetchList[jobRun](ctx, a, "runs/", query, 1, onePage)
		runs = append(runs, more...)
		return err
	}
	if err := fetchNewestWith("status", strconv.Itoa(statusSucceeded), (*jobRun).hasSucceeded); err != nil {
		return err
	}
	if j.hasFreshnessStep() {
		err = fetchNewestWith("has_sources_generated", "true", func(r *jobRun) bool { return r.HasSources })
	}
	for _, r := range runs {
		r.job = j
	}
	slices.SortFunc(runs, func(a, b *jobRun) int { return cmp.Compare(b.ID, a.ID) })
	j.runs = slices.CompactFunc(runs, func(a, b *jobRun) bool { return a.ID == b.ID })
	return err
}

// hasSucceeded reports whether the run ended with status success.
func (r *jobRun) hasSucceeded() bool { return r.Status == statusSucceeded }

// runsQuery returns the query that lists the runs of j, newest first.
func (j *job) runsQuery() url.Values {
	return url.Values{"job_definition_id": {strconv.FormatInt(j.ID, 10)}, "order_by": {"-id"}}
}

// hasFreshnessStep reports whether the job checks source freshness, as an extra or as one of
// its steps.
func (j *job) hasFreshnessStep() bool {
	return j.ChecksSources || slices.ContainsFunc(j.Steps, func(s string) bool { return strings.Contains(s, "freshness") })
}

// selectRuns returns the runs whose artifacts are read: the newest, the newest successful and
// the newest with a freshness check, and all that ended within recentWindow before the newest.
// Runs that have not ended are left out.
func (j *job) selectRuns() (selected []*jobRun) {
	found := [3]bool{}
	for _, r := range j.runs {
		if !r.hasEnded() {
			continue
		}
		for i, is := range []bool{true, r.hasSucceeded(), r.HasSources} {
			if is && (!found[i] || r.FinishedAt.After(j.latestRun().FinishedAt.Add(-recentWindow))) &&
				!slices.Contains(selected, r) {
				selected = append(selected, r)
			}
			found[i] = found[i] || is
		}
	}
	return selected
}

// latestRun returns the newest run that has ended, or nil.
func (j *job) latestRun() *jobRun {
	for _, r := range j.runs {
		if r.hasEnded() {
			return r
		}
	}
	return nil
}

// addJobs adds an observation for each job: how its latest run ended, or that a scheduled run
// did not begin. If isWhole is set, it also adds the scope of all jobs, as of now.
func (s *source) addJobs(v *dbt.Reader, jobs []*job, isWhole bool) {
	now := s.setting.Now().UTC().Truncate(time.Second)
	scope := sources.NewScopeName("jobs", s.setting.Name)
	if isWhole {
		v.Answer.Scopes = append(v.Answer.Scopes, sources.Scope{Name: scope, CheckedAt: now})
	}
	for _, j := range jobs {
		o := sources.Observation{Asset: sources.Asset{ID: j.assetID, Kind: sources.Job, Name: j.Name, Scope: scope}}
		r := j.latestRun()
		if r != nil {
			o.URL = string(r.Href)
		}
		if r != nil {
			o.Attempt = r.toAttempt()
		}
		if due := j.findMissedStart(now); !due.IsZero() {
			o.Attempt = sources.Attempt{At: due, Outcome: sources.NotRun}
		}
		v.Answer.Observations = append(v.Answer.Observations, o)
	}
}

// toAttempt returns the end of the run as an attempt, with a description if it did not succeed.
func (r *jobRun) toAttempt() sources.Attempt {
	a := sources.Attempt{At: r.FinishedAt.Truncate(time.Second), Began: r.CreatedAt.Truncate(time.Second), Outcome: sources.Succeeded}
	if !r.hasSucceeded() {
		a.Outcome = sources.Failed
		a.Says = r.describeFailure()
	}
	return a
}

// startGrace is how long after its scheduled time a run may begin without being reported.
const startGrace = 30 * time.Minute

// findMissedStart returns the last scheduled time, at least startGrace ago, at which the job
// did not begin a run. It returns the zero time if the job did begin, is not active, or has no
// valid schedule or no known run.
func (j *job) findMissedStart(now time.Time) time.Time {
	cron := string(j.Schedule.Cron)
	if !j.Triggers.Schedule || j.State != 1 || !gronx.IsValid(cron) {
		return time.Time{}
	}
	due, err := gronx.PrevTickBefore(cron, now.Add(-startGrace), true)
	if err != nil || len(j.runs) == 0 || !j.runs[0].CreatedAt.IsValid || !j.runs[0].CreatedAt.Before(due.Add(-time.Minute)) {
		return time.Time{}
	}
	return due
}

// describeFailure returns how a run failed or was cancelled, with the step, its command and the
// message of the platform, such as "failed at step 2, dbt build: ...".
func (r *jobRun) describeFailure() string {
	words := "failed"
	if r.Status == statusCancelled {
		words = "was cancelled"
	}
	for _, s := range r.Steps {
		if s.Status != statusSucceeded && s.Status != 0 {
			words += fmt.Sprintf(" at step %d", s.Index)
			if c := s.command(); c != "" {
				words += ", " + c
			}
			break
		}
	}
	if r.Message != "" {
		words += ": " + dbt.FirstErrorLine(string(r.Message))
	}
	return words
}

// command returns the dbt command of the step: the text in backticks in its name, clipped to
// 120 bytes; empty if there is none.
func (s step) command() string {
	_, after, _ := strings.Cut(string(s.Name), "`")
	command, _, _ := strings.Cut(after, "`")
	return sources.ClipText(command, 120)
}
