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

// A kind is one of dbt's artifacts, by the word of its schema address:
// .../dbt/run-results/v6.json.
type kind string

const (
	manifestKind  kind = "manifest"
	runKind       kind = "run-results"
	checkKind     kind = "sources"
	freshnessKind kind = "freshness"
	catalogKind   kind = "catalog"
)

// named are the files that dbt writes into its target folder.
var named = map[string]kind{
	"manifest.json":    manifestKind,
	"run_results.json": runKind,
	"sources.json":     checkKind,
	"freshness.json":   freshnessKind,
	"catalog.json":     catalogKind,
}

// newest is the newest schema of each artifact that is known here.
var newest = map[kind]int{manifestKind: 20, runKind: 6, checkKind: 3, freshnessKind: 0, catalogKind: 1}

// A file is an artifact that was found, with its metadata read.
type file struct {
	name string // as it is said to people
	path string
	kind kind
	meta metadata
	job  sources.ID // whose run left it; "" is not known
	of   string     // whose manifest tells of it; "" is not known
}

// find lists the artifacts that a site.toml names.
func (v *visit) find(artifacts []string) map[kind][]file {
	var paths []string
	for _, a := range artifacts {
		paths = append(paths, v.expand(a)...)
	}
	files := v.files(paths)
	if len(files[manifestKind]) == 0 && len(v.errs) == 0 {
		v.fail(fmt.Errorf("no manifest.json in %s\nhint: let dbt parse, run or build first, or point artifacts at dbt's target folder", strings.Join(artifacts, ", ")))
	}
	return files
}

// files are artifacts by kind, each kind in the order of its moments.
func (v *visit) files(paths []string) map[kind][]file {
	files := make(map[kind][]file)
	seen := make(map[string]bool)
	for _, path := range paths {
		if !seen[path] {
			seen[path] = true
			v.file(files, path)
		}
	}
	for _, fs := range files {
		slices.SortStableFunc(fs, func(a, b file) int { return a.meta.At.Compare(b.meta.At.Time) })
	}
	return files
}

// expand lists the files that an entry of artifacts means.
func (v *visit) expand(artifact string) (paths []string) {
	if bucket.Is(artifact) {
		return v.bring(artifact)
	}
	found := []string{v.setting.Path(artifact)}
	if strings.ContainsAny(artifact, "*?[") {
		if found, _ = filepath.Glob(v.setting.Path(artifact)); len(found) == 0 {
			v.note("artifacts: nothing matches %q", artifact)
		}
	}
	for _, path := range found {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			v.fail(fmt.Errorf("%w\nhint: artifacts is %q, and is looked up from the folder of site.toml", v.plain(path, err), artifact))
		case !info.IsDir():
			paths = append(paths, path)
		default:
			paths = append(paths, inside(path)...)
		}
	}
	return paths
}

// inside lists the artifacts that a folder has.
func inside(dir string) (paths []string) {
	for name := range named {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// file adds a file if it is an artifact of dbt, and says so if it is not.
func (v *visit) file(files map[kind][]file, path string) {
	f := file{name: v.say(path), path: path, job: v.jobs[path], of: v.groups[path]}
	if err := v.peek(&f); err != nil {
		v.fail(err)
		return
	}
	version, ok := 0, false
	if f.kind, version, ok = f.meta.schema(); !ok {
		v.fail(fmt.Errorf("%s: is not an artifact of dbt: metadata.dbt_schema_version is %q", f.name, f.meta.Schema))
		return
	}
	if want := named[filepath.Base(path)]; want != "" && want != f.kind {
		v.fail(fmt.Errorf("%s: holds dbt's %s, by its metadata.dbt_schema_version", f.name, f.kind))
		return
	}
	if version > newest[f.kind] {
		v.note("%s: %s v%d is newer than this freshet knows (v%d): read as far as it is alike", f.name, f.kind, version, newest[f.kind])
	}
	files[f.kind] = append(files[f.kind], f)
}

// say is a path as seen from site.toml: where that lies is nobody's business.
func (v *visit) say(path string) string {
	if name := v.names[path]; name != "" {
		return name
	}
	if rel, err := filepath.Rel(v.setting.Dir, path); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(path)
}

// plain is an error about a file, with its path as seen from site.toml.
func (v *visit) plain(path string, err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err
	}
	return fmt.Errorf("%s: %w", v.say(path), err)
}
