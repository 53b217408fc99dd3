package history_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

var morning = time.Date(2026, 8, 22, 6, 0, 0, 0, time.UTC)

// tableScrape returns a visit that lists tables, each loaded the given number of hours before
// it.
func tableScrape(source string, at time.Time, loaded map[string]int) sources.Scrape {
	s := sources.Scrape{Source: source, Type: "dbt", At: at}
	s.Scopes = []sources.Scope{{Name: sources.NewScopeName("project", source), CheckedAt: at}}
	for _, name := range slices.Sorted(keys(loaded)) {
		o := sources.Observation{
			Asset: sources.Asset{
				ID:    sources.ID("table:" + name),
				Kind:  "table",
				Name:  name,
				Scope: sources.NewScopeName("project", source),
			},
		}
		o.Readings = []sources.Reading{
			{Clock: sources.Loaded, At: at.Add(-time.Duration(loaded[name]) * time.Hour), CheckedAt: at},
		}
		s.Observations = append(s.Observations, o)
	}
	return s
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// load reads what is known at a moment, by a window of 90 days.
func load(t failer, l *history.Log, at time.Time) *sources.Past {
	t.Helper()
	past, err := l.Load(at.AddDate(0, 0, -90), at)
	if err != nil {
		t.Fatalf("load: got error %v, want none", err)
	}
	return past
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func appendAll(t failer, l *history.Log, scrapes ...sources.Scrape) (added int) {
	t.Helper()
	if err := l.Repair(scrapes[0].At); err != nil {
		t.Fatalf("repair: got error %v, want none", err)
	}
	after, n, err := l.Append(load(t, l, scrapes[0].At), scrapes)
	if err != nil {
		t.Fatalf("append: got error %v, want none", err)
	}
	if diff := diffPasts(after, load(t, l, scrapes[0].At)); diff != "" {
		t.Fatalf("what Append returns is not what Load returns: %s", diff)
	}
	return n
}

// diffPasts returns what is first found to differ between two pasts, as JSON, where empty lists and
// none are the same; "" if nothing does.
func diffPasts(got, want *sources.Past) string {
	for i := range max(len(got.Tracks), len(want.Tracks)) {
		var a, b string
		if i < len(got.Tracks) {
			a = fmt.Sprintf("%+v", *got.Tracks[i])
		}
		if i < len(want.Tracks) {
			b = fmt.Sprintf("%+v", *want.Tracks[i])
		}
		if a != b {
			return fmt.Sprintf("track %d: got %s, want %s", i, a, b)
		}
	}
	if a, b := fmt.Sprintf("%+v", got.Visits), fmt.Sprintf("%+v", want.Visits); a != b {
		return fmt.Sprintf("visits: got %s, want %s", a, b)
	}
	for source, times := range want.Checks {
		if !reflect.DeepEqual(got.Checks[source], times) {
			return fmt.Sprintf("checks of %s: got %v, want %v", source, got.Checks[source], times)
		}
	}
	return ""
}

// lastLoads is what is known of each table: when it was loaded last.
func lastLoads(past *sources.Past) map[sources.ID]time.Time {
	all := make(map[sources.ID]time.Time)
	for _, tr := range past.Tracks {
		at, _ := tr.Clocks[sources.Loaded].LastReading()
		all[tr.Asset.ID] = at
	}
	return all
}

// readObservations returns all files of observations as one text.
func readObservations(t failer, dir string) string {
	t.Helper()
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "observations", "*.jsonl"))
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatalf("read %s: got error %v, want none", f, err)
		}
		all.Write(data)
	}
	return all.String()
}

