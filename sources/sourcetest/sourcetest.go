// Package sourcetest checks the promises that every [sources.Source] makes.
//
// Each source calls RunSuite from its own test, against a local stand-in for its system. A
// promise that holds for one source holds for all: it belongs in here. RunLies holds a source against
// what its system can say wrongly; it takes the judgment as an argument, because a source knows none.
package sourcetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// RunSuite reports each broken promise of a source as a test failure. open returns the source with
// a state folder, which may not exist yet; "" is none. Each call returns a source that knows nothing
// of the others but what the state folder holds.
func RunSuite(t *testing.T, open func(state string) sources.Source) {
	t.Helper()
	t.Run("observe", func(t *testing.T) { verifyObserve(t, open(filepath.Join(t.TempDir(), "state"))) })
	t.Run("state", func(t *testing.T) { verifyState(t, open) })
	t.Run("connect", func(t *testing.T) { verifyConnect(t, open("")) })
}

// verifyObserve reports broken promises of Name and Observe.
func verifyObserve(t *testing.T, src sources.Source) {
	t.Helper()
	if src.Name() == "" {
		t.Error("Name: got an empty text, want a name")
	}
	answer := observe(t, src)
	verifySame(t, "second Observe", answer, observe(t, src))
	verifyObservations(t, answer)
	verifyScopes(t, answer)
	if answer.Requests == 0 {
		t.Error("requests: got 0, want at least 1")
	}
	verifyCanceled(t, src)
}

// observe returns the answer of a source that must not fail.
func observe(t *testing.T, src sources.Source) sources.Answer {
	t.Helper()
	answer, err := src.Observe(t.Context())
	if err != nil {
		t.Fatalf("Observe: got %v, want no error", err)
	}
	return answer
}

// verifySame reports that two answers have other observations.
func verifySame(t *testing.T, label string, first, second sources.Answer) {
	t.Helper()
	want := sortObservations(first)
	got := sortObservations(second)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got other observations, want the same:\ngot  %+v\nwant %+v", label, got, want)
	}
}

// verifyState proves that what a source keeps in its state folder changes no fact: with it, with the
// folder deleted, and without one the answer is the same.
func verifyState(t *testing.T, open func(state string) sources.Source) {
	t.Helper()
	state := filepath.Join(t.TempDir(), "state")
	first := observe(t, open(state))
	verifySame(t, "with the state of an earlier visit", first, observe(t, open(state)))
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	verifySame(t, "after the state was deleted", first, observe(t, open(state)))
	verifySame(t, "without a state folder", first, observe(t, open("")))
}

// verifyConnect proves, of a source that can try its permissions, that it says something of each,
// that every line is whole, and that it ends with its context.
func verifyConnect(t *testing.T, src sources.Source) {
	t.Helper()
	connector, ok := src.(sources.Connector)
	if !ok {
		t.Skip("the source has no permissions to try")
	}
	works, missing := connector.Connect(t.Context())
	if len(works)+len(missing) == 0 {
		t.Error("Connect: got nothing, want a line for what works or an error for what does not")
	}
	for _, line := range works {
		if line == "" || strings.Contains(line, "\n") {
			t.Errorf("Connect: got the line %q, want one line of text", line)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	connector.Connect(ctx) // must return
}

// RunRecallSuite reports each broken promise of a [sources.Recaller] as a test failure: it passes on
// scrapes of its own, oldest first, the same past gives the same scrapes, and it ends with its
// caller. The past must hold something.
func RunRecallSuite(t *testing.T, src sources.Source, past sources.Archive) {
	t.Helper()
	recaller, ok := src.(sources.Recaller)
	if !ok || !recaller.CanRecall(past) {
		t.Fatal("CanRecall: got false, want true")
	}
	first := recall(t, recaller, past)
	if len(first) == 0 {
		t.Fatal("Recall: got no scrape, want at least one")
	}
	for i, s := range first {
		if s.Source != src.Name() || s.Type == "" || s.At.IsZero() {
			t.Errorf("scrape %d: got source %q, type %q, at %v; want those of the source and a moment", i, s.Source, s.Type, s.At)
		}
		if i > 0 && s.At.Before(first[i-1].At) {
			t.Errorf("scrape %d: got %v after %v, want the oldest first", i, s.At, first[i-1].At)
		}
		if len(s.Notes) > 0 {
			t.Errorf("scrape %d: got notes %q, want the facts alone", i, s.Notes)
		}
	}
	if again := recall(t, recaller, past); !reflect.DeepEqual(first, again) {
		t.Error("second Recall: got other scrapes, want the same")
	}
	verifyRecallStops(t, recaller, past)
}

// recall returns the scrapes of a past.
func recall(t *testing.T, recaller sources.Recaller, past sources.Archive) (scrapes []sources.Scrape) {
	t.Helper()
	err := recaller.Recall(t.Context(), past, func(s sources.Scrape) error {
		scrapes = append(scrapes, s)
		return nil
	})
	if err != nil {
		t.Errorf("Recall: got %v, want no error", err)
	}
	return scrapes
}

// verifyRecallStops proves that Recall ends at the first error of its caller, and returns it.
func verifyRecallStops(t *testing.T, recaller sources.Recaller, past sources.Archive) {
	t.Helper()
	full := errors.New("the disk is full")
	calls := 0
	err := recaller.Recall(t.Context(), past, func(sources.Scrape) error {
		calls++
		return full
	})
	if !errors.Is(err, full) || calls != 1 {
		t.Errorf("Recall with a caller that fails: got %v after %d calls, want that error after 1", err, calls)
	}
}

// sortObservations returns the observations of an answer in the order in which a visit keeps
// them.
func sortObservations(a sources.Answer) []sources.Observation {
	s := sources.VisitAll(
		context.Background(),
		time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Now,
		[]sources.VisitTarget{{Source: FixedSource{Title: "fixed", Answer: a}, Deadline: time.Minute}},
		nil,
	)
	return s[0].Observations
}

// A FixedSource is a source that returns the same Answer at every visit.
type FixedSource struct {
	Title string // its name
	sources.Answer
}

// Name returns the title.
func (f FixedSource) Name() string { return f.Title }

// Observe returns the Answer, without an error.
func (f FixedSource) Observe(context.Context) (sources.Answer, error) { return f.Answer, nil }

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
