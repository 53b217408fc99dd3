package looker

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/model"
)

// An assetBuilder turns what a visit fetched into observations.
type assetBuilder struct{ *visit }

// addObservations adds an observation for each folder, dashboard, tile and derived table, and a
// scope for each complete listing. If Looker lists no folder for LookML dashboards, it adds
// one.
func (v *assetBuilder) addObservations(c *catalogue) {
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
	for _, connection := range v.tracer.IncompleteConnections() {
		v.addNote("table names without a database: set connections in [[source]], such as %q = \"DATABASE.SCHEMA\"", connection)
	}
	v.reportRemoved(c)
	for id, at := range c.TilesListedAt {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: v.scopeName(id), CheckedAt: at})
	}
}

// scopeIfListed returns the scope of a dashboard and its tiles, or "" if its tiles are not
// known to be listed completely.
func (v *assetBuilder) scopeIfListed(c *catalogue, dashboard model.Text) sources.ScopeName {
	if _, whole := c.TilesListedAt[dashboard]; !whole && c.Incomplete {
		return ""
	}
	return v.scopeName(dashboard)
}

// scopeName returns the name of the scope of one dashboard and its tiles. Each dashboard has
// its own scope, because a shorter list of dashboards does not prove a removal.
func (v *assetBuilder) scopeName(dashboard model.Text) sources.ScopeName {
	return sources.NewScopeName("tiles", v.setting.Name+"/"+string(dashboard))
}

// breakFolderCycles clears the parent of folders that contain themselves, directly or through
// others.
func breakFolderCycles(all []*folder) {
	by := make(map[model.Text]*folder)
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
func (v *assetBuilder) assetID(kind string, id model.Text) sources.ID {
	return sources.ID(kind + ":" + v.setting.Name + "/" + string(id))
}

// parentFolder returns the asset id of the parent folder, or "" if there is none or a folder is
// its own parent.
func (v *assetBuilder) parentFolder(id, parent model.Text) sources.ID {
	if parent == "" || parent == id {
		return ""
	}
	return v.assetID("folder", parent)
}

// addAsset appends an observation of a, marked as virtual, and returns it. The pointer is valid
// until the next call.
func (v *assetBuilder) addAsset(a sources.Asset, c *catalogue) *sources.Observation {
	a.Virtual = true
	v.answer.Observations = append(v.answer.Observations, sources.Observation{Asset: a})
	return &v.answer.Observations[len(v.answer.Observations)-1]
}

// addDashboard adds an observation of d, with the time it was last opened as its only reading.
func (v *assetBuilder) addDashboard(d *dashboard, c *catalogue) {
	a := sources.Asset{
		ID:          v.assetID("dashboard", d.ID),
		Kind:        sources.Dashboard,
		Name:        chooseName(d.Title, d.ID),
		Description: sources.ClipText(string(d.Description), 4000),
		URL:         v.dashboardURL(d.ID),
		Parent:      v.assetID("folder", cmp.Or(d.Folder.ID, "lookml")),
		Scope:       v.scopeIfListed(c, d.ID),
		Views:       roundViews(int64(d.Views)),
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
		o.Readings = []sources.Reading{{Clock: sources.Queried, At: d.Viewed.Time, CheckedAt: c.FetchedAt}}
	}
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
func (v *assetBuilder) dashboardURL(id model.Text) string {
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
func (v *assetBuilder) addTile(t *model.Tile, c *catalogue) {
	traced := v.tracer.TraceTile(t)
	o := v.addAsset(sources.Asset{
		ID: v.assetID(
			"tile",
			t.Dashboard+"/"+t.ID,
		), Kind: sources.Tile, Name: chooseName(t.Title, model.Text(firstExplore(t)), t.ID),
		Parent: v.assetID(
			"dashboard",
			t.Dashboard,
		), Scope: v.scopeIfListed(c, t.Dashboard), Upstream: traced.Tables, Traced: traced.Method,
	}, c)
	o.MissingRef = traced.Broken
	o.MissingID = traced.CauseID
}

// addDerivedTables adds an observation for each derived table. If its upstream is unknown, its
// build time is recorded as a definition change, because it may be rebuilt daily from old data.
func (v *assetBuilder) addDerivedTables(c *catalogue) {
	scope := sources.NewScopeName("derived", v.setting.Name)
	// Only then is a derived table that no query reads no longer listed.
	if !c.Incomplete && v.tracer.IsSQLComplete(c.Tiles) {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: scope, CheckedAt: c.FetchedAt})
	}
	var unknown []string
	for _, key := range v.tracer.ListDerived(c.Tiles) {
		d := v.cache.EnsureDerived(key)
		_, view, _ := strings.Cut(key, "::")
		o := v.addAsset(
			sources.Asset{
				ID:       v.tracer.DerivedID(key),
				Kind:     sources.Derived,
				Name:     view,
				Scope:    scope,
				Upstream: v.tracer.DerivedUpstreamIDs(key),
			},
			c,
		)
		clock := sources.Built
		o.Virtual = !v.tracer.HasKnownUpstream(key)
		if o.Virtual {
			clock = sources.DDL
			unknown = append(unknown, key)
		}
		if !d.CheckedAt.IsZero() && !d.BuiltAt.IsZero() {
			o.Readings = []sources.Reading{{Clock: clock, At: d.BuiltAt, CheckedAt: d.CheckedAt}}
		}
		if !d.FailedAt.IsZero() {
			o.Attempt = sources.Attempt{At: d.FailedAt, Outcome: sources.Failed, Says: "Looker: " + d.Says}
		}
	}
	if len(unknown) > 0 {
		v.addNote(
			"builds of %s are not used: upstream unknown; set derived in [[source]], "+
				"such as %q = [\"DATABASE.SCHEMA.TABLE\"]",
			abbreviate(unknown),
			unknown[0],
		)
	}
}

// reportRemoved adds an empty scope for each deleted dashboard, and a note on dashboards that
// vanished without being in the trash.
func (v *assetBuilder) reportRemoved(c *catalogue) {
	for _, l := range c.Gone {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: v.scopeName(l.ID), CheckedAt: c.FetchedAt})
	}
	if len(c.Vanished) == 0 {
		return
	}
	var titles []string
	for _, l := range c.Vanished {
		titles = append(titles, string(l.Title))
	}
	v.addNote(
		"%s no longer listed since %s and not in the trash: %s; check the API user's folder access",
		sources.FormatCount(len(titles), "dashboard"),
		c.Vanished[0].Since.Format("2 Jan 2006 15:04 UTC"),
		abbreviate(titles),
	)
}

// firstExplore returns the name of the explore of the tile's first query, or "" if it has none.
func firstExplore(t *model.Tile) string {
	if len(t.Queries) == 0 {
		return ""
	}
	return string(t.Queries[0].Explore)
}

// chooseName returns the first word that is not empty, at most 300 bytes.
func chooseName(words ...model.Text) string { return sources.ClipText(string(cmp.Or(words...)), 300) }

// abbreviate returns the names joined by commas; of more than three names it returns three and
// a count.
func abbreviate(all []string) string {
	if len(all) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:3], ", "), len(all)-3)
	}
	return strings.Join(all, ", ")
}