func TestWhatGoesInComesOut(t *testing.T) {
	l := history.Open(t.TempDir())
	s := tableScrape("dbt", morning, map[string]int{"A": 2, "B": 3})
	s.Observations[0].Attempt = sources.Attempt{At: morning, Outcome: sources.Failed, Says: "no such table"}
	s.Observations[0].MissingRef = "no such field"
	s.Observations[0].Missed = morning
	s.Observations[1].Readings = append(s.Observations[1].Readings,
		sources.Reading{Clock: sources.Built, At: morning.Add(48 * time.Hour), CheckedAt: morning},
		sources.Reading{Clock: sources.DML, At: sources.Never, CheckedAt: morning})
	s.Notes = []string{"a note"}
	s.Requests = 3
	s.Bytes = 4096
	failed := sources.Scrape{Source: "looker", Type: "looker", At: morning, Error: "401"}
	appendAll(t, l, s, failed)
	past := load(t, l, morning)
	if len(past.Visits) != 2 || past.Visits[0].Requests != 3 || past.Visits[0].Notes[0] != "a note" ||
		past.Visits[1].Error != "401" {
		t.Errorf("visits: got %+v, want one with 3 requests and a note, and one that failed with 401", past.Visits)
	}
	a := past.Tracks[0]
	b := past.Tracks[1]
	if !reflect.DeepEqual(a.Asset, s.Observations[0].Asset) || !a.IsListed() {
		t.Errorf("asset of table:A: got %+v, listed %v, want %+v, listed",
			a.Asset, a.IsListed(), s.Observations[0].Asset)
	}
	if a.Attempts[0] != s.Observations[0].Attempt || a.MissingRefs[0].Says != "no such field" || !a.Missed.Equal(morning) {
		t.Errorf("facts of table:A: got %+v, want its failed attempt, its missing field and missed at %v", a, morning)
	}
	if b.Clocks[sources.Built] != nil || !b.FutureReading(sources.Built).At.Equal(morning.Add(48*time.Hour)) {
		t.Errorf("table:B with a build in the future: got %+v, want no reading of built but the future one", b)
	}
	if at, _ := b.Clocks[sources.DML].LastReading(); !at.Equal(sources.Never) {
		t.Errorf("last reading of dml for table:B: got %v, want never loaded", at)
	}
}

func TestAppendTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := mkdir(t)
		defer os.RemoveAll(dir)
		l := history.Open(dir)
		for _, s := range drawScrapes(t) {
			if added := appendAll(t, l, s); added != 1 {
				t.Fatalf("scrapes added by the first append: got %d, want 1", added)
			}
			once := readObservations(t, dir)
			if added := appendAll(t, l, s); added != 0 || readObservations(t, dir) != once {
				t.Fatalf("scrapes added by the second append: got %d, want 0 and unchanged files", added)
			}
		}
	})
}

func mkdir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "history")
	if err != nil {
		t.Fatalf("create a directory: got error %v, want none", err)
	}
	return dir
}

// drawScrapes draws visits over some days: tables appear, are loaded and disappear, and visits
// fail.
func drawScrapes(t *rapid.T) (scrapes []sources.Scrape) {
	at := morning
	for i := range rapid.IntRange(1, 8).Draw(t, "visits") {
		at = at.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "hours")) * time.Hour)
		if i > 0 && rapid.IntRange(0, 4).Draw(t, "fails") == 0 {
			scrapes = append(scrapes, sources.Scrape{Source: "dbt", Type: "dbt", At: at, Error: "no network"})
			continue
		}
		loaded := make(map[string]int)
		for _, name := range []string{"A", "B", "C", "D"} {
			if rapid.IntRange(0, 4).Draw(t, name) > 0 {
				loaded[name] = rapid.IntRange(0, 30).Draw(t, "age")
			}
		}
		scrapes = append(scrapes, tableScrape("dbt", at, loaded))
	}
	return scrapes
}

