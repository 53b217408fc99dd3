package trace

import (
	"maps"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/model"
)

// EnsureDerived returns the derived table with this key, MODEL::VIEW, and adds an empty one if
// there is none.
func (k *Knowledge) EnsureDerived(key string) *DerivedTable {
	if k.Derived[key] == nil {
		k.Derived[key] = new(DerivedTable)
	}
	return k.Derived[key]
}

// RecordBuilds keeps the upstream tables, the connection and the name of each derived table that the
// SQL of q builds.
func (k *Knowledge) RecordBuilds(builds []DerivedBuild, q model.Query, connection string) {
	for _, b := range builds {
		key := b.key
		if key == "" {
			key = string(q.Model) + "::" + scratchView(b.name)
		}
		d := k.EnsureDerived(key)
		d.Tables = b.tables
		d.Connection = connection
		d.Name = b.name
	}
}

// DerivedID returns the asset id of the derived table with this key.
func (tr *Tracer) DerivedID(key string) sources.ID { return sources.NewID("pdt", tr.Source, key) }

// DerivedKey returns the key MODEL::VIEW of a scratch name, or "" if name is none. Models may
// include views of other models: if the view is not known in model, the one other model in
// which this name is known counts.
func (tr *Tracer) DerivedKey(model, name string) string {
	view := scratchView(name)
	if view == "" {
		return ""
	}
	key := model + "::" + view
	if tr.Derived[key] != nil || tr.Configured[key] != nil {
		return key
	}
	var elsewhere []string
	for known, d := range tr.Derived {
		if strings.HasSuffix(known, "::"+view) && d != nil && d.Name == name {
			elsewhere = append(elsewhere, known)
		}
	}
	if len(elsewhere) == 1 {
		return elsewhere[0]
	}
	return key
}

// DerivedUpstream returns the tables that a derived table is built from: those of site.toml,
// otherwise those of its SQL.
func (tr *Tracer) DerivedUpstream(key string) []string {
	if configured := tr.Configured[key]; configured != nil {
		return configured
	}
	return tr.EnsureDerived(key).Tables
}

// DerivedUpstreamIDs returns the sorted asset ids of what a derived table is built from. They
// include the explore that a rollup replaces, as an upstream that nobody checks, if that explore
// may read more than it shows.
func (tr *Tracer) DerivedUpstreamIDs(key string) []sources.ID {
	d := tr.EnsureDerived(key)
	model, _, _ := strings.Cut(key, "::")
	ids := tr.RelationIDs(tr.DerivedUpstream(key), d.Connection, model)
	if d.Doubt != "" && tr.Configured[key] == nil {
		ids = append(ids, tr.exploreID(d.Doubt))
		slices.Sort(ids)
	}
	return ids
}

// HasKnownUpstream reports whether some table is known that the derived table reads, directly
// or through other derived tables.
func (tr *Tracer) HasKnownUpstream(key string) bool { return tr.hasKnownUpstream(key, nil) }

// hasKnownUpstream is HasKnownUpstream without the keys already followed, so that cycles end.
func (tr *Tracer) hasKnownUpstream(key string, visited []string) bool {
	model, _, _ := strings.Cut(key, "::")
	return slices.ContainsFunc(tr.DerivedUpstream(key), func(name string) bool {
		if !IsScratch(name) {
			return true
		}
		up := tr.DerivedKey(model, name)
		return !slices.Contains(visited, up) && up != key && tr.hasKnownUpstream(up, append(visited, key))
	})
}

// ListDerived returns the sorted keys of the derived tables that tiles read, directly or through
// other derived tables.
func (tr *Tracer) ListDerived(tiles []*model.Tile) []string {
	keys := make(map[string]bool)
	for _, t := range tiles {
		if m := tr.SQL[t.RunnerKey()]; m != nil && t.RunnerID != "" {
			tr.collectDerived(keys, "", m.allTables())
		}
		for _, q := range t.Queries {
			if m := tr.SQL[string(q.ID)]; m != nil && q.ID != "" {
				tr.collectDerived(keys, string(q.Model), m.allTables())
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// collectDerived adds to keys the derived tables among tables, and those that they are built
// from.
func (tr *Tracer) collectDerived(keys map[string]bool, model string, tables []string) {
	for _, name := range tables {
		if key := tr.DerivedKey(model, name); key != "" && !keys[key] {
			keys[key] = true
			model, _, _ := strings.Cut(key, "::")
			tr.collectDerived(keys, model, tr.EnsureDerived(key).Tables)
		}
	}
}

// A rollupUpstream is what a rollup reads: the tables of the explore that it replaces, and that
// explore as MODEL::NAME if it may read more, otherwise "".
type rollupUpstream struct {
	tables []string
	doubt  string
}

// LinkRollups sets the upstream of rollups (aggregate tables, named EXPLORE$ROLLUP) to what the
// explores they replace read now.
func (tr *Tracer) LinkRollups(tiles []*model.Tile) {
	upstream := make(map[string]rollupUpstream)
	for _, t := range tiles {
		for _, q := range t.Queries {
			e := tr.Explores[q.ExploreKey()]
			m := tr.SQL[string(q.ID)]
			if q.ID == "" || e == nil || m == nil {
				continue
			}
			for _, name := range m.allTables() {
				tr.addRollup(upstream, name, e, q)
			}
		}
	}
	for key, up := range upstream {
		d := tr.EnsureDerived(key)
		d.Tables = up.tables
		d.Doubt = up.doubt
	}
}

// addRollup adds to upstream what the explore of q reads, if name is a rollup of it.
func (tr *Tracer) addRollup(upstream map[string]rollupUpstream, name string, e *model.Explore, q model.Query) {
	base, _, isRollup := strings.Cut(scratchView(name), "$")
	tables, resolved := resolveViews(e, q, requiredViews(e, q))
	if !isRollup || !hasView(e, base, q) || !resolved || len(tables) == 0 {
		return
	}
	key := tr.DerivedKey(string(q.Model), name)
	up := upstream[key]
	up.tables = append(up.tables, tables...)
	slices.Sort(up.tables)
	up.tables = slices.Compact(up.tables)
	if _, sure := ResolveTables(e, q); !sure {
		up.doubt = q.ExploreKey()
	}
	upstream[key] = up
	tr.EnsureDerived(key).Connection = e.ConnectionName()
}
