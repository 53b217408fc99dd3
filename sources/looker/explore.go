package looker

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources/calls"
	"github.com/freshet-status/freshet/sources/reads"
)

// An explore is what queries are asked of: a base view, and views joined to it.
type explore struct {
	Name       text     `json:"name"`
	View       text     `json:"view_name"` // of the base, if it is called otherwise
	Table      text     `json:"sql_table_name"`
	Connection text     `json:"connection_name"`
	Joins      []join   `json:"joins"`
	Always     []string `json:"always_join"`

	Gone bool      `json:"gone,omitempty"` // it was there, and is not
	Hid  bool      `json:"hid,omitempty"`  // it is not visible to us
	At   time.Time `json:"at"`             // when it was asked for
}

type join struct {
	Name     text     `json:"name"`
	Table    text     `json:"sql_table_name"`
	Fields   []string `json:"dependent_fields"`
	Required []string `json:"required_joins"`
}

const exploreFields = "id,name,view_name,sql_table_name,connection_name,always_join,joins(name,sql_table_name,dependent_fields,required_joins)"

// connection is where the names of an explore are; "" is not known.
func (e *explore) connection() string {
	if e == nil {
		return ""
	}
	return string(e.Connection)
}

// has reports whether a view is one of the explore.
func (e *explore) has(view string, q asked) bool {
	return view == string(e.Name) || view == string(e.View) || view == string(q.Explore) ||
		slices.ContainsFunc(e.Joins, func(j join) bool { return view == string(j.Name) })
}

func (q asked) explore() string { return string(q.Model) + "::" + string(q.Explore) }

// explores asks for what the tiles' queries are asked of, the most viewed first:
// what is not known, and then what is known for longest.
func (v *visit) explores(c *catalogue) {
	wanted := v.byViews(c)
	for _, q := range wanted {
		v.recount(c, q)
	}
	old := slices.Clone(wanted)
	wanted = slices.DeleteFunc(wanted, func(q asked) bool { return v.kept.Explores[q.explore()] != nil })
	old = slices.DeleteFunc(old, func(q asked) bool {
		e := v.kept.Explores[q.explore()]
		return e == nil || v.now.Sub(e.At) < aged
	})
	slices.SortStableFunc(old, func(a, b asked) int { return v.kept.Explores[a.explore()].At.Compare(v.kept.Explores[b.explore()].At) })
	slices.SortStableFunc(wanted, func(a, b asked) int {
		return v.refusedAt("the explore", a.explore()).Compare(v.refusedAt("the explore", b.explore()))
	})
	left := 0
	for _, q := range append(wanted, old...) {
		if v.wait("the explore", q.explore()) {
			continue
		}
		if !v.may(admin) {
			left++
			continue
		}
		v.ask(c, q)
	}
	if left > 0 {
		v.note("%d explores are asked for on the days that come: the month's calls are planned", left)
	}
}

// recount takes from the list of explores whether one is there: one that was,
// and is not listed beside the others of its model, is gone; one that is listed
// again is asked for again.
func (v *visit) recount(c *catalogue, q asked) {
	known := v.kept.Explores[q.explore()]
	if known == nil || known.Hid || !c.Models[string(q.Model)] {
		return
	}
	switch there := c.Explores[q.explore()]; {
	case !there && !known.Gone:
		v.kept.Explores[q.explore()] = &explore{At: c.At, Gone: true}
	case there && known.Gone:
		delete(v.kept.Explores, q.explore())
	}
}

// byViews are one query of each explore, those of the most viewed dashboards
// first.
func (v *visit) byViews(c *catalogue) (all []asked) {
	views := c.views()
	tiles := slices.Clone(c.Tiles)
	slices.SortStableFunc(tiles, func(a, b *tile) int { return int(views[b.Dashboard] - views[a.Dashboard]) })
	met := make(map[string]bool)
	for _, t := range tiles {
		for _, q := range t.Queries {
			if !met[q.explore()] {
				met[q.explore()] = true
				all = append(all, q)
			}
		}
	}
	return all
}

func (v *visit) ask(c *catalogue, q asked) {
	var e explore
	err := v.get("lookml_models/"+url.PathEscape(string(q.Model))+"/explores/"+url.PathEscape(string(q.Explore)), fields(exploreFields), &e)
	e.At = v.now
	known := v.kept.Explores[q.explore()]
	switch status := calls.Status(err); {
	case status == http.StatusNotFound && known != nil && !known.Hid && c.Models[string(q.Model)]:
		e = explore{At: v.now, Gone: true}
	case status == http.StatusNotFound || status == http.StatusForbidden:
		e = explore{At: v.now, Hid: true}
	case err != nil:
		v.refuse("the explore", q.explore(), err)
		return
	}
	v.kept.Explores[q.explore()] = &e
}

// tables are the relations that a query reads of an explore, as SQL writes them:
// the base, and the joins that its fields need. sure is false where there may be
// more: a table that is made by SQL, a template, a field of no view that there
// is, or a query of which not all is known.
func (e *explore) tables(q asked) (all []string, sure bool) {
	sure = !q.Partial || len(e.Joins) == 0
	add := func(table text) {
		found := reads.Of("select * from " + string(table))
		if len(found) == 0 || strings.ContainsAny(string(table), "{%") {
			sure = false
			return
		}
		all = append(all, found...)
	}
	add(e.Table)
	used := e.used(q)
	for _, base := range []text{e.Name, e.View, q.Explore} {
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

// used are the views of which a query needs fields, and those that they need.
func (e *explore) used(q asked) map[string]bool {
	used := make(map[string]bool)
	todo := append(views(q), e.Always...)
	for len(todo) > 0 {
		view := todo[0]
		if todo = todo[1:]; used[view] {
			continue
		}
		used[view] = true
		for _, j := range e.Joins {
			if string(j.Name) == view {
				todo = append(todo, j.Required...)
				todo = append(todo, prefixes(j.Fields)...)
			}
		}
	}
	return used
}

// views are those whose fields a query names: in fields, filters, pivots, sorts
// and what fields of its own are based on.
func views(q asked) []string {
	all := slices.Concat(prefixes(q.Fields), prefixes(q.Pivots), prefixes(q.Sorts))
	var filters map[string]any
	_ = json.Unmarshal(q.Filters, &filters)
	for field := range filters {
		all = append(all, prefixes([]string{field})...)
	}
	var own []struct {
		Based string `json:"based_on"`
	}
	_ = json.Unmarshal([]byte(q.Dynamic), &own)
	for _, f := range own {
		all = append(all, prefixes([]string{f.Based})...)
	}
	return all
}

// prefixes are the views of fields: what stands before the dot.
func prefixes(fields []string) (all []string) {
	for _, f := range fields {
		if view, _, ok := strings.Cut(f, "."); ok {
			all = append(all, view)
		}
	}
	return all
}
