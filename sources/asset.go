package sources

import (
	"cmp"
	"slices"
)

// A Kind is the sort of an asset: dbt's word if dbt knows the asset, otherwise the word of the
// system that lists it. Warehouses add kinds of their own, such as "dynamic table".
type Kind string

// Kinds of assets, from upstream data to the dashboards that people open.
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
	Explore   Kind = "explore"       // Looker explore: known by its ID alone, if tiles refer to one that is missing
	Derived   Kind = "derived table" // table that a dashboard tool builds for itself, under changing names
	Job       Kind = "job"           // job that builds assets: nothing reads it, and it can fail
)

// IsContainer reports whether assets of kind k only group other assets: dashboards and folders.
func (k Kind) IsContainer() bool { return k == Dashboard || k == Folder }

// isDBTRelation reports whether k is dbt's word for a relation: source, seed, snapshot or
// model.
func (k Kind) isDBTRelation() bool {
	return k == DBTSource || k == Seed || k == Snapshot || k == Model
}

// IsRelation reports whether assets of kind k are relations of a warehouse, or represent one.
// It is true for every kind but dashboards, folders, tiles, exposures, jobs and explores, so
// also for kinds that only a warehouse knows.
func (k Kind) IsRelation() bool {
	return !k.IsContainer() && k != Tile && k != Exposure && k != Job && k != Explore
}

// LimitsSetBy names where [Asset.WarnAfter] and [Asset.ErrorAfter] come from, for people.
const LimitsSetBy = "dbt"

// An Asset is anything whose freshness matters: a table, a model, a tile, a dashboard. It holds
// attributes that change seldom; the results of each check are in an [Observation].
type Asset struct {
	ID           ID          `json:"id"`
	Kind         Kind        `json:"kind"`
	Materialized string      `json:"materialized,omitempty"` // dbt's config.materialized; "" if not known
	Name         string      `json:"name"`                   // name or title that people see today
	Virtual      bool        `json:"virtual,omitempty"`      // whether it holds no data of its own: a view, a tile
	Scope        ScopeName   `json:"scope,omitempty"`        // name of the [Scope] whose complete listing must include it; "" if none
	Aliases      []string    `json:"aliases,omitempty"`      // other names, such as dbt's unique ids; sorted
	Tags         []string    `json:"tags,omitempty"`         // tags that rules may match; sorted
	Owner        string      `json:"owner,omitempty"`        // owner that the source names; "" if none
	OwnerOrigin  OwnerOrigin `json:"owner_by,omitempty"`     // attribute of the source that names the owner
	Description  string      `json:"description,omitempty"`  // Markdown
	URL          string      `json:"url,omitempty"`          // page on which people open it
	Parent       ID          `json:"parent,omitempty"`       // asset that contains it: a tile's dashboard, a dashboard's folder
	Upstream     []ID        `json:"upstream,omitempty"`     // assets that it reads; sorted
	Job          ID          `json:"job,omitempty"`          // asset of kind [Job] that built it last; "" if not known
	Views        int64       `json:"views,omitempty"`        // how often people opened it, rounded down to two digits; 0 if not known
	Traced       string      `json:"traced,omitempty"`       // how a tile was traced: "sql", "explore" or "exposure"; "" if it was not
	// NameUnresolved is set if the id has the name as dbt's manifest writes it, because nothing that the
	// source read has the stored name. The id of another table then names the same one, if it is the only
	// one that differs in case alone.
	NameUnresolved bool `json:"name_unresolved,omitempty"`
	Private        bool `json:"private,omitempty"` // whether its access in dbt is private: only its own group may refer to it

	// WarnAfter and ErrorAfter are dbt's age limits freshness.warn_after and freshness.error_after,
	// in seconds; zero if not set.
	WarnAfter  int64 `json:"warn_after,omitempty"`
	ErrorAfter int64 `json:"error_after,omitempty"`
}

// An OwnerOrigin is the attribute of a source that names the owner of an asset.
type OwnerOrigin string

// Origins of an owner. If sources name different owners, the first origin counts.
const (
	OwnerFromDBTGroup    OwnerOrigin = "dbt group"
	OwnerFromDBTMeta     OwnerOrigin = "meta.owner of dbt"
	OwnerFromDBTExposure OwnerOrigin = "exposure of dbt"
	OwnerFromLooker      OwnerOrigin = "owner in Looker"
	OwnerFromCommand     OwnerOrigin = "owner that a command printed"
)

// ownerOrigins holds all origins, the one that counts most first.
var ownerOrigins = []OwnerOrigin{
	OwnerFromDBTGroup,
	OwnerFromDBTMeta,
	OwnerFromDBTExposure,
	OwnerFromLooker,
	OwnerFromCommand,
}

// hasPriorityOver reports whether an owner from a replaces an owner from b. An origin that is
// not in ownerOrigins has the lowest priority.
func (a OwnerOrigin) hasPriorityOver(b OwnerOrigin) bool {
	i := slices.Index(ownerOrigins, a)
	j := slices.Index(ownerOrigins, b)
	return i >= 0 && (j < 0 || i < j)
}

// MergeFrom adds to a what b says about the same asset. dbt's kind and name replace those of a
// warehouse, the owner whose origin has priority wins, the stricter of two limits counts, lists
// are united, and a flag is set if either sets it. Any other attribute is taken from b only if
// a has none; Views is never taken.
func (a *Asset) MergeFrom(b Asset) {
	if !a.Kind.isDBTRelation() && b.Kind.isDBTRelation() {
		a.Kind = b.Kind
		a.Name = b.Name
	}
	a.Virtual = a.Virtual || b.Virtual
	a.Private = a.Private || b.Private
	a.Materialized = cmp.Or(a.Materialized, b.Materialized)
	a.Scope = cmp.Or(a.Scope, b.Scope)
	a.Traced = cmp.Or(a.Traced, b.Traced)
	a.Job = cmp.Or(a.Job, b.Job)
	if b.Owner != "" && (a.Owner == "" || b.OwnerOrigin.hasPriorityOver(a.OwnerOrigin)) {
		a.Owner = b.Owner
		a.OwnerOrigin = b.OwnerOrigin
	}
	a.URL = cmp.Or(a.URL, b.URL)
	a.Description = cmp.Or(a.Description, b.Description)
	a.Parent = cmp.Or(a.Parent, b.Parent)
	a.Aliases = uniteSorted(a.Aliases, b.Aliases)
	a.Tags = uniteSorted(a.Tags, b.Tags)
	a.Upstream = uniteSorted(a.Upstream, b.Upstream)
	a.WarnAfter = stricterLimit(a.WarnAfter, b.WarnAfter)
	a.ErrorAfter = stricterLimit(a.ErrorAfter, b.ErrorAfter)
}

// stricterLimit returns the lower of two limits, where 0 means no limit.
func stricterLimit(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// uniteSorted returns the distinct elements of a and b, sorted, or a itself if b is empty.
func uniteSorted[T ~string](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
