package dbt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/bucket"
)

// An artifactKind is the kind of an artifact, as in its schema address: run-results in
// .../dbt/run-results/v6.json.
type artifactKind string

const (
	manifestKind  artifactKind = "manifest"
	runKind       artifactKind = "run-results"
	checkKind     artifactKind = "sources"
	freshnessKind artifactKind = "freshness"
	catalogKind   artifactKind = "catalog"
)

// kindByName holds the kind of each file that dbt writes into its target folder, by file name.
var kindByName = map[string]artifactKind{
	"manifest.json":    manifestKind,
	"run_results.json": runKind,
	"sources.json":     checkKind,
	"freshness.json":   freshnessKind,
	"catalog.json":     catalogKind,
}

// newestVersion holds the newest schema version of each kind that freshet knows.
var newestVersion = map[artifactKind]int{manifestKind: 20, runKind: 6, checkKind: 3, freshnessKind: 0, catalogKind: 1}

// An artifactFile is an artifact that was found, with its metadata.
type artifactFile struct {
	name       string // for messages; see visit.displayPath
	path       string
	kind       artifactKind
	metadata   metadata
	jobID      sources.ID // the job whose run wrote it; "" if not known
	projectKey string     // the platform project that it belongs to; "" if not known
}

// findArtifacts returns the artifacts that the entries of site.toml name, by kind, oldest
// first. It adds an error if there is no manifest and nothing else failed.
func (v *Reader) findArtifacts(artifacts []string) map[artifactKind][]artifactFile {
	var paths []string
	for _, a := range artifacts {
		paths = append(paths, v.listPaths(a)...)
	}
	files := v.ClassifyFiles(paths)
	if len(files[manifestKind]) == 0 && len(v.Errors) == 0 {
		v.AddError(
			fmt.Errorf(
				"%s: no manifest.json\nhint: run dbt build or dbt parse, or set artifacts to dbt's target folder",
				strings.Join(artifacts, ", "),
			),
		)
	}
	return files
}

// ClassifyFiles reads the metadata of the files and returns them by kind, oldest generated_at
// first. A repeated path counts once.
func (v *Reader) ClassifyFiles(paths []string) map[artifactKind][]artifactFile {
	files := make(map[artifactKind][]artifactFile)
	seen := make(map[string]bool)
	for _, path := range paths {
		if !seen[path] {
			seen[path] = true
			v.classifyFile(files, path)
		}
	}
	for _, fs := range files {
		slices.SortStableFunc(
			fs,
			func(a, b artifactFile) int { return a.metadata.GeneratedAt.Compare(b.metadata.GeneratedAt.Time) },
		)
	}
	return files
}

// listPaths returns the files that one entry of artifacts means: a file, the artifacts in a
// folder, the matches of a glob, or downloaded files of a bucket address. It adds a note if a
// glob matches nothing, and an error if a path cannot be read.
func (v *Reader) listPaths(artifact string) (paths []string) {
	if bucket.IsAddress(artifact) {
		return v.fetchArtifacts(artifact)
	}
	found := []string{v.Setting.ResolvePath(artifact)}
	if strings.ContainsAny(artifact, "*?[") {
		found, _ = filepath.Glob(v.Setting.ResolvePath(artifact))
		if len(found) == 0 {
			v.addNote("artifacts: no match for %q", artifact)
		}
	}
	for _, path := range found {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			v.AddError(
				fmt.Errorf(
					"%w\nhint: check artifacts (%q), a path relative to the folder of site.toml",
					v.wrapPathError(path, err),
					artifact,
				),
			)
		case !info.IsDir():
			paths = append(paths, path)
		default:
			paths = append(paths, listArtifacts(path)...)
		}
	}
	return paths
}

// listArtifacts returns the paths of the artifacts in dir, sorted. It does not search
// subfolders.
func listArtifacts(dir string) (paths []string) {
	for name := range kindByName {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// classifyFile reads the metadata of the file at path and adds it to files. It adds an error
// instead if the file is not a dbt artifact or holds another kind than its name says, and a
// note if its schema is newer than newestVersion.
func (v *Reader) classifyFile(files map[artifactKind][]artifactFile, path string) {
	f := artifactFile{name: v.displayPath(path), path: path, jobID: v.JobIDs[path], projectKey: v.ProjectKeys[path]}
	if err := v.readMetadata(&f); err != nil {
		v.AddError(err)
		return
	}
	version := 0
	ok := false
	f.kind, version, ok = f.metadata.parseSchema()
	if !ok {
		v.unreadable = append(v.unreadable, path)
		v.AddError(
			fmt.Errorf("%s: not a dbt artifact: metadata.dbt_schema_version is %q", f.name, f.metadata.SchemaVersion),
		)
		return
	}
	if want := kindByName[filepath.Base(path)]; want != "" && want != f.kind {
		v.AddError(fmt.Errorf("%s: wrong artifact: metadata.dbt_schema_version names %s", f.name, f.kind))
		return
	}
	if version > newestVersion[f.kind] {
		v.addNote(
			"%s: newer schema (%s v%d, known: v%d); reading the fields that are known",
			f.name,
			f.kind,
			version,
			newestVersion[f.kind],
		)
	}
	files[f.kind] = append(files[f.kind], f)
}

// displayPath returns path for messages: the address of a downloaded file, or else the path
// relative to the folder of site.toml, so that messages do not show where that folder is.
func (v *Reader) displayPath(path string) string {
	if name := v.addresses[path]; name != "" {
		return name
	}
	if rel, err := filepath.Rel(v.Setting.Dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// wrapPathError returns err of a file operation with the display path in place of the absolute
// path.
func (v *Reader) wrapPathError(path string, err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return fmt.Errorf("%s: %w", v.displayPath(path), err)
}
