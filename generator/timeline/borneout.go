package timeline

import (
	"slices"

	"github.com/freshet-status/freshet/generator/lineage"
	"github.com/freshet-status/freshet/sources"
)

// isBorneOut reports whether the clock Loaded moved when the clock DML last showed a change between
// two of its checks, until moment (Unix seconds). If it did not, the rows that come are of old dates,
// and later changes of rows say nothing of the newest row. Without such a change it returns true.
func isBorneOut(n *lineage.Node, moment int64) bool {
	newest := int64(0)
	result := true
	for _, loaded := range n.Tracks {
		for _, changed := range n.Tracks {
			for _, span := range changed.Clocks[sources.DML] {
				moved, isBetween := movedAt(loaded.Clocks[sources.Loaded], span.At)
				if span.At <= moment && span.At > newest && isBetween {
					newest = span.At
					result = moved
				}
			}
		}
	}
	return result
}

// movedAt reports whether the time of s at its first check since at is later than at its last check
// before at (Unix seconds). isBetween reports whether there are both checks.
func movedAt(s sources.Series, at int64) (moved, isBetween bool) {
	after := slices.IndexFunc(s, func(span sources.Span) bool { return span.Last >= at })
	switch {
	case after < 0:
		return false, false
	case s[after].First < at:
		return false, true // both checks returned the same time
	case after == 0:
		return false, false
	default:
		return s[after].At > s[after-1].At, true
	}
}
