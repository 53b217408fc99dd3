package freshness

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/generator/lineage"
)

// FindNodes returns the assets that query names exactly, by id, name, alias, tag or URL. If
// there are none, it returns those with a name that ends in query as a part of its own, else
// those with a name that contains it. It ignores case; the order is by id.
func (r *Report) FindNodes(query string) (found []*Node) {
	query = strings.ToLower(strings.TrimSpace(query))
	if at := r.CanonicalLink(query); at != "" {
		query = at
	}
	rank := make(map[*Node]int)
	for _, n := range r.Nodes {
		for _, name := range r.names(n) {
			switch {
			case name == query && !r.isParentMatch(n, query):
				rank[n] = max(rank[n], 3)
			case strings.HasSuffix(name, "."+query) || strings.HasSuffix(name, "/"+query):
				rank[n] = max(rank[n], 2)
			case query != "" && strings.Contains(name, query) && !r.isParentMatch(n, query):
				rank[n] = max(rank[n], 1)
			}
		}
		if rank[n] > 0 {
			found = append(found, n)
		}
	}
	slices.SortStableFunc(found, func(a, b *Node) int { return rank[b] - rank[a] })
	for i, n := range found {
		if rank[n] != rank[found[0]] {
			return found[:i]
		}
	}
	return found
}

// names returns, in lower case, everything that a query may name of n.
func (r *Report) names(n *Node) []string {
	url := strings.ToLower(n.URL)
	return append(n.SearchTerms(), url, r.CanonicalLink(url), strings.ToLower(n.ID.Place()))
}

// isParentMatch reports whether query matches only the owner of n, or a dashboard or folder
// that shows it, and nothing of n itself.
func (r *Report) isParentMatch(n *Node, query string) bool {
	own := slices.Concat([]string{string(n.ID), n.Name, n.URL, r.CanonicalLink(n.URL), n.ID.Place()}, n.Aliases, n.Tags)
	return !slices.ContainsFunc(own, func(s string) bool { return strings.Contains(strings.ToLower(s), query) })
}

// FindCause returns the cause with an id or, if it is not an asset, with a name; nil if there
// is none. It ignores case.
func (r *Report) FindCause(query string) *Cause {
	query = strings.ToLower(strings.TrimSpace(query))
	for _, c := range r.Causes {
		id := strings.ToLower(string(c.ID))
		if id == query || c.Node == nil && (strings.ToLower(c.Label()) == query || strings.ToLower(c.ID.Place()) == query) {
			return c
		}
	}
	return nil
}

// maxSuggestions is the number of names that SuggestNames returns at most.
const maxSuggestions = 3

// SuggestNames returns up to three names or ids of assets that resemble query, the nearest
// first. At most one letter may differ, and one more for every five
// letters of query.
func (r *Report) SuggestNames(query string) (names []string) {
	query = strings.ToLower(strings.TrimSpace(query))
	distances := make(map[string]int)
	for _, n := range r.Nodes {
		for _, name := range []string{n.Name, n.ID.Place(), string(n.ID)} {
			lower := strings.ToLower(name)
			last := lower[strings.LastIndexAny(lower, "./")+1:]
			if d := min(lineage.EditDistance(query, lower), lineage.EditDistance(query, last)); d <= 1+len(query)/5 {
				distances[name] = d
			}
		}
	}
	for name := range distances {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(distances[a]-distances[b], len(a)-len(b), cmp.Compare(a, b)) })
	return names[:min(len(names), maxSuggestions)]
}
