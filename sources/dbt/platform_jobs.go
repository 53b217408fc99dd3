package dbt

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
)

// A job is a job of the platform, and its newest runs.
type job struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	State    int    `json:"state"`    // 1 is active
	Type     text   `json:"job_type"` // "scheduled", "ci", "merge", "other"
	Env      int64  `json:"environment_id"`
	Project  int64  `json:"project_id"`
	Steps    texts  `json:"execute_steps"`
	Checks   bool   `json:"run_generate_sources"` // source freshness is a step of its own
	Triggers struct {
		Schedule bool `json:"schedule"`
	} `json:"triggers"`
	Schedule struct {
		Cron text `json:"cron"` // in UTC
	} `json:"schedule"`

	id   sources.ID
	runs []*platformRun // newest first
}

// jobs lists the jobs whose runs count.
func (s *platform) jobs(ctx context.Context, a *api, v *visit) (chosen []*job, err error) {
	query := url.Values{"state": {"active"}, "order_by": {"id"}}
	if s.Environment != 0 {
		query.Set("environment_id", strconv.FormatInt(s.Environment, 10))
	}
	all, err := list[*job](ctx, a, "jobs/", query, pageSize, nil)
	if err != nil {
		return nil, err
	}
	known := make(map[int64]bool)
	for _, j := range all {
		j.id = sources.ID(fmt.Sprintf("job:%s/%d", s.setting.Name, j.ID))
		if known[j.ID] = true; slices.Contains(s.Jobs, j.ID) || len(s.Jobs) == 0 && j.Type != "ci" && j.Type != "merge" {
			chosen = append(chosen, j) // what tries out a change builds elsewhere
		}
	}
	if s.Environment == 0 && len(s.Jobs) == 0 {
		if err := oneEach(chosen); err != nil {
			return nil, err
		}
	}
	for _, id := range s.Jobs {
		if !known[id] {
			v.fail(fmt.Errorf("there is no job %d\nhint: was it deleted, or is it of another account or environment? its address ends in its number", id))
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no job is visible, which is no empty account\nhint: is environment right, and may the token see its jobs?")
	}
	return chosen, nil
}

// oneEach proves that the jobs of a project are all of one environment: what one
// builds is not there in another, though it has the same name.
func oneEach(all []*job) error {
	of := make(map[int64]int64)
	for _, j := range all {
		if env, ok := of[j.Project]; ok && env != j.Env {
			return fmt.Errorf("the jobs of project %d are of the environments %d and %d, which build different tables of one name\nhint: environment in [[source]] names the one that people read; jobs may name some", j.Project, env, j.Env)
		}
		of[j.Project] = j.Env
	}
	return nil
}

// Statuses of runs and steps.
const (
	succeeded = 10
	errored   = 20
	cancelled = 30
)

// A platformRun is a run of a job.
type platformRun struct {
	ID       int64  `json:"id"`
	Status   int    `json:"status"`
	Message  text   `json:"status_message"`
	Created  moment `json:"created_at"`
	Finished moment `json:"finished_at"`
	Saved    bool   `json:"artifacts_saved"`
	Docs     bool   `json:"has_docs_generated"`
	Sources  bool   `json:"has_sources_generated"`
	Project  int64  `json:"project_id"`
	Href     text   `json:"href"`
	Steps    []step `json:"run_steps"`

	job *job
}

// A step is a command of a run.
type step struct {
	Index  int  `json:"index"` // from 1
	Name   text `json:"name"`  // such as "Invoke dbt with `dbt build`"
	Status int  `json:"status"`
}

// ended reports whether the run is over.
func (r *platformRun) ended() bool {
	return (r.Status == succeeded || r.Status == errored || r.Status == cancelled) && r.Finished.said
}

// few is how many of its newest runs are asked of a job, and recent how old
// one may be that is not the newest.
const (
	few    = 10
	recent = 48 * time.Hour
)

// newest reads the newest runs of a job. The newest that went well is among
// them, if there was one: it says what the job builds.
func (s *platform) newest(ctx context.Context, a *api, j *job) error {
	first := func(all []*platformRun) bool { return true }
	runs, err := list[*platformRun](ctx, a, "runs/", j.query(), few, first)
	if err != nil {
		return err
	}
	ask := func(key, value string, has func(*platformRun) bool) error {
		if len(runs) < few || slices.ContainsFunc(runs, has) {
			return nil
		}
		query := j.query()
		query.Set(key, value)
		more, err := list[*platformRun](ctx, a, "runs/", query, 1, first)
		runs = append(runs, more...)
		return err
	}
	if err := ask("status", strconv.Itoa(succeeded), (*platformRun).well); err != nil {
		return err
	}
	if j.checks() {
		err = ask("has_sources_generated", "true", func(r *platformRun) bool { return r.Sources })
	}
	for _, r := range runs {
		r.job = j
	}
	slices.SortFunc(runs, func(a, b *platformRun) int { return cmp.Compare(b.ID, a.ID) })
	j.runs = slices.CompactFunc(runs, func(a, b *platformRun) bool { return a.ID == b.ID })
	return err
}

func (r *platformRun) well() bool { return r.Status == succeeded }

func (j *job) query() url.Values {
	return url.Values{"job_definition_id": {strconv.FormatInt(j.ID, 10)}, "order_by": {"-id"}}
}

// checks reports whether source freshness is a step of the job.
func (j *job) checks() bool {
	return j.Checks || slices.ContainsFunc(j.Steps, func(s string) bool { return strings.Contains(s, "freshness") })
}

// chosen are the runs of which the artifacts count: the newest, the newest that
// went well, the newest that checked sources, and all of the last days.
func (j *job) chosen() (chosen []*platformRun) {
	met := [3]bool{}
	for _, r := range j.runs {
		if !r.ended() {
			continue
		}
		for i, is := range []bool{true, r.well(), r.Sources} {
			if is && (!met[i] || r.Finished.After(j.latest().Finished.Add(-recent))) && !slices.Contains(chosen, r) {
				chosen = append(chosen, r)
			}
			met[i] = met[i] || is
		}
	}
	return chosen
}

// latest is the newest run that is over, nil if there is none.
func (j *job) latest() *platformRun {
	for _, r := range j.runs {
		if r.ended() {
			return r
		}
	}
	return nil
}

// tellJobs tells how each job stands: when its last run ended and how, and
// whether one was due that nobody began.
func (s *platform) tellJobs(v *visit, found []*job) {
	now := s.setting.Clock().UTC().Truncate(second)
	scope := "jobs:" + s.setting.Name
	v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: scope, Look: now})
	for _, j := range found {
		o := sources.Observation{Asset: sources.Asset{ID: j.id, Kind: sources.Job, Name: j.Name, Scope: scope}}
		r := j.latest()
		if r != nil {
			o.URL = string(r.Href)
		}
		if r != nil {
			o.Attempt = r.attempt()
		}
		if due := j.due(now); !due.IsZero() {
			o.Attempt = sources.Attempt{At: due, Outcome: sources.Absent}
		}
		v.answer.Observations = append(v.answer.Observations, o)
	}
}

