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
			t.Fatalf("import: %v", err)
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
		t.Fatalf("recall: %v", err)
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
			t.Fatalf("got %+v\nwant %+v", recall(t, a, end), recall(t, b, end))
		}
		if importAll(t, a, told...) != 0 {
			t.Fatalf("the same import again adds something")
		}
		for _, l := range []*history.Log{a, b} {
			if p, err := l.Verify(); err != nil || len(p.Faults) > 0 {
				t.Fatalf("%v %v", p.Faults, err)
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
			t.Fatalf("%d assets became %d", len(before.Tracks), len(after.Tracks))
		}
		for i, tr := range before.Tracks {
			for _, span := range tr.Clocks[sources.Loaded] {
				if !says(after.Tracks[i].Clocks[sources.Loaded], span) {
					t.Fatalf("%s was seen as %v, and is told as %v", tr.Asset.ID, span, after.Tracks[i].Clocks[sources.Loaded])
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
		t.Fatalf("what no visit lists is not there: %+v", past)
	}
	tr := past.Tracks[0]
	if want := morning.AddDate(0, 0, -40).Add(7 * time.Minute); !tr.Listings[0].Came.Equal(want) ||
		len(tr.Clocks[sources.Loaded]) != 2 {
		t.Errorf("it came %v: %v", tr.Listings, tr.Clocks[sources.Loaded])
	}
	if early := recall(t, l, morning.AddDate(0, 0, -20)); len(early.Tracks) != 2 {
		t.Errorf("before the first visit all that was imported is known: %v", early.Tracks)
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
		t.Errorf("looks of visits: %v", got)
	}
	if got := past.ImportedChecks["dbt"][sources.Loaded]; len(got) != 11 {
		t.Errorf("looks before: %v", got)
	}
	if past.Checks["other"] == nil || past.ImportedChecks["other"] != nil {
		t.Error("of a source that was never visited the imported looks are all that there is")
	}
}

// TestAVisitThatFailedHidesNoImport lets the first visit fail.
func TestAVisitThatFailedHidesNoImport(t *testing.T) {
	l := history.Open(t.TempDir())
	importAll(t, l, mergeTrack([]sources.Scrape{tableScrape("dbt", morning.AddDate(0, 0, -9), map[string]int{"A": 5})})...)
	appendAll(t, l, sources.Scrape{Source: "dbt", Type: "dbt", At: morning, Error: "no network"})
	if past := recall(t, l, morning); len(past.Tracks) != 1 {
		t.Errorf("got %v", past.Tracks)
	}
	appendAll(t, l, tableScrape("dbt", morning.Add(time.Hour), map[string]int{"A": 2}))
	past := recall(t, l, morning.Add(time.Hour))
	if came := past.Tracks[0].Listings[0].Came; !came.Before(morning) {
		t.Errorf("it came %v", came)
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
		t.Errorf("got %+v", past.Tracks)
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
		t.Fatalf("nothing is known yet: %+v", tr)
	}
	importAll(t, l, mergeTrack([]sources.Scrape{tableScrape("dbt", morning.AddDate(0, 0, -3), map[string]int{"A": 5})})...)
	if at, look := recall(t, l, morning).Tracks[0].Clocks[sources.Loaded].LastReading(); !look.Equal(morning) ||
		!at.Equal(morning.AddDate(0, 0, -3).Add(-5*time.Hour)) {
		t.Errorf("loaded %v as of %v", at, look)
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
			t.Fatalf("cut at %d: got %+v", cut, got.Tracks[0])
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
	if err == nil || !strings.HasPrefix(err.Error(), "observations/2026-08-22.import.jsonl:1: a conflict marker of git") {
		t.Errorf("got %v", err)
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
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(bytesIn(dir))/1e6, "MB")
	began := time.Now()
	past, err := history.Open(dir).MergeImports(new(sources.Past), end.AddDate(0, 0, -90), end)
	if err != nil || len(past.Tracks) != 10000 {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-to-read")
}
