package freshness

import (
	"cmp"
	"slices"
	"strings"
)

// Find returns the asset that a word names, by id, name, alias or URL; else
// those of which it is a part, best first.
func (r *Report) Find(word string) (found []*Node) {
	word = strings.ToLower(strings.TrimSpace(word))
	if at := address(word); at != "" {
		word = at
	}
	rank := make(map[*Node]int)
	for _, n := range r.Nodes {
		for _, name := range append(n.words(), strings.ToLower(n.URL), address(strings.ToLower(n.URL)), strings.ToLower(n.ID.Place())) {
			switch {
			case name == word && !shows(n, word):
				rank[n] = max(rank[n], 3)
			case strings.HasSuffix(name, "."+word) || strings.HasSuffix(name, "/"+word):
				rank[n] = max(rank[n], 2)
			case word != "" && strings.Contains(name, word) && !shows(n, word):
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

// shows reports whether a word is of what shows n, and not of n itself.
func shows(n *Node, word string) bool {
	own := slices.Concat([]string{string(n.ID), n.Name, n.URL, address(n.URL), n.ID.Place()}, n.Aliases, n.Tags)
	return !slices.ContainsFunc(own, func(s string) bool { return strings.Contains(strings.ToLower(s), word) })
}

// FindCause returns the cause that a word names by its id, or by the name of what
// is no asset; nil if none.
func (r *Report) FindCause(word string) *Cause {
	word = strings.ToLower(strings.TrimSpace(word))
	for _, c := range r.Causes {
		id := strings.ToLower(string(c.ID))
		if id == word || c.Node == nil && (strings.ToLower(c.Label()) == word || strings.ToLower(c.ID.Place()) == word) {
			return c
		}
	}
	return nil
}

// Schema is the database and schema of a relation, as ids write them; "" where it is
// none.
func (n *Node) Schema() string {
	if !strings.HasPrefix(string(n.ID), "table:") {
		return ""
	}
	return schemaOf(n.ID)
}

// mostNear is how many names are suggested.
const mostNear = 3

// Near are the names of assets that are nearly a word, the nearest first, by a
// distance in letters.
func (r *Report) Near(word string, distance func(a, b string) int) (names []string) {
	word = strings.ToLower(strings.TrimSpace(word))
	far := make(map[string]int)
	for _, n := range r.Nodes {
		for _, name := range []string{n.Name, n.ID.Place(), string(n.ID)} {
			lower := strings.ToLower(name)
			last := lower[strings.LastIndexAny(lower, "./")+1:]
			if d := min(distance(word, lower), distance(word, last)); d <= 1+len(word)/5 {
				far[name] = d
			}
		}
	}
	for name := range far {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(far[a]-far[b], len(a)-len(b), cmp.Compare(a, b)) })
	return names[:min(len(names), mostNear)]
}
