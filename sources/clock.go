package sources

import "fmt"

// A Clock is a kind of timestamp for the last change of the data of an asset.
type Clock uint8

// Clocks, the most reliable first.
const (
	Loaded     Clock = iota // time of the newest row: max_loaded_at of dbt's sources.json
	DML                     // last change of rows: TABLE_DML_HISTORY of Snowflake
	Refreshed               // data time of the last refresh of a dynamic table
	Altered                 // last change of data or definition: an upper bound
	Built                   // last successful build: execute.completed_at of dbt's run_results.json, pdt_builds of Looker
	DDL                     // last change of the definition: shown, never decides a status
	Queried                 // last time that somebody read it: shown, never decides a status
	ClockCount              // number of clocks
)

// clockNames holds the names of the clocks in the history, in JSON and on pages.
var clockNames = [ClockCount]string{"loaded", "dml", "refreshed", "altered", "built", "ddl", "queried"}

// String returns the name of the clock as the history and pages write it: one lower-case word.
func (c Clock) String() string { return clockNames[c] }

// CanDecideStatus reports whether readings of the clock may decide a status. DDL and Queried
// are only shown.
func (c Clock) CanDecideStatus() bool { return c < DDL }

// MarshalText returns the name of the clock. It never errs.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText sets c to the clock that text names. It errs for an unknown name.
func (c *Clock) UnmarshalText(text []byte) error {
	for i, name := range clockNames {
		if name == string(text) {
			*c = Clock(i)
			return nil
		}
	}
	return fmt.Errorf("unknown clock %q", text)
}
