package sources

import (
	"cmp"
	"slices"
	"time"
)

// A Span is a stretch of checks that all returned the same time: nothing changed in between.
type Span struct {
	At    int64 // when the data changed, in seconds since 1970; 0 is [Never]
	First int64 // first check, in seconds since 1970
	Last  int64 // last check, in seconds since 1970
}

// A Series holds the readings of one clock of one asset, folded into spans, oldest check first.
// Readings for which [Reading.IsInFuture] is true are not in it.
type Series []Span

// AddCheck returns s with one more check: it was made at checked and returned the time at, both
// in seconds since 1970. With nothingNewer, at is ignored and the check repeats the time known
// before; if none is known, s is returned as it is. AddCheck may change s in place.
func (s Series) AddCheck(at, checked int64, nothingNewer bool) Series {
	n := len(s)
	if n > 0 && checked < s[n-1].Last {
		return s.insertCheck(at, checked, nothingNewer)
	}
	if n > 0 && (nothingNewer || s[n-1].At == at) {
		s[n-1].Last = checked
		return s
	}
	if nothingNewer {
		return s
	}
	return append(s, Span{At: at, First: checked, Last: checked})
}

// insertCheck adds a check that is older than the last one, as from the history of a clone.
func (s Series) insertCheck(at, checked int64, nothingNewer bool) Series {
	i, _ := slices.BinarySearchFunc(s, checked, func(sp Span, checked int64) int { return int(sp.Last - checked) })
	if s[i].First <= checked && (nothingNewer || s[i].At == at) {
		return s // inside a span with the same time
	}
	if nothingNewer {
		if i > 0 {
			s[i-1].Last = checked
		}
		return s
	}
	return s.insertSpan(i, Span{At: at, First: checked, Last: checked})
}

// insertSpan inserts b before the span i, or inside it. Then span i is cut in two: its first
// check stays before b, its last check comes after b.
func (s Series) insertSpan(i int, b Span) Series {
	if s[i].First < b.First {
		tail := s[i]
		s[i].Last = s[i].First
		tail.First = tail.Last
		return slices.Insert(s, i+1, b, tail)
	}
	return slices.Insert(s, i, b)
}

// hasSpanAt reports whether a span of s covers the moment checked.
func (s Series) hasSpanAt(checked int64) bool {
	i, _ := slices.BinarySearchFunc(s, checked, func(sp Span, checked int64) int { return cmp.Compare(sp.Last, checked) })
	return i < len(s) && s[i].First <= checked
}

// WithImported returns s with the checks of other, for moments that no span of s covers.
// Neither series is changed.
func (s Series) WithImported(other Series) Series {
	all := slices.Clone(s)
	for _, sp := range other {
		if i, _ := slices.BinarySearchFunc(s, sp.First, func(own Span, checked int64) int {
			return cmp.Compare(own.Last, checked)
		}); i == len(s) ||
			s[i].First > sp.Last {
			at, _ := slices.BinarySearchFunc(
				all,
				sp.First,
				func(own Span, checked int64) int { return cmp.Compare(own.Last, checked) },
			)
			all = slices.Insert(all, at, sp)
			continue
		}
		for _, checked := range []int64{sp.First, sp.Last} {
			if !s.hasSpanAt(checked) {
				all = all.AddCheck(sp.At, checked, false)
			}
		}
	}
	return all
}

// LastCheck returns the moment of the newest check, in seconds since 1970; 0 if there was none.
func (s Series) LastCheck() int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].Last
}

// LastReading returns the time that the newest check returned or repeated, and the moment of
// that check, in UTC; zero times if the series is empty.
func (s Series) LastReading() (at, checked time.Time) {
	if len(s) == 0 {
		return
	}
	last := s[len(s)-1]
	return time.Unix(last.At, 0).UTC(), time.Unix(last.Last, 0).UTC()
}