// attempt is how a run ended.
func (r *platformRun) attempt() sources.Attempt {
	a := sources.Attempt{At: r.Finished.Truncate(second), Began: r.Created.Truncate(second), Outcome: sources.Well}
	if !r.well() {
		a.Outcome, a.Says = sources.Failed, r.says()
	}
	return a
}

// patience is how long a run may begin after it is due.
const patience = 30 * time.Minute

// due is when the job should have run by its schedule and did not; zero if it
// did, or has none.
func (j *job) due(now time.Time) time.Time {
	cron := string(j.Schedule.Cron)
	if !j.Triggers.Schedule || j.State != 1 || !gronx.IsValid(cron) {
		return time.Time{}
	}
	due, err := gronx.PrevTickBefore(cron, now.Add(-patience), true)
	if err != nil || len(j.runs) == 0 || !j.runs[0].Created.said || !j.runs[0].Created.Before(due.Add(-time.Minute)) {
		return time.Time{}
	}
	return due
}

// says is how a run ended, in words: the step, its command, and what the
// platform says.
func (r *platformRun) says() string {
	words := "failed"
	if r.Status == cancelled {
		words = "was cancelled"
	}
	for _, s := range r.Steps {
		if s.Status != succeeded && s.Status != 0 {
			words += fmt.Sprintf(" at step %d", s.Index)
			if c := s.command(); c != "" {
				words += ", " + c
			}
			break
		}
	}
	if r.Message != "" {
		words += ": " + says(string(r.Message))
	}
	return words
}

// command is what a step runs: what stands in backticks in its name.
func (s step) command() string {
	_, after, _ := strings.Cut(string(s.Name), "`")
	command, _, _ := strings.Cut(after, "`")
	return sources.Clip(command, 120)
}
