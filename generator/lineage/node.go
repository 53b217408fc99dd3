package lineage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/freshet-status/freshet/sources"
)

// A Node is one asset with everything that its sources recorded of it.
type Node struct {
	sources.Asset
	// Sources names the sources that ever listed it, those that still do first.
	Sources []string
	// Tracks holds what each source recorded of it, in the order of Sources.
	Tracks    []*sources.Track
	Container *Node // the dashboard or folder that shows it, nil if none does
	WasListed bool  // some source lists it or did before
	// InWarehouse says that a warehouse lists it or did before.
	InWarehouse bool
	isDefined   bool // some source lists it as more than a dbt source
}

// newNode returns a node without sources. Its kind is the prefix of the id.
func newNode(id sources.ID) *Node {
	return &Node{Asset: sources.Asset{ID: id, Kind: sources.Kind(id.Kind())}}
}

// mergeTracks sets the asset, the sources and the flags of n from its tracks. Sources that
// still list n come before those that no longer do, and those that build it before those that
// only declare it as a dbt source.
func (n *Node) mergeTracks() {
	slices.SortStableFunc(n.Tracks, func(a, b *sources.Track) int {
		return cmp.Or(
			compareBools(b.IsListed(), a.IsListed()),
			compareBools(a.Asset.Kind == sources.DBTSource, b.Asset.Kind == sources.DBTSource),
		)
	})
	for i, t := range n.Tracks {
		if i == 0 {
			n.Asset = t.Asset
		} else if t.IsListed() {
			n.Asset.MergeFrom(t.Asset)
		}
		n.WasListed = true
		n.isDefined = n.isDefined || t.Asset.Kind != sources.DBTSource
		n.InWarehouse = n.InWarehouse || isWarehouseTrack(t)
		n.Sources = append(n.Sources, t.Source)
	}
	n.Name = cmp.Or(n.Name, n.ID.Place())
}

// isWarehouseTrack reports whether a warehouse recorded t: only warehouses list schemas.
func isWarehouseTrack(t *sources.Track) bool { return t.Asset.Scope.Kind() == sources.SchemaScope }

// isDeclaredTrack reports whether a source that is no warehouse recorded t.
func isDeclaredTrack(t *sources.Track) bool { return !isWarehouseTrack(t) }

// compareBools orders false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// Label returns the name that people use: the place of a relation, such as RAW.ERP.GL, and the
// name of everything else.
func (n *Node) Label() string {
	if n.ID.IsTable() {
		return n.ID.Place()
	}
	return cmp.Or(n.Name, n.ID.Place())
}

// SearchTerms returns, in lower case, what rules and searches may match of n: its id, name,
// aliases, tags, the owner that its sources name, and the ids and names of the dashboard and
// folders that show it.
func (n *Node) SearchTerms() []string {
	terms := slices.Concat([]string{string(n.ID), n.Name}, n.Aliases, n.Tags)
	if n.Asset.Owner != "" {
		terms = append(terms, n.Asset.Owner)
	}
	for shown := n.Container; shown != nil; shown = shown.Container {
		terms = append(terms, string(shown.ID), shown.Name)
	}
	for i, w := range terms {
		terms[i] = strings.ToLower(w)
	}
	return terms
}

// Matches reports whether a glob matches one of the search terms of n. Case does not matter.
func (n *Node) Matches(pattern string) bool { return MatchesAny(pattern, n.SearchTerms()) }

// MatchesAny reports whether a glob matches one of terms, which are in lower case. A star
// crosses dots, not slashes.
func MatchesAny(pattern string, terms []string) bool {
	pattern = strings.ToLower(pattern)
	return slices.ContainsFunc(terms, func(term string) bool {
		ok, _ := doublestar.Match(pattern, term)
		return ok
	})
}

// IsListedNow reports whether some source still lists n.
func (n *Node) IsListedNow() bool {
	return slices.ContainsFunc(n.Tracks, (*sources.Track).IsListed)
}

// WasListedBy reports whether some source listed n at moment or before.
func (n *Node) WasListedBy(moment time.Time) bool {
	return slices.ContainsFunc(n.Tracks, func(t *sources.Track) bool {
		return len(t.Listings) > 0 && !t.Listings[0].Came.After(moment)
	})
}

// WasListedOnlyAfter reports whether n was listed, and by every source only after moment (Unix
// seconds).
func (n *Node) WasListedOnlyAfter(moment int64) bool {
	for _, t := range n.Tracks {
		if len(t.Listings) > 0 && t.Listings[0].Came.Unix() <= moment {
			return false
		}
	}
	return n.WasListed
}

// GoneSince reports whether, at moment, no source that decides lists n any more, and returns
// when the last of them found it missing.
func (n *Node) GoneSince(moment time.Time) (went time.Time, gone bool) {
	for _, t := range n.Tracks {
		if !n.isDecidedBy(t) {
			continue
		}
		listed, left := listingAt(t, moment)
		if listed {
			return time.Time{}, false
		}
		if left.After(went) {
			went = left
		}
	}
	return went, !went.IsZero()
}

// isDecidedBy reports whether the listings of t decide whether n exists. If a warehouse ever
// listed n, only warehouses do. A dbt source only declares what something else builds: it
// decides only if n was never listed as anything else.
func (n *Node) isDecidedBy(t *sources.Track) bool {
	switch {
	case n.InWarehouse:
		return isWarehouseTrack(t)
	case n.isDefined:
		return t.Asset.Kind != sources.DBTSource
	default:
		return true
	}
}

// LastLister returns the name of the source that no longer lists n, of those that decide
// whether n exists; "" if there is none.
func (n *Node) LastLister() string {
	for _, t := range n.Tracks {
		if !t.IsListed() && n.isDecidedBy(t) {
			return t.Source
		}
	}
	return ""
}

// listingAt reports whether t listed its asset at moment; if not, left is when t last stopped
// listing it.
func listingAt(t *sources.Track, moment time.Time) (listed bool, left time.Time) {
	for _, s := range t.Listings {
		if s.Came.After(moment) {
			break
		}
		if s.Went.IsZero() || s.Went.After(moment) {
			return true, time.Time{}
		}
		left = s.Went
	}
	return false, left
}

// MissingRefAt returns what n refers to that did not exist at moment, by its sources; the zero
// value if there is nothing.
func (n *Node) MissingRefAt(moment time.Time) (missing sources.MissingRef) {
	for _, t := range n.Tracks {
		latest := sources.MissingRef{}
		for _, ref := range t.MissingRefs {
			if !ref.At.After(moment) {
				latest = ref
			}
		}
		if latest.Says != "" {
			missing = latest
		}
	}
	return missing
}
