package sources

import (
	"cmp"
	"slices"
	"strings"
)

// An ID names an asset for as long as the asset lives. It survives renames,
// and it is the same whoever saw the asset. It reads "kind:place", such as
// "table:RAW.ERP.GL", "tile:looker/42/123" or "folder:looker/7".
type ID string

// Place is the id without its kind.
func (id ID) Place() string {
	_, place, _ := strings.Cut(string(id), ":")
	return place
}

// A Kind is the sort of thing an asset is: dbt's word where dbt knows the
// asset, else the warehouse's.
type Kind string

// The kinds of assets, from the data upstream to the page that people open.
const (
	Table     Kind = "table"
	View      Kind = "view"
	DBTSource Kind = "source"
	Seed      Kind = "seed"
	Snapshot  Kind = "snapshot"
	Model     Kind = "model"
	Exposure  Kind = "exposure"
	Tile      Kind = "tile"
	Dashboard Kind = "dashboard"
	Folder    Kind = "folder"
	Explore   Kind = "explore"       // what tiles are asked of, where nothing tells what it reads
	Derived   Kind = "derived table" // that a dashboard tool builds for itself, under changing names
	Job       Kind = "job"           // what builds assets: nobody reads it, and it can fail
)

// Shows reports whether assets of kind k show others and are nothing beside.
func (k Kind) Shows() bool { return k == Dashboard || k == Folder }

// ofDBT reports whether k is a word of dbt for a relation.
func (k Kind) ofDBT() bool {
	return k == DBTSource || k == Seed || k == Snapshot || k == Model
}

// Relation reports whether assets of kind k are relations of a warehouse, or
// stand in for one.
func (k Kind) Relation() bool {
	return !k.Shows() && k != Tile && k != Exposure && k != Job && k != Explore
}

// An Asset is a thing whose freshness matters to somebody. It holds what
// changes seldom; what changes with each look is an [Observation].
type Asset struct {
	ID           ID       `json:"id"`
	Kind         Kind     `json:"kind"`
	Materialized string   `json:"materialized,omitempty"` // dbt's config.materialized; "" is not known
	Name         string   `json:"name"`                   // as people know it today
	Virtual      bool     `json:"virtual,omitempty"`      // it holds no data of its own: a view, a tile
	Scope        string   `json:"scope,omitempty"`        // the [Scope] whose complete look must list it; "" is none
	Aliases      []string `json:"aliases,omitempty"`      // what else it is called, such as dbt's unique ids; sorted
	Tags         []string `json:"tags,omitempty"`         // words that rules may match; sorted
	Owner        string   `json:"owner,omitempty"`        // as the source tells it: dbt's group, meta.owner, exposure owner
	OwnerBy      Owning   `json:"owner_by,omitempty"`     // which word of the source that is
	Description  string   `json:"description,omitempty"`  // Markdown
	URL          string   `json:"url,omitempty"`          // where to open it
	Parent       ID       `json:"parent,omitempty"`       // the asset that shows it: a tile's dashboard
	Upstream     []ID     `json:"upstream,omitempty"`     // the assets that its data comes from; sorted
	Job          ID       `json:"job,omitempty"`          // of the kind [Job], that built it last; "" is not known
	Views        int64    `json:"views,omitempty"`        // how often it was opened, to two digits; 0 is not known
	Traced       string   `json:"traced,omitempty"`       // how the upstream of a tile is known: "sql", "explore", "exposure"
	Private      bool     `json:"private,omitempty"`      // dbt lets nothing outside of its group refer to it

	// WarnAfter and ErrorAfter are dbt's limits of age, in seconds, of
	// freshness.warn_after and error_after; zero is nothing said.
	WarnAfter  int64 `json:"warn_after,omitempty"`
	ErrorAfter int64 `json:"error_after,omitempty"`
}

// Owning is by which of its words a source tells who owns an asset.
type Owning string

// The words for an owner, the first one counts.
const (
	ByGroup    Owning = "dbt group"
	ByMeta     Owning = "meta.owner of dbt"
	ByExposure Owning = "exposure of dbt"
	ByLooker   Owning = "owner in Looker"
)

var owning = []Owning{ByGroup, ByMeta, ByExposure, ByLooker}

// before reports whether a counts more than b; what no word tells counts least.
func (a Owning) before(b Owning) bool {
	i, j := slices.Index(owning, a), slices.Index(owning, b)
	return i >= 0 && (j < 0 || i < j)
}

// Merge adds to a what another source, or another part of the same source,
// says of the same asset. A warehouse's word for the kind gives way to dbt's;
// of two limits the stricter one counts, and for the rest the first word stands.
func (a *Asset) Merge(b Asset) {
	if !a.Kind.ofDBT() && b.Kind.ofDBT() {
		a.Kind, a.Name = b.Kind, b.Name
	}
	a.Virtual = a.Virtual || b.Virtual
	a.Private = a.Private || b.Private
	a.Materialized = cmp.Or(a.Materialized, b.Materialized)
	a.Scope, a.Traced, a.Job = cmp.Or(a.Scope, b.Scope), cmp.Or(a.Traced, b.Traced), cmp.Or(a.Job, b.Job)
	if b.Owner != "" && (a.Owner == "" || b.OwnerBy.before(a.OwnerBy)) {
		a.Owner, a.OwnerBy = b.Owner, b.OwnerBy
	}
	a.URL = cmp.Or(a.URL, b.URL)
	a.Description, a.Parent = cmp.Or(a.Description, b.Description), cmp.Or(a.Parent, b.Parent)
	a.Aliases = union(a.Aliases, b.Aliases)
	a.Tags = union(a.Tags, b.Tags)
	a.Upstream = union(a.Upstream, b.Upstream)
	a.WarnAfter, a.ErrorAfter = stricter(a.WarnAfter, b.WarnAfter), stricter(a.ErrorAfter, b.ErrorAfter)
}

// stricter is the lower of two limits, where both are said.
func stricter(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// union returns what is in either list, sorted.
func union[T ~string](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
