package history_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// importAll adds moments of the past, and says how many were new.
func importAll(t failer, l *history.Log, scrapes ...sources.Scrape) (added int) {
	t.Helper()
	m := l.StartImport()
	for _, s := range scrapes {
		ok, err := m.Add(s)
		if err != nil {
			t.Fatalf("import: got error %v, want none", err)
		}
		if ok {
			added++
		}
	}
	return added
}

// recall reads all that is known at a moment.
func recall(t failer, l *history.Log, at time.Time) *sources.Past {
	t.Helper()
	past, err := l.MergeImports(load(t, l, at), at.AddDate(0, 0, -90), at)
	if err != nil {
		t.Fatalf("merge of the imports: got error %v, want none", err)
	}
	return past
}

// mergeTrack returns a copy of t with the imported readings and attempts. firstVisit is the
// first visit of its source: an asset that this visit listed counts as listed since it was
// first imported.
func mergeTrack(scrapes []sources.Scrape) (all []sources.Scrape) {
	for _, s := range scrapes {
		if s.Error == "" {
			all = append(all, sources.NewImportedScrape(s.Source, s.Type, s.At.Add(7*time.Minute), s.Answer))
		}
	}
	return all
}

// TestTheOrderOfImportAndVisitsChangesNothing imports before, between and after
// the visits, forwards and backwards.
func TestTheOrderOfImportAndVisitsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lived := drawScrapes(t)
		told := mergeTrack(drawScrapes(t))
		cut := rapid.IntRange(0, len(lived)).Draw(t, "cut")
		one := mkdir(t)
		other := mkdir(t)
		defer os.RemoveAll(one)
		defer os.RemoveAll(other)
		a := history.Open(one)
		b := history.Open(other)
		end := morning.AddDate(0, 0, 20)

		importAll(t, a, told...)
		for i, s := range lived {
			if i == cut {
				for k := range told {
					importAll(t, b, told[len(told)-1-k])
				}
			}
			appendAll(t, a, s)
			appendAll(t, b, s)
		}
		importAll(t, b, told...)
		if !reflect.DeepEqual(recall(t, a, end), recall(t, b, end)) {
			t.Fatalf("past with imports in another order:\ngot  %+v\nwant %+v", recall(t, b, end), recall(t, a, end))
		}
		if importAll(t, a, told...) != 0 {
			t.Fatalf("second import of the same scrapes: got some added, want none")
		}
		for _, l := range []*history.Log{a, b} {
			if p, err := l.Verify(); err != nil || len(p.Faults) > 0 {
				t.Fatalf("verify after an import: got faults %v, error %v, want none", p.Faults, err)
			}
		}
	})
}

// TestAnImportOverwritesNothingThatWasSeen compares every stretch of looks with
// what it is after an import.
func TestAnImportOverwritesNothingThatWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := mkdir(t)
		defer os.RemoveAll(dir)
		l := history.Open(dir)
		lived := drawScrapes(t)
		for _, s := range lived {
			appendAll(t, l, s)
		}
		before := load(t, l, morning.AddDate(0, 0, 20))
		importAll(t, l, mergeTrack(drawScrapes(t))...)
		importAll(
			t,
			l,
			sources.NewImportedScrape(
				"dbt",
				"dbt",
				lived[0].At,
				tableScrape("dbt", lived[0].At, map[string]int{"A": 31, "B": 31}).Answer,
			),
		)
		after := recall(t, l, morning.AddDate(0, 0, 20))
		if len(before.Tracks) != len(after.Tracks) {
			t.Fatalf("assets after an import: got %d, want %d", len(after.Tracks), len(before.Tracks))
		}
		for i, tr := range before.Tracks {
			for _, span := range tr.Clocks[sources.Loaded] {
				if !says(after.Tracks[i].Clocks[sources.Loaded], span) {
					t.Fatalf("%s after an import: got %v, want %v in it",
						tr.Asset.ID, after.Tracks[i].Clocks[sources.Loaded], span)
				}
			}
		}
	})
}

// says reports whether a series says of a stretch what the stretch says.
func says(s sources.Series, span sources.Span) bool {
	for _, own := range s {
		if own.At == span.At && own.First <= span.First && own.Last >= span.Last {
			return true
		}
	}
	return false
}

