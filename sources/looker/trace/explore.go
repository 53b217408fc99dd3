package trace

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// ResolveTables returns the sorted tables that q reads of an explore, as written in LookML:
// the base, and the joins that its fields need. sure is false if q may read more: a table
// defined by SQL or a template, a field of an unknown view, or a query that is not known in
// full.
func ResolveTables(e *model.Explore, q model.Query) (all []string, sure bool) {
	sure = !q.Partial || len(e.Joins) == 0
	add := func(table model.Text) {
		found := sqlrefs.FindRelations("select * from " + string(table))
		if len(found) == 0 || strings.ContainsAny(string(table), "{%") {
			sure = false
			return
		}
		all = append(all, found...)
	}
	add(e.Table)
	used := requiredViews(e, q)
	for _, base := range []model.Text{e.Name, e.BaseView, q.Explore} {
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

// hasView reports whether view is the base view or a joined view of an explore. q is a query of the
// explore, whose name for it counts too.
func hasView(e *model.Explore, view string, q model.Query) bool {
	return view == string(e.Name) || view == string(e.BaseView) || view == string(q.Explore) ||
		slices.ContainsFunc(e.Joins, func(j model.Join) bool { return view == string(j.Name) })
}

// requiredViews returns the views whose fields q uses, the views that the explore always joins,
// and those that their joins require.
func requiredViews(e *model.Explore, q model.Query) map[string]bool {
	required := make(map[string]bool)
	todo := append(queryViews(q), e.AlwaysJoin...)
	for len(todo) > 0 {
		view := todo[0]
		todo = todo[1:]
		if required[view] {
			continue
		}
		required[view] = true
		for _, j := range e.Joins {
			if string(j.Name) == view {
				todo = append(todo, j.RequiredJoins...)
				todo = append(todo, fieldViews(j.DependentFields)...)
			}
		}
	}
	return required
}

// queryViews returns the views whose fields q names in fields, filters, pivots, sorts and the
// base of its dynamic fields. Views may repeat.
func queryViews(q model.Query) []string {
	all := slices.Concat(fieldViews(q.Fields), fieldViews(q.Pivots), fieldViews(q.Sorts))
	var filters map[string]any
	_ = json.Unmarshal(q.Filters, &filters)
	for field := range filters {
		all = append(all, fieldViews([]string{field})...)
	}
	var dynamic []struct {
		Based string `json:"based_on"`
	}
	_ = json.Unmarshal([]byte(q.Dynamic), &dynamic)
	for _, f := range dynamic {
		all = append(all, fieldViews([]string{f.Based})...)
	}
	return all
}

// fieldViews returns the view of each field, which is the part before the first dot. Fields
// without a dot are skipped.
func fieldViews(fields []string) (all []string) {
	for _, f := range fields {
		if view, _, ok := strings.Cut(f, "."); ok {
			all = append(all, view)
		}
	}
	return all
}