// TestWhatIsKnownIsWhatWasSeen compares the newest of the folded facts with the
// scrapes that they are made of.
func TestWhatIsKnownIsWhatWasSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := mkdir(t)
		defer os.RemoveAll(dir)
		l := history.Open(dir)
		want := make(map[sources.ID]time.Time)
		there := make(map[sources.ID]bool)
		end := morning
		for _, s := range drawScrapes(t) {
			appendAll(t, l, s)
			end = s.At
			if s.Error == "" {
				clear(there)
			}
			for _, o := range s.Observations {
				want[o.ID] = o.Readings[0].At
				there[o.ID] = true
			}
		}
		past := load(t, l, end)
		got := lastLoads(past)
		for _, tr := range past.Tracks {
			if tr.IsListed() != there[tr.Asset.ID] {
				t.Fatalf("%s is listed: got %v, want %v", tr.Asset.ID, tr.IsListed(), there[tr.Asset.ID])
			}
		}
		for id, at := range want {
			if there[id] && !got[id].Equal(at) {
				t.Fatalf("last load of %s: got %v, want %v", id, got[id], at)
			}
		}
	})
}

func TestCutAtAnyByteTheNextRunRepairs(t *testing.T) {
	dir := t.TempDir()
	l := history.Open(dir)
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"A": 2, "B": 3}))
	first := readObservations(t, dir)
	appendAll(t, l, tableScrape("dbt", morning.Add(time.Hour), map[string]int{"A": 1, "B": 4, "C": 1}))
	whole := readObservations(t, dir)
	file := filepath.Join(dir, "observations", "2026-08-22.jsonl")
	next := tableScrape("dbt", morning.Add(2*time.Hour), map[string]int{"A": 1, "B": 5})
	for cut := 1; cut < len(whole); cut++ {
		if err := os.WriteFile(file, []byte(whole[:cut]), 0o644); err != nil {
			t.Fatal(err)
		}
		past := load(t, l, next.At)
		if got := lastLoads(past)["table:B"]; cut >= len(first) && !got.Equal(morning.Add(-3*time.Hour)) {
			t.Fatalf("last load of B, cut at %d of %d: got %v, want %v",
				cut, len(whole), got, morning.Add(-3*time.Hour))
		}
		appendAll(t, l, next)
		if got := lastLoads(load(t, l, next.At)); !got["table:A"].Equal(next.At.Add(-time.Hour)) {
			t.Fatalf("last load of A after the next run, cut at %d of %d: got %v, want %v",
				cut, len(whole), got["table:A"], next.At.Add(-time.Hour))
		}
		if p, err := l.Verify(); err != nil || len(p.Faults)+len(p.TornFiles) > 0 {
			t.Fatalf("verify, cut at %d of %d: got faults %v, torn files %v, error %v, want none",
				cut, len(whole), p.Faults, p.TornFiles, err)
		}
	}
}

// TestClonesMergeByUnion lives on in two clones of one history, and keeps the
// lines of both, in either order, as git does with merge=union.
func TestClonesMergeByUnion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ours := mkdir(t)
		theirs := mkdir(t)
		defer os.RemoveAll(ours)
		defer os.RemoveAll(theirs)
		base := tableScrape("dbt", morning, map[string]int{"A": 2, "B": 3})
		a := history.Open(ours)
		b := history.Open(theirs)
		appendAll(t, a, base)
		appendAll(t, b, base)
		end := morning
		for i := range rapid.IntRange(1, 5).Draw(t, "visits") {
			end = morning.Add(time.Duration(i+1) * 50 * time.Minute)
			names := map[string]int{"A": rapid.IntRange(0, 9).Draw(t, "A"), fmt.Sprint("T", i): 1, "B": 3 + i}
			if rapid.Bool().Draw(t, "ours") {
				appendAll(t, a, tableScrape("dbt", end, names))
			} else {
				appendAll(t, b, tableScrape("dbt", end, names))
			}
		}
		merged := mkdir(t)
		defer os.RemoveAll(merged)
		union(t, merged, readObservations(t, ours), readObservations(t, theirs))
		got := load(t, history.Open(merged), end)
		held := append(load(t, a, end).Visits, load(t, b, end).Visits...)
		for _, v := range held {
			if !slices.ContainsFunc(got.Visits, func(w sources.Visit) bool { return w.At.Equal(v.At) }) {
				t.Fatalf("merged visits: got none of %v, want each visit of both clones", v.At)
			}
		}
		if len(got.Visits) != len(held)-1 {
			t.Fatalf("merged visits: got %d, want %d, because one is shared", len(got.Visits), len(held)-1)
		}
		if p, err := history.Open(merged).Verify(); err != nil || len(p.Faults) > 0 {
			t.Fatalf("verify of the merged history: got faults %v, error %v, want none", p.Faults, err)
		}
	})
}

