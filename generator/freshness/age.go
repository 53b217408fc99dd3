package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// An AgeSegment is a period in which the newest data time known of an asset stayed the same:
// the age of its data grew from From minus Data to To minus Data. Times are in UTC.
type AgeSegment struct {
	From, To time.Time // To is exclusive, except in the last segment
	// Data is the time of the newest data.
	Data time.Time
}

// AgeSegments returns the periods of the strip's days in which the age of n's own data is
// known, oldest first, by the clock that judges n at each moment. A gap means that nothing was
// known: no check covers it, n was never loaded, or n holds no data.
//
// The last segment ends at the last check, or at the start of today if that is later: without
// new checks the result changes once a day at most. Static assets have no age; for them it
// returns nil.
func (r *Report) AgeSegments(n *Node) (all []AgeSegment) {
	if n.isStatic() || !n.isJudgedBy(sources.Loaded) || !n.hasReading() {
		return nil
	}
	until := r.agesEnd(n)
	clone := n.cloneWithoutSpans()
	begin, _ := r.StripBounds()
	for from, day := begin.Unix(), 0; day < StripDays && from <= until; day++ {
		to := min(r.calendar.stripEnds[day]+1, until)
		clone.limitSpans(n, from, to)
		all = r.appendSegments(all, clone, from, to)
		from = r.calendar.stripEnds[day] + 1
	}
	if _, k := clone.bestClockAt(r.horizon, until); len(all) > 0 && k.ok && k.at > sources.Never.Unix() {
		all = appendSegment(all, until, until, k.at) // data that was loaded at the very end
	}
	return all
}

// StripBounds returns the midnight that begins the first day of the strip and the midnight that
// ends today, in UTC.
func (r *Report) StripBounds() (from, to time.Time) {
	m := r.calendar.midnights
	today := len(m) - 3
	return time.Unix(m[today-StripDays+1], 0).UTC(), time.Unix(m[today+1], 0).UTC()
}

// agesEnd returns the Unix time at which the age segments of n end: its last check or the start
// of today, whichever is later, but not after the report, and not after n was removed.
func (r *Report) agesEnd(n *Node) int64 {
	until := min(r.At.Unix(), max(n.checkedAt, r.calendar.midnights[len(r.calendar.midnights)-3]))
	if went, gone := n.goneSince(r.At); gone {
		until = min(until, went.Unix())
	}
	return until
}

// appendSegments appends the age segments of n between from (inclusive) and to (exclusive),
// both in Unix seconds.
func (r *Report) appendSegments(all []AgeSegment, n *Node, from, to int64) []AgeSegment {
	points := n.changePoints(r.horizon, from, to)
	for i, point := range points {
		end := to
		if i+1 < len(points) {
			end = points[i+1]
		}
		if _, k := n.bestClockAt(r.horizon, point); k.ok && k.at > sources.Never.Unix() && end > point {
			all = appendSegment(all, point, end, k.at)
		}
	}
	return all
}

// appendSegment appends a segment with the data time at, or extends the last one if it ends at
// from and has the same data time. All arguments are in Unix seconds.
func appendSegment(all []AgeSegment, from, to, at int64) []AgeSegment {
	begin := time.Unix(from, 0).UTC()
	end := time.Unix(to, 0).UTC()
	data := time.Unix(at, 0).UTC()
	if last := len(all) - 1; last >= 0 && all[last].To.Equal(begin) && all[last].Data.Equal(data) {
		all[last].To = end
		return all
	}
	return append(all, AgeSegment{From: begin, To: end, Data: data})
}

// cloneWithoutSpans returns a copy of n whose tracks hold nothing but their source. limitSpans
// fills them.
func (n *Node) cloneWithoutSpans() *Node {
	m := *n
	m.tracks = make([]*sources.Track, len(n.tracks))
	for i, t := range n.tracks {
		m.tracks[i] = &sources.Track{Source: t.Source}
	}
	return &m
}

// limitSpans gives n the spans of whole that matter between from and to (Unix seconds), without
// copying them. It changes no result between the two; it only makes lookups faster.
func (n *Node) limitSpans(whole *Node, from, to int64) {
	for i, t := range whole.tracks {
		for c := sources.Loaded; n.isJudgedBy(c); c++ {
			s := t.Clocks[c]
			first := 0
			end := len(s)
			for end > 0 && s[end-1].At > to {
				end--
			}
			for k := end - 1; k > 0 && first == 0; k-- {
				if s[k].Last <= from {
					first = k
				}
			}
			n.tracks[i].Clocks[c] = s[first:end]
		}
	}
}

// changePoints returns the moments between from (inclusive) and to (exclusive) at which the
// data time known of n may change: data times, first and last checks of a span, the moments at
// which a check is too old, and first visits. They are Unix seconds, sorted.
func (n *Node) changePoints(h *horizon, from, to int64) []int64 {
	all := []int64{from}
	add := func(moment int64) {
		if moment > from && moment < to {
			all = append(all, moment)
		}
	}
	for _, t := range n.tracks {
		add(h.firstVisit[t.Source])
		for c := sources.Loaded; n.isJudgedBy(c); c++ {
			before := h.clockValidity(t.Source, c, from)
			after := h.clockValidity(t.Source, c, to)
			for _, s := range t.Clocks[c] {
				add(s.At)
				add(s.First)
				add(s.Last)
				add(s.Last + before + 1)
				add(s.Last + after + 1)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// LongestAge returns the greatest age that l can allow, and whether l is set. A limit in
// calendar days allows up to a day more than its number: data updated just after midnight is
// still of "today" almost 24 hours later.
func (l Limit) LongestAge() (age time.Duration, isSet bool) {
	if l.elapsed != 0 {
		return l.elapsed, l.isSet
	}
	return time.Duration(l.days+1) * 24 * time.Hour, l.isSet
}
