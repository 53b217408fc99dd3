package looker

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// An explore is what a query selects from: a base view, and views joined to it. It is cached as
// it was last fetched.
type explore struct {
	Name       lenientText `json:"name"`
	BaseView   lenientText `json:"view_name"` // base view, if its name differs from that of the explore
	Table      lenientText `json:"sql_table_name"`
	Connection lenientText `json:"connection_name"`
	Joins      []join      `json:"joins"`
	AlwaysJoin []string    `json:"always_join"`

	Gone      bool      `json:"gone,omitempty"` // true if it existed and no longer does
	Denied    bool      `json:"hid,omitempty"`  // true if Looker denied it (403, or 404 without proof that it is gone)
	FetchedAt time.Time `json:"at"`             // when it was fetched
}

// A join is a view that an explore joins to its base view.
type join struct {
	Name            lenientText `json:"name"`
	Table           lenientText `json:"sql_table_name"`
	DependentFields []string    `json:"dependent_fields"`
	RequiredJoins   []string    `json:"required_joins"`
}

// exploreFields lists the fields to request for an explore.
const exploreFields = "id,name,view_name,sql_table_name,connection_name,always_join,joins(name,sql_table_name,dependent_fields,required_joins)"

// connectionName returns the database connection of the explore, or "" if e is nil or has none.
func (e *explore) connectionName() string {
	if e == nil {
		return ""
	}
	return string(e.Connection)
}

// hasView reports whether view is the base view or a joined view of the explore. q is a query
// of the explore, whose name for it counts too.
func (e *explore) hasView(view string, q tileQuery) bool {
	return view == string(e.Name) || view == string(e.BaseView) || view == string(q.Explore) ||
		slices.ContainsFunc(e.Joins, func(j join) bool { return view == string(j.Name) })
}

// exploreKey returns the explore of the query as MODEL::NAME.
func (q tileQuery) exploreKey() string { return string(q.Model) + "::" + string(q.Explore) }

// fetchExplores fetches the explores that tiles use, as far as the budget allows: unknown
// explores of the most viewed dashboards first, then the oldest of those cached for longer than
// maxCacheAge. Explores that were refused come after those that never were.
func (v *visit) fetchExplores(c *catalogue) {
	wanted := v.exploresByViews(c)
	for _, q := range wanted {
		v.reconcileExplore(c, q)
	}
	old := slices.Clone(wanted)
	wanted = slices.DeleteFunc(wanted, func(q tileQuery) bool { return v.cache.Explores[q.exploreKey()] != nil })
	old = slices.DeleteFunc(old, func(q tileQuery) bool {
		e := v.cache.Explores[q.exploreKey()]
		return e == nil || v.now.Sub(e.FetchedAt) < maxCacheAge
	})
	slices.SortStableFunc(old, func(a, b tileQuery) int {
		return v.cache.Explores[a.exploreKey()].FetchedAt.Compare(v.cache.Explores[b.exploreKey()].FetchedAt)
	})
	slices.SortStableFunc(wanted, func(a, b tileQuery) int {
		return v.refusedAt("explore", a.exploreKey()).Compare(v.refusedAt("explore", b.exploreKey()))
	})
	deferred := 0
	for _, q := range append(wanted, old...) {
		if v.shouldWait("explore", q.exploreKey()) {
			continue
		}
		if !v.canSpend(adminCalls) {
			deferred++
			continue
		}
		v.fetchExplore(c, q)
	}
	if deferred > 0 {
		v.addNote("explores deferred to stay within calls_per_month: %d", deferred)
	}
}

// reconcileExplore compares the cached explore of q with the list of explores. It marks an
// explore as gone that is no longer listed while its model is, and forgets a gone explore that
// is listed again, so that it is fetched.
func (v *visit) reconcileExplore(c *catalogue, q tileQuery) {
	known := v.cache.Explores[q.exploreKey()]
	if known == nil || known.Denied || !c.Models[string(q.Model)] {
		return
	}
	switch listed := c.Explores[q.exploreKey()]; {
	case !listed && !known.Gone:
		v.cache.Explores[q.exploreKey()] = &explore{FetchedAt: c.FetchedAt, Gone: true}
	case listed && known.Gone:
		delete(v.cache.Explores, q.exploreKey())
	}
}

