package looker

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// addObservations adds an observation for each folder, dashboard, tile and derived table, and a
// scope for each complete listing. If Looker lists no folder for LookML dashboards, it adds
// one.
func (v *visit) addObservations(c *catalogue) {
	breakFolderCycles(c.Folders)
	for _, f := range c.Folders {
		v.addAsset(
			sources.Asset{
				ID:     v.assetID("folder", f.ID),
				Kind:   sources.Folder,
				Name:   chooseName(f.Name, f.ID),
				Parent: v.parentFolder(f.ID, f.Parent),
			},
			c,
		)
	}
	lookml := false
	listed := slices.ContainsFunc(c.Folders, func(f *folder) bool { return f.ID == "lookml" })
	for _, d := range c.Dashboards {
		lookml = lookml || !listed && (d.Folder.ID == "lookml" || d.Folder.ID == "")
		v.addDashboard(d, c)
	}
	if lookml {
		v.addAsset(sources.Asset{ID: v.assetID("folder", "lookml"), Kind: sources.Folder, Name: "LookML dashboards"}, c)
	}
	for _, t := range c.Tiles {
		v.addTile(t, c)
	}
	v.addDerivedTables(c)
	v.reportRemoved(c)
	for id, at := range c.TilesListedAt {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: v.scopeName(id), CheckedAt: at})
	}
}

// scopeIfListed returns the scope of a dashboard and its tiles, or "" if its tiles are not
// known to be listed completely.
func (v *visit) scopeIfListed(c *catalogue, dashboard lenientText) sources.ScopeName {
	if _, whole := c.TilesListedAt[dashboard]; !whole && c.Incomplete {
		return ""
	}
	return v.scopeName(dashboard)
}

// scopeName returns the name of the scope of one dashboard and its tiles. Each dashboard has
// its own scope, because a shorter list of dashboards does not prove a removal.
func (v *visit) scopeName(dashboard lenientText) sources.ScopeName {
	return sources.NewScopeName("tiles", v.setting.Name+"/"+string(dashboard))
}

// breakFolderCycles clears the parent of folders that contain themselves, directly or through
// others.
func breakFolderCycles(all []*folder) {
	by := make(map[lenientText]*folder)
	for _, f := range all {
		by[f.ID] = f
	}
	for _, f := range all {
		ancestor := by[f.Parent]
		for steps := 0; ancestor != nil && steps <= len(all); steps++ {
			if ancestor == f {
				f.Parent = ""
				break
			}
			ancestor = by[ancestor.Parent]
		}
	}
}

// assetID returns the id of an asset of this source: KIND:SOURCE/ID.
func (v *visit) assetID(kind string, id lenientText) sources.ID {
	return sources.ID(kind + ":" + v.setting.Name + "/" + string(id))
}

// parentFolder returns the asset id of the parent folder, or "" if there is none or a folder is
// its own parent.
func (v *visit) parentFolder(id, parent lenientText) sources.ID {
	if parent == "" || parent == id {
		return ""
	}
	return v.assetID("folder", parent)
}

// addAsset appends an observation of a, marked as virtual, and returns it. The pointer is valid
// until the next call.
func (v *visit) addAsset(a sources.Asset, c *catalogue) *sources.Observation {
	a.Virtual = true
	v.answer.Observations = append(v.answer.Observations, sources.Observation{Asset: a})
	return &v.answer.Observations[len(v.answer.Observations)-1]
}

// addDashboard adds an observation of d, with the time it was last opened as its only reading.
func (v *visit) addDashboard(d *dashboard, c *catalogue) {
	a := sources.Asset{
		ID: v.assetID(
			"dashboard",
			d.ID,
		),
		Kind:        sources.Dashboard,
		Name:        chooseName(d.Title, d.ID),
		Description: sources.ClipText(string(d.Description), 4000),
		URL: v.dashboardURL(
			d.ID,
		),
		Parent: v.assetID("folder", cmp.Or(d.Folder.ID, "lookml")),
		Scope:  v.scopeIfListed(c, d.ID),
		Views:  roundViews(int64(d.Views)),
	}
	if d.Owner != "" {
		a.Owner = chooseName(d.Owner)
		a.OwnerOrigin = sources.OwnerFromLooker
	}
	if d.Hidden {
		a.Tags = []string{"hidden"}
	}
	o := v.addAsset(a, c)
	if !d.Viewed.IsZero() {
		o.Readings = []sources.Reading{{Clock: sources.Queried, At: clampViewed(d.Viewed, c), CheckedAt: c.FetchedAt}}
	}
}

// clampViewed returns when a dashboard was last opened, but not later than the catalogue was
// fetched, in case a clock is ahead.
func clampViewed(s lenientTime, c *catalogue) time.Time {
	if s.After(c.FetchedAt) {
		return c.FetchedAt
	}
	return s.Time
}

// roundViews rounds a count down to two significant digits, so that a single view does not
// change the asset.
func roundViews(n int64) int64 {
	unit := int64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return n / unit * unit
}

// dashboardURL returns the address at which people open a dashboard: below web if set,
// otherwise below the host of the API without its port, which serves no pages. It is "" if the
// address is invalid.
func (v *visit) dashboardURL(id lenientText) string {
	if v.Web != "" {
		return strings.TrimRight(v.Web, "/") + "/dashboards/" + string(id)
	}
	u, err := url.Parse(v.address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Hostname() + "/dashboards/" + string(id)
}

// addTile traces t and adds an observation of it.
func (v *visit) addTile(t *tile, c *catalogue) {
	traced := v.traceTile(t)
	o := v.addAsset(sources.Asset{
		ID: v.assetID(
			"tile",
			t.Dashboard+"/"+t.ID,
		), Kind: sources.Tile, Name: chooseName(t.Title, lenientText(firstExplore(t)), t.ID),
		Parent: v.assetID(
			"dashboard",
			t.Dashboard,
		), Scope: v.scopeIfListed(c, t.Dashboard), Upstream: traced.tables, Traced: traced.method,
	}, c)
	o.MissingRef = traced.broken
	o.MissingID = traced.causeID
}

// firstExplore returns the name of the explore of the tile's first query, or "" if it has none.
func firstExplore(t *tile) string {
	if len(t.Queries) == 0 {
		return ""
	}
	return string(t.Queries[0].Explore)
}

// chooseName returns the first word that is not empty, at most 300 bytes.
func chooseName(words ...lenientText) string { return sources.ClipText(string(cmp.Or(words...)), 300) }
