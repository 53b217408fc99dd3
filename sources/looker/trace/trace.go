// Package trace finds out which tables a tile of Looker reads: by the SQL of its queries, or by the
// fields that it uses of an explore.
//
// It is pure: it works on what was fetched before, fetches nothing and reads no clock. Where a doubt
// is left, a tile gets its explore as an upstream that nobody checks, so that it is not called fresh.
package trace

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/model"
)

// Knowledge is what was fetched of queries, explores and derived tables. It is part of the cache, and
// its JSON keys are those of the cache.
type Knowledge struct {
	Explores map[string]*model.Explore `json:"explores"` // by MODEL::NAME
	SQL      map[string]*QueryTables   `json:"sql"`      // by query id, or by the runner key of a tile
	Derived  map[string]*DerivedTable  `json:"derived"`  // by MODEL::VIEW
}

// A QueryTables holds the tables that the SQL of a query reads.
type QueryTables struct {
	Tables     []string   `json:"tables"`
	Earlier    [][]string `json:"earlier,omitempty"`    // tables of earlier fetches, newest first
	Connection string     `json:"connection,omitempty"` // of a SQL Runner query; "" for other queries
	Broken     string     `json:"broken,omitempty"`     // Looker's message if the query refers to something missing
	Denied     bool       `json:"hid,omitempty"`        // true if Looker denied the SQL (403 or 404)
	// FetchedAt is when the SQL was last requested, also if Looker denied it.
	FetchedAt time.Time `json:"at"`
}

// maxEarlier is how many earlier fetches of a query's SQL are kept beside the newest.
const maxEarlier = 2

// WithHistory sets m.Earlier to the tables of the previous fetches, newest first, at most
// maxEarlier, and returns m. Nothing is taken from a nil or broken old.
func (m *QueryTables) WithHistory(old *QueryTables) *QueryTables {
	if old != nil && old.Broken == "" {
		m.Earlier = append([][]string{old.Tables}, old.Earlier...)
		m.Earlier = m.Earlier[:min(len(m.Earlier), maxEarlier)]
	}
	return m
}

