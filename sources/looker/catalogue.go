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

// A catalogue is all that there is to open.
type catalogue struct {
	At         time.Time    `json:"at"` // when it was asked for
	Folders    []*folder    `json:"folders"`
	Dashboards []*dashboard `json:"dashboards"`
	Tiles      []*tile      `json:"tiles"`

	Looked map[text]time.Time `json:"looked"` // when the tiles of a dashboard were listed
	Cut    bool               `json:"cut"`    // some tiles were not listed

	Explores map[string]bool `json:"explores"` // that there are, by MODEL::NAME; nil is not known
	Models   map[string]bool `json:"models"`   // that are visible

	Gone []lost `json:"gone,omitempty"` // dashboards that were deleted, or moved to where they do not count
	Lost []lost `json:"lost,omitempty"`
}

type folder struct {
	ID       text `json:"id"`
	Name     text `json:"name"`
	Parent   text `json:"parent_id"`
	Personal flag `json:"is_personal"`
	Below    flag `json:"is_personal_descendant"`
}

type dashboard struct {
	ID          text `json:"id"`
	Title       text `json:"title"`
	Description text `json:"description"`
	Hidden      bool `json:"hidden"`
	Folder      struct {
		ID   text `json:"id"`
		Name text `json:"name"`
	} `json:"folder"`

	Owner   text  `json:"user_name"` // who made it
	Updated text  `json:"updated_at"`
	Viewed  stamp `json:"last_viewed_at"`
	Views   count `json:"view_count"`
}

// views is how often each dashboard was opened.
func (c *catalogue) views() map[text]count {
	all := make(map[text]count)
	for _, d := range c.Dashboards {
		all[d.ID] = d.Views
	}
	return all
}

// lookml reports whether a dashboard is written in LookML.
func (d *dashboard) lookml() bool { return strings.Contains(string(d.ID), "::") }

// An asked is a query of a tile.
type asked struct {
	ID      text            `json:"id,omitempty"`
	Model   text            `json:"model"`
	Explore text            `json:"view"` // which Looker calls view
	Fields  []string        `json:"fields,omitempty"`
	Filters json.RawMessage `json:"filters,omitempty"`
	Pivots  []string        `json:"pivots,omitempty"`
	Sorts   []string        `json:"sorts,omitempty"`
	Dynamic text            `json:"dynamic_fields,omitempty"`
	Partial bool            `json:"partial,omitempty"` // not all of it is known
}

// catalogue lists what there is: as of now where the month's calls allow it, else
// as it was listed last.
func (v *visit) catalogue() (*catalogue, error) {
	old := v.kept.Catalogue
	if old != nil && !v.due(old.At) {
		v.note("the month's calls are planned, so the lists are those of %s", old.At.Format("2006-01-02 15:04 UTC"))
		return old, nil
	}
	if v.left(admin) < bulk[admin] {
		return nil, fmt.Errorf("the calls of this month are used up: %d of kind %s\nhint: calls_per_month in [[source]] says how many there may be", v.spent[admin], admin)
	}
	c := &catalogue{At: v.now, Looked: make(map[text]time.Time)}
	if err := v.get("folders", fields("id,name,parent_id,is_personal,is_personal_descendant"), &c.Folders); err != nil {
		return nil, err
	}
	if err := v.get("dashboards", fields("id,title,description,hidden,folder(id,name)"), &c.Dashboards); err != nil {
		return nil, err
	}
	c.Folders = once(there(c.Folders), func(f *folder) text { return f.ID })
	c.Dashboards = once(there(c.Dashboards), func(d *dashboard) text { return d.ID })
	if len(c.Dashboards) == 0 {
		return nil, fmt.Errorf("no dashboard is visible, which is no empty Looker\nhint: give the API user View access to the folders, and access_data, see_user_dashboards, see_lookml_dashboards, see_looks, see_lookml, see_sql, see_system_activity")
	}
	hidden := v.impersonal(c)
	v.usage(c)
	v.models(c)
	v.bygone(c, old, hidden)
	if v.tiles(c); !c.Cut {
		v.kept.Catalogue = c
	}
	return c, nil
}

