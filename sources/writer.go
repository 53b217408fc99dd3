package sources

import (
	"context"
	"time"
)

// A StatusLine is the status of one asset, as a system may keep it for people to query. The
// generator makes it from a report.
type StatusLine struct {
	ID       ID         `json:"id"`
	Kind     Kind       `json:"kind"`
	Name     string     `json:"name"`
	Status   string     `json:"status"`
	Updated  *time.Time `json:"updated"`    // time of its last data change; null if not known
	DataAsOf *time.Time `json:"data_as_of"` // time of the data it shows: that of its worst root cause, or its own; null if not known
	Clock    *string    `json:"clock"`      // clock that Updated comes from; null if none
	Owner    *string    `json:"owner"`
	Cause    *ID        `json:"cause"` // worst root cause; null if none
	Says     *string    `json:"says"`  // sentence about that root cause; null if none
}

// A StatusWriter is a source in which the status of all assets can be kept.
type StatusWriter interface {
	// ConnectTable returns a line on what works if table could be written to, or an error with a hint that fixes
	// it. It writes nothing.
	ConnectTable(ctx context.Context, table string) (works string, err error)

	// WriteBack writes the lines of one moment to a table, all or none of them. Writing the same
	// moment again changes nothing. With merge the table has one row per asset, without it one per
	// asset and run.
	WriteBack(ctx context.Context, table string, merge bool, at time.Time, lines []StatusLine) error
}
