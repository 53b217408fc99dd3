package looker

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A catalogue holds everything that Looker listed: folders, dashboards, tiles and the names of
// explores.
type catalogue struct {
	FetchedAt  time.Time    `json:"at"` // when the lists were fetched
	Folders    []*folder    `json:"folders"`
	Dashboards []*dashboard `json:"dashboards"`
	Tiles      []*tile      `json:"tiles"`

	TilesListedAt map[lenientText]time.Time `json:"looked"` // by dashboard id: when its tiles were listed
	Incomplete    bool                      `json:"cut"`    // true if some tiles could not be listed

	Explores map[string]bool `json:"explores"` // explores that Looker lists, by MODEL::NAME; nil if not known
	Models   map[string]bool `json:"models"`   // by name: true if at least one explore of the model is listed

	Gone []missingDashboard `json:"gone,omitempty"` // dashboards found deleted or moved to a personal folder, kept for a week
	// Vanished holds dashboards that are no longer listed although neither a deletion nor a move is
	// known.
	Vanished []missingDashboard `json:"lost,omitempty"`
}

// A folder is a folder of Looker, from GET folders.
type folder struct {
	ID       lenientText `json:"id"`
	Name     lenientText `json:"name"`
	Parent   lenientText `json:"parent_id"`
	Personal lenientBool `json:"is_personal"`
	// BelowPersonal is true for a folder inside a personal folder, at any depth.
	BelowPersonal lenientBool `json:"is_personal_descendant"`
}

// A dashboard is listed by GET dashboards. Owner, Updated, Viewed and Views come from
// dashboards/search and are empty for LookML dashboards.
type dashboard struct {
	ID          lenientText `json:"id"`
	Title       lenientText `json:"title"`
	Description lenientText `json:"description"`
	Hidden      bool        `json:"hidden"`
	Folder      struct {
		ID   lenientText `json:"id"`
		Name lenientText `json:"name"`
	} `json:"folder"`

	Owner   lenientText  `json:"user_name"` // user who made it
	Updated lenientText  `json:"updated_at"`
	Viewed  lenientTime  `json:"last_viewed_at"`
	Views   lenientCount `json:"view_count"`
}

// viewCounts returns how often each dashboard was opened, by dashboard id.
func (c *catalogue) viewCounts() map[lenientText]lenientCount {
	counts := make(map[lenientText]lenientCount)
	for _, d := range c.Dashboards {
		counts[d.ID] = d.Views
	}
	return counts
}

// isLookML reports whether the dashboard is written in LookML: its id is MODEL::NAME.
func (d *dashboard) isLookML() bool { return strings.Contains(string(d.ID), "::") }

// A tileQuery is a query of a tile: an explore, and the fields and filters that it uses.
type tileQuery struct {
	ID      lenientText     `json:"id,omitempty"`
	Model   lenientText     `json:"model"`
	Explore lenientText     `json:"view"` // called view in Looker's API
	Fields  []string        `json:"fields,omitempty"`
	Filters json.RawMessage `json:"filters,omitempty"`
	Pivots  []string        `json:"pivots,omitempty"`
	Sorts   []string        `json:"sorts,omitempty"`
	Dynamic lenientText     `json:"dynamic_fields,omitempty"`
	Partial bool            `json:"partial,omitempty"` // true if its fields or filters are not known in full
}