// union writes a day with the lines of two.
func union(t *rapid.T, dir, ours, theirs string) {
	var lines []string
	for line := range strings.Lines(ours + theirs) {
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if rapid.Bool().Draw(t, "order") {
		slices.Reverse(lines)
	}
	file := filepath.Join(dir, "observations", "2026-08-22.jsonl")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatalf("create the directory of %s: got error %v, want none", file, err)
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatalf("write %s: got error %v, want none", file, err)
	}
}

// TestATableDeadFor200DaysIs200DaysOld lives 200 days in which nothing is told
// of a table but that nothing newer was found.
func TestATableDeadFor200DaysIs200DaysOld(t *testing.T) {
	dir := t.TempDir()
	l := history.Open(dir)
	first := tableScrape("dbt", morning, map[string]int{"DEAD": 1, "LIVE": 1})
	first.Observations[0].Readings[0].Clock = sources.Built
	appendAll(t, l, first)
	end := morning
	for day := 1; day <= 200; day++ {
		end = morning.AddDate(0, 0, day)
		s := tableScrape("dbt", end, map[string]int{"DEAD": 1, "LIVE": 1})
		s.Observations[0].Readings = []sources.Reading{{Clock: sources.Built, CheckedAt: end}}
		appendAll(t, l, s)
	}
	dead := load(t, l, end).Tracks[0]
	if at, look := dead.Clocks[sources.Built].LastReading(); !at.Equal(morning.Add(-time.Hour)) || !look.Equal(end) {
		t.Errorf("last build of table:DEAD: got %v, checked %v, want %v, checked %v",
			at, look, morning.Add(-time.Hour), end)
	}
}

func TestNeverMoreThanTheWindowIsRead(t *testing.T) {
	dir := t.TempDir()
	l := history.Open(dir)
	end := morning
	for day := range 200 {
		end = morning.AddDate(0, 0, day)
		appendAll(t, l, tableScrape("dbt", end, map[string]int{"A": 1, "B": day}))
	}
	// Poison what a window of 90 days, its keyframe and that one's month do
	// not need: reading it would be an error.
	files, _ := filepath.Glob(filepath.Join(dir, "observations", "*.jsonl"))
	keyframe := end.AddDate(0, 0, -91)
	month := time.Date(keyframe.Year(), keyframe.Month(), 1, 0, 0, 0, 0, time.UTC)
	poisoned := 0
	for _, f := range files {
		if filepath.Base(f) < month.Format(time.DateOnly) {
			poisoned++
			if err := os.WriteFile(f, []byte("poison\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if poisoned < 60 {
		t.Fatalf("poisoned files: got %d, want at least 60", poisoned)
	}
	if past := load(t, l, end); len(past.Tracks) != 2 || len(past.Visits) != 92 {
		t.Errorf("past of 90 days: got %d tracks, %d visits, want 2, 92", len(past.Tracks), len(past.Visits))
	}
}

func TestWhoIsGoneIsTold(t *testing.T) {
	l := history.Open(t.TempDir())
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"A": 1, "B": 1}))
	partial := tableScrape("dbt", morning.Add(time.Hour), map[string]int{"A": 1})
	partial.Scopes = nil
	appendAll(t, l, partial)
	if b := load(t, l, partial.At).Tracks[1]; !b.IsListed() {
		t.Error("table:B after an incomplete listing: got no longer listed, want listed")
	}
	whole := tableScrape("dbt", morning.Add(2*time.Hour), map[string]int{"A": 1})
	appendAll(t, l, whole)
	b := load(t, l, whole.At).Tracks[1]
	if b.IsListed() || !b.Listings[0].Went.Equal(whole.At) {
		t.Errorf("table:B after a complete listing without it: got %+v, want it to end at %v", b.Listings, whole.At)
	}
}

