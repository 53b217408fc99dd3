package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// WriteArtifacts replaces dir by the artifacts that the jobs of p leave on day d, or removes it
// if the folder cannot be reached that day.
func (c *Company) WriteArtifacts(p Project, d Day, dir string) error {
	if err := os.RemoveAll(dir); err != nil || p.isAway(d) {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, artifact := range map[string]object{
		"manifest.json":    c.buildManifest(p, d),
		"sources.json":     c.buildSources(p, d),
		"run_results.json": c.buildRunResults(p, d),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(encodeArtifact(artifact)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// encodeArtifact returns an artifact as JSON, indented as dbt does.
func encodeArtifact(artifact object) string {
	data, err := json.MarshalIndent(artifact, "", " ")
	if err != nil {
		panic(err) // the script is ours
	}
	return string(data)
}

// isAway reports whether the folder of p cannot be reached on day d.
func (p Project) isAway(d Day) bool {
	for _, ago := range p.AwayDays {
		if ago == d.DaysAgo {
			return true
		}
	}
	return false
}

// object is a JSON object of an artifact.
type object = map[string]any

// metadata returns the key metadata of an artifact in a version of its dbt schema.
func metadata(p Project, artifact string, version int, at time.Time) object {
	return object{
		"dbt_schema_version": fmt.Sprintf("https://schemas.getdbt.com/dbt/%s/v%d.json", artifact, version),
		"dbt_version":        "1.11.16", "generated_at": at.UTC().Format(time.RFC3339Nano),
		"project_name": p.Name, "adapter_type": "snowflake",
	}
}

// buildManifest returns manifest.json of p on day d.
func (c *Company) buildManifest(p Project, d Day) object {
	nodes := object{}
	srcs := object{}
	exposures := object{}
	groups := object{}
	for _, m := range c.Models {
		if m.Project == p.Name && m.isInProject(d) {
			nodes[m.uniqueID()] = c.modelNode(p, m)
			addTestNodes(nodes, m)
		}
	}
	for _, t := range c.Tables {
		if t.Project == p.Name {
			srcs[t.uniqueID()] = t.sourceNode()
		}
	}
	for _, b := range c.Dashboards {
		if b.Project == p.Name {
			exposures["exposure."+p.Name+"."+b.Name] = c.exposureNode(b)
		}
	}
	for _, g := range p.Groups {
		groups["group."+p.Name+"."+g.Name] = object{"name": g.Name, "owner": object{"name": g.Owner, "email": g.Email}}
	}
	return object{
		"metadata":  metadata(p, "manifest", 12, d.At(p.BuildsAt)),
		"nodes":     nodes,
		"sources":   srcs,
		"exposures": exposures,
		"groups":    groups,
	}
}

// uniqueID returns dbt's unique id of a model or seed.
func (m Model) uniqueID() string {
	if m.Materialized == "seed" {
		return "seed." + m.Project + "." + m.Name
	}
	return "model." + m.Project + "." + m.Name
}

// modelNode returns the node of a model in the manifest.
func (c *Company) modelNode(p Project, m Model) object {
	kind, _, _ := strings.Cut(m.uniqueID(), ".")
	n := object{
		"resource_type": kind,
		"package_name":  p.Name,
		"name":          m.Name,
		"alias":         m.Name,
		"database":      p.Database,
		"schema":        m.schemaName(),
		"relation_name": strings.ToLower(p.Database + "." + m.schemaName() + "." + m.Name),
		"description":   m.Description,
		"tags":          m.Tags,
		"group":         m.Group,
		"config":        object{"materialized": m.Materialized},
		"depends_on":    object{"nodes": c.uniqueIDs(m.Project, m.Reads)},
	}
	if m.Materialized == "ephemeral" {
		n["relation_name"] = nil
	}
	return n
}

// addTestNodes adds a node for each test of a model.
func addTestNodes(nodes object, m Model) {
	for _, name := range m.Tests {
		nodes[m.testID(name)] = object{
			"resource_type": "test",
			"package_name":  m.Project,
			"name":          name,
			"attached_node": m.uniqueID(),
			"depends_on":    object{"nodes": []string{m.uniqueID()}},
		}
	}
}

// testID returns dbt's unique id of a test of a model.
func (m Model) testID(name string) string { return "test." + m.Project + "." + name + ".0" }

// testRows returns the results of the tests of a model on day d, which ran right after its build.
func (m Model) testRows(d Day, timing any) (rows []object) {
	for i, name := range m.Tests {
		row := object{"unique_id": m.testID(name), "status": "pass", "message": nil, "timing": timing}
		if i == len(m.Tests)-1 && d.DaysAgo < m.FailingTestDays {
			row["status"] = "fail"
			row["message"] = m.TestMessage
		}
		rows = append(rows, row)
	}
	return rows
}

// uniqueIDs returns dbt's unique ids of the tables and models of a project that reads names. It
// is never nil.
func (c *Company) uniqueIDs(project string, reads []string) []string {
	ids := []string{}
	for _, name := range reads {
		for _, t := range c.Tables {
			if t.Project == project && t.Name == name {
				ids = append(ids, t.uniqueID())
			}
		}
		for _, m := range c.Models {
			if m.Project == project && m.Name == name {
				ids = append(ids, m.uniqueID())
			}
		}
	}
	return ids
}

// uniqueID returns dbt's unique id of a source table.
func (t Table) uniqueID() string { return "source." + t.Project + "." + t.Name }

// sourceNode returns the node of a source table in the manifest.
func (t Table) sourceNode() object {
	schema, name, _ := strings.Cut(t.Name, ".")
	relation := t.Relation
	if relation == "" {
		relation = "raw." + t.Name
	}
	s := object{
		"resource_type": "source", "package_name": t.Project, "source_name": schema, "name": name, "relation_name": relation,
		"description": t.Description, "meta": object{"owner": t.Owner}, "loaded_at_field": "_loaded_at",
		"freshness": object{"warn_after": hourLimit(t.WarnHours), "error_after": hourLimit(t.ErrorHours)},
	}
	if t.Loads == "" {
		s["loaded_at_field"] = nil
	}
	return s
}

// hourLimit returns a freshness limit of n hours, or an empty one if n is 0.
func hourLimit(n int) object {
	if n == 0 {
		return object{"count": nil, "period": nil}
	}
	return object{"count": n, "period": "hour"}
}

// exposureNode returns the node of a dashboard in the manifest.
func (c *Company) exposureNode(b Dashboard) object {
	return object{
		"name": b.Name, "package_name": b.Project, "label": b.Label, "type": "dashboard", "description": b.Description,
		"url": c.dashboardAddress(b), "owner": object{"name": b.Owner},
		"meta": object{"folder": b.Folder}, "depends_on": object{"nodes": c.uniqueIDs(b.Project, b.Reads)},
	}
}

// buildSources returns sources.json of p on day d. As in dbt, a check that fails leaves no row.
func (c *Company) buildSources(p Project, d Day) object {
	rows := []object{}
	at := d.At(p.ChecksAt)
	for _, t := range c.Tables {
		if t.Project != p.Name || t.CheckFails || t.Loads == "" {
			continue
		}
		at = at.Add(time.Second)
		loaded, ok := t.lastLoad(d)
		if ok && t.ClockAhead != "" {
			ahead, _ := time.ParseDuration(t.ClockAhead)
			loaded = loaded.Add(ahead)
		}
		row := object{
			"unique_id":      t.uniqueID(),
			"max_loaded_at":  "0001-01-01T00:00:00+00:00",
			"snapshotted_at": at.UTC().Format(time.RFC3339),
		}
		if ok {
			row["max_loaded_at"] = loaded.UTC().Format("2006-01-02T15:04:05.000000+00:00")
		}
		rows = append(rows, row)
	}
	return object{"metadata": metadata(p, "sources", 3, at), "results": rows}
}

// buildRunResults returns run_results.json of p on day d. A model that reads one that failed is
// skipped.
func (c *Company) buildRunResults(p Project, d Day) object {
	rows := []object{}
	done := make(map[string]bool)
	at := d.At(p.BuildsAt)
	for _, m := range c.Models {
		if m.Project != p.Name || !m.isInProject(d) || m.Materialized == "ephemeral" {
			continue
		}
		row := object{"unique_id": m.uniqueID(), "status": "success", "message": "SUCCESS 1"}
		at = at.Add(time.Duration(float64(9*time.Second) * d.pace))
		switch {
		case c.hasFailedUpstream(m, done):
			row["status"] = "skipped"
			row["message"] = nil
		case m.isFailing(d):
			row["status"] = "error"
			row["message"] = "Database Error in model " + m.Name + "\n  " + m.Error
		}
		if row["status"] == "skipped" {
			row["timing"] = []object{}
		} else {
			row["timing"] = []object{{"name": "execute", "completed_at": at.UTC().Format(time.RFC3339Nano)}}
		}
		done[m.Name] = row["status"] == "success"
		rows = append(rows, row)
		if done[m.Name] {
			rows = append(rows, m.testRows(d, row["timing"])...)
		}
	}
	return object{
		"metadata": metadata(p, "run-results", 6, at.Add(time.Second)),
		"args":     object{"which": "build"},
		"results":  rows,
	}
}

// hasFailedUpstream reports whether a model reads one that was not built in this run. wasBuilt
// holds the models of the run so far; the script lists models in build order.
func (c *Company) hasFailedUpstream(m Model, wasBuilt map[string]bool) bool {
	for _, name := range m.Reads {
		if built, ran := wasBuilt[name]; ran && !built {
			return true
		}
	}
	return false
}
