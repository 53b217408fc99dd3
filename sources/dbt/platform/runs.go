package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/state"
)

// A runCache is the folder for artifacts of runs, with a subfolder per run.
type runCache struct {
	dir       string
	temporary bool            // the folder is deleted after the visit
	used      map[string]bool // the names of the subfolders that this visit uses
}

// openRunCache returns the cache in the state folder of a source or, without a state folder,
// one that is deleted after the visit. The caller must call removeTemp.
func openRunCache(s sources.Setting) (*runCache, error) {
	if s.State == "" {
		dir, err := os.MkdirTemp("", "freshet-platform-")
		return &runCache{dir: dir, temporary: true, used: make(map[string]bool)}, err
	}
	dir, err := state.MakeFolder(s.State, "dbt-platform", s.Name)
	return &runCache{dir: dir, used: make(map[string]bool)}, err
}

// removeTemp deletes the cache if it is temporary.
func (k *runCache) removeTemp() {
	if k.temporary {
		_ = os.RemoveAll(k.dir)
	}
}

// useFolder returns the path of the folder of run r, and marks it as used, so that removeUnused
// keeps it. It does not create the folder.
func (k *runCache) useFolder(r *jobRun) string {
	name := fmt.Sprintf("run-%d", r.ID)
	k.used[name] = true
	return filepath.Join(k.dir, name)
}

// runFolder matches the names of the folders of runs.
var runFolder = regexp.MustCompile(`^run-\d+$`)

// removeUnused deletes the folders of runs that this visit did not use.
func (k *runCache) removeUnused() {
	entries, _ := os.ReadDir(k.dir)
	for _, e := range entries {
		if !k.used[e.Name()] && runFolder.MatchString(e.Name()) {
			_ = os.RemoveAll(filepath.Join(k.dir, e.Name()))
		}
	}
}

// forgetRuns deletes the folders of the runs with these files, which are no artifacts, so that the next visit
// downloads them again.
func (k *runCache) forgetRuns(files []string) {
	for _, file := range files {
		name, err := filepath.Rel(k.dir, file)
		folder, _, _ := strings.Cut(filepath.ToSlash(name), "/")
		if err == nil && runFolder.MatchString(folder) {
			_ = os.RemoveAll(filepath.Join(k.dir, folder))
		}
	}
}

// expectedArtifacts returns the names of the artifacts that a dbt command writes and freshet
// reads. It is nil for a command that neither builds nor checks freshness.
func expectedArtifacts(command string) (names []string) {
	words := strings.Fields(command)
	for i, verb := range words { // global flags may come before the command
		switch {
		case dbt.BuildsAssets(verb) || verb == "test":
			return []string{"run_results.json"}
		case verb == "source" && i+1 < len(words) && strings.Contains(words[i+1], "freshness"):
			return []string{"sources.json"}
		case verb == "freshness":
			return []string{"sources.json", "freshness.json"}
		case ignoredCommands[verb]:
			return nil
		}
	}
	return nil
}

// ignoredCommands holds the dbt commands that neither build nor check freshness, so that a
// later word is not taken for the command.
var ignoredCommands = map[string]bool{
	"compile":       true,
	"docs":          true,
	"deps":          true,
	"debug":         true,
	"parse":         true,
	"list":          true,
	"ls":            true,
	"run-operation": true,
	"source":        true,
	"show":          true,
	"clean":         true,
	"lint":          true,
}

// stepsFile is the name of the file, in the folder of a run, that holds the steps as JSON. It
// is written when no more artifacts of the run are expected.
const stepsFile = "run.json"

// downloadRun sets r.Steps and downloads the artifacts of each step into its own folder in k. A
// run that is complete in the cache makes no request.
func (a *apiClient) downloadRun(ctx context.Context, k *runCache, r *jobRun) error {
	dir := k.useFolder(r)
	if data, err := os.ReadFile(filepath.Join(dir, stepsFile)); err == nil && json.Unmarshal(data, &r.Steps) == nil {
		return nil
	}
	var one struct {
		Data jobRun `json:"data"`
	}
	path := fmt.Sprintf("runs/%d/", r.ID)
	if err := a.fetchJSON(ctx, path, url.Values{"include_related": {"run_steps"}}, &one); err != nil {
		return err
	}
	r.Steps = one.Data.Steps
	for _, s := range r.Steps {
		for _, name := range expectedArtifacts(s.command()) {
			to := filepath.Join(dir, fmt.Sprintf("step-%d", s.Index))
			if err := os.MkdirAll(to, 0o755); err != nil {
				return err
			}
			step := url.Values{"step": {strconv.Itoa(s.Index)}}
			if _, err := a.downloadArtifact(ctx, path+"artifacts/"+name, step, filepath.Join(to, name)); err != nil {
				return err
			}
		}
	}
	if !r.isSettled(k, a.now) {
		return nil
	}
	data, err := json.Marshal(r.Steps)
	return errors.Join(err, os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, stepsFile), data, 0o644))
}

