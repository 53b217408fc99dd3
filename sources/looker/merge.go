package looker

import (
	"net/url"

	"github.com/freshet-status/freshet/sources/calls"
)

// merges asks for the queries of merged results of which the list tells explores
// alone, where these leave a doubt. What is merged never changes, nor does a query.
// It returns how many tiles must wait.
func (v *visit) merges(c *catalogue) (left int) {
	for _, t := range c.Tiles {
		if t.Merge == "" || !v.doubtful(t) {
			continue
		}
		if queries, known := v.merged(t); known {
			t.Queries = queries
		} else if !v.may(query) {
			left++
		}
	}
	return left
}

// doubtful reports whether some explore of a tile may read more than the tile does.
func (v *visit) doubtful(t *tile) bool {
	for _, q := range t.Queries {
		e := v.kept.Explores[q.explore()]
		if q.ID != "" || e == nil || e.Gone {
			continue
		}
		if _, sure := e.tables(q); !sure {
			return true
		}
	}
	return false
}

// merged are the queries of merged results, as far as they can be asked for.
func (v *visit) merged(t *tile) (queries []asked, known bool) {
	ids, known := v.kept.Merges[string(t.Merge)]
	if !known {
		var m struct {
			Queries []struct {
				ID text `json:"query_id"`
			} `json:"source_queries"`
		}
		if !v.fetch(t, "merge_queries/"+url.PathEscape(string(t.Merge)), "source_queries(query_id)", &m) {
			return nil, false
		}
		for _, q := range m.Queries {
			ids = append(ids, string(q.ID))
		}
		v.kept.Merges[string(t.Merge)] = ids
	}
	for _, id := range ids {
		if v.kept.Queries[id] == nil {
			q := new(asked)
			if !v.fetch(t, "queries/"+url.PathEscape(id), queryFields, q) {
				return nil, false
			}
			v.kept.Queries[id] = q
		}
		queries = append(queries, *v.kept.Queries[id])
	}
	return queries, len(queries) > 0
}

// fetch asks for something of a tile, if it may be asked for now.
func (v *visit) fetch(t *tile, path, list string, into any) bool {
	const what = "the merged results of tile"
	if !v.may(query) || v.wait(what, string(t.ID)) || v.now.Sub(v.refusedAt(what, string(t.ID))) < aged {
		return false
	}
	if err := v.call(query, calls.Call{Path: path, Query: fields(list)}, into); err != nil {
		v.refuse(what, string(t.ID), err)
		return false
	}
	return true
}
