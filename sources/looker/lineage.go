package looker

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
	"github.com/freshet-status/freshet/sources/looker/trace"
)

// A lineageFetcher fetches what shows which tables tiles read, into the cache. Package trace
// evaluates it.
type lineageFetcher struct{ *visit }

// fetchLineage fetches, as far as the budget allows, what shows which tables tiles read:
// explores, complete queries, SQL where the explore leaves a doubt, and builds of derived
// tables. It fills the cache and the queries of c.Tiles; traceTile evaluates them.
func (v *lineageFetcher) fetchLineage(c *catalogue) {
	v.fetchExplores(c)
	v.fetchFullQueries(c)
	deferred := v.fetchMergedTiles(c)
	for _, q := range v.selectQueries(c) {
		outcome := v.tryCall(quota.QueryCalls, "SQL of query", string(q.ID), func() error { return v.fetchSQL(q) })
		if outcome == quota.Waiting || outcome == quota.Deferred {
			deferred++
		}
	}
	deferred += v.fetchRunnerTiles(c)
	v.tracer.LinkRollups(c.Tiles)
	v.fetchBuilds(c)
	v.noteAge(c)
	v.noteDeniedSQL(c)
	if deferred > 0 {
		v.addNote("SQL of %s is deferred to stay within calls_per_month", sources.FormatCount(deferred, "query"))
	}
}

// A doubt is a query whose SQL is worth fetching.
type doubt struct {
	query model.Query
	rank  doubtRank
	views model.Count // of its dashboard
}

// A doubtRank says how much is gained by fetching the SQL of a query; a smaller one is fetched first.
type doubtRank int

// The ranks.
const (
	doubtfulExplore doubtRank = iota // its explore leaves a doubt, or its SQL was broken a day ago
	hasJoins                         // its explore joins tables
	oldSQL                           // its SQL is a week old, or a day if it reads derived tables
	noDoubt                          // its SQL would tell nothing new
)

// selectQueries returns the queries whose SQL is worth fetching, each once, by rank. Within a rank,
// refused queries come last and the most viewed first.
func (v *lineageFetcher) selectQueries(c *catalogue) (all []model.Query) {
	views := c.viewCounts()
	var doubts []doubt
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			if rank := v.rankQuery(q); rank != noDoubt {
				doubts = append(doubts, doubt{query: q, rank: rank, views: views[t.Dashboard]})
			}
		}
	}
	slices.SortStableFunc(doubts, func(a, b doubt) int {
		return cmp.Or(int(a.rank-b.rank), v.refusedSQLAt(a.query).Compare(v.refusedSQLAt(b.query)), int(b.views-a.views))
	})
	seen := make(map[model.Text]bool)
	for _, d := range doubts {
		if !seen[d.query.ID] {
			seen[d.query.ID] = true
			all = append(all, d.query)
		}
	}
	return all
}

// refusedSQLAt returns when the SQL of a query was last refused; zero if never.
func (v *lineageFetcher) refusedSQLAt(q model.Query) time.Time {
	return v.quota.RefusedAt("SQL of query", string(q.ID))
}

// rankQuery returns how much is gained by fetching the SQL of a query.
func (v *lineageFetcher) rankQuery(q model.Query) doubtRank {
	e := v.cache.Explores[q.ExploreKey()]
	if q.ID == "" || e == nil {
		return noDoubt
	}
	if known := v.cache.SQL[string(q.ID)]; known != nil {
		return v.rankKnown(known)
	}
	tables, sure := trace.ResolveTables(e, q)
	switch {
	case e.Denied || e.Gone || !sure:
		return doubtfulExplore
	case len(tables) > 1:
		return hasJoins
	default:
		return noDoubt
	}
}

// rankKnown returns how much is gained by fetching SQL again that is in the cache.
func (v *lineageFetcher) rankKnown(known *trace.QueryTables) doubtRank {
	age := v.quota.Now.Sub(known.FetchedAt)
	isOld := age >= maxCacheAge || age >= quota.RetryInterval && slices.ContainsFunc(known.Tables, trace.IsScratch)
	switch {
	case known.Denied && age < maxCacheAge:
		return noDoubt
	case known.Broken != "" && age >= quota.RetryInterval:
		return doubtfulExplore
	case known.Broken == "" && isOld:
		return oldSQL
	default:
		return noDoubt
	}
}

// noteAge adds a note with the age of the oldest explore or SQL in use, if it exceeds
// maxCacheAge by more than quota.RetryInterval.
func (v *lineageFetcher) noteAge(c *catalogue) {
	oldest := v.quota.Now
	for _, t := range c.Tiles {
		for _, q := range t.Queries {
			if e := v.cache.Explores[q.ExploreKey()]; e != nil && e.FetchedAt.Before(oldest) {
				oldest = e.FetchedAt
			}
			if m := v.cache.SQL[string(q.ID)]; m != nil && m.FetchedAt.Before(oldest) {
				oldest = m.FetchedAt
			}
		}
	}
	if days := int(v.quota.Now.Sub(oldest).Hours() / 24); v.quota.Now.Sub(oldest) > maxCacheAge+quota.RetryInterval {
		v.addNote("lineage is up to %s old, to stay within calls_per_month", sources.FormatCount(days, "day"))
	}
}

// noteDeniedSQL adds a note with the number of tiles that may read more tables than their explores
// show, where Looker denies the SQL that would tell.
func (v *lineageFetcher) noteDeniedSQL(c *catalogue) {
	denied := 0
	for _, t := range c.Tiles {
		if v.tracer.LacksSQL(t) {
			denied++
		}
	}
	if denied > 0 {
		v.addNote("lineage of %s is not certain, because their SQL is denied: grant see_sql", sources.FormatCount(denied, "tile"))
	}
}