// isSettled reports whether no more artifacts of the run are expected: all were saved, or the
// run ended more than an hour before now. The platform may save artifacts some time after the
// end of a run.
func (r *jobRun) isSettled(k *runCache, now time.Time) bool {
	_, missing := r.listCachedFiles(k)
	return len(missing) == 0 && r.ArtifactsSaved || now.Sub(r.FinishedAt.Time) > time.Hour
}

// listCachedFiles returns the paths of the artifacts of the run in k, and a note for each
// successful step that should have left an artifact and did not.
func (r *jobRun) listCachedFiles(k *runCache) (files, notes []string) {
	for _, s := range r.Steps {
		names := expectedArtifacts(s.command())
		found := 0
		for _, name := range names {
			file := filepath.Join(k.useFolder(r), fmt.Sprintf("step-%d", s.Index), name)
			if _, err := os.Stat(file); err == nil {
				files = append(files, file)
				found = found + 1
			}
		}
		if found == 0 && len(names) > 0 && s.Status == statusSucceeded {
			notes = append(
				notes,
				fmt.Sprintf(
					"job %q, run %d: step %d (%s) succeeded but left no %s",
					r.job.Name,
					r.ID,
					s.Index,
					s.command(),
					names[0],
				),
			)
		}
	}
	return files, notes
}

// fetchNewest downloads manifest.json or catalog.json, as name says, from the newest run of
// each project that has it, and returns the paths. It sets the project of each in projectKeys.
// runs must be sorted newest first.
func (a *apiClient) fetchNewest(
	ctx context.Context,
	k *runCache,
	runs []*jobRun,
	name string,
	projectKeys map[string]string,
) (files []string, err error) {
	done := make(map[int64]bool)
	for _, r := range runs {
		if done[r.ProjectID] || !r.ArtifactsSaved || name == "catalog.json" && !r.HasDocs {
			continue
		}
		file := filepath.Join(k.useFolder(r), name)
		found, err := a.fetchArtifact(ctx, r, name, file)
		if err != nil {
			return files, fmt.Errorf("run %d: %w", r.ID, err)
		}
		if found {
			done[r.ProjectID] = true
			projectKeys[file] = fmt.Sprint(r.ProjectID)
			files = append(files, file)
		}
	}
	return files, nil
}

// fetchArtifact downloads an artifact of the last step of run r into file, unless file exists.
// found is false if the run has no such artifact, which a file with the suffix .none records.
func (a *apiClient) fetchArtifact(ctx context.Context, r *jobRun, name, file string) (found bool, err error) {
	if _, err := os.Stat(file); err == nil {
		return true, nil
	}
	if _, err := os.Stat(file + ".none"); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return false, err
	}
	found, err = a.downloadArtifact(ctx, fmt.Sprintf("runs/%d/artifacts/%s", r.ID, name), nil, file)
	if err == nil && !found {
		err = os.WriteFile(file+".none", nil, 0o644)
	}
	return found, err
}

// CanRecall returns true: the platform keeps its own runs, and artifacts in folders or commits
// can be imported too.
func (s *source) CanRecall(sources.Archive) bool { return true }

// Recall passes a scrape per run to emit, oldest first: of the runs since from.Since on the
// platform or, if from names artifacts, of the runs in folders or commits.
func (s *source) Recall(ctx context.Context, from sources.Archive, emit func(sources.Scrape) error) error {
	m := &dbt.Importer{Setting: s.setting, SourceType: "dbt-platform", Since: from.Since, Emit: emit}
	if from.HasArtifacts() {
		return m.ImportArtifacts(ctx, from)
	}
	v := &dbt.Reader{Context: ctx, Setting: s.setting}
	a, err := s.newAPIClient(v)
	if err != nil {
		return err
	}
	jobs, _, err := s.fetchJobs(ctx, a, v)
	if err != nil {
		return err
	}
	m.AddErrors("jobs", v.Errors...)
	var runs []*jobRun
	for _, j := range jobs {
		jobRuns, err := a.fetchRunsSince(ctx, j, m)
		if err != nil {
			m.AddErrors(fmt.Sprintf("job %q", j.Name), err)
		}
		runs = append(runs, jobRuns...)
	}
	slices.SortFunc(runs, func(a, b *jobRun) int { return int(a.ID - b.ID) })
	return errors.Join(a.importRuns(ctx, m, runs), m.JoinErrors())
}

