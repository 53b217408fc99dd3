package sources

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A TestOutcome is how a test ended, in dbt's words.
type TestOutcome string

// Outcomes of a test.
const (
	TestPassed  TestOutcome = "pass"
	TestWarned  TestOutcome = "warn"  // found what it looks for, and is of severity warn
	TestFailed  TestOutcome = "fail"  // found what it looks for, and is of severity error
	TestErrored TestOutcome = "error" // could not be run
)

// A TestResult is the last result of one test of an asset. Without an Outcome it only says that the
// test exists.
type TestResult struct {
	Name    string      `json:"name"`
	Outcome TestOutcome `json:"outcome"`
	At      time.Time   `json:"at"`             // when it ended
	Since   time.Time   `json:"since,omitzero"` // if it did not pass: when it first ended so without passing since
	Says    string      `json:"says,omitempty"` // message of a test that did not pass
}

// IsFailing reports whether the test failed or could not be run.
func (r TestResult) IsFailing() bool { return r.Outcome == TestFailed || r.Outcome == TestErrored }

// MergeTestResults returns the last result of each test in read, in that order: of the results in known
// and in read the newer one, but none of a test that has no result yet.
func MergeTestResults(known, read []TestResult) (all []TestResult) {
	for _, result := range read {
		i := slices.IndexFunc(known, func(old TestResult) bool { return old.Name == result.Name })
		if i >= 0 {
			result = known[i].followedBy(result)
		}
		if result.Outcome != "" {
			all = append(all, result)
		}
	}
	return all
}

// followedBy returns the newer of two results of one test. That of a test that does not pass either
// keeps the Since of r.
func (r TestResult) followedBy(next TestResult) TestResult {
	if next.Outcome == "" || !next.At.After(r.At) {
		return r
	}
	if next.Outcome == r.Outcome || next.IsFailing() && r.IsFailing() {
		next.Since = r.Since
	}
	return next
}

// UniteTestResults returns the results in a and b, sorted by name. Of two results with one name, which
// are of tests of two projects, the one that does not pass counts.
func UniteTestResults(a, b []TestResult) []TestResult {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y TestResult) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), cmp.Compare(x.rank(), y.rank()))
	})
	return slices.CompactFunc(all, func(x, y TestResult) bool { return x.Name == y.Name })
}

// rank returns a number that is lower for a result that matters more.
func (r TestResult) rank() int {
	return slices.Index([]TestOutcome{TestFailed, TestErrored, TestWarned, TestPassed, ""}, r.Outcome)
}

// HasSameOutcomes reports whether a and b are results of the same tests that say the same. When a test
// passed does not matter.
func HasSameOutcomes(a, b []TestResult) bool {
	return slices.EqualFunc(a, b, func(x, y TestResult) bool {
		if x.Outcome == TestPassed && y.Outcome == TestPassed {
			return x.Name == y.Name
		}
		return x == y
	})
}
