// Package freshness decides the status of every asset on every day, and finds the root causes that
// must be repaired.
//
// [Derive] turns a recorded past and the rules into a [Report], in phases that it calls in
// order. It builds on three packages: lineage knows what exists and who reads whom, expect how old
// data may be, timeline what was known at each moment. Nothing here opens a file, a connection or
// the system clock: the same past, the same rules and the same moment always give the same report.
// The sentences about a report are in package words; pages, feeds and the command line show a
// report and add no judgment.
//
// A new kind of root cause needs a field of [Cause], its case where causes are found, completed
// and labeled, and its sentence in package words.
package freshness

// A Status is how fresh an asset is. Statuses are ordered: a greater one is worse.
type Status uint8

// The statuses, the best first.
const (
	None       Status = iota // no status: the asset holds no data of its own; in a strip: no data that day
	Fresh                    // green
	Unverified               // green ring: built on time, from sources that nobody checks
	Unknown                  // gray: not checked, or not recently
	Aging                    // yellow
	Stale                    // red
	Broken                   // something that it needs is missing, or it is no longer listed itself
)

// Statuses lists the statuses that an asset can have in the order of counts and legends: Unverified
// and Unknown, which say what is not known, come last.
var Statuses = []Status{Fresh, Aging, Stale, Broken, Unverified, Unknown}

// IsOnTime reports whether nothing is known to be old or missing: Fresh or Unverified.
func (s Status) IsOnTime() bool { return s == Fresh || s == Unverified }

// String returns the status as one lower-case word, used in CSS and JSON; "" for None.
func (s Status) String() string {
	return [...]string{"", "fresh", "unverified", "unknown", "aging", "stale", "broken"}[s]
}

// MarshalText returns the word of the status. It never fails.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Letter returns the status as one cell of a strip: f, v, a, s, b or u; a period for None.
func (s Status) Letter() byte { return ".fvuasb"[s] }

// Mark returns the status as one character of plain text, such as "+" for Fresh and "!" for
// Broken.
func (s Status) Mark() string { return string(".+o?~x!"[s]) }
