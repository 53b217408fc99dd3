package looker

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// tell makes observations of what was listed and traced.
func (v *visit) tell(c *catalogue) {
	unloop(c.Folders)
	for _, f := range c.Folders {
		v.show(sources.Asset{ID: v.id("folder", f.ID), Kind: sources.Folder, Name: name(f.Name, f.ID), Parent: v.parent(f.ID, f.Parent)}, c)
	}
	lookml, listed := false, slices.ContainsFunc(c.Folders, func(f *folder) bool { return f.ID == "lookml" })
	for _, d := range c.Dashboards {
		lookml = lookml || !listed && (d.Folder.ID == "lookml" || d.Folder.ID == "")
		v.dashboard(d, c)
	}
	if lookml {
		v.show(sources.Asset{ID: v.id("folder", "lookml"), Kind: sources.Folder, Name: "LookML dashboards"}, c)
	}
	for _, t := range c.Tiles {
		v.tile(t, c)
	}
	v.showDerived(c)
	v.mourn(c)
	for id, at := range c.Looked {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: v.scope(id), Look: at})
	}
}

// scopeIn is the scope of what was listed; "" where the list is not whole.
func (v *visit) scopeIn(c *catalogue, dashboard text) string {
	if _, whole := c.Looked[dashboard]; !whole && c.Cut {
		return ""
	}
	return v.scope(dashboard)
}

// scope is that of a dashboard and its tiles: that the list of dashboards is
// shorter proves nothing.
func (v *visit) scope(dashboard text) string {
	return "tiles:" + v.setting.Name + "/" + string(dashboard)
}

// unloop lets a folder that is in itself, by way of others, be in none.
func unloop(all []*folder) {
	by := make(map[text]*folder)
	for _, f := range all {
		by[f.ID] = f
	}
	for _, f := range all {
		at := by[f.Parent]
		for steps := 0; at != nil && steps <= len(all); steps++ {
			if at == f {
				f.Parent = ""
				break
			}
			at = by[at.Parent]
		}
	}
}

// id names something of this Looker.
func (v *visit) id(kind string, id text) sources.ID {
	return sources.ID(kind + ":" + v.setting.Name + "/" + string(id))
}

func (v *visit) parent(id, parent text) sources.ID {
	if parent == "" || parent == id {
		return ""
	}
	return v.id("folder", parent)
}

func (v *visit) show(a sources.Asset, c *catalogue) *sources.Observation {
	a.Virtual = true
	v.answer.Observations = append(v.answer.Observations, sources.Observation{Asset: a})
	return &v.answer.Observations[len(v.answer.Observations)-1]
}

func (v *visit) dashboard(d *dashboard, c *catalogue) {
	a := sources.Asset{
		ID: v.id("dashboard", d.ID), Kind: sources.Dashboard, Name: name(d.Title, d.ID), Description: sources.Clip(string(d.Description), 4000),
		URL: v.page(d.ID), Parent: v.id("folder", cmp.Or(d.Folder.ID, "lookml")), Scope: v.scopeIn(c, d.ID), Views: rounded(int64(d.Views)),
	}
	if d.Owner != "" {
		a.Owner, a.OwnerBy = name(d.Owner), sources.ByLooker
	}
	if d.Hidden {
		a.Tags = []string{"hidden"}
	}
	o := v.show(a, c)
	if !d.Viewed.IsZero() {
		o.Readings = []sources.Reading{{Clock: sources.Queried, At: earlier(d.Viewed, c), Look: c.At}}
	}
}

// earlier is when a dashboard was opened, and the look if a clock is ahead.
func earlier(s stamp, c *catalogue) time.Time {
	if s.After(c.At) {
		return c.At
	}
	return s.Time
}

// rounded keeps two digits of a number: that somebody opened a dashboard is no
// news of what it is.
func rounded(n int64) int64 {
	ten := int64(1)
	for n/ten >= 100 {
		ten *= 10
	}
	return n / ten * ten
}

// page is where people open a dashboard: at the port of the API there is none.
func (v *visit) page(id text) string {
	if v.Web != "" {
		return strings.TrimRight(v.Web, "/") + "/dashboards/" + string(id)
	}
	u, err := url.Parse(v.address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Hostname() + "/dashboards/" + string(id)
}

func (v *visit) tile(t *tile, c *catalogue) {
	how := v.of(t)
	o := v.show(sources.Asset{
		ID: v.id("tile", t.Dashboard+"/"+t.ID), Kind: sources.Tile, Name: name(t.Title, text(exploreOf(t)), t.ID),
		Parent: v.id("dashboard", t.Dashboard), Scope: v.scopeIn(c, t.Dashboard), Upstream: how.tables, Traced: how.how,
	}, c)
	o.Broken, o.By = how.broken, how.by
}

func exploreOf(t *tile) string {
	if len(t.Queries) == 0 {
		return ""
	}
	return string(t.Queries[0].Explore)
}

// name is the first that is said, of a length that a page can show.
func name(words ...text) string { return sources.Clip(string(cmp.Or(words...)), 300) }
