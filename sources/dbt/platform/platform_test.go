package platform_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
	"github.com/freshet-status/freshet/sources/dbt/platform"
	"github.com/freshet-status/freshet/sources/dbt/standin"
	"github.com/freshet-status/freshet/sources/sourcetest"
	"github.com/freshet-status/freshet/sources/sourcetest/described"
)

// secret is a token that must not come out anywhere.
const secret = "canary-77c2"

var noon = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// newPlatform returns a source that reads a. All answers are checked against the description of
// the API.
func newPlatform(t testing.TB, a *standin.Account, change func(*platform.Config)) sources.Source {
	t.Helper()
	return newPlatformIn(t, a, change, filepath.Join(t.TempDir(), "state"))
}

// newPlatformIn returns a source that reads a, with a state folder.
func newPlatformIn(
	t testing.TB,
	a *standin.Account,
	change func(*platform.Config),
	state string,
) sources.Source {
	t.Helper()
	return newPlatformAt(t, serveAccount(t, a), change, sources.Setting{State: state, Now: func() time.Time { return noon }})
}

// serveAccount returns the API of a. All answers are checked against its description.
func serveAccount(t testing.TB, a *standin.Account) http.Handler {
	t.Helper()
	a.ID = 7
	a.Token = secret
	return described.WrapHandler(t, "FRESHET_DBT_OPENAPI", a)
}

// newPlatformAt returns a source that reads an API in a setting, to which it adds what all have.
func newPlatformAt(
	t testing.TB,
	api http.Handler,
	change func(*platform.Config),
	setting sources.Setting,
) sources.Source {
	t.Helper()
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	c := &platform.Config{URL: server.URL + "/", Account: 7, TokenEnv: "TOKEN"}
	if change != nil {
		change(c)
	}
	if faults := c.Faults(); len(faults) > 0 {
		t.Fatalf("Faults: got %v, want none", faults)
	}
	setting.Name = "cloud"
	setting.Dir = t.TempDir()
	setting.Env = func(name string) string { return map[string]string{"TOKEN": secret}[name] }
	return c.Open(setting)
}

// nightly is a job with three steps.
var nightly = standin.Job{
	ID:          42,
	Name:        "nightly",
	Environment: 3,
	Cron:        "0 5 * * *",
	Commands:    []string{"dbt source freshness", "dbt build"},
}

// nightlyRun returns a run of nightly on a day of August 2026: it checks, builds and generates
// docs. Only the check and the build count.
func nightlyRun(id int64, day int) standin.Run {
	at := time.Date(2026, 8, day, 5, 0, 0, 0, time.UTC)
	stamp := func(minutes int) string { return at.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339) }
	return standin.Run{ID: id, Job: 42, Status: 10, Created: at, Finished: at.Add(20 * time.Minute), Steps: []standin.Step{
		{Command: "dbt deps", Status: 10},
		{
			Command: "dbt source freshness",
			Status:  10,
			Artifacts: map[string]string{
				"sources.json":  dbttest.Checks(stamp(1), stamp(-30)+" "+stamp(1)),
				"manifest.json": dbttest.ManifestOf(stamp(1)),
			},
		},
		{
			Command: "dbt build --select +fct",
			Status:  10,
			Artifacts: map[string]string{
				"run_results.json": dbttest.RunResults("build", stamp(10), "", "model.shop.fct success"),
				"manifest.json":    dbttest.ManifestOf(stamp(2)),
			},
		},
		{
			Command: "dbt docs generate",
			Status:  10,
			Artifacts: map[string]string{
				"run_results.json": dbttest.RunResults("generate", stamp(15), "", "model.shop.agg success"),
				"manifest.json":    dbttest.ManifestOf(stamp(15)),
			},
		},
	}}
}

// observePlatform observes src and returns its observations by id.
func observePlatform(t testing.TB, src sources.Source) (map[sources.ID]sources.Observation, sources.Answer) {
	t.Helper()
	answer, err := src.Observe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return dbttest.ByID(answer), answer
}

