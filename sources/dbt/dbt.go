// Package dbt observes what dbt built and what dbt checked, as its artifacts
// tell: manifest.json names the assets and their lineage, run_results.json is
// a run, sources.json and freshness.json are checks of freshness, catalog.json
// says what the warehouse holds.
//
// It reads files, a node at a time, and never runs dbt, never asks the
// warehouse and never believes a verdict: of a check it takes the times alone.
// Artifacts that come from different runs keep their own moments.
package dbt

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/bucket"
)

// Config is a [[source]] of type "dbt".
type Config struct {
	// Artifacts is the folder that dbt calls target, a glob of folders or
	// files, or a list of these; also in a bucket, by its address.
	Artifacts paths `toml:"artifacts"`
}

// paths is one path or a list of them, in TOML.
type paths []string

// UnmarshalTOML reads a string or a list of strings.
func (p *paths) UnmarshalTOML(v any) error {
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return fmt.Errorf("must be a folder, a glob or a list of these, has %v", e)
		}
		*p = append(*p, s)
	}
	return nil
}

// Faults lists what is wrong with c.
func (c *Config) Faults() []sources.Fault {
	if len(c.Artifacts) == 0 || slices.Contains(c.Artifacts, "") {
		return []sources.Fault{{Key: "artifacts", Says: `is required: the folder that dbt writes, such as "target"`}}
	}
	for _, p := range c.Artifacts {
		if says := bucket.Fault(p); bucket.Is(p) && says != "" {
			return []sources.Fault{{Key: "artifacts", Says: says}}
		}
	}
	return nil
}

// Open returns a source that reads the artifacts named in c.
func (c *Config) Open(s sources.Setting) sources.Source {
	return source{setting: s, artifacts: c.Artifacts}
}

type source struct {
	setting   sources.Setting
	artifacts []string
}

func (s source) Name() string { return s.setting.Name }

// Observe reads the newest manifest of each project, and everything that runs
// and checks left beside it. A project that was never run, or that checks no
// sources, is a project all the same.
func (s source) Observe(ctx context.Context) (sources.Answer, error) {
	v := &visit{ctx: ctx, setting: s.setting}
	defer v.close()
	v.observe(v.find(s.artifacts))
	return v.answer, v.err()
}

// close deletes what ends with the visit.
func (v *visit) close() {
	if v.temp != "" {
		_ = os.RemoveAll(v.temp)
	}
}

// observe reads artifacts.
func (v *visit) observe(files map[kind][]file) {
	projects := v.projects(files[manifestKind])
	for _, f := range files[catalogKind] {
		v.catalog(projects, f)
	}
	v.runs(projects, files[runKind])
	v.checks(projects, slices.Concat(files[checkKind], files[freshnessKind]))
	v.answer.Observations = observed(projects)
}

// Connect finds the artifacts and reads their metadata.
func (s source) Connect(ctx context.Context) (works []string, missing []error) {
	v := &visit{ctx: ctx, setting: s.setting}
	defer v.close()
	for _, fs := range v.find(s.artifacts) {
		for _, f := range fs {
			works = append(works, fmt.Sprintf("%s can be read, and is of %s", f.name, f.meta.At.Format("2006-01-02 15:04:05 UTC")))
		}
	}
	slices.Sort(works)
	return append(works, v.answer.Notes...), v.errs
}