func TestWhatIsGoneAndStillReadIsInEveryKeyframe(t *testing.T) {
	l := history.Open(t.TempDir())
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"A": 1, "B": 1, "C": 1}))
	end := morning
	for day := 1; day <= 100; day++ {
		end = morning.AddDate(0, 0, day)
		s := tableScrape("dbt", end, map[string]int{"A": 1})
		s.Observations[0].Upstream = []sources.ID{"table:B"}
		appendAll(t, l, s)
	}
	past := load(t, l, end)
	if len(past.Tracks) != 2 {
		t.Fatalf("tracks: got %d, want A and B", len(past.Tracks))
	}
	if b := past.Tracks[1]; b.Asset.ID != "table:B" || b.IsListed() {
		t.Errorf("second track: got %s, listed %v, want table:B, no longer listed", b.Asset.ID, b.IsListed())
	}
}

// TestAnAssetOfAnotherClonesListKeepsWhatIsSaidOfIt runs in the past, between
// two runs that list less, as a clone might have.
func TestAnAssetOfAnotherClonesListKeepsWhatIsSaidOfIt(t *testing.T) {
	l := history.Open(t.TempDir())
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"X": 1}))
	appendAll(t, l, tableScrape("dbt", morning.Add(2*time.Hour), map[string]int{"X": 1}))
	appendAll(t, l, tableScrape("dbt", morning.Add(time.Hour), map[string]int{"X": 1, "Y": 1}))
	past := load(t, l, morning.Add(3*time.Hour))
	if y := past.Tracks[1]; y.Asset.Name != "Y" || y.Asset.Scope == "" {
		t.Errorf("asset of the second track: got %+v, want Y with its scope", y.Asset)
	}
	appendAll(t, l, tableScrape("dbt", morning.Add(4*time.Hour), map[string]int{"X": 1}))
	if y := load(t, l, morning.Add(4*time.Hour)).Tracks[1]; y.IsListed() {
		t.Errorf("table:Y after a complete listing without it: got %+v, want no longer listed", y.Listings)
	}
}

func TestASecondVisitAtOneMomentIsTheLaterOne(t *testing.T) {
	l := history.Open(t.TempDir())
	for hours := range 9 {
		appendAll(t, l, tableScrape("dbt", morning, map[string]int{"X": hours}))
		if got := lastLoads(load(t, l, morning))["table:X"]; !got.Equal(morning.Add(-time.Duration(hours) * time.Hour)) {
			t.Fatalf("last load of table:X after visit %d at one moment: got %v, want %v",
				hours, got, morning.Add(-time.Duration(hours)*time.Hour))
		}
	}
}

func TestALineThatWasTornTheDayBeforeIsMended(t *testing.T) {
	dir := t.TempDir()
	l := history.Open(dir)
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"X": 1}))
	file := filepath.Join(dir, "observations", "2026-08-22.jsonl")
	text, _ := os.ReadFile(file)
	if err := os.WriteFile(file, append(text, text[:50]...), 0o644); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, tableScrape("dbt", morning.AddDate(0, 0, 1), map[string]int{"X": 1}))
	if p, err := l.Verify(); err != nil || len(p.TornFiles) != 0 {
		t.Errorf("verify after the next run: got torn files %v, error %v, want none", p.TornFiles, err)
	}
}

