package dbt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/state"
)

// kept is the folder in which the artifacts of runs are kept, a folder a run.
type kept struct {
	dir  string
	temp bool            // it is deleted after the visit
	used map[string]bool // the folders of this visit
}

// openKept opens the state folder of a source, or one that ends with the visit
// where there is none.
func openKept(s sources.Setting) (*kept, error) {
	if s.State == "" {
		dir, err := os.MkdirTemp("", "freshet-platform-")
		return &kept{dir: dir, temp: true, used: make(map[string]bool)}, err
	}
	dir, err := state.Folder(s.State, "dbt-platform", s.Name)
	return &kept{dir: dir, used: make(map[string]bool)}, err
}

func (k *kept) close() {
	if k.temp {
		_ = os.RemoveAll(k.dir)
	}
}

// folder is that of a run, which this visit uses.
func (k *kept) folder(r *platformRun) string {
	name := fmt.Sprintf("run-%d", r.ID)
	k.used[name] = true
	return filepath.Join(k.dir, name)
}

// prune deletes what this visit did not use.
func (k *kept) prune() {
	entries, _ := os.ReadDir(k.dir)
	for _, e := range entries {
		if !k.used[e.Name()] {
			_ = os.RemoveAll(filepath.Join(k.dir, e.Name()))
		}
	}
}

// wanted are the artifacts that a command of dbt leaves and that tell something.
func wanted(command string) (names []string) {
	words := strings.Fields(command)
	for i, verb := range words { // flags may stand before it
		switch {
		case builders[verb] != nil:
			return []string{"run_results.json"}
		case verb == "source" && i+1 < len(words) && strings.Contains(words[i+1], "freshness"):
			return []string{"sources.json"}
		case verb == "freshness":
			return []string{"sources.json", "freshness.json"}
		case others[verb]:
			return nil
		}
	}
	return nil
}

// others are commands of dbt that leave nothing that tells something.
var others = map[string]bool{"test": true, "compile": true, "docs": true, "deps": true, "debug": true, "parse": true, "list": true, "ls": true, "run-operation": true, "source": true, "show": true, "clean": true, "lint": true}

// seenFile stands in the folder of a run that is complete.
const seenFile = "run.json"

// complete brings here what a run left, a folder a step, unless it is here.
func (a *api) complete(ctx context.Context, k *kept, r *platformRun) error {
	dir := k.folder(r)
	if data, err := os.ReadFile(filepath.Join(dir, seenFile)); err == nil && json.Unmarshal(data, &r.Steps) == nil {
		return nil
	}
	var one struct {
		Data platformRun `json:"data"`
	}
	path := fmt.Sprintf("runs/%d/", r.ID)
	if err := a.get(ctx, path, url.Values{"include_related": {"run_steps"}}, &one); err != nil {
		return err
	}
	r.Steps = one.Data.Steps
	for _, s := range r.Steps {
		for _, name := range wanted(s.command()) {
			to := filepath.Join(dir, fmt.Sprintf("step-%d", s.Index))
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			if _, err := a.download(ctx, path+"artifacts/"+name, url.Values{"step": {strconv.Itoa(s.Index)}}, filepath.Join(to, name)); err != nil {
				return err
			}
		}
	}
	if !r.settled(k, a.now) {
		return nil
	}
	data, err := json.Marshal(r.Steps)
	return errors.Join(err, os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, seenFile), data, 0o644))
}

// settled reports whether nothing more will come of a run: artifacts may be
// saved some time after it ended.
func (r *platformRun) settled(k *kept, now time.Time) bool {
	_, missing := r.artifacts(k)
	return len(missing) == 0 && r.Saved || now.Sub(r.Finished.Time) > time.Hour
}

// artifacts lists what is here of a run, and says what should be and is not: a
// step that went well and left nothing.
func (r *platformRun) artifacts(k *kept) (files, notes []string) {
	for _, s := range r.Steps {
		names := wanted(s.command())
		found := 0
		for _, name := range names {
			file := filepath.Join(k.folder(r), fmt.Sprintf("step-%d", s.Index), name)
			if _, err := os.Stat(file); err == nil {
				files, found = append(files, file), found+1
			}
		}
		if found == 0 && len(names) > 0 && s.Status == succeeded {
			notes = append(notes, fmt.Sprintf("job %q, run %d: step %d, %s, went well and left no %s", r.job.Name, r.ID, s.Index, s.command(), names[0]))
		}
	}
	return files, notes
}

// newestOf brings here the newest artifact of a kind, of each project: from the
// newest of some runs that has it. Runs come newest first.
func (a *api) newestOf(ctx context.Context, k *kept, runs []*platformRun, name string, groups map[string]string) (files []string, err error) {
	done := make(map[int64]bool)
	for _, r := range runs {
		if done[r.Project] || !r.Saved || name == "catalog.json" && !r.Docs {
			continue
		}
		file := filepath.Join(k.folder(r), name)
		found, err := a.fetch(ctx, r, name, file)
		if err != nil {
			return files, fmt.Errorf("run %d: %w", r.ID, err)
		}
		if found {
			done[r.Project] = true
			groups[file] = fmt.Sprint(r.Project)
			files = append(files, file)
		}
	}
	return files, nil
}

