// Package sourcetest checks the promises that every [sources.Source] makes.
//
// Each source calls RunSuite from its own test, against a local stand-in for its system. A
// promise that holds for one source holds for all: it belongs in here.
package sourcetest

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// RunSuite observes src and reports each broken promise as a test failure.
func RunSuite(t *testing.T, src sources.Source) {
	t.Helper()
	if src.Name() == "" {
		t.Error("Name: got an empty text, want a name")
	}
	answer, err := src.Observe(t.Context())
	if err != nil {
		t.Fatalf("Observe: got %v, want no error", err)
	}
	again, err := src.Observe(t.Context())
	if err != nil || !reflect.DeepEqual(sortObservations(answer), sortObservations(again)) {
		t.Errorf("second Observe: got another answer, error %v; want the same answer and no error", err)
	}
	verifyObservations(t, answer)
	verifyScopes(t, answer)
	if answer.Requests == 0 {
		t.Error("requests: got 0, want at least 1")
	}
	verifyCanceled(t, src)
}

// sortObservations returns the observations of an answer in the order in which a visit keeps
// them.
func sortObservations(a sources.Answer) []sources.Observation {
	s := sources.VisitAll(
		context.Background(),
		time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Now,
		[]sources.VisitTarget{{Source: fixedSource{Answer: a}, Deadline: time.Minute}},
		nil,
	)
	return s[0].Observations
}

// A fixedSource is a source that returns the same Answer at every visit.
type fixedSource struct{ sources.Answer }

// Name returns "fixed".
func (fixedSource) Name() string { return "fixed" }

// Observe returns the Answer, without an error.
func (f fixedSource) Observe(context.Context) (sources.Answer, error) { return f.Answer, nil }

// verifyObservations reports assets that were observed twice, and verifies each observation.
func verifyObservations(t *testing.T, answer sources.Answer) {
	t.Helper()
	seen := make(map[sources.ID]bool)
	for _, o := range answer.Observations {
		if seen[o.ID] {
			t.Errorf("%s: got two observations, want one", o.ID)
		}
		seen[o.ID] = true
		verifyAsset(t, o)
		verifyReadings(t, o)
	}
}

// verifyAsset reports an asset without a proper id, name or kind, one that is its own parent,
// and a container that is not virtual.
func verifyAsset(t *testing.T, o sources.Observation) {
	t.Helper()
	kind, place, _ := strings.Cut(string(o.ID), ":")
	switch {
	case kind == "" || place == "":
		t.Errorf("id: got %q, want kind:place", o.ID)
	case o.Name == "" || o.Kind == "":
		t.Errorf("%s: got name %q, kind %q; want both", o.ID, o.Name, o.Kind)
	case o.Parent == o.ID:
		t.Errorf("%s: got itself as parent, want another asset or none", o.ID)
	case o.Kind.IsContainer() && !o.Virtual:
		t.Errorf("%s: got data of its own in a container (%s), want it virtual", o.ID, o.Kind)
	}
}

// verifyReadings reports clocks with two readings, checks without a time, times with fractions
// of a second, year 1 instead of Never, and clocks that an asset without data cannot have.
func verifyReadings(t *testing.T, o sources.Observation) {
	t.Helper()
	seen := make(map[sources.Clock]bool)
	for _, r := range o.Readings {
		if seen[r.Clock] {
			t.Errorf("%s: got two readings of the clock %q, want one", o.ID, r.Clock)
		}
		seen[r.Clock] = true
		if r.CheckedAt.IsZero() {
			t.Errorf("%s: got a reading of the clock %q without the time of its check, want one with it", o.ID, r.Clock)
		}
		if r.CheckedAt.Nanosecond() != 0 || r.At.Nanosecond() != 0 {
			t.Errorf("%s: got fractions of a second for the clock %q, want whole seconds", o.ID, r.Clock)
		}
		if !r.At.IsZero() && r.At.Before(sources.Never) && r.At.Year() <= 1 {
			t.Errorf("%s: got year 1 for the clock %q, want Never", o.ID, r.Clock)
		}
		if o.Virtual && r.Clock.CanDecideStatus() && r.Clock != sources.Loaded {
			t.Errorf("%s: got the clock %q for a virtual asset, want none that needs data", o.ID, r.Clock)
		}
	}
}

// verifyScopes reports scopes without a time, and assets of a scope that the answer does not
// list, nor the scope around it.
func verifyScopes(t *testing.T, answer sources.Answer) {
	t.Helper()
	known := make(map[sources.ScopeName]bool)
	for _, s := range answer.Scopes {
		known[s.Name] = true
		if s.CheckedAt.IsZero() {
			t.Errorf("scope %q: got no time of its check, want one", s.Name)
		}
	}
	for _, o := range answer.Observations {
		if o.Scope != "" && !known[o.Scope] && !known[o.Scope.Enclosing()] {
			t.Errorf("%s: got the scope %q, want one that the answer lists", o.ID, o.Scope)
		}
	}
}

// verifyCanceled reports a source that observes with a canceled context and returns no error.
func verifyCanceled(t *testing.T, src sources.Source) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := src.Observe(ctx); err == nil {
		t.Error("Observe with a canceled context: got no error, want one")
	}
}

// CorpusPath returns a path below the folder of real artifacts and recorded answers that
// FRESHET_CORPUS names. It skips the test if that is not set.
func CorpusPath(t *testing.T, path ...string) string {
	t.Helper()
	corpus := os.Getenv("FRESHET_CORPUS")
	if corpus == "" {
		t.Skip("FRESHET_CORPUS is not set: it names a folder of real artifacts")
	}
	return filepath.Join(append([]string{corpus}, path...)...)
}

// CorpusFolders returns the folders of the corpus that hold artifacts of a tool. It fails the
// test if there are none.
func CorpusFolders(t *testing.T, tool string) []string {
	t.Helper()
	dirs, err := filepath.Glob(CorpusPath(t, tool, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("corpus of %s: got no folders, error %v; want at least one", tool, err)
	}
	return dirs
}
