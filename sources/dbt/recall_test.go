package dbt_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/dbt"
	"github.com/freshet-status/freshet/sources/dbt/dbttest"
	"github.com/freshet-status/freshet/sources/sourcetest"
)

// recaller is a source of type dbt, of which the past is read.
func recaller(t testing.TB) sources.Recaller {
	t.Helper()
	return (&dbt.Config{}).Open(sources.Setting{Name: "dbt", Dir: t.TempDir()}).(sources.Recaller)
}

// writeFiles writes files into a new folder and returns it.
func writeFiles(t testing.TB, fs files) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range fs {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// recallScrapes returns the scrapes that a recall emits.
func recallScrapes(t testing.TB, from sources.Archive) (told []sources.Scrape, err error) {
	t.Helper()
	err = recaller(t).Recall(context.Background(), from, func(s sources.Scrape) error {
		told = append(told, s)
		return nil
	})
	return told, err
}

func TestPromisesOfRecall(t *testing.T) {
	dir := writeFiles(t, files{
		"manifest.json":    dbttest.ManifestOf("2026-08-20T05:00:00Z"),
		"run_results.json": dbttest.RunResults("run", "2026-08-20T05:10:00Z", "", "model.shop.fct success"),
	})
	src := recaller(t).(sources.Source)
	sourcetest.RunRecallSuite(t, src, sources.Archive{Folders: []string{dir}})
}

func TestFoldersOfEarlierRuns(t *testing.T) {
	dir := writeFiles(t, files{
		"b/manifest.json":              dbttest.ManifestOf("2026-08-20T05:00:00Z"),
		"b/run_results.json":           dbttest.RunResults("run", "2026-08-20T05:10:00Z", "", "model.shop.fct success"),
		"a/manifest.json":              dbttest.ManifestOf("2026-08-21T05:00:00Z"),
		"a/steps/1/run_results.json":   dbttest.RunResults("run", "2026-08-21T05:10:00Z", "", "model.shop.fct success"),
		"a/steps/2/run_results.json":   dbttest.RunResults("test", "2026-08-21T05:20:00Z", ""),
		"old/2026-01-01/manifest.json": dbttest.ManifestOf("2026-01-01T05:00:00Z"),
		"notes/readme.json":            "{}",
	})
	since := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, folders := range map[string][]string{
		"a folder of folders": {dir},
		"a glob":              {dir + "/[ab]"},
		"one by one":          {dir + "/a", dir + "/b"},
	} {
		t.Run(name, func(t *testing.T) {
			told, err := recallScrapes(t, sources.Archive{Folders: folders, Since: since})
			if err != nil || len(told) != 2 {
				t.Fatalf("Recall: got %v and %d moments, want no error and 2", err, len(told))
			}
			for i, want := range []string{"2026-08-20T05:11:00Z", "2026-08-21T05:21:00Z"} {
				if got := told[i].At.Format(time.RFC3339); got != want || len(told[i].Scopes) != 1 {
					t.Errorf("moment %d: got %s with scopes %v, want %s with 1 scope", i, got, told[i].Scopes, want)
				}
				built := time.Date(2026, 8, 20+i, 5, 10, 0, 0, time.UTC)
				if r, _ := dbttest.ReadingOf(dbttest.ByID(told[i].Answer)["table:PROD.MART.FCT"], sources.Built); !r.At.Equal(
					built,
				) {
					t.Errorf("moment %d: got fct built %v, want %v", i, r, built)
				}
			}
		})
	}
}

func TestARunThatLeftNoManifestIsReadByTheOneBefore(t *testing.T) {
	dir := writeFiles(t, files{
		"1/run_results.json": dbttest.RunResults("run", "2026-08-19T05:10:00Z", "", "model.shop.agg success"),
		"2/manifest.json":    dbttest.ManifestOf("2026-08-20T05:00:00Z"),
		"3/run_results.json": dbttest.RunResults("run", "2026-08-21T05:10:00Z", "", "model.shop.fct success"),
	})
	told, err := recallScrapes(t, sources.Archive{Folders: []string{dir}})
	if err != nil || len(told) != 3 {
		t.Fatalf("Recall: got %v and %v, want no error and 3 moments", err, told)
	}
	if r, ok := dbttest.ReadingOf(dbttest.ByID(told[2].Answer)["table:PROD.MART.FCT"], sources.Built); !ok || r.At.IsZero() ||
		len(told[2].Scopes) != 0 {
		t.Errorf("moment 2: got fct built %v, scopes %v; want a build and no scope", r, told[2].Scopes)
	}
	if _, there := dbttest.ByID(told[2].Answer)["dashboard:dbt/shop.board"]; there {
		t.Error("moment 2: got dashboard:dbt/shop.board, want only what the run built")
	}
	if r, ok := dbttest.ReadingOf(dbttest.ByID(told[0].Answer)["table:PROD.MART.AGG"], sources.Built); !ok || r.At.IsZero() {
		t.Errorf("moment 0: got agg built %v, want a build that the first manifest describes", r)
	}
}

// TestRunsOfTwoProjects imports folders of two projects, of which the later ones
// left no manifest: each is read by its own project's.
func TestRunsOfTwoProjects(t *testing.T) {
	other := func(s string) string {
		return strings.NewReplacer("model.shop.", "model.mkt.", `"shop"`, `"mkt"`, "prod.mart", "mkt.mart").Replace(s)
	}
	dir := writeFiles(t, files{
		"1/manifest.json":    dbttest.ManifestOf("2026-08-20T05:00:00Z"),
		"2/manifest.json":    other(dbttest.ManifestOf("2026-08-20T06:00:00Z")),
		"3/run_results.json": dbttest.RunResults("run", "2026-08-21T05:10:00Z", "", "model.shop.fct success"),
		"4/run_results.json": other(dbttest.RunResults("run", "2026-08-21T06:10:00Z", "", "model.shop.fct success")),
		"5/run_results.json": dbttest.RunResults("run", "2026-08-21T07:10:00Z", "", "model.elsewhere.x success"),
	})
	t.Chdir(dir)
	told, err := recallScrapes(t, sources.Archive{Folders: []string{dir}})
	if len(told) != 4 || err == nil || err.Error() != "5: skipped: its nodes are in no manifest, or in several" {
		t.Fatalf("Recall: got %d moments and %v, want 4 and an error about folder 5", len(told), err)
	}
	for i, id := range []sources.ID{"table:PROD.MART.FCT", "table:MKT.MART.FCT"} {
		if r, _ := dbttest.ReadingOf(dbttest.ByID(told[2+i].Answer)[id], sources.Built); r.At.IsZero() {
			t.Errorf("moment %d: got %v, want a build of %s", 2+i, told[2+i].Observations, id)
		}
	}
}

func TestWhatCannotBeReadOfThePastIsSaid(t *testing.T) {
	dir := writeFiles(t, files{
		"1/manifest.json":    dbttest.ManifestOf("2026-08-20T05:00:00Z"),
		"2/manifest.json":    `{"metadata": {`,
		"3/run_results.json": "",
		"4/sources.json":     "<html>",
	})
	t.Chdir(dir)
	told, err := recallScrapes(t, sources.Archive{Folders: []string{dir, dir + "/none*"}})
	if err == nil || len(told) != 1 {
		t.Fatalf("Recall: got %v and %v, want an error and 1 moment", err, told)
	}
	want := dir + "/none*: no such folder\n" +
		"2: no readable dbt artifact: manifest.json: cut off at byte 14\nhint: run dbt again, or repeat the copy\n" +
		"3: no readable dbt artifact: run_results.json: empty\n" +
		"hint: run dbt again; it may have been stopped while writing\n" +
		"4: no readable dbt artifact: sources.json: byte 0: invalid character '<' looking for beginning of value\n" +
		"hint: the file may hold an unresolved merge conflict of git, or be a web page"
	if err.Error() != want {
		t.Errorf("error of Recall: got\n%s\nwant\n%s", err, want)
	}
}

func TestDBTKeepsNoPastOfItsOwn(t *testing.T) {
	if _, err := recallScrapes(t, sources.Archive{}); err == nil ||
		!strings.HasPrefix(err.Error(), "dbt keeps no history of its own\nhint: ") {
		t.Errorf("Recall: got %v, want an error that dbt keeps no past, with a hint", err)
	}
}

// createRepository creates a repository with a commit per night; every third commit changes no
// artifact.
func createRepository(t testing.TB, nights int) (repo string) {
	t.Helper()
	repo = t.TempDir()
	var in bytes.Buffer
	data := func(text string) { fmt.Fprintf(&in, "data %d\n%s\n", len(text), text) }
	for night := range nights {
		at := time.Date(2026, 1, 1, 5, 0, 0, 0, time.UTC).Add(time.Duration(night) * 8 * time.Hour)
		fmt.Fprintf(&in, "commit refs/heads/main\ncommitter Robin <robin@tidewater.example> %d +0000\n", at.Unix())
		data(fmt.Sprint("night ", night))
		if night%3 == 2 {
			fmt.Fprint(&in, "M 100644 inline README\n")
			data(fmt.Sprint(night))
			continue
		}
		stamp := at.Format(time.RFC3339)
		for name, text := range map[string]string{
			"manifest.json":    dbttest.ManifestOf(stamp),
			"run_results.json": dbttest.RunResults("build", stamp, "", "model.shop.fct success"),
		} {
			fmt.Fprintf(&in, "M 100644 inline dbt/target/%s\n", name)
			data(text)
		}
	}
	gitIn(t, repo, nil, "init", "-q", "-b", "main")
	gitIn(t, repo, in.Bytes(), "fast-import", "--quiet")
	return repo
}

func gitIn(t testing.TB, repo string, in []byte, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", repo}, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: got %v, want no error: %s", args, err, out)
	}
}

