package sources

import "time"

// A Past is what was recorded until a moment, folded so that 90 days of
// 100,000 assets fit in memory. The history makes it, and judgment reads it.
type Past struct {
	Visits  []Visit           // the oldest first
	Imports []Visit           // moments that were imported and that no visit saw, the oldest first
	Tracks  []*Track          // by asset, then by source
	Looks   map[string]*Looks // by source
	Earlier map[string]*Looks // by source that was visited: the looks that were imported
}

// Looks are the moments of a source's looks by each clock, in seconds since
// 1970: the newest of each visit, oldest first.
type Looks [Clocks][]int64

// A Visit is a scrape without its observations.
type Visit struct {
	Source   string         `json:"source"`
	Type     string         `json:"type"`
	At       time.Time      `json:"at"`
	Seconds  float64        `json:"seconds"`
	Requests int            `json:"requests"`
	Bytes    int64          `json:"bytes"`
	Rows     int            `json:"rows,omitempty"`
	Queries  []string       `json:"queries,omitempty"`
	Calls    map[string]int `json:"calls,omitempty"`
	Error    string         `json:"error,omitempty"`
	Notes    []string       `json:"notes,omitempty"`
	Scopes   []Scope        `json:"scopes,omitempty"`
	Assets   int            `json:"assets"` // how many it saw
}

// Spent is what the visits of a source have cost in the month of a moment, in UTC, by
// kind of call; empty where no calls are counted.
func (p *Past) Spent(source string, at time.Time) map[string]int {
	month, calls := at.UTC().Format("2006-01"), make(map[string]int)
	for _, v := range p.Visits {
		if v.Source != source || len(v.Calls) == 0 || v.At.UTC().Format("2006-01") != month {
			continue
		}
		for kind, n := range v.Calls {
			calls[kind] += n
		}
	}
	return calls
}

// A Track is what one source told of one asset over time.
type Track struct {
	Source string
	Asset  Asset  // as told last
	Stays  []Stay // when it was listed, the oldest first
	Clocks [Clocks]Series
	Ahead  []Reading // of each clock the newest reading that told of a time yet to come
	Tries  []Attempt // attempts that built nothing, the oldest first
	Broken []Word    // what it referred to that was not there; "" ends it
	Doubts []Reading // of each clock the newest reading that nothing confirms
	Size   uint32    // as its source told last; 0 is not known
	Missed time.Time // the newest check that should have told of it and did not; zero is none

	// Blank is of each clock the newest look that found nothing newer while
	// nothing was known, in seconds since 1970; 0 is none.
	Blank [Clocks]int64
}

// A Stay is a time in which a source listed an asset.
type Stay struct {
	Came time.Time // the first visit that listed it, as far as was read
	Went time.Time // the first complete look that did not; zero if it is there
}

// A Word is something that a source said at a visit.
type Word struct {
	At   time.Time
	Says string
	By   ID // what must be repaired for it; "" is the asset itself
}

// There reports whether the newest look at the asset's scope listed it.
func (t *Track) There() bool {
	return len(t.Stays) > 0 && t.Stays[len(t.Stays)-1].Went.IsZero()
}

// Hear notes a reading. A time after its own look cannot be: it is kept apart,
// and the readings before it stand.
func (t *Track) Hear(r Reading) {
	switch {
	case r.Ahead():
		t.Ahead = newest(t.Ahead, r)
	case r.Doubt:
		t.Doubts = newest(t.Doubts, r)
		t.Clocks[r.Clock] = t.Clocks[r.Clock].Add(0, r.Look.Unix(), true)
	case r.At.After(r.Look):
		r.At = r.Look
		fallthrough
	default:
		t.hear(r)
	}
}

func (t *Track) hear(r Reading) {
	if s := &t.Clocks[r.Clock]; r.At.IsZero() && len(*s) == 0 {
		t.Blank[r.Clock] = max(t.Blank[r.Clock], r.Look.Unix())
	} else {
		*s = s.Add(r.At.Unix(), r.Look.Unix(), r.At.IsZero())
	}
}

// newest keeps of each clock the reading of the newest look.
func newest(all []Reading, r Reading) []Reading {
	for i, old := range all {
		if old.Clock == r.Clock {
			if r.Look.After(old.Look) {
				all[i] = r
			}
			return all
		}
	}
	return append(all, r)
}

// AheadOf is the newest reading of a clock that told of a time yet to come; the
// zero reading is none.
func (t *Track) AheadOf(c Clock) Reading { return of(t.Ahead, c) }

// DoubtOf is the newest reading of a clock that nothing confirms; the zero
// reading is none.
func (t *Track) DoubtOf(c Clock) Reading { return of(t.Doubts, c) }

func of(all []Reading, c Clock) Reading {
	for _, r := range all {
		if r.Clock == c {
			return r
		}
	}
	return Reading{}
}

// Try notes an attempt that built nothing; the same again is nothing.
func (t *Track) Try(a Attempt) {
	if n := len(t.Tries); a.Outcome != "" && (n == 0 || t.Tries[n-1] != a) {
		t.Tries = append(t.Tries, a)
	}
}

// Say notes what the asset refers to that is not there, or "" that it is.
func (t *Track) Say(w Word) {
	last := Word{}
	if n := len(t.Broken); n > 0 {
		last = t.Broken[n-1]
	}
	if w.Says != last.Says || w.By != last.By {
		t.Broken = append(t.Broken, w)
	}
}
