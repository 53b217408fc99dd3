package generator_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator"
	"github.com/freshet-status/freshet/generator/expect"
	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

var noon = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

// A stub is a source that answers what a test says.
type stub struct {
	name   string
	answer func() (sources.Answer, error)
}

func (s *stub) Name() string { return s.name }

func (s *stub) Observe(context.Context) (sources.Answer, error) { return s.answer() }

// tableAnswer returns the answer of a source that has one table, loaded an hour before noon.
func tableAnswer(name string) sources.Answer {
	o := sources.Observation{Asset: sources.Asset{ID: "table:T", Kind: sources.Table, Name: name}}
	o.Readings = []sources.Reading{{Clock: sources.Loaded, At: noon.Add(-time.Hour), CheckedAt: noon.Add(-time.Minute)}}
	return sources.Answer{Observations: []sources.Observation{o}}
}

// newGenerator returns a generator with one source; each reading of its clock is 150 ms after
// the one before.
func newGenerator(dir string, answer func() (sources.Answer, error)) *generator.Generator {
	at := noon.Add(800 * time.Millisecond)
	today, _ := expect.ParseLimit("today")
	hundred, _ := expect.ParseLimit("100d")
	return &generator.Generator{
		Targets: []sources.VisitTarget{{Source: &stub{name: "stub", answer: answer}, Type: "stub", Deadline: time.Minute}},
		History: history.Open(dir),
		Rules: freshness.Rules{
			Zone:    time.UTC,
			Default: expect.Expectation{FreshWithin: today, StaleAfter: hundred, SetBy: "default"},
		},
		Clock: func() time.Time { at = at.Add(150 * time.Millisecond); return at },
	}
}

func TestARunTellsOfItsOwnVisit(t *testing.T) {
	name := "before"
	g := newGenerator(t.TempDir(), func() (sources.Answer, error) { return tableAnswer(name), nil })
	for range 6 { // a second passes within some of these
		r, err := g.Scrape(context.Background())
		if err != nil {
			t.Fatalf("run: got error %v, want none", err)
		}
		if n := r.Node("table:T"); n == nil || n.Name != name || !r.Sources[0].At.Equal(r.At) {
			t.Fatalf("table:T in the report of %v: got %+v by the visit of %v, want %q by its own visit",
				r.At, n, r.Sources[0].At, name)
		}
		name += "'"
	}
}

func TestAVisitThatIsInterruptedLeavesTheHistoryAsItWas(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	g := newGenerator(dir, func() (sources.Answer, error) { cancel(); return tableAnswer("t"), nil })
	if _, err := g.Scrape(ctx); err == nil {
		t.Error("interrupted run: got no error, want one")
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*", "*.jsonl")); len(files) != 0 {
		t.Errorf("files after an interrupted run: got %v, want none", files)
	}
}

func TestWhatWasSeenBeforeAFaultIsKept(t *testing.T) {
	g := newGenerator(
		t.TempDir(),
		func() (sources.Answer, error) { return tableAnswer("t"), errors.New("the second page is missing") },
	)
	r, err := g.Scrape(context.Background())
	if !errors.Is(err, generator.ErrPartial) || r == nil || r.Node("table:T").Status != freshness.Fresh {
		t.Errorf("run with a missing page: got error %v, want ErrPartial, and table:T fresh in its report", err)
	}
}

func TestASourceThatWasTakenOutIsNotWatchedAnyMore(t *testing.T) {
	dir := t.TempDir()
	g := newGenerator(dir, func() (sources.Answer, error) { return tableAnswer("t"), nil })
	if _, err := g.Scrape(context.Background()); err != nil {
		t.Fatalf("run with the first source: got error %v, want none", err)
	}
	g.Targets[0].Source = &stub{name: "other", answer: func() (sources.Answer, error) { return sources.Answer{}, nil }}
	r, err := g.Scrape(context.Background())
	if err != nil || len(r.Sources) != 1 || len(r.Nodes) != 0 {
		t.Errorf("run with another source: got error %v, report %+v, want no error, 1 source, 0 nodes", err, r)
	}
}

func TestAFirstRunThatFailedDoesNotMakeTheNextTellOfEachAsset(t *testing.T) {
	dir := t.TempDir()
	err := errors.New("not yet")
	answer := sources.Answer{}
	g := newGenerator(dir, func() (sources.Answer, error) { return answer, err })
	if _, err := g.Scrape(context.Background()); !errors.Is(err, generator.ErrPartial) {
		t.Fatalf("first run: got error %v, want ErrPartial", err)
	}
	at := noon.Add(time.Hour)
	err = nil
	answer = tableAnswer("t")
	g.Clock = func() time.Time { return at }
	if _, err := g.Scrape(context.Background()); err != nil {
		t.Fatalf("second run: got error %v, want none", err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "changes", "2026-08-22.jsonl"))
	if !strings.Contains(string(text), `"what":"came","says":"First run: 1 asset found."`) {
		t.Errorf("changes of the second run: got %s, want one entry for the assets of a first run", text)
	}
}

// TestARunThatDiedBeforeItsChangesIsCompletedByTheNext removes the changes of the last run, all or in part, as a kill
// between the two records leaves them.
func TestARunThatDiedBeforeItsChangesIsCompletedByTheNext(t *testing.T) {
	for name, keep := range map[string]func(whole string) string{
		"none of its changes": func(string) string { return "" },
		"its first line": func(whole string) string {
			first, _, _ := strings.Cut(whole, "\n")
			return first + "\n"
		},
		"half of its first line": func(whole string) string { return whole[:20] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			at := noon
			title := "one"
			g := newGenerator(dir, func() (sources.Answer, error) { return tableAnswer(title), nil })
			g.Clock = func() time.Time { return at }
			scrape := func(hours int, name string) {
				title = name
				at = noon.Add(time.Duration(hours) * time.Hour)
				if _, err := g.Scrape(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			scrape(0, "one")
			file := filepath.Join(dir, "changes", "2026-08-22.jsonl")
			before, _ := os.ReadFile(file)
			scrape(1, "two")
			control, _ := os.ReadFile(file)
			died := string(before) + keep(strings.TrimPrefix(string(control), string(before)))
			if err := os.WriteFile(file, []byte(died), 0o644); err != nil {
				t.Fatal(err)
			}
			scrape(2, "two")
			completed, _ := os.ReadFile(file)
			if !strings.HasPrefix(string(completed), string(control)) {
				t.Errorf("changes after the next run:\ngot  %s\nwant first %s", completed, control)
			}
			if strings.Count(string(completed), `"what":"renamed"`) != 1 {
				t.Errorf("changes after the next run: got %s, want one entry for the new name", completed)
			}
		})
	}
}
