package platform_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/freshness/freshnesstest"
	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
	"github.com/freshet-status/freshet/sources/dbt/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// A platformDay is what the platform has at one visit: a run of the job of the day at 05:00, with what
// dbt left.
type platformDay struct {
	dbttest.Day
	change  func(job *standin.Job, run *standin.Run) // changes them; may be nil
	others  []standin.Job
	earlier bool     // whether the runs of the days before are listed too
	rewrite []string // texts of answers, each followed by the text in its place
	refused string   // part of the path of calls that are refused; "" if none is
}

// daily is the job that runs every day.
var daily = standin.Job{ID: 42, Name: "daily", Environment: 3, Cron: "0 5 * * *"}

// visitPlatform returns a visit of an account of the platform.
func visitPlatform(t *testing.T) sourcetest.Visit[platformDay] {
	state := t.TempDir()
	var runs []standin.Run
	return func(day platformDay, at time.Time) []sources.VisitTarget {
		day.Day = day.On(at)
		job := daily
		run := day.run(at)
		if day.change != nil {
			day.change(&job, &run)
		}
		runs = append(runs, run)
		listed := runs[len(runs)-1:]
		if day.earlier {
			listed = runs
		}
		a := new(standin.Account)
		a.SetRuns(append([]standin.Job{job}, day.others...), listed)
		setting := sources.Setting{State: state, Zone: day.Zone, Now: func() time.Time { return at }}
		src := newPlatformAt(t, day.distort(serveAccount(t, a)), nil, setting)
		return []sources.VisitTarget{{Source: src, Type: "dbt-platform", Deadline: time.Hour}}
	}
}

// run returns the run of the day of at.
func (day platformDay) run(at time.Time) standin.Run {
	began := at.Truncate(24 * time.Hour).Add(5 * time.Hour)
	run := standin.Run{ID: int64(at.Day()), Job: 42, Status: 10, Created: began, Finished: began.Add(20 * time.Minute)}
	add := func(command, name, content string) {
		if content != "" {
			artifacts := map[string]string{name: content, "manifest.json": day.Manifest}
			run.Steps = append(run.Steps, standin.Step{Command: command, Status: 10, Artifacts: artifacts})
		}
	}
	add("dbt parse", "manifest.json", day.Manifest)
	add("dbt source freshness", "sources.json", day.Checks)
	add("dbt "+day.Command(), "run_results.json", day.Run)
	return run
}

// distort returns an API that refuses and rewrites answers of another.
func (day platformDay) distort(api http.Handler) http.Handler {
	texts := strings.NewReplacer(day.rewrite...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if day.refused != "" && strings.Contains(r.URL.Path, day.refused) {
			standin.WriteError(w, http.StatusForbidden, "You do not have permission to perform this action.")
			return
		}
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		w.WriteHeader(answer.Code)
		_, _ = texts.WriteString(w, answer.Body.String())
	})
}

// TestTheLiesOfThePlatform has what the platform can say wrongly, and what must come out.
func TestTheLiesOfThePlatform(t *testing.T) {
	sourcetest.RunLies(t, sourcetest.LieTable[platformDay]{
		Open:  visitPlatform,
		Judge: freshnesstest.NewJudge(freshnesstest.DefaultRules()),
		Rows:  slices.Concat(artifactLies(), platformLies),
	})
}

// artifactLies returns the rows about artifacts, which a job of the platform left.
func artifactLies() (rows []sourcetest.LieRow[platformDay]) {
	for _, row := range dbttest.Lies("cloud", "jobs:cloud") {
		days := make([]platformDay, len(row.Answers))
		for i, day := range row.Answers {
			days[i].Day = day
		}
		rows = append(rows, sourcetest.LieRow[platformDay]{
			Lie:     row.Lie,
			Name:    row.Name,
			Answers: days,
			Asset:   row.Asset,
			Want:    row.Want,
		})
	}
	return rows
}

const (
	orders = sources.ID("table:RAW.SHOP.ORDERS")
	fct    = sources.ID("table:PROD.MART.FCT")
	job    = sources.ID("job:cloud/42")
)

// goodDay returns a day on which the job checks and builds.
func goodDay() platformDay { return platformDay{Day: dbttest.GoodDay()} }

// goodUntil returns two good days, and then today.
func goodUntil(today platformDay) []platformDay { return []platformDay{goodDay(), goodDay(), today} }

// changed returns a good day on which the job and its run are changed.
func changed(change func(job *standin.Job, run *standin.Run)) platformDay {
	day := goodDay()
	day.change = change
	return day
}

// failed returns a good day on which the job fails before it builds anything, and is then changed.
func failed(change func(job *standin.Job, run *standin.Run)) platformDay {
	return changed(func(job *standin.Job, run *standin.Run) {
		run.Status = 20
		run.Message = "Database Error\n  connection reset"
		run.Steps[2].Status = 20
		delete(run.Steps[2].Artifacts, "run_results.json")
		change(job, run)
	})
}

// withEarlier returns the day, on which the platform lists the runs of the days before too.
func withEarlier(day platformDay) platformDay {
	day.earlier = true
	return day
}

