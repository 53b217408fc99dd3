// Package dbt reads what dbt built and checked. A source of type "dbt" reads artifacts from
// folders and buckets; one of type "dbt-platform" downloads the artifacts of job runs through
// the Admin API v2.
//
// manifest.json names the assets and their lineage, run_results.json holds the builds of one
// run, sources.json and freshness.json the results of freshness checks, catalog.json the
// relations in the warehouse. Files are read one entry at a time, so memory does not grow with
// their size.
//
// The package never runs dbt and never queries the warehouse. Of a freshness check it reads the
// times, never the status. Artifacts of different runs keep their own times: each reading has
// the time at which its artifact was written or its row was checked.
//
// To read another artifact, add it to kindByName and newestVersion and call its reader in
// visit.readArtifacts. Another spelling of a value belongs in lenient.go.
package dbt

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/bucket"
)

// A Config holds the keys of a [[source]] of type "dbt".
type Config struct {
	// Artifacts lists folders (dbt's target folder), files, globs of either, or addresses in a
	// bucket. In TOML it is one string or a list.
	Artifacts pathList `toml:"artifacts"`
}

// A pathList is one path or a list of paths in TOML.
type pathList []string

// UnmarshalTOML appends a string, or each string of a list, to p.
func (p *pathList) UnmarshalTOML(v any) error {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return fmt.Errorf("must be a folder, a glob or a list of these (got %v)", e)
		}
		*p = append(*p, s)
	}
	return nil
}

// Faults returns a fault for each wrong key of c, or nil. It does not check whether the files
// exist.
func (c *Config) Faults() []sources.Fault {
	if len(c.Artifacts) == 0 || slices.Contains(c.Artifacts, "") {
		return []sources.Fault{{Key: "artifacts", Says: `required, such as "target", the folder that dbt writes`}}
	}
	for _, p := range c.Artifacts {
		if says := bucket.DescribeFault(p); bucket.IsAddress(p) && says != "" {
			return []sources.Fault{{Key: "artifacts", Says: says}}
		}
	}
	return nil
}

// Open returns a source that reads the artifacts in c. It opens no file yet.
func (c *Config) Open(s sources.Setting) sources.Source {
	return artifactSource{setting: s, artifacts: c.Artifacts}
}

// An artifactSource is a source of type "dbt": it reads artifacts from folders and buckets.
type artifactSource struct {
	setting   sources.Setting
	artifacts []string
}

// Name returns the name of the source in site.toml.
func (s artifactSource) Name() string { return s.setting.Name }

// Observe reads the newest manifest of each project and all builds, checks and catalogs that
// were found. A project without builds or checks is valid. If some artifacts cannot be read, it
// returns the rest together with an error.
func (s artifactSource) Observe(ctx context.Context) (sources.Answer, error) {
	v := &Reader{Context: ctx, Setting: s.setting}
	defer v.removeTemp()
	v.ReadArtifacts(v.findArtifacts(s.artifacts))
	v.forgetUnreadable()
	return v.Answer, v.JoinErrors()
}

// removeTemp deletes the temporary folder of the visit, if there is one.
func (v *Reader) removeTemp() {
	if v.tempDir != "" {
		_ = os.RemoveAll(v.tempDir)
	}
}

// ReadArtifacts reads artifacts into v.answer: first the catalogs and the manifests, which name the
// projects and their assets, then the builds and checks, which add facts to them.
func (v *Reader) ReadArtifacts(files map[artifactKind][]artifactFile) {
	projects := v.readProjects(files[manifestKind], v.readCatalogs(files[catalogKind]))
	v.readRuns(projects, files[runKind])
	v.readChecks(projects, slices.Concat(files[checkKind], files[freshnessKind]))
	v.Answer.Observations = mergeObservations(projects)
}

// Connect finds the artifacts and reads only their metadata. works has one line per artifact
// with its generated_at, followed by the notes; missing has the errors.
func (s artifactSource) Connect(ctx context.Context) (works []string, missing []error) {
	v := &Reader{Context: ctx, Setting: s.setting}
	defer v.removeTemp()
	for _, fs := range v.findArtifacts(s.artifacts) {
		for _, f := range fs {
			works = append(
				works,
				fmt.Sprintf("%s: readable, written %s", f.name, f.metadata.GeneratedAt.Format("2 Jan 2006 15:04 UTC")),
			)
		}
	}
	slices.Sort(works)
	return append(works, v.Answer.Notes...), v.Errors
}