// there leaves out what is null in a list.
func there[T any](all []*T) []*T {
	return slices.DeleteFunc(all, func(e *T) bool { return e == nil })
}

// once leaves out what has no id, and what was listed before with the same.
func once[T any](all []*T, id func(*T) text) []*T {
	met := map[text]bool{"": true}
	return slices.DeleteFunc(all, func(e *T) bool {
		twice := met[id(e)]
		met[id(e)] = true
		return twice
	})
}

func fields(list string) url.Values { return url.Values{"fields": {list}} }

// impersonal takes out what is in personal folders, unless it is asked for, and
// returns the dashboards that were there.
func (v *visit) impersonal(c *catalogue) (hidden []*dashboard) {
	if v.Personal {
		return nil
	}
	mine := make(map[text]bool)
	c.Folders = slices.DeleteFunc(c.Folders, func(f *folder) bool {
		mine[f.ID] = bool(f.Personal || f.Below)
		return mine[f.ID]
	})
	c.Dashboards = slices.DeleteFunc(c.Dashboards, func(d *dashboard) bool {
		if mine[d.Folder.ID] {
			hidden = append(hidden, d)
		}
		return mine[d.Folder.ID]
	})
	return hidden
}

// usage adds who opens what: of dashboards that users made.
func (v *visit) usage(c *catalogue) {
	var seen []*dashboard
	q := fields("id,user_name,updated_at,last_viewed_at,view_count")
	q.Set("deleted", "false")
	if err := v.get("dashboards/search", q, &seen); err != nil {
		v.note("how often dashboards are opened is not known: %s", sources.OneLine(err))
		if old := v.kept.Catalogue; old != nil {
			seen = old.Dashboards
		}
	}
	by := make(map[text]*dashboard)
	for _, d := range there(seen) {
		by[d.ID] = d
	}
	for _, d := range c.Dashboards {
		if s := by[d.ID]; s != nil {
			d.Updated, d.Viewed, d.Views, d.Owner = s.Updated, s.Viewed, s.Views, s.Owner
		}
	}
}

// models lists which explores there are: what is cached of one says nothing of
// whether it is there still.
func (v *visit) models(c *catalogue) {
	var all []struct {
		Name     text `json:"name"`
		Explores []struct {
			Name text `json:"name"`
		} `json:"explores"`
	}
	if err := v.get("lookml_models", fields("name,explores"), &all); err != nil {
		v.note("which explores there are is not known: %s", sources.OneLine(err))
		return
	}
	c.Explores, c.Models = make(map[string]bool), make(map[string]bool)
	for _, m := range all {
		c.Models[string(m.Name)] = len(m.Explores) > 0
		for _, e := range m.Explores {
			c.Explores[string(m.Name)+"::"+string(e.Name)] = true
		}
	}
}