// fetchCatalogue fetches all lists, or returns the cached catalogue while isListDue is false.
// It is an error if the calls are used up and nothing is cached, and if no dashboard is
// visible. An incomplete catalogue is not cached.
func (v *visit) fetchCatalogue() (*catalogue, error) {
	old := v.cache.Catalogue
	if old != nil && !v.isListDue(old.FetchedAt) {
		v.addNote("dashboards and tiles were last listed %s, to stay within calls_per_month", old.FetchedAt.Format("2 Jan 2006 15:04 UTC"))
		return old, nil
	}
	if v.callsLeft(adminCalls) < listCalls[adminCalls] {
		return nil, fmt.Errorf(
			"no API calls left this month: %d of kind %s were used\n"+
				"hint: raise calls_per_month in [[source]]",
			v.spent[adminCalls],
			adminCalls,
		)
	}
	c := &catalogue{FetchedAt: v.now, TilesListedAt: make(map[lenientText]time.Time)}
	if err := v.fetchAdmin("folders", selectFields("id,name,parent_id,is_personal,is_personal_descendant"), &c.Folders); err != nil {
		return nil, err
	}
	if err := v.fetchAdmin("dashboards", selectFields("id,title,description,hidden,folder(id,name)"), &c.Dashboards); err != nil {
		return nil, err
	}
	c.Folders = dropDuplicates(dropNil(c.Folders), func(f *folder) lenientText { return f.ID })
	c.Dashboards = dropDuplicates(dropNil(c.Dashboards), func(d *dashboard) lenientText { return d.ID })
	if len(c.Dashboards) == 0 {
		return nil, fmt.Errorf(
			"no dashboards visible\n" +
				"hint: give the API user View access to the folders, and the permissions access_data, see_user_dashboards, " +
				"see_lookml_dashboards, see_looks, see_lookml, see_sql, see_system_activity",
		)
	}
	hidden := v.removePersonal(c)
	v.fetchUsage(c)
	v.fetchModels(c)
	v.findRemoved(c, old, hidden)
	v.fetchTiles(c)
	if !c.Incomplete {
		v.cache.Catalogue = c
	}
	return c, nil
}

// dropNil removes the null elements of a list. It changes all in place.
func dropNil[T any](all []*T) []*T {
	return slices.DeleteFunc(all, func(e *T) bool { return e == nil })
}

// dropDuplicates removes elements without an id and all but the first element of each id. It
// changes all in place.
func dropDuplicates[T any](all []*T, id func(*T) lenientText) []*T {
	seen := map[lenientText]bool{"": true}
	return slices.DeleteFunc(all, func(e *T) bool {
		duplicate := seen[id(e)]
		seen[id(e)] = true
		return duplicate
	})
}

// selectFields returns the query parameter that limits a response to the listed fields.
func selectFields(list string) url.Values { return url.Values{"fields": {list}} }

// removePersonal removes personal folders and the dashboards in them, unless site.toml includes
// them, and returns the removed dashboards.
func (v *visit) removePersonal(c *catalogue) (removed []*dashboard) {
	if v.Personal {
		return nil
	}
	personal := make(map[lenientText]bool)
	c.Folders = slices.DeleteFunc(c.Folders, func(f *folder) bool {
		personal[f.ID] = bool(f.Personal || f.BelowPersonal)
		return personal[f.ID]
	})
	c.Dashboards = slices.DeleteFunc(c.Dashboards, func(d *dashboard) bool {
		if personal[d.Folder.ID] {
			removed = append(removed, d)
		}
		return personal[d.Folder.ID]
	})
	return removed
}

// fetchUsage sets the owner, update time, last view and view count of user-defined dashboards,
// from dashboards/search. If that fails, the cached values are used.
func (v *visit) fetchUsage(c *catalogue) {
	var seen []*dashboard
	q := selectFields("id,user_name,updated_at,last_viewed_at,view_count")
	q.Set("deleted", "false")
	if err := v.fetchAdmin("dashboards/search", q, &seen); err != nil {
		v.addNote("owners and usage of dashboards: could not be read: %s", sources.FormatError(err))
		if old := v.cache.Catalogue; old != nil {
			seen = old.Dashboards
		}
	}
	by := make(map[lenientText]*dashboard)
	for _, d := range dropNil(seen) {
		by[d.ID] = d
	}
	for _, d := range c.Dashboards {
		if s := by[d.ID]; s != nil {
			d.Updated = s.Updated
			d.Viewed = s.Viewed
			d.Views = s.Views
			d.Owner = s.Owner
		}
	}
}

// fetchModels sets c.Explores and c.Models from lookml_models. Both stay nil if that fails. A
// cached explore is no proof that the explore still exists.
func (v *visit) fetchModels(c *catalogue) {
	var all []struct {
		Name     lenientText `json:"name"`
		Explores []struct {
			Name lenientText `json:"name"`
		} `json:"explores"`
	}
	if err := v.fetchAdmin("lookml_models", selectFields("name,explores"), &all); err != nil {
		v.addNote("list of explores: could not be read: %s", sources.FormatError(err))
		return
	}
	c.Explores = make(map[string]bool)
	c.Models = make(map[string]bool)
	for _, m := range all {
		c.Models[string(m.Name)] = len(m.Explores) > 0
		for _, e := range m.Explores {
			c.Explores[string(m.Name)+"::"+string(e.Name)] = true
		}
	}
}

