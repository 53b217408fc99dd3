package trace

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources/looker/model"
	"github.com/freshet-status/freshet/sources/sqlrefs"
)

// ResolveTables returns the sorted tables that q reads of an explore, as written in LookML: the
// base, and the joins that its fields need. sure is false if q may read more: a table defined by
// SQL or a template, a field of an unknown view, or a join that its fields do not need. Such a
// join may be read for a filter expression, a custom field, a field whose SQL refers to another
// view, sql_always_where or an access filter; Looker shows most of these only in the SQL of q.
func ResolveTables(e *model.Explore, q model.Query) (all []string, sure bool) {
	used := requiredViews(e, q)
	all, sure = resolveViews(e, q, used)
	for _, j := range e.Joins {
		sure = sure && used[string(j.Name)]
	}
	return all, sure
}

// resolveViews returns the sorted tables of the base of an explore and of its joins that are used.
// resolved is false if one of them has no table in LookML, or if the explore does not have a used
// view.
func resolveViews(e *model.Explore, q model.Query, used map[string]bool) (all []string, resolved bool) {
	resolved = true
	add := func(table model.Text) {
		found := sqlrefs.FindRelations("select * from " + string(table))
		if len(found) == 0 || strings.ContainsAny(string(table), "{%") {
			resolved = false
			return
		}
		all = append(all, found...)
	}
	add(e.Table)
	for _, j := range e.Joins {
		if used[string(j.Name)] {
			add(j.Table)
		}
	}
	for view := range used {
		resolved = resolved && hasView(e, view, q)
	}
	slices.Sort(all)
	return slices.Compact(all), resolved
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