func TestPromisesOfThePlatform(t *testing.T) {
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), nightlyRun(2, 22)})
	sourcetest.RunSuite(t, func(state string) sources.Source { return newPlatformIn(t, a, nil, state) })
	sourcetest.RunRecallSuite(t, newPlatform(t, a, nil), sources.Archive{})
}

func TestEachStepOfARunTells(t *testing.T) {
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), nightlyRun(2, 22)})
	seen, answer := observePlatform(t, newPlatform(t, a, nil))
	if r, _ := dbttest.ReadingOf(seen["table:RAW.SHOP.ORDERS"], sources.Loaded); !r.At.Equal(
		noon.Add(-7*time.Hour-30*time.Minute),
	) ||
		!r.CheckedAt.Equal(noon.Add(-7*time.Hour+time.Minute)) {
		t.Errorf("last loaded of orders: got %v, want 04:30, checked at 05:01 by the earlier step", r)
	}
	fct := seen["table:PROD.MART.FCT"]
	if r, _ := dbttest.ReadingOf(fct, sources.Built); !r.At.Equal(noon.Add(-7*time.Hour+10*time.Minute)) ||
		fct.Job != "job:cloud/42" {
		t.Errorf("fct: got build %v by %q, want 05:10 by job:cloud/42", r, fct.Job)
	}
	if r, _ := dbttest.ReadingOf(seen["table:PROD.MART.AGG"], sources.Built); !r.At.IsZero() {
		t.Errorf("agg: got build %v, want none, because its step only writes docs", r)
	}
	job := seen["job:cloud/42"]
	if job.Name != "nightly" ||
		job.Attempt != (sources.Attempt{
			At:      noon.Add(-7*time.Hour + 20*time.Minute),
			Began:   noon.Add(-7 * time.Hour),
			Outcome: sources.Succeeded,
		}) ||
		len(job.Readings) != 0 ||
		!strings.HasSuffix(job.URL, "/runs/2/") {
		t.Errorf("job 42: got %+v, want nightly, begun at 05:00, succeeded at 05:20, with the URL of run 2", job)
	}
	if len(answer.Notes) != 0 {
		t.Errorf("notes: got %q, want none", answer.Notes)
	}
}

func TestARunThatWasSeenIsNotDownloadedAgain(t *testing.T) {
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), nightlyRun(2, 22)})
	src := newPlatform(t, a, nil)
	first, _ := observePlatform(t, src)
	calls := len(a.RecordedCalls())
	again, answer := observePlatform(t, src)
	if got := len(a.RecordedCalls()) - calls; got != 2 || answer.Requests != 2 || len(again) != len(first) {
		t.Errorf(
			"second Observe: got calls %q, %d assets; want 2 calls, for jobs and runs, and %d assets",
			a.RecordedCalls()[calls:],
			len(again),
			len(first),
		)
	}
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), nightlyRun(2, 22), nightlyRun(3, 23)})
	calls = len(a.RecordedCalls())
	observePlatform(t, src)
	for _, call := range a.RecordedCalls()[calls:] {
		if strings.Contains(call, "runs/1/") || strings.Contains(call, "runs/2/") {
			t.Errorf("third Observe: got call %s, want no call for a run that was read before", call)
		}
	}
}

