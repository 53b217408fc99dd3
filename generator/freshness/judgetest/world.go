// Package judgetest holds an independent judge of freshness.
//
// It is written from the words of the contract alone, slowly and obviously, and shares no code with the product.
// A test draws a world, lets the product and this judge say what they think of it, and compares the answers.
package judgetest

import "time"

// World is everything that the judge is told: the rules, the assets, and what every visit saw.
type World struct {
	Zone          *time.Location           // whose midnight counts
	At            time.Time                // the report's moment; visits after it are not known
	Rules         map[string]Rule          // by asset; no entry is the default: fresh today, stale after 100 days
	Assets        []Asset                  // every asset that was ever there
	Visits        []Visit                  // in order of time; several may have the same moment, of different sources
	CheckedWithin map[string]time.Duration // by source; 0 or missing: the default rule of the contract
}

// Rule is what is expected of one asset. The zero Rule is the default.
type Rule struct {
	Static      bool          // the asset is not expected to change
	FreshWithin time.Duration // elapsed; strictly more is past it (counts only if both limits are set)
	StaleAfter  time.Duration // elapsed; strictly more is past it (counts only if both limits are set)
	Due         [7]bool       // the weekdays on which data is due, Sunday first; none: the limits count
}

// Asset is one thing on the status page, with what it reads.
type Asset struct {
	ID       string   // "table:D.S.A", "tile:looker/1/2", "dashboard:looker/1"
	Kind     string   // table, view, model (a dbt model table), tile, dashboard
	Virtual  bool     // view, tile, dashboard: holds no data of its own
	Parent   string   // of a tile: its dashboard
	Project  string   // the dbt project that it belongs to, "" for none or where its checks do not count as those of a project
	Upstream []string // ids of what it reads; may hold ids that no source lists
}

// Visit is one visit of one source, with all that it saw.
type Visit struct {
	Source   string    // "dbt", "snowflake", "looker"
	At       time.Time // the visit's moment
	Failed   bool      // the source could not be read: nothing below is set
	Listed   []string  // a complete listing: what this source listed before and does not list now is gone
	ListedAt time.Time // the source's own moment of the listing; zero: the visit's
	Readings []Reading
	Builds   []Build
	Attempts []Attempt
}

// Reading is one check of one clock of one asset.
type Reading struct {
	Asset, Clock string    // the clock is loaded, dml, refreshed or altered
	CheckedAt    time.Time // the source's own moment of the check
	At           time.Time // when the data changed; zero: nothing newer than what was known
	Empty        bool      // the check found no row at all (At is zero)
	NotAfter     time.Time // of dml with a zero At: the start of the span of which the DML history says nothing
	Unconfirmed  bool      // of altered: the source has not confirmed it; a build may still confirm it
}

// Build is a successful build of a model by dbt. With a zero Ended it is a check of built that found nothing newer.
type Build struct {
	Asset        string
	Began, Ended time.Time
	Incremental  bool
	RowsAffected int       // -1: not told
	CheckedAt    time.Time // the newest run of the project that could have built it
}

// Attempt is an attempt to build an asset that built nothing.
type Attempt struct {
	Asset  string
	At     time.Time
	Failed bool // otherwise it was skipped because of upstream
}

// Verdict is what the judge says of one asset.
type Verdict struct {
	Status, OwnStatus            string // "" for none; else fresh, unverified, aging, stale, broken, unknown
	Clock                        string // the clock that was judged, "" for none
	Updated, UpdatedBefore       time.Time
	CheckedRoots, UncheckedRoots int
	Waiting, Failing             bool
	Unproved                     bool     // past a limit, and no check was made since that proves it
	Strip                        string   // 90 letters, oldest day first, today last
	Causes                       []string // sorted: ids of assets, and "visit:SOURCE"
}

// Truth holds, for each table, the moments at which rows really came, in order of time.
type Truth map[string][]time.Time

// The statuses, as the contract names them.
const (
	fresh      = "fresh"
	unverified = "unverified"
	unknown    = "unknown"
	aging      = "aging"
	stale      = "stale"
	broken     = "broken"
)

// warehouse is the source whose listing decides which relations are there.
const warehouse = "snowflake"
