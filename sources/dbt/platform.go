package dbt

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/calls"
)

// PlatformConfig is a [[source]] of type "dbt-platform": runs of the dbt
// platform, by its Admin API v2.
type PlatformConfig struct {
	URL         string  `toml:"url"`         // the access URL of the account's region, such as "https://ab123.us1.dbt.com"
	URLEnv      string  `toml:"url_env"`     // the variable that holds it
	Account     int64   `toml:"account"`     // its number
	Jobs        []int64 `toml:"jobs"`        // whose runs count; default: those of the environment, or all
	Environment int64   `toml:"environment"` // whose jobs count
	TokenEnv    string  `toml:"token_env"`   // the variable that holds a service token, or one of a person
	TokenFile   string  `toml:"token_file"`  // the same in a file, read anew each visit
}

// Faults lists what is wrong with c.
func (c *PlatformConfig) Faults() (faults []sources.Fault) {
	wrong := func(key, says string, args ...any) {
		faults = append(faults, sources.Fault{Key: key, Says: fmt.Sprintf(says, args...)})
	}
	if (c.URL == "") == (c.URLEnv == "") {
		wrong("url", `or url_env is required, one of them: the access URL of your account, such as "https://ab123.us1.dbt.com"`)
	} else if says := c.address().Fault(); says != "" {
		wrong("url", "%s", says)
	}
	if c.Account <= 0 {
		wrong("account", "is required: the number of the account, as its address has it")
	}
	if (c.TokenEnv == "") == (c.TokenFile == "") {
		wrong("token_env", "or token_file is required, one of them: where the token is")
	}
	return faults
}

func (c *PlatformConfig) address() calls.Address {
	return calls.Address{Is: c.URL, Env: c.URLEnv, Such: `an access URL such as "https://ab123.us1.dbt.com"`, Secret: "token"}
}

// Open returns a source that reads what the runs of jobs left.
func (c *PlatformConfig) Open(s sources.Setting) sources.Source { return &platform{*c, s} }

type platform struct {
	PlatformConfig
	setting sources.Setting
}

func (s *platform) Name() string { return s.setting.Name }

// token reads the token, and never says anything of what is in it.
func (s *platform) token() (string, error) {
	text, from := s.setting.Env(s.TokenEnv), "$"+s.TokenEnv
	if s.TokenFile != "" {
		data, err := os.ReadFile(s.setting.Path(s.TokenFile))
		if err != nil {
			return "", fmt.Errorf("token: %w", err)
		}
		text, from = string(data), s.TokenFile
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, "\r\n") {
		return "", fmt.Errorf("the token in %s is empty, or more than one line", from)
	}
	return text, nil
}

// api is the client of one visit.
func (s *platform) api(v *visit) (*api, error) {
	token, err := s.token()
	if err != nil {
		return nil, err
	}
	address, err := s.address().Find(s.setting.Env)
	if err != nil {
		return nil, err
	}
	return &api{answer: &v.answer, now: s.setting.Clock(), Client: calls.Client{
		Base:   strings.TrimRight(address, "/") + fmt.Sprintf("/api/v2/accounts/%d/", s.Account),
		Header: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
		Says:   reason, Hints: refusals, Cooldown: cooldown, Called: func() { v.answer.Requests++ },
	}}, nil
}

// Observe reads the newest runs of each job, and the artifacts that they left.
// What a run left never changes: it is asked for once, and kept in the state
// folder, which may be lost.
func (s *platform) Observe(ctx context.Context) (sources.Answer, error) {
	v := &visit{ctx: ctx, setting: s.setting, brought: true}
	a, err := s.api(v)
	if err != nil {
		return v.answer, err
	}
	k, err := openKept(s.setting)
	if err != nil {
		return v.answer, err
	}
	defer k.close()
	v.setting.Dir = k.dir
	found, err := s.jobs(ctx, a, v)
	if err != nil {
		return v.answer, err
	}
	for _, j := range found {
		if err := s.newest(ctx, a, j); err != nil {
			v.fail(fmt.Errorf("job %q: %w", j.Name, err))
		}
	}
	v.jobs, v.groups = make(map[string]sources.ID), make(map[string]string)
	paths := s.collect(ctx, a, v, k, found)
	if len(paths) > 0 {
		v.observe(v.files(paths))
	}
	s.tellJobs(v, found)
	k.prune()
	return v.answer, v.err()
}

// collect brings here what the runs of jobs left, and lists it.
func (s *platform) collect(ctx context.Context, a *api, v *visit, k *kept, found []*job) (paths []string) {
	var runs []*platformRun
	for _, j := range found {
		for _, r := range j.chosen() {
			if err := a.complete(ctx, k, r); err != nil {
				v.fail(fmt.Errorf("job %q, run %d: %w", j.Name, r.ID, err))
				continue
			}
			runs = append(runs, r)
		}
	}
	slices.SortFunc(runs, func(a, b *platformRun) int { return int(b.ID - a.ID) })
	for _, r := range runs {
		files, notes := r.artifacts(k)
		for _, f := range files {
			v.jobs[f], v.groups[f] = r.job.id, fmt.Sprint(r.Project)
		}
		paths = append(paths, files...)
		v.answer.Notes = append(v.answer.Notes, notes...)
	}
	for _, kind := range []string{"manifest.json", "catalog.json"} {
		files, err := a.newestOf(ctx, k, runs, kind, v.groups)
		if err != nil {
			v.fail(err)
		}
		paths = append(paths, files...)
	}
	return paths
}

// Connect lists the jobs, which needs the right that a visit needs.
func (s *platform) Connect(ctx context.Context) (works []string, missing []error) {
	v := &visit{ctx: ctx, setting: s.setting}
	a, err := s.api(v)
	if err != nil {
		return nil, []error{err}
	}
	found, err := s.jobs(ctx, a, v)
	if err != nil {
		return nil, []error{err}
	}
	for _, j := range found {
		works = append(works, fmt.Sprintf("the job %q can be seen", j.Name))
	}
	return works, v.errs
}
