package freshness

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A SourceStatus is the state of one source. It embeds the last visit; OK is whether that visit
// succeeded.
type SourceStatus struct {
	sources.Visit
	OK           bool
	LastSuccess  time.Time // time of the last successful visit; zero if there was none
	Listings     []Listing // what the last successful visit listed completely
	ClockChecks  []ClockCheck
	FailingSince time.Time // time of the first failed visit after the last success; zero if the last visit succeeded
	LastFailure  time.Time // time of the last failed visit; zero if none failed in the window
	LastError    string    // first line of the error of the last failed visit

	CallsThisMonth map[string]int // API calls of its visits in the month of the report (UTC), by kind of call
}

// ID returns the id of the cause that the source is if it cannot be read, such as "visit:snowflake".
func (s *SourceStatus) ID() sources.ID { return sources.ID("visit:" + s.Source) }

// A Listing is a scope that a source listed completely, or several of one kind and moment.
type Listing struct {
	Kind  string            // kind of the scopes, such as "schema"
	Name  sources.ScopeName // the scope if Count is 1
	Count int
	At    time.Time
}

// A ClockCheck is the newest check by one clock of a source.
type ClockCheck struct {
	Clock sources.Clock
	At    time.Time
}

// collectSources returns one status per source that was visited, sorted by name.
func collectSources(past *sources.Past, at time.Time) (all []*SourceStatus) {
	statuses := make(map[string]*SourceStatus)
	for _, v := range past.Visits {
		if statuses[v.Source] == nil {
			statuses[v.Source] = new(SourceStatus)
		}
		statuses[v.Source].applyVisit(v)
	}
	for _, name := range slices.Sorted(maps.Keys(statuses)) {
		status := statuses[name]
		status.ClockChecks = newestChecks(past.Checks[name])
		status.CallsThisMonth = past.CallsInMonth(name, at.UTC())
		all = append(all, status)
	}
	return all
}

// applyVisit updates s with its next visit. Visits must come oldest first. A failed visit keeps
// the listings of the last successful one.
func (s *SourceStatus) applyVisit(v sources.Visit) {
	s.Visit = v
	s.OK = v.Error == ""
	if s.OK {
		s.LastSuccess = v.At
		s.FailingSince = time.Time{}
		s.Listings = summarizeListings(v.Scopes)
		return
	}
	s.LastFailure = v.At
	s.LastError, _, _ = strings.Cut(v.Error, "\n")
	if s.FailingSince.IsZero() {
		s.FailingSince = v.At
	}
}

// maxNamedListings is how many listings of one kind and moment are named one by one.
const maxNamedListings = 3

// summarizeListings returns the scopes that a visit listed. More than three of the same kind and
// time become one, because an account may have hundreds of schemas.
func summarizeListings(scopes []sources.Scope) (all []Listing) {
	type group struct {
		kind string
		at   time.Time
	}
	counts := make(map[group]int)
	for _, s := range scopes {
		counts[group{kind: s.Name.Kind(), at: s.CheckedAt}]++
	}
	for _, s := range scopes {
		g := group{kind: s.Name.Kind(), at: s.CheckedAt}
		switch n := counts[g]; {
		case n > maxNamedListings:
			all = append(all, Listing{Kind: g.kind, Count: n, At: g.at})
			counts[g] = 0 // told once
		case n > 0:
			all = append(all, Listing{Kind: g.kind, Name: s.Name, Count: 1, At: s.CheckedAt})
		}
	}
	return all
}

// newestChecks returns the newest check of each clock. all may be nil.
func newestChecks(all *sources.CheckTimes) (checks []ClockCheck) {
	if all == nil {
		return nil
	}
	for c := range sources.ClockCount {
		if n := len(all[c]); n > 0 {
			checks = append(checks, ClockCheck{Clock: c, At: time.Unix(all[c][n-1], 0).UTC()})
		}
	}
	return checks
}

// newestCheck returns when s last checked anything by clock c, in Unix seconds; 0 if it never
// did.
func (s *SourceStatus) newestCheck(c sources.Clock) int64 {
	for _, check := range s.ClockChecks {
		if check.Clock == c {
			return check.At.Unix()
		}
	}
	return 0
}

// findSource returns the status of a source, or nil if it was never visited.
func (r *Report) findSource(name string) *SourceStatus {
	for _, s := range r.Sources {
		if s.Source == name {
			return s
		}
	}
	return nil
}