// fetchTiles sets c.Tiles, sorted by dashboard and tile: by one System Activity query or, if
// that is not allowed, by one search of dashboard elements. Tiles that neither shows are
// fetched by dashboard.
func (v *visit) fetchTiles(c *catalogue) {
	err := v.fetchActivity(c)
	if err != nil {
		if v.SystemActive == nil || *v.SystemActive {
			v.addNote("System Activity: could not be read, so dashboard elements were searched instead: %s", sources.FormatError(err))
		}
		if err := v.fetchElements(c); err != nil {
			v.errs = append(v.errs, fmt.Errorf("tiles: %w", err))
			c.Incomplete = true
		}
	}
	v.fetchMissingTiles(c)
	known := make(map[lenientText]bool)
	for _, d := range c.Dashboards {
		known[d.ID] = true
	}
	c.Tiles = slices.DeleteFunc(c.Tiles, func(t *tile) bool { return !known[t.Dashboard] || t.ID == "" })
	c.Tiles = dropDuplicates(c.Tiles, func(t *tile) lenientText { return t.Dashboard + "/" + t.ID })
	v.addPlaceholders(c)
	slices.SortFunc(c.Tiles, func(a, b *tile) int {
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
func (v *visit) fetchMissingTiles(c *catalogue) {
	needs := make(map[lenientText]bool)
	has := make(map[lenientText]bool)
	for _, t := range c.Tiles {
		has[t.Dashboard] = true
		needs[t.Dashboard] = needs[t.Dashboard] || t.QueryUnknown
	}
	all := slices.Clone(c.Dashboards) // dashboards that were never refused come first
	slices.SortStableFunc(all, func(a, b *dashboard) int {
		return v.refusedAt("dashboard", string(a.ID)).Compare(v.refusedAt("dashboard", string(b.ID)))
	})
	deferred := 0
	for _, d := range all {
		if !needs[d.ID] && (has[d.ID] || !d.isLookML()) {
			continue
		}
		old := v.cache.TileLists[string(d.ID)]
		fits := old != nil && old.DashboardUpdated == string(d.Updated) && v.now.Sub(old.FetchedAt) < maxCacheAge
		if !fits && !v.shouldWait("dashboard", string(d.ID)) {
			if !v.canSpend(adminCalls) {
				deferred++
			} else if now := v.fetchDashboard(d); now != nil {
				old = now
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
func (v *visit) addTiles(c *catalogue, d *dashboard, old *tileList, listed bool) {
	if !listed {
		c.Tiles = append(c.Tiles, old.Tiles...)
		c.TilesListedAt[d.ID] = old.FetchedAt
		return
	}
	by := make(map[lenientText]*tile)
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
func (v *visit) addPlaceholders(c *catalogue) {
	has := make(map[lenientText]bool)
	for _, t := range c.Tiles {
		has[t.Dashboard] = true
	}
	for _, d := range c.Dashboards {
		switch detail := v.cache.TileLists[string(d.ID)]; {
		case has[d.ID]:
		case c.Incomplete || d.isLookML() && detail == nil:
			c.Tiles = append(
				c.Tiles,
				&tile{ID: "unlisted", Dashboard: d.ID, Title: "Tiles could not be listed", QueryUnknown: true},
			)
		}
		if _, ok := c.TilesListedAt[d.ID]; !ok && !c.Incomplete && !d.isLookML() {
			c.TilesListedAt[d.ID] = c.FetchedAt
		}
	}
}

// fetchDashboard fetches the tiles of one dashboard and caches them. It returns nil and records
// the refusal if that fails.
func (v *visit) fetchDashboard(d *dashboard) *tileList {
	var one struct {
		Elements []*element `json:"dashboard_elements"`
	}
	err := v.fetchAdmin(
		"dashboards/"+url.PathEscape(string(d.ID)),
		selectFields("id,dashboard_elements("+elementFields+")"),
		&one,
	)
	if err != nil {
		v.recordRefusal("dashboard", string(d.ID), err)
		return nil
	}
	list := &tileList{DashboardUpdated: string(d.Updated), FetchedAt: v.now}
	for _, e := range dropNil(one.Elements) {
		if t := e.toTile(); t != nil {
			t.Dashboard = d.ID
			list.Tiles = append(list.Tiles, t)
		}
	}
	v.cache.TileLists[string(d.ID)] = list
	return list
}
