package timeline

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/generator/lineage"
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
// new checks the result changes once a day at most.
func (tl *Timeline) AgeSegments(n *lineage.Node) (all []AgeSegment) {
	if !CanJudge(n, sources.Loaded) || !HasReading(n) {
		return nil
	}
	until := tl.agesEnd(n)
	clone := cloneWithoutSpans(n)
	begin, _ := tl.Calendar.StripBounds()
	for from, day := begin.Unix(), 0; day < StripDays && from <= until; day++ {
		to := min(tl.Calendar.StripEnds[day]+1, until)
		limitSpans(clone, n, from, to)
		all = tl.appendSegments(all, clone, from, to)
		from = tl.Calendar.StripEnds[day] + 1
	}
	if _, found := tl.BestClockAt(clone, until); len(all) > 0 && found.IsKnown && found.At > sources.Never.Unix() {
		all = appendSegment(all, until, until, found.At) // data that was loaded at the very end
	}
	return all
}

// agesEnd returns the Unix time at which the age segments of n end: its last check or the start
// of today, whichever is later, but not after the report, and not after n was removed.
func (tl *Timeline) agesEnd(n *lineage.Node) int64 {
	now := tl.At.Unix()
	_, found := tl.BestClockAt(n, now)
	until := min(now, max(found.CheckedAt, tl.Calendar.StartOfToday()))
	if went, gone := n.GoneSince(tl.At); gone {
		until = min(until, went.Unix())
	}
	return until
}

// appendSegments appends the age segments of n between from (inclusive) and to (exclusive),
// both in Unix seconds.
func (tl *Timeline) appendSegments(all []AgeSegment, n *lineage.Node, from, to int64) []AgeSegment {
	points := tl.changePoints(n, from, to)
	for i, point := range points {
		end := to
		if i+1 < len(points) {
			end = points[i+1]
		}
		if _, found := tl.BestClockAt(n, point); found.IsKnown && found.At > sources.Never.Unix() && end > point {
			all = appendSegment(all, point, end, found.At)
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

// cloneWithoutSpans returns a copy of n whose tracks hold no readings. limitSpans fills them.
func cloneWithoutSpans(n *lineage.Node) *lineage.Node {
	m := *n
	m.Tracks = make([]*sources.Track, len(n.Tracks))
	for i, t := range n.Tracks {
		track := *t
		track.Clocks = [sources.ClockCount]sources.Series{}
		m.Tracks[i] = &track
	}
	return &m
}

// limitSpans gives n the spans of whole that matter between from and to (Unix seconds), without
// copying them. It changes no result between the two; it only makes lookups faster. Whether rows that
// changed moved the newest row is seen in all spans of the two clocks, so these are kept.
func limitSpans(n, whole *lineage.Node, from, to int64) {
	for i, t := range whole.Tracks {
		for c := sources.Loaded; CanJudge(n, c); c++ {
			s := t.Clocks[c]
			if c == sources.Loaded || c == sources.DML {
				n.Tracks[i].Clocks[c] = s
				continue
			}
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
			n.Tracks[i].Clocks[c] = s[first:end]
		}
	}
}

// changePoints returns the moments between from (inclusive) and to (exclusive) at which the
// data time known of n may change: data times, first and last checks of a span, the moments at
// which a check is too old, and first visits. They are Unix seconds, sorted.
func (tl *Timeline) changePoints(n *lineage.Node, from, to int64) []int64 {
	all := []int64{from}
	add := func(moment int64) {
		if moment > from && moment < to {
			all = append(all, moment)
		}
	}
	for _, build := range tl.takeovers[n.ID] {
		add(build.Ended)
		add(build.Ended + tl.validity.ofClock(n.Tracks[0].Source, sources.Built, to) + 1)
	}
	for _, t := range n.Tracks {
		add(tl.validity.firstVisit[t.Source])
		for _, possible := range t.Possible {
			add(possible.At)
			add(possible.Last + tl.validity.ofClock(t.Source, sources.Altered, to) + 1)
		}
		for c := sources.Loaded; CanJudge(n, c); c++ {
			before := tl.validity.ofClock(t.Source, c, from)
			after := tl.validity.ofClock(t.Source, c, to)
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
