package freshness

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A Known is a relation as a project of dbt names it.
type Known struct {
	Unique  string // dbt's unique id, such as "model.shop.orders.v2"
	Kind    string // "model", "snapshot", "seed" or "source"
	Package string
	Name    string // of a source: that of its table
	Source  string // of a source: the name that its tables share; else ""
	Version string // of a model; "" is none
	Private bool   // dbt lets no exposure refer to it
}

// refers are the kinds of nodes of dbt that an exposure may refer to. Where one
// project both builds a relation and declares it as a source, what builds it
// counts.
var refers = []string{"model", "snapshot", "seed", "source"}

// Projects are the projects of dbt that are there, sorted.
func (r *Report) Projects() (all []string) {
	for _, n := range r.Nodes {
		for _, t := range n.tracks {
			if name, ours := strings.CutPrefix(t.Asset.Scope, "project:"); ours && t.There() {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// in returns what a relation is in a project of dbt, or in a package that it
// uses; what dbt does not list any more is nothing there. Other projects have
// other words for it.
func (n *Node) in(project string, projects []string) (best Known, ok bool) {
	for _, t := range n.tracks {
		if !t.There() {
			continue
		}
		for _, alias := range t.Asset.Aliases {
			k, of := parseKnown(alias, t.Asset)
			if !of || k.Package != project && (t.Asset.Scope != "project:"+project || slices.Contains(projects, k.Package)) {
				continue
			}
			if !ok || k.compare(best) < 0 {
				best, ok = k, true
			}
		}
	}
	return best, ok
}

func (k Known) compare(b Known) int {
	return cmp.Or(slices.Index(refers, k.Kind)-slices.Index(refers, b.Kind), cmp.Compare(k.Unique, b.Unique))
}

// parseKnown takes a unique id of dbt apart.
func parseKnown(unique string, a sources.Asset) (k Known, ok bool) {
	parts := strings.SplitN(unique, ".", 3)
	if len(parts) < 3 || !slices.Contains(refers, parts[0]) {
		return k, false
	}
	k = Known{Unique: unique, Kind: parts[0], Package: parts[1], Name: parts[2], Private: a.Private && parts[0] == "model"}
	switch {
	case k.Kind == "source":
		k.Source, k.Name, ok = strings.Cut(k.Name, ".")
		return k, ok
	case k.Kind == "model" && strings.HasPrefix(k.Name, a.Name+".v"):
		k.Name, k.Version = a.Name, k.Name[len(a.Name+".v"):]
	}
	return k, true
}

// InDBT reports whether some project of dbt knows a relation.
func (n *Node) InDBT() bool {
	for _, t := range n.tracks {
		for _, alias := range t.Asset.Aliases {
			if _, ok := parseKnown(alias, t.Asset); ok && t.There() {
				return true
			}
		}
	}
	return false
}
