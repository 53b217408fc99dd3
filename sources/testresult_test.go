package sources_test

import (
	"testing"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// TestMergeTestResults merges the results of one visit into what was known before it.
func TestMergeTestResults(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 4, 0, 0, 0, time.UTC) }
	result := func(outcome sources.TestOutcome, at int) sources.TestResult {
		return sources.TestResult{Name: "unique_id", Outcome: outcome, At: day(at)}
	}
	failed := func(outcome sources.TestOutcome, at, since int) sources.TestResult {
		r := result(outcome, at)
		r.Since = day(since)
		return r
	}
	exists := sources.TestResult{Name: "unique_id"}
	for name, test := range map[string]struct{ known, read, want []sources.TestResult }{
		"a test that never ran has no result": {read: []sources.TestResult{exists}},
		"the first result counts": {
			read: []sources.TestResult{failed(sources.TestFailed, 3, 3)},
			want: []sources.TestResult{failed(sources.TestFailed, 3, 3)},
		},
		"a test that did not run this time keeps its result": {
			known: []sources.TestResult{failed(sources.TestFailed, 3, 2)},
			read:  []sources.TestResult{exists},
			want:  []sources.TestResult{failed(sources.TestFailed, 3, 2)},
		},
		"a test that fails again, or can no longer be run, keeps its beginning": {
			known: []sources.TestResult{failed(sources.TestFailed, 3, 2)},
			read:  []sources.TestResult{failed(sources.TestErrored, 4, 4)},
			want:  []sources.TestResult{failed(sources.TestErrored, 4, 2)},
		},
		"a warning that becomes a failure begins anew": {
			known: []sources.TestResult{failed(sources.TestWarned, 3, 2)},
			read:  []sources.TestResult{failed(sources.TestFailed, 4, 4)},
			want:  []sources.TestResult{failed(sources.TestFailed, 4, 4)},
		},
		"a test that passes has no beginning": {
			known: []sources.TestResult{failed(sources.TestFailed, 3, 2)},
			read:  []sources.TestResult{result(sources.TestPassed, 4)},
			want:  []sources.TestResult{result(sources.TestPassed, 4)},
		},
		"an older result that lies on disk again does not count": {
			known: []sources.TestResult{result(sources.TestPassed, 4)},
			read:  []sources.TestResult{failed(sources.TestFailed, 3, 3)},
			want:  []sources.TestResult{result(sources.TestPassed, 4)},
		},
		"a test that the manifest no longer has is forgotten": {
			known: []sources.TestResult{failed(sources.TestFailed, 3, 2)},
			read:  []sources.TestResult{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := sources.MergeTestResults(test.known, test.read)
			if !sources.HasSameOutcomes(got, test.want) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestUniteTestResults unites the results of two projects that test one table.
func TestUniteTestResults(t *testing.T) {
	a := []sources.TestResult{{Name: "b", Outcome: sources.TestPassed}, {Name: "c", Outcome: sources.TestPassed}}
	b := []sources.TestResult{{Name: "a", Outcome: sources.TestWarned}, {Name: "c", Outcome: sources.TestFailed}}
	want := []sources.TestResult{
		{Name: "a", Outcome: sources.TestWarned},
		{Name: "b", Outcome: sources.TestPassed},
		{Name: "c", Outcome: sources.TestFailed},
	}
	got := sources.UniteTestResults(a, b)
	if !sources.HasSameOutcomes(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
