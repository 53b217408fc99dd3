package freshness

import (
	"maps"
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// An Owner is everything that is of one.
type Owner struct {
	Name       string
	Causes     []*Cause // in the order of the report
	Dashboards []*Node  // by name
	Tables     []*Node  // by id: everything that holds or passes on data
}

// Owners are all of them, by name.
func (r *Report) Owners() (all []*Owner) {
	by := make(map[string]*Owner)
	of := func(name string) *Owner {
		if by[name] == nil {
			by[name] = &Owner{Name: name}
		}
		return by[name]
	}
	for _, n := range r.Nodes {
		switch {
		case n.Owner == "" || n.Kind == sources.Tile:
		case n.Kind == sources.Folder:
			of(n.Owner) // its page leads here
		case n.Kind == sources.Dashboard:
			of(n.Owner).Dashboards = append(of(n.Owner).Dashboards, n)
		default:
			of(n.Owner).Tables = append(of(n.Owner).Tables, n)
		}
	}
	for _, c := range r.Causes {
		if c.Owner != "" {
			of(c.Owner).Causes = append(of(c.Owner).Causes, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		slices.SortFunc(by[name].Dashboards, byName)
		all = append(all, by[name])
	}
	return all
}

// Attention counts the causes of theirs that need it.
func (o *Owner) Attention() (n int) {
	for _, c := range o.Causes {
		n += b2i(c.Attention)
	}
	return n
}

// Unowned counts the causes that need attention and that are nobody's.
func (r *Report) Unowned() (n int) {
	for _, c := range r.Causes {
		n += b2i(c.Attention && c.Owner == "")
	}
	return n
}
