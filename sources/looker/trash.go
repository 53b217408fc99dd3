package looker

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/looker/quota"
)

// A missingDashboard is a dashboard of an earlier catalogue that is no longer listed.
type missingDashboard struct {
	ID    model.Text `json:"id"`
	Title model.Text `json:"title"`
	Since time.Time  `json:"since"` // when the first list without it was fetched
}

// findRemoved sets c.Gone and c.Vanished. A dashboard that is no longer listed is gone if it is
// in the trash, is now in a personal folder (hidden), or is a LookML dashboard whose model
// still has others. The rest has vanished. The trash is fetched only if some dashboard needs it
// or old is nil.
func (v *lister) findRemoved(c, old *catalogue, hidden []*dashboard) {
	absent := findMissing(c, old)
	if old != nil {
		c.keepRemoved(old.Gone)
	}
	if old != nil && len(absent) == 0 {
		return
	}
	gone := make(map[model.Text]bool)
	for _, d := range hidden {
		gone[d.ID] = true
	}
	models := make(map[string]bool) // models with a listed LookML dashboard
	for _, d := range c.Dashboards {
		model, _, lookml := strings.Cut(string(d.ID), "::")
		models[model] = models[model] || lookml
	}
	for _, l := range absent {
		if model, _, lookml := strings.Cut(string(l.ID), "::"); lookml && models[model] {
			gone[l.ID] = true // LookML dashboards have no trash
		}
	}
	if slices.ContainsFunc(absent, func(l missingDashboard) bool { return !gone[l.ID] }) || old == nil {
		for _, id := range v.fetchTrash(old == nil) {
			gone[id] = true
		}
	}
	listed := c.dashboardIDs()
	known := make(map[model.Text]bool)
	for _, l := range absent {
		known[l.ID] = true
	}
	for id := range gone {
		if !listed[id] && (old == nil || known[id]) {
			c.Gone = append(c.Gone, missingDashboard{ID: id, Since: c.FetchedAt})
		}
	}
	slices.SortFunc(c.Gone, func(a, b missingDashboard) int { return cmp.Compare(a.ID, b.ID) })
	c.Vanished = slices.DeleteFunc(absent, func(l missingDashboard) bool { return gone[l.ID] })
}

// keepRemoved copies removals of the last week that are still not listed to c.Gone, in case the
// history missed a visit.
func (c *catalogue) keepRemoved(gone []missingDashboard) {
	listed := c.dashboardIDs()
	for _, l := range gone {
		if c.FetchedAt.Sub(l.Since) < maxCacheAge && !listed[l.ID] {
			c.Gone = append(c.Gone, l)
		}
	}
}

// dashboardIDs returns the ids of the listed dashboards.
func (c *catalogue) dashboardIDs() map[model.Text]bool {
	all := make(map[model.Text]bool)
	for _, d := range c.Dashboards {
		all[d.ID] = true
	}
	return all
}

// findMissing returns the dashboards that old listed or already had as vanished, and that c
// does not list; nil if old is nil.
func findMissing(c, old *catalogue) (absent []missingDashboard) {
	if old == nil {
		return nil
	}
	listed := c.dashboardIDs()
	for _, l := range old.Vanished {
		if !listed[l.ID] {
			absent = append(absent, l)
		}
	}
	for _, d := range old.Dashboards {
		if !listed[d.ID] {
			absent = append(absent, missingDashboard{ID: d.ID, Title: cmp.Or(d.Title, d.ID), Since: c.FetchedAt})
		}
	}
	return absent
}

// fetchTrash returns the ids of deleted dashboards, from dashboards/search. If lately is true,
// it returns only those deleted within 90 days. It returns nil if the call is not affordable or
// fails.
func (v *lister) fetchTrash(lately bool) (ids []model.Text) {
	if !v.quota.CanSpend(quota.AdminCalls) {
		return nil
	}
	var all []*struct {
		ID model.Text `json:"id"`
		At model.Time `json:"deleted_at"`
	}
	q := selectFields("id,deleted_at")
	q.Set("deleted", "true")
	if err := v.fetchAdmin("dashboards/search", q, &all); err != nil {
		v.addNote("deleted dashboards: could not be read: %s", sources.FormatError(err))
		return nil
	}
	for _, d := range dropNil(all) {
		if !lately || v.quota.Now.Sub(d.At.Time) < 90*24*time.Hour {
			ids = append(ids, d.ID)
		}
	}
	return ids
}
