package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A Stretch is a time in which the newest data that is known of an asset stayed
// the same: its age grew from From-Data to To-Data. Moments are in UTC.
type Stretch struct {
	From, To time.Time // To is not in it, unless it is the last
	Data     time.Time
}

// Ages are the stretches of the strip's days in which the age of an asset's own
// data is known, by the clock that judges it at each moment, the oldest first.
// Where no stretch is, nothing was known: nobody looked, it was never loaded, or
// it holds no data. The last ends with the last look, and not before today: it
// says nothing that changes while nobody looks. What is static has no age.
func (r *Report) Ages(n *Node) (all []Stretch) {
	if n.static() || !n.measured(sources.Loaded) || !n.heard() {
		return nil
	}
	until, near := r.spoken(n), n.twin()
	begin, _ := r.Days()
	for from, day := begin.Unix(), 0; day < StripDays && from <= until; day++ {
		to := min(r.calendar.ends[day]+1, until)
		near.narrow(n, from, to)
		all = r.stretches(all, near, from, to)
		from = r.calendar.ends[day] + 1
	}
	if _, k := near.best(r.horizon, until); len(all) > 0 && k.ok && k.at > sources.Never.Unix() {
		all = stretch(all, until, until, k.at) // what was loaded just then
	}
	return all
}

// Days are the first midnight of the strip and its last, the end of today.
func (r *Report) Days() (from, to time.Time) {
	m := r.calendar.midnights
	today := len(m) - 3
	return time.Unix(m[today-StripDays+1], 0).UTC(), time.Unix(m[today+1], 0).UTC()
}

// spoken is until when something is said of the age of n.
func (r *Report) spoken(n *Node) int64 {
	until := min(r.At.Unix(), max(n.look, r.calendar.midnights[len(r.calendar.midnights)-3]))
	if went, gone := n.gone(r.At); gone {
		until = min(until, went.Unix())
	}
	return until
}

// stretches appends what is known from a moment to another.
func (r *Report) stretches(all []Stretch, n *Node, from, to int64) []Stretch {
	turns := n.turns(r.horizon, from, to)
	for i, turn := range turns {
		end := to
		if i+1 < len(turns) {
			end = turns[i+1]
		}
		if _, k := n.best(r.horizon, turn); k.ok && k.at > sources.Never.Unix() && end > turn {
			all = stretch(all, turn, end, k.at)
		}
	}
	return all
}

// stretch appends a stretch, or makes the last one longer.
func stretch(all []Stretch, from, to, at int64) []Stretch {
	begin, end, data := time.Unix(from, 0).UTC(), time.Unix(to, 0).UTC(), time.Unix(at, 0).UTC()
	if last := len(all) - 1; last >= 0 && all[last].To.Equal(begin) && all[last].Data.Equal(data) {
		all[last].To = end
		return all
	}
	return append(all, Stretch{begin, end, data})
}

// twin is a node that [Node.narrow] makes know less.
func (n *Node) twin() *Node {
	m := *n
	m.tracks = make([]*sources.Track, len(n.tracks))
	for i, t := range n.tracks {
		m.tracks[i] = &sources.Track{Source: t.Source}
	}
	return &m
}

// narrow leaves to n of the spans of another node those that say something of
// the moments between two: what is known of them stays the same, and is found
// sooner.
func (n *Node) narrow(whole *Node, from, to int64) {
	for i, t := range whole.tracks {
		for c := sources.Loaded; n.measured(c); c++ {
			s := t.Clocks[c]
			first, end := 0, len(s)
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

// turns are the moments from one to another at which what is known of n may
// change, the first included.
func (n *Node) turns(h *horizon, from, to int64) []int64 {
	all := []int64{from}
	add := func(moment int64) {
		if moment > from && moment < to {
			all = append(all, moment)
		}
	}
	for _, t := range n.tracks {
		add(h.first[t.Source])
		for c := sources.Loaded; n.measured(c); c++ {
			before, after := h.clock(t.Source, c, from), h.clock(t.Source, c, to)
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

// Longest is the greatest age that l can allow, and whether it says anything:
// "today" ends a day after the midnight that began it.
func (l Limit) Longest() (age time.Duration, said bool) {
	if l.elapsed != 0 {
		return l.elapsed, l.said
	}
	return time.Duration(l.days+1) * 24 * time.Hour, l.said
}
