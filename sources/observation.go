package sources

import "time"

// Never is what a clock tells of an asset that was never loaded. dbt writes it
// as year 1 or as the first second of 1970.
var Never = time.Unix(0, 0).UTC()

// Skew is how far a time may be after its own look. Past it the clock, or the
// zone of what it reads, is at fault.
const Skew = 10 * time.Minute

// A Reading is what one clock told at one look.
type Reading struct {
	Clock Clock

	// At is when the data changed, in UTC, to the second. Zero says that this
	// look found nothing newer than the looks before it.
	At time.Time

	// Look is the moment of which the source speaks, never that of the visit.
	Look time.Time

	// Doubt says that nothing confirms that data moved at At. Whoever records
	// the reading takes the doubt away if rows or bytes changed since the look
	// before; a reading in doubt is kept, and judges nothing.
	Doubt bool
}

// Ahead reports whether the reading tells of a time that had not come yet.
func (r Reading) Ahead() bool { return r.At.After(r.Look.Add(Skew)) }

// An Outcome is how an attempt to build an asset ended.
type Outcome string

// The ends of an attempt. One that built an asset is a reading of [Built] or, of
// a view, [DDL].
const (
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // something upstream of it was not built
	Absent  Outcome = "absent"  // it was due, and nobody began
	Well    Outcome = "well"    // it ended well: told of a [Job], which has no clock
)

// An Attempt is the last attempt to build an asset, if it built nothing.
// The zero Attempt is none.
type Attempt struct {
	At      time.Time `json:"at"`
	Began   time.Time `json:"began,omitzero"` // of a run that did many things before; zero is not known
	Outcome Outcome   `json:"outcome"`
	Says    string    `json:"says,omitempty"` // the first lines of the error; message of run_results.json
}

// An Observation is what one visit saw of one asset.
type Observation struct {
	Asset
	Readings []Reading // one a clock at most
	Attempt  Attempt
	Broken   string    // what it refers to that is not there, as the source says it
	By       ID        // what must be repaired so that it does: an explore that others refer to too; "" is it itself
	Missed   time.Time // a check at this moment should have told of it, and did not
	Size     uint32    // stands for its rows and bytes: another number says that they changed; 0 is not known
}

// A Scrape is the answer of one source to one visit, to the second.
// A visit that failed is a Scrape too: not knowing is worth recording.
type Scrape struct {
	Source  string
	Type    string    // of the source, as in site.toml
	At      time.Time // when the visit began, in UTC
	Seconds float64   // how long it took
	Error   string    // why the visit failed, or where it ended early; "" if it did not
	Answer
}