func TestBadHistories(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"a conflict marker": {
			text: "<<<<<<< HEAD\n",
			want: "observations/2026-08-22.jsonl:1: git conflict marker\n" +
				"hint: keep the lines of both sides and delete the markers; the .gitattributes of the history " +
				"lets git do so",
		},
		"a newer schema": {
			text: `{"v":2,"scrape":"x"}` + "\n",
			want: "observations/2026-08-22.jsonl:1: schema 2 is newer than this freshet can read (up to 1)\n" +
				"hint: use a newer freshet",
		},
		"no bytes at all": {
			text: "",
			want: "observations/2026-08-22.jsonl: empty\n" +
				"hint: restore the file with git, or delete it",
		},
		"no JSON": {
			text: "hello\n",
			want: "observations/2026-08-22.jsonl:1: invalid character 'h' looking for beginning of value",
		},
		"a line of something else": {`{"v":1}` + "\n", "observations/2026-08-22.jsonl:1: not a line of observations"},
		"a list that is lost": {
			text: `{"v":1,"scrape":"k","visit":{"source":"dbt","at":"2026-08-22T06:00:00Z"},"list":"abc"}` + "\n",
			want: "observations/2026-08-22.jsonl:1: list abc: missing from this month's files\n" +
				"hint: run git log -- history to find out when a file was lost",
		},
		"a position past the list": {
			text: `{"v":1,"list":"abc","blocks":[]}` + "\n" + `{"v":1,"scrape":"k","visit":{"source":"dbt",` +
				`"at":"2026-08-22T06:00:00Z"},"list":"abc",` +
				`"told":[{"clock":"loaded","look":5,"i":[1]}]}` + "\n",
			want: "observations/2026-08-22.jsonl:2: loaded: a position is not in the list",
		},
		"a column of another length": {
			text: `{"v":1,"list":"abc","blocks":[]}` + "\n" + `{"v":1,"scrape":"k","visit":{"source":"dbt",` +
				`"at":"2026-08-22T06:00:00Z"},"list":"abc",` +
				`"told":[{"clock":"loaded","look":5,"age":[1]}]}` + "\n",
			want: "observations/2026-08-22.jsonl:2: columns of \"loaded\": must have one number per row",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "observations", "2026-08-22.jsonl")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			l := history.Open(dir)
			if _, err := l.Load(morning, morning); err == nil || err.Error() != tt.want {
				t.Errorf("error of load:\ngot  %v\nwant %s", err, tt.want)
			}
			p, err := l.Verify()
			if err != nil || len(p.Faults) == 0 {
				t.Errorf("verify: got %d faults, error %v, want a fault and no error", len(p.Faults), err)
			}
			if _, _, err := l.Append(new(sources.Past), []sources.Scrape{tableScrape("dbt", morning, nil)}); err == nil &&
				!strings.Contains(tt.text, "scrape") {
				t.Error("append to a history that cannot be read: got no error, want one")
			}
			if got, _ := os.ReadFile(file); !strings.Contains(tt.text, "scrape") && string(got) != tt.text {
				t.Errorf("file after a failed append: got %q, want %q", got, tt.text)
			}
		})
	}
}

// TestAnOlderManifestThatComesBackDoesNotSpeak lists tables by a manifest, and then by an older one: it
// neither removes nor adds tables, nor changes their attributes, but its results of builds count.
func TestAnOlderManifestThatComesBackDoesNotSpeak(t *testing.T) {
	l := history.Open(t.TempDir())
	newer := tableScrape("dbt", morning, map[string]int{"orders": 3, "customers": 3})
	newer.Observations[1].Description = "of the newer manifest"
	older := tableScrape("dbt", morning.Add(time.Hour), map[string]int{"orders": 1, "removed": 1})
	older.Scopes[0].CheckedAt = morning.AddDate(0, 0, -2)
	older.Observations[0].Description = "of the older manifest"
	appendAll(t, l, newer)
	appendAll(t, l, older)
	past := load(t, l, older.At)
	var listed []string
	for _, track := range past.Tracks {
		listed = append(listed, track.Asset.Name)
		if !track.IsListed() {
			t.Errorf("%s: got a table that is gone, want it listed", track.Asset.Name)
		}
		at, _ := track.Clocks[sources.Loaded].LastReading()
		if track.Asset.Name == "orders" && (track.Asset.Description != "of the newer manifest" || !at.Equal(morning)) {
			t.Errorf("orders: got %q, loaded %v, want the newer description and the newer load", track.Asset.Description, at)
		}
	}
	if want := []string{"customers", "orders"}; !slices.Equal(listed, want) {
		t.Errorf("listed tables: got %v, want %v", listed, want)
	}
	notes := past.Visits[1].Notes
	if len(notes) != 1 || !strings.HasPrefix(notes[0], "manifest of project dbt: it is from 20 Aug 2026 06:00 UTC and older") {
		t.Errorf("notes of the visit: got %q, want one on the older manifest", notes)
	}
}