// tiles lists the tiles of all dashboards: by one query of System Activity, or,
// where that may not be asked, by one search of elements.
func (v *visit) tiles(c *catalogue) {
	err := v.activity(c)
	if err != nil {
		if v.SystemActive == nil || *v.SystemActive {
			v.note("System Activity is not read, so elements are searched: %s", sources.OneLine(err))
		}
		if err := v.search(c); err != nil {
			v.errs, c.Cut = append(v.errs, fmt.Errorf("tiles: %w", err)), true
		}
	}
	v.details(c)
	known := make(map[text]bool)
	for _, d := range c.Dashboards {
		known[d.ID] = true
	}
	c.Tiles = slices.DeleteFunc(c.Tiles, func(t *tile) bool { return !known[t.Dashboard] || t.ID == "" })
	c.Tiles = once(c.Tiles, func(t *tile) text { return t.Dashboard + "/" + t.ID })
	v.unlisted(c)
	slices.SortFunc(c.Tiles, func(a, b *tile) int {
		if a.Dashboard != b.Dashboard {
			return strings.Compare(string(a.Dashboard), string(b.Dashboard))
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
}

// aged is how long what can change is taken for what it was.
const aged = 7 * 24 * time.Hour

// details asks for the tiles of dashboards that no list has: those in LookML, and
// those with a tile of which the list does not tell what it asks. They are kept
// until the dashboard is changed, and for a week at most where nothing says so.
func (v *visit) details(c *catalogue) {
	needs := make(map[text]bool)
	has := make(map[text]bool)
	for _, t := range c.Tiles {
		has[t.Dashboard] = true
		needs[t.Dashboard] = needs[t.Dashboard] || t.Unseen
	}
	all := slices.Clone(c.Dashboards) // those first that were never refused
	slices.SortStableFunc(all, func(a, b *dashboard) int {
		return v.refusedAt("the dashboard", string(a.ID)).Compare(v.refusedAt("the dashboard", string(b.ID)))
	})
	left := 0
	for _, d := range all {
		if !needs[d.ID] && (has[d.ID] || !d.lookml()) {
			continue
		}
		old := v.kept.Details[string(d.ID)]
		fits := old != nil && old.Of == string(d.Updated) && v.now.Sub(old.At) < aged
		if !fits && !v.wait("the dashboard", string(d.ID)) {
			if !v.may(admin) {
				left++
			} else if now := v.detail(d); now != nil {
				old = now
			}
		}
		if old != nil {
			v.add(c, d, old, has[d.ID])
		}
	}
	if left > 0 {
		v.note("the tiles of %d dashboards are asked for on the days that come: the month's calls are planned", left)
	}
}

// add takes tiles from a detail: all of a dashboard that no list has, and of
// another those of which the list does not tell what they ask.
func (v *visit) add(c *catalogue, d *dashboard, old *detail, listed bool) {
	if !listed {
		c.Tiles = append(c.Tiles, old.Tiles...)
		c.Looked[d.ID] = old.At
		return
	}
	by := make(map[text]*tile)
	for _, t := range old.Tiles {
		by[t.ID] = t
	}
	for i, t := range c.Tiles {
		if t.Dashboard == d.ID && t.Unseen && by[t.ID] != nil {
			c.Tiles[i] = by[t.ID]
		}
	}
}

// unlisted gives each dashboard whose tiles could not be listed one tile, of which
// nothing is known: a dashboard without any would be as good as fresh.
func (v *visit) unlisted(c *catalogue) {
	has := make(map[text]bool)
	for _, t := range c.Tiles {
		has[t.Dashboard] = true
	}
	for _, d := range c.Dashboards {
		switch detail := v.kept.Details[string(d.ID)]; {
		case has[d.ID]:
		case c.Cut || d.lookml() && detail == nil:
			c.Tiles = append(c.Tiles, &tile{ID: "unlisted", Dashboard: d.ID, Title: "Its tiles could not be listed", Unseen: true})
		}
		if _, ok := c.Looked[d.ID]; !ok && !c.Cut && !d.lookml() {
			c.Looked[d.ID] = c.At
		}
	}
}

func (v *visit) detail(d *dashboard) *detail {
	var one struct {
		Elements []*element `json:"dashboard_elements"`
	}
	err := v.get("dashboards/"+url.PathEscape(string(d.ID)), fields("id,dashboard_elements("+elementFields+")"), &one)
	if err != nil {
		v.refuse("the dashboard", string(d.ID), err)
		return nil
	}
	made := &detail{Of: string(d.Updated), At: v.now}
	for _, e := range there(one.Elements) {
		if t := e.tile(); t != nil {
			t.Dashboard = d.ID
			made.Tiles = append(made.Tiles, t)
		}
	}
	v.kept.Details[string(d.ID)] = made
	return made
}
