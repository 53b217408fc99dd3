package sources

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// A Recaller is a source whose past can be imported.
type Recaller interface {
	// CanRecall reports whether the source can read its past from this archive.
	CanRecall(from Archive) bool

	// Recall calls tell with one Scrape for each moment that the archive holds, oldest first as far
	// as the archive is in order, and stops if tell errs. What could not be read is an error at the
	// end; everything else is passed on all the same.
	Recall(ctx context.Context, from Archive, tell func(Scrape) error) error
}

// An Archive says where the past is kept: in folders of artifacts, in a git repository or, if
// both are empty, in the system of the source itself.
type Archive struct {
	Since   time.Time // moments before it are left out
	Folders []string  // folders of artifacts, one run each; may be globs
	Git     string    // path of a git repository whose commits hold artifacts; "" if none
	Branch  string    // branch, tag or commit whose history is read; "" for the current branch
	Path    string    // folder of the artifacts in that repository
}

// HasArtifacts reports whether the archive holds dbt artifacts that somebody kept, in folders
// or in git.
func (m Archive) HasArtifacts() bool { return m.Git != "" || len(m.Folders) > 0 }

// NewImportedScrape returns answer as the scrape of a past moment, to the second: its
// observations and scopes, sorted, without checks of a later moment. Requests, notes and the
// like are left out, because they belong to the import and not to that moment.
func NewImportedScrape(source, sourceType string, at time.Time, answer Answer) Scrape {
	s := Scrape{Source: source, Type: sourceType, At: at.UTC().Truncate(time.Second)}
	s.Observations = slices.Clone(answer.Observations)
	s.Scopes = slices.Clone(answer.Scopes)
	slices.SortFunc(s.Observations, func(a, b Observation) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Scopes, func(a, b Scope) int { return cmp.Compare(a.Name, b.Name) })
	s.dropFuture()
	s.Notes = nil
	return s
}
