// Package standin is an account of the dbt platform in this process: it answers
// as much of the Admin API v2 as a visit asks for. Tests and the demo let the
// real source visit it.
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

// An Account holds jobs and their runs. Its fields may be set before the first
// call; Set changes what it holds later.
type Account struct {
	ID     int64
	Token  string                                            // that lets in; "" lets everybody in
	Before func(w http.ResponseWriter, r *http.Request) bool // true if it has answered a call itself

	mu    sync.Mutex
	jobs  []Job
	runs  []Run
	calls []string
}

// A Job runs commands.
type Job struct {
	ID          int64
	Name        string
	Environment int64
	Type        string // "ci", "merge", "scheduled", "other"; "" is the last
	Cron        string // in UTC; "" is not scheduled
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

// A Step is a command of a run, and what it left.
type Step struct {
	Command   string
	Status    int
	Artifacts map[string]string // by name
}

// Set changes what the account holds.
func (a *Account) Set(jobs []Job, runs []Run) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.jobs, a.runs = jobs, runs
}

// Calls are the paths and queries that were asked for until now.
func (a *Account) Calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// Start listens on a free port of this machine, until this process ends.
func (a *Account) Start() (address string, err error) {
	server, err := standin.Start(a)
	if err != nil {
		return "", err
	}
	return server.URL(), nil
}

type object = map[string]any

// ServeHTTP answers a call.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, r.URL.RequestURI())
	if a.Before != nil && a.Before(w, r) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, fmt.Sprintf("/api/v2/accounts/%d/", a.ID))
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case a.Token != "" && r.Header.Get("Authorization") != "Bearer "+a.Token:
		Refuse(w, http.StatusUnauthorized, "Invalid token.")
	case !ok:
		Refuse(w, http.StatusNotFound, "The requested resource was not found.")
	case path == "jobs/":
		a.list(w, r, a.jobsOf(r))
	case path == "runs/":
		a.list(w, r, a.runsOf(r))
	case len(parts) == 2 && parts[0] == "runs":
		a.run(w, parts[1])
	case len(parts) == 4 && parts[2] == "artifacts":
		a.artifact(w, parts[1], parts[3], r.URL.Query().Get("step"))
	default:
		Refuse(w, http.StatusNotFound, "The requested resource was not found.")
	}
}

// Refuse answers that something is wrong.
func Refuse(w http.ResponseWriter, status int, says string) {
	answer(w, status, object{"data": nil, "status": object{"code": status, "is_success": false, "user_message": says, "developer_message": ""}})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

var good = object{"code": 200, "is_success": true, "user_message": "Success!", "developer_message": ""}

// list answers with a page.
func (a *Account) list(w http.ResponseWriter, r *http.Request, all []object) {
	query := r.URL.Query()
	limit, offset := number(query.Get("limit"), 100), number(query.Get("offset"), 0)
	total := len(all)
	all = all[min(offset, total):]
	all = all[:min(limit, 100, len(all))]
	if all == nil {
		all = []object{}
	}
	answer(w, http.StatusOK, object{"data": all, "status": good, "extra": object{
		"filters": object{"account_id": a.ID}, "order_by": query.Get("order_by"),
		"pagination": object{"count": len(all), "total_count": total},
	}})
}

func number(text string, usual int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return usual
}

func (a *Account) jobsOf(r *http.Request) (all []object) {
	environment := int64(number(r.URL.Query().Get("environment_id"), 0))
	for _, j := range a.jobs {
		if environment == 0 || j.Environment == environment {
			all = append(all, j.object(a.ID))
		}
	}
	return all
}

// object is a job with the keys that the description of the API requires.
func (j Job) object(account int64) object {
	stamp := "2026-01-01T00:00:00Z"
	return object{
		"id": j.ID, "account_id": account, "project_id": 1, "environment_id": j.Environment, "name": j.Name, "state": 1, "job_type": cmp.Or(j.Type, "other"),
		"execute_steps": append([]string{}, j.Commands...), "run_generate_sources": false,
		"triggers": object{"github_webhook": false, "schedule": j.Cron != ""},
		"schedule": object{"cron": j.Cron, "date": object{"type": "custom_cron"}, "time": object{"type": "every_hour"}},
		"account":  object{"name": "Tidewater", "state": 1}, "project": object{"account_id": account, "name": "Tidewater", "state": 1, "type": 0},
		"environment": object{"account_id": account, "project_id": 1, "name": "Production", "state": 1, "supports_docs": true, "type": "deployment", "use_custom_branch": false},
		"created_at":  stamp, "updated_at": stamp, "fusion_readiness": object{}, "is_deferrable": false,
		"job_completion_trigger_condition": object{}, "lifecycle_webhooks_url": "", "raw_dbt_version": "latest", "run_failure_count": 0,
	}
}

func (a *Account) runsOf(r *http.Request) (all []object) {
	query := r.URL.Query()
	job, status := int64(number(query.Get("job_definition_id"), 0)), number(query.Get("status"), 0)
	runs := slices.Clone(a.runs)
	slices.SortFunc(runs, func(a, b Run) int { return int(b.ID - a.ID) })
	if query.Get("order_by") != "-id" {
		slices.Reverse(runs)
	}
	for _, run := range runs {
		if (job == 0 || run.Job == job) && (status == 0 || run.Status == status) && (query.Get("has_sources_generated") != "true" || run.has("sources.json")) {
			all = append(all, run.object(a))
		}
	}
	return all
}

func (r Run) has(artifact string) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Artifacts[artifact] != "" })
}

func (r Run) object(a *Account) object {
	o := object{
		"id": r.ID, "account_id": a.ID, "job_definition_id": r.Job, "project_id": max(r.Project, 1), "status": r.Status,
		"created_at": r.Created.UTC().Format(time.RFC3339), "updated_at": r.Created.UTC().Format(time.RFC3339),
		"artifacts_saved": r.has("manifest.json"), "has_docs_generated": r.has("catalog.json"), "has_sources_generated": r.has("sources.json"),
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

func (a *Account) find(id string) (Run, bool) {
	i := slices.IndexFunc(a.runs, func(r Run) bool { return strconv.FormatInt(r.ID, 10) == id })
	if i < 0 {
		return Run{}, false
	}
	return a.runs[i], true
}

// run answers with a run and its steps.
func (a *Account) run(w http.ResponseWriter, id string) {
	run, ok := a.find(id)
	if !ok {
		Refuse(w, http.StatusNotFound, "The requested resource was not found.")
		return
	}
	o, steps := run.object(a), []object{}
	for i, s := range run.Steps {
		steps = append(steps, object{"run_id": run.ID, "account_id": a.ID, "index": i + 1, "status": s.Status, "name": "Invoke dbt with `" + s.Command + "`"})
	}
	o["run_steps"] = steps
	answer(w, http.StatusOK, object{"data": o, "status": good})
}

// artifact answers with a file of a step; without one, of the last.
func (a *Account) artifact(w http.ResponseWriter, id, name, step string) {
	run, ok := a.find(id)
	nth := number(step, len(run.Steps))
	if !ok || nth < 1 || nth > len(run.Steps) || run.Steps[nth-1].Artifacts[name] == "" {
		Refuse(w, http.StatusNotFound, "The requested artifact was not found.")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(run.Steps[nth-1].Artifacts[name]))
}