// TestWhatIsLostStaysLostUntilItIsObserved records a visit that lists less than the one before, and a
// day later one that lists all again.
func TestWhatIsLostStaysLostUntilItIsObserved(t *testing.T) {
	l := history.Open(t.TempDir())
	visit := func(hours int, loaded map[string]int) sources.Scrape {
		s := tableScrape("dbt", morning.Add(time.Duration(hours)*time.Hour), loaded)
		s.Scopes = nil
		s.Covers = func(sources.ScopeName) bool { return true }
		return s
	}
	both := map[string]int{"orders": 1, "customers": 1}
	for _, step := range []struct {
		scrape sources.Scrape
		want   time.Time // since when orders is lost
	}{
		{scrape: visit(0, both)},
		{scrape: visit(1, map[string]int{"customers": 1}), want: morning.Add(time.Hour)},
		{scrape: visit(2, map[string]int{"customers": 1}), want: morning.Add(time.Hour)},
		{scrape: visit(24, map[string]int{"customers": 1}), want: morning.Add(time.Hour)},
		{scrape: visit(25, both)},
	} {
		appendAll(t, l, step.scrape)
		for _, track := range load(t, l, step.scrape.At).Tracks {
			if track.Asset.Name == "orders" && !track.LostSince.Equal(step.want) {
				t.Errorf("orders after the visit of %v: got lost since %v, want %v", step.scrape.At, track.LostSince, step.want)
			}
		}
	}
}

// TestResultsOfTestsAreKeptUntilTheNextResult records a run of tests, a run without tests, and one that
// repairs a test, over midnight.
func TestResultsOfTestsAreKeptUntilTheNextResult(t *testing.T) {
	l := history.Open(t.TempDir())
	scrape := func(at time.Time, results ...sources.TestResult) sources.Scrape {
		s := tableScrape("dbt", at, map[string]int{"orders": 1, "customers": 1})
		s.Observations[1].Tests = results
		return s
	}
	passed := func(name string, at time.Time) sources.TestResult {
		return sources.TestResult{Name: name, Outcome: sources.TestPassed, At: at}
	}
	fails := sources.TestResult{Name: "b", Outcome: sources.TestFailed, At: morning, Since: morning, Says: "Got 3 results"}
	first := []sources.TestResult{passed("a", morning), fails}
	exist := []sources.TestResult{{Name: "a"}, {Name: "b"}}
	next := morning.AddDate(0, 0, 1)
	repaired := []sources.TestResult{passed("a", morning), passed("b", next)}
	for _, step := range []struct {
		name   string
		scrape sources.Scrape
		want   []sources.TestResult
	}{
		{name: "the first results", scrape: scrape(morning, first...), want: first},
		{name: "a run without tests", scrape: scrape(morning.Add(time.Hour), exist...), want: first},
		{name: "a keyframe", scrape: scrape(next, exist...), want: first},
		{name: "a repaired test", scrape: scrape(next.Add(time.Hour), exist[0], passed("b", next)), want: repaired},
		{name: "a removed test", scrape: scrape(next.AddDate(0, 0, 1), exist[0]), want: repaired[:1]},
		{name: "no tests", scrape: scrape(next.AddDate(0, 0, 2)), want: nil},
	} {
		appendAll(t, l, step.scrape)
		for _, track := range load(t, l, step.scrape.At).Tracks {
			if track.Asset.Name == "orders" && !sources.HasSameOutcomes(track.Tests, step.want) {
				t.Errorf("%s: got %+v, want %+v", step.name, track.Tests, step.want)
			}
		}
	}
}