// platformLies are those that only the platform can tell.
var platformLies = []sourcetest.LieRow[platformDay]{
	{
		Lie:   sourcetest.EmptyCommit,
		Name:  "the run of today ends well, and only compiles",
		Asset: fct,
		Answers: goodUntil(platformDay{Day: dbttest.GoodDay().WithRun(
			dbttest.RunResults("compile", "2026-08-22T05:10:00Z", "", "model.shop.fct success"))}),
		Want: sourcetest.Outcome{
			Scopes: []string{"jobs:cloud", "project:shop"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.EmptyCommit,
		Name:    "the run of today ends well without a step",
		Asset:   fct,
		Answers: goodUntil(changed(func(_ *standin.Job, run *standin.Run) { run.Steps = nil })),
		Want: sourcetest.Outcome{
			Scopes: []string{"jobs:cloud"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.PartialList,
		Name:  "a step succeeds and leaves no artifact",
		Asset: fct,
		Answers: goodUntil(changed(func(_ *standin.Job, run *standin.Run) {
			delete(run.Steps[2].Artifacts, "run_results.json")
		})),
		Want: sourcetest.Outcome{
			Scopes: []string{"jobs:cloud", "project:shop"},
			Notes:  []string{"job \"daily\", run 22: step 3 (dbt build) succeeded but left no run_results.json"},
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{fct},
		},
	},
	{
		Lie:     sourcetest.PartialList,
		Name:    "the list of jobs ends before the number of jobs that it names",
		Asset:   job,
		Answers: goodUntil(platformDay{Day: dbttest.GoodDay(), rewrite: []string{`"total_count":1`, `"total_count":2`}}),
		Want: sourcetest.Outcome{
			Attempt: "well 22 Aug 05:20",
			Scopes:  []string{"project:shop"},
			Notes:   []string{"jobs: only 1 of 2 listed; the rest may still be there"},
			Status:  "not in the report",
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "the token may not list jobs any more",
		Asset:   fct,
		Answers: goodUntil(platformDay{Day: dbttest.GoodDay(), refused: "/jobs/"}),
		Want: sourcetest.Outcome{
			Error: "jobs/: 403 Forbidden (You do not have permission to perform this action.)\n" +
				"hint: give the token " +
				"the permission set Job Viewer for this account",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:   sourcetest.LostGrant,
		Name:  "the token may not list jobs for three days",
		Asset: fct,
		Answers: []platformDay{
			goodDay(),
			{Day: dbttest.GoodDay(), refused: "/jobs/"},
			{Day: dbttest.GoodDay(), refused: "/jobs/"},
			{Day: dbttest.GoodDay(), refused: "/jobs/"},
		},
		Want: sourcetest.Outcome{
			Error: "jobs/: 403 Forbidden (You do not have permission to perform this action.)\n" +
				"hint: give the token " +
				"the permission set Job Viewer for this account",
			Status: "unknown, needs attention",
			Strip:  "fuuu",
			Causes: []sources.ID{"visit:cloud"},
		},
	},
	{
		Lie:     sourcetest.LostGrant,
		Name:    "the token may list runs and not read them any more",
		Asset:   fct,
		Answers: goodUntil(platformDay{Day: dbttest.GoodDay(), refused: "/runs/22/"}),
		Want: sourcetest.Outcome{
			Scopes: []string{"jobs:cloud"},
			Error: "job \"daily\", run 22: runs/22/: 403 Forbidden (You do not have permission to perform this " +
				"action.)\n" +
				"hint: give the token the permission set Job Viewer for this account",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.Renamed,
		Name:    "the job has another name, and fails",
		Asset:   fct,
		Answers: goodUntil(withEarlier(failed(func(job *standin.Job, _ *standin.Run) { job.Name = "every day" }))),
		Want: sourcetest.Outcome{
			Readings: []string{"built 21 Aug 05:10, checked 21 Aug 05:11"},
			Scopes:   []string{"jobs:cloud", "project:shop"},
			Status:   "aging, needs attention",
			Strip:    "ffa",
			Causes:   []sources.ID{job},
		},
	},
	{
		Lie:   sourcetest.Cloned,
		Name:  "a copy of the job runs in another environment",
		Asset: fct,
		Answers: goodUntil(platformDay{
			Day:    dbttest.GoodDay(),
			others: []standin.Job{{ID: 43, Name: "daily", Environment: 4}},
		}),
		Want: sourcetest.Outcome{
			Error: "project 1: jobs in environments 3 and 4 build different tables under the same name\n" +
				"hint: set " +
				"environment in [[source]] to the one that people use, or list jobs",
			Status: "aging, waiting",
			Strip:  "ffa",
			Causes: []sources.ID{orders},
		},
	},
	{
		Lie:     sourcetest.FutureTime,
		Name:    "a run that fails ended tomorrow",
		Asset:   job,
		Answers: goodUntil(failed(func(_ *standin.Job, run *standin.Run) { run.Finished = run.Finished.AddDate(0, 0, 1) })),
		Want: sourcetest.Outcome{
			Scopes: []string{"jobs:cloud", "project:shop"},
			Notes:  []string{"ignored 1 value later than this run; check the clocks of this machine and of the sender"},
			Status: "not in the report",
		},
	},
	{
		Lie:   sourcetest.Epoch,
		Name:  "a run that was cancelled has year 1 as its end",
		Asset: job,
		Answers: goodUntil(platformDay{
			Day:     dbttest.GoodDay(),
			change:  func(_ *standin.Job, run *standin.Run) { run.Status = 30 },
			rewrite: []string{`"finished_at":"2026-08-22T05:20:00Z"`, `"finished_at":"0001-01-01T00:00:00Z"`},
		}),
		Want: sourcetest.Outcome{
			Scopes: []string{"jobs:cloud"},
			Status: "not in the report",
		},
	},
	{
		Lie:   sourcetest.WrongZone,
		Name:  "the platform writes when the run began with another offset",
		Asset: job,
		Answers: goodUntil(platformDay{
			Day:     dbttest.GoodDay(),
			rewrite: []string{`"created_at":"2026-08-22T05:00:00Z"`, `"created_at":"2026-08-22 00:00:00.000000-05:00"`},
		}),
		Want: sourcetest.Outcome{
			Attempt: "well 22 Aug 05:20",
			Scopes:  []string{"jobs:cloud", "project:shop"},
			Status:  "not in the report",
		},
	},
}