// fetchRunsSince lists the runs of j that were created since m.since and have ended.
func (a *apiClient) fetchRunsSince(ctx context.Context, j *job, m *dbt.Importer) (runs []*jobRun, err error) {
	isOld := func(r *jobRun) bool { return r.CreatedAt.IsValid && r.CreatedAt.Before(m.Since) }
	all, _, err := fetchList[jobRun](
		ctx,
		a,
		"runs/",
		j.runsQuery(),
		pageSize,
		func(all []*jobRun) bool { return len(all) > 0 && isOld(all[len(all)-1]) },
	)
	for _, r := range all {
		r.job = j
		if r.hasEnded() && !isOld(r) {
			runs = append(runs, r)
		}
	}
	return runs, err
}

// manifestMaxAge is how long one manifest is used for the runs of a project, in seconds.
// Manifests are large, so not every one is downloaded.
const manifestMaxAge = 7 * 24 * 60 * 60

// importRuns emits a scrape for each run, in the order of runs, which must be oldest first. The
// artifacts of a run are deleted as soon as its scrape is emitted.
func (a *apiClient) importRuns(ctx context.Context, m *dbt.Importer, runs []*jobRun) error {
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
		label := fmt.Sprintf("job %q, run %d", r.job.Name, r.ID)
		k := &runCache{dir: dir, used: make(map[string]bool)}
		if err := a.downloadRun(ctx, k, r); err != nil {
			m.AddErrors(label, err)
			continue
		}
		if err := a.fetchManifest(ctx, k, r, manifests); err != nil {
			m.AddErrors(label, err)
		}
		files, _ := r.listCachedFiles(k)
		if err := importRun(ctx, m, label, k, r, files, manifests[r.ProjectID]); err != nil {
			return err
		}
		_ = os.RemoveAll(k.useFolder(r))
	}
	return nil
}

// A pastManifest is the manifest that is in use for the runs of a project.
type pastManifest struct {
	file    string
	runID   int64 // the run that wrote it
	endedAt int64 // the end of that run, in seconds since 1970
}

// fetchManifest makes the manifest of run r the one in use for its project, if there is none
// yet or the run that wrote it ended at least manifestMaxAge before r. The old file is deleted.
func (a *apiClient) fetchManifest(ctx context.Context, k *runCache, r *jobRun, manifests map[int64]pastManifest) error {
	old := manifests[r.ProjectID]
	at := r.FinishedAt.Unix()
	if !r.ArtifactsSaved || old.file != "" && at-old.endedAt < manifestMaxAge {
		return nil
	}
	file := filepath.Join(k.dir, fmt.Sprintf("project-%d", r.ProjectID), fmt.Sprint(r.ID), "manifest.json")
	found, err := a.fetchArtifact(ctx, r, "manifest.json", file)
	if err == nil && found {
		manifests[r.ProjectID] = pastManifest{file: file, runID: r.ID, endedAt: at}
		if old.file != "" {
			_ = os.RemoveAll(filepath.Dir(old.file))
		}
	}
	return err
}

// importRun emits a scrape for run r of the platform, with the outcome of its job. If r
// left the current manifest, the scrape lists all assets; otherwise only assets that r built or
// checked. A run without artifacts emits nothing.
func importRun(
	ctx context.Context,
	m *dbt.Importer,
	label string,
	k *runCache,
	r *jobRun,
	files []string,
	current pastManifest,
) error {
	if current.file == "" {
		m.AddErrors(label, errors.New("skipped: no manifest.json in this run or an earlier one"))
		return nil
	}
	hasManifest := current.runID == r.ID
	project := fmt.Sprint(r.ProjectID)
	m.Manifests = map[string]string{project: current.file}
	if hasManifest {
		files = append(files, current.file)
	}
	if len(files) == 0 {
		return nil // it ended before it built or checked anything
	}
	m.Extra = []sources.Observation{
		{Asset: sources.Asset{ID: r.job.assetID, Kind: sources.Job, Name: r.job.Name}, Attempt: r.toAttempt()},
	}
	past := dbt.PastRun{Dir: k.useFolder(r), Files: files}
	past.At = m.ReadNewestTime(ctx, past)
	if past.At.Before(r.FinishedAt.Time) {
		past.At = r.FinishedAt.Time
	}
	m.JobIDs = make(map[string]sources.ID)
	m.ProjectKeys = map[string]string{current.file: project}
	for _, f := range files {
		m.JobIDs[f] = r.job.assetID
		m.ProjectKeys[f] = project
	}
	return m.ImportRun(ctx, label, past)
}
