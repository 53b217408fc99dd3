package freshness

import (
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A LostScope is a root cause of its own: a schema or a database of which a source lists nothing any
// more, either because it was dropped or because its role may not see it. It stands for all assets in
// it.
type LostScope struct {
	Source  string
	Name    sources.ScopeName // such as "schema:RAW.ERP" or "database:RAW"
	Since   time.Time         // the first visit that did not list it
	Dropped bool              // a complete listing around it does not have it; else it can no longer be seen
	Lost    int               // number of assets in it that are no longer listed, if it was not dropped
	Total   int               // number of assets in it
	Says    string            // why it could not be listed, of one that site.toml names; "" if not known
}

// ID returns the id of the cause, such as "scope:snowflake/RAW.ERP".
func (s *LostScope) ID() sources.ID { return sources.ID("scope:" + s.Source + "/" + s.Name.Place()) }

// A scopeKey names a scope of a source.
type scopeKey struct {
	source string
	scope  sources.ScopeName
}

// collectDroppedScopes returns the schemas and databases of warehouses of which no asset is listed any
// more, though several were, with the moment at which that was found.
func collectDroppedScopes(past *sources.Past, warehouses map[string]bool) map[scopeKey]*LostScope {
	types := make(map[string]string)
	for _, v := range past.Visits {
		types[v.Source] = v.Type
	}
	gone := make(map[scopeKey]*LostScope)
	assets := make(map[scopeKey]int)
	listed := make(map[scopeKey]bool)
	for _, t := range past.Tracks {
		if !warehouses[types[t.Source]] || len(t.Listings) == 0 {
			continue
		}
		for _, scope := range []sources.ScopeName{t.Asset.Scope, t.Asset.Scope.Enclosing()} {
			key := scopeKey{source: t.Source, scope: scope}
			assets[key]++
			listed[key] = listed[key] || t.IsListed()
			went := t.Listings[len(t.Listings)-1].Went
			if gone[key] == nil {
				gone[key] = &LostScope{Source: t.Source, Name: scope, Since: went, Dropped: true}
			} else if went.After(gone[key].Since) {
				gone[key].Since = went
			}
		}
	}
	for key := range gone {
		if listed[key] || assets[key] < 2 || key.scope == "" {
			delete(gone, key)
		}
	}
	return gone
}

// findDroppedScope returns the dropped database or schema that n was in, the database first; nil if n is
// not gone, or alone.
func (d *derivation) findDroppedScope(n *Node) *LostScope {
	if _, gone := n.GoneSince(d.At); !gone || n.OwnStatus != Broken {
		return nil
	}
	for _, t := range n.Tracks {
		if lost := findScopeOf(t, d.droppedScopes); lost != nil {
			return lost
		}
	}
	return nil
}

// findScopeOf returns the one of scopes that the asset of t is in, the database before the schema; nil if it is in
// none.
func findScopeOf(t *sources.Track, scopes map[scopeKey]*LostScope) *LostScope {
	for _, name := range []sources.ScopeName{t.Asset.Scope.Enclosing(), t.Asset.Scope} {
		if lost := scopes[scopeKey{source: t.Source, scope: name}]; lost != nil {
			return lost
		}
	}
	return nil
}