// TestCommits reads 600 commits of artifacts, one after the other: the memory
// that is kept is that of one commit.
func TestCommits(t *testing.T) {
	repo := createRepository(t, 900)
	t.Setenv("TMPDIR", t.TempDir()) // no other test leaves temporary folders there
	moments := 0
	kept := []uint64{}
	err := recaller(
		t,
	).Recall(context.Background(), sources.Archive{Git: repo, Path: "dbt/target/"}, func(s sources.Scrape) error {
		moments++
		if moments%100 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			kept = append(kept, m.HeapAlloc)
		}
		if r, _ := dbttest.ReadingOf(dbttest.ByID(s.Answer)["table:PROD.MART.FCT"], sources.Built); r.At.IsZero() {
			t.Errorf("fct at moment %v: got %v, want a build", s.At, r)
		}
		return nil
	})
	if err != nil || moments != 600 {
		t.Fatalf("Recall: got %v and %d moments, want no error and 600", err, moments)
	}
	if slices.Max(kept) > slices.Min(kept)+1<<20 {
		t.Errorf("memory in use, in bytes: got %v, want the numbers within 1 MiB", kept)
	}
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), "freshet-import-*"))
	if len(left) > 0 {
		t.Errorf("temporary folders: got %v, want none", left)
	}
}

