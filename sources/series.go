package sources

import (
	"cmp"
	"slices"
	"time"
)

// A Span is a stretch of looks that all told the same time: nothing moved in
// between.
type Span struct {
	At    int64 // when the data changed, in seconds since 1970; 0 is [Never]
	First int64 // the first of the looks
	Last  int64 // the last of them
}

// A Series is what one clock of one asset told at all looks: folded, oldest
// look first. Readings that are [Reading.Ahead] are not in it.
type Series []Span

// Add notes a reading. One that found nothing newer repeats the time known
// before; where none is known it tells nothing.
func (s Series) Add(at, look int64, nothingNewer bool) Series {
	n := len(s)
	if n > 0 && look < s[n-1].Last {
		return s.insert(at, look, nothingNewer)
	}
	if n > 0 && (nothingNewer || s[n-1].At == at) {
		s[n-1].Last = look
		return s
	}
	if nothingNewer {
		return s
	}
	return append(s, Span{at, look, look})
}

// insert notes a reading that comes late, as from the history of a clone.
func (s Series) insert(at, look int64, nothingNewer bool) Series {
	i, _ := slices.BinarySearchFunc(s, look, func(sp Span, look int64) int { return int(sp.Last - look) })
	if s[i].First <= look && (nothingNewer || s[i].At == at) {
		return s // inside a stretch that says the same
	}
	if nothingNewer {
		if i > 0 {
			s[i-1].Last = look
		}
		return s
	}
	return s.split(i, Span{at, look, look})
}

// split puts b before the span i, or inside it.
func (s Series) split(i int, b Span) Series {
	if s[i].First < b.First {
		tail := s[i]
		s[i].Last, tail.First = s[i].First, tail.Last
		return slices.Insert(s, i+1, b, tail)
	}
	return slices.Insert(s, i, b)
}

// speaks reports whether a stretch of s holds a look.
func (s Series) speaks(look int64) bool {
	i, _ := slices.BinarySearchFunc(s, look, func(sp Span, look int64) int { return cmp.Compare(sp.Last, look) })
	return i < len(s) && s[i].First <= look
}

// Recall returns s with what was told at other looks. What s says of its own
// looks stands, and neither series is changed.
func (s Series) Recall(other Series) Series {
	all := slices.Clone(s)
	for _, sp := range other {
		if i, _ := slices.BinarySearchFunc(s, sp.First, func(own Span, look int64) int { return cmp.Compare(own.Last, look) }); i == len(s) || s[i].First > sp.Last {
			at, _ := slices.BinarySearchFunc(all, sp.First, func(own Span, look int64) int { return cmp.Compare(own.Last, look) })
			all = slices.Insert(all, at, sp)
			continue
		}
		for _, look := range []int64{sp.First, sp.Last} {
			if !s.speaks(look) {
				all = all.Add(sp.At, look, false)
			}
		}
	}
	return all
}

// LastLook returns the newest look, 0 if there was none.
func (s Series) LastLook() int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].Last
}

// Last returns what is known by all the looks; zero times if nothing is.
func (s Series) Last() (at, look time.Time) {
	if len(s) == 0 {
		return
	}
	last := s[len(s)-1]
	return time.Unix(last.At, 0).UTC(), time.Unix(last.Last, 0).UTC()
}
