package sources

import "fmt"

// A Clock is a way to tell when the data of an asset last changed.
type Clock uint8

// The clocks, the most honest first.
const (
	Loaded    Clock = iota // the newest row, as dbt read it: max_loaded_at of sources.json
	DML                    // rows were changed
	Refreshed              // the data time of a dynamic table
	Altered                // data or definition changed: an upper bound
	Built                  // a run made the asset anew: execute.completed_at of run_results.json
	DDL                    // the definition changed: shown and never judged
	Queried                // somebody read it: shown and never judged
	Clocks                 // how many there are
)

var clockNames = [Clocks]string{"loaded", "dml", "refreshed", "altered", "built", "ddl", "queried"}

// String is the clock as one lower-case word, as in the history and on pages.
func (c Clock) String() string { return clockNames[c] }

// Judged reports whether the clock may decide a status.
func (c Clock) Judged() bool { return c < DDL }

// MarshalText writes the clock as its word.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads the word of a clock.
func (c *Clock) UnmarshalText(text []byte) error {
	for i, name := range clockNames {
		if name == string(text) {
			*c = Clock(i)
			return nil
		}
	}
	return fmt.Errorf("no clock is called %q", text)
}