func TestHowAJobStands(t *testing.T) {
	failed := nightlyRun(3, 22)
	failed.Status = 20
	failed.Message = "Database Error in model fct\n  column x is gone\nmore"
	failed.Steps[2].Status = 20
	failed.Steps = failed.Steps[:3]
	cancelled := nightlyRun(3, 22)
	cancelled.Status = 30
	cancelled.Steps[2] = standin.Step{Command: "dbt build", Status: 30}
	cancelled.Steps = cancelled.Steps[:3]
	running := nightlyRun(3, 22)
	running.Status = 3
	running.Finished = time.Time{}
	for name, tt := range map[string]struct {
		runs []standin.Run
		want sources.Attempt
	}{
		"it went well": {
			runs: []standin.Run{nightlyRun(1, 21), nightlyRun(2, 22)},
			want: sources.Attempt{At: nightlyRun(2, 22).Finished, Began: nightlyRun(2, 22).Created, Outcome: sources.Succeeded},
		},
		"it failed at a step": {
			runs: []standin.Run{nightlyRun(2, 21), failed},
			want: sources.Attempt{
				At:      failed.Finished,
				Began:   failed.Created,
				Outcome: sources.Failed,
				Says:    "failed at step 3, dbt build --select +fct: column x is gone",
			},
		}, // dbt's first line names the model,
		"it was cancelled": {
			runs: []standin.Run{nightlyRun(2, 21), cancelled},
			want: sources.Attempt{
				At:      cancelled.Finished,
				Began:   cancelled.Created,
				Outcome: sources.Failed,
				Says:    "was cancelled at step 3, dbt build",
			},
		},
		"it runs": {
			runs: []standin.Run{nightlyRun(2, 21), running},
			want: sources.Attempt{At: nightlyRun(2, 21).Finished, Began: nightlyRun(2, 21).Created, Outcome: sources.Succeeded},
		},
		"it was due and did not": {
			runs: []standin.Run{nightlyRun(1, 20), nightlyRun(2, 21)},
			want: sources.Attempt{At: noon.Add(-7 * time.Hour), Outcome: sources.NotRun},
		},
		"it never ran": {nil, sources.Attempt{}},
		"it failed and well since": {
			runs: []standin.Run{failedAt(nightlyRun(1, 21)), nightlyRun(2, 22)},
			want: sources.Attempt{At: nightlyRun(2, 22).Finished, Began: nightlyRun(2, 22).Created, Outcome: sources.Succeeded},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := new(standin.Account)
			a.SetRuns([]standin.Job{nightly}, tt.runs)
			seen, _ := observePlatform(t, newPlatform(t, a, nil))
			got := seen["job:cloud/42"].Attempt
			if tt.want.Outcome != sources.NotRun && got.Outcome != "" {
				tt.want.Began = tt.want.At.Add(-20 * time.Minute)
			}
			if got != tt.want {
				t.Errorf("attempt of job 42:\ngot  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func failedAt(r standin.Run) standin.Run {
	r.Status = 20
	return r
}

func TestTheNewestThatWentWellIsReadBeneathManyThatFailed(t *testing.T) {
	a := new(standin.Account)
	runs := []standin.Run{nightlyRun(1, 2)}
	for day := 3; day < 23; day++ {
		r := nightlyRun(int64(day), day)
		r.Status = 20
		r.Steps = []standin.Step{{Command: "dbt deps", Status: 20}}
		runs = append(runs, r)
	}
	a.SetRuns([]standin.Job{nightly}, runs)
	seen, _ := observePlatform(t, newPlatform(t, a, nil))
	if fct := seen["table:PROD.MART.FCT"]; fct.Job != "job:cloud/42" {
		t.Errorf("fct after failed runs: got %+v, want it built by job:cloud/42", fct)
	}
}

func TestManyJobsComeInPages(t *testing.T) {
	a := new(standin.Account)
	var jobs []standin.Job
	for i := range int64(230) {
		jobs = append(jobs, standin.Job{ID: i + 1, Name: fmt.Sprint("job ", i+1), Environment: 3})
	}
	a.SetRuns(append(jobs, nightly), []standin.Run{nightlyRun(1, 22)})
	seen, _ := observePlatform(t, newPlatform(t, a, nil))
	if len(seen) < 231 {
		t.Errorf("observations: got %d, want at least 231", len(seen))
	}
	seen, _ = observePlatform(t, newPlatform(t, a, func(c *platform.Config) {
		c.Jobs = []int64{42, 17}
		c.Environment = 3
	}))
	if seen["job:cloud/17"].Name == "" || seen["job:cloud/18"].Name != "" {
		t.Errorf(
			"jobs: got 17 as %q, 18 as %q; want only 17, which is listed in jobs",
			seen["job:cloud/17"].Name,
			seen["job:cloud/18"].Name,
		)
	}
}

// TestFaultsOfThePlatform expects every message byte for byte, and no secret in
// any.
func TestFaultsOfThePlatform(t *testing.T) {
	refuse := func(on string, status int, says string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, on) {
				return false
			}
			standin.WriteError(w, status, says)
			return true
		}
	}
	write := func(on, text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, on) {
				_, _ = w.Write([]byte(text))
			}
			return strings.Contains(r.URL.Path, on)
		}
	}
	for name, tt := range map[string]struct {
		before func(http.ResponseWriter, *http.Request) bool
		change func(*platform.Config)
		want   string
		assets bool // the rest is seen
	}{
		"a token without rights": {
			before: refuse("/jobs/", 403, "You do not have permission to perform this action."),
			want: "jobs/: 403 Forbidden (You do not have permission to perform this action.)\n" +
				"hint: give the token the permission set Job Viewer for this account",
		},
		"a wrong token": {
			before: refuse("/jobs/", 401, "Invalid token."),
			want: "jobs/: 401 Unauthorized (Invalid token.)\n" +
				"hint: check that the token is valid and that url is in the region of the account",
		},
		"another account": {
			before: refuse("/jobs/", 404, ""),
			want:   "jobs/: 404 Not Found\nhint: check account, and that url is in the region of the account",
		},
		"no token": {
			change: func(c *platform.Config) { c.TokenEnv = "NONE" },
			want:   "token in $NONE: empty or more than one line",
		},
		"no address": {change: func(c *platform.Config) {
			c.URL = ""
			c.URLEnv = "NONE"
		}, want: "$NONE: must be an access URL such as \"https://ab123.us1.dbt.com\""},
		"the token for an address": {change: func(c *platform.Config) {
			c.URL = ""
			c.URLEnv = "TOKEN"
		}, want: "$TOKEN: must be an access URL such as \"https://ab123.us1.dbt.com\""},
		"a page of a proxy": {
			before: write("/jobs/", "<html>sign in"),
			want: "jobs/: response is HTML, not JSON\n" +
				"hint: check for a proxy or sign-in page",
		},
		"an answer that is cut": {
			before: write("/jobs/", `{"data":[{"id":1`),
			want:   "jobs/: invalid response: unexpected end of JSON input",
		},
		"no job is visible": {
			before: write("/jobs/", `{"data":[],"extra":{"pagination":{"count":0,"total_count":0}}}`),
			want:   "no jobs visible\nhint: check environment in [[source]], and give the token the permission set Job Viewer",
		},
		"an unknown job": {
			change: func(c *platform.Config) { c.Jobs = []int64{42, 9} },
			want: "job 9: not found\n" +
				"hint: check jobs, account and environment in [[source]]; the URL of a job ends in its " +
				"number",
			assets: true,
		},
		"a run that cannot read": {
			before: refuse("/runs/2/", 403, "No."),
			want: "job \"nightly\", run 2: runs/2/: 403 Forbidden (No.)\n" +
				"hint: give the token the permission set Job Viewer for this account",
			assets: true,
		},
		"an artifact that is cut": {
			before: write("artifacts/sources.json", `{"metadata":{`),
			want: "run-2/step-2/sources.json: cut off at byte 13\n" +
				"hint: run dbt again, or repeat the copy\n" +
				"run-1/step-2/sources.json: cut off at byte 13\n" +
				"hint: run dbt again, or repeat the copy",
			assets: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := new(standin.Account)
			a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), nightlyRun(2, 22)})
			src := newPlatform(t, a, tt.change)
			a.Intercept = tt.before
			if tt.before != nil {
				t.Setenv("FRESHET_DBT_OPENAPI", "")
				src = newPlatform(t, a, tt.change)
			}
			answer, err := src.Observe(context.Background())
			if err == nil || err.Error() != tt.want {
				t.Errorf("error of Observe:\ngot  %v\nwant %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Error("error of Observe: got one that holds the token, want one without it")
			}
			if tt.assets != (len(answer.Observations) > 3) {
				t.Errorf("observations: got %d, want more than 3: %t", len(answer.Observations), tt.assets)
			}
		})
	}
}