func TestARepositoryIsReadFromOneOfItsFolders(t *testing.T) {
	repo := createRepository(t, 5)
	gitIn(t, repo, nil, "checkout", "-q", "main")
	told, err := recallScrapes(t, sources.Archive{Git: filepath.Join(repo, "dbt"), Path: "target"})
	if err != nil || len(told) != 4 {
		t.Errorf("Recall from a folder of the repository: got %v and %d moments, want no error and 4", err, len(told))
	}
	_, err = recallScrapes(
		t,
		sources.Archive{Git: repo, Path: "dbt/target", Since: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
	)
	if err == nil ||
		!strings.HasSuffix(err.Error(), `no dbt artifacts from the requested period in 4 commits that changed "dbt/target"`) {
		t.Errorf("Recall: got %v, want an error that 4 commits hold no artifact of that time", err)
	}
}

// TestABranchOfABareRepositoryIsRead has a bare repository, of which a branch has one commit less.
func TestABranchOfABareRepositoryIsRead(t *testing.T) {
	repo := createRepository(t, 5)
	gitIn(t, repo, nil, "branch", "before", "main~1")
	bare := filepath.Join(t.TempDir(), "bare.git")
	gitIn(t, repo, nil, "clone", "-q", "--bare", repo, bare)
	for branch, want := range map[string]int{"": 4, "before": 3} {
		told, err := recallScrapes(t, sources.Archive{Git: bare, Branch: branch, Path: "dbt/target"})
		if err != nil || len(told) != want {
			t.Errorf("Recall of branch %q: got %v and %d moments, want no error and %d", branch, err, len(told), want)
		}
	}
	_, err := recallScrapes(t, sources.Archive{Git: bare, Branch: "none", Path: "dbt/target"})
	if err == nil || err.Error() != "git log: fatal: bad revision 'none'" {
		t.Errorf("Recall of a branch that is not there: got %v, want an error that names it", err)
	}
}

func TestACommitWithOnlyACatalogIsNoError(t *testing.T) {
	repo := createRepository(t, 1)
	gitIn(t, repo, nil, "checkout", "-q", "main")
	gitIn(t, repo, nil, "rm", "-q", "dbt/target/manifest.json", "dbt/target/run_results.json")
	catalog := filepath.Join(repo, "dbt/target/catalog.json")
	if err := os.MkdirAll(filepath.Dir(catalog), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(catalog, []byte(`{"metadata": {"generated_at": "2026-01-02T05:00:00Z",
 "dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}, "nodes": {}, "sources": {}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn(t, repo, nil, "add", ".")
	gitIn(t, repo, nil, "-c", "user.name=Robin", "-c", "user.email=robin@tidewater.example", "commit", "-q", "-m", "docs")
	told, err := recallScrapes(t, sources.Archive{Git: repo, Path: "dbt/target"})
	if err != nil || len(told) != 1 {
		t.Errorf("Recall: got %v and %d moments, want no error and 1", err, len(told))
	}
}

// TestAManifestThatALaterCommitDeletesStillSpeaks deletes it, as who adds it to
// .gitignore does.
func TestAManifestThatALaterCommitDeletesStillSpeaks(t *testing.T) {
	repo := createRepository(t, 1)
	gitIn(t, repo, nil, "checkout", "-q", "main")
	results := dbttest.RunResults("build", "2026-01-02T05:00:00Z", "", "model.shop.fct success")
	if err := os.WriteFile(filepath.Join(repo, "dbt/target/run_results.json"), []byte(results), 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn(t, repo, nil, "rm", "-q", "dbt/target/manifest.json")
	gitIn(t, repo, nil, "-c", "user.name=Robin", "-c", "user.email=robin@tidewater.example", "commit", "-q", "-am", "ignore it")
	told, err := recallScrapes(t, sources.Archive{Git: repo, Path: "dbt/target"})
	if err != nil || len(told) != 2 {
		t.Errorf("Recall: got %v and %d moments, want no error and 2", err, len(told))
	}
}

func TestRepositoriesThatAreNone(t *testing.T) {
	repo := createRepository(t, 5)
	shallow := filepath.Join(t.TempDir(), "clone")
	gitIn(t, repo, nil, "clone", "-q", "--depth", "2", "file://"+repo, shallow)
	none := t.TempDir()
	for name, tt := range map[string]struct {
		from    sources.Archive
		moments int
		want    string
	}{
		"no repository": {
			from:    sources.Archive{Git: none, Path: "target"},
			moments: 0,
			want:    "git log: fatal: not a git repository (or any of the parent directories): .git",
		},
		"a folder that no commit has": {
			from:    sources.Archive{Git: repo, Path: "target"},
			moments: 0,
			want: "no commit contains folder \"target\"\n" +
				"hint: set --path to a folder in the repository, such as target, that git does not ignore",
		},
		"a clone that is shallow": {
			from:    sources.Archive{Git: shallow, Path: "dbt/target"},
			moments: 2,
			want: "clone: shallow repository: only 2 commits could be read\n" +
				"hint: run git fetch --unshallow",
		},
		"a folder that reads like flag": {sources.Archive{Git: repo, Path: "--all"}, 0, "no commit contains folder \"--all\""},
	} {
		t.Run(name, func(t *testing.T) {
			told, err := recallScrapes(t, tt.from)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), repo) ||
				len(told) != tt.moments {
				t.Errorf(
					"Recall: got %d moments and %v, want %d and an error with %q and no path",
					len(told),
					err,
					tt.moments,
					tt.want,
				)
			}
		})
	}
}

// BenchmarkACommit is the cost of one commit of an import, without git's own
// start.
func BenchmarkACommit(b *testing.B) {
	repo := createRepository(b, 900)
	b.ReportAllocs()
	commits := 0
	for b.Loop() {
		told, err := recallScrapes(b, sources.Archive{Git: repo, Path: "dbt/target"})
		if err != nil {
			b.Fatal(err)
		}
		commits += len(told)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(commits), "µs/commit")
}
