package looker

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
)

// A catalogue holds everything that Looker listed: folders, dashboards, tiles and the names of
// explores.
type catalogue struct {
	FetchedAt  time.Time     `json:"at"` // when the lists were fetched
	Folders    []*folder     `json:"folders"`
	Dashboards []*dashboard  `json:"dashboards"`
	Tiles      []*model.Tile `json:"tiles"`

	TilesListedAt map[model.Text]time.Time `json:"looked"` // by dashboard id: when its tiles were listed
	Incomplete    bool                     `json:"cut"`    // true if some tiles could not be listed

	Explores map[string]bool `json:"explores"` // explores that Looker lists, by MODEL::NAME; nil if not known
	Models   map[string]bool `json:"models"`   // by name: true if at least one explore of the model is listed

	Gone []missingDashboard `json:"gone,omitempty"` // dashboards found deleted or moved to a personal folder, kept for a week
	// Vanished holds dashboards that are no longer listed although neither a deletion nor a move is
	// known.
	Vanished []missingDashboard `json:"lost,omitempty"`
}

// A folder is a folder of Looker, from GET folders.
type folder struct {
	ID       model.Text `json:"id"`
	Name     model.Text `json:"name"`
	Parent   model.Text `json:"parent_id"`
	Personal model.Bool `json:"is_personal"`
	// BelowPersonal is true for a folder inside a personal folder, at any depth.
	BelowPersonal model.Bool `json:"is_personal_descendant"`
}

// A dashboard is listed by GET dashboards. Owner, Updated, Viewed and Views come from
// dashboards/search and are empty for LookML dashboards.
type dashboard struct {
	ID          model.Text `json:"id"`
	Title       model.Text `json:"title"`
	Description model.Text `json:"description"`
	Hidden      bool       `json:"hidden"`
	Folder      struct {
		ID   model.Text `json:"id"`
		Name model.Text `json:"name"`
	} `json:"folder"`

	Owner   model.Text  `json:"user_name"` // user who made it
	Updated model.Text  `json:"updated_at"`
	Viewed  model.Time  `json:"last_viewed_at"`
	Views   model.Count `json:"view_count"`
}

// viewCounts returns how often each dashboard was opened, by dashboard id.
func (c *catalogue) viewCounts() map[model.Text]model.Count {
	counts := make(map[model.Text]model.Count)
	for _, d := range c.Dashboards {
		counts[d.ID] = d.Views
	}
	return counts
}

// isLookML reports whether the dashboard is written in LookML: its id is MODEL::NAME.
func (d *dashboard) isLookML() bool { return strings.Contains(string(d.ID), "::") }

// A lister fetches the lists of one visit: folders, dashboards, explores and tiles.
type lister struct{ *visit }

// fetchCatalogue fetches all lists, or returns the cached catalogue while isListDue is false.
// It is an error if the calls are used up and nothing is cached, and if no dashboard is
// visible. An incomplete catalogue is not cached.
func (v *lister) fetchCatalogue() (*catalogue, error) {
	old := v.cache.Catalogue
	if old != nil && !v.quota.IsListDue(old.FetchedAt) {
		v.addNote("dashboards and tiles were last listed %s, to stay within calls_per_month", old.FetchedAt.Format("2 Jan 2006 15:04 UTC"))
		return old, nil
	}
	if v.quota.Left(quota.AdminCalls) < quota.ListCalls[quota.AdminCalls] {
		return nil, fmt.Errorf(
			"no API calls left this month: %d of kind %s were used\n"+
				"hint: raise calls_per_month in [[source]]",
			v.quota.ByHistory[quota.AdminCalls],
			quota.AdminCalls,
		)
	}
	c := &catalogue{FetchedAt: v.quota.Now, TilesListedAt: make(map[model.Text]time.Time)}
	if err := v.fetchAdmin("folders", selectFields("id,name,parent_id,is_personal,is_personal_descendant"), &c.Folders); err != nil {
		return nil, err
	}
	if err := v.fetchAdmin("dashboards", selectFields("id,title,description,hidden,folder(id,name)"), &c.Dashboards); err != nil {
		return nil, err
	}
	c.Folders = dropDuplicates(dropNil(c.Folders), func(f *folder) model.Text { return f.ID })
	c.Dashboards = dropDuplicates(dropNil(c.Dashboards), func(d *dashboard) model.Text { return d.ID })
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

// removePersonal removes personal folders and the dashboards in them, unless site.toml includes
// them, and returns the removed dashboards.
func (v *lister) removePersonal(c *catalogue) (removed []*dashboard) {
	if v.Personal {
		return nil
	}
	personal := make(map[model.Text]bool)
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
func (v *lister) fetchUsage(c *catalogue) {
	var seen []*dashboard
	q := selectFields("id,user_name,updated_at,last_viewed_at,view_count")
	q.Set("deleted", "false")
	if err := v.fetchAdmin("dashboards/search", q, &seen); err != nil {
		v.addNote("owners and usage of dashboards: could not be read: %s", sources.FormatError(err))
		if old := v.cache.Catalogue; old != nil {
			seen = old.Dashboards
		}
	}
	by := make(map[model.Text]*dashboard)
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
func (v *lister) fetchModels(c *catalogue) {
	var all []struct {
		Name     model.Text `json:"name"`
		Explores []struct {
			Name model.Text `json:"name"`
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

// dropNil removes the null elements of a list. It changes all in place.
func dropNil[T any](all []*T) []*T {
	return slices.DeleteFunc(all, func(e *T) bool { return e == nil })
}

// dropDuplicates removes elements without an id and all but the first element of each id. It
// changes all in place.
func dropDuplicates[T any](all []*T, id func(*T) model.Text) []*T {
	seen := map[model.Text]bool{"": true}
	return slices.DeleteFunc(all, func(e *T) bool {
		duplicate := seen[id(e)]
		seen[id(e)] = true
		return duplicate
	})
}

// selectFields returns the query parameter that limits a response to the listed fields.
func selectFields(list string) url.Values { return url.Values{"fields": {list}} }