// fetch brings an artifact of the last step of a run here, unless it is here or
// is known not to be there.
func (a *api) fetch(ctx context.Context, r *platformRun, name, file string) (found bool, err error) {
	if _, err := os.Stat(file); err == nil {
		return true, nil
	}
	if _, err := os.Stat(file + ".none"); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return false, err
	}
	found, err = a.download(ctx, fmt.Sprintf("runs/%d/artifacts/%s", r.ID, name), nil, file)
	if err == nil && !found {
		err = os.WriteFile(file+".none", nil, 0o644)
	}
	return found, err
}

// Keeps reports that the platform has every past: its own, and artifacts.
func (s *platform) Keeps(sources.Memory) bool { return true }

// Recall reads the runs of the last days, or what earlier runs left in folders
// and commits.
func (s *platform) Recall(ctx context.Context, from sources.Memory, told func(sources.Scrape) error) error {
	m := &memory{setting: s.setting, kind: "dbt-platform", since: from.Since, tell: told}
	if from.Artifacts() {
		return m.artifacts(ctx, from)
	}
	v := &visit{ctx: ctx, setting: s.setting}
	a, err := s.api(v)
	if err != nil {
		return err
	}
	found, err := s.jobs(ctx, a, v)
	if err != nil {
		return err
	}
	m.fail("jobs", v.errs...)
	var runs []*platformRun
	for _, j := range found {
		of, err := a.since(ctx, j, m)
		if err != nil {
			m.fail(fmt.Sprintf("job %q", j.Name), err)
		}
		runs = append(runs, of...)
	}
	slices.SortFunc(runs, func(a, b *platformRun) int { return int(a.ID - b.ID) })
	return errors.Join(a.recall(ctx, m, runs), m.err())
}

// since lists the runs of a job that ended since a moment.
func (a *api) since(ctx context.Context, j *job, m *memory) (runs []*platformRun, err error) {
	old := func(r *platformRun) bool { return r.Created.said && r.Created.Before(m.since) }
	all, err := list[*platformRun](ctx, a, "runs/", j.query(), pageSize, func(all []*platformRun) bool { return old(all[len(all)-1]) })
	for _, r := range all {
		if r.job = j; r.ended() && !old(r) {
			runs = append(runs, r)
		}
	}
	return runs, err
}

// week is how long one manifest speaks for the runs of a project: they are
// large, and say what there is.
const week = 7 * 24 * 60 * 60

// recall tells of runs, the oldest first, each from a folder of its own that is
// deleted after it.
func (a *api) recall(ctx context.Context, m *memory, runs []*platformRun) error {
	dir, err := os.MkdirTemp("", "freshet-import-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	manifests := make(map[int64]pastManifest)
	for _, r := range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		of := fmt.Sprintf("job %q, run %d", r.job.Name, r.ID)
		k := &kept{dir: dir, used: make(map[string]bool)}
		if err := a.complete(ctx, k, r); err != nil {
			m.fail(of, err)
			continue
		}
		if err := a.past(ctx, k, r, manifests); err != nil {
			m.fail(of, err)
		}
		files, _ := r.artifacts(k)
		if err := m.platformRun(ctx, of, k, r, files, manifests[r.Project]); err != nil {
			return err
		}
		_ = os.RemoveAll(k.folder(r))
	}
	return nil
}

// A pastManifest is the manifest that speaks for the runs of a project.
type pastManifest struct {
	file string
	of   int64 // the run that left it
	at   int64 // when it ended, in seconds since 1970
}

// past brings the manifest of a run here, if the one before is a week old.
func (a *api) past(ctx context.Context, k *kept, r *platformRun, manifests map[int64]pastManifest) error {
	old, at := manifests[r.Project], r.Finished.Unix()
	if !r.Saved || old.file != "" && at-old.at < week {
		return nil
	}
	file := filepath.Join(k.dir, fmt.Sprintf("project-%d", r.Project), fmt.Sprint(r.ID), "manifest.json")
	found, err := a.fetch(ctx, r, "manifest.json", file)
	if err == nil && found {
		manifests[r.Project] = pastManifest{file, r.ID, at}
		if old.file != "" {
			_ = os.RemoveAll(filepath.Dir(old.file))
		}
	}
	return err
}

// platformRun tells of one run: what there was if it left the manifest that
// speaks, else what it built and checked.
func (m *memory) platformRun(ctx context.Context, of string, k *kept, r *platformRun, files []string, speaks pastManifest) error {
	if speaks.file == "" {
		m.fail(of, errors.New("no run until it has a manifest.json"))
		return nil
	}
	whole := speaks.of == r.ID
	project := fmt.Sprint(r.Project)
	if m.manifests = map[string]string{project: speaks.file}; whole {
		files = append(files, speaks.file)
	}
	if len(files) == 0 {
		return nil // it ended before it built or checked anything
	}
	m.also = []sources.Observation{{Asset: sources.Asset{ID: r.job.id, Kind: sources.Job, Name: r.job.Name}, Attempt: r.attempt()}}
	past := pastRun{dir: k.folder(r), files: files}
	if past.at = m.moment(ctx, past); past.at.Before(r.Finished.Time) {
		past.at = r.Finished.Time
	}
	m.jobs, m.groups = make(map[string]sources.ID), map[string]string{speaks.file: project}
	for _, f := range files {
		m.jobs[f], m.groups[f] = r.job.id, project
	}
	return m.run(ctx, of, past)
}
