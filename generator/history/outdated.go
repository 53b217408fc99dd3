package history

import (
	"fmt"
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// A listingKey names a scope of a source.
type listingKey struct {
	source string
	scope  sources.ScopeName
}

// collectListings returns when each scope was last listed completely, as visits recorded it.
func collectListings(visits []sources.Visit) map[listingKey]time.Time {
	newest := make(map[listingKey]time.Time)
	for _, v := range visits {
		for _, scope := range v.Scopes {
			key := listingKey{source: v.Source, scope: scope.Name}
			if scope.CheckedAt.After(newest[key]) {
				newest[key] = scope.CheckedAt
			}
		}
	}
	return newest
}

// withoutOutdated returns s without the listings that are older than one that was recorded, such as an
// older manifest of dbt that lies on disk again. Assets of these scopes stay as they are in before: s
// only adds what was read of those that are listed. A note names each such scope.
func withoutOutdated(s sources.Scrape, before sourceState, newest map[listingKey]time.Time) sources.Scrape {
	outdated := make(map[sources.ScopeName]bool)
	for _, scope := range s.Scopes {
		known := newest[listingKey{source: s.Source, scope: scope.Name}]
		if scope.CheckedAt.Before(known) {
			outdated[scope.Name] = true
			s.Notes = append(slices.Clone(s.Notes), describeOutdated(scope, known))
		}
	}
	if len(outdated) == 0 {
		return s
	}
	s.Scopes = slices.DeleteFunc(slices.Clone(s.Scopes), func(scope sources.Scope) bool { return outdated[scope.Name] })
	var kept []sources.Observation
	for _, o := range s.Observations {
		t := before[o.ID]
		switch {
		case !outdated[o.Scope]:
			kept = append(kept, o)
		case t != nil && t.IsListed():
			o.Asset = t.Asset
			o.Tests = keepKnownTests(o.Tests, t.Tests)
			kept = append(kept, o)
		}
	}
	s.Observations = kept
	return s
}

// describeOutdated returns a note that a listing is older than the one known before.
func describeOutdated(scope sources.Scope, known time.Time) string {
	const layout = "2 Jan 2006 15:04 UTC"
	what := scope.Name.Kind() + " " + scope.Name.Place()
	if scope.Name.Kind() == sources.ProjectScope {
		what = "manifest of " + what
	}
	return fmt.Sprintf("%s: it is from %s and older than the one read before, from %s; what it says of assets is ignored",
		what, scope.CheckedAt.UTC().Format(layout), known.UTC().Format(layout))
}

// keepKnownTests returns the results in read of the tests in known, and an entry without a result for each
// other test in known.
func keepKnownTests(read, known []sources.TestResult) (all []sources.TestResult) {
	for _, test := range known {
		result := sources.TestResult{Name: test.Name}
		i := slices.IndexFunc(read, func(r sources.TestResult) bool { return r.Name == test.Name })
		if i >= 0 {
			result = read[i]
		}
		all = append(all, result)
	}
	return all
}
