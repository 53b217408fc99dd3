package sources

import "time"

// A Past is everything that was recorded until a moment, folded so that 90 days of 100,000
// assets fit in memory. The history builds it, and freshness judges it.
type Past struct {
	Visits  []Visit                // oldest first
	Imports []Visit                // imported moments of the past, oldest first
	Tracks  []*Track               // sorted by asset, then by source
	Checks  map[string]*CheckTimes // by source
	// Declared holds the dbt exposures that were merged into dashboards, by dashboard, with their
	// declared upstream; nil before they are merged.
	Declared       map[ID][]Asset
	ImportedChecks map[string]*CheckTimes // imported checks of sources that were visited too, by source
}

// CheckTimes holds, for each clock, the times of a source's checks in seconds since 1970,
// oldest first: the newest check of each visit.
type CheckTimes [ClockCount][]int64

// A Visit is a [Scrape] without its observations.
type Visit struct {
	Source   string          `json:"source"`
	Type     string          `json:"type"`
	At       time.Time       `json:"at"`
	Seconds  float64         `json:"seconds"`
	Requests int             `json:"requests"`
	Bytes    int64           `json:"bytes"`
	Rows     int             `json:"rows,omitempty"`
	Queries  []string        `json:"queries,omitempty"`
	Calls    map[string]int  `json:"calls,omitempty"`
	Error    string          `json:"error,omitempty"`
	Notes    []string        `json:"notes,omitempty"`
	Scopes   []Scope         `json:"scopes,omitempty"`
	Unlisted []UnlistedScope `json:"unlisted,omitempty"`
	Assets   int             `json:"assets"` // number of assets observed
}