func TestAnImportReachesBackBeforeTheFirstVisit(t *testing.T) {
	l := history.Open(t.TempDir())
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"A": 2}))
	importAll(
		t,
		l,
		mergeTrack([]sources.Scrape{tableScrape("dbt", morning.AddDate(0, 0, -40), map[string]int{"A": 5, "DROPPED": 5})})...)
	past := recall(t, l, morning)
	if len(past.Tracks) != 1 || len(past.Imports) != 1 || len(past.Visits) != 1 {
		t.Fatalf("past: got %d tracks, %d imports, %d visits, want 1 of each",
			len(past.Tracks), len(past.Imports), len(past.Visits))
	}
	tr := past.Tracks[0]
	if want := morning.AddDate(0, 0, -40).Add(7 * time.Minute); !tr.Listings[0].Came.Equal(want) ||
		len(tr.Clocks[sources.Loaded]) != 2 {
		t.Errorf("track of A: got listings %v, loads %v, want listed since %v, 2 loads",
			tr.Listings, tr.Clocks[sources.Loaded], want)
	}
	if early := recall(t, l, morning.AddDate(0, 0, -20)); len(early.Tracks) != 2 {
		t.Errorf("tracks before the first visit: got %d, want all 2 of the import", len(early.Tracks))
	}
}

// TestAnImportLengthensNoLook imports a weekly past: how long a look of today
// stands is told by visits alone.
func TestAnImportLengthensNoLook(t *testing.T) {
	l := history.Open(t.TempDir())
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"A": 2}))
	var weekly []sources.Scrape
	for week := 1; week < 12; week++ {
		weekly = append(weekly, tableScrape("dbt", morning.AddDate(0, 0, -7*week), map[string]int{"A": 5}))
	}
	importAll(t, l, mergeTrack(weekly)...)
	importAll(
		t,
		l,
		sources.NewImportedScrape(
			"other",
			"dbt",
			morning.AddDate(0, 0, -3),
			tableScrape("other", morning.AddDate(0, 0, -3), map[string]int{"B": 1}).Answer,
		),
	)
	past := recall(t, l, morning)
	if got := past.Checks["dbt"][sources.Loaded]; len(got) != 1 {
		t.Errorf("checks by visits: got %v, want 1", got)
	}
	if got := past.ImportedChecks["dbt"][sources.Loaded]; len(got) != 11 {
		t.Errorf("checks by imports: got %v, want 11", got)
	}
	if past.Checks["other"] == nil || past.ImportedChecks["other"] != nil {
		t.Errorf("checks of a source that was never visited: got %v, imported %v, want the imported ones as its checks",
			past.Checks["other"], past.ImportedChecks["other"])
	}
}

// TestAVisitThatFailedHidesNoImport lets the first visit fail.
func TestAVisitThatFailedHidesNoImport(t *testing.T) {
	l := history.Open(t.TempDir())
	importAll(t, l, mergeTrack([]sources.Scrape{tableScrape("dbt", morning.AddDate(0, 0, -9), map[string]int{"A": 5})})...)
	appendAll(t, l, sources.Scrape{Source: "dbt", Type: "dbt", At: morning, Error: "no network"})
	if past := recall(t, l, morning); len(past.Tracks) != 1 {
		t.Errorf("tracks after a failed visit: got %d, want 1", len(past.Tracks))
	}
	appendAll(t, l, tableScrape("dbt", morning.Add(time.Hour), map[string]int{"A": 2}))
	past := recall(t, l, morning.Add(time.Hour))
	if came := past.Tracks[0].Listings[0].Came; !came.Before(morning) {
		t.Errorf("start of the first listing of A: got %v, want before %v", came, morning)
	}
}

func TestAnImportAloneKnowsWhoWent(t *testing.T) {
	l := history.Open(t.TempDir())
	importAll(
		t,
		l,
		mergeTrack(
			[]sources.Scrape{
				tableScrape("dbt", morning, map[string]int{"A": 2, "B": 2}),
				tableScrape("dbt", morning.Add(24*time.Hour), map[string]int{"A": 2}),
			},
		)...)
	past := recall(t, l, morning.AddDate(0, 0, 3))
	if len(past.Tracks) != 2 || !past.Tracks[0].IsListed() || past.Tracks[1].IsListed() {
		t.Errorf("tracks of an import alone: got %d, want A listed, B no longer listed", len(past.Tracks))
	}
}

