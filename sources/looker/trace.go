package looker

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
)

// fetchLineage fetches, as far as the budget allows, what shows which tables tiles read:
// explores, complete queries, SQL where the explore leaves a doubt, and builds of derived
// tables. It fills the cache and the queries of c.Tiles; traceTile evaluates them.
func (v *visit) fetchLineage(c *catalogue) {
	v.fetchExplores(c)
	v.fetchFullQueries(c)
	deferred := v.fetchMergedTiles(c)
	for _, q := range v.selectQueries(c) {
		if v.shouldWait("SQL of query", string(q.ID)) {
			deferred++
			continue
		}
		if !v.canSpend(queryCalls) {
			deferred++
			continue
		}
		v.fetchSQL(q)
	}
	deferred += v.fetchRunnerTiles(c)
	v.linkRollups(c)
	v.fetchBuilds(c)
	v.noteAge(c)
	if deferred > 0 {
		v.addNote("SQL of %s is deferred to stay within calls_per_month", sources.FormatCount(deferred, "query"))
	}
}

// selectQueries returns the queries whose SQL is worth fetching, each once, in this order:
// queries whose explore leaves a doubt, and broken ones, which are retried daily; queries with
// joins; cached SQL that is a week old, or a day if it reads derived tables. Within a group,
// refused queries come last and the most viewed first.
func (v *visit) selectQueries(c *catalogue) (all []tileQuery) {
	views := c.viewCounts()
	type doubt struct {
		tileQuery
		how   int
		views lenientCount
	}
	var doubts []doubt
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			e := v.cache.Explores[q.exploreKey()]
			if q.ID == "" || e == nil {
				continue
			}
			if m := v.cache.SQL[string(q.ID)]; m != nil {
				switch age := v.now.Sub(m.FetchedAt); {
				case m.Denied && age < maxCacheAge:
				case m.Broken != "" && age >= retryInterval:
					doubts = append(doubts, doubt{tileQuery: q, how: 0, views: views[t.Dashboard]})
				case m.Broken == "" && (age >= maxCacheAge || age >= retryInterval && slices.ContainsFunc(m.Tables, isScratch)):
					doubts = append(doubts, doubt{tileQuery: q, how: 2, views: views[t.Dashboard]})
				}
				continue
			}
			tables, sure := e.resolveTables(q)
			switch {
			case e.Denied || e.Gone || !sure:
				doubts = append(doubts, doubt{tileQuery: q, how: 0, views: views[t.Dashboard]})
			case len(tables) > 1:
				doubts = append(doubts, doubt{tileQuery: q, how: 1, views: views[t.Dashboard]})
			}
		}
	}
	slices.SortStableFunc(doubts, func(a, b doubt) int {
		return cmp.Or(
			a.how-b.how,
			v.refusedAt("SQL of query", string(a.ID)).Compare(v.refusedAt("SQL of query", string(b.ID))),
			int(b.views-a.views),
		)
	})
	seen := make(map[lenientText]bool)
	for _, d := range doubts {
		if !seen[d.ID] {
			seen[d.ID] = true
			all = append(all, d.tileQuery)
		}
	}
	return all
}

// retryInterval is how long a failure or a broken reference is taken as unchanged before the
// call is made again, because somebody may have repaired it.
const retryInterval = 20 * time.Hour

// noteAge adds a note with the age of the oldest explore or SQL in use, if it exceeds
// maxCacheAge by more than retryInterval.
func (v *visit) noteAge(c *catalogue) {
	oldest := v.now
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			if e := v.cache.Explores[q.exploreKey()]; e != nil && e.FetchedAt.Before(oldest) {
				oldest = e.FetchedAt
			}
			if m := v.cache.SQL[string(q.ID)]; m != nil && m.FetchedAt.Before(oldest) {
				oldest = m.FetchedAt
			}
		}
	}
	if days := int(v.now.Sub(oldest).Hours() / 24); v.now.Sub(oldest) > maxCacheAge+retryInterval {
		v.addNote(
			"lineage is up to %s old, to stay within calls_per_month",
			sources.FormatCount(days, "day"),
		)
	}
}

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
func (v *visit) fetchSQL(q tileQuery) {
	v.callKind = queryCalls
	resp, err := v.api.SendWithRetry(
		v.ctx,
		httpclient.Call{
			Path:  "queries/" + url.PathEscape(string(q.ID)) + "/run/sql",
			Query: url.Values{"force_production": {"true"}},
		},
	)
	v.callKind = ""
	if err != nil {
		v.recordSQLRefusal(q, err)
		return
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
			return
		}
		v.cache.SQL[string(q.ID)] = &queryTables{Broken: v.cleanError(text), FetchedAt: v.now}
	default:
		v.recordSQL(q, text)
	}
}

