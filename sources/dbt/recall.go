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

// CanRecall reports whether from names artifacts. dbt keeps no other history.
func (s artifactSource) CanRecall(from sources.Archive) bool { return from.HasArtifacts() }

// Recall reads earlier runs from folders, or from the commits of a git repository, and passes a
// scrape per run to emit, oldest first.
func (s artifactSource) Recall(ctx context.Context, from sources.Archive, emit func(sources.Scrape) error) error {
	if !from.HasArtifacts() {
		return errors.New(
			"dbt keeps no history of its own\n" +
				"hint: import artifacts: freshet import FOLDER..., or --git REPOSITORY --path FOLDER for commits that " +
				"contain them",
		)
	}
	m := &Importer{Setting: s.setting, SourceType: "dbt", Since: from.Since, Emit: emit}
	return m.ImportArtifacts(ctx, from)
}

// An Importer reads earlier runs and emits a scrape for each.
type Importer struct {
	Setting    sources.Setting
	SourceType string // of the source, as in site.toml
	// Since is the time before which runs are left out.
	Since time.Time
	Emit  func(sources.Scrape) error

	errs        []error           // the first maxErrors errors
	moreErrors  int               // the number of errors after them
	Manifests   map[string]string // the path of the manifest for runs without one, by project
	copyDir     string            // a folder for copies of manifests; "" if the originals stay in place
	emitted     int
	ProjectKeys map[string]string     // the platform project of an artifact, by path
	JobIDs      map[string]sources.ID // the job whose run wrote an artifact, by path
	Extra       []sources.Observation // observations to add to the scrape, such as that of the job
}

// ImportArtifacts emits a scrape for each run whose artifacts are in the git repository or the
// folders of from.
func (m *Importer) ImportArtifacts(ctx context.Context, from sources.Archive) error {
	if from.Git != "" {
		return m.importCommits(ctx, from.Git, from.Branch, from.Path)
	}
	return m.importFolders(ctx, from.Folders)
}

// maxErrors is the number of errors that are reported one by one.
const maxErrors = 5

// AddErrors records errors, each prefixed with label. After maxErrors they are only counted.
func (m *Importer) AddErrors(label string, errs ...error) {
	for _, err := range errs {
		if len(m.errs) == maxErrors {
			m.moreErrors++
			continue
		}
		m.errs = append(m.errs, fmt.Errorf("%s: %w", label, err))
	}
}

// JoinErrors returns the recorded errors as one, with the number of errors that were only
// counted; nil if there are none.
func (m *Importer) JoinErrors() error {
	if m.moreErrors > 0 {
		return errors.Join(
			append(m.errs, fmt.Errorf("another %s could not be read", sources.FormatCount(m.moreErrors, "artifact")))...)
	}
	return errors.Join(m.errs...)
}

// A PastRun is one earlier run: the artifacts in a folder.
type PastRun struct {
	Dir   string
	At    time.Time // of its newest artifact, or its end if that is later; zero if none can be read
	Files []string
}

// importFolders emits a scrape for each run in the folders, oldest first. names may be globs.
func (m *Importer) importFolders(ctx context.Context, names []string) error {
	var runs []PastRun
	for _, name := range names {
		for _, dir := range m.globFolders(name) {
			runs = append(runs, m.listRuns(ctx, dir)...)
		}
	}
	slices.SortStableFunc(runs, func(a, b PastRun) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Dir, b.Dir)) })
	for _, r := range slices.Backward(runs) { // newest first, so that the oldest manifest is kept for the runs before it
		if err := m.keepNewestManifests(ctx, r); err != nil {
			return err
		}
	}
	for _, r := range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.ImportRun(ctx, m.displayPath(r.Dir), r); err != nil {
			return err
		}
	}
	return m.JoinErrors()
}

// globFolders returns the folders that name, which may be a glob, matches. It adds an error if
// there are none.
func (m *Importer) globFolders(name string) []string {
	found, _ := filepath.Glob(name)
	found = slices.DeleteFunc(found, func(path string) bool {
		info, err := os.Stat(path)
		return err != nil || !info.IsDir()
	})
	if len(found) == 0 {
		m.AddErrors(name, errors.New("no such folder"))
	}
	return found
}

// displayPath returns dir for messages: relative to the working directory, or only its last
// element if it is outside.
func (m *Importer) displayPath(dir string) string {
	here, _ := os.Getwd()
	if rel, err := filepath.Rel(here, dir); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(dir)
}

// listRuns returns the runs in dir. A folder that holds artifacts is one run, together with the
// artifacts in all its subfolders; otherwise each subfolder is searched.
func (m *Importer) listRuns(ctx context.Context, dir string) (runs []PastRun) {
	if files := listArtifacts(dir); len(files) > 0 {
		r := PastRun{Dir: dir, Files: listArtifactsBelow(dir)}
		r.At = m.ReadNewestTime(ctx, r)
		return []PastRun{r}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		m.AddErrors(m.displayPath(dir), errors.Unwrap(err))
	}
	for _, e := range entries {
		if e.IsDir() {
			runs = append(runs, m.listRuns(ctx, filepath.Join(dir, e.Name()))...)
		}
	}
	return runs
}