// exploresByViews returns one query for each explore that tiles use, those of the most viewed
// dashboards first.
func (v *visit) exploresByViews(c *catalogue) (all []tileQuery) {
	views := c.viewCounts()
	tiles := slices.Clone(c.Tiles)
	slices.SortStableFunc(tiles, func(a, b *tile) int { return int(views[b.Dashboard] - views[a.Dashboard]) })
	seen := make(map[string]bool)
	for _, t := range tiles {
		for _, q := range t.Queries {
			if !seen[q.exploreKey()] {
				seen[q.exploreKey()] = true
				all = append(all, q)
			}
		}
	}
	return all
}

// fetchExplore fetches the explore of q and caches it. After a 404, it is cached as gone if it
// was known and its model is listed; otherwise 404 and 403 are cached as denied. Other errors
// are recorded as refusals.
func (v *visit) fetchExplore(c *catalogue, q tileQuery) {
	var e explore
	err := v.fetchAdmin(
		"lookml_models/"+url.PathEscape(string(q.Model))+"/explores/"+url.PathEscape(string(q.Explore)),
		selectFields(exploreFields),
		&e,
	)
	e.FetchedAt = v.now
	known := v.cache.Explores[q.exploreKey()]
	switch status := httpclient.StatusOf(err); {
	case status == http.StatusNotFound && known != nil && !known.Denied && c.Models[string(q.Model)]:
		e = explore{FetchedAt: v.now, Gone: true}
	case status == http.StatusNotFound || status == http.StatusForbidden:
		e = explore{FetchedAt: v.now, Denied: true}
	case err != nil:
		v.recordRefusal("explore", q.exploreKey(), err)
		return
	}
	v.cache.Explores[q.exploreKey()] = &e
}

// resolveTables returns the sorted tables that q reads of the explore, as written in LookML:
// the base, and the joins that its fields need. sure is false if q may read more: a table
// defined by SQL or a template, a field of an unknown view, or a query that is not known in
// full.
func (e *explore) resolveTables(q tileQuery) (all []string, sure bool) {
	sure = !q.Partial || len(e.Joins) == 0
	add := func(table lenientText) {
		found := sqlrefs.FindRelations("select * from " + string(table))
		if len(found) == 0 || strings.ContainsAny(string(table), "{%") {
			sure = false
			return
		}
		all = append(all, found...)
	}
	add(e.Table)
	used := e.requiredViews(q)
	for _, base := range []lenientText{e.Name, e.BaseView, q.Explore} {
		delete(used, string(base))
	}
	for _, j := range e.Joins {
		if used[string(j.Name)] {
			add(j.Table)
			delete(used, string(j.Name))
		}
	}
	slices.Sort(all)
	return slices.Compact(all), sure && len(used) == 0
}

// requiredViews returns the views whose fields q uses, the views that the explore always joins,
// and those that their joins require.
func (e *explore) requiredViews(q tileQuery) map[string]bool {
	required := make(map[string]bool)
	todo := append(queryViews(q), e.AlwaysJoin...)
	for len(todo) > 0 {
		view := todo[0]
		todo = todo[1:]
		if required[view] {
			continue
		}
		required[view] = true
		for _, j := range e.Joins {
			if string(j.Name) == view {
				todo = append(todo, j.RequiredJoins...)
				todo = append(todo, fieldViews(j.DependentFields)...)
			}
		}
	}
	return required
}

// queryViews returns the views whose fields q names in fields, filters, pivots, sorts and the
// base of its dynamic fields. Views may repeat.
func queryViews(q tileQuery) []string {
	all := slices.Concat(fieldViews(q.Fields), fieldViews(q.Pivots), fieldViews(q.Sorts))
	var filters map[string]any
	_ = json.Unmarshal(q.Filters, &filters)
	for field := range filters {
		all = append(all, fieldViews([]string{field})...)
	}
	var dynamic []struct {
		Based string `json:"based_on"`
	}
	_ = json.Unmarshal([]byte(q.Dynamic), &dynamic)
	for _, f := range dynamic {
		all = append(all, fieldViews([]string{f.Based})...)
	}
	return all
}

// fieldViews returns the view of each field, which is the part before the first dot. Fields
// without a dot are skipped.
func fieldViews(fields []string) (all []string) {
	for _, f := range fields {
		if view, _, ok := strings.Cut(f, "."); ok {
			all = append(all, view)
		}
	}
	return all
}