func TestABusyPlatformIsAskedAgain(t *testing.T) {
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(2, 22)})
	src := newPlatform(t, a, nil)
	calls := 0
	a.Intercept = func(w http.ResponseWriter, r *http.Request) bool {
		calls++
		if calls == 1 {
			w.Header().Set("Retry-After", "1")
			standin.WriteError(w, http.StatusTooManyRequests, "Slow down.")
		} else if calls == 2 {
			standin.WriteError(w, http.StatusBadGateway, "")
		}
		return calls < 3
	}
	if _, answer := observePlatform(t, src); len(answer.Observations) < 5 {
		t.Errorf("observations: got %d, want at least 5", len(answer.Observations))
	}
}

func TestACooldownThatOutlastsTheVisitEndsIt(t *testing.T) {
	a := new(standin.Account)
	src := newPlatform(t, a, nil)
	a.Intercept = func(w http.ResponseWriter, _ *http.Request) bool {
		standin.WriteError(w, http.StatusTooManyRequests, "Slow down.")
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := src.Observe(ctx)
	if err == nil || !strings.Contains(err.Error(), "blocked for five minutes") || ctx.Err() != nil ||
		len(a.RecordedCalls()) != 1 {
		t.Errorf(
			"Observe: got %v after %d calls, want an error that names the wait, after 1 call",
			err,
			len(a.RecordedCalls()),
		)
	}
}

func TestAStepThatLeftNothingIsTold(t *testing.T) {
	r := nightlyRun(2, 22)
	delete(r.Steps[2].Artifacts, "run_results.json")
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{r})
	_, answer := observePlatform(t, newPlatform(t, a, nil))
	if want := `job "nightly", run 2: step 3 (dbt build --select +fct) succeeded but left no run_results.json`; !slices.Equal(
		answer.Notes,
		[]string{want},
	) {
		t.Errorf("notes: got %q, want only %q", answer.Notes, want)
	}
}

