package looker

import (
	"net/url"

	"github.com/freshet-status/freshet/sources/httpclient"
)

// fetchMergedTiles replaces the queries of tiles with merged results by their complete queries,
// where the explores alone leave a doubt. Neither merged results nor queries ever change, so
// each is fetched once. It returns how many tiles must wait for later visits.
func (v *visit) fetchMergedTiles(c *catalogue) (deferred int) {
	for _, t := range c.Tiles {
		if t.MergeID == "" || !v.isDoubtful(t) {
			continue
		}
		if queries, known := v.fetchMergedQueries(t); known {
			t.Queries = queries
		} else if !v.canSpend(queryCalls) {
			deferred++
		}
	}
	return deferred
}

// isDoubtful reports whether some explore of the tile may read more tables than the tile does,
// because the query is not known.
func (v *visit) isDoubtful(t *tile) bool {
	for _, q := range t.Queries {
		e := v.cache.Explores[q.exploreKey()]
		if q.ID != "" || e == nil || e.Gone {
			continue
		}
		if _, sure := e.resolveTables(q); !sure {
			return true
		}
	}
	return false
}

// fetchMergedQueries returns the queries that a tile merges, from the cache or by merge_queries
// and queries. known is false if one of them could not be fetched, or if there are none.
func (v *visit) fetchMergedQueries(t *tile) (queries []tileQuery, known bool) {
	ids, known := v.cache.MergeQueries[string(t.MergeID)]
	if !known {
		var m struct {
			Queries []struct {
				ID lenientText `json:"query_id"`
			} `json:"source_queries"`
		}
		if !v.fetchMergePart(t, "merge_queries/"+url.PathEscape(string(t.MergeID)), "source_queries(query_id)", &m) {
			return nil, false
		}
		for _, q := range m.Queries {
			ids = append(ids, string(q.ID))
		}
		v.cache.MergeQueries[string(t.MergeID)] = ids
	}
	for _, id := range ids {
		if v.cache.Queries[id] == nil {
			q := new(tileQuery)
			if !v.fetchMergePart(t, "queries/"+url.PathEscape(id), queryFields, q) {
				return nil, false
			}
			v.cache.Queries[id] = q
		}
		queries = append(queries, *v.cache.Queries[id])
	}
	return queries, len(queries) > 0
}

// fetchMergePart fetches path with the listed fields into the given pointer, if budget and
// earlier refusals allow it. It reports whether it did, and records a refusal.
func (v *visit) fetchMergePart(t *tile, path, list string, into any) bool {
	const subject = "merged results of tile"
	if !v.canSpend(queryCalls) || v.shouldWait(subject, string(t.ID)) ||
		v.now.Sub(v.refusedAt(subject, string(t.ID))) < maxCacheAge {
		return false
	}
	if err := v.fetchJSON(queryCalls, httpclient.Call{Path: path, Query: selectFields(list)}, into); err != nil {
		v.recordRefusal(subject, string(t.ID), err)
		return false
	}
	return true
}
