package sources

import (
	"context"
	"time"
)

// A Line is how one asset stands, as a system may keep it for people to query.
// It is made of a report, and this package does not say how.
type Line struct {
	ID       ID         `json:"id"`
	Kind     Kind       `json:"kind"`
	Name     string     `json:"name"`
	Status   string     `json:"status"`
	Updated  *time.Time `json:"updated"`    // when its data moved; null is not known
	DataAsOf *time.Time `json:"data_as_of"` // the moment of its worst cause, or of its data
	Clock    *string    `json:"clock"`      // which told
	Owner    *string    `json:"owner"`
	Cause    *ID        `json:"cause"` // the worst; null is none
	Says     *string    `json:"says"`  // the sentence that names what to repair
}

// A Writer is a source in which the status of all assets can be kept.
type Writer interface {
	// WriteBack keeps lines as of one moment in a table, all or none of them.
	// The same moment again changes nothing. With merge there is one row an
	// asset, without it one an asset and run.
	WriteBack(ctx context.Context, table string, merge bool, at time.Time, lines []Line) error
}
