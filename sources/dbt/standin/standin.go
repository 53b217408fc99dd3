// Package standin is an account of the dbt platform in this process. It answers the part of the
// Admin API v2 that a visit uses, so that tests and the demo can run the real source. It runs
// no dbt: callers set the jobs, their runs and the artifacts.
package standin

import (
	"github.com/freshet-status/freshet/sources/standin"

	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Account holds jobs and their runs, and answers calls about them. Its fields may be set
// before the first call; SetRuns changes what it holds later.
type Account struct {
	ID        int64
	Token     string                                            // token that calls must send; "" lets everybody in
	Intercept func(w http.ResponseWriter, r *http.Request) bool // called first with every call; true if it has answered itself; may be nil

	mu    sync.Mutex
	jobs  []Job
	runs  []Run
	calls []string
}

// A Job runs commands, by a schedule or when somebody starts it.
type Job struct {
	ID          int64
	Name        string
	Environment int64
	Type        string // "ci", "merge", "scheduled" or "other"; "" is "other"
	Cron        string // schedule in UTC; "" if there is none
	Commands    []string
}

// A Run is one run of a job.
type Run struct {
	ID       int64
	Job      int64
	Project  int64
	Status   int // 1 queued, 3 running, 10 success, 20 error, 30 cancelled
	Created  time.Time
	Finished time.Time // zero while it runs
	Message  string
	Steps    []Step
}

// A Step is one command of a run, with the artifacts that it left.
type Step struct {
	Command   string
	Status    int
	Artifacts map[string]string // content by file name
}

// SetRuns replaces the jobs and the runs of the account.
func (a *Account) SetRuns(jobs []Job, runs []Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.jobs = jobs
	a.runs = runs
}

// RecordedCalls returns path and query of every call until now, oldest first.
func (a *Account) RecordedCalls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// Start serves the account on a free port of this machine until the process ends, and returns
// its address.
func (a *Account) Start() (address string, err error) { return standin.StartURL(a) }

// A jsonObject is an object of an answer.
type jsonObject = map[string]any

// ServeHTTP records and answers one call.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, r.URL.RequestURI())
	if a.Intercept != nil && a.Intercept(w, r) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, fmt.Sprintf("/api/v2/accounts/%d/", a.ID))
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case a.Token != "" && r.Header.Get("Authorization") != "Bearer "+a.Token:
		WriteError(w, http.StatusUnauthorized, "Invalid token.")
	case !ok:
		WriteError(w, http.StatusNotFound, "The requested resource was not found.")
	case path == "jobs/":
		a.writePage(w, r, a.filterJobs(r))
	case path == "runs/":
		a.writePage(w, r, a.filterRuns(r))
	case len(parts) == 2 && parts[0] == "runs":
		a.writeRun(w, parts[1])
	case len(parts) == 4 && parts[2] == "artifacts":
		a.writeArtifact(w, parts[1], parts[3], r.URL.Query().Get("step"))
	default:
		WriteError(w, http.StatusNotFound, "The requested resource was not found.")
	}
}

// WriteError answers with a status and a message, in the form of the Admin API.
func WriteError(w http.ResponseWriter, status int, says string) {
	writeJSON(
		w,
		status,
		jsonObject{
			"data":   nil,
			"status": jsonObject{"code": status, "is_success": false, "user_message": says, "developer_message": ""},
		},
	)
}

// writeJSON answers with a status and v as JSON.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// successStatus is the status object in every answer that is no error.
var successStatus = jsonObject{"code": 200, "is_success": true, "user_message": "Success!", "developer_message": ""}

// writePage answers with the page of all that limit and offset of the call ask for: 100
// elements at most.
func (a *Account) writePage(w http.ResponseWriter, r *http.Request, all []jsonObject) {
	query := r.URL.Query()
	limit := numberOr(query.Get("limit"), 100)
	offset := numberOr(query.Get("offset"), 0)
	total := len(all)
	all = all[min(offset, total):]
	all = all[:min(limit, 100, len(all))]
	if all == nil {
		all = []jsonObject{}
	}
	writeJSON(w, http.StatusOK, jsonObject{"data": all, "status": successStatus, "extra": jsonObject{
		"filters": jsonObject{"account_id": a.ID}, "order_by": query.Get("order_by"),
		"pagination": jsonObject{"count": len(all), "total_count": total},
	}})
}

// numberOr returns the number that text holds, or usual if it holds none.
func numberOr(text string, usual int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return usual
}

// filterJobs returns the jobs that a call asks for: all, or those of environment_id.
func (a *Account) filterJobs(r *http.Request) (all []jsonObject) {
	environment := int64(numberOr(r.URL.Query().Get("environment_id"), 0))
	for _, j := range a.jobs {
		if environment == 0 || j.Environment == environment {
			all = append(all, j.toJSON(a.ID))
		}
	}
	return all
}

