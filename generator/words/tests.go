package words

import (
	"fmt"
	"strings"

	"github.com/freshet-status/freshet/generator/freshness"
	"github.com/freshet-status/freshet/sources"
)

// FailingTests returns such as "1 test fails" and "3 tests fail".
func FailingTests(n int) string { return Count(n, "test") + Verb(n, " fails", " fail") }

// maxNamedTests is the number of tests that a sentence names.
const maxNamedTests = 3

// describeTests says which tests of an asset fail, and since when; of a single one also its message.
// It returns "" if none fails.
func (p Phrasing) describeTests(n *freshness.Node) string {
	failing := n.FailingTests()
	if len(failing) == 0 {
		return ""
	}
	if len(failing) == 1 {
		return p.describeTest(failing[0])
	}
	var names []string
	for _, result := range failing[:min(len(failing), maxNamedTests)] {
		names = append(names, result.Name)
	}
	text := strings.Join(names, ", ")
	if more := len(failing) - len(names); more > 0 {
		text += " and " + Number(more) + " more"
	}
	return fmt.Sprintf("%s, the first since %s: %s.", FailingTests(len(failing)), p.Time(n.FailingTestsSince()), text)
}

// describeTest says how the last run of a test that did not pass ended, and since when it does not.
func (p Phrasing) describeTest(r sources.TestResult) string {
	how := "failed"
	if r.Outcome == sources.TestErrored {
		how = "could not be run"
	}
	text := fmt.Sprintf("Test %s %s %s", r.Name, how, p.Time(r.At))
	if r.Since.Before(r.At) {
		text += fmt.Sprintf(", and has not passed since %s", p.Time(r.Since))
	}
	return text + quoteMessage(r.Says) + "."
}

// DescribeTestResult says for a page how the last run of a test ended.
func DescribeTestResult(report *freshness.Report, r sources.TestResult) string {
	switch r.Outcome {
	case sources.TestPassed:
		return "passed"
	case sources.TestWarned:
		return "warned " + FormatTime(report, r.At) + quoteMessage(r.Says)
	case sources.TestErrored:
		return "could not be run " + FormatTime(report, r.At) + quoteMessage(r.Says)
	default:
		return "failed " + FormatTime(report, r.At) + quoteMessage(r.Says)
	}
}
