// Package sourcetest checks the promises that every [sources.Source] makes.
//
// Each source calls Run from its own test, against a local stand-in for its
// system. A promise that holds for one holds for all: it belongs in here.
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

// Run observes src and reports each broken promise as a test failure.
func Run(t *testing.T, src sources.Source) {
	t.Helper()
	if src.Name() == "" {
		t.Error("Name is empty")
	}
	answer, err := src.Observe(t.Context())
	if err != nil {
		t.Fatalf("Observe: %v", err)
	}
	again, err := src.Observe(t.Context())
	if err != nil || !reflect.DeepEqual(sorted(answer), sorted(again)) {
		t.Errorf("a second look at the same world told something else (%v)", err)
	}
	observations(t, answer)
	scopes(t, answer)
	if answer.Requests == 0 {
		t.Error("the visit tells no cost")
	}
	canceled(t, src)
}

// sorted are the observations in the order in which a visit keeps them.
func sorted(a sources.Answer) []sources.Observation {
	s := sources.VisitAll(context.Background(), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), time.Now, []sources.Stop{{Source: fixed{a}, Deadline: time.Minute}}, nil)
	return s[0].Observations
}

// fixed is a source that answers what was answered before.
type fixed struct{ sources.Answer }

func (fixed) Name() string { return "fixed" }

func (f fixed) Observe(context.Context) (sources.Answer, error) { return f.Answer, nil }

func observations(t *testing.T, answer sources.Answer) {
	t.Helper()
	seen := make(map[sources.ID]bool)
	for _, o := range answer.Observations {
		if seen[o.ID] {
			t.Errorf("%s was observed twice", o.ID)
		}
		seen[o.ID] = true
		asset(t, o)
		readings(t, o)
	}
}

func asset(t *testing.T, o sources.Observation) {
	t.Helper()
	kind, place, _ := strings.Cut(string(o.ID), ":")
	switch {
	case kind == "" || place == "":
		t.Errorf("%q is no id: want kind:place", o.ID)
	case o.Name == "" || o.Kind == "":
		t.Errorf("%s has no name or no kind", o.ID)
	case o.Parent == o.ID:
		t.Errorf("%s is its own parent", o.ID)
	case o.Kind.Shows() && !o.Virtual:
		t.Errorf("%s shows others, and holds no data of its own", o.ID)
	}
}

func readings(t *testing.T, o sources.Observation) {
	t.Helper()
	told := make(map[sources.Clock]bool)
	for _, r := range o.Readings {
		if told[r.Clock] {
			t.Errorf("%s: the clock %q told twice", o.ID, r.Clock)
		}
		told[r.Clock] = true
		if r.Look.IsZero() {
			t.Errorf("%s: the clock %q has no look", o.ID, r.Clock)
		}
		if r.Look.Nanosecond() != 0 || r.At.Nanosecond() != 0 {
			t.Errorf("%s: the clock %q does not tell to the second", o.ID, r.Clock)
		}
		if !r.At.IsZero() && r.At.Before(sources.Never) && r.At.Year() <= 1 {
			t.Errorf("%s: the clock %q tells year 1 instead of Never", o.ID, r.Clock)
		}
		if o.Virtual && r.Clock.Judged() && r.Clock != sources.Loaded {
			t.Errorf("%s holds no data of its own, and has the clock %q", o.ID, r.Clock)
		}
	}
}

// scopes proves that what must be listed by a look can be.
func scopes(t *testing.T, answer sources.Answer) {
	t.Helper()
	known := make(map[string]bool)
	for _, s := range answer.Scopes {
		known[s.Name] = true
		if s.Look.IsZero() {
			t.Errorf("the scope %q has no look", s.Name)
		}
	}
	for _, o := range answer.Observations {
		if o.Scope != "" && !known[o.Scope] && !known[sources.Around(o.Scope)] {
			t.Errorf("%s is of the scope %q, which was not looked at", o.ID, o.Scope)
		}
	}
}

func canceled(t *testing.T, src sources.Source) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := src.Observe(ctx); err == nil {
		t.Error("Observe ignored a canceled context")
	}
}

// Corpus is a path in the folder of real artifacts and recorded answers that
// FRESHET_CORPUS names. Without it the test is skipped.
func Corpus(t *testing.T, path ...string) string {
	t.Helper()
	corpus := os.Getenv("FRESHET_CORPUS")
	if corpus == "" {
		t.Skip("FRESHET_CORPUS is not set: it names a folder of real artifacts")
	}
	return filepath.Join(append([]string{corpus}, path...)...)
}

// CorpusOf are the folders of the corpus that hold artifacts of one tool.
func CorpusOf(t *testing.T, tool string) []string {
	t.Helper()
	dirs, err := filepath.Glob(Corpus(t, tool, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no folders of %s in the corpus: %v", tool, err)
	}
	return dirs
}