func TestWhatTriesOutAChangeIsNoRunOfProduction(t *testing.T) {
	trial := nightlyRun(9, 22)
	trial.Job = 43
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly, {ID: 43, Name: "ci", Environment: 4, Type: "ci"}}, []standin.Run{nightlyRun(2, 21), trial})
	seen, _ := observePlatform(t, newPlatform(t, a, nil))
	if fct := seen["table:PROD.MART.FCT"]; fct.Job != "job:cloud/42" || seen["job:cloud/43"].Name != "" {
		t.Errorf(
			"fct: got job %q and trial job %q, want job:cloud/42 and no trial job",
			fct.Job,
			seen["job:cloud/43"].Name,
		)
	}
	a.SetRuns([]standin.Job{nightly, {ID: 43, Name: "staging", Environment: 4}}, []standin.Run{nightlyRun(2, 21), trial})
	_, err := newPlatform(t, a, nil).Observe(context.Background())
	if want := "project 1: jobs in environments 3 and 4 build different tables under the same " +
		"name\nhint: set environment in [[source]] to the one that people use, or list jobs"; err == nil ||
		err.Error() != want {
		t.Errorf("Observe: got %v, want %s", err, want)
	}
	observePlatform(t, newPlatform(t, a, func(c *platform.Config) { c.Environment = 3 }))
}