// TestALookThatFoundNothingNewerThanWhatIsImportedLater keeps looks that could
// tell nothing, until an import says what they were about.
func TestALookThatFoundNothingNewerThanWhatIsImportedLater(t *testing.T) {
	l := history.Open(t.TempDir())
	idle := tableScrape("dbt", morning, map[string]int{"A": 0})
	idle.Observations[0].Readings[0].At = time.Time{}
	appendAll(t, l, idle)
	if tr := load(t, l, morning).Tracks[0]; tr.Clocks[sources.Loaded] != nil || tr.LastEmpty[sources.Loaded] != morning.Unix() {
		t.Fatalf("track of A before the import: got %+v, want no reading of loaded but an empty one at %v", tr, morning)
	}
	importAll(t, l, mergeTrack([]sources.Scrape{tableScrape("dbt", morning.AddDate(0, 0, -3), map[string]int{"A": 5})})...)
	if at, look := recall(t, l, morning).Tracks[0].Clocks[sources.Loaded].LastReading(); !look.Equal(morning) ||
		!at.Equal(morning.AddDate(0, 0, -3).Add(-5*time.Hour)) {
		t.Errorf("last load of A: got %v, checked %v, want the imported load, checked %v", at, look, morning)
	}
}

func TestATornImportIsMended(t *testing.T) {
	dir := t.TempDir()
	l := history.Open(dir)
	told := mergeTrack(
		[]sources.Scrape{
			tableScrape("dbt", morning, map[string]int{"A": 2}),
			tableScrape("dbt", morning.Add(time.Hour), map[string]int{"A": 1}),
		},
	)
	importAll(t, l, told...)
	file := filepath.Join(dir, "observations", "2026-08-22.import.jsonl")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(whole); cut++ {
		if err := os.WriteFile(file, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		importAll(t, l, told...)
		if got := recall(t, l, morning.Add(2*time.Hour)); len(got.Imports) != 2 ||
			got.Tracks[0].Clocks[sources.Loaded].LastCheck() != told[1].At.Unix()-7*60 {
			t.Fatalf("imports after a cut at %d: got %d, track %+v, want 2, last checked by the second",
				cut, len(got.Imports), got.Tracks[0])
		}
	}
}

func TestWhatIsWrongInAnImportIsSaid(t *testing.T) {
	dir := t.TempDir()
	l := history.Open(dir)
	importAll(t, l, mergeTrack([]sources.Scrape{tableScrape("dbt", morning, map[string]int{"A": 2})})...)
	file := filepath.Join(dir, "observations", "2026-08-22.import.jsonl")
	if err := os.WriteFile(file, []byte("<<<<<<< ours\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := l.MergeImports(new(sources.Past), morning, morning)
	if err == nil || !strings.HasPrefix(err.Error(), "observations/2026-08-22.import.jsonl:1: git conflict marker") {
		t.Errorf("merge of the imports: got error %v, want a conflict marker in line 1", err)
	}
}

// BenchmarkImport90Days10000Assets imports a company's last 90 days, and reads
// them again.
func BenchmarkImport90Days10000Assets(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var told []sources.Scrape
	for day := range 90 {
		at := morning.AddDate(0, 0, day)
		told = append(told, sources.NewImportedScrape("dbt", "dbt", at, companyScrape(at, 10000, r).Answer))
	}
	end := morning.AddDate(0, 0, 90)
	dir := ""
	b.ReportAllocs()
	for b.Loop() {
		dir = b.TempDir()
		l := history.Open(dir)
		m := l.StartImport()
		for _, s := range told {
			if _, err := m.Add(s); err != nil {
				b.Fatalf("import of one day: got error %v, want none", err)
			}
		}
	}
	b.ReportMetric(float64(bytesIn(dir))/1e6, "MB")
	began := time.Now()
	past, err := history.Open(dir).MergeImports(new(sources.Past), end.AddDate(0, 0, -90), end)
	if err != nil || len(past.Tracks) != 10000 {
		b.Fatalf("merge of 90 imports: got error %v, want none and 10,000 tracks", err)
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-to-read")
}