// recordSQL caches the tables that the SQL of a query reads, and what it shows of derived
// tables.
func (v *visit) recordSQL(q tileQuery, sql string) {
	tables, all := splitSQL(sql)
	if len(tables) == 0 {
		v.addNote("SQL of query %s: no table found", q.ID)
	}
	e := v.cache.Explores[q.exploreKey()]
	v.recordDerived(all, q, e.connectionName())
	for _, name := range tables {
		if d := v.cache.Derived[v.derivedKey(string(q.Model), name)]; d != nil {
			d.Name = name // the name changes with each build
		}
	}
	v.cache.SQL[string(q.ID)] = (&queryTables{Tables: tables, FetchedAt: v.now}).withHistory(v.cache.SQL[string(q.ID)])
}

// sortedUnion returns the strings of both lists, sorted, each once.
func sortedUnion(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// cleanError returns the first line of an error text from Looker, without the -- of a SQL
// comment and without secrets.
func (v *visit) cleanError(s string) string { return v.api.redactLine(strings.TrimPrefix(s, "--")) }

// isMissingReference reports whether a message of Looker says that something does not exist.
func isMissingReference(message string) bool {
	message = strings.ToLower(message)
	return slices.ContainsFunc(missingPhrases, func(words string) bool { return strings.Contains(message, words) })
}

// recordSQLRefusal records that the SQL of q was refused. A 400, 404 or 422 that names
// something missing is cached as broken. Any other 403 or 404 is cached as denied.
func (v *visit) recordSQLRefusal(q tileQuery, err error) {
	status := httpclient.StatusOf(err)
	if (status == http.StatusBadRequest || status == http.StatusNotFound || status == http.StatusUnprocessableEntity) &&
		isMissingReference(err.Error()) {
		v.cache.SQL[string(q.ID)] = &queryTables{Broken: lookerMessage(err), FetchedAt: v.now}
		return
	}
	if status == http.StatusForbidden || status == http.StatusNotFound {
		v.recordDenied(q)
	}
	v.recordRefusal("SQL of query", string(q.ID), err)
}

// recordDenied caches that the SQL of q is denied, so that it is not fetched again for a week.
// Tables that are already known are kept.
func (v *visit) recordDenied(q tileQuery) {
	if old := v.cache.SQL[string(q.ID)]; old == nil || len(old.Tables) == 0 {
		v.cache.SQL[string(q.ID)] = &queryTables{Denied: true, FetchedAt: v.now}
	}
}

// lookerMessage returns Looker's own message in a refusal, which err has in parentheses after
// the call and the status.
func lookerMessage(err error) string {
	_, says, _ := strings.Cut(sources.FormatError(err), " (")
	says, _, _ = strings.Cut(says, ")")
	return says
}

// A lineage is what a tile or one of its queries reads, and what it needs that is missing.
type lineage struct {
	tables  []sources.ID
	method  string // "sql" or "explore"; "" if not traced
	broken  string
	causeID sources.ID // the explore that no longer exists; "" if none
}

// traceTile returns the lineage of a tile: of its SQL Runner query, or of all its queries
// together. The method is "explore" if any query was traced that way, and the first broken
// query makes the tile broken. It uses the cache only.
func (v *visit) traceTile(t *tile) (all lineage) {
	if m := v.cache.SQL[t.runnerKey()]; m != nil && t.RunnerID != "" && len(m.Tables) > 0 {
		return lineage{tables: v.relationIDs(m.allTables(), m.Connection, ""), method: "sql", broken: m.Broken}
	}
	for _, q := range t.Queries {
		one := v.traceQuery(q)
		if one.method == "" && one.broken == "" && len(t.Queries) > 1 {
			one.tables = append(
				one.tables,
				v.exploreID(q),
			) // its explore is an upstream without a clock, so that the tile is not called fresh
		}
		all.tables = append(all.tables, one.tables...)
		if one.method != "" && all.method != "explore" {
			all.method = one.method
		}
		if one.broken != "" && all.broken == "" {
			all.broken = one.broken
			all.causeID = one.causeID
		}
	}
	slices.Sort(all.tables)
	all.tables = slices.Compact(all.tables)
	return all
}

// traceQuery returns the lineage of one query, by its SQL or else by its explore. If the
// explore may read more than it shows, the explore itself is added as an upstream that is not
// checked.
func (v *visit) traceQuery(q tileQuery) (one lineage) {
	e := v.cache.Explores[q.exploreKey()]
	m := v.cache.SQL[string(q.ID)]
	if m != nil && m.Denied {
		m = nil
	}
	switch {
	case e != nil && e.Gone:
		one.broken = fmt.Sprintf("Explore %s no longer exists in Looker", q.exploreKey())
		one.causeID = v.exploreID(q)
	case m != nil && q.ID != "" && m.Broken != "":
		one.broken = fmt.Sprintf("Looker cannot run the query of this tile: “%s”", strings.TrimSuffix(m.Broken, "."))
	case m != nil && q.ID != "" && len(m.Tables) > 0:
		one.tables = v.relationIDs(m.allTables(), e.connectionName(), string(q.Model))
		one.method = "sql"
	case e == nil || e.Denied:
	default:
		tables, sure := e.resolveTables(q)
		if len(tables) == 0 {
			return one
		}
		one.tables = v.relationIDs(tables, e.connectionName(), string(q.Model))
		one.method = "explore"
		if !sure {
			one.tables = append(one.tables, v.exploreID(q))
		}
	}
	return one
}

// fetchFullQueries fetches, by one search of dashboard elements, the filters and dynamic fields
// that lists leave out, because they may need more joins. It makes the call only if some query
// needs it.
func (v *visit) fetchFullQueries(c *catalogue) {
	missing := false
	v.fillQueries(c, func(q *tileQuery) {
		e := v.cache.Explores[q.exploreKey()]
		missing = missing || q.Partial && q.ID != "" && v.cache.SQL[string(q.ID)] == nil && (e == nil || len(e.Joins) > 0)
	})
	if !missing || !v.canSpend(adminCalls) {
		return
	}
	var all []*element
	if err := v.fetchAdmin("dashboard_elements/search", selectFields(elementFields), &all); err != nil {
		v.addNote("filters of tiles: could not be read: %s", sources.FormatError(err))
		return
	}
	for _, e := range dropNil(all) {
		if t := e.toTile(); t != nil {
			for _, q := range t.Queries {
				if q.ID != "" {
					v.cache.Queries[string(q.ID)] = &q
				}
			}
		}
	}
	v.fillQueries(c, func(*tileQuery) {})
}

// fillQueries replaces partial queries of c.Tiles by the complete ones in the cache, and then
// calls each with every query.
func (v *visit) fillQueries(c *catalogue, each func(*tileQuery)) {
	for _, t := range c.Tiles {
		for i := range t.Queries {
			q := &t.Queries[i]
			if full := v.cache.Queries[string(q.ID)]; full != nil && q.ID != "" && q.Partial {
				*q = *full
			}
			each(q)
		}
	}
}

// exploreID returns the asset id of the explore of q.
func (v *visit) exploreID(q tileQuery) sources.ID {
	return sources.ID("explore:" + v.setting.Name + "/" + q.exploreKey())
}

// relationIDs returns the sorted asset ids of tables. Names of one or two parts are completed
// by site.toml's connections. Without an entry they stay incomplete and match no table: they
// are never matched by their last part. Scratch names become derived tables.
func (v *visit) relationIDs(tables []string, connection, model string) (ids []sources.ID) {
	defaultParts := v.dialect.ParseRelation(v.Connections[connection])
	for _, name := range tables {
		parts := v.dialect.ParseRelation(name)
		switch n := len(parts); {
		case n == 0:
			continue
		case isScratch(name):
			ids = append(ids, v.derivedID(v.derivedKey(model, name)))
			continue
		case n < 3 && len(defaultParts) == 2:
			parts = append(slices.Clone(defaultParts[:3-n]), parts...)
		case n < 3:
			v.noteIncomplete(connection)
		}
		ids = append(ids, v.dialect.TableID(v.setting.Namespace, parts...))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// noteIncomplete adds a note, once for each connection, that its table names lack a database.
func (v *visit) noteIncomplete(connection string) {
	says := fmt.Sprintf(
		"table names without a database: set connections in [[source]], such as %q = "+
			"\"DATABASE.SCHEMA\"",
		connection,
	)
	if !slices.Contains(v.answer.Notes, says) {
		v.addNote("%s", says)
	}
}