// allTables returns all tables that the query may read. Looker may answer it from a derived
// table today and from the tables themselves tomorrow, so if any fetch saw a scratch name, the
// result includes the tables of the earlier fetches.
func (m *QueryTables) allTables() []string {
	fetches := append([][]string{m.Tables}, m.Earlier...)
	all := slices.Concat(fetches...)
	if !slices.ContainsFunc(all, IsScratch) {
		return m.Tables
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// A Tracer traces the tiles of one Looker.
type Tracer struct {
	*Knowledge
	Source      string // name of the source, for ids
	Namespace   string // prefix of table ids
	Dialect     sources.Dialect
	Connections map[string]string   // by connection: the "DATABASE.SCHEMA" that completes short names
	Configured  map[string][]string // by MODEL::VIEW: upstream of a derived table, instead of that of its SQL

	incomplete map[string]bool // connections with names that nothing completes
}

// A Lineage is what a tile or one of its queries reads, and what it needs that is missing.
type Lineage struct {
	Tables  []sources.ID
	Method  string // "sql" or "explore"; "" if not traced
	Broken  string
	CauseID sources.ID // the explore that no longer exists; "" if none
}

// TraceTile returns the lineage of a tile: of its SQL Runner query, or of all its queries
// together. The method is "explore" if any query was traced that way, and the first broken
// query makes the tile broken.
func (tr *Tracer) TraceTile(t *model.Tile) (all Lineage) {
	if m := tr.SQL[t.RunnerKey()]; m != nil && t.RunnerID != "" && len(m.Tables) > 0 {
		return Lineage{Tables: tr.RelationIDs(m.allTables(), m.Connection, ""), Method: "sql", Broken: m.Broken}
	}
	for _, q := range t.Queries {
		one := tr.traceQuery(q)
		if one.Method == "" && one.Broken == "" && len(t.Queries) > 1 {
			// Its explore is an upstream without a clock, so that the tile is not called fresh.
			one.Tables = append(one.Tables, tr.exploreID(q.ExploreKey()))
		}
		all.Tables = append(all.Tables, one.Tables...)
		if one.Method != "" && all.Method != "explore" {
			all.Method = one.Method
		}
		if one.Broken != "" && all.Broken == "" {
			all.Broken = one.Broken
			all.CauseID = one.CauseID
		}
	}
	slices.Sort(all.Tables)
	all.Tables = slices.Compact(all.Tables)
	return all
}

// traceQuery returns the lineage of one query, by its SQL or else by its explore.
func (tr *Tracer) traceQuery(q model.Query) Lineage {
	e := tr.Explores[q.ExploreKey()]
	m := tr.SQL[string(q.ID)]
	if q.ID == "" || m != nil && m.Denied {
		m = nil
	}
	switch {
	case e != nil && e.Gone:
		return Lineage{
			Broken:  fmt.Sprintf("Explore %s no longer exists in Looker", q.ExploreKey()),
			CauseID: tr.exploreID(q.ExploreKey()),
		}
	case m != nil && m.Broken != "":
		return Lineage{
			Broken: fmt.Sprintf("Looker cannot run the query of this tile: “%s”", strings.TrimSuffix(m.Broken, ".")),
		}
	case m != nil && len(m.Tables) > 0:
		return Lineage{Tables: tr.RelationIDs(m.allTables(), e.ConnectionName(), string(q.Model)), Method: "sql"}
	case e == nil || e.Denied:
		return Lineage{}
	default:
		return tr.traceExplore(e, q)
	}
}

// traceExplore returns the lineage of a query by its explore. If the explore may read more than it
// shows, the explore itself is added as an upstream that is not checked.
func (tr *Tracer) traceExplore(e *model.Explore, q model.Query) (one Lineage) {
	tables, sure := ResolveTables(e, q)
	if len(tables) == 0 {
		return one
	}
	one.Tables = tr.RelationIDs(tables, e.ConnectionName(), string(q.Model))
	one.Method = "explore"
	if !sure {
		one.Tables = append(one.Tables, tr.exploreID(q.ExploreKey()))
	}
	return one
}

// exploreID returns the asset id of an explore, given as MODEL::NAME.
func (tr *Tracer) exploreID(key string) sources.ID { return sources.NewID("explore", tr.Source, key) }

// RelationIDs returns the sorted asset ids of tables. Names of one or two parts are completed
// by site.toml's connections. Without an entry they stay incomplete and match no table: they
// are never matched by their last part. Scratch names become derived tables.
func (tr *Tracer) RelationIDs(tables []string, connection, model string) (ids []sources.ID) {
	defaultParts := tr.Dialect.ParseRelation(tr.Connections[connection])
	for _, name := range tables {
		parts := tr.Dialect.ParseRelation(name)
		switch n := len(parts); {
		case n == 0:
			continue
		case IsScratch(name):
			ids = append(ids, tr.DerivedID(tr.DerivedKey(model, name)))
			continue
		case n < 3 && len(defaultParts) == 2:
			parts = append(slices.Clone(defaultParts[:3-n]), parts...)
		case n < 3:
			tr.addIncomplete(connection)
		}
		ids = append(ids, tr.Dialect.TableID(tr.Namespace, parts...))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// addIncomplete records that table names of a connection lack a database.
func (tr *Tracer) addIncomplete(connection string) {
	if tr.incomplete == nil {
		tr.incomplete = make(map[string]bool)
	}
	tr.incomplete[connection] = true
}

// IncompleteConnections returns the connections whose table names lacked a database, sorted.
func (tr *Tracer) IncompleteConnections() []string { return slices.Sorted(maps.Keys(tr.incomplete)) }

// IsDoubtful reports whether some explore of the tile may read more tables than the tile does,
// because the query is not known.
func (tr *Tracer) IsDoubtful(t *model.Tile) bool {
	return slices.ContainsFunc(t.Queries, func(q model.Query) bool { return q.ID == "" && tr.mayReadMore(q) })
}

// LacksSQL reports whether the tile may read more tables than its explores show, and Looker denies
// the SQL that would tell.
func (tr *Tracer) LacksSQL(t *model.Tile) bool {
	return slices.ContainsFunc(t.Queries, func(q model.Query) bool {
		m := tr.SQL[string(q.ID)]
		isDenied := q.ID != "" && m != nil && m.Denied
		return isDenied && tr.mayReadMore(q) && !tr.Explores[q.ExploreKey()].Denied
	})
}

// mayReadMore reports whether the explore of q exists and may read more tables than it shows.
func (tr *Tracer) mayReadMore(q model.Query) bool {
	e := tr.Explores[q.ExploreKey()]
	if e == nil || e.Gone {
		return false
	}
	_, sure := ResolveTables(e, q)
	return !sure
}

// IsSQLComplete reports whether it is known of every query of the tiles which derived tables it
// reads: by its SQL, or by an explore that leaves no doubt.
func (tr *Tracer) IsSQLComplete(tiles []*model.Tile) bool {
	for _, t := range tiles {
		for _, q := range t.Queries {
			m := tr.SQL[string(q.ID)]
			if q.ID == "" || m != nil && !m.Denied {
				continue
			}
			e := tr.Explores[q.ExploreKey()]
			if e == nil {
				return false
			}
			if _, sure := ResolveTables(e, q); !sure {
				return false
			}
		}
	}
	return true
}
