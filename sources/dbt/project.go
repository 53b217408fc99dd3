package dbt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A project is a manifest with the observations that are made from it.
type project struct {
	*manifest
	// name is the project in dbt, from the first of: project_name, the most common package, the
	// hash of the name.
	name string
	// scope is the name of the scope of all its assets, "project:" and the name.
	scope          sources.ScopeName
	dialect        sources.Dialect
	observations   map[string]*sources.Observation // of nodes, by unique id
	commands       []string                        // the dbt commands whose run results were read, oldest first
	exposureAssets []sources.Observation           // of exposures, and of the dashboards, tiles and folders made from them
}

// readProjects returns a project for each newest manifest, sorted by name. It adds the scope of
// each complete manifest to the answer.
func (v *Reader) readProjects(files []artifactFile, entries catalog) (all []*project) {
	for _, f := range v.keepNewest(files) {
		m, err := v.readManifest(f)
		if err != nil {
			v.AddError(err)
			continue
		}
		p := v.buildProject(f, m, entries)
		all = append(all, p)
		if !m.incomplete && !m.GeneratedAt.IsZero() { // a node that could not be read must not count as no longer listed
			v.Answer.Scopes = append(v.Answer.Scopes, sources.Scope{Name: p.scope, CheckedAt: m.GeneratedAt.Truncate(second)})
		}
	}
	slices.SortStableFunc(all, func(a, b *project) int { return cmp.Compare(a.name, b.name) })
	return all
}

// buildProject returns the project of manifest m, with an observation for each node and
// exposure.
func (v *Reader) buildProject(f artifactFile, m *manifest, entries catalog) *project {
	name := cmp.Or(string(m.ProjectName), m.mostCommonPackage(), f.projectName())
	p := &project{
		manifest:     m,
		name:         name,
		scope:        sources.NewScopeName(sources.ProjectScope, name),
		dialect:      sources.DialectOf(string(m.AdapterType)),
		observations: make(map[string]*sources.Observation, len(m.nodes)),
	}
	for unique, n := range m.nodes {
		asset := p.buildAsset(unique, n)
		entry, found := entries[unique]
		asset.ID, asset.NameUnresolved = p.buildID(v.Setting.Namespace, unique, n, entry)
		if found {
			addCatalogEntry(&asset, entry)
		}
		p.observations[unique] = &sources.Observation{Asset: asset}
	}
	for unique, o := range p.observations {
		o.Upstream = p.assetIDs(m.nodes[unique].DependsOn.Nodes)
	}
	p.addTests()
	p.addExposures()
	return p
}

// mostCommonPackage returns the package of most nodes, or the first by name between equals. It
// is the project in manifests that do not name it. Without nodes it is empty.
func (m *manifest) mostCommonPackage() (most string) {
	counts := make(map[string]int)
	for _, n := range m.nodes {
		counts[n.Package]++
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] > counts[most] || most == "" {
			most = name
		}
	}
	return most
}

// buildAsset returns the asset of node n, without its id and its upstream.
func (p *project) buildAsset(unique string, n node) sources.Asset {
	limits := n.effectiveLimits()
	owner, ownerBy := p.findOwner(n)
	a := sources.Asset{
		Kind:         sources.Kind(n.Type),
		Materialized: string(n.Config.Materialized),
		Name:         n.displayName(),
		Virtual:      n.Config.Materialized == "view" || n.Config.Materialized == "ephemeral",
		Scope:        p.scope,
		Private:      cmp.Or(n.Access, n.Config.Access) == "private",
		Aliases:      []string{unique},
		Tags:         slices.Compact(slices.Sorted(slices.Values(slices.Concat(n.Tags, n.Config.Tags)))),
		Owner:        owner,
		OwnerOrigin:  ownerBy,
		Description:  sources.ClipText(string(cmp.Or(n.Description, n.SourceDescription)), 4000),
		WarnAfter:    limits.WarnAfter.seconds(),
		ErrorAfter:   limits.ErrorAfter.seconds(),
	}
	if len(a.Tags) == 0 {
		a.Tags = nil
	}
	return a
}

// buildID returns the asset id of node n: its relation in the namespace, or dbt's unique id as
// "kind:place" if it has none, as for an ephemeral model or a source that is a function call,
// such as read_csv. A manifest without the relation has its parts only as they are written: the stored
// name is then that of the catalog, and is not resolved if the catalog has none.
func (p *project) buildID(namespace, unique string, n node, entry catalogEntry) (id sources.ID, isUnresolved bool) {
	dbtID := sources.ID(strings.Replace(unique, ".", ":", 1))
	if !strings.Contains(unique, ".") {
		dbtID = sources.ID(n.Type + ":" + unique)
	}
	if n.Config.Materialized == "ephemeral" {
		return dbtID, false
	}
	if n.Relation != nil && *n.Relation != "" {
		if names := p.dialect.ParseRelation(*n.Relation); len(names) > 1 {
			return p.dialect.TableID(namespace, names...), false
		} else if names == nil {
			return dbtID, false
		}
	}
	if names := entry.storedNames(); names != nil {
		return p.dialect.TableID(namespace, names...), false
	}
	return p.dialect.TableID(namespace, n.relationNames()...), true
}

