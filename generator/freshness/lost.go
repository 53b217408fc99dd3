package freshness

import (
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// collectLostScopes returns the schemas of which a source that can be read lists some assets no longer,
// without a complete listing that shows that they are gone: its role lost access. A database with several
// schemas of which nothing is listed any more stands for them, and so does a database or schema that
// site.toml names and that could not be read at the last visit.
func collectLostScopes(past *sources.Past) map[scopeKey]*LostScope {
	lost := make(map[scopeKey]*LostScope)
	for _, t := range past.Tracks {
		if t.IsListed() && t.Asset.Scope.Kind() == sources.SchemaScope {
			addToScope(lost, t, t.Asset.Scope)
			addToScope(lost, t, t.Asset.Scope.Enclosing())
		}
	}
	schemas := countSchemas(lost)
	for key, scope := range lost {
		isDatabase := key.scope.Kind() == sources.DatabaseScope
		if scope.Lost == 0 || isDatabase && (scope.Lost < scope.Total || schemas[key] < 2) {
			delete(lost, key)
		}
	}
	addUnlisted(lost, past.Visits)
	for key := range lost {
		enclosing := scopeKey{source: key.source, scope: key.scope.Enclosing()}
		if lost[enclosing] != nil {
			delete(lost, key)
		}
	}
	return lost
}

// addToScope counts the asset of t in a scope, and whether it is lost. An empty scope is left out.
func addToScope(lost map[scopeKey]*LostScope, t *sources.Track, name sources.ScopeName) {
	if name == "" {
		return
	}
	key := scopeKey{source: t.Source, scope: name}
	if lost[key] == nil {
		lost[key] = &LostScope{Source: t.Source, Name: name}
	}
	scope := lost[key]
	scope.Total++
	if t.LostSince.IsZero() {
		return
	}
	scope.Lost++
	if scope.Since.IsZero() || t.LostSince.Before(scope.Since) {
		scope.Since = t.LostSince
	}
}

// countSchemas returns how many schemas of each database are among the scopes.
func countSchemas(scopes map[scopeKey]*LostScope) map[scopeKey]int {
	counts := make(map[scopeKey]int)
	for key := range scopes {
		counts[scopeKey{source: key.source, scope: key.scope.Enclosing()}]++
	}
	return counts
}

// addUnlisted adds the scopes that could not be read at the last successful visit of each source, since
// the first of the visits in a row that could not.
func addUnlisted(lost map[scopeKey]*LostScope, visits []sources.Visit) {
	current := make(map[scopeKey]*LostScope)
	for _, v := range visits {
		if v.Error != "" {
			continue
		}
		for key := range current {
			isStill := slices.ContainsFunc(v.Unlisted, func(u sources.UnlistedScope) bool { return u.Name == key.scope })
			if key.source == v.Source && !isStill {
				delete(current, key)
			}
		}
		for _, u := range v.Unlisted {
			key := scopeKey{source: v.Source, scope: u.Name}
			if current[key] == nil {
				current[key] = &LostScope{Source: v.Source, Name: u.Name, Since: v.At}
			}
			current[key].Says = u.Says
		}
	}
	for key, scope := range current {
		if known := lost[key]; known != nil {
			scope.Lost = known.Lost
			scope.Total = known.Total
		}
		lost[key] = scope
	}
}

// findLostScope returns the schema or database to which a source lost access, n with it; nil if none did.
func (d *derivation) findLostScope(n *Node) *LostScope {
	for _, t := range n.Tracks {
		if t.LostSince.IsZero() || !t.IsListed() {
			continue
		}
		if lost := findScopeOf(t, d.lostScopes); lost != nil {
			return lost
		}
	}
	return nil
}

// addScopeCauses adds a root cause for each schema or database to which a source lost access. It affects
// the assets in it and everything downstream, which keep their status until their checks are too old.
func (d *derivation) addScopeCauses(causes map[sources.ID]*Cause) {
	for _, scope := range d.lostScopes {
		addCause(causes, Cause{ID: scope.ID(), Scope: scope})
	}
	for _, n := range d.Nodes {
		scope := d.findLostScope(n)
		if scope == nil {
			continue
		}
		c := causes[scope.ID()]
		c.Affected = append(c.Affected, n)
		n.WalkNearest(true, func(down *Node, _ int) bool {
			c.Affected = append(c.Affected, down)
			return true
		})
	}
	for _, scope := range d.lostScopes {
		c := causes[scope.ID()]
		slices.SortFunc(c.Affected, byID)
		c.Affected = slices.Compact(c.Affected)
	}
}
