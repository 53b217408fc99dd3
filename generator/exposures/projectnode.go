package exposures

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// A ProjectNode is a relation as a dbt project names it.
type ProjectNode struct {
	UniqueID string // dbt's unique id, such as "model.shop.orders.v2"
	Kind     string // "model", "snapshot", "seed" or "source"
	Package  string
	Name     string // for a source: the name of its table
	Source   string // for a source: the name that its tables share; else ""
	Version  string // for a model with versions; else ""
	Private  bool   // whether the model is private, so that no exposure may refer to it
}

// referableKinds lists the kinds of dbt nodes that an exposure may refer to, the preferred
// first: where a project both builds a relation and declares it as a source, the model counts.
var referableKinds = []string{"model", "snapshot", "seed", "source"}

// Projects returns the names of the dbt projects with listed assets, sorted.
func Projects(r *freshness.Report) (all []string) {
	for _, n := range r.Nodes {
		for _, t := range n.Tracks {
			if t.Asset.Scope.Kind() == sources.ProjectScope && t.IsListed() {
				all = append(all, t.Asset.Scope.Place())
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Names returns the names of the exposures of a dbt project, merged ones among them.
func Names(r *freshness.Report, project string) map[string]bool {
	names := make(map[string]bool)
	for _, n := range r.Nodes {
		for _, alias := range n.Aliases {
			name, ok := strings.CutPrefix(alias, "exposure."+project+".")
			if ok {
				names[name] = true
			}
		}
	}
	return names
}

// findProjectNode returns n as a dbt project knows it, under its own name or that of a package
// that it uses. ok is false if the project does not list n. projects are all dbt projects of
// the report: none of them counts as a package of another.
func findProjectNode(n *freshness.Node, project string, projects []string) (best ProjectNode, ok bool) {
	scope := sources.NewScopeName(sources.ProjectScope, project)
	for _, t := range n.Tracks {
		if !t.IsListed() {
			continue
		}
		for _, alias := range t.Asset.Aliases {
			k, valid := parseUniqueID(alias, t.Asset)
			if !valid || k.Package != project && (t.Asset.Scope != scope || slices.Contains(projects, k.Package)) {
				continue
			}
			if !ok || k.compare(best) < 0 {
				best = k
				ok = true
			}
		}
	}
	return best, ok
}

// compare orders project nodes by kind, as in referableKinds, and then by unique id.
func (k ProjectNode) compare(b ProjectNode) int {
	return cmp.Or(
		slices.Index(referableKinds, k.Kind)-slices.Index(referableKinds, b.Kind),
		cmp.Compare(k.UniqueID, b.UniqueID),
	)
}

// parseUniqueID splits a dbt unique id such as "source.shop.erp.orders". a is the asset that
// has it. ok is false for kinds that an exposure cannot refer to.
func parseUniqueID(unique string, a sources.Asset) (k ProjectNode, ok bool) {
	parts := strings.SplitN(unique, ".", 3)
	if len(parts) < 3 || !slices.Contains(referableKinds, parts[0]) {
		return k, false
	}
	k = ProjectNode{
		UniqueID: unique,
		Kind:     parts[0],
		Package:  parts[1],
		Name:     parts[2],
		Private:  a.Private && parts[0] == "model",
	}
	switch {
	case k.Kind == "source":
		k.Source, k.Name, ok = strings.Cut(k.Name, ".")
		return k, ok
	case k.Kind == "model" && strings.HasPrefix(k.Name, a.Name+".v"):
		k.Name, k.Version = a.Name, k.Name[len(a.Name+".v"):]
	}
	return k, true
}

// IsInDBT reports whether some dbt project lists n as a relation.
func IsInDBT(n *freshness.Node) bool {
	for _, t := range n.Tracks {
		for _, alias := range t.Asset.Aliases {
			if _, ok := parseUniqueID(alias, t.Asset); ok && t.IsListed() {
				return true
			}
		}
	}
	return false
}
