// Package freshness turns what was seen into verdicts: the status of every
// asset on every day, the causes that must be repaired, and the sentences that
// say so.
//
// It opens no file, no connection and no clock: the same past, the same rules
// and the same moment always give the same [Report]. All judgment of the
// program is here, and all of it can be tested with a table. Pages, feeds and
// the command line show what a report says and add nothing.
package freshness

// A Status says how an asset stands. Statuses are ordered: the greater is the
// worse.
type Status uint8

// The statuses.
const (
	None    Status = iota // holds no data of its own; in a strip: no data
	Fresh                 // green
	Unknown               // grey: nobody could tell
	Aging                 // yellow
	Stale                 // red
	Broken                // it refers to something that is not there
)

// Statuses are those that an asset can have, the best first.
var Statuses = []Status{Fresh, Aging, Stale, Broken, Unknown}

// String returns the status as one lower-case word, used in CSS and JSON.
func (s Status) String() string {
	return [...]string{"", "fresh", "unknown", "aging", "stale", "broken"}[s]
}

// MarshalText writes the status as its word.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Letter is the status as one cell of a strip.
func (s Status) Letter() byte { return ".fuasb"[s] }

// Mark is the status in plain text.
func (s Status) Mark() string { return string(".+?~x!"[s]) }
