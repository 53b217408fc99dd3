package dbt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A project is a manifest on the way to observations.
type project struct {
	*manifest
	name    string
	scope   string
	dialect sources.Dialect
	seen    map[string]*sources.Observation // by unique id
	shown   []sources.Observation           // exposures, and what they are drawn as
}

// projects reads the newest manifest of each project.
func (v *visit) projects(files []file) (all []*project) {
	for _, f := range v.newestOf(files) {
		m, err := v.manifest(f)
		if err != nil {
			v.fail(err)
			continue
		}
		p := v.project(f, m)
		all = append(all, p)
		if !m.leftOut && !m.At.IsZero() { // what is left out is not gone
			v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: p.scope, Look: m.At.Truncate(second)})
		}
	}
	slices.SortStableFunc(all, func(a, b *project) int { return cmp.Compare(a.name, b.name) })
	return all
}

func (v *visit) project(f file, m *manifest) *project {
	name := cmp.Or(string(m.Project), m.commonPackage(), f.project())
	p := &project{manifest: m, name: name, scope: "project:" + name, dialect: sources.DialectOf(string(m.Adapter)), seen: make(map[string]*sources.Observation, len(m.nodes))}
	for unique, n := range m.nodes {
		p.seen[unique] = &sources.Observation{Asset: p.asset(v.setting.Namespace, unique, n)}
	}
	for unique, o := range p.seen {
		o.Upstream = p.ids(m.nodes[unique].DependsOn.Nodes)
	}
	p.expose()
	return p
}

// commonPackage is the package that most nodes are of, which is the project
// where dbt does not name it.
func (m *manifest) commonPackage() (most string) {
	nodes := make(map[string]int)
	for _, n := range m.nodes {
		nodes[n.Package]++
	}
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		if nodes[name] > nodes[most] || most == "" {
			most = name
		}
	}
	return most
}

func (p *project) asset(namespace, unique string, n node) sources.Asset {
	limits := n.limits()
	owner, by := p.owner(n)
	a := sources.Asset{
		ID:           p.id(namespace, unique, n),
		Kind:         sources.Kind(n.Type),
		Materialized: string(n.Config.Materialized),
		Name:         n.label(),
		Virtual:      n.Config.Materialized == "view" || n.Config.Materialized == "ephemeral",
		Scope:        p.scope,
		Private:      cmp.Or(n.Access, n.Config.Access) == "private",
		Aliases:      []string{unique},
		Tags:         slices.Compact(slices.Sorted(slices.Values(slices.Concat(n.Tags, n.Config.Tags)))),
		Owner:        owner,
		OwnerBy:      by,
		Description:  sources.Clip(string(cmp.Or(n.Description, n.SourceSays)), 4000),
		WarnAfter:    limits.Warn.seconds(),
		ErrorAfter:   limits.Error.seconds(),
	}
	if len(a.Tags) == 0 {
		a.Tags = nil
	}
	return a
}

// id is the relation where there is one. A node that is not given one in SQL,
// or whose SQL is a call, is named by dbt.
func (p *project) id(namespace, unique string, n node) sources.ID {
	named := sources.ID(strings.Replace(unique, ".", ":", 1))
	if !strings.Contains(unique, ".") {
		named = sources.ID(n.Type + ":" + unique)
	}
	if n.Config.Materialized == "ephemeral" {
		return named
	}
	if n.Relation != nil && *n.Relation != "" {
		if names := p.dialect.Parse(*n.Relation); len(names) > 1 {
			return p.dialect.Table(namespace, names...)
		} else if names == nil {
			return named
		}
	}
	return p.dialect.Table(namespace, n.metadataNames()...)
}

// metadataNames are the stored names as the manifest tells them apart from
// SQL, taken as they are.
func (n node) metadataNames() []string {
	names := []string{string(n.Database), string(n.Schema), string(cmp.Or(n.Identifier, n.Alias, text(n.Name)))}
	return slices.DeleteFunc(names, func(s string) bool { return s == "" })
}

func (n node) label() string {
	if n.Type == "source" && n.SourceName != "" {
		return n.SourceName + "." + n.Name
	}
	return n.Name
}

// owner is that of the group, or the one in meta.
func (p *project) owner(n node) (owner string, by sources.Owning) {
	if name := cmp.Or(n.Group, n.Config.Group); name != "" {
		if owner := p.groups["group."+n.Package+"."+string(name)].Owner.String(); owner != "" {
			return owner, sources.ByGroup
		}
	}
	if owner := string(cmp.Or(n.Config.Meta.Owner, n.Meta.Owner, n.SourceMeta.Owner)); owner != "" {
		return owner, sources.ByMeta
	}
	return "", ""
}

// ids translates unique ids, through what holds no data and is no asset.
func (p *project) ids(unique []string) (ids []sources.ID) {
	for u := range p.reach(unique) {
		ids = append(ids, p.named(u))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// named is the id of a node. One that the manifest does not describe is named by
// dbt: something feeds what reads it, and nobody knows what.
func (p *project) named(unique string) sources.ID {
	if o := p.seen[unique]; o != nil {
		return o.ID
	}
	return sources.ID(strings.Replace(unique, ".", ":", 1))
}

// relations are the kinds of nodes that data comes from.
var relations = []string{"model", "source", "seed", "snapshot"}

// reach returns the nodes that unique ids mean.
func (p *project) reach(unique []string) map[string]bool {
	met, found := make(map[string]bool), make(map[string]bool)
	for todo := slices.Clone(unique); len(todo) > 0; {
		u := todo[0]
		if todo = todo[1:]; met[u] {
			continue
		}
		met[u] = true
		if kind, _, _ := strings.Cut(u, "."); slices.Contains(relations, kind) || p.seen[u] != nil {
			found[u] = true
		}
		todo = append(todo, p.passing[u]...)
	}
	return found
}

// observed returns the observations by asset: a model, and the source that
// reads it in another project, are one table.
func observed(projects []*project) []sources.Observation {
	at := make(map[sources.ID]int)
	var all []sources.Observation
	add := func(o sources.Observation) {
		if i, twice := at[o.ID]; twice {
			merge(&all[i], o)
			return
		}
		at[o.ID] = len(all)
		all = append(all, o)
	}
	for _, p := range projects {
		for _, unique := range slices.Sorted(maps.Keys(p.seen)) {
			add(*p.seen[unique])
		}
		for _, o := range p.shown {
			add(o)
		}
	}
	return all
}

// merge adds what is told twice of one asset. The model speaks for its table,
// and not the source that stands for it elsewhere.
func merge(into *sources.Observation, o sources.Observation) {
	if into.Kind == sources.DBTSource && o.Kind != sources.DBTSource {
		*into, o = o, *into
	}
	into.Merge(o.Asset)
	for _, r := range o.Readings {
		tell(into, r.Clock, r.At, r.Look)
	}
	if o.Attempt.At.After(into.Attempt.At) {
		into.Attempt = o.Attempt
	}
	if o.Missed.After(into.Missed) {
		into.Missed = o.Missed
	}
}
