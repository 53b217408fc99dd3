package dbt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Keeps reports whether a past is one of artifacts: dbt has no other.
func (s source) Keeps(from sources.Memory) bool { return from.Artifacts() }

// Recall reads what earlier runs left: a folder a run, or a commit a run.
func (s source) Recall(ctx context.Context, from sources.Memory, tell func(sources.Scrape) error) error {
	if !from.Artifacts() {
		return errors.New("dbt keeps no past of its own\nhint: name the folders that earlier runs left, or --git REPOSITORY --path FOLDER for commits that hold them")
	}
	m := &memory{setting: s.setting, kind: "dbt", since: from.Since, tell: tell}
	return m.artifacts(ctx, from)
}

// A memory is the past of a source on the way to moments.
type memory struct {
	setting sources.Setting
	kind    string // of the source
	since   time.Time
	tell    func(sources.Scrape) error

	wrong     []error           // what could not be read; the first of them
	more      int               // how many there were beside
	manifests map[string]string // the newest of each project: for runs that left none
	keep      string            // a folder for copies of them, where what was read does not stay; "" is none
	told      int
	groups    map[string]string     // whose an artifact is, where that is known
	jobs      map[string]sources.ID // whose run left an artifact, where that is known
	also      []sources.Observation // what else is known of the run
}

// artifacts reads those that somebody kept.
func (m *memory) artifacts(ctx context.Context, from sources.Memory) error {
	if from.Git != "" {
		return m.commits(ctx, from.Git, from.Path)
	}
	return m.folders(ctx, from.Folders)
}

// most is how many errors are told one by one.
const most = 5

// fail notes what could not be read of a run.
func (m *memory) fail(of string, errs ...error) {
	for _, err := range errs {
		if len(m.wrong) == most {
			m.more++
			continue
		}
		m.wrong = append(m.wrong, fmt.Errorf("%s: %w", of, err))
	}
}

// err is everything that could not be read, counted past the first of it.
func (m *memory) err() error {
	if m.more > 0 {
		return errors.Join(append(m.wrong, fmt.Errorf("and %s more could not be read", sources.Count(m.more, "artifact")))...)
	}
	return errors.Join(m.wrong...)
}

// A run of the past is what one folder holds.
type pastRun struct {
	dir   string
	at    time.Time // of its newest artifact
	files []string
}

// folders tells of the runs in folders, the oldest first.
func (m *memory) folders(ctx context.Context, names []string) error {
	var runs []pastRun
	for _, name := range names {
		for _, dir := range m.expand(name) {
			runs = append(runs, m.runsIn(ctx, dir)...)
		}
	}
	slices.SortStableFunc(runs, func(a, b pastRun) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.dir, b.dir)) })
	for _, r := range slices.Backward(runs) { // what ran before every manifest is read by the first
		if err := m.speak(ctx, r); err != nil {
			return err
		}
	}
	for _, r := range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.run(ctx, m.say(r.dir), r); err != nil {
			return err
		}
	}
	return m.err()
}

// expand lists the folders that a name means.
func (m *memory) expand(name string) []string {
	found, _ := filepath.Glob(name)
	found = slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		return err != nil || !info.IsDir()
	})
	if len(found) == 0 {
		m.fail(name, errors.New("there is no such folder"))
	}
	return found
}

// say is a folder as seen from where freshet runs, and its name where it is
// far.
func (m *memory) say(dir string) string {
	here, _ := os.Getwd()
	if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(dir)
}

// runsIn lists the runs in a folder. One with artifacts is a run, together with
// all that it holds; in others each folder is looked through.
func (m *memory) runsIn(ctx context.Context, dir string) (runs []pastRun) {
	if files := inside(dir); len(files) > 0 {
		r := pastRun{dir: dir, files: below(dir)}
		r.at = m.moment(ctx, r)
		return []pastRun{r}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		m.fail(m.say(dir), errors.Unwrap(err))
	}
	for _, e := range entries {
		if e.IsDir() {
			runs = append(runs, m.runsIn(ctx, filepath.Join(dir, e.Name()))...)
		}
	}
	return runs
}

// below lists the artifacts in a folder and in all folders in it.
func below(dir string) (paths []string) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && named[filepath.Base(path)] != "" {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// moment is that of the newest artifact of a run.
func (m *memory) moment(ctx context.Context, r pastRun) (at time.Time) {
	v := &visit{ctx: ctx, setting: m.setting}
	for _, path := range r.files {
		f := file{name: v.say(path), path: path}
		if v.peek(&f) == nil && f.meta.At.After(at) {
			at = f.meta.At.Time
		}
	}
	return at
}

// speak notes the newest manifest of each project that a run left.
func (m *memory) speak(ctx context.Context, r pastRun) error {
	v := &visit{ctx: ctx, setting: m.setting}
	newest := make(map[string]time.Time)
	for _, path := range r.files {
		f := file{name: v.say(path), path: path}
		if !isManifest(path) || v.peek(&f) != nil || f.meta.At.Before(newest[f.project()]) {
			continue
		}
		newest[f.project()] = f.meta.At.Time
		if err := m.hold(f.project(), path); err != nil {
			return err
		}
	}
	return nil
}

// hold remembers a manifest, by a copy where it does not stay.
func (m *memory) hold(project, path string) error {
	if m.manifests == nil {
		m.manifests = make(map[string]string)
	}
	if m.keep == "" {
		m.manifests[project] = path
		return nil
	}
	dir := filepath.Join(m.keep, fmt.Sprintf("%x", project))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	m.manifests[project] = filepath.Join(dir, "manifest.json")
	_, err = store(from, m.manifests[project])
	return err
}

func isManifest(path string) bool { return filepath.Base(path) == "manifest.json" }

// run tells of one run. One that left no manifest is read by those of the runs
// before it, and tells of no more than what it built and checked.
func (m *memory) run(ctx context.Context, of string, r pastRun) error {
	whole := slices.ContainsFunc(r.files, isManifest)
	if err := m.speak(ctx, r); err != nil {
		return err
	}
	switch {
	case r.at.IsZero():
		m.fail(of, errors.New("no artifact of dbt in it reads"))
		return nil
	case len(m.manifests) == 0:
		m.fail(of, errors.New("has no manifest.json, and no other run has one"))
		return nil
	case r.at.Before(m.since):
		return nil
	}
	setting := m.setting
	setting.Dir = r.dir
	v := &visit{ctx: ctx, setting: setting, jobs: m.jobs, groups: m.groups}
	paths := r.files
	if !whole {
		paths = append(slices.Clone(paths), slices.Sorted(maps.Values(m.manifests))...)
	}
	v.observe(v.files(paths))
	if !whole {
		v.answer.Scopes = nil
		v.answer.Observations = slices.DeleteFunc(v.answer.Observations, silent)
	}
	if m.fail(of, v.errs...); len(v.answer.Observations) == 0 && len(v.errs) == 0 {
		m.fail(of, errors.New("no manifest knows, alone, what it tells of"))
	}
	v.answer.Observations = append(v.answer.Observations, m.also...)
	if len(v.answer.Observations) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	m.told++
	return m.tell(sources.Recalled(m.setting.Name, m.kind, r.at, v.answer))
}

// silent reports whether a run tells nothing of an asset.
func silent(o sources.Observation) bool {
	return len(o.Readings) == 0 && o.Attempt == sources.Attempt{} && o.Missed.IsZero()
}
