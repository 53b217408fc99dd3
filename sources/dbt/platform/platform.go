// Package platform reads the runs of jobs of the dbt platform through its Admin API v2, and the
// artifacts that they left. What the artifacts say is read by package dbt.
//
// A run is downloaded once and kept in the state folder; nothing is ever written to the platform.
package platform

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// A Config holds the keys of a [[source]] of type "dbt-platform", which reads job runs
// of the dbt platform through its Admin API v2.
type Config struct {
	URL         string  `toml:"url"`         // the access URL of the account's region, such as "https://ab123.us1.dbt.com"
	URLEnv      string  `toml:"url_env"`     // the environment variable that holds the access URL, in place of url
	Account     int64   `toml:"account"`     // the number of the account
	Jobs        []int64 `toml:"jobs"`        // the jobs to read; default: all of the environment or account, except CI and merge jobs
	Environment int64   `toml:"environment"` // the environment whose jobs are read; 0 is every environment
	TokenEnv    string  `toml:"token_env"`   // the environment variable that holds a service token or a personal token
	TokenFile   string  `toml:"token_file"`  // a file that holds the token, in place of token_env; read again at each visit
}

// Faults returns a fault for each wrong key of c, or nil. It makes no request.
func (c *Config) Faults() (faults []sources.Fault) {
	wrong := func(key, says string, args ...any) {
		faults = append(faults, sources.Fault{Key: key, Says: fmt.Sprintf(says, args...)})
	}
	if (c.URL == "") == (c.URLEnv == "") {
		wrong("url", `set exactly one of url and url_env: the access URL of your account, such as "https://ab123.us1.dbt.com"`)
	} else if says := c.newAddress().DescribeFault(); says != "" {
		wrong("url", "%s", says)
	}
	if c.Account <= 0 {
		wrong("account", "required: the number of the account, as in its URL")
	}
	if (c.TokenEnv == "") == (c.TokenFile == "") {
		wrong("token_env", "set exactly one of token_env and token_file")
	}
	return faults
}

// newAddress returns the access URL as configured: the URL itself or the variable that holds
// it.
func (c *Config) newAddress() httpclient.Address {
	return httpclient.Address{
		URL:      c.URL,
		EnvVar:   c.URLEnv,
		Expected: `an access URL such as "https://ab123.us1.dbt.com"`,
		Secret:   "token",
	}
}

// Open returns a source that reads the artifacts of job runs. It makes no request yet.
func (c *Config) Open(s sources.Setting) sources.Source {
	return &source{Config: *c, setting: s}
}

// A source is a source of type "dbt-platform".
type source struct {
	Config
	setting sources.Setting
}

// Name returns the name of the source in site.toml.
func (s *source) Name() string { return s.setting.Name }

// readToken returns the token from the environment or the file. Its errors never show any part
// of the token.
func (s *source) readToken() (string, error) {
	token := s.setting.ReadSecret(s.TokenEnv)
	from := "$" + s.TokenEnv
	if s.TokenFile != "" {
		data, err := os.ReadFile(s.setting.ResolvePath(s.TokenFile))
		if err != nil {
			return "", fmt.Errorf("token: %w", err)
		}
		token = s.setting.Secrets.Keep(string(data))
		from = s.TokenFile
	}
	token = strings.TrimSpace(token)
	if token == "" || strings.ContainsAny(token, "\r\n") {
		return "", fmt.Errorf("token in %s: empty or more than one line", from)
	}
	return token, nil
}

// newAPIClient returns a client of the Admin API that counts its requests and bytes in
// v.answer.
func (s *source) newAPIClient(v *dbt.Reader) (*apiClient, error) {
	token, err := s.readToken()
	if err != nil {
		return nil, err
	}
	address, err := s.newAddress().ResolveURL(s.setting.Env)
	if err != nil {
		return nil, err
	}
	return &apiClient{answer: &v.Answer, now: s.setting.Now(), Client: httpclient.Client{
		BaseURL:   strings.TrimRight(address, "/") + fmt.Sprintf("/api/v2/accounts/%d/", s.Account),
		SetHeader: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
		ErrorText: refusalText, Hints: statusHints, Cooldown: cooldown, OnCall: func() { v.Answer.Requests++ },
	}}, nil
}

