package looker

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
	"github.com/freshet-status/freshet/sources/looker/trace"
)

// maxSQLBytes is the size above which the SQL of a query is not read.
const maxSQLBytes = 8 << 20

// missingPhrases holds, in lower case, the phrases by which Looker says that a query refers to
// something that does not exist.
var missingPhrases = []string{
	"view not found",
	"no longer exists",
	"unknown field",
	"must query at least one dimension or measure",
	"does not exist",
}

// fetchSQL fetches the SQL of a query, without running it, and caches the tables that it reads.
// An error in place of SQL is cached as broken if it names something missing; any other error
// is a note.
func (v *lineageFetcher) fetchSQL(q model.Query) error {
	resp, err := v.client.Send(
		v.ctx,
		quota.QueryCalls,
		httpclient.Call{
			Path:  "queries/" + url.PathEscape(string(q.ID)) + "/run/sql",
			Query: url.Values{"force_production": {"true"}},
		},
	)
	if err != nil {
		return v.recordSQLRefusal(q, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSQLBytes+1))
	v.answer.Bytes += int64(len(body))
	text := strings.TrimSpace(string(body))
	switch {
	case err != nil || strings.HasPrefix(text, "<") || len(body) > maxSQLBytes:
		v.addNote("SQL of query %s: could not be read, or is larger than %s", q.ID, sources.FormatSize(maxSQLBytes))
	case strings.HasPrefix(text, "-- Error") || strings.HasPrefix(text, "Error:"):
		if !isMissingReference(text) {
			v.addNote("SQL of query %s: could not be read: %s", q.ID, v.cleanError(text))
			return nil
		}
		v.cache.SQL[string(q.ID)] = &trace.QueryTables{Broken: v.cleanError(text), FetchedAt: v.quota.Now}
	case findUnknownField(text) != "":
		v.cache.SQL[string(q.ID)] = &trace.QueryTables{Broken: v.cleanError(findUnknownField(text)), FetchedAt: v.quota.Now}
	default:
		v.recordSQL(q, text)
	}
	return nil
}

// findUnknownField returns the comment by which Looker says, within SQL that it otherwise writes as
// usual, that it left out a field which no longer exists, such as "Unknown field: orders.total"; ""
// if there is none.
func findUnknownField(sql string) string {
	for line := range strings.Lines(sql) {
		comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "--")
		comment = strings.TrimSpace(comment)
		if isComment && strings.HasPrefix(strings.ToLower(comment), "unknown field") {
			return comment
		}
	}
	return ""
}

// recordSQL caches the tables that the SQL of a query reads, and what it shows of derived
// tables.
func (v *lineageFetcher) recordSQL(q model.Query, sql string) {
	tables, all := trace.SplitSQL(sql)
	if len(tables) == 0 {
		v.addNote("SQL of query %s: no table found", q.ID)
	}
	e := v.cache.Explores[q.ExploreKey()]
	v.cache.RecordBuilds(all, q, e.ConnectionName())
	for _, name := range tables {
		if d := v.cache.Derived[v.tracer.DerivedKey(string(q.Model), name)]; d != nil {
			d.Name = name // the name changes with each build
		}
	}
	v.cache.SQL[string(q.ID)] = (&trace.QueryTables{Tables: tables, FetchedAt: v.quota.Now}).WithHistory(v.cache.SQL[string(q.ID)])
}

// isMissingReference reports whether a message of Looker says that something does not exist.
func isMissingReference(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc(missingPhrases, func(words string) bool { return strings.Contains(message, words) })
}

// recordSQLRefusal keeps what a refusal of the SQL of q says. A 400, 404 or 422 that names
// something missing is cached as broken. Any other 403 or 404 is cached as denied. It returns the
// error unless it is an answer.
func (v *lineageFetcher) recordSQLRefusal(q model.Query, err error) error {
	status := httpclient.StatusOf(err)
	isAnswer := status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusUnprocessableEntity
	if isAnswer && isMissingReference(err.Error()) {
		v.cache.SQL[string(q.ID)] = &trace.QueryTables{Broken: lookerMessage(err), FetchedAt: v.quota.Now}
		return nil
	}
	if quota.IsNotVisible(err) {
		v.recordDenied(q)
	}
	return err
}

