package looker

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A lost is a dashboard that was listed, and is not any more though nothing tells
// that it was deleted.
type lost struct {
	ID    text      `json:"id"`
	Title text      `json:"title"`
	Since time.Time `json:"since"` // the first list without it
}

// bygone settles which of the dashboards that were listed before are gone: those
// in the trash, and those that were moved to a folder that does not count. Of the
// rest we lost sight. It costs a call where some went, and where nothing is kept
// of the lists before.
func (v *visit) bygone(c, old *catalogue, hidden []*dashboard) {
	went := missing(c, old)
	if old != nil {
		c.remember(old.Gone)
	}
	if old != nil && len(went) == 0 {
		return
	}
	gone := make(map[text]bool)
	for _, d := range hidden {
		gone[d.ID] = true
	}
	models := make(map[string]bool) // of which some dashboard is listed
	for _, d := range c.Dashboards {
		model, _, lookml := strings.Cut(string(d.ID), "::")
		models[model] = models[model] || lookml
	}
	for _, l := range went {
		if model, _, lookml := strings.Cut(string(l.ID), "::"); lookml && models[model] {
			gone[l.ID] = true // LookML has no trash
		}
	}
	if slices.ContainsFunc(went, func(l lost) bool { return !gone[l.ID] }) || old == nil {
		for _, id := range v.trash(old == nil) {
			gone[id] = true
		}
	}
	here, known := c.here(), make(map[text]bool)
	for _, l := range went {
		known[l.ID] = true
	}
	for id := range gone {
		if !here[id] && (old == nil || known[id]) {
			c.Gone = append(c.Gone, lost{ID: id, Since: c.At})
		}
	}
	slices.SortFunc(c.Gone, func(a, b lost) int { return cmp.Compare(a.ID, b.ID) })
	c.Lost = slices.DeleteFunc(went, func(l lost) bool { return gone[l.ID] })
}

// remember tells for a week of what is gone: a history may have missed it once.
func (c *catalogue) remember(gone []lost) {
	here := c.here()
	for _, l := range gone {
		if c.At.Sub(l.Since) < aged && !here[l.ID] {
			c.Gone = append(c.Gone, l)
		}
	}
}

// here are the dashboards that are listed.
func (c *catalogue) here() map[text]bool {
	all := make(map[text]bool)
	for _, d := range c.Dashboards {
		all[d.ID] = true
	}
	return all
}

// missing are the dashboards of the lists before that are not listed now.
func missing(c, old *catalogue) (went []lost) {
	if old == nil {
		return nil
	}
	here := c.here()
	for _, l := range old.Lost {
		if !here[l.ID] {
			went = append(went, l)
		}
	}
	for _, d := range old.Dashboards {
		if !here[d.ID] {
			went = append(went, lost{d.ID, cmp.Or(d.Title, d.ID), c.At})
		}
	}
	return went
}

// trash lists the dashboards that were deleted; where nothing is kept of the lists
// before, those of the last ninety days.
func (v *visit) trash(lately bool) (ids []text) {
	if !v.may(admin) {
		return nil
	}
	var all []*struct {
		ID text  `json:"id"`
		At stamp `json:"deleted_at"`
	}
	q := fields("id,deleted_at")
	q.Set("deleted", "true")
	if err := v.get("dashboards/search", q, &all); err != nil {
		v.note("which dashboards were deleted is not known: %s", sources.OneLine(err))
		return nil
	}
	for _, d := range there(all) {
		if !lately || v.now.Sub(d.At.Time) < 90*24*time.Hour {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// mourn tells of what is gone, by a complete look that does not list it, and of
// what we lost sight.
func (v *visit) mourn(c *catalogue) {
	for _, l := range c.Gone {
		v.answer.Scopes = append(v.answer.Scopes, sources.Scope{Name: v.scope(l.ID), Look: c.At})
	}
	if len(c.Lost) == 0 {
		return
	}
	var titles []string
	for _, l := range c.Lost {
		titles = append(titles, string(l.Title))
	}
	v.note("lost sight of %s since %s, and the trash does not have them: %s. Was the right to see them taken away?", sources.Count(len(titles), "dashboard"), c.Lost[0].Since.Format("2006-01-02"), named(titles))
}