func TestARunForAnotherTargetBuildsOtherTables(t *testing.T) {
	r := nightlyRun(2, 22)
	r.Steps[2].Artifacts["run_results.json"] = strings.Replace(
		r.Steps[2].Artifacts["run_results.json"],
		`"unique_id":"model.shop.fct"`,
		`"unique_id":"model.shop.fct","relation_name":"dev.mart.fct"`,
		1,
	)
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{r})
	seen, _ := observePlatform(t, newPlatform(t, a, nil))
	if r, _ := dbttest.ReadingOf(seen["table:PROD.MART.FCT"], sources.Built); !r.At.IsZero() {
		t.Errorf("fct built as another relation: got build %v, want none", r)
	}
}

func TestArtifactsThatAreSavedLaterAreAskedForAgain(t *testing.T) {
	late := nightlyRun(2, 22)
	late.Finished = noon.Add(-time.Minute)
	whole := late
	late.Steps = slices.Clone(late.Steps)
	late.Steps[2] = standin.Step{Command: "dbt --warn-error build --select +fct", Status: 10}
	a := new(standin.Account)
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), late})
	src := newPlatform(t, a, nil)
	observePlatform(t, src)
	whole.Steps[2].Command = "dbt --warn-error build --select +fct" // flags may stand before the command
	a.SetRuns([]standin.Job{nightly}, []standin.Run{nightlyRun(1, 21), whole})
	seen, _ := observePlatform(t, src)
	if r, _ := dbttest.ReadingOf(seen["table:PROD.MART.FCT"], sources.Built); !r.At.Equal(
		noon.Add(-7*time.Hour + 10*time.Minute),
	) {
		t.Errorf("fct after the run ended: got build %v, want 05:10", r)
	}
}

