package sources

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// A Recaller is a source of which the past can be read.
type Recaller interface {
	// Keeps reports whether the source can have such a past.
	Keeps(from Memory) bool

	// Recall calls tell with what a memory has of each moment, the oldest first
	// as far as the memory is in order, and ends where tell fails. What cannot
	// be read is an error, and takes nothing from the rest.
	Recall(ctx context.Context, from Memory, tell func(Scrape) error) error
}

// A Memory is where the past is kept. Without folders and git it is that of
// the source itself.
type Memory struct {
	Since   time.Time // what is older is left out
	Folders []string  // of artifacts, each of one run; globs name many
	Git     string    // a repository of git, whose commits hold artifacts
	Path    string    // of the artifacts in it
}

// Artifacts reports whether a memory is one of artifacts, which somebody kept.
func (m Memory) Artifacts() bool { return m.Git != "" || len(m.Folders) > 0 }

// Recalled is an answer as of a moment of the past: the facts alone. What it
// took to read them is no fact of that moment.
func Recalled(source, kind string, at time.Time, answer Answer) Scrape {
	s := Scrape{Source: source, Type: kind, At: at.UTC().Truncate(time.Second)}
	s.Observations, s.Scopes = slices.Clone(answer.Observations), slices.Clone(answer.Scopes)
	slices.SortFunc(s.Observations, func(a, b Observation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Scopes, func(a, b Scope) int { return cmp.Compare(a.Name, b.Name) })
	s.honest()
	s.Notes = nil
	return s
}