// listArtifactsBelow returns the paths of the artifacts in dir and all its subfolders.
func listArtifactsBelow(dir string) (paths []string) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && kindByName[filepath.Base(path)] != "" {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// ReadNewestTime returns generated_at of the newest artifact of r, or the zero time if none can
// be read.
func (m *Importer) ReadNewestTime(ctx context.Context, r PastRun) (at time.Time) {
	v := &Reader{Context: ctx, Setting: m.Setting}
	for _, path := range r.Files {
		f := artifactFile{name: v.displayPath(path), path: path}
		if v.readMetadata(&f) == nil && f.metadata.GeneratedAt.After(at) {
			at = f.metadata.GeneratedAt.Time
		}
	}
	return at
}

// keepNewestManifests keeps the newest manifest of each project in r, for runs that left none.
func (m *Importer) keepNewestManifests(ctx context.Context, r PastRun) error {
	v := &Reader{Context: ctx, Setting: m.Setting}
	newest := make(map[string]time.Time)
	for _, path := range r.Files {
		f := artifactFile{name: v.displayPath(path), path: path}
		if !isManifest(path) || v.readMetadata(&f) != nil || f.metadata.GeneratedAt.Before(newest[f.projectName()]) {
			continue
		}
		newest[f.projectName()] = f.metadata.GeneratedAt.Time
		if err := m.keepManifest(f.projectName(), path); err != nil {
			return err
		}
	}
	return nil
}

// keepManifest makes path the manifest for runs of project that left none. If copyDir is set,
// the file is copied there, because the original will be overwritten.
func (m *Importer) keepManifest(project, path string) error {
	if m.Manifests == nil {
		m.Manifests = make(map[string]string)
	}
	if m.copyDir == "" {
		m.Manifests[project] = path
		return nil
	}
	dir := filepath.Join(m.copyDir, fmt.Sprintf("%x", project))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	m.Manifests[project] = filepath.Join(dir, "manifest.json")
	_, err = SaveArtifact(from, m.Manifests[project])
	return err
}

// isManifest reports whether path names a manifest.json.
func isManifest(path string) bool { return filepath.Base(path) == "manifest.json" }

// explainUnreadable returns an error that says why no artifact of r can be read: that of the first one
// with an error.
func (m *Importer) explainUnreadable(ctx context.Context, r PastRun) error {
	v := &Reader{Context: ctx, Setting: m.Setting}
	for _, path := range r.Files {
		f := artifactFile{name: filepath.Base(path), path: path}
		if err := v.readMetadata(&f); err != nil {
			return fmt.Errorf("no readable dbt artifact: %w", err)
		}
	}
	return errors.New("no readable dbt artifact")
}

// isResults reports whether path names an artifact with results, of a build or of freshness checks. A
// catalog.json alone has none.
func isResults(path string) bool {
	name := filepath.Base(path)
	return name == "run_results.json" || name == "sources.json"
}

// ImportRun emits a scrape for r unless it is older than m.since; label names the run in
// errors. A run without a manifest is read with the kept ones. Its scrape then has no scopes
// and only assets with facts, because that manifest does not show what existed.
func (m *Importer) ImportRun(ctx context.Context, label string, r PastRun) error {
	hasManifest := slices.ContainsFunc(r.Files, isManifest)
	if err := m.keepNewestManifests(ctx, r); err != nil {
		return err
	}
	switch {
	case r.At.IsZero():
		m.AddErrors(label, m.explainUnreadable(ctx, r))
		return nil
	case len(m.Manifests) == 0:
		m.AddErrors(label, errors.New("manifest.json: missing, here and in all other runs"))
		return nil
	case r.At.Before(m.Since):
		return nil
	}
	setting := m.Setting
	setting.Dir = r.Dir
	v := &Reader{Context: ctx, Setting: setting, JobIDs: m.JobIDs, ProjectKeys: m.ProjectKeys}
	paths := r.Files
	if !hasManifest {
		paths = append(slices.Clone(paths), slices.Sorted(maps.Values(m.Manifests))...)
	}
	v.ReadArtifacts(v.ClassifyFiles(paths))
	if !hasManifest {
		v.Answer.Scopes = nil
		v.Answer.Observations = slices.DeleteFunc(v.Answer.Observations, hasNoFacts)
	}
	m.AddErrors(label, v.Errors...)
	if len(v.Answer.Observations) == 0 && len(v.Errors) == 0 && slices.ContainsFunc(r.Files, isResults) {
		m.AddErrors(label, errors.New("skipped: its nodes are in no manifest, or in several"))
	}
	v.Answer.Observations = append(v.Answer.Observations, m.Extra...)
	if len(v.Answer.Observations) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	m.emitted++
	return m.Emit(sources.NewImportedScrape(m.Setting.Name, m.SourceType, r.At, v.Answer))
}

// hasNoFacts reports whether o has no reading, no attempt and no missed check.
func hasNoFacts(o sources.Observation) bool {
	return len(o.Readings) == 0 && o.Attempt == sources.Attempt{} && o.Missed.IsZero()
}