func TestFaultsOfThePlatformsConfig(t *testing.T) {
	for name, tt := range map[string]struct {
		c    platform.Config
		want string
	}{
		"nothing": {
			c: platform.Config{},
			want: `url: set exactly one of url and url_env: the access URL of your account, such as ` +
				`"https://ab123.us1.dbt.com"; account: required: the number of the account, as in its ` +
				`URL; token_env: set exactly one of token_env and token_file`,
		},
		"no address": {
			c:    platform.Config{URL: "ab123.us1.dbt.com", Account: 1, TokenEnv: "T"},
			want: `url: must be an access URL such as "https://ab123.us1.dbt.com"`,
		},
		"in the clear": {
			c:    platform.Config{URL: "http://dbt.corp.example", Account: 1, TokenEnv: "T"},
			want: `url: must use https to protect the token`,
		},
		"two ways to get in": {
			c:    platform.Config{URL: "https://dbt.corp.example", Account: 1, TokenEnv: "T", TokenFile: "t"},
			want: `token_env: set exactly one of token_env and token_file`,
		},
		"a user in it": {
			c:    platform.Config{URL: "https://u:p@dbt.corp.example", Account: 1, TokenEnv: "T"},
			want: `url: must not contain a query or user`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range tt.c.Faults() {
				got = append(got, f.Key+": "+f.Says)
			}
			if strings.Join(got, "; ") != tt.want {
				t.Errorf("Faults: got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestTheLastDaysOfAPlatform imports the runs of thirty days: each is a moment
// of its own, and a manifest a week says what there was.
func TestTheLastDaysOfAPlatform(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // no other test leaves temporary folders there
	a := new(standin.Account)
	var runs []standin.Run
	for day := -40; day < 22; day++ {
		runs = append(runs, nightlyRun(int64(100+day), 1+day))
	}
	cancelled := nightlyRun(300, 22)
	cancelled.Status = 30
	cancelled.Steps = []standin.Step{{Command: "dbt deps", Status: 30}}
	a.SetRuns([]standin.Job{nightly}, append(runs, cancelled))
	var told []sources.Scrape
	err := newPlatform(t, a, nil).(sources.Recaller).Recall(
		context.Background(),
		sources.Archive{Since: noon.AddDate(0, 0, -30)},
		func(s sources.Scrape) error {
			told = append(told, s)
			return nil
		},
	)
	if err != nil || len(told) != 30 {
		t.Fatalf("Recall: got %v and %d moments, want no error and 30", err, len(told))
	}
	manifests := 0
	whole := 0
	for _, call := range a.RecordedCalls() {
		if strings.HasSuffix(call, "artifacts/manifest.json") {
			manifests++
		}
	}
	for i, s := range told {
		if i > 0 && !s.At.After(told[i-1].At) {
			t.Errorf("time of moment %d: got %v, want one after %v", i, s.At, told[i-1].At)
		}
		if len(s.Scopes) > 0 {
			whole++
		}
		fct := dbttest.ByID(s.Answer)["table:PROD.MART.FCT"]
		if r, _ := dbttest.ReadingOf(fct, sources.Built); r.At.IsZero() || fct.Job != "job:cloud/42" {
			t.Errorf("fct at moment %v: got %+v, want a build by job:cloud/42", s.At, fct)
		}
	}
	if manifests != 5 || whole != 5 {
		t.Errorf(
			"Recall: got %d manifest downloads, %d moments with scopes; want 5 of both in 30 days",
			manifests,
			whole,
		)
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "freshet-import-*"))
	if len(left) > 0 {
		t.Errorf("temporary folders: got %v, want none", left)
	}
}

// TestPeerOfThePlatform lets the source visit a mock that somebody else made of
// the description of the API, and that refuses what the description does not
// allow. FRESHET_PRISM is its address. Its answers are samples; on the way back
// they become a run that ended, so that all four calls are made.
func TestPeerOfThePlatform(t *testing.T) {
	peer := os.Getenv("FRESHET_PRISM")
	if peer == "" {
		t.Skip("FRESHET_PRISM is not set: it is the address of a mock of the dbt platform's API")
	}
	calls := make(map[string]int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, _ := http.NewRequest(r.Method, peer+r.URL.RequestURI(), nil)
		req.Header = r.Header.Clone()
		req.Header.Del("Accept-Encoding")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s: got %v, want an answer of the mock", r.URL.RequestURI(), err)
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Sl-Violations") != "" {
			t.Errorf(
				"%s: got status %d, body %s, violations %q; want 200 and no violation",
				r.URL.RequestURI(),
				resp.StatusCode,
				body,
				resp.Header.Get("Sl-Violations"),
			)
		}
		parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/api/v2/accounts/7/"), "/"), "/")
		calls[fmt.Sprint(parts[0], " ", len(parts))]++
		text := strings.NewReplacer(
			`"job_type":"ci"`, `"job_type":"scheduled"`,
			`"status":0`, `"status":10`,
			`"name":"string"`, "\"name\":\"Invoke dbt with `dbt build`\"",
		).
			Replace(string(body))
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	c := &platform.Config{URL: server.URL, Account: 7, TokenEnv: "TOKEN", Environment: 3}
	src := c.Open(
		sources.Setting{
			Name:  "cloud",
			Dir:   t.TempDir(),
			State: t.TempDir(),
			Now:   func() time.Time { return noon },
			Env:   func(string) string { return secret },
		},
	)
	_, err := src.Observe(context.Background())
	if err == nil || !strings.Contains(err.Error(), "manifest.json: empty") {
		t.Errorf("Observe: got %v, want an error that an artifact of the mock is empty", err)
	}
	for _, call := range []string{"jobs 1", "runs 1", "runs 2", "runs 4"} {
		if calls[call] == 0 {
			t.Errorf("calls: got %v, want one of the kind %q", calls, call)
		}
	}
	t.Logf("%v", calls)
}
