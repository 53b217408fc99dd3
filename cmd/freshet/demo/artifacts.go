package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Write leaves in dir what the project's jobs leave there on a day, or nothing
// where its folder cannot be reached.
func (c *Company) Write(p Project, d Day, dir string) error {
	if err := os.RemoveAll(dir); err != nil || p.away(d) {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, artifact := range map[string]object{
		"manifest.json":    c.manifest(p, d),
		"sources.json":     c.sources(p, d),
		"run_results.json": c.runResults(p, d),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text(artifact)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// text is an artifact as dbt writes it.
func text(artifact object) string {
	data, err := json.MarshalIndent(artifact, "", " ")
	if err != nil {
		panic(err) // the script is ours
	}
	return string(data)
}

func (p Project) away(d Day) bool {
	for _, ago := range p.Away {
		if ago == d.Ago {
			return true
		}
	}
	return false
}

type object = map[string]any

func metadata(p Project, artifact string, version int, at time.Time) object {
	return object{
		"dbt_schema_version": fmt.Sprintf("https://schemas.getdbt.com/dbt/%s/v%d.json", artifact, version),
		"dbt_version":        "1.11.16", "generated_at": at.UTC().Format(time.RFC3339Nano),
		"project_name": p.Name, "adapter_type": "snowflake",
	}
}

func (c *Company) manifest(p Project, d Day) object {
	nodes, srcs, exposures, groups := object{}, object{}, object{}, object{}
	for _, m := range c.Models {
		if m.Project == p.Name && m.there(d) {
			nodes[m.id()] = c.node(p, m)
		}
	}
	for _, t := range c.Tables {
		if t.Project == p.Name {
			srcs[t.id()] = t.source()
		}
	}
	for _, b := range c.Boards {
		if b.Project == p.Name {
			exposures["exposure."+p.Name+"."+b.Name] = c.exposure(b)
		}
	}
	for _, g := range p.Groups {
		groups["group."+p.Name+"."+g.Name] = object{"name": g.Name, "owner": object{"name": g.Owner, "email": g.Email}}
	}
	return object{"metadata": metadata(p, "manifest", 12, d.At(p.Builds)), "nodes": nodes, "sources": srcs, "exposures": exposures, "groups": groups}
}

func (m Model) id() string {
	if m.As == "seed" {
		return "seed." + m.Project + "." + m.Name
	}
	return "model." + m.Project + "." + m.Name
}

func (c *Company) node(p Project, m Model) object {
	kind, _, _ := strings.Cut(m.id(), ".")
	n := object{
		"resource_type": kind, "package_name": p.Name, "name": m.Name, "alias": m.Name, "database": p.Database, "schema": m.schema(),
		"relation_name": strings.ToLower(p.Database + "." + m.schema() + "." + m.Name),
		"description":   m.Says, "tags": m.Tags, "group": m.Group,
		"config":     object{"materialized": m.As},
		"depends_on": object{"nodes": c.ids(m.Project, m.Reads)},
	}
	if m.As == "ephemeral" {
		n["relation_name"] = nil
	}
	return n
}

// ids are the unique ids of what is read.
func (c *Company) ids(project string, reads []string) []string {
	ids := []string{}
	for _, name := range reads {
		for _, t := range c.Tables {
			if t.Project == project && t.Name == name {
				ids = append(ids, t.id())
			}
		}
		for _, m := range c.Models {
			if m.Project == project && m.Name == name {
				ids = append(ids, m.id())
			}
		}
	}
	return ids
}

func (t Table) id() string { return "source." + t.Project + "." + t.Name }

func (t Table) source() object {
	schema, name, _ := strings.Cut(t.Name, ".")
	relation := t.Relation
	if relation == "" {
		relation = "raw." + t.Name
	}
	s := object{
		"resource_type": "source", "package_name": t.Project, "source_name": schema, "name": name, "relation_name": relation,
		"description": t.Says, "meta": object{"owner": t.Owner}, "loaded_at_field": "_loaded_at",
		"freshness": object{"warn_after": hours(t.Warn), "error_after": hours(t.Error)},
	}
	if t.Loads == "" {
		s["loaded_at_field"] = nil
	}
	return s
}

func hours(n int) object {
	if n == 0 {
		return object{"count": nil, "period": nil}
	}
	return object{"count": n, "period": "hour"}
}

func (c *Company) exposure(b Board) object {
	return object{
		"name": b.Name, "package_name": b.Project, "label": b.Label, "type": "dashboard", "description": b.Says,
		"url": c.address(b), "owner": object{"name": b.Owner},
		"meta": object{"folder": b.Folder}, "depends_on": object{"nodes": c.ids(b.Project, b.Reads)},
	}
}

// sources is the check of a day. As in life, a check that fails leaves no row.
func (c *Company) sources(p Project, d Day) object {
	rows := []object{}
	at := d.At(p.Checks)
	for _, t := range c.Tables {
		if t.Project != p.Name || t.Fails || t.Loads == "" {
			continue
		}
		at = at.Add(time.Second)
		loaded, ok := t.lastLoad(d)
		if ok && t.Ahead != "" {
			ahead, _ := time.ParseDuration(t.Ahead)
			loaded = loaded.Add(ahead)
		}
		row := object{"unique_id": t.id(), "max_loaded_at": "0001-01-01T00:00:00+00:00", "snapshotted_at": at.UTC().Format(time.RFC3339)}
		if ok {
			row["max_loaded_at"] = loaded.UTC().Format("2006-01-02T15:04:05.000000+00:00")
		}
		rows = append(rows, row)
	}
	return object{"metadata": metadata(p, "sources", 3, at), "results": rows}
}

// runResults is the build of a day: what reads a model that failed is skipped.
func (c *Company) runResults(p Project, d Day) object {
	rows := []object{}
	done, at := make(map[string]bool), d.At(p.Builds)
	for _, m := range c.Models {
		if m.Project != p.Name || !m.there(d) || m.As == "ephemeral" {
			continue
		}
		row := object{"unique_id": m.id(), "status": "success", "message": "SUCCESS 1"}
		at = at.Add(time.Duration(float64(9*time.Second) * d.pace))
		switch {
		case c.readsFailed(m, done):
			row["status"], row["message"] = "skipped", nil
		case m.fails(d):
			row["status"], row["message"] = "error", "Database Error in model "+m.Name+"\n  "+m.Error
		}
		if row["status"] == "skipped" {
			row["timing"] = []object{}
		} else {
			row["timing"] = []object{{"name": "execute", "completed_at": at.UTC().Format(time.RFC3339Nano)}}
		}
		done[m.Name] = row["status"] == "success"
		rows = append(rows, row)
	}
	return object{"metadata": metadata(p, "run-results", 6, at.Add(time.Second)), "args": object{"which": "build"}, "results": rows}
}

// readsFailed reports whether a model reads one that was not built today.
// Models stand in the script in the order of their builds.
func (c *Company) readsFailed(m Model, done map[string]bool) bool {
	for _, name := range m.Reads {
		if built, ran := done[name]; ran && !built {
			return true
		}
	}
	return false
}