// relationNames returns the database, schema and table name of the manifest, as they are stored
// in the warehouse. Empty parts are left out.
func (n node) relationNames() []string {
	names := []string{string(n.Database), string(n.Schema), string(cmp.Or(n.Identifier, n.Alias, Text(n.Name)))}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

// displayName returns the name for people: "SOURCE.TABLE" for a source, else the name of the
// node.
func (n node) displayName() string {
	if n.Type == "source" && n.SourceName != "" {
		return n.SourceName + "." + n.Name
	}
	return n.Name
}

// findOwner returns the owner of a node and where it is set: the owner of its dbt group, or
// else meta.owner. Both are empty if there is none.
func (p *project) findOwner(n node) (owner string, ownerBy sources.OwnerOrigin) {
	if name := cmp.Or(n.Group, n.Config.Group); name != "" {
		if owner := p.groups["group."+n.Package+"."+string(name)].Owner.String(); owner != "" {
			return owner, sources.OwnerFromDBTGroup
		}
	}
	if owner := string(cmp.Or(n.Config.Meta.Owner, n.Meta.Owner, n.SourceMeta.Owner)); owner != "" {
		return owner, sources.OwnerFromDBTMeta
	}
	return "", ""
}

// assetIDs returns the asset ids of the relations behind the given unique ids, sorted and
// without duplicates.
func (p *project) assetIDs(unique []string) (ids []sources.ID) {
	for u := range p.findRelations(unique) {
		ids = append(ids, p.assetID(u))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// assetID returns the asset id of a node. A node that the manifest does not describe gets dbt's
// unique id, so that its readers still have an upstream.
func (p *project) assetID(unique string) sources.ID {
	if o := p.observations[unique]; o != nil {
		return o.ID
	}
	return sources.ID(strings.Replace(unique, ".", ":", 1))
}

// relationTypes holds the resource types of nodes that can be upstream: the first part of a
// unique id.
var relationTypes = []string{"model", "source", "seed", "snapshot"}

// findRelations returns the unique ids of the relations behind the given ids. Metrics, semantic
// models and saved queries are followed to what they depend on.
func (p *project) findRelations(unique []string) map[string]bool {
	visited := make(map[string]bool)
	found := make(map[string]bool)
	for todo := slices.Clone(unique); len(todo) > 0; {
		u := todo[0]
		todo = todo[1:]
		if visited[u] {
			continue
		}
		visited[u] = true
		if kind, _, _ := strings.Cut(u, "."); slices.Contains(relationTypes, kind) || p.observations[u] != nil {
			found[u] = true
		}
		todo = append(todo, p.passThrough[u]...)
	}
	return found
}

// mergeObservations returns one observation per asset. A model and the dbt source that stands
// for it in another project are the same table, and become one.
func mergeObservations(projects []*project) []sources.Observation {
	positions := make(map[sources.ID]int)
	var all []sources.Observation
	add := func(o sources.Observation) {
		if i, twice := positions[o.ID]; twice {
			mergeInto(&all[i], o)
			return
		}
		positions[o.ID] = len(all)
		all = append(all, o)
	}
	for _, p := range projects {
		for _, unique := range slices.Sorted(maps.Keys(p.observations)) {
			add(*p.observations[unique])
		}
		for _, o := range p.exposureAssets {
			add(o)
		}
	}
	return all
}

// mergeInto adds o to into; both are of the same asset. A model comes before a dbt source that
// stands for it in another project. For each clock the newer check counts, and so does the
// newer attempt.
func mergeInto(into *sources.Observation, o sources.Observation) {
	if into.Kind == sources.DBTSource && o.Kind != sources.DBTSource {
		*into, o = o, *into
	}
	into.MergeFrom(o.Asset)
	for _, r := range o.Readings {
		addReading(into, r.Clock, r.At, r.CheckedAt)
	}
	if o.Attempt.At.After(into.Attempt.At) {
		into.Attempt = o.Attempt
	}
	if o.Missed.After(into.Missed) {
		into.Missed = o.Missed
	}
	into.Tests = sources.UniteTestResults(into.Tests, o.Tests)
}