// CallsInMonth returns how many calls of each kind the visits of a source made in the UTC month
// of at. It is empty for a source that counts no calls.
func (p *Past) CallsInMonth(source string, at time.Time) map[string]int {
	month := at.UTC().Format("2006-01")
	calls := make(map[string]int)
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

// A Track is everything that one source returned about one asset over time.
type Track struct {
	Source         string
	Asset          Asset     // attributes as last listed
	Listings       []Listing // periods in which it was listed, oldest first
	Clocks         [ClockCount]Series
	FutureReadings []Reading    // newest reading of each clock with a time in the future
	Attempts       []Attempt    // attempts that built nothing, and runs of a job, oldest first
	MissingRefs    []MissingRef // what it referred to and did not exist, oldest first; an entry with empty Says ends one
	Possible       Series       // unconfirmed readings of the clock Altered
	Storage        Storage      // last known Storage of its observations
	Missed         time.Time    // last check that should have returned a reading and did not; zero if none
	Tests          []TestResult // last result of each test, by name
	// LostSince is the first visit that did not observe it although the source covers its scope and
	// nothing shows that it is gone; zero if the last visit observed it.
	LostSince time.Time

	// LastEmpty holds, per clock, the last check (Unix seconds) that returned no value when none
	// was known; 0 if none.
	LastEmpty [ClockCount]int64
	// ConfirmedAt is the newest time of the clock Altered that is Confirmed (Unix seconds); 0 if none.
	ConfirmedAt int64
	// UpdatedBefore is a moment (Unix seconds) since which the checks of the clock DML until
	// LastEmpty found no change; 0 if none.
	UpdatedBefore int64
}

// A Listing is a period in which a source listed an asset.
type Listing struct {
	Came time.Time // first visit that listed it, as far as the history was loaded
	Went time.Time // first visit with a complete listing that did not include it; zero if it is still listed
}

// A MissingRef is a reference of an asset to something that does not exist, as a visit read it.
type MissingRef struct {
	At   time.Time
	Says string
	ID   ID // missing asset that others refer to too; "" if the asset itself must be fixed
}

// IsListed reports whether the asset is still listed: no later complete listing of its scope
// left it out. It is false if it was never listed.
func (t *Track) IsListed() bool {
	return len(t.Listings) > 0 && t.Listings[len(t.Listings)-1].Went.IsZero()
}

// WasChecked reports whether a clock that can decide a status was ever checked.
func (t *Track) WasChecked() bool {
	for c := Loaded; c.CanDecideStatus(); c++ {
		if t.LastEmpty[c] != 0 || len(t.Clocks[c]) > 0 {
			return true
		}
	}
	return len(t.Possible) > 0
}

// AddReading adds r to the series of its clock. A reading with a time in the future goes to
// FutureReadings instead, an unconfirmed one to Possible: it is a check only if it repeats
// the time known before. A bound goes to UpdatedBefore where no time is known; else the check found
// nothing newer. A time after its check by at most [Skew] becomes the time of the check.
func (t *Track) AddReading(r Reading) {
	switch {
	case r.IsInFuture():
		t.FutureReadings = keepNewest(t.FutureReadings, r)
	case r.Unconfirmed:
		t.Possible = t.Possible.AddCheck(r.At.Unix(), r.CheckedAt.Unix(), false)
		if at, _ := t.Clocks[r.Clock].LastReading(); at.Equal(r.At) {
			t.addToSeries(Reading{Clock: r.Clock, CheckedAt: r.CheckedAt})
		}
	case r.Bound:
		if len(t.Clocks[r.Clock]) == 0 {
			t.UpdatedBefore = r.At.Unix()
		}
		t.addToSeries(Reading{Clock: r.Clock, CheckedAt: r.CheckedAt})
	case r.At.After(r.CheckedAt):
		r.At = r.CheckedAt
		fallthrough
	default:
		t.addToSeries(r)
	}
}

// addToSeries adds r to the series of its clock. If no time is known and r has none, it only
// sets LastEmpty.
func (t *Track) addToSeries(r Reading) {
	if r.Confirmed {
		t.ConfirmedAt = r.At.Unix()
	}
	if s := &t.Clocks[r.Clock]; r.At.IsZero() && len(*s) == 0 {
		t.LastEmpty[r.Clock] = max(t.LastEmpty[r.Clock], r.CheckedAt.Unix())
	} else {
		*s = s.AddCheck(r.At.Unix(), r.CheckedAt.Unix(), r.At.IsZero())
	}
}

// keepNewest returns all with r in the place of the reading of the same clock, if r was checked
// later. It may change all in place.
func keepNewest(all []Reading, r Reading) []Reading {
	for i, old := range all {
		if old.Clock == r.Clock {
			if r.CheckedAt.After(old.CheckedAt) {
				all[i] = r
			}
			return all
		}
	}
	return append(all, r)
}

// FutureReading returns the newest reading of c with a time in the future; the zero Reading if
// there is none.
func (t *Track) FutureReading(c Clock) Reading { return findReading(t.FutureReadings, c) }

// UnconfirmedReading returns the newest unconfirmed reading of c; the zero Reading if there is
// none.
func (t *Track) UnconfirmedReading(c Clock) Reading {
	at, checked := t.Possible.LastReading()
	if c != Altered || checked.IsZero() {
		return Reading{}
	}
	return Reading{Clock: c, At: at, CheckedAt: checked, Unconfirmed: true}
}

// findReading returns the first reading of clock c, or the zero Reading.
func findReading(all []Reading, c Clock) Reading {
	for _, r := range all {
		if r.Clock == c {
			return r
		}
	}
	return Reading{}
}

// AddAttempt appends a, unless it is the zero Attempt or equals the last one.
func (t *Track) AddAttempt(a Attempt) {
	if n := len(t.Attempts); a.Outcome != "" && (n == 0 || t.Attempts[n-1] != a) {
		t.Attempts = append(t.Attempts, a)
	}
}

// SetMissing appends w if it differs from the last entry. A MissingRef with empty Says means
// that nothing is missing any more.
func (t *Track) SetMissing(ref MissingRef) {
	last := MissingRef{}
	if n := len(t.MissingRefs); n > 0 {
		last = t.MissingRefs[n-1]
	}
	if ref.Says != last.Says || ref.ID != last.ID {
		t.MissingRefs = append(t.MissingRefs, ref)
	}
}
