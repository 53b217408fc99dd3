package dbt

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/freshet-status/freshet/sources"
)

// A testNode is a data test or unit test of a manifest.
type testNode struct {
	Name      Text         `json:"name"`
	Attached  Text         `json:"attached_node"`         // node of a generic test, since manifest v11
	UnitOf    Text         `json:"tested_node_unique_id"` // node of a unit test
	DependsOn dependencies `json:"depends_on"`
}

// testedNode returns the unique id of the node that a test is about; "" if it is about none. Where the
// manifest does not say, it is the last node that the test reads: a relationship test reads the table
// that it refers to first.
func (t testNode) testedNode() string {
	named := string(cmp.Or(t.Attached, t.UnitOf))
	if nodes := t.DependsOn.Nodes; named == "" && len(nodes) > 0 {
		return nodes[len(nodes)-1]
	}
	return named
}

// addTests adds each test of the manifest to the observation of the node that it is about.
func (p *project) addTests() {
	for _, unique := range slices.Sorted(maps.Keys(p.tests)) {
		test := p.tests[unique]
		o := p.observations[test.testedNode()]
		if o != nil && test.Name != "" {
			o.Tests = sources.UniteTestResults(o.Tests, []sources.TestResult{{Name: string(test.Name)}})
		}
	}
}

// testOutcomes holds the outcome for each status of a test. A test that was skipped has none.
var testOutcomes = map[string]sources.TestOutcome{
	"pass":  sources.TestPassed,
	"warn":  sources.TestWarned,
	"fail":  sources.TestFailed,
	"error": sources.TestErrored,
}

// addTestResults sets the result of each test in a run. Runs must come oldest first. Commands that run
// no test report "success" for each.
func (p *project) addTestResults(r runResults) {
	for _, row := range r.tests {
		test := p.tests[row.ID]
		outcome := testOutcomes[strings.ToLower(row.Status)]
		o := p.observations[test.testedNode()]
		if o == nil || outcome == "" {
			continue
		}
		i := slices.IndexFunc(o.Tests, func(t sources.TestResult) bool { return t.Name == string(test.Name) })
		if i >= 0 {
			o.Tests[i] = r.buildTestResult(o.Tests[i].Name, outcome, row)
		}
	}
}

// buildTestResult returns the result of a test. One that did not pass has the message of dbt.
func (r runResults) buildTestResult(name string, outcome sources.TestOutcome, row nodeResult) sources.TestResult {
	result := sources.TestResult{Name: name, Outcome: outcome, At: r.completedAt(row).UTC()}
	if outcome != sources.TestPassed {
		result.Since = result.At
		result.Says = FirstErrorLine(string(row.Message))
	}
	return result
}
