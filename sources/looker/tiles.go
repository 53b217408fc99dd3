package looker

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/httpclient"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
)

// fetchTiles sets c.Tiles, sorted by dashboard and tile: by one System Activity query or, if
// that is not allowed, by one search of dashboard elements. Tiles that neither shows are
// fetched by dashboard.
func (v *lister) fetchTiles(c *catalogue) {
	err := v.fetchActivity(c)
	if err != nil {
		if v.SystemActive == nil || *v.SystemActive {
			v.addNote(
				"System Activity: could not be read, so dashboard elements were searched instead: %s",
				sources.FormatError(err),
			)
		}
		if err := v.fetchElements(c); err != nil {
			v.errs = append(v.errs, fmt.Errorf("tiles: %w", err))
			c.Incomplete = true
		}
	}
	v.fetchMissingTiles(c)
	known := make(map[model.Text]bool)
	for _, d := range c.Dashboards {
		known[d.ID] = true
	}
	c.Tiles = slices.DeleteFunc(c.Tiles, func(t *model.Tile) bool { return !known[t.Dashboard] || t.ID == "" })
	c.Tiles = dropDuplicates(c.Tiles, func(t *model.Tile) model.Text { return t.Dashboard + "/" + t.ID })
	v.addPlaceholders(c)
	slices.SortFunc(c.Tiles, func(a, b *model.Tile) int {
		if a.Dashboard != b.Dashboard {
			return strings.Compare(string(a.Dashboard), string(b.Dashboard))
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
}

// maxCacheAge is how long cached data that can change is used before it is fetched again.
const maxCacheAge = 7 * 24 * time.Hour

// fetchMissingTiles fetches single dashboards whose tiles no list returns: LookML dashboards,
// and dashboards with a tile whose query is unknown. The result is cached until updated_at of
// the dashboard changes, and at most for maxCacheAge.
func (v *lister) fetchMissingTiles(c *catalogue) {
	needs := make(map[model.Text]bool)
	has := make(map[model.Text]bool)
	for _, t := range c.Tiles {
		has[t.Dashboard] = true
		needs[t.Dashboard] = needs[t.Dashboard] || t.QueryUnknown
	}
	all := slices.Clone(c.Dashboards) // dashboards that were never refused come first
	slices.SortStableFunc(all, func(a, b *dashboard) int {
		return v.quota.RefusedAt("dashboard", string(a.ID)).Compare(v.quota.RefusedAt("dashboard", string(b.ID)))
	})
	deferred := 0
	for _, d := range all {
		if !needs[d.ID] && (has[d.ID] || !d.isLookML()) {
			continue
		}
		old := v.cache.TileLists[string(d.ID)]
		fits := old != nil && old.DashboardUpdated == string(d.Updated) && v.quota.Now.Sub(old.FetchedAt) < maxCacheAge
		if !fits {
			outcome := v.tryCall(quota.AdminCalls, "dashboard", string(d.ID), func() error { return v.fetchDashboard(d) })
			switch outcome {
			case quota.Deferred:
				deferred++
			case quota.Done:
				old = v.cache.TileLists[string(d.ID)]
			}
		}
		if old != nil {
			v.addTiles(c, d, old, has[d.ID])
		}
	}
	if deferred > 0 {
		v.addNote("tiles of %s are deferred to stay within calls_per_month", sources.FormatCount(deferred, "dashboard"))
	}
}

// addTiles copies tiles from old to c. If listed is false, it adds all of them; otherwise it
// replaces only the tiles of d whose query is unknown.
func (v *lister) addTiles(c *catalogue, d *dashboard, old *tileList, listed bool) {
	if !listed {
		c.Tiles = append(c.Tiles, old.Tiles...)
		c.TilesListedAt[d.ID] = old.FetchedAt
		return
	}
	by := make(map[model.Text]*model.Tile)
	for _, t := range old.Tiles {
		by[t.ID] = t
	}
	for i, t := range c.Tiles {
		if t.Dashboard == d.ID && t.QueryUnknown && by[t.ID] != nil {
			c.Tiles[i] = by[t.ID]
		}
	}
}

// addPlaceholders adds one tile without a query to each dashboard whose tiles could not be
// listed, because a dashboard without tiles would count as fresh. For other dashboards that are
// not LookML, it sets c.TilesListedAt.
func (v *lister) addPlaceholders(c *catalogue) {
	has := make(map[model.Text]bool)
	for _, t := range c.Tiles {
		has[t.Dashboard] = true
	}
	for _, d := range c.Dashboards {
		switch detail := v.cache.TileLists[string(d.ID)]; {
		case has[d.ID]:
		case c.Incomplete || d.isLookML() && detail == nil:
			c.Tiles = append(
				c.Tiles,
				&model.Tile{ID: "unlisted", Dashboard: d.ID, Title: "Tiles could not be listed", QueryUnknown: true},
			)
		}
		if _, ok := c.TilesListedAt[d.ID]; !ok && !c.Incomplete && !d.isLookML() {
			c.TilesListedAt[d.ID] = c.FetchedAt
		}
	}
}

// fetchDashboard fetches the tiles of one dashboard and caches them.
func (v *lister) fetchDashboard(d *dashboard) error {
	var one struct {
		Elements []*model.Element `json:"dashboard_elements"`
	}
	err := v.fetchAdmin(
		"dashboards/"+url.PathEscape(string(d.ID)),
		selectFields("id,dashboard_elements("+model.ElementFields+")"),
		&one,
	)
	if err != nil {
		return err
	}
	list := &tileList{DashboardUpdated: string(d.Updated), FetchedAt: v.quota.Now}
	for _, e := range dropNil(one.Elements) {
		if t := e.ToTile(); t != nil {
			t.Dashboard = d.ID
			list.Tiles = append(list.Tiles, t)
		}
	}
	v.cache.TileLists[string(d.ID)] = list
	return nil
}

// activityQuery is the System Activity query for all elements that show data. Looker expects
// its limit as a string.
const activityQuery = `{"model":"system__activity","view":"dashboard",

"fields":["dashboard.id","dashboard_element.id","dashboard_element.type","dashboard_element.title",
  "dashboard_element.result_source","query.id","query.model","query.view","query.formatted_fields","look.id"],
"filters":{"dashboard_element.type":"-text","dashboard.deleted_date":"NULL"},"limit":"50000"}`

// An activityRow is one dashboard element in the result of activityQuery. An error of the query
// comes as a row too, with Error set.
type activityRow struct {
	Dashboard model.Text `json:"dashboard.id"`
	ID        model.Text `json:"dashboard_element.id"`
	Title     model.Text `json:"dashboard_element.title"`
	Type      model.Text `json:"dashboard_element.type"`
	Query     model.Text `json:"query.id"`
	Model     model.Text `json:"query.model"`
	Explore   model.Text `json:"query.view"`
	Fields    model.Text `json:"query.formatted_fields"`
	Error     model.Text `json:"looker_error"`
}

// fetchActivity adds the tiles that System Activity lists to c. Tiles of merged results and of
// SQL Runner have no query there and are marked QueryUnknown. It is an error if System Activity
// is turned off, not affordable, or returns no element.
func (v *lister) fetchActivity(c *catalogue) error {
	if v.SystemActive != nil && !*v.SystemActive {
		return fmt.Errorf("turned off in site.toml")
	}
	if v.quota.Left(quota.QueryCalls) < 1 {
		return fmt.Errorf("no calls of kind %s left this month", quota.QueryCalls)
	}
	var rows []*activityRow
	if err := v.fetchJSON(quota.QueryCalls, httpclient.Call{
		Method:      http.MethodPost,
		Path:        "queries/run/json",
		ContentType: "application/json",
		Body:        activityQuery,
	}, &rows); err != nil {
		return err
	}
	for _, r := range dropNil(rows) {
		if r.Error != "" {
			return fmt.Errorf("query failed: %s", v.cleanError(string(r.Error)))
		}
	}
	if !slices.ContainsFunc(rows, func(r *activityRow) bool { return r != nil && r.ID != "" }) {
		return fmt.Errorf("no dashboard element returned")
	}
	if len(rows) >= 50000 {
		v.addNote("System Activity: 50,000 elements returned, which is the limit; some tiles are missing")
		c.Incomplete = true
	}
	at := make(map[model.Text]*model.Tile)
	for _, r := range dropNil(rows) {
		if r.ID == "" || model.DatalessTypes[string(r.Type)] {
			continue
		}
		t := at[r.ID]
		if t == nil {
			t = &model.Tile{ID: r.ID, Dashboard: r.Dashboard, Title: r.Title}
			at[r.ID] = t
			c.Tiles = append(c.Tiles, t)
		}
		if r.Model == "" || r.Explore == "" {
			t.QueryUnknown = len(t.Queries) == 0
			continue
		}
		q := model.Query{ID: r.Query, Model: r.Model, Explore: r.Explore, Partial: true}
		_ = json.Unmarshal([]byte(r.Fields), &q.Fields)
		t.Queries = append(t.Queries, q)
		t.QueryUnknown = false
	}
	return nil
}

// fetchElements adds the tiles of all dashboards to c, by one search of dashboard elements.
func (v *lister) fetchElements(c *catalogue) error {
	if v.quota.Left(quota.AdminCalls) < 1 {
		return fmt.Errorf("no calls of kind %s left this month", quota.AdminCalls)
	}
	var all []*model.Element
	if err := v.fetchAdmin("dashboard_elements/search", selectFields(model.ElementFields), &all); err != nil {
		return err
	}
	for _, e := range dropNil(all) {
		if t := e.ToTile(); t != nil {
			c.Tiles = append(c.Tiles, t)
		}
	}
	return nil
}