// Observe reads the newest runs of each job and the artifacts that they left. Artifacts of a
// run never change: they are downloaded once and kept in the state folder; if that is lost,
// they are downloaded again. If some cannot be read, it returns the rest together with an
// error.
func (s *source) Observe(ctx context.Context) (sources.Answer, error) {
	v := &dbt.Reader{Context: ctx, Setting: s.setting, IsDownloaded: true}
	a, err := s.newAPIClient(v)
	if err != nil {
		return v.Answer, err
	}
	k, err := openRunCache(s.setting)
	if err != nil {
		return v.Answer, err
	}
	defer k.removeTemp()
	v.Setting.Dir = k.dir
	jobs, isWhole, err := s.fetchJobs(ctx, a, v)
	if err != nil {
		return v.Answer, err
	}
	for _, j := range jobs {
		if err := s.fetchNewestRuns(ctx, a, j); err != nil {
			v.AddError(fmt.Errorf("job %q: %w", j.Name, err))
		}
	}
	v.JobIDs = make(map[string]sources.ID)
	v.ProjectKeys = make(map[string]string)
	paths := s.fetchRunArtifacts(ctx, a, v, k, jobs)
	if len(paths) > 0 {
		v.ReadArtifacts(v.ClassifyFiles(paths))
		k.forgetRuns(v.Unreadable())
	}
	s.addJobs(v, jobs, isWhole)
	k.removeUnused()
	return v.Answer, v.JoinErrors()
}

// fetchRunArtifacts downloads the artifacts of the selected runs of all jobs, and the newest
// manifest and catalog of each project, unless they are in cache k. It returns their paths and
// sets the job and project of each in v.
func (s *source) fetchRunArtifacts(
	ctx context.Context,
	a *apiClient,
	v *dbt.Reader,
	k *runCache,
	jobs []*job,
) (paths []string) {
	var runs []*jobRun
	for _, j := range jobs {
		for _, r := range j.selectRuns() {
			if err := a.downloadRun(ctx, k, r); err != nil {
				v.AddError(fmt.Errorf("job %q, run %d: %w", j.Name, r.ID, err))
				continue
			}
			runs = append(runs, r)
		}
	}
	slices.SortFunc(runs, func(a, b *jobRun) int { return int(b.ID - a.ID) })
	for _, r := range runs {
		files, notes := r.listCachedFiles(k)
		for _, f := range files {
			v.JobIDs[f] = r.job.assetID
			v.ProjectKeys[f] = fmt.Sprint(r.ProjectID)
		}
		paths = append(paths, files...)
		v.Answer.Notes = append(v.Answer.Notes, notes...)
	}
	for _, name := range []string{"manifest.json", "catalog.json"} {
		files, err := a.fetchNewest(ctx, k, runs, name, v.ProjectKeys)
		if err != nil {
			v.AddError(err)
		}
		paths = append(paths, files...)
	}
	return paths
}

// Connect lists the jobs, which needs the same permission as a visit. works has a line per job
// that would be read.
func (s *source) Connect(ctx context.Context) (works []string, missing []error) {
	v := &dbt.Reader{Context: ctx, Setting: s.setting}
	a, err := s.newAPIClient(v)
	if err != nil {
		return nil, []error{err}
	}
	jobs, _, err := s.fetchJobs(ctx, a, v)
	if err != nil {
		return nil, []error{err}
	}
	for _, j := range jobs {
		works = append(works, fmt.Sprintf("job %q: readable", j.Name))
	}
	return works, v.Errors
}
