package sources

import "time"

// Never is the reading of a clock for an asset that was never loaded: the first second of 1970.
// dbt writes it so, or as year 1.
var Never = time.Unix(0, 0).UTC()

// Skew is how far a time may be after its own check. Beyond it, a clock or a time zone is
// wrong.
const Skew = 10 * time.Minute

// A Reading is the result of one check of one clock of an asset.
type Reading struct {
	Clock Clock

	// At is when the data last changed, in UTC, to the second. Zero means that this check found
	// nothing newer than the checks before it.
	At time.Time

	// CheckedAt is the moment at which the source checked the value, to the second. It is never the
	// time of the visit.
	CheckedAt time.Time

	// Unconfirmed is set if nothing confirms that data changed at At. The history clears it if
	// Storage tells that rows came since the check before. An unconfirmed reading is kept as a
	// possible update. It is no check, and never decides a status.
	Unconfirmed bool

	// Confirmed is set if more than a time of [Altered] says that data changed then. Only the history
	// sets it, where Storage tells that rows came.
	Confirmed bool

	// Bound is set if the data changed at At or before: what the source remembers begins there, and
	// has no change since.
	Bound bool
}

// IsInFuture reports whether At is after CheckedAt by more than [Skew], so that the reading
// cannot be true.
func (r Reading) IsInFuture() bool { return r.At.After(r.CheckedAt.Add(Skew)) }

// An Outcome is how an attempt to build an asset ended.
type Outcome string

// Outcomes of an attempt. A successful build of an asset is no Attempt but a
// reading of [Built] or, for a view, of [DDL]; but where it only adds to what was there, and there
// was nothing to add, it is Unchanged.
const (
	Unchanged Outcome = "unchanged" // succeeded, and changed no row
	Failed    Outcome = "failed"
	Skipped   Outcome = "skipped" // not built, because something upstream was not built
	NotRun    Outcome = "absent"  // due by its schedule, and not started
	Succeeded Outcome = "well"    // ended well: only of a [Job], which has no clock

	CheckFailed Outcome = "unchecked" // no build: a freshness check that ended in an error
)

// An Attempt is the last attempt to build an asset, if it built nothing or changed no row, or the last
// run of a [Job]. The zero Attempt means none.
type Attempt struct {
	// At is when the attempt ended, or when the job was due if it did not run.
	At      time.Time `json:"at"`
	Began   time.Time `json:"began,omitzero"` // start of the run, which may have built other assets before it failed; zero if not known
	Outcome Outcome   `json:"outcome"`
	Says    string    `json:"says,omitempty"` // start of the error: message of run_results.json, or of the run; "" if none
}

// An Observation is what one visit read about one asset.
type Observation struct {
	Asset
	Readings   []Reading // at most one per clock
	Attempt    Attempt
	MissingRef string    // what it refers to and does not exist, in the source's words; "" if nothing is missing
	MissingID  ID        // missing asset, such as an explore, that others refer to too; "" if the asset itself must be fixed
	Missed     time.Time // time of a check that should have returned a reading and did not; zero if none
	// Tests holds every test of the asset that exists, by name, with its result if this visit read one.
	Tests   []TestResult
	Storage Storage // what is stored under the name
}

// A Storage says what a warehouse stores under a name, so that two visits can be compared. The zero
// value is not known.
type Storage struct {
	Hash    uint32    // of rows and bytes: another value means that they changed; 0 if not known
	Rows    int64     // number of rows; -1 if not known
	Table   uint32    // hash of the id of the table: another value means that the name is another table; 0 if not known
	Created time.Time // when the table was created; zero if not known. The history does not keep it
}

// IsSameTable reports whether the name stands for the table that it stood for before, as far as is
// known.
func (s Storage) IsSameTable(before Storage) bool {
	return s.Table == 0 || before.Table == 0 || s.Table == before.Table
}

// HasNewRows reports whether rows came since before, which was read by a check at checked: the table
// was created since, or has as many rows as before or more, in other bytes. Fewer rows prove nothing:
// a purge deletes some.
func (s Storage) HasNewRows(before Storage, checked time.Time) bool {
	switch {
	case s.Hash == 0 || before.Hash == 0:
		return false
	case !s.IsSameTable(before):
		return s.Created.After(checked)
	default:
		return s.Hash != before.Hash && s.Rows >= before.Rows
	}
}

// A Scrape is the answer of one source to one visit. A failed visit is a Scrape too, because
// not knowing is worth recording.
type Scrape struct {
	Source  string
	Type    string    // type of the source, as in site.toml
	At      time.Time // start of the visit, in UTC, to the second
	Seconds float64   // duration of the visit
	Error   string    // why the visit failed or ended early; "" if it did not
	Answer
}
