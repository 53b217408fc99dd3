package freshness

import (
	"maps"
	"slices"

	"github.com/freshet-status/freshet/sources"
)

// An Owner holds the root causes, dashboards and tables of one owner.
type Owner struct {
	Name       string
	Causes     []*Cause // in the order of the report
	Dashboards []*Node  // by name
	Tables     []*Node  // by id: everything but dashboards, folders and tiles
}

// Owners returns every owner of an asset or a cause, sorted by name. An owner of nothing but
// folders has empty lists.
func (r *Report) Owners() (all []*Owner) {
	owners := make(map[string]*Owner)
	ensureOwner := func(name string) *Owner {
		if owners[name] == nil {
			owners[name] = &Owner{Name: name}
		}
		return owners[name]
	}
	for _, n := range r.Nodes {
		switch {
		case n.Owner == "" || n.Kind == sources.Tile:
		case n.Kind == sources.Folder:
			ensureOwner(n.Owner) // the page of the folder links to its owner
		case n.Kind == sources.Dashboard:
			ensureOwner(n.Owner).Dashboards = append(ensureOwner(n.Owner).Dashboards, n)
		default:
			ensureOwner(n.Owner).Tables = append(ensureOwner(n.Owner).Tables, n)
		}
	}
	for _, c := range r.Causes {
		if c.Owner != "" {
			ensureOwner(c.Owner).Causes = append(ensureOwner(c.Owner).Causes, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		slices.SortFunc(owners[name].Dashboards, byName)
		all = append(all, owners[name])
	}
	return all
}

// AttentionCount returns the number of the owner's causes that need attention.
func (o *Owner) AttentionCount() (n int) {
	for _, c := range o.Causes {
		n += boolToInt(c.Attention)
	}
	return n
}

// UnownedCount returns the number of causes that need attention and have no owner.
func (r *Report) UnownedCount() (n int) {
	for _, c := range r.Causes {
		n += boolToInt(c.Attention && c.Owner == "")
	}
	return n
}