// toJSON returns the job with all keys that the description of the API requires.
func (j Job) toJSON(account int64) jsonObject {
	stamp := "2026-01-01T00:00:00Z"
	return jsonObject{
		"id":                   j.ID,
		"account_id":           account,
		"project_id":           1,
		"environment_id":       j.Environment,
		"name":                 j.Name,
		"state":                1,
		"job_type":             cmp.Or(j.Type, "other"),
		"execute_steps":        append([]string{}, j.Commands...),
		"run_generate_sources": false,
		"triggers":             jsonObject{"github_webhook": false, "schedule": j.Cron != ""},
		"schedule": jsonObject{
			"cron": j.Cron,
			"date": jsonObject{"type": "custom_cron"},
			"time": jsonObject{"type": "every_hour"},
		},
		"account": jsonObject{
			"name":  "Tidewater",
			"state": 1,
		},
		"project": jsonObject{"account_id": account, "name": "Tidewater", "state": 1, "type": 0},
		"environment": jsonObject{
			"account_id":        account,
			"project_id":        1,
			"name":              "Production",
			"state":             1,
			"supports_docs":     true,
			"type":              "deployment",
			"use_custom_branch": false,
		},
		"created_at":                       stamp,
		"updated_at":                       stamp,
		"fusion_readiness":                 jsonObject{},
		"is_deferrable":                    false,
		"job_completion_trigger_condition": jsonObject{},
		"lifecycle_webhooks_url":           "",
		"raw_dbt_version":                  "latest",
		"run_failure_count":                0,
	}
}

// filterRuns returns the runs that a call asks for, by job_definition_id, status and
// has_sources_generated, in the order of their ids, or newest first for order_by=-id.
func (a *Account) filterRuns(r *http.Request) (all []jsonObject) {
	query := r.URL.Query()
	job := int64(numberOr(query.Get("job_definition_id"), 0))
	status := numberOr(query.Get("status"), 0)
	runs := slices.Clone(a.runs)
	slices.SortFunc(runs, func(a, b Run) int { return int(b.ID - a.ID) })
	if query.Get("order_by") != "-id" {
		slices.Reverse(runs)
	}
	for _, run := range runs {
		if (job == 0 || run.Job == job) && (status == 0 || run.Status == status) &&
			(query.Get("has_sources_generated") != "true" || run.hasArtifact("sources.json")) {
			all = append(all, run.toJSON(a))
		}
	}
	return all
}

// hasArtifact reports whether a step of the run left the artifact.
func (r Run) hasArtifact(artifact string) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Artifacts[artifact] != "" })
}

// toJSON returns the run as lists have it, without its steps.
func (r Run) toJSON(a *Account) jsonObject {
	o := jsonObject{
		"id": r.ID, "account_id": a.ID, "job_definition_id": r.Job, "project_id": max(r.Project, 1), "status": r.Status,
		"created_at": r.Created.UTC().Format(time.RFC3339), "updated_at": r.Created.UTC().Format(time.RFC3339),
		"artifacts_saved": r.hasArtifact(
			"manifest.json",
		), "has_docs_generated": r.hasArtifact("catalog.json"), "has_sources_generated": r.hasArtifact("sources.json"),
		"href": fmt.Sprintf("https://platform.tidewater.example/deploy/%d/projects/1/runs/%d/", a.ID, r.ID),
	}
	if !r.Finished.IsZero() {
		o["finished_at"] = r.Finished.UTC().Format(time.RFC3339)
	}
	if r.Message != "" {
		o["status_message"] = r.Message
	}
	return o
}

// findRun returns the run with this id; false if there is none.
func (a *Account) findRun(id string) (Run, bool) {
	i := slices.IndexFunc(a.runs, func(r Run) bool { return strconv.FormatInt(r.ID, 10) == id })
	if i < 0 {
		return Run{}, false
	}
	return a.runs[i], true
}

// writeRun answers with a run and its steps.
func (a *Account) writeRun(w http.ResponseWriter, id string) {
	run, ok := a.findRun(id)
	if !ok {
		WriteError(w, http.StatusNotFound, "The requested resource was not found.")
		return
	}
	o := run.toJSON(a)
	steps := []jsonObject{}
	for i, s := range run.Steps {
		steps = append(
			steps,
			jsonObject{
				"run_id":     run.ID,
				"account_id": a.ID,
				"index":      i + 1,
				"status":     s.Status,
				"name":       "Invoke dbt with `" + s.Command + "`",
			},
		)
	}
	o["run_steps"] = steps
	writeJSON(w, http.StatusOK, jsonObject{"data": o, "status": successStatus})
}

// writeArtifact answers with an artifact of a step, counted from 1; without a step, of the last
// one.
func (a *Account) writeArtifact(w http.ResponseWriter, id, name, step string) {
	run, ok := a.findRun(id)
	nth := numberOr(step, len(run.Steps))
	if !ok || nth < 1 || nth > len(run.Steps) || run.Steps[nth-1].Artifacts[name] == "" {
		WriteError(w, http.StatusNotFound, "The requested artifact was not found.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(run.Steps[nth-1].Artifacts[name]))
}
