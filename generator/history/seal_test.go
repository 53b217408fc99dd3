package history_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/freshet-status/freshet/generator/history"
	"github.com/freshet-status/freshet/sources"
)

// sealedHistory writes a history of six runs on three days, each with its changes and its seal, and returns its folder.
func sealedHistory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	l := history.Open(dir)
	for i := range 6 {
		at := morning.Add(time.Duration(i) * 12 * time.Hour)
		loaded := map[string]int{"orders": 1, "customers": 1 + i, fmt.Sprintf("extra%d", i/2): 2}
		for k := range 20 {
			loaded[fmt.Sprintf("table%02d", k)] = k
		}
		appendAll(t, l, tableScrape("dbt", at, loaded))
		sealRun(t, l, at)
	}
	return dir
}

// sealRun adds changes of a moment, and its seal.
func sealRun(t *testing.T, l *history.Log, at time.Time) {
	t.Helper()
	if err := l.AppendChanges(at, []history.ChangeLine{{What: "run", Says: "1 of 1 source read."}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Seal(at); err != nil {
		t.Fatal(err)
	}
}

// TestASealedHistoryIsWhole verifies a history whose runs were all sealed, and its size.
func TestASealedHistoryIsWhole(t *testing.T) {
	dir := sealedHistory(t)
	result, err := history.Open(dir).Verify()
	if err != nil || len(result.Faults) > 0 || !result.SealedSince.Equal(morning) || result.UnsealedRuns != 0 {
		t.Errorf("verify: got %+v, error %v; want it sealed since %v without a fault", result, err, morning)
	}
}

// TestASealCountsTheSameLineOnce seals a run of which two changes are the same.
func TestASealCountsTheSameLineOnce(t *testing.T) {
	l := history.Open(t.TempDir())
	appendAll(t, l, tableScrape("dbt", morning, map[string]int{"orders": 1}))
	twice := history.ChangeLine{What: "went", ID: "table:a", Says: "No longer listed."}
	if err := l.AppendChanges(morning, []history.ChangeLine{twice, twice}); err != nil {
		t.Fatal(err)
	}
	sealRun(t, l, morning)
	result, err := l.Verify()
	if err != nil || len(result.Faults) > 0 {
		t.Errorf("verify: got faults %v, error %v; want none", result.Faults, err)
	}
}

// TestNoDamageOfASealedHistoryIsUnnoticed damages a sealed history at random, 600 times. Either verify names a fault, or
// the history says what it said before.
func TestNoDamageOfASealedHistoryIsUnnoticed(t *testing.T) {
	whole := sealedHistory(t)
	end := morning.AddDate(0, 0, 4)
	want := load(t, history.Open(whole), end)
	random := rand.New(rand.NewPCG(5, 6))
	noticed := 0
	for i := range 600 {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		how := damageFile(t, random, dir)
		l := history.Open(dir)
		result, err := l.Verify()
		if err != nil || len(result.Faults) > 0 {
			noticed++
			continue
		}
		got, err := l.Load(end.AddDate(0, 0, -90), end)
		if err != nil || diffPasts(want, got) != "" {
			t.Errorf("damage %d, %s: got no fault, and another history (error %v)", i, how, err)
		}
	}
	if noticed < 500 {
		t.Errorf("damages that verify noticed: got %d of 600, want at least 500", noticed)
	}
}

// damageFile damages one file of a history, and says how.
func damageFile(t *testing.T, random *rand.Rand, dir string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*.jsonl"))
	file := files[random.IntN(len(files))]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	lines = lines[:len(lines)-1]
	at := random.IntN(len(lines))
	how := fmt.Sprintf("%s line %d ", filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), at+1)
	switch random.IntN(6) {
	case 0:
		how += "removed"
		lines = append(lines[:at:at], lines[at+1:]...)
	case 1:
		how += "with another year"
		lines[at] = bytes.Replace(lines[at], []byte(`"at":"2026`), []byte(`"at":"2099`), 1)
	case 2:
		how += "with another digit"
		lines[at] = changeDigit(random, lines[at])
	case 3:
		how = "removed file " + file
		lines = nil
	default:
		k := random.IntN(len(lines[at]) - 1)
		how += fmt.Sprintf("with another bit at byte %d", k)
		lines[at] = bytes.Clone(lines[at])
		lines[at][k] ^= 1 << random.IntN(7)
	}
	if lines == nil {
		err = os.Remove(file)
	} else {
		err = os.WriteFile(file, bytes.Join(lines, nil), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return how
}

// changeDigit returns a line with another digit in the place of one, if it has any.
func changeDigit(random *rand.Rand, line []byte) []byte {
	changed := bytes.Clone(line)
	for range 50 {
		k := random.IntN(len(changed))
		if changed[k] >= '0' && changed[k] <= '8' {
			changed[k]++
			return changed
		}
	}
	return changed
}

// TestAMergeOfTwoSealedHistoriesIsWhole merges by union the runs of two machines that began with the same history.
func TestAMergeOfTwoSealedHistoriesIsWhole(t *testing.T) {
	ours := sealedHistory(t)
	theirs := t.TempDir()
	if err := os.CopyFS(theirs, os.DirFS(ours)); err != nil {
		t.Fatal(err)
	}
	for hours, dir := range map[int]string{70: ours, 71: theirs} {
		l := history.Open(dir)
		at := morning.Add(time.Duration(hours) * time.Hour)
		appendAll(t, l, tableScrape("dbt", at, map[string]int{"orders": hours}))
		sealRun(t, l, at)
	}
	mergeByUnion(t, ours, theirs)
	l := history.Open(ours)
	at := morning.Add(80 * time.Hour)
	appendAll(t, l, tableScrape("dbt", at, map[string]int{"orders": 1}))
	sealRun(t, l, at)
	if result, err := l.Verify(); err != nil || len(result.Faults) > 0 {
		t.Errorf("verify of the merge: got faults %v, error %v; want none", result.Faults, err)
	}
	files, _ := filepath.Glob(filepath.Join(ours, "seals", "*.jsonl"))
	last, _ := os.ReadFile(files[len(files)-1])
	if prev := strings.Count(string(last[bytes.LastIndex(last, []byte(`"prev":`)):]), `","`); prev != 1 {
		t.Errorf("seal after the merge: got %s, want it to name two seals", last)
	}
}

// mergeByUnion adds the lines of the files of a history that another does not have to the other, in front of its own.
func mergeByUnion(t *testing.T, into, from string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(from, "*", "*.jsonl"))
	for _, file := range files {
		name, _ := filepath.Rel(from, file)
		theirs, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ours, _ := os.ReadFile(filepath.Join(into, name))
		merged := string(theirs)
		for line := range strings.Lines(string(ours)) {
			if !strings.Contains(merged, line) {
				merged += line
			}
		}
		if err := os.WriteFile(filepath.Join(into, name), []byte(merged), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAHistoryOfAnOlderVersionIsNotSealedBefore adds a sealed run to a history without seals.
func TestAHistoryOfAnOlderVersionIsNotSealedBefore(t *testing.T) {
	l := copyGolden(t)
	if result, err := l.Verify(); err != nil || !result.SealedSince.IsZero() || len(result.Faults) > 0 {
		t.Errorf("verify before: got %+v, error %v; want no seal and no fault", result, err)
	}
	at := goldenMoment.Add(time.Hour)
	appendAll(t, l, sources.Scrape{Source: "dbt", Type: "dbt", At: at})
	sealRun(t, l, at)
	result, err := l.Verify()
	if err != nil || !result.SealedSince.Equal(at) || result.UnsealedRuns != 2 || len(result.Faults) > 0 {
		t.Errorf("verify: got %+v, error %v; want it sealed since %v, with 2 runs before, and no fault", result, err, at)
	}
}
