package freshness

import (
	"slices"
	"time"

	"github.com/freshet-status/freshet/sources"
)

// Tests are the results of the tests of an asset, and of what it reads. They change no status.
type Tests struct {
	TestResults []sources.TestResult // the last result of each of its tests, by name
	// FailingTestsUpstream is the number of tests that fail upstream of it.
	FailingTestsUpstream int
}

// A TestCount is the number of tests of an asset by their last result.
type TestCount struct {
	Fail int `json:"fail"` // failed, or could not be run
	Warn int `json:"warn"`
	Pass int `json:"pass"`
}

// CountTests returns the number of tests by their last result.
func (t Tests) CountTests() (count TestCount) {
	for _, result := range t.TestResults {
		switch {
		case result.IsFailing():
			count.Fail++
		case result.Outcome == sources.TestWarned:
			count.Warn++
		default:
			count.Pass++
		}
	}
	return count
}

// FailingTests returns the results of the tests that fail, by name.
func (t Tests) FailingTests() []sources.TestResult {
	return slices.DeleteFunc(slices.Clone(t.TestResults), func(r sources.TestResult) bool { return !r.IsFailing() })
}

// HasFailingTests reports whether a test fails.
func (t Tests) HasFailingTests() bool {
	return slices.ContainsFunc(t.TestResults, sources.TestResult.IsFailing)
}

// FailingTestsSince returns since when the first of the tests that fail does; zero if none fails.
func (t Tests) FailingTestsSince() (since time.Time) {
	for _, result := range t.FailingTests() {
		if since.IsZero() || result.Since.Before(since) {
			since = result.Since
		}
	}
	return since
}

// collectTests sets the results of the tests of each asset that is listed, and counts those that fail
// upstream of each.
func (d *derivation) collectTests() {
	for _, n := range d.Nodes {
		for _, t := range n.Tracks {
			if t.IsListed() && len(t.Tests) > 0 {
				n.TestResults = sources.UniteTestResults(n.TestResults, t.Tests)
			}
		}
	}
	for _, n := range d.Nodes {
		failing := n.CountTests().Fail
		if failing == 0 {
			continue
		}
		n.WalkNearest(true, func(down *Node, _ int) bool {
			down.FailingTestsUpstream += failing
			return true
		})
	}
}

// addTestCauses adds a root cause for each asset whose tests fail and that is none yet. It is in the
// causes of the asset itself, if that is on time.
func (d *derivation) addTestCauses(causes map[sources.ID]*Cause) {
	for _, n := range d.Nodes {
		if !n.HasFailingTests() || causes[n.ID] != nil {
			continue
		}
		c := addCause(causes, Cause{ID: n.ID, Node: n, OnlyTests: true})
		if n.Status.IsOnTime() {
			n.Causes = append(slices.Clone(n.Causes), c)
		}
	}
}