// fetchFullQueries fetches, by one search of dashboard elements, the filters and dynamic fields
// that lists leave out, because they may need more joins. It makes the call only if some query
// needs it.
func (v *lineageFetcher) fetchFullQueries(c *catalogue) {
	missing := false
	v.fillQueries(c, func(q *model.Query) {
		e := v.cache.Explores[q.ExploreKey()]
		missing = missing || q.Partial && q.ID != "" && v.cache.SQL[string(q.ID)] == nil && (e == nil || len(e.Joins) > 0)
	})
	if !missing || !v.quota.CanSpend(quota.AdminCalls) {
		return
	}
	var all []*model.Element
	if err := v.fetchAdmin("dashboard_elements/search", selectFields(model.ElementFields), &all); err != nil {
		v.addNote("filters of tiles: could not be read: %s", sources.FormatError(err))
		return
	}
	for _, e := range dropNil(all) {
		if t := e.ToTile(); t != nil {
			for _, q := range t.Queries {
				if q.ID != "" {
					v.cache.Queries[string(q.ID)] = &q
				}
			}
		}
	}
	v.fillQueries(c, func(*model.Query) {})
}

// fillQueries replaces partial queries of c.Tiles by the complete ones in the cache, and then
// calls each with every query.
func (v *lineageFetcher) fillQueries(c *catalogue, each func(*model.Query)) {
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

// fetchExplores fetches the explores that tiles use, as far as the budget allows: unknown
// explores of the most viewed dashboards first, then the oldest of those cached for longer than
// maxCacheAge. Explores that were refused come after those that never were.
func (v *lineageFetcher) fetchExplores(c *catalogue) {
	wanted := v.exploresByViews(c)
	for _, q := range wanted {
		v.reconcileExplore(c, q)
	}
	old := slices.Clone(wanted)
	wanted = slices.DeleteFunc(wanted, func(q model.Query) bool { return v.cache.Explores[q.ExploreKey()] != nil })
	old = slices.DeleteFunc(old, func(q model.Query) bool {
		e := v.cache.Explores[q.ExploreKey()]
		return e == nil || v.quota.Now.Sub(e.FetchedAt) < maxCacheAge
	})
	slices.SortStableFunc(old, func(a, b model.Query) int {
		return v.cache.Explores[a.ExploreKey()].FetchedAt.Compare(v.cache.Explores[b.ExploreKey()].FetchedAt)
	})
	slices.SortStableFunc(wanted, func(a, b model.Query) int {
		return v.quota.RefusedAt("explore", a.ExploreKey()).Compare(v.quota.RefusedAt("explore", b.ExploreKey()))
	})
	deferred := 0
	for _, q := range append(wanted, old...) {
		outcome := v.tryCall(quota.AdminCalls, "explore", q.ExploreKey(), func() error { return v.fetchExplore(c, q) })
		if outcome == quota.Deferred {
			deferred++
		}
	}
	if deferred > 0 {
		v.addNote("explores deferred to stay within calls_per_month: %d", deferred)
	}
}

// reconcileExplore compares the cached explore of q with the list of explores. It marks an
// explore as gone that is no longer listed while its model is, and forgets a gone explore that
// is listed again, so that it is fetched.
func (v *lineageFetcher) reconcileExplore(c *catalogue, q model.Query) {
	known := v.cache.Explores[q.ExploreKey()]
	if known == nil || known.Denied || !c.Models[string(q.Model)] {
		return
	}
	switch listed := c.Explores[q.ExploreKey()]; {
	case !listed && !known.Gone:
		v.cache.Explores[q.ExploreKey()] = &model.Explore{FetchedAt: c.FetchedAt, Gone: true}
	case listed && known.Gone:
		delete(v.cache.Explores, q.ExploreKey())
	}
}

// exploresByViews returns one query for each explore that tiles use, those of the most viewed
// dashboards first.
func (v *lineageFetcher) exploresByViews(c *catalogue) (all []model.Query) {
	views := c.viewCounts()
	tiles := slices.Clone(c.Tiles)
	slices.SortStableFunc(tiles, func(a, b *model.Tile) int { return int(views[b.Dashboard] - views[a.Dashboard]) })
	seen := make(map[string]bool)
	for _, t := range tiles {
		for _, q := range t.Queries {
			if !seen[q.ExploreKey()] {
				seen[q.ExploreKey()] = true
				all = append(all, q)
			}
		}
	}
	return all
}

// fetchExplore fetches the explore of q and caches it. After a 404, it is cached as gone if it
// was known and its model is listed; otherwise 404 and 403 are cached as denied. Other errors
// are returned.
func (v *lineageFetcher) fetchExplore(c *catalogue, q model.Query) error {
	var e model.Explore
	err := v.fetchAdmin(
		"lookml_models/"+url.PathEscape(string(q.Model))+"/explores/"+url.PathEscape(string(q.Explore)),
		selectFields(model.ExploreFields),
		&e,
	)
	e.FetchedAt = v.quota.Now
	known := v.cache.Explores[q.ExploreKey()]
	switch status := httpclient.StatusOf(err); {
	case status == http.StatusNotFound && known != nil && !known.Denied && c.Models[string(q.Model)]:
		e = model.Explore{FetchedAt: v.quota.Now, Gone: true}
	case status == http.StatusNotFound || status == http.StatusForbidden:
		e = model.Explore{FetchedAt: v.quota.Now, Denied: true}
	case err != nil:
		return err
	}
	v.cache.Explores[q.ExploreKey()] = &e
	return nil
}
