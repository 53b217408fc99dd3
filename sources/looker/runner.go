package looker

import (
	"net/url"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// runnerKey returns the key in cache.SQL for the SQL Runner query of the tile.
func (t *tile) runnerKey() string { return "runner:" + string(t.RunnerID) }

// fetchRunnerTiles fetches the SQL of SQL Runner tiles, which never changes, and returns how
// many tiles must wait for later visits.
func (v *visit) fetchRunnerTiles(c *catalogue) (deferred int) {
	for _, t := range c.Tiles {
		switch {
		case t.RunnerID == "" || !v.needsSQL(v.cache.SQL[t.runnerKey()]):
		case v.shouldWait("SQL of tile", string(t.ID)) || !v.canSpend(queryCalls):
			deferred++
		default:
			v.fetchRunnerSQL(t)
		}
	}
	return deferred
}

// needsSQL reports whether the SQL of a SQL Runner tile must be fetched: m is nil, or has no
// tables and is older than maxCacheAge.
func (v *visit) needsSQL(m *queryTables) bool {
	return m == nil || len(m.Tables) == 0 && v.now.Sub(m.FetchedAt) >= maxCacheAge
}

// fetchRunnerSQL fetches the SQL of a SQL Runner tile and caches the tables that it reads. A
// 403 or 404 is cached too, without tables.
func (v *visit) fetchRunnerSQL(t *tile) {
	var q struct {
		SQL        lenientText `json:"sql"`
		Connection struct {
			Name lenientText `json:"name"`
		} `json:"connection"`
	}
	if err := v.fetchJSON(queryCalls, httpclient.Call{Path: "sql_queries/" + url.PathEscape(string(t.RunnerID))}, &q); err != nil {
		if refusalText(err) == notVisible {
			v.cache.SQL[t.runnerKey()] = &queryTables{FetchedAt: v.now}
		}
		v.recordRefusal("SQL of tile", string(t.ID), err)
		return
	}
	tables, _ := splitSQL(string(q.SQL))
	v.cache.SQL[t.runnerKey()] = &queryTables{Tables: tables, Connection: string(q.Connection.Name), FetchedAt: v.now}
}