// recordDenied caches that the SQL of q is denied, so that it is not fetched again for a week.
// Tables that are already known are kept.
func (v *lineageFetcher) recordDenied(q model.Query) {
	if old := v.cache.SQL[string(q.ID)]; old == nil || len(old.Tables) == 0 {
		v.cache.SQL[string(q.ID)] = &trace.QueryTables{Denied: true, FetchedAt: v.quota.Now}
	}
}

// lookerMessage returns Looker's own message in a refusal, which err has in parentheses after
// the call and the status.
func lookerMessage(err error) string {
	_, says, _ := strings.Cut(sources.FormatError(err), " (")
	says, _, _ = strings.Cut(says, ")")
	return says
}

// fetchRunnerTiles fetches the SQL of SQL Runner tiles, which never changes, and returns how
// many tiles must wait for later visits.
func (v *lineageFetcher) fetchRunnerTiles(c *catalogue) (deferred int) {
	for _, t := range c.Tiles {
		if t.RunnerID == "" || !v.needsSQL(v.cache.SQL[t.RunnerKey()]) {
			continue
		}
		outcome := v.tryCall(quota.QueryCalls, "SQL of tile", string(t.ID), func() error { return v.fetchRunnerSQL(t) })
		if outcome == quota.Waiting || outcome == quota.Deferred {
			deferred++
		}
	}
	return deferred
}

// needsSQL reports whether the SQL of a SQL Runner tile must be fetched: m is nil, or has no
// tables and is older than maxCacheAge.
func (v *lineageFetcher) needsSQL(m *trace.QueryTables) bool {
	return m == nil || len(m.Tables) == 0 && v.quota.Now.Sub(m.FetchedAt) >= maxCacheAge
}

// fetchRunnerSQL fetches the SQL of a SQL Runner tile and caches the tables that it reads. A
// 403 or 404 is cached too, without tables.
func (v *lineageFetcher) fetchRunnerSQL(t *model.Tile) error {
	var q struct {
		SQL        model.Text `json:"sql"`
		Connection struct {
			Name model.Text `json:"name"`
		} `json:"connection"`
	}
	if err := v.fetchJSON(quota.QueryCalls, httpclient.Call{Path: "sql_queries/" + url.PathEscape(string(t.RunnerID))}, &q); err != nil {
		if quota.IsNotVisible(err) {
			v.cache.SQL[t.RunnerKey()] = &trace.QueryTables{FetchedAt: v.quota.Now}
		}
		return err
	}
	tables, _ := trace.SplitSQL(string(q.SQL))
	v.cache.SQL[t.RunnerKey()] = &trace.QueryTables{Tables: tables, Connection: string(q.Connection.Name), FetchedAt: v.quota.Now}
	return nil
}

// fetchMergedTiles replaces the queries of tiles with merged results by their complete queries,
// where the explores alone leave a doubt. Neither merged results nor queries ever change, so
// each is fetched once. It returns how many tiles must wait for later visits.
func (v *lineageFetcher) fetchMergedTiles(c *catalogue) (deferred int) {
	for _, t := range c.Tiles {
		if t.MergeID == "" || !v.tracer.IsDoubtful(t) {
			continue
		}
		if queries, known := v.fetchMergedQueries(t); known {
			t.Queries = queries
		} else if !v.quota.CanSpend(quota.QueryCalls) {
			deferred++
		}
	}
	return deferred
}

// fetchMergedQueries returns the queries that a tile merges, from the cache or by merge_queries
// and queries. known is false if one of them could not be fetched, or if there are none.
func (v *lineageFetcher) fetchMergedQueries(t *model.Tile) (queries []model.Query, known bool) {
	ids, known := v.cache.MergeQueries[string(t.MergeID)]
	if !known {
		var m struct {
			Queries []struct {
				ID model.Text `json:"query_id"`
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
			q := new(model.Query)
			if !v.fetchMergePart(t, "queries/"+url.PathEscape(id), model.QueryFields, q) {
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
func (v *lineageFetcher) fetchMergePart(t *model.Tile, path, list string, into any) bool {
	const subject = "merged results of tile"
	if v.quota.Now.Sub(v.quota.RefusedAt(subject, string(t.ID))) < maxCacheAge {
		return false
	}
	outcome := v.tryCall(quota.QueryCalls, subject, string(t.ID), func() error {
		return v.fetchJSON(quota.QueryCalls, httpclient.Call{Path: path, Query: selectFields(list)}, into)
	})
	return outcome == quota.Done
}
